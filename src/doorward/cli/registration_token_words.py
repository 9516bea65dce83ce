"""An initial access token, for programs and for people."""

from typing import TYPE_CHECKING

from doorward.cli.output import stamp

if TYPE_CHECKING:
    from doorward.oauth.records import InitialAccessToken


def describe_token(token: "InitialAccessToken") -> dict[str, object]:
    """What is remembered of it; never the token itself."""
    return {
        "id": token.id,
        "name": token.name,
        "uses_left": token.uses_left,
        "created_at": stamp(token.created_at),
        "expires_at": stamp(token.expires_at),
        "last_used_at": stamp(token.last_used_at),
        "revoked_at": stamp(token.revoked_at),
    }


def uses_in_words(token: "InitialAccessToken") -> str:
    """How many clients it still admits."""
    return "any number" if token.uses_left is None else str(token.uses_left)
