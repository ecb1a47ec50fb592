"""Two ways to look at a whole Diptych: an office in this process, and the demo's day behind glass."""

from __future__ import annotations

import json
import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import structlog
from rich.console import Console
from sqlalchemy import text

from adapters.broker.embedded import EmbeddedPublisher
from contract.mappings import MappingRule
from contract.settings import Settings
from diptych import demo, logs, wiring
from diptych.clock import utc_now
from diptych.demo.day import the_day
from diptych.demo.stage import Stage, open_stage
from diptych.demo.stand_ins import PORTAL
from tests.acceptance.demo.ports import free_port
from tests.fakes.office import ON, Office, opened
from webhooks.counters import MemoryCounters

TWO_WAY: Settings = replace(ON, mappings=tuple(replace(row, rule=MappingRule.TWO_WAY) for row in ON.mappings))


@pytest.fixture
def office() -> Iterator[Office]:
    """The most recent edit wins in every field."""
    with opened(TWO_WAY) as found:
        yield found


@dataclass(slots=True, kw_only=True)
class Day:
    """Everything that left the working processes during the demo's day, and what people held then."""

    messages: list[bytes] = field(default_factory=list)
    lines: StringIO = field(default_factory=StringIO)
    counters: list[MemoryCounters] = field(default_factory=list)
    ledger: list[str] = field(default_factory=list)
    values: set[str] = field(default_factory=set)
    figures: dict[str, Any] = field(default_factory=dict)
    tables: dict[str, Any] = field(default_factory=dict)


@pytest.fixture(scope="session")
def day() -> Iterator[Day]:
    """The whole day, played once."""
    found = Day()
    patch = pytest.MonkeyPatch()
    try:
        with patch.context() as glass, _loud(found), tempfile.TemporaryDirectory() as folder:
            _watch(glass, found)
            with open_stage(Path(folder), port=free_port(), seed=1) as stage:
                _play(stage, found)
        yield found
    finally:
        patch.undo()


def _watch(glass: pytest.MonkeyPatch, found: Day) -> None:
    publish = EmbeddedPublisher.publish

    def watched(self: EmbeddedPublisher, body: bytes, *, message_id: str) -> None:
        found.messages.append(body)
        publish(self, body, message_id=message_id)

    def counting() -> MemoryCounters:
        found.counters.append(MemoryCounters())
        return found.counters[-1]

    glass.setattr(EmbeddedPublisher, "publish", watched)
    glass.setattr(wiring, "MemoryCounters", counting)


@contextmanager
def _loud(found: Day) -> Iterator[None]:
    """Every log line, down to debug, as the processes write it."""
    root = logging.getLogger()
    before = list(root.handlers), root.level
    logs.set_up("debug", "json", found.lines)
    try:
        yield
    finally:
        root.handlers, root.level = before
        structlog.reset_defaults()


def _play(stage: Stage, found: Day) -> None:
    quiet = Console(file=StringIO(), width=200)
    lost: list[str] = []
    for scene in the_day():
        lost += [words for missed in demo._act(stage, scene).values() for words in missed]
        found.values |= _held(stage)
    found.ledger = _everything(stage)
    found.figures = dict(demo._judge(stage, quiet, lost, [], 0.0))
    found.tables = _tables(stage)


def _held(stage: Stage) -> set[str]:
    """What the persons in both CRMs are called, and where they are reached."""
    names = ("email", "firstname", "lastname", "phone", "mobilephone", "company", "website", "city")
    fields = ("Email", "FirstName", "LastName", "Phone", "MobilePhone", "Company", "Website", "City")
    rows = [row["properties"] for row in stage.hubspot.all()]
    people = [*stage.salesforce.all("Lead"), *stage.salesforce.all("Contact")]
    found = {str(row.get(name) or "") for row in rows for name in names}
    return found | {str(row.get(name) or "") for row in people for name in fields}


def _everything(stage: Stage) -> list[str]:
    """Every key and value of the ledger."""
    client: Any = stage.stores.ledger._client  # type: ignore[attr-defined]  # the ledger's own Redis
    readers = {b"string": client.get, b"zset": lambda key: client.zrange(key, 0, -1, withscores=True)}
    return [f"{key!r}: {readers[client.type(key)](key)!r}" for key in client.keys("*")]


def _tables(stage: Stage) -> dict[str, Any]:
    """What the product counts, and what lies in the tables."""
    with stage.stores.database.transaction() as tx:
        rows = tx.connection  # type: ignore[attr-defined]  # the tables themselves, not a store

        def count(query: str) -> int:
            return int(rows.execute(text(f"SELECT count(*) FROM {query}")).scalar() or 0)

        writes = rows.execute(text("SELECT writes FROM activity")).scalars()
        return {
            "counts": tx.counts(PORTAL, now=utc_now()),
            "pending": count("pending"),
            "links": count("links WHERE state = 'live'"),
            "dead_letters": count("dead_letters WHERE state = 'open'"),
            "writes": sum(len(json.loads(one)) for one in writes),
        }
