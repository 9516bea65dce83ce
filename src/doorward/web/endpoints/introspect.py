"""The introspection endpoint over HTTP (RFC 7662 §2)."""

from collections.abc import Mapping
from datetime import datetime

from starlette.types import Scope

from doorward.oauth.endpoints.introspect import introspect
from doorward.oauth.fetching import Fetch
from doorward.oauth.needs import token_needs
from doorward.oauth.server import Server
from doorward.operations.find_api_key import find_api_key
from doorward.web.context import Web
from doorward.web.endpoints.oauth_endpoint import Answer, OAuthEndpoint
from doorward.web.endpoints.token import read_form
from doorward.web.fetching import fetch_needed


def introspection_endpoint(web: Web) -> OAuthEndpoint:
    """Urlencoded forms only; the token never stands in the address (§4)."""

    def find_key(key: str, now: datetime) -> Mapping[str, object] | None:
        found = find_api_key(web.database, key=key, now=now)
        if found is None:
            return None
        members: dict[str, object] = {
            "iss": web.server.policy.issuer,
            "sub": found.user_id,
            "aud": found.resource,
            "scope": found.scope,
            "iat": int(found.created_at.timestamp()),
        }
        return members | ({"exp": int(found.expires_at.timestamp())} if found.expires_at is not None else {})

    async def handle(scope: Scope, body: bytes) -> Answer:
        params, headers, context = read_form(scope, body), scope["headers"], web.context_of(scope)

        def needs(server: Server, now: datetime) -> tuple[Fetch, ...]:
            return token_needs(server, params, headers, now)

        await fetch_needed(web, needs)
        now = web.clock.now()
        return 200, await web.run(introspect, web.server, find_key, params, headers, now=now, context=context)

    return OAuthEndpoint(handle)
