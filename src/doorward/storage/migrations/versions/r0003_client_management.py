"""Clients that are managed: rotated secrets, registration access tokens, owners, and initial access tokens.

Revision ID: 0003
Revises: 0002
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_BIGINT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TEXT = sa.Text()
_BYTES = sa.LargeBinary()
_CLIENTS = "oauth_clients"


def upgrade() -> None:
    """Add the columns, and the table of initial access tokens."""
    for name, kind in (
        ("old_secret_hashes", _TEXT),
        ("old_secrets_expire_at", _BIGINT),
        ("registration_token_hash", _BYTES),
        ("owner_id", _TEXT),
        ("shared_at", _BIGINT),
    ):
        op.add_column(_CLIENTS, sa.Column(name, kind, nullable=True))
    for name, column, unique in (
        ("ux_oauth_clients_registration_token_hash", "registration_token_hash", True),
        ("ix_oauth_clients_owner_id", "owner_id", False),
        ("ix_oauth_clients_old_secrets_expire_at", "old_secrets_expire_at", False),
    ):
        op.create_index(name, _CLIENTS, [column], unique=unique, **_where(f"{column} IS NOT NULL"))
    op.create_table(
        "initial_access_tokens",
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("token_hash", _BYTES, nullable=False),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("created_at", _BIGINT, nullable=False),
        sa.Column("expires_at", _BIGINT, nullable=True),
        sa.Column("uses_left", sa.Integer(), nullable=True),
        sa.Column("last_used_at", _BIGINT, nullable=True),
        sa.Column("revoked_at", _BIGINT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_initial_access_tokens"),
        sqlite_strict=True,
    )
    op.create_index("ux_initial_access_tokens_token_hash", "initial_access_tokens", ["token_hash"], unique=True)


def _where(condition: str) -> dict[str, Any]:  # Any: options of two dialects
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}
