"""Chooses what answers behind the bearer check: the demo, or a gateway to the operator's own MCP server."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Scope

from doorward.app.edge import MAX_BODY_BYTES
from doorward.app.installation import Installation
from doorward.app.policies import MCP_PATH
from doorward.demo import create_demo
from doorward.jose.keys import SigningKeys
from doorward.kit.hosts import allowed_hosts
from doorward.resource_server.revocations import RevocationFeed
from doorward.storage import Database
from doorward.web.client_address import ClientAddress
from doorward.web.context import REQUEST_ID


@dataclass(frozen=True, slots=True)
class McpServer:
    """An MCP server that relies on the token it is handed, with its life."""

    app: ASGIApp
    running: Callable[[], AbstractAsyncContextManager[object]]
    stop: Callable[[], None]
    """Told when the server begins to stop."""


def create_mcp_server(
    installation: Installation, base_url: str, *, name: str, keys: SigningKeys, feed: RevocationFeed
) -> McpServer:
    """The MCP server of an installation, at its public address."""
    upstream_url = installation.settings.upstream_url
    if upstream_url is not None:
        return _gateway_to(upstream_url, installation, base_url, keys=keys, feed=feed)
    demo = create_demo(base_url, name=name, describe_user=lambda user_id: _email(installation.database, user_id))
    return McpServer(demo, demo.running, lambda: None)


def _gateway_to(
    upstream_url: str, installation: Installation, base_url: str, *, keys: SigningKeys, feed: RevocationFeed
) -> McpServer:
    """A gateway, whose HTTP client nobody without one pays for."""
    from doorward.gateway import BoundSessions, Gateway, IdentityAssertions, Upstream
    from doorward.resource_server.open_answers import OpenAnswers

    settings = installation.settings
    gateway = Gateway(
        Upstream(upstream_url, max_connections=settings.max_connections),
        path=MCP_PATH,
        hosts=allowed_hosts(base_url),
        identity=IdentityAssertions(issuer=base_url, audience=upstream_url, sign=keys.sign),
        sessions=BoundSessions(installation.keyring, audience=upstream_url),
        answers=OpenAnswers(feed, installation.clock),
        forwarded=_Forwarded(base_url, ClientAddress(settings.trusted_proxies)),
        clock=installation.clock,
        max_body_bytes=MAX_BODY_BYTES,
    )
    return McpServer(gateway, gateway.running, gateway.stop)


class _Forwarded:
    """How a request came: the public address is configuration, the client's is what proxies of trust say."""

    def __init__(self, base_url: str, client_address: ClientAddress) -> None:
        public = urlsplit(base_url)
        self._fixed = ((b"x-forwarded-host", public.netloc.encode()), (b"x-forwarded-proto", public.scheme.encode()))
        self._client_address = client_address

    def __call__(self, scope: Scope) -> Sequence[tuple[bytes, bytes]]:
        """The headers for one request."""
        address, request_id = self._client_address.of(scope), scope.get(REQUEST_ID)
        return (
            *self._fixed,
            *(((b"x-forwarded-for", address.encode("latin-1")),) if address is not None else ()),
            *(((b"x-request-id", str(request_id).encode()),) if request_id is not None else ()),
        )


def _email(database: Database, user_id: str) -> str | None:
    user = database.read(lambda stores: stores.users.find(user_id))
    return user.email if user is not None else None
