"""Signing in with a password, from a page or the JSON API: in the turn of those that hash, and counted."""

from datetime import datetime

from doorward.audit import RequestContext
from doorward.identity.login import SignInFailed, TooManyAttempts
from doorward.identity.records import SessionKind, SignedIn
from doorward.kit.secrets import Secret
from doorward.operations.sign_in import sign_in
from doorward.web.context import Web


async def sign_in_with(
    web: Web, *, email: str, password: str, kind: SessionKind, now: datetime, context: RequestContext
) -> tuple[Secret, SignedIn]:
    """Begin a session.

    Raises:
        SignInFailed: the address or the password is wrong.
        TooManyAttempts: it was tried too often.
    """
    try:
        session = await web.run_hashing(
            sign_in,
            web.database,
            web.passwords,
            limits=web.sign_in_limits,
            lifetimes=web.session_lifetimes,
            email=email,
            password=password,
            kind=kind,
            now=now,
            context=context,
        )
    except SignInFailed:
        web.metrics.sign_ins["failed"] += 1
        raise
    except TooManyAttempts:
        web.metrics.sign_ins["throttled"] += 1
        raise
    web.metrics.sign_ins["succeeded"] += 1
    return session
