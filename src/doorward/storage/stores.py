"""The stores of one unit of work, all on one connection."""

from functools import cached_property

from sqlalchemy import Connection

from doorward.storage.api_keys import SqlApiKeys
from doorward.storage.audit_trail import SqlAuditTrail
from doorward.storage.authorizations import SqlAuthorizations
from doorward.storage.clients import SqlClients
from doorward.storage.codes import SqlCodes
from doorward.storage.consents import SqlConsents
from doorward.storage.facts import SqlFacts
from doorward.storage.invitations import SqlInvitations
from doorward.storage.sessions import SqlSessions
from doorward.storage.signing_keys import SqlSigningKeys
from doorward.storage.sweeper import SqlSweeper
from doorward.storage.throttle import SqlThrottle
from doorward.storage.users import SqlUsers


class SqlStores:
    """Everything one unit of work can reach; a store is made when it is first asked for."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    @cached_property
    def clients(self) -> SqlClients:
        return SqlClients(self.connection)

    @cached_property
    def authorizations(self) -> SqlAuthorizations:
        return SqlAuthorizations(self.connection)

    @cached_property
    def codes(self) -> SqlCodes:
        return SqlCodes(self.connection)

    @cached_property
    def consents(self) -> SqlConsents:
        return SqlConsents(self.connection)

    @cached_property
    def users(self) -> SqlUsers:
        return SqlUsers(self.connection)

    @cached_property
    def sessions(self) -> SqlSessions:
        return SqlSessions(self.connection)

    @cached_property
    def api_keys(self) -> SqlApiKeys:
        return SqlApiKeys(self.connection)

    @cached_property
    def invitations(self) -> SqlInvitations:
        return SqlInvitations(self.connection)

    @cached_property
    def throttle(self) -> SqlThrottle:
        return SqlThrottle(self.connection)

    @cached_property
    def signing_keys(self) -> SqlSigningKeys:
        return SqlSigningKeys(self.connection)

    @cached_property
    def audit(self) -> SqlAuditTrail:
        return SqlAuditTrail(self.connection)

    @cached_property
    def facts(self) -> SqlFacts:
        return SqlFacts(self.connection)

    @cached_property
    def sweeper(self) -> SqlSweeper:
        return SqlSweeper(self.connection)
