"""The metadata documents of clients that people allowed, and what they saw of a client.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_INSTANT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_FLAG = sa.Boolean().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table, its indexes and the column."""
    op.create_table(
        "client_documents",
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("fetched_at", _INSTANT, nullable=False),
        sa.Column("fresh_until", _INSTANT, nullable=False),
        sa.Column("attempted_at", _INSTANT, nullable=False),
        sa.Column("gone_since", _INSTANT, nullable=True),
        sa.Column("is_refuted", _FLAG, nullable=False),
        sa.Column("kept_at", _INSTANT, nullable=False),
        sa.Column("review_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("client_id", name="pk_client_documents"),
        sqlite_strict=True,
    )
    op.create_index("ix_client_documents_kept_at", "client_documents", ["kept_at"])
    op.create_index("ix_client_documents_review_at", "client_documents", ["review_at"])
    op.add_column("authorizations", sa.Column("shown_client", sa.Text(), nullable=True))
