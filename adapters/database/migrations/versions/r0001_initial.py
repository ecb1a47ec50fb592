"""The tables as they were at first."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create every table."""
    _portals()
    _pending()
    _links()
    _ownership()
    _dead_letters()
    _activity()
    _reports()
    _small()


def downgrade() -> None:
    """Drop every table, and with it all it holds."""
    for table in (
        "watermarks",
        "tombstones",
        "api_calls",
        "reports",
        "activity_refs",
        "activity",
        "dead_letters",
        "claims",
        "leases",
        "workers",
        "links",
        "pending_merged",
        "pending",
        "portal_versions",
        "portals",
    ):
        op.drop_table(table)


def _portal(*, key: bool = True) -> sa.Column[int]:
    return sa.Column("portal", sa.BigInteger(), primary_key=key, autoincrement=False, nullable=False)


def _text(name: str, *, key: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), primary_key=key, nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _time(name: str, *, key: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, _TIME, primary_key=key, nullable=False)


def _json(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.JSON(), nullable=False)


def _index(name: str, table: str, *columns: str, where: str | None = None, unique: bool = False) -> None:
    condition = sa.text(where) if where else None
    op.create_index(
        name, table, list(columns), unique=unique, sqlite_where=condition, postgresql_where=condition
    )


def _portals() -> None:
    op.create_table(
        "portals",
        sa.Column("number", sa.BigInteger(), primary_key=True, autoincrement=False),
        _number("version"),
        sa.Column("suspension_reason", sa.Text()),
        sa.Column("suspended_since", _TIME),
        sa.Column("suspension_clears_at", _TIME),
        sa.PrimaryKeyConstraint("number", name="pk_portals"),
    )
    op.create_table(
        "portal_versions",
        _portal(),
        sa.Column("version", sa.Integer(), primary_key=True, autoincrement=False),
        _json("plain"),
        sa.Column("secrets", sa.LargeBinary(), nullable=False),
        _text("author"),
        _text("comment"),
        _time("at"),
        sa.PrimaryKeyConstraint("portal", "version", name="pk_portal_versions"),
        sa.ForeignKeyConstraint(["portal"], ["portals.number"], name="fk_portal_versions_portals"),
    )


def _pending() -> None:
    op.create_table(
        "pending",
        _portal(),
        sa.Column("ref", sa.Text(), primary_key=True),
        _number("kinds"),
        _time("noticed_at"),
        _time("received_at"),
        _time("first_received_at"),
        sa.Column("work_class", sa.SmallInteger(), nullable=False),
        _time("due_at"),
        _number("attempts"),
        _number("crashes"),
        sa.Column("waits_on", sa.Text()),
        _number("version"),
        _text("trace_id"),
        sa.PrimaryKeyConstraint("portal", "ref", name="pk_pending"),
    )
    _index("ix_pending_due", "pending", "portal", "work_class", "due_at", "ref")
    crashed = "crashes > 0"
    _index("ix_pending_crashed", "pending", "portal", "work_class", "due_at", "ref", where=crashed)
    _index("ix_pending_waits_on", "pending", "portal", "waits_on", where="waits_on IS NOT NULL")
    op.create_table(
        "pending_merged",
        _portal(),
        sa.Column("ref", sa.Text(), primary_key=True),
        _text("merged_id", key=True),
        sa.PrimaryKeyConstraint("portal", "ref", "merged_id", name="pk_pending_merged"),
        sa.ForeignKeyConstraint(
            ["portal", "ref"],
            ["pending.portal", "pending.ref"],
            name="fk_pending_merged_pending",
            ondelete="CASCADE",
        ),
    )


def _links() -> None:
    op.create_table(
        "links",
        sa.Column("id", _ID, primary_key=True),
        _portal(key=False),
        _text("kind"),
        sa.Column("hubspot_object", sa.Text()),
        sa.Column("hubspot_id", sa.Text()),
        sa.Column("salesforce_object", sa.Text()),
        sa.Column("salesforce_id", sa.Text()),
        _text("state"),
        sa.Column("ended", sa.Text()),
        _json("base"),
        _json("placeholders"),
        _json("intents"),
        sa.Column("hubspot_seen", _TIME),
        sa.Column("salesforce_seen", _TIME),
        _text("email"),
        _number("version"),
        sa.PrimaryKeyConstraint("id", name="pk_links"),
        sqlite_autoincrement=True,
    )
    sides = {"hubspot": ("hubspot_object", "hubspot_id"), "salesforce": ("salesforce_id",)}
    for side, names in sides.items():
        _index(f"uq_links_{side}", "links", "portal", *names, where="state <> 'ended'", unique=True)
        _index(f"ix_links_{side}", "links", "portal", f"{side}_id")
    _index("ix_links_email", "links", "portal", "email", where="email <> ''")
    _index("ix_links_live", "links", "portal", "id", where="state = 'live'")


def _ownership() -> None:
    op.create_table(
        "workers",
        _text("worker", key=True),
        _time("lives_until"),
        sa.PrimaryKeyConstraint("worker", name="pk_workers"),
    )
    op.create_table(
        "leases",
        _portal(),
        sa.Column("owner", sa.Text()),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        _time("expires_at"),
        sa.PrimaryKeyConstraint("portal", name="pk_leases"),
    )
    op.create_table(
        "claims",
        _text("key", key=True),
        _text("owner"),
        _time("expires_at"),
        sa.PrimaryKeyConstraint("key", name="pk_claims"),
    )


def _dead_letters() -> None:
    op.create_table(
        "dead_letters",
        sa.Column("id", _ID, primary_key=True),
        _text("merge_key"),
        sa.Column("portal", sa.BigInteger()),
        _text("scope"),
        sa.Column("ref", sa.Text()),
        sa.Column("field", sa.Text()),
        sa.Column("side", sa.Text()),
        _text("error"),
        _text("code"),
        _text("rule"),
        _text("says"),
        _text("fix"),
        _number("attempts"),
        _time("first_seen"),
        _time("last_seen"),
        _number("settings_version"),
        _text("state"),
        sa.Column("settled_at", _TIME),
        _text("note"),
        sa.Column("raw", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("id", name="pk_dead_letters"),
        sqlite_autoincrement=True,
    )
    _index("uq_dead_letters_open", "dead_letters", "merge_key", where="state = 'open'", unique=True)
    _index("ix_dead_letters_ref", "dead_letters", "portal", "ref")
    _index("ix_dead_letters_seen", "dead_letters", "portal", "state", "last_seen")


def _activity() -> None:
    op.create_table(
        "activity",
        sa.Column("id", _ID, primary_key=True),
        _portal(key=False),
        _time("at"),
        _text("trace_id"),
        _text("email"),
        _number("settings_version"),
        _json("notice"),
        _json("verdicts"),
        _json("writes"),
        sa.PrimaryKeyConstraint("id", name="pk_activity"),
        sqlite_autoincrement=True,
    )
    _index("ix_activity_at", "activity", "portal", "at")
    _index("ix_activity_email", "activity", "email", where="email <> ''")
    op.create_table(
        "activity_refs",
        sa.Column("activity", _ID, primary_key=True),
        sa.Column("place", sa.SmallInteger(), primary_key=True, autoincrement=False),
        sa.Column("ref", sa.Text(), nullable=False),
        _text("record_id"),
        sa.PrimaryKeyConstraint("activity", "place", name="pk_activity_refs"),
        sa.ForeignKeyConstraint(
            ["activity"], ["activity.id"], name="fk_activity_refs_activity", ondelete="CASCADE"
        ),
    )
    _index("ix_activity_refs_ref", "activity_refs", "ref")
    _index("ix_activity_refs_record_id", "activity_refs", "record_id")


def _reports() -> None:
    op.create_table(
        "reports",
        _portal(),
        _text("merge_key", key=True),
        _text("kind"),
        _text("refs"),
        _text("says"),
        _time("first_seen"),
        _time("last_seen"),
        sa.PrimaryKeyConstraint("portal", "merge_key", name="pk_reports"),
    )


def _small() -> None:
    op.create_table(
        "api_calls",
        _portal(),
        _text("side", key=True),
        _time("hour", key=True),
        sa.Column("work_class", sa.SmallInteger(), primary_key=True, autoincrement=False),
        sa.Column("calls", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("portal", "side", "hour", "work_class", name="pk_api_calls"),
    )
    op.create_table(
        "tombstones",
        _portal(),
        _text("hash", key=True),
        _time("at"),
        sa.PrimaryKeyConstraint("portal", "hash", name="pk_tombstones"),
    )
    op.create_table(
        "watermarks",
        _portal(),
        _text("name", key=True),
        _text("value"),
        sa.PrimaryKeyConstraint("portal", "name", name="pk_watermarks"),
    )
