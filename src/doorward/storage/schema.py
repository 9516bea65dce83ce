"""The tables. On PostgreSQL they live in the schema `mcp`, on SQLite in the file.

Columns that every token exchange writes (`last_used_at`, `rotated_at`, `refresh_current`, `consumed_at`) stand in no
index, so that PostgreSQL can update the rows in place.
"""

from typing import Any

from sqlalchemy import Column, ForeignKey, Index, MetaData, Table, literal_column
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.types import TypeEngine

from doorward.audit import AuditTag
from doorward.identity.records import InvitationKind, SessionKind
from doorward.jose.records import KeyState
from doorward.oauth.records import ClientOrigin, Verdict
from doorward.storage.column_types import (
    BIG_INTEGER,
    BYTES,
    INTEGER,
    TEXT,
    Flag,
    Hashes,
    Instant,
    Json,
    ScopeText,
    Strings,
    Word,
)

POSTGRES_SCHEMA = "mcp"

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)


def _key(name: str, kind: TypeEngine[Any], references: str | None = None) -> Column[Any]:
    return Column(name, kind, *_references(references), primary_key=True)


def _must(name: str, kind: TypeEngine[Any], references: str | None = None) -> Column[Any]:
    return Column(name, kind, *_references(references), nullable=False)


def _may(name: str, kind: TypeEngine[Any]) -> Column[Any]:
    return Column(name, kind, nullable=True)


def _references(target: str | None) -> list[ForeignKey]:
    return [] if target is None else [ForeignKey(target, ondelete="CASCADE")]


def _table(name: str, *columns: Column[Any], by_key: bool = False, fillfactor: int | None = None) -> Table:
    """A strict table; `by_key` keeps its rows in the key's own tree on SQLite: one page fewer to write."""
    options: dict[str, Any] = {"sqlite_strict": True, "sqlite_with_rowid": not by_key}  # Any: each its type
    if fillfactor is not None:
        options["postgresql_with"] = {"fillfactor": fillfactor}
    return Table(name, metadata, *columns, **options)


def _index(name: str, *columns: Column[Any], where: ColumnElement[bool] | None = None, unique: bool = False) -> Index:
    options: dict[str, Any] = {} if where is None else {"sqlite_where": where, "postgresql_where": where}
    return Index(name, *columns, unique=unique, **options)


clients = _table(
    "oauth_clients",
    _key("client_id", TEXT),
    _must("origin", Word(ClientOrigin)),
    _must("redirect_uris", Strings()),
    _must("created_at", Instant()),
    _may("client_name", TEXT),
    _may("client_uri", TEXT),
    _must("token_endpoint_auth_method", TEXT),
    _must("grant_types", Strings()),
    _may("scope", ScopeText()),
    _may("application_type", TEXT),
    _must("client_secret_hashes", Hashes()),
    _must("trusted", Flag()),
    _may("last_used_at", Instant()),
    _may("old_secret_hashes", Hashes()),
    _may("old_secrets_expire_at", Instant()),
    _may("registration_token_hash", BYTES),
    _may("owner_id", TEXT),
    _may("shared_at", Instant()),
    _may("jwks", TEXT),
    _may("jwks_uri", TEXT),
)
NEVER_USED = clients.c.last_used_at.is_(None) & (clients.c.origin == literal_column("'dynamic'"))
_index("ix_oauth_clients_never_used", clients.c.created_at, where=NEVER_USED)
_index(
    "ux_oauth_clients_registration_token_hash",
    clients.c.registration_token_hash,
    where=clients.c.registration_token_hash.is_not(None),
    unique=True,
)
_index("ix_oauth_clients_owner_id", clients.c.owner_id, where=clients.c.owner_id.is_not(None))
_index(
    "ix_oauth_clients_old_secrets_expire_at",
    clients.c.old_secrets_expire_at,
    where=clients.c.old_secrets_expire_at.is_not(None),
)

initial_access_tokens = _table(
    "initial_access_tokens",
    _key("id", TEXT),
    _must("token_hash", BYTES),
    _must("name", TEXT),
    _must("created_at", Instant()),
    _may("expires_at", Instant()),
    _may("uses_left", INTEGER),
    _may("last_used_at", Instant()),
    _may("revoked_at", Instant()),
)
_index("ux_initial_access_tokens_token_hash", initial_access_tokens.c.token_hash, unique=True)

authorizations = _table(
    "authorizations",
    _key("id", BYTES),
    _must("public_id", TEXT),
    _must("interaction_id", TEXT),
    _must("user_id", TEXT),
    _must("client_id", TEXT),
    _may("client_name", TEXT),
    _must("redirect_uri", TEXT),
    _must("redirect_host", TEXT),
    _must("scope", ScopeText()),
    _must("resource", TEXT),
    _must("auth_time", Instant()),
    _must("created_at", Instant()),
    _must("expires_at", Instant()),
    _may("activated_at", Instant()),
    _may("last_used_at", Instant()),
    _may("revoked_at", Instant()),
    _may("revoked_reason", TEXT),
    _must("refresh_current", BIG_INTEGER),
    _may("refresh_predecessor", BIG_INTEGER),
    _may("rotated_at", Instant()),
    _must("restored", Flag()),
    _may("shown_client", TEXT),
    _may("agent", TEXT),
    by_key=True,
    fillfactor=70,
)
_live = authorizations.c.revoked_at.is_(None)
_revoked = authorizations.c.revoked_at.is_not(None)
_index("ux_authorizations_public_id", authorizations.c.public_id, unique=True)
_index("ux_authorizations_interaction_id", authorizations.c.interaction_id, unique=True)
_index("ix_authorizations_user_id", authorizations.c.user_id, where=_live)
_index("ix_authorizations_client_id", authorizations.c.client_id, where=_live)
_index("ix_authorizations_redirect_host", authorizations.c.redirect_host, where=_live)
_index("ix_authorizations_agent", authorizations.c.agent, where=_live)
_index("ix_authorizations_revoked_at", authorizations.c.revoked_at, where=_revoked)
_index("ix_authorizations_expires_at", authorizations.c.expires_at)

client_documents = _table(
    "client_documents",
    _key("client_id", TEXT),
    _must("body", BYTES),
    _must("fetched_at", Instant()),
    _must("fresh_until", Instant()),
    _must("attempted_at", Instant()),
    _may("gone_since", Instant()),
    _must("is_refuted", Flag()),
    _must("kept_at", Instant()),
    _must("review_at", Instant()),
)
_index("ix_client_documents_kept_at", client_documents.c.kept_at)
_index("ix_client_documents_review_at", client_documents.c.review_at)

codes = _table(
    "oauth_codes",
    _key("code_hash", BYTES),
    _must("authorization_id", BYTES, "authorizations.id"),
    _must("client_id", TEXT),
    _must("redirect_uri", TEXT),
    _must("code_challenge", TEXT),
    _must("resource", TEXT),
    _must("created_at", Instant()),
    _must("expires_at", Instant()),
    _may("consumed_at", Instant()),
    _may("voided_at", Instant()),
    _must("failed_attempts", INTEGER),
    by_key=True,
    fillfactor=80,
)
_index("ix_oauth_codes_authorization_id", codes.c.authorization_id)
_index("ix_oauth_codes_expires_at", codes.c.expires_at)

used_assertions = _table("used_assertions", _key("assertion_hash", BYTES), _must("expires_at", Instant()), by_key=True)
_index("ix_used_assertions_expires_at", used_assertions.c.expires_at)

consents = _table(
    "consents",
    _key("user_id", TEXT),
    _key("client_id", TEXT),
    _key("redirect_host", TEXT),
    _key("resource", TEXT),
    _must("scope", ScopeText()),
    _must("granted_at", Instant()),
    by_key=True,
)

declined_scopes = _table(
    "declined_scopes",
    _key("user_id", TEXT, "users.id"),
    _key("client_id", TEXT),
    _key("resource", TEXT),
    _must("scope", ScopeText()),
    _must("declined_at", Instant()),
    _must("expires_at", Instant()),
    by_key=True,
)
_index("ix_declined_scopes_expires_at", declined_scopes.c.expires_at)

resources = _table(
    "resources",
    _key("identifier", TEXT),
    _must("definition", Json()),
    _must("is_default", Flag()),
    _must("created_at", Instant()),
    _must("updated_at", Instant()),
)

resource_servers = _table(
    "resource_servers",
    _key("resource", TEXT),
    _key("client_id", TEXT, "oauth_clients.client_id"),
    by_key=True,
)
_index("ix_resource_servers_client_id", resource_servers.c.client_id)

client_rules = _table(
    "client_rules",
    _key("subject", TEXT),
    _key("user_id", TEXT),
    _must("verdict", Word(Verdict)),
    _must("created_at", Instant()),
    by_key=True,
)
_index("ix_client_rules_user_id", client_rules.c.user_id)

users = _table(
    "users",
    _key("id", TEXT),
    _must("email", TEXT),
    _must("email_canonical", TEXT),
    _may("password_hash", TEXT),
    _must("created_at", Instant()),
    _must("is_administrator", Flag()),
    _must("email_verified", Flag()),
    _may("disabled_at", Instant()),
)
_index("ux_users_email_canonical", users.c.email_canonical, unique=True)

access_requests = _table(
    "access_requests",
    _key("id", TEXT),
    _must("user_id", TEXT, "users.id"),
    _must("subject", TEXT),
    _must("client_id", TEXT),
    _may("client_name", TEXT),
    _must("redirect_uri", TEXT),
    _must("created_at", Instant()),
)
_index("ux_access_requests_user_id_subject", access_requests.c.user_id, access_requests.c.subject, unique=True)
_index("ix_access_requests_subject", access_requests.c.subject)
_index("ix_access_requests_created_at", access_requests.c.created_at)

sessions = _table(
    "sessions",
    _key("token_hash", BYTES),
    _must("kind", Word(SessionKind)),
    _must("user_id", TEXT, "users.id"),
    _must("authenticated_at", Instant()),
    _must("created_at", Instant()),
    _must("expires_at", Instant()),
    by_key=True,
)
_index("ix_sessions_user_id", sessions.c.user_id)
_index("ix_sessions_expires_at", sessions.c.expires_at)

api_keys = _table(
    "api_keys",
    _key("public_id", TEXT),
    _must("key_hash", BYTES),
    _must("hint", TEXT),
    _must("user_id", TEXT, "users.id"),
    _must("name", TEXT),
    _must("scope", TEXT),
    _must("resource", TEXT),
    _must("created_at", Instant()),
    _may("expires_at", Instant()),
    _may("revoked_at", Instant()),
)
_index("ux_api_keys_key_hash", api_keys.c.key_hash, unique=True)
_index("ix_api_keys_user_id", api_keys.c.user_id)
_index("ix_api_keys_revoked_at", api_keys.c.revoked_at, where=api_keys.c.revoked_at.is_not(None))

invitations = _table(
    "invitations",
    _key("token_hash", BYTES),
    _must("kind", Word(InvitationKind)),
    _may("email", TEXT),
    _must("created_at", Instant()),
    _must("expires_at", Instant()),
    _may("used_at", Instant()),
    by_key=True,
)
_index("ix_invitations_kind", invitations.c.kind, where=invitations.c.used_at.is_(None))
_index("ix_invitations_expires_at", invitations.c.expires_at)

throttle = _table(
    "throttle",
    _key("key_hash", BYTES),
    _must("free_at", Instant()),
    by_key=True,
)
_index("ix_throttle_free_at", throttle.c.free_at)

signing_keys = _table(
    "signing_keys",
    _key("kid", TEXT),
    _must("algorithm", TEXT),
    _must("state", Word(KeyState)),
    _must("public_jwk", Json()),
    _must("sealed_private_key", BYTES),
    _must("created_at", Instant()),
    _may("retired_at", Instant()),
)

audit_events = _table(
    "audit_events",
    _key("id", BIG_INTEGER),
    _must("at", Instant()),
    _must("tag", Word(AuditTag)),
    _may("user_id", TEXT),
    _may("client_id", TEXT),
    _may("public_id", TEXT),
    _may("address", TEXT),
    _may("request_id", TEXT),
    _must("detail", Json()),
)
_index("ix_audit_events_at", audit_events.c.at)

facts = _table("facts", _key("name", TEXT), _must("value", Json()))
