"""The protected MCP server at `/http`: the bearer check and the step-up, as its resource wants them now."""

from dataclasses import dataclass

from starlette.types import ASGIApp, Receive, Scope, Send

from doorward.app.edge import MAX_BODY_BYTES
from doorward.kit.clock import Clock
from doorward.oauth.ports import OAuthDatabase
from doorward.oauth.protected_resource import Resource
from doorward.oauth.resource_catalogue import ResourceCatalogue
from doorward.resource_server.bearer_auth import BearerAuth
from doorward.resource_server.call_rules import CallRules
from doorward.resource_server.metadata import metadata_url
from doorward.resource_server.ports import VerifiedToken
from doorward.resource_server.step_up import DeclinedScopes, StepUp
from doorward.resource_server.verifier import TokenVerifier


class McpResource:
    """Answers at the address of the built-in resource, and takes over what changed about it with the next request."""

    def __init__(
        self,
        app: ASGIApp,
        verifier: TokenVerifier,
        catalogue: ResourceCatalogue,
        *,
        declined: DeclinedScopes,
        clock: Clock,
    ) -> None:
        self._catalogue, self._identifier = catalogue, catalogue.rules.builtin.identifier
        where = metadata_url(self._identifier)
        self._step_up = StepUp(
            app, CallRules(), resource_metadata=where, declined=declined, max_body_bytes=MAX_BODY_BYTES
        )
        self._bearer_auth = BearerAuth(self._step_up, verifier, resource_metadata=where, scope=(), clock=clock)
        self._seen: tuple[Resource, ...] = ()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if self._catalogue.current is not self._seen:
            self._take_over()
        await self._bearer_auth(scope, receive, send)

    def close(self) -> None:
        """Let go of the threads."""
        self._bearer_auth.close()
        self._step_up.close()

    def _take_over(self) -> None:
        self._seen = self._catalogue.current
        resource = next(resource for resource in self._seen if resource.identifier == self._identifier)
        self._step_up.rules = call_rules(resource)
        self._bearer_auth.advertise(resource.default_scope.tokens)


def call_rules(resource: Resource) -> CallRules:
    """What the requests to a resource need."""
    return CallRules(
        every=resource.default_scope.tokens,
        tools={name: scope.tokens for name, scope in resource.tool_scopes},
        methods={name: scope.tokens for name, scope in resource.method_scopes},
        included=resource.included,
    )


@dataclass(frozen=True, slots=True)
class DatabaseDeclinedScopes:
    """What people declined, read from the database; blocks."""

    database: OAuthDatabase
    clock: Clock

    def find(self, token: VerifiedToken) -> frozenset[str]:
        """The scope tokens that the person declined for this client at this resource, of late."""
        if token.client_id is None:
            return frozenset()
        user_id, client_id, resource = token.subject, token.client_id, token.audience
        declined = self.database.read(lambda stores: stores.declined_scopes.find(user_id, client_id, resource))
        if declined is None or declined.expires_at <= self.clock.now():
            return frozenset()
        return frozenset(declined.scope)
