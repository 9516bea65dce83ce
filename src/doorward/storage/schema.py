"""The tables. On PostgreSQL they live in the schema `mcp`, on SQLite in the file.

Columns that every token exchange writes (`last_used_at`, `rotated_at`, `refresh_current`, `consumed_at`) stand in no
index, so that PostgreSQL can update the rows in place.
"""

from functools import partial

from sqlalchemy import MetaData, literal_column

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
from doorward.storage.table_parts import index, key, may, must, table

POSTGRES_SCHEMA = "mcp"

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)
_table = partial(table, metadata)

clients = _table(
    "oauth_clients",
    key("client_id", TEXT),
    must("origin", Word(ClientOrigin)),
    must("redirect_uris", Strings()),
    must("created_at", Instant()),
    may("client_name", TEXT),
    may("client_uri", TEXT),
    must("token_endpoint_auth_method", TEXT),
    must("grant_types", Strings()),
    may("scope", ScopeText()),
    may("application_type", TEXT),
    must("client_secret_hashes", Hashes()),
    must("trusted", Flag()),
    may("last_used_at", Instant()),
    may("old_secret_hashes", Hashes()),
    may("old_secrets_expire_at", Instant()),
    may("registration_token_hash", BYTES),
    may("owner_id", TEXT),
    may("shared_at", Instant()),
    may("jwks", TEXT),
    may("jwks_uri", TEXT),
)
NEVER_USED = clients.c.last_used_at.is_(None) & (clients.c.origin == literal_column("'dynamic'"))
index("ix_oauth_clients_never_used", clients.c.created_at, where=NEVER_USED)
index(
    "ux_oauth_clients_registration_token_hash",
    clients.c.registration_token_hash,
    where=clients.c.registration_token_hash.is_not(None),
    unique=True,
)
index("ix_oauth_clients_owner_id", clients.c.owner_id, where=clients.c.owner_id.is_not(None))
index(
    "ix_oauth_clients_old_secrets_expire_at",
    clients.c.old_secrets_expire_at,
    where=clients.c.old_secrets_expire_at.is_not(None),
)

initial_access_tokens = _table(
    "initial_access_tokens",
    key("id", TEXT),
    must("token_hash", BYTES),
    must("name", TEXT),
    must("created_at", Instant()),
    may("expires_at", Instant()),
    may("uses_left", INTEGER),
    may("last_used_at", Instant()),
    may("revoked_at", Instant()),
)
index("ux_initial_access_tokens_token_hash", initial_access_tokens.c.token_hash, unique=True)

authorizations = _table(
    "authorizations",
    key("id", BYTES),
    must("public_id", TEXT),
    must("interaction_id", TEXT),
    must("user_id", TEXT),
    must("client_id", TEXT),
    may("client_name", TEXT),
    must("redirect_uri", TEXT),
    must("redirect_host", TEXT),
    must("scope", ScopeText()),
    must("resource", TEXT),
    must("auth_time", Instant()),
    must("created_at", Instant()),
    must("expires_at", Instant()),
    may("activated_at", Instant()),
    may("last_used_at", Instant()),
    may("revoked_at", Instant()),
    may("revoked_reason", TEXT),
    must("refresh_current", BIG_INTEGER),
    may("refresh_predecessor", BIG_INTEGER),
    may("rotated_at", Instant()),
    must("restored", Flag()),
    may("shown_client", TEXT),
    may("agent", TEXT),
    by_key=True,
    fillfactor=70,
)
_live = authorizations.c.revoked_at.is_(None)
_revoked = authorizations.c.revoked_at.is_not(None)
index("ux_authorizations_public_id", authorizations.c.public_id, unique=True)
index("ux_authorizations_interaction_id", authorizations.c.interaction_id, unique=True)
index("ix_authorizations_user_id", authorizations.c.user_id, where=_live)
index("ix_authorizations_client_id", authorizations.c.client_id, where=_live)
index("ix_authorizations_redirect_host", authorizations.c.redirect_host, where=_live)
index("ix_authorizations_agent", authorizations.c.agent, where=_live)
index("ix_authorizations_revoked_at", authorizations.c.revoked_at, where=_revoked)
index("ix_authorizations_expires_at", authorizations.c.expires_at)

client_documents = _table(
    "client_documents",
    key("client_id", TEXT),
    must("body", BYTES),
    must("fetched_at", Instant()),
    must("fresh_until", Instant()),
    must("attempted_at", Instant()),
    may("gone_since", Instant()),
    must("is_refuted", Flag()),
    must("kept_at", Instant()),
    must("review_at", Instant()),
)
index("ix_client_documents_kept_at", client_documents.c.kept_at)
index("ix_client_documents_review_at", client_documents.c.review_at)

codes = _table(
    "oauth_codes",
    key("code_hash", BYTES),
    must("authorization_id", BYTES, "authorizations.id"),
    must("client_id", TEXT),
    must("redirect_uri", TEXT),
    must("code_challenge", TEXT),
    must("resource", TEXT),
    must("created_at", Instant()),
    must("expires_at", Instant()),
    may("consumed_at", Instant()),
    may("voided_at", Instant()),
    must("failed_attempts", INTEGER),
    by_key=True,
    fillfactor=80,
)
index("ix_oauth_codes_authorization_id", codes.c.authorization_id)
index("ix_oauth_codes_expires_at", codes.c.expires_at)

used_assertions = _table("used_assertions", key("assertion_hash", BYTES), must("expires_at", Instant()), by_key=True)
index("ix_used_assertions_expires_at", used_assertions.c.expires_at)

consents = _table(
    "consents",
    key("user_id", TEXT),
    key("client_id", TEXT),
    key("redirect_host", TEXT),
    key("resource", TEXT),
    must("scope", ScopeText()),
    must("granted_at", Instant()),
    by_key=True,
)

declined_scopes = _table(
    "declined_scopes",
    key("user_id", TEXT, "users.id"),
    key("client_id", TEXT),
    key("resource", TEXT),
    must("scope", ScopeText()),
    must("declined_at", Instant()),
    must("expires_at", Instant()),
    by_key=True,
)
index("ix_declined_scopes_expires_at", declined_scopes.c.expires_at)

resources = _table(
    "resources",
    key("identifier", TEXT),
    must("definition", Json()),
    must("is_default", Flag()),
    must("created_at", Instant()),
    must("updated_at", Instant()),
)

resource_servers = _table(
    "resource_servers",
    key("resource", TEXT),
    key("client_id", TEXT, "oauth_clients.client_id"),
    by_key=True,
)
index("ix_resource_servers_client_id", resource_servers.c.client_id)

client_rules = _table(
    "client_rules",
    key("subject", TEXT),
    key("user_id", TEXT),
    must("verdict", Word(Verdict)),
    must("created_at", Instant()),
    by_key=True,
)
index("ix_client_rules_user_id", client_rules.c.user_id)

users = _table(
    "users",
    key("id", TEXT),
    must("email", TEXT),
    must("email_canonical", TEXT),
    may("password_hash", TEXT),
    must("created_at", Instant()),
    must("is_administrator", Flag()),
    must("email_verified", Flag()),
    may("disabled_at", Instant()),
)
index("ux_users_email_canonical", users.c.email_canonical, unique=True)

access_requests = _table(
    "access_requests",
    key("id", TEXT),
    must("user_id", TEXT, "users.id"),
    must("subject", TEXT),
    must("client_id", TEXT),
    may("client_name", TEXT),
    must("redirect_uri", TEXT),
    must("created_at", Instant()),
)
index("ux_access_requests_user_id_subject", access_requests.c.user_id, access_requests.c.subject, unique=True)
index("ix_access_requests_subject", access_requests.c.subject)
index("ix_access_requests_created_at", access_requests.c.created_at)

sessions = _table(
    "sessions",
    key("token_hash", BYTES),
    must("kind", Word(SessionKind)),
    must("user_id", TEXT, "users.id"),
    must("authenticated_at", Instant()),
    must("created_at", Instant()),
    must("expires_at", Instant()),
    by_key=True,
)
index("ix_sessions_user_id", sessions.c.user_id)
index("ix_sessions_expires_at", sessions.c.expires_at)

api_keys = _table(
    "api_keys",
    key("public_id", TEXT),
    must("key_hash", BYTES),
    must("hint", TEXT),
    must("user_id", TEXT, "users.id"),
    must("name", TEXT),
    must("scope", TEXT),
    must("resource", TEXT),
    must("created_at", Instant()),
    may("expires_at", Instant()),
    may("revoked_at", Instant()),
)
index("ux_api_keys_key_hash", api_keys.c.key_hash, unique=True)
index("ix_api_keys_user_id", api_keys.c.user_id)
index("ix_api_keys_revoked_at", api_keys.c.revoked_at, where=api_keys.c.revoked_at.is_not(None))

invitations = _table(
    "invitations",
    key("token_hash", BYTES),
    must("kind", Word(InvitationKind)),
    may("email", TEXT),
    must("created_at", Instant()),
    must("expires_at", Instant()),
    may("used_at", Instant()),
    by_key=True,
)
index("ix_invitations_kind", invitations.c.kind, where=invitations.c.used_at.is_(None))
index("ix_invitations_expires_at", invitations.c.expires_at)

throttle = _table(
    "throttle",
    key("key_hash", BYTES),
    must("free_at", Instant()),
    by_key=True,
)
index("ix_throttle_free_at", throttle.c.free_at)

signing_keys = _table(
    "signing_keys",
    key("kid", TEXT),
    must("algorithm", TEXT),
    must("state", Word(KeyState)),
    must("public_jwk", Json()),
    must("sealed_private_key", BYTES),
    must("created_at", Instant()),
    may("retired_at", Instant()),
)

audit_events = _table(
    "audit_events",
    key("id", BIG_INTEGER),
    must("at", Instant()),
    must("tag", Word(AuditTag)),
    may("user_id", TEXT),
    may("client_id", TEXT),
    may("public_id", TEXT),
    may("address", TEXT),
    may("request_id", TEXT),
    must("detail", Json()),
)
index("ix_audit_events_at", audit_events.c.at)

facts = _table("facts", key("name", TEXT), must("value", Json()))
