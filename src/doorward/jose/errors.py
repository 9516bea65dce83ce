"""Why a token is refused; the reason goes to the log, never on the wire."""


class InvalidToken(Exception):
    """The token cannot be accepted; `reason` is a constant word of ours, never a part of the token."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class UnknownKey(InvalidToken):
    """No known key has the token's `kid`: it may be newer than the keys at hand."""

    def __init__(self) -> None:
        super().__init__("unknown_key")
