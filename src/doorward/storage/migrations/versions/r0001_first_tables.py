"""The first tables; on PostgreSQL the seed's are adopted.

Revision ID: 0001
Revises: nothing
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from doorward.storage.migrations import seed_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_BIGINT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_FLAG = sa.Boolean().with_variant(sa.Integer(), "sqlite")
_TEXT = sa.Text()
_BYTES = sa.LargeBinary()


def upgrade() -> None:
    """Make every table, and take over the seed's clients."""
    with seed_tables.telling_foreign():
        has_seed = seed_tables.set_aside(op.get_bind())
        _create_tables()
        if has_seed:
            seed_tables.adopt(op.get_bind())


def _where(condition: str) -> dict[str, Any]:  # Any: options of two dialects
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def _create_tables() -> None:
    op.create_table(
        "audit_events",
        sa.Column("id", _BIGINT, nullable=False),
        sa.Column("at", _BIGINT, nullable=False),
        sa.Column("tag", _TEXT, nullable=False),
        sa.Column("user_id", _TEXT, nullable=True),
        sa.Column("client_id", _TEXT, nullable=True),
        sa.Column("public_id", _TEXT, nullable=True),
        sa.Column("address", _TEXT, nullable=True),
        sa.Column("request_id", _TEXT, nullable=True),
        sa.Column("detail", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_events"),
        sqlite_strict=True,
    )
    op.create_table(
        "authorizations",
        sa.Column("id", _BYTES, nullable=False),
        sa.Column("public_id", _TEXT, nullable=False),
        sa.Column("interaction_id", _TEXT, nullable=False),
        sa.Column("user_id", _TEXT, nullable=False),
        sa.Column("client_id", _TEXT, nullable=False),
        sa.Column("client_name", _TEXT, nullable=True),
        sa.Column("redirect_uri", _TEXT, nullable=False),
        sa.Column("redirect_host", _TEXT, nullable=False),
        sa.Column("scope", _TEXT, nullable=False),
        sa.Column("resource", _TEXT, nullable=False),
        sa.Column("auth_time", _BIGINT, nullable=False),
        sa.Column("created_at", _BIGINT, nullable=False),
        sa.Column("expires_at", _BIGINT, nullable=False),
        sa.Column("activated_at", _BIGINT, nullable=True),
        sa.Column("last_used_at", _BIGINT, nullable=True),
        sa.Column("revoked_at", _BIGINT, nullable=True),
        sa.Column("revoked_reason", _TEXT, nullable=True),
        sa.Column("refresh_current", _BIGINT, nullable=False),
        sa.Column("refresh_predecessor", _BIGINT, nullable=True),
        sa.Column("rotated_at", _BIGINT, nullable=True),
        sa.Column("restored", _FLAG, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_authorizations"),
        postgresql_with={"fillfactor": 70},
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_authorizations_client_id", "authorizations", ["client_id"], **_where("revoked_at IS NULL"))
    op.create_index("ix_authorizations_expires_at", "authorizations", ["expires_at"])
    op.create_index(
        "ix_authorizations_redirect_host", "authorizations", ["redirect_host"], **_where("revoked_at IS NULL")
    )
    op.create_index(
        "ix_authorizations_revoked_at", "authorizations", ["revoked_at"], **_where("revoked_at IS NOT NULL")
    )
    op.create_index("ix_authorizations_user_id", "authorizations", ["user_id"], **_where("revoked_at IS NULL"))
    op.create_index("ux_authorizations_interaction_id", "authorizations", ["interaction_id"], unique=True)
    op.create_index("ux_authorizations_public_id", "authorizations", ["public_id"], unique=True)
    op.create_table(
        "blocks",
        sa.Column("subject", _TEXT, nullable=False),
        sa.Column("created_at", _BIGINT, nullable=False),
        sa.PrimaryKeyConstraint("subject", name="pk_blocks"),
        sqlite_strict=True,
    )
    op.create_table(
        "consents",
        sa.Column("user_id", _TEXT, nullable=False),
        sa.Column("client_id", _TEXT, nullable=False),
        sa.Column("redirect_host", _TEXT, nullable=False),
        sa.Column("resource", _TEXT, nullable=False),
        sa.Column("scope", _TEXT, nullable=False),
        sa.Column("granted_at", _BIGINT, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "client_id", "redirect_host", "resource", name="pk_consents"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "facts",
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("value", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_facts"),
        sqlite_strict=True,
    )
    op.create_table(
        "invitations",
        sa.Column("token_hash", _BYTES, nullable=False),
        sa.Column("kind", _TEXT, nullable=False),
        sa.Column("email", _TEXT, nullable=True),
        sa.Column("created_at", _BIGINT, nullable=False),
        sa.Column("expires_at", _BIGINT, nullable=False),
        sa.Column("used_at", _BIGINT, nullable=True),
        sa.PrimaryKeyConstraint("token_hash", name="pk_invitations"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_invitations_expires_at", "invitations", ["expires_at"])
    op.create_index("ix_invitations_kind", "invitations", ["kind"], **_where("used_at IS NULL"))
    op.create_table(
        "oauth_clients",
        sa.Column("client_id", _TEXT, nullable=False),
        sa.Column("origin", _TEXT, nullable=False),
        sa.Column("redirect_uris", _TEXT, nullable=False),
        sa.Column("created_at", _BIGINT, nullable=False),
        sa.Column("client_name", _TEXT, nullable=True),
        sa.Column("client_uri", _TEXT, nullable=True),
        sa.Column("token_endpoint_auth_method", _TEXT, nullable=False),
        sa.Column("grant_types", _TEXT, nullable=False),
        sa.Column("scope", _TEXT, nullable=True),
        sa.Column("application_type", _TEXT, nullable=True),
        sa.Column("client_secret_hashes", _TEXT, nullable=False),
        sa.Column("trusted", _FLAG, nullable=False),
        sa.Column("last_used_at", _BIGINT, nullable=True),
        sa.PrimaryKeyConstraint("client_id", name="pk_oauth_clients"),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_oauth_clients_never_used",
        "oauth_clients",
        ["created_at"],
        **_where("last_used_at IS NULL AND origin = 'dynamic'"),
    )
    op.create_table(
        "signing_keys",
        sa.Column("kid", _TEXT, nullable=False),
        sa.Column("algorithm", _TEXT, nullable=False),
        sa.Column("state", _TEXT, nullable=False),
        sa.Column("public_jwk", _TEXT, nullable=False),
        sa.Column("sealed_private_key", _BYTES, nullable=False),
        sa.Column("created_at", _BIGINT, nullable=False),
        sa.Column("retired_at", _BIGINT, nullable=True),
        sa.PrimaryKeyConstraint("kid", name="pk_signing_keys"),
        sqlite_strict=True,
    )
    op.create_table(
        "throttle",
        sa.Column("key_hash", _BYTES, nullable=False),
        sa.Column("free_at", _BIGINT, nullable=False),
        sa.PrimaryKeyConstraint("key_hash", name="pk_throttle"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_throttle_free_at", "throttle", ["free_at"])
    op.create_table(
        "users",
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("email", _TEXT, nullable=False),
        sa.Column("email_canonical", _TEXT, nullable=False),
        sa.Column("password_hash", _TEXT, nullable=True),
        sa.Column("created_at", _BIGINT, nullable=False),
        sa.Column("is_administrator", _FLAG, nullable=False),
        sa.Column("email_verified", _FLAG, nullable=False),
        sa.Column("disabled_at", _BIGINT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sqlite_strict=True,
    )
    op.create_index("ux_users_email_canonical", "users", ["email_canonical"], unique=True)
    op.create_table(
        "api_keys",
        sa.Column("public_id", _TEXT, nullable=False),
        sa.Column("key_hash", _BYTES, nullable=False),
        sa.Column("hint", _TEXT, nullable=False),
        sa.Column("user_id", _TEXT, nullable=False),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("scope", _TEXT, nullable=False),
        sa.Column("resource", _TEXT, nullable=False),
        sa.Column("created_at", _BIGINT, nullable=False),
        sa.Column("expires_at", _BIGINT, nullable=True),
        sa.Column("revoked_at", _BIGINT, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_api_keys_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("public_id", name="pk_api_keys"),
        sqlite_strict=True,
    )
    op.create_index("ix_api_keys_revoked_at", "api_keys", ["revoked_at"], **_where("revoked_at IS NOT NULL"))
    op.create_index("ix_api_keys_user_id", "api_keys", ["user_id"])
    op.create_index("ux_api_keys_key_hash", "api_keys", ["key_hash"], unique=True)
    op.create_table(
        "oauth_codes",
        sa.Column("code_hash", _BYTES, nullable=False),
        sa.Column("authorization_id", _BYTES, nullable=False),
        sa.Column("client_id", _TEXT, nullable=False),
        sa.Column("redirect_uri", _TEXT, nullable=False),
        sa.Column("code_challenge", _TEXT, nullable=False),
        sa.Column("resource", _TEXT, nullable=False),
        sa.Column("created_at", _BIGINT, nullable=False),
        sa.Column("expires_at", _BIGINT, nullable=False),
        sa.Column("consumed_at", _BIGINT, nullable=True),
        sa.Column("voided_at", _BIGINT, nullable=True),
        sa.Column("failed_attempts", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["authorization_id"], ["authorizations.id"], name="fk_oauth_codes_authorization_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("code_hash", name="pk_oauth_codes"),
        postgresql_with={"fillfactor": 80},
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_oauth_codes_authorization_id", "oauth_codes", ["authorization_id"])
    op.create_index("ix_oauth_codes_expires_at", "oauth_codes", ["expires_at"])
    op.create_table(
        "sessions",
        sa.Column("token_hash", _BYTES, nullable=False),
        sa.Column("kind", _TEXT, nullable=False),
        sa.Column("user_id", _TEXT, nullable=False),
        sa.Column("authenticated_at", _BIGINT, nullable=False),
        sa.Column("created_at", _BIGINT, nullable=False),
        sa.Column("expires_at", _BIGINT, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_sessions_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("token_hash", name="pk_sessions"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_sessions_expires_at", "sessions", ["expires_at"])
    op.create_index("ix_sessions_user_id", "sessions", ["user_id"])
