"""Rules about clients in the place of blocks, people who wait for an administrator, and agents of Authorizations.

Revision ID: 0007
Revises: 0006
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_BIGINT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TEXT = sa.Text()


def upgrade() -> None:
    """Make the tables, and take every block over as a denial for everybody."""
    op.create_table(
        "client_rules",
        sa.Column("subject", _TEXT, nullable=False),
        sa.Column("user_id", _TEXT, nullable=False),
        sa.Column("verdict", _TEXT, nullable=False),
        sa.Column("created_at", _BIGINT, nullable=False),
        sa.PrimaryKeyConstraint("subject", "user_id", name="pk_client_rules"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_client_rules_user_id", "client_rules", ["user_id"])
    rules, blocks = (sa.table(name, *map(sa.column, columns)) for name, columns in _MOVED)
    denials = sa.select(blocks.c.subject, sa.literal(""), sa.literal("deny"), blocks.c.created_at)
    op.execute(sa.insert(rules).from_select(["subject", "user_id", "verdict", "created_at"], denials))
    op.drop_table("blocks")
    op.create_table(
        "access_requests",
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("user_id", _TEXT, nullable=False),
        sa.Column("subject", _TEXT, nullable=False),
        sa.Column("client_id", _TEXT, nullable=False),
        sa.Column("client_name", _TEXT, nullable=True),
        sa.Column("redirect_uri", _TEXT, nullable=False),
        sa.Column("created_at", _BIGINT, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_access_requests_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_access_requests"),
        sqlite_strict=True,
    )
    op.create_index("ux_access_requests_user_id_subject", "access_requests", ["user_id", "subject"], unique=True)
    op.create_index("ix_access_requests_subject", "access_requests", ["subject"])
    op.create_index("ix_access_requests_created_at", "access_requests", ["created_at"])
    op.add_column("authorizations", sa.Column("agent", _TEXT, nullable=True))
    op.create_index("ix_authorizations_agent", "authorizations", ["agent"], **_where("revoked_at IS NULL"))


_MOVED = (
    ("client_rules", ("subject", "user_id", "verdict", "created_at")),
    ("blocks", ("subject", "created_at")),
)


def _where(condition: str) -> dict[str, Any]:  # Any: options of two dialects
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}
