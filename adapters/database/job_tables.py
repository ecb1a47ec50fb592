"""The table of jobs."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, Index, Integer, Table, Text

from adapters.database.column_types import FreeText, UtcDateTime
from adapters.database.tables import ID, metadata

jobs = Table(
    "jobs",
    metadata,
    Column("id", ID, primary_key=True),
    Column("portal", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("asked", JSON, nullable=False),
    Column("author", FreeText, nullable=False),
    Column("filed_at", UtcDateTime, nullable=False),
    Column("state", Text, nullable=False),
    Column("runner", Text),
    Column("begun", Integer, nullable=False),
    Column("started_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("done", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Column("says", FreeText, nullable=False),
    Column("found", JSON),
    Index("ix_jobs_portal_state", "portal", "state"),
    sqlite_autoincrement=True,
)
