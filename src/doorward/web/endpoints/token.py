"""The token endpoint over HTTP (RFC 6749 §3.2)."""

from starlette.types import Scope

from doorward.oauth.endpoints.token import exchange
from doorward.oauth.errors import InvalidRequest
from doorward.oauth.params import Params
from doorward.web.context import Web
from doorward.web.endpoints.oauth_endpoint import Answer, OAuthEndpoint
from doorward.web.http import media_type


def token_endpoint(web: Web) -> OAuthEndpoint:
    """Urlencoded forms only; parameters in the query are ignored (RFC 6749 §2.3.1)."""

    async def handle(scope: Scope, body: bytes) -> Answer:
        if media_type(scope) != "application/x-www-form-urlencoded":
            raise InvalidRequest("the body must be application/x-www-form-urlencoded")
        params = Params.parse(body)
        context = web.context_of(scope)
        members = await web.run(exchange, web.server, params, scope["headers"], now=web.clock.now(), context=context)
        return 200, members

    return OAuthEndpoint(handle)
