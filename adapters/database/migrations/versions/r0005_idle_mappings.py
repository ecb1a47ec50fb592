"""Mappings that take no part, since a CRM's schema does not bear them."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the table; the next check of the schemas fills it."""
    op.create_table(
        "idle_mappings",
        sa.Column("portal", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("mapping", sa.Text(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("object_type", sa.Text(), nullable=False),
        sa.Column("says", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("returned", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("portal", "mapping", "side", "object_type", name="pk_idle_mappings"),
    )


def downgrade() -> None:
    """Take it away: every mapping takes part again, as far as the CRMs let it."""
    op.drop_table("idle_mappings")
