"""Who may register, and who may manage a registration: two kinds of bearer tokens (RFC 7591 §3, RFC 7592 §2)."""

import re
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from datetime import datetime

from doorward.audit import AuditEvent, AuditTag, RequestContext
from doorward.kit.secrets import TokenPrefix, digest
from doorward.oauth.errors import InvalidToken, RegistrationRefused
from doorward.oauth.policy import Policy, RegistrationMode
from doorward.oauth.ports import OAuthStores
from doorward.oauth.server import Server

RawHeaders = Iterable[tuple[bytes, bytes]]

_BEARER = re.compile(r"bearer +(?P<token>\S+)\Z", re.IGNORECASE)
_RANDOM_PART = re.compile(r"[A-Za-z0-9_-]{43}\Z")


def read_bearer(headers: RawHeaders, prefix: TokenPrefix) -> str:
    """What has the form of a token of that kind in the one Authorization header (RFC 6750 §2.1).

    Raises:
        InvalidToken: there is none, or it has another form, so that no look-up could find it.
    """
    values = [value.decode("latin-1") for name, value in headers if name.lower() == b"authorization"]
    presented = [match["token"] for value in values if (match := _BEARER.match(value))]
    if not presented:
        raise InvalidToken(reason="token_missing", is_missing=True)
    token = presented[0]
    if len(values) > 1 or not token.startswith(prefix) or not _RANDOM_PART.match(token.removeprefix(prefix)):
        raise InvalidToken(reason="token_malformed")
    return token


def read_admission(policy: Policy, headers: RawHeaders) -> bytes | None:
    """The hash of the initial access token to spend on a registration; None where registration is open.

    Raises:
        RegistrationRefused: nobody may register.
        InvalidToken: one is needed, and nothing of its form was presented.
    """
    if policy.registration is RegistrationMode.OFF:
        raise RegistrationRefused(reason="registration_off")
    if policy.registration is RegistrationMode.TOKEN:
        return digest(read_bearer(headers, TokenPrefix.INITIAL_ACCESS_TOKEN))
    return None


def spend_admission(stores: OAuthStores, token_hash: bytes, now: datetime) -> str:
    """Take one use of an initial access token, in the unit of work that registers; the id of the token.

    Raises:
        InvalidToken: it is unknown, expired, revoked or used up; one answer for every reason.
    """
    spent = stores.initial_access_tokens.spend(token_hash, now)
    if spent is None:
        raise InvalidToken(reason="token_not_live")
    return spent.id


@contextmanager
def refusals_recorded(
    server: Server, *, now: datetime, context: RequestContext, client_id: str | None = None
) -> Generator[None]:
    """Record who is turned away, at a rate that no stranger can raise."""
    try:
        yield
    except (InvalidToken, RegistrationRefused) as error:
        event = AuditEvent(
            tag=AuditTag.REGISTRATION_REFUSED,
            at=now,
            client_id=client_id,
            context=context,
            detail={"reason": error.reason},
        )
        server.bounded_audit.record(event)
        raise
