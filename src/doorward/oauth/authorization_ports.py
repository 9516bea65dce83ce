"""What the protocol core asks of storage about what people have allowed, and where."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from doorward.oauth.records import (
    AgentUse,
    Authorization,
    AuthorizationCode,
    ClientUse,
    Consent,
    DeclinedScope,
    StoredResource,
)


class AuthorizationStore(Protocol):
    """Authorizations: the unit of revocation."""

    def add(self, authorization: Authorization) -> None:
        """Insert it while its user is locked against being disabled.

        Raises ValueError when its interaction already has one, LookupError when the user is missing or disabled.
        """
        ...

    def find_by_interaction(self, interaction_id: str) -> Authorization | None: ...
    def find_by_public_id(self, public_id: str) -> Authorization | None: ...
    def list_connected(self, user_id: str, now: datetime) -> Sequence[Authorization]:
        """Those a user can see: activated, neither revoked nor expired, the newest first."""
        ...

    def revoke(self, authorization_id: bytes, *, at: datetime, reason: str) -> bool:
        """Revoke one; False when it was revoked before."""
        ...

    def revoke_of_user(self, user_id: str, *, at: datetime, reason: str) -> int: ...
    def revoke_of_client(
        self, client_id: str, *, at: datetime, reason: str, user_id: str | None = None, but_of: str | None = None
    ) -> int:
        """Revoke every Authorization of that client, or one person's, or those of all but one."""
        ...

    def find_latest(self, user_id: str, client_id: str) -> Authorization | None:
        """The newest of that user and client that was not revoked."""
        ...

    def revoke_of_redirect_host(self, host: str, *, at: datetime, reason: str, user_id: str | None = None) -> int:
        """Revoke every Authorization whose answer went to that host, or one person's."""
        ...

    def revoke_of_resource(self, resource: str, *, at: datetime, reason: str) -> int: ...
    def list_live(self, user_id: str, client_id: str, resource: str, now: datetime) -> Sequence[Authorization]:
        """What a client may do for a user at a resource: activated, neither revoked nor expired."""
        ...

    def revoke_of_document_host(self, host: str, *, at: datetime, reason: str, user_id: str | None = None) -> int:
        """Revoke every Authorization of a client that is described at that host, on any port, or one person's."""
        ...

    def revoke_of_agent(self, agent: str, *, at: datetime, reason: str, user_id: str | None = None) -> int:
        """Revoke every Authorization that was given to that agent, or one person's."""
        ...

    def count_by_agent(self, now: datetime) -> Sequence[AgentUse]:
        """How often people are connected, by agent and person; live Authorizations only."""
        ...

    def count_of_client(self, client_id: str, now: datetime) -> ClientUse:
        """How many people are connected with one client; live Authorizations only."""
        ...

    def allow_jump(self, *, created_before: datetime) -> int:
        """After a restore: let each Authorization made before then jump ahead once. Return how many."""
        ...


class CodeStore(Protocol):
    """Authorization codes at rest."""

    def add(self, code: AuthorizationCode) -> None: ...
    def void_unredeemed(self, authorization_id: bytes, *, at: datetime) -> bool:
        """Kill the live codes of an Authorization; False when one was redeemed already."""
        ...

    def void_of_removed_uris(self, client_id: str, redirect_uris: Iterable[str], *, at: datetime) -> None:
        """Kill a client's live codes that were issued to an address that is none of its redirect URIs any more."""
        ...

    def count_failure(self, code_hash: bytes) -> None:
        """Count a wrong verifier or redirect URI of the right client, in the statement itself."""
        ...


class ConsentStore(Protocol):
    """Remembered consents."""

    def find(self, user_id: str, client_id: str, redirect_host: str, resource: str) -> Consent | None: ...
    def remember(self, consent: Consent) -> None:
        """Insert or replace."""
        ...

    def forget(self, user_id: str, client_id: str) -> None: ...
    def forget_resource(self, resource: str) -> None:
        """Forget what everybody allowed there: a resource of that identifier is another one from now on."""
        ...


class ResourceStore(Protocol):
    """Resources that operators stored, and the resource servers that may introspect their tokens."""

    def list(self) -> Sequence[StoredResource]: ...
    def find(self, identifier: str) -> StoredResource | None: ...
    def put(self, resource: StoredResource) -> None:
        """Insert or replace; the default is the only one."""
        ...

    def delete(self, identifier: str) -> bool: ...
    def in_use(self) -> frozenset[str]:
        """The identifiers that something hangs on: a live Authorization, or what people allowed or declined."""
        ...

    def hold(self) -> None:
        """Until this unit of work ends, keep out others that change resources."""
        ...

    def servers(self) -> dict[str, frozenset[str]]:
        """The client ids of the resource servers of each resource."""
        ...

    def add_server(self, identifier: str, client_id: str) -> bool:
        """Let a client introspect tokens of a resource; False when it may already."""
        ...

    def remove_server(self, identifier: str, client_id: str) -> bool: ...


class DeclinedScopeStore(Protocol):
    """What a person declined to add to what a client may do."""

    def remember(self, declined: DeclinedScope) -> None:
        """Insert or replace."""
        ...

    def find(self, user_id: str, client_id: str, resource: str) -> DeclinedScope | None: ...
    def forget(self, user_id: str, client_id: str, resource: str) -> None: ...
    def forget_resource(self, resource: str) -> None: ...
