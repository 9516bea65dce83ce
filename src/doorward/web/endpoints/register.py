"""The client registration endpoint over HTTP (RFC 7591 §3)."""

from datetime import datetime

from starlette.types import Scope

from doorward.kit.bucket import Bucket
from doorward.oauth.endpoints.register import register
from doorward.oauth.errors import InvalidToken, RegistrationRefused, TooManyRequests
from doorward.oauth.registration_access import read_admission
from doorward.web.context import Web
from doorward.web.endpoints.oauth_endpoint import Answer, OAuthEndpoint


def register_endpoint(web: Web, bucket: Bucket) -> OAuthEndpoint:
    """One bucket for everybody: hosted clients share a few addresses (interop R4)."""

    async def handle(scope: Scope, body: bytes) -> Answer:
        now, headers = web.clock.now(), scope["headers"]
        if _could_register(web, scope):
            take(web, bucket, now)
        context = web.context_of(scope)
        members = await web.run(register, web.server, body, headers=headers, now=now, context=context)
        web.metrics.count_registration()
        return 201, members

    return OAuthEndpoint(handle)


def take(web: Web, bucket: Bucket, now: datetime) -> None:
    """Take one request from a bucket.

    Raises:
        TooManyRequests: it is empty.
    """
    if web.limits_enabled and (wait := bucket.take(now)) is not None:
        raise TooManyRequests.after(wait)


def _could_register(web: Web, scope: Scope) -> bool:
    """Whether the request is worth a place: strangers who cannot register keep nobody out who can."""
    try:
        read_admission(web.server.policy, scope["headers"])
    except (InvalidToken, RegistrationRefused):
        return False
    return True
