"""The client configuration endpoint over HTTP (RFC 7592 §2)."""

from starlette.types import ASGIApp, Receive, Scope, Send

from doorward.kit.bucket import Bucket
from doorward.kit.secrets import TokenPrefix
from doorward.oauth.endpoints.client_configuration import (
    delete_configuration,
    read_configuration,
    replace_configuration,
)
from doorward.oauth.errors import InvalidToken
from doorward.oauth.registration_access import read_bearer
from doorward.web.context import Web
from doorward.web.endpoints.oauth_endpoint import Answer, OAuthEndpoint
from doorward.web.endpoints.register import take

PREFIX = "/api/oauth/register/"
METHODS = ("GET", "PUT", "DELETE")


def client_configuration_endpoint(web: Web, bucket: Bucket, *, not_found: ASGIApp) -> ASGIApp:
    """The address is `PREFIX` and a client id; the bucket is for what has the form of a token."""

    async def handle(scope: Scope, body: bytes) -> Answer:
        client_id, headers, now = scope["path"].removeprefix(PREFIX), scope["headers"], web.clock.now()
        server, context = web.server, web.context_of(scope)
        if _has_token(scope):
            take(web, bucket, now)
        if scope["method"] == "GET":
            return 200, await web.run(read_configuration, server, client_id, headers, now=now, context=context)
        if scope["method"] == "PUT":
            replaced = await web.run(replace_configuration, server, client_id, headers, body, now=now, context=context)
            return 200, replaced
        await web.run(delete_configuration, server, client_id, headers, now=now, context=context)
        return 204, {}

    endpoint = OAuthEndpoint(handle, methods=METHODS)

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        await (not_found if scope["path"] == PREFIX else endpoint)(scope, receive, send)

    return answer


def _has_token(scope: Scope) -> bool:
    try:
        read_bearer(scope["headers"], TokenPrefix.REGISTRATION_ACCESS_TOKEN)
    except InvalidToken:
        return False
    return True
