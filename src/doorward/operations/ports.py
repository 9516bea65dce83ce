"""The stores of one unit of work, all of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from doorward.audit import AuditEvent, AuditLog
from doorward.identity.ports import ApiKeyStore, IdentityStores, InvitationStore, SessionStore, ThrottleStore, UserStore
from doorward.jose.ports import KeyStores, SigningKeyStore
from doorward.kit.unit_of_work import Database
from doorward.oauth.authorization_ports import AuthorizationStore, CodeStore, ConsentStore
from doorward.oauth.client_ports import ClientStore
from doorward.oauth.ports import OAuthStores


class AuditTrail(AuditLog, Protocol):
    """The audit log, readable."""

    def tail(self, *, limit: int, after_id: int | None = None) -> Sequence[tuple[int, AuditEvent]]:
        """The newest `limit` events, or the first `limit` after `after_id`; oldest first, with their ids."""
        ...


class Absence(NamedTuple):
    """Since when a resource is missing, and when a server last found it so."""

    since: datetime
    seen_at: datetime


class ServerFacts(Protocol):
    """Facts about this installation, one row each."""

    def key_checks(self) -> tuple[bytes, ...]:
        """The check values of the server secrets this database was used with; empty when new."""
        ...

    def set_key_checks(self, values: tuple[bytes, ...]) -> None: ...
    def absent_resources(self) -> Mapping[str, Absence]:
        """The resources that something hangs on and no server has."""
        ...

    def set_absent_resources(self, absences: Mapping[str, Absence]) -> None: ...


class Sweeper(Protocol):
    """Removes what is over, in small batches."""

    def sweep(self, now: datetime, *, audit_retention: timedelta, limit: int) -> int:
        """Delete at most `limit` rows of each kind that is over, and return how many went.

        Codes a day after they ended, sessions, throttle counters, invitations and replaced client secrets at once,
        used assertions 5 minutes after they ended, access requests that nobody decided for 30 days, Authorizations,
        API keys and initial access tokens 30 days after they ended, and audit events older than `audit_retention`.
        """
        ...


class Stores(OAuthStores, IdentityStores, KeyStores, Protocol):
    """Everything one unit of work can reach."""

    @property
    def audit(self) -> AuditTrail: ...
    @property
    def facts(self) -> ServerFacts: ...
    @property
    def sweeper(self) -> Sweeper: ...


ServerDatabase = Database[Stores]

__all__ = [
    "ApiKeyStore",
    "AuditTrail",
    "AuthorizationStore",
    "ClientStore",
    "CodeStore",
    "ConsentStore",
    "InvitationStore",
    "ServerDatabase",
    "ServerFacts",
    "SessionStore",
    "SigningKeyStore",
    "Stores",
    "Sweeper",
    "ThrottleStore",
    "UserStore",
]
