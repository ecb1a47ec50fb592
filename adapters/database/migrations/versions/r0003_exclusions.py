"""Records that an operator keeps out of the sync, whatever they are linked with."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the tables; nobody is kept out yet."""
    op.create_table(
        "exclusions",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("portal", sa.BigInteger(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("since", _TIME, nullable=False),
        sa.Column("ended_at", _TIME),
        sa.Column("ended_by", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_exclusions"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_exclusions_portal", "exclusions", ["portal"])
    op.create_table(
        "excluded_records",
        sa.Column("portal", sa.BigInteger(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("exclusion", _ID, nullable=False),
        sa.PrimaryKeyConstraint("portal", "ref", "exclusion", name="pk_excluded_records"),
        sa.ForeignKeyConstraint(
            ["exclusion"],
            ["exclusions.id"],
            name="fk_excluded_records_exclusion",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_excluded_records_exclusion", "excluded_records", ["exclusion"])


def downgrade() -> None:
    """Take them away: whoever was kept out is synced again once noticed."""
    for table in ("excluded_records", "exclusions"):
        op.drop_table(table)
