"""Signing up: who may, and how it fails."""

from enum import StrEnum


class SignUpMode(StrEnum):
    """Who may create an account."""

    CLOSED = "closed"
    INVITE = "invite"
    OPEN = "open"


class SignUpClosed(Exception):
    """Nobody may sign up here."""

    def __init__(self) -> None:
        super().__init__("Accounts on this server are made by its administrator. Ask them for one.")


class InvitationInvalid(Exception):
    """The link is unknown, used, expired, or meant for another address; the message is for people."""

    def __init__(self, text: str = "This link is not valid any more. Ask for a new one.") -> None:
        super().__init__(text)
