"""Fields that were out of our sight since a link's base was taken."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add both columns. Of a mapping that is idle now nobody knows whether its field was gone: perhaps."""
    op.add_column("links", sa.Column("out_of_sight", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("idle_mappings", sa.Column("gone", sa.Boolean(), nullable=False, server_default=sa.true()))


def downgrade() -> None:
    """Take them away: a field that was made anew looks cleared to those who were not looked at yet."""
    op.drop_column("idle_mappings", "gone")
    op.drop_column("links", "out_of_sight")
