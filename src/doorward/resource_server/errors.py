"""Why a request with a bearer token gets no answer from the MCP server behind."""

from datetime import timedelta

from doorward.jose.errors import InvalidToken

__all__ = ["InvalidToken", "Unavailable"]


class Unavailable(Exception):
    """It cannot be told whether the token is good: what would tell cannot be reached."""

    def __init__(self, *, retry_after: timedelta = timedelta(seconds=5)) -> None:
        super().__init__("unavailable")
        self.retry_after = retry_after
