"""Resources that operators store, their resource servers, and what people declined to add.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_BIGINT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_FLAG = sa.Boolean().with_variant(sa.Integer(), "sqlite")
_TEXT = sa.Text()


def upgrade() -> None:
    """Make the three tables."""
    op.create_table(
        "resources",
        sa.Column("identifier", _TEXT, nullable=False),
        sa.Column("definition", _TEXT, nullable=False),
        sa.Column("is_default", _FLAG, nullable=False),
        sa.Column("created_at", _BIGINT, nullable=False),
        sa.Column("updated_at", _BIGINT, nullable=False),
        sa.PrimaryKeyConstraint("identifier", name="pk_resources"),
        sqlite_strict=True,
    )
    op.create_table(
        "resource_servers",
        sa.Column("resource", _TEXT, nullable=False),
        sa.Column("client_id", _TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"],
            ["oauth_clients.client_id"],
            name="fk_resource_servers_client_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("resource", "client_id", name="pk_resource_servers"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_resource_servers_client_id", "resource_servers", ["client_id"])
    op.create_table(
        "declined_scopes",
        sa.Column("user_id", _TEXT, nullable=False),
        sa.Column("client_id", _TEXT, nullable=False),
        sa.Column("resource", _TEXT, nullable=False),
        sa.Column("scope", _TEXT, nullable=False),
        sa.Column("declined_at", _BIGINT, nullable=False),
        sa.Column("expires_at", _BIGINT, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_declined_scopes_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "client_id", "resource", name="pk_declined_scopes"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_declined_scopes_expires_at", "declined_scopes", ["expires_at"])
