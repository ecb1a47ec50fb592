"""The tables. The migrations create them; a test compares the two."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    text,
)

from adapters.database.column_types import FreeText, Ref, UtcDateTime

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

ID = BigInteger().with_variant(Integer(), "sqlite")
"""SQLite counts ids up by itself only in an INTEGER PRIMARY KEY."""


def _unique_where(name: str, *columns: str, where: str) -> Index:
    return Index(name, *columns, unique=True, sqlite_where=text(where), postgresql_where=text(where))


def _where(name: str, *columns: str, where: str) -> Index:
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


portals = Table(
    "portals",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("version", Integer, nullable=False),
    Column("suspension_reason", FreeText),
    Column("suspended_since", UtcDateTime),
    Column("suspension_clears_at", UtcDateTime),
    Column("suspension_cause", Text),
)

portal_versions = Table(
    "portal_versions",
    metadata,
    Column("portal", BigInteger, ForeignKey("portals.number"), primary_key=True, autoincrement=False),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("plain", JSON, nullable=False),
    Column("secrets", LargeBinary, nullable=False),
    Column("author", FreeText, nullable=False),
    Column("comment", FreeText, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

pending = Table(
    "pending",
    metadata,
    Column("portal", BigInteger, primary_key=True, autoincrement=False),
    Column("ref", Ref, primary_key=True),
    Column("kinds", Integer, nullable=False),
    Column("noticed_at", UtcDateTime, nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    Column("first_received_at", UtcDateTime, nullable=False),
    Column("work_class", SmallInteger, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("crashes", Integer, nullable=False),
    Column("waits_on", FreeText),
    Column("version", Integer, nullable=False),
    Column("trace_id", FreeText, nullable=False),
    Index("ix_pending_due", "portal", "work_class", "due_at", "ref"),
    _where("ix_pending_crashed", "portal", "work_class", "due_at", "ref", where="crashes > 0"),
    _where("ix_pending_waits_on", "portal", "waits_on", where="waits_on IS NOT NULL"),
)

pending_merged = Table(
    "pending_merged",
    metadata,
    Column("portal", BigInteger, primary_key=True, autoincrement=False),
    Column("ref", Ref, primary_key=True),
    Column("merged_id", FreeText, primary_key=True),
    ForeignKeyConstraint(["portal", "ref"], ["pending.portal", "pending.ref"], ondelete="CASCADE"),
)

links = Table(
    "links",
    metadata,
    Column("id", ID, primary_key=True),
    Column("portal", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("hubspot_object", Text),
    Column("hubspot_id", FreeText),
    Column("salesforce_object", Text),
    Column("salesforce_id", FreeText),
    Column("state", Text, nullable=False),
    Column("ended", Text),
    Column("base", JSON, nullable=False),
    Column("placeholders", JSON, nullable=False),
    Column("out_of_sight", JSON, nullable=False),
    Column("intents", JSON, nullable=False),
    Column("hubspot_seen", UtcDateTime),
    Column("salesforce_seen", UtcDateTime),
    Column("email", FreeText, nullable=False),
    Column("version", Integer, nullable=False),
    _unique_where("uq_links_hubspot", "portal", "hubspot_object", "hubspot_id", where="state <> 'ended'"),
    _unique_where("uq_links_salesforce", "portal", "salesforce_id", where="state <> 'ended'"),
    Index("ix_links_hubspot", "portal", "hubspot_id"),
    Index("ix_links_salesforce", "portal", "salesforce_id"),
    _where("ix_links_email", "portal", "email", where="email <> ''"),
    _where("ix_links_live", "portal", "id", where="state = 'live'"),
    sqlite_autoincrement=True,
)

workers = Table(
    "workers",
    metadata,
    Column("worker", Text, primary_key=True),
    Column("lives_until", UtcDateTime, nullable=False),
)

claims = Table(
    "claims",
    metadata,
    Column("key", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
)

leases = Table(
    "leases",
    metadata,
    Column("portal", BigInteger, primary_key=True, autoincrement=False),
    Column("owner", Text),
    Column("epoch", BigInteger, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
)

dead_letters = Table(
    "dead_letters",
    metadata,
    Column("id", ID, primary_key=True),
    Column("merge_key", Text, nullable=False),
    Column("portal", BigInteger),
    Column("scope", Text, nullable=False),
    Column("ref", Ref),
    Column("field", FreeText),
    Column("side", Text),
    Column("error", FreeText, nullable=False),
    Column("code", FreeText, nullable=False),
    Column("rule", FreeText, nullable=False),
    Column("says", FreeText, nullable=False),
    Column("fix", FreeText, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("first_seen", UtcDateTime, nullable=False),
    Column("last_seen", UtcDateTime, nullable=False),
    Column("settings_version", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("settled_at", UtcDateTime),
    Column("note", FreeText, nullable=False),
    Column("raw", LargeBinary),
    _unique_where("uq_dead_letters_open", "merge_key", where="state = 'open'"),
    Index("ix_dead_letters_ref", "portal", "ref"),
    Index("ix_dead_letters_seen", "portal", "state", "last_seen"),
    sqlite_autoincrement=True,
)

activity = Table(
    "activity",
    metadata,
    Column("id", ID, primary_key=True),
    Column("portal", BigInteger, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("trace_id", FreeText, nullable=False),
    Column("email", FreeText, nullable=False),
    Column("settings_version", Integer, nullable=False),
    Column("notice", JSON, nullable=False),
    Column("verdicts", JSON, nullable=False),
    Column("writes", JSON, nullable=False),
    Index("ix_activity_at", "portal", "at"),
    _where("ix_activity_email", "email", where="email <> ''"),
    sqlite_autoincrement=True,
)

activity_refs = Table(
    "activity_refs",
    metadata,
    Column("activity", ID, ForeignKey("activity.id", ondelete="CASCADE"), primary_key=True),
    Column("place", SmallInteger, primary_key=True, autoincrement=False),
    Column("ref", Ref, nullable=False),
    Column("record_id", FreeText, nullable=False),
    Index("ix_activity_refs_ref", "ref"),
    Index("ix_activity_refs_record_id", "record_id"),
)

reports = Table(
    "reports",
    metadata,
    Column("portal", BigInteger, primary_key=True, autoincrement=False),
    Column("merge_key", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("refs", FreeText, nullable=False),
    Column("says", FreeText, nullable=False),
    Column("first_seen", UtcDateTime, nullable=False),
    Column("last_seen", UtcDateTime, nullable=False),
)

api_calls = Table(
    "api_calls",
    metadata,
    Column("portal", BigInteger, primary_key=True, autoincrement=False),
    Column("side", Text, primary_key=True),
    Column("hour", UtcDateTime, primary_key=True),
    Column("work_class", SmallInteger, primary_key=True, autoincrement=False),
    Column("calls", BigInteger, nullable=False),
)

tombstones = Table(
    "tombstones",
    metadata,
    Column("portal", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", Text, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
)

watermarks = Table(
    "watermarks",
    metadata,
    Column("portal", BigInteger, primary_key=True, autoincrement=False),
    Column("name", Text, primary_key=True),
    Column("value", FreeText, nullable=False),
)
