"""Guards, the one pause of all portals, checked credentials, and the cause of a suspension."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add them; a portal that is suspended stays so until an operator clears it."""
    op.add_column("portals", sa.Column("suspension_cause", sa.Text()))
    _guards()
    _releases()
    _pauses()
    _credentials()


def downgrade() -> None:
    """Take them away. Work that was held is looked at again when its rows are due."""
    for table in ("credentials", "pauses", "releases", "held_work", "guard_counts"):
        op.drop_table(table)
    op.drop_column("portals", "suspension_cause")


def _portal() -> sa.Column[int]:
    return sa.Column("portal", sa.BigInteger(), primary_key=True, autoincrement=False, nullable=False)


def _key(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), primary_key=True, nullable=False)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _guards() -> None:
    op.create_table(
        "guard_counts",
        _portal(),
        _key("work"),
        _key("ref"),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("portal", "work", "ref", name="pk_guard_counts"),
    )
    op.create_table(
        "held_work",
        _portal(),
        _key("ref"),
        _key("work"),
        _key("target"),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("since", _TIME, nullable=False),
        sa.Column("released", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("portal", "ref", "work", "target", name="pk_held_work"),
        sa.ForeignKeyConstraint(
            ["portal", "ref"],
            ["pending.portal", "pending.ref"],
            name="fk_held_work_pending",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_held_work_target", "held_work", ["portal", "target"])


def _releases() -> None:
    op.create_table(
        "releases",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("portal", sa.BigInteger(), nullable=False),
        _text("work"),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        _text("author"),
        _text("comment"),
        sa.Column("at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_releases"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_releases_portal", "releases", ["portal"])


def _pauses() -> None:
    op.create_table(
        "pauses",
        sa.Column("id", _ID, primary_key=True),
        _text("author"),
        _text("comment"),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("ended_at", _TIME),
        sa.Column("ended_by", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_pauses"),
        sqlite_autoincrement=True,
    )


def _credentials() -> None:
    op.create_table(
        "credentials",
        _portal(),
        _key("side"),
        sa.Column("valid", sa.Boolean(), nullable=False),
        _text("account_user"),
        _text("says"),
        sa.Column("checked_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("portal", "side", name="pk_credentials"),
    )
