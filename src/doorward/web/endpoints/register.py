"""The client registration endpoint over HTTP (RFC 7591 §3)."""

import math

from starlette.types import Scope

from doorward.kit.bucket import Bucket
from doorward.oauth.endpoints.register import register
from doorward.oauth.errors import TooManyRequests
from doorward.web.context import Web
from doorward.web.endpoints.oauth_endpoint import Answer, OAuthEndpoint


def register_endpoint(web: Web, bucket: Bucket) -> OAuthEndpoint:
    """One bucket for everybody: hosted clients share a few addresses (interop R4)."""

    async def handle(scope: Scope, body: bytes) -> Answer:
        now = web.clock.now()
        if web.limits_enabled and (wait := bucket.take(now)) is not None:
            raise TooManyRequests(math.ceil(wait.total_seconds()))
        members = await web.run(register, web.server, body, now=now, context=web.context_of(scope))
        web.metrics.count_registration()
        return 201, members

    return OAuthEndpoint(handle)
