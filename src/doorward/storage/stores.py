"""The stores of one unit of work, all on one connection."""

from sqlalchemy import Connection

from doorward.storage.access_requests import SqlAccessRequests
from doorward.storage.api_keys import SqlApiKeys
from doorward.storage.audit_trail import SqlAuditTrail
from doorward.storage.authorizations import SqlAuthorizations
from doorward.storage.client_documents import SqlClientDocuments
from doorward.storage.clients import SqlClients
from doorward.storage.codes import SqlCodes
from doorward.storage.consents import SqlConsents
from doorward.storage.declined_scopes import SqlDeclinedScopes
from doorward.storage.facts import SqlFacts
from doorward.storage.initial_access_tokens import SqlInitialAccessTokens
from doorward.storage.invitations import SqlInvitations
from doorward.storage.resources import SqlResources
from doorward.storage.sessions import SqlSessions
from doorward.storage.signing_keys import SqlSigningKeys
from doorward.storage.sweeper import SqlSweeper
from doorward.storage.throttle import SqlThrottle
from doorward.storage.users import SqlUsers


class SqlStores:
    """Everything one unit of work can reach."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    @property
    def clients(self) -> SqlClients:
        return SqlClients(self.connection)

    @property
    def client_documents(self) -> SqlClientDocuments:
        return SqlClientDocuments(self.connection)

    @property
    def authorizations(self) -> SqlAuthorizations:
        return SqlAuthorizations(self.connection)

    @property
    def codes(self) -> SqlCodes:
        return SqlCodes(self.connection)

    @property
    def consents(self) -> SqlConsents:
        return SqlConsents(self.connection)

    @property
    def initial_access_tokens(self) -> SqlInitialAccessTokens:
        return SqlInitialAccessTokens(self.connection)

    @property
    def resources(self) -> SqlResources:
        return SqlResources(self.connection)

    @property
    def declined_scopes(self) -> SqlDeclinedScopes:
        return SqlDeclinedScopes(self.connection)

    @property
    def access_requests(self) -> SqlAccessRequests:
        return SqlAccessRequests(self.connection)

    @property
    def users(self) -> SqlUsers:
        return SqlUsers(self.connection)

    @property
    def sessions(self) -> SqlSessions:
        return SqlSessions(self.connection)

    @property
    def api_keys(self) -> SqlApiKeys:
        return SqlApiKeys(self.connection)

    @property
    def invitations(self) -> SqlInvitations:
        return SqlInvitations(self.connection)

    @property
    def throttle(self) -> SqlThrottle:
        return SqlThrottle(self.connection)

    @property
    def signing_keys(self) -> SqlSigningKeys:
        return SqlSigningKeys(self.connection)

    @property
    def audit(self) -> SqlAuditTrail:
        return SqlAuditTrail(self.connection)

    @property
    def facts(self) -> SqlFacts:
        return SqlFacts(self.connection)

    @property
    def sweeper(self) -> SqlSweeper:
        return SqlSweeper(self.connection)
