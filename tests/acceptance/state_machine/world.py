"""What outlives a worker: both CRMs, the receiver, the broker, the database, the ledger, the journal."""

from __future__ import annotations

import json
import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from datetime import timedelta
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import fakeredis
from werkzeug.test import EnvironBuilder, run_wsgi_app

from adapters.broker.embedded import EmbeddedBroker
from adapters.database import Keys, open_database
from adapters.ledger.redis import RedisLedger
from consumers.guards import UNTIL_RELEASED
from contract.records import RecordRef
from contract.settings import Portal, Settings
from tests.acceptance.state_machine.clock import BEGIN, Clock
from tests.acceptance.state_machine.crms import HUBSPOT_URL, NUMBER, SALESFORCE_URL, Crms, portal_of
from tests.acceptance.state_machine.journal import Author, Journal
from tests.acceptance.state_machine.orders import Did
from tests.acceptance.state_machine.setup import Extra, Setup
from webhooks import create_app
from webhooks.counters import MemoryCounters
from webhooks.directory import Senders

_MEMORY = Path("/dev/shm")
"""A file system in memory: a run writes a few hundred small transactions."""
KEYS = Keys.generate()


class _Directory:
    """The one portal, known without asking anybody."""

    def __init__(self, senders: Senders) -> None:
        self._senders = senders

    def senders(self) -> Senders:
        return self._senders


class World:
    """Opened for one run; `close` leaves nothing behind."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self.clock = Clock()
        self.journal = Journal()
        self.folder = _folder()
        shutil.copy(_migrated(), self.folder / "diptych.sqlite3")
        self.database = open_database(None, path=self.folder / "diptych.sqlite3", keys=KEYS)
        self.broker = EmbeddedBroker(self.folder / "broker.sqlite3")
        self.redis = fakeredis.FakeRedis(server=fakeredis.FakeServer())
        self.ledger = RedisLedger(self.redis, clock=self.clock, local_share=1.0)
        self.portal = self._portal(setup.settings)
        self.journal.ordered(Did.SAVED, self.clock(), settings=setup.settings)
        self.orders = 0
        """How often operators did something that a worker has to take up."""
        self.ids = count(1)
        self.publisher = self.broker.publisher()
        self.app = create_app(
            directory=_Directory(Senders.of([self.portal])),
            publisher=self.publisher,
            clock=self.clock,
            public_base_url=HUBSPOT_URL,
            new_id=self.new_id,
            broker_ready=lambda: True,
            counters=MemoryCounters(),
        )
        self.told: list[tuple[str, Mapping[str, str], bytes]] = []
        """Every notice ever posted: (url, headers, body)."""
        self.crms = Crms(
            clock=self.clock,
            seed=setup.seed,
            post_hubspot=self._post_hubspot,
            post_salesforce=self._post_salesforce,
        )
        self.crms.show_stages(setup.stages)
        if setup.settings.picklists:
            self.crms.salesforce.enable_places()
        if Extra.OWNERS in setup.extras:
            self.crms.staff.hire(NUMBER, self.crms.hubspot, self.crms.salesforce)

    def new_id(self) -> str:
        """The same ids in the same order in every run."""
        return f"id{next(self.ids):06}"

    def observe(self, author: Author, batch: int = 0) -> None:
        """Let the journal see what changed since the last look."""
        self.journal.compare(self.crms.states(), at=self.clock(), author=author, batch=batch)

    def observe_ties(self, batch: int) -> None:
        """Let the journal see which pairs Diptych holds."""
        with self.database.transaction() as tx:
            self.journal.tied(tx.links.oldest_seen(NUMBER, after=0, limit=1000), batch)

    def observe_held(self) -> None:
        """Let the journal see what the guards hold, in the runs that have them."""
        if Extra.GUARDS in self.setup.extras:
            with self.database.transaction() as tx:
                self.journal.holding(frozenset(tx.held.standing(NUMBER)))

    def observe_kept_out(self) -> None:
        """Let the journal see who is never synced, in the runs that have such people."""
        if Extra.NEVER_SYNC in self.setup.extras:
            with self.database.transaction() as tx:
                refs = frozenset(ref for one in tx.exclusions.standing(NUMBER) for ref in one.refs)
            self.journal.keeping_out(refs)

    def pair(self, choice: int) -> tuple[RecordRef, ...]:
        """The ends of one of the pairs that Diptych holds; none while it holds none."""
        with self.database.transaction() as tx:
            links = tx.links.oldest_seen(NUMBER, after=0, limit=1000)
        if not links:
            return ()
        link = links[choice % len(links)]
        return tuple(end for end in (link.hubspot, link.salesforce) if end)

    def forget_ledger(self) -> None:
        """Redis comes back empty."""
        self.redis.flushall()

    def deliver(self, *, everything: bool = False) -> int:
        """The CRMs post the notices that are due; how many still wait."""
        waiting = self.crms.hubspot.pump(everything=everything) + self.crms.salesforce.pump(
            everything=everything
        )
        self.observe(Author.PERSON)
        return waiting

    def close(self) -> None:
        """Close everything and remove the files."""
        self.database.close()
        self.broker.close()
        self.ledger.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _portal(self, settings: Settings) -> Portal:
        portal = portal_of(settings)
        with self.database.transaction() as tx:
            tx.portals.save(portal, author="test", comment="", at=BEGIN)
        return portal

    def waiting(self) -> int:
        """The rows that wait for something else than an operator's release."""
        with closing(sqlite3.connect(self.folder / "diptych.sqlite3")) as database:
            others = "SELECT count(*) FROM pending WHERE waits_on IS NULL OR waits_on != ?"
            (found,) = database.execute(others, (UNTIL_RELEASED,)).fetchone()
            return int(found)

    def tell_again(self) -> None:
        """Both CRMs post all their old notices once more."""
        told, self.told = self.told, []
        for url, headers, body in told:
            if url == self.crms.hubspot.target_url:
                self.crms.hubspot.sender.send("", json.loads(body), 1)
            elif url == self.crms.salesforce.target_url:
                self._post_salesforce(url, headers, body)

    def writes(self) -> Counter[str]:
        """How often each call that writes was made."""
        hubspot, salesforce = self.crms.hubspot.calls.counts, self.crms.salesforce.calls.counts
        return Counter({call: count for call, count in (hubspot + salesforce).items() if _writes(call)})

    def unsettled(self) -> list[str]:
        """What is left over where nothing should be: rows, messages, taken or not, and intents.

        An intent older than two minutes is void: it goes when its pair is next looked at.
        """
        with closing(sqlite3.connect(self.folder / "broker.sqlite3")) as broker:
            messages = broker.execute("SELECT queue, count(*) FROM broker_message GROUP BY queue").fetchall()
        with self.database.transaction() as tx:
            pending = tx.counts(NUMBER, now=self.clock()).pending
            links = tx.links.oldest_seen(NUMBER, after=0, limit=1000)
        old = self.clock() - timedelta(seconds=120)
        found = [f"{count} messages in the queue {queue}" for queue, count in messages]
        found += [f"{pending} pending rows"] if pending else []
        for link in links:
            if any(intent.sent_at > old for intent in link.intents):
                found.append(f"an intent is left on {link.hubspot} = {link.salesforce}")
        return found

    def _post_hubspot(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        self.told.append((url, headers, body))
        return _post(self.app, url.removeprefix(HUBSPOT_URL), headers, body)[0]

    def _post_salesforce(self, url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        self.told.append((url, headers, body))
        return _post(self.app, url.removeprefix(SALESFORCE_URL), headers, body)


def _writes(call: str) -> bool:
    method, _, path = call.partition(" ")
    return method in {"PATCH", "PUT", "DELETE"} or path.endswith(
        ("/create", "/update", "/upsert", "/archive")
    )


def _post(app: Any, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
    builder = EnvironBuilder(
        path=path, base_url=HUBSPOT_URL, method="POST", headers=list(headers.items()), data=body
    )
    chunks, status, _ = run_wsgi_app(app, builder.get_environ(), buffered=True)
    return int(status.split(" ", 1)[0]), b"".join(chunks)


def _folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="diptych-", dir=_MEMORY if _MEMORY.is_dir() else None))


@cache
def _migrated() -> Path:
    """An empty database with all tables, made once and copied for each run."""
    path = _folder() / "empty.sqlite3"
    database = open_database(None, path=path, keys=KEYS)
    database.migrate()
    database.close()
    return path
