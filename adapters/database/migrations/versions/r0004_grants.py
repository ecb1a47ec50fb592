"""Grants: the tokens that a person's consent gave us."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the table; nobody has consented yet."""
    op.create_table(
        "grants",
        sa.Column("portal", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("addresses", sa.Text(), nullable=False),
        sa.Column("tokens", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("expires_at", _TIME),
        sa.Column("renewed_at", _TIME, nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("granted_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("portal", "side", name="pk_grants"),
    )


def downgrade() -> None:
    """Take it away: portals that it let in have to be authorized again."""
    op.drop_table("grants")
