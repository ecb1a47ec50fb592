"""The tables of where a portal stands: guards, releases, pauses, credentials, grants, who is never synced."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
)

from adapters.database.column_types import FreeText, Ref, UtcDateTime
from adapters.database.tables import ID, metadata

guard_counts = Table(
    "guard_counts",
    metadata,
    Column("portal", BigInteger, primary_key=True, autoincrement=False),
    Column("work", Text, primary_key=True),
    Column("ref", Ref, primary_key=True),
    Column("amount", Integer, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

held_work = Table(
    "held_work",
    metadata,
    Column("portal", BigInteger, primary_key=True, autoincrement=False),
    Column("ref", Ref, primary_key=True),
    Column("work", Text, primary_key=True),
    Column("target", Ref, primary_key=True),
    Column("amount", Integer, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("released", Boolean, nullable=False),
    ForeignKeyConstraint(["portal", "ref"], ["pending.portal", "pending.ref"], ondelete="CASCADE"),
    Index("ix_held_work_target", "portal", "target"),
)

releases = Table(
    "releases",
    metadata,
    Column("id", ID, primary_key=True),
    Column("portal", BigInteger, nullable=False),
    Column("work", Text, nullable=False),
    Column("records", Integer, nullable=False),
    Column("amount", Integer, nullable=False),
    Column("author", FreeText, nullable=False),
    Column("comment", FreeText, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_releases_portal", "portal"),
    sqlite_autoincrement=True,
)

pauses = Table(
    "pauses",
    metadata,
    Column("id", ID, primary_key=True),
    Column("author", FreeText, nullable=False),
    Column("comment", FreeText, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("ended_by", FreeText),
    sqlite_autoincrement=True,
)

credentials = Table(
    "credentials",
    metadata,
    Column("portal", BigInteger, primary_key=True, autoincrement=False),
    Column("side", Text, primary_key=True),
    Column("valid", Boolean, nullable=False),
    Column("account_user", FreeText, nullable=False),
    Column("says", FreeText, nullable=False),
    Column("checked_at", UtcDateTime, nullable=False),
)

exclusions = Table(
    "exclusions",
    metadata,
    Column("id", ID, primary_key=True),
    Column("portal", BigInteger, nullable=False),
    Column("author", FreeText, nullable=False),
    Column("reason", FreeText, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("ended_by", FreeText),
    Index("ix_exclusions_portal", "portal"),
    sqlite_autoincrement=True,
)

excluded_records = Table(
    "excluded_records",
    metadata,
    Column("portal", BigInteger, primary_key=True, autoincrement=False),
    Column("ref", Ref, primary_key=True),
    Column("exclusion", ID, ForeignKey("exclusions.id", ondelete="CASCADE"), primary_key=True),
    Index("ix_excluded_records_exclusion", "exclusion"),
)

grants = Table(
    "grants",
    metadata,
    Column("portal", BigInteger, primary_key=True, autoincrement=False),
    Column("side", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("client_id", FreeText, nullable=False),
    Column("addresses", FreeText, nullable=False),
    Column("tokens", LargeBinary, nullable=False),
    Column("user_id", FreeText, nullable=False),
    Column("expires_at", UtcDateTime),
    Column("renewed_at", UtcDateTime, nullable=False),
    Column("author", FreeText, nullable=False),
    Column("granted_at", UtcDateTime, nullable=False),
)

idle_mappings = Table(
    "idle_mappings",
    metadata,
    Column("portal", BigInteger, primary_key=True, autoincrement=False),
    Column("mapping", Text, primary_key=True),
    Column("side", Text, primary_key=True),
    Column("object_type", Text, primary_key=True),
    Column("says", FreeText, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("gone", Boolean, nullable=False),
    Column("returned", Boolean, nullable=False),
)
