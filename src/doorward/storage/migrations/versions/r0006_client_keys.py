"""The public keys of clients, and the assertions they used.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, and make the table."""
    for name in ("jwks", "jwks_uri"):
        op.add_column("oauth_clients", sa.Column(name, sa.Text()))
    op.create_table(
        "used_assertions",
        sa.Column("assertion_hash", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("assertion_hash", name="pk_used_assertions"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_used_assertions_expires_at", "used_assertions", ["expires_at"])
