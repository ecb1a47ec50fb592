"""Notices of our own writes that come before the batch that wrote is settled need no look afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet

from adapters.database import Keys, SqlDatabase, open_database
from adapters.ledger import open_ledger
from consumers.inbox import Inbox
from consumers.marks import as_written
from consumers.reconcile import Crms, Reconciler
from contract.activity import Lease
from contract.changes import Change, ChangeSet, Kind, encode
from contract.decisions import Decision
from contract.facts import Facts
from contract.portal_file import load_portal
from contract.ports import Delivery, Ledger
from contract.records import RecordRef
from contract.secret import Secret
from contract.settings import Settings
from tests.fakes.people import NOW, PORTAL, ago, hs

PORTAL_FILE = f"""\
portal: {PORTAL}
name: Nova
hubspot: {{base_url: "http://127.0.0.1:9", access_token: t, app_id: 77, client_secrets: [secret-of-the-app]}}
salesforce:
  org_id: 00DDp0000000001MAA
  login_url: http://127.0.0.1:9
  instance_url: http://127.0.0.1:9
  auth: {{method: client_credentials, client_id: key, client_secret: secret}}
  webhook_secret: webhook-secret-0001
sync: {{mode: on}}
"""


class Handed:
    """A subscriber that hands out what it is given."""

    def __init__(self) -> None:
        self.deliveries: list[Delivery] = []

    def take(self, limit: int, wait: float) -> list[Delivery]:
        return [self.deliveries.pop() for _ in self.deliveries[:limit]]

    def ack(self, deliveries: Any) -> None: ...

    def reject(self, delivery: Delivery, reason: str) -> None:
        raise AssertionError(reason)

    def close(self) -> None: ...


@dataclass(slots=True, kw_only=True)
class Worker:
    """Inbox and reconciler of one portal; `looked_at` are the records that were decided on."""

    database: SqlDatabase
    ledger: Ledger
    looked_at: list[RecordRef] = field(default_factory=list)
    told: int = 0

    def tell(self, kind: Kind = Kind.UPDATED, *, echo: bool = True, seconds_ago: float = 3.0) -> None:
        """A notice about contact 1 comes in."""
        self.told += 1
        change = Change(
            portal=PORTAL, ref=hs(1), kind=kind, occurred_at=ago(seconds_ago), echo=echo, trace_id="t"
        )
        body = encode(ChangeSet(id=f"d{self.told}", received_at=NOW, changes=(change,)))
        subscriber = Handed()
        subscriber.deliveries.append(Delivery(tag=1, body=body, message_id="m", redelivered=0))
        Inbox(subscriber=subscriber, database=self.database, marks=self.ledger).step(now=NOW)

    def settled(self, seconds_ago: float = 3.0) -> None:
        """The batch that wrote contact 1 is settled: its stamp is remembered."""
        self.ledger.mark_seen({as_written((PORTAL, hs(1))): ago(seconds_ago)})

    def reconcile(self) -> int:
        """One batch; how many rows are left."""
        with self.database.transaction() as tx:
            lease = tx.leases.acquire(PORTAL, "w", now=NOW, until=NOW + timedelta(seconds=10))
        nobody = Crms(hubspot=None, salesforce=None)  # type: ignore[arg-type]  # `_decide` asks nothing
        self._reconciler().step(load_portal(PORTAL_FILE), lambda: _held(lease), nobody)
        with self.database.transaction() as tx:
            return tx.counts(PORTAL, now=NOW).pending

    def _reconciler(self) -> Reconciler:
        return Reconciler(
            database=self.database,
            marks=self.ledger,
            decide=self._decide,
            clock=lambda: NOW,
            new_id=lambda: "i",
            jitter=lambda: 0.5,
        )

    def _decide(self, facts: Facts, settings: Settings) -> Decision:
        self.looked_at += [notice.ref for notice in facts.notices]
        return Decision()


def _held(lease: Lease | None) -> Lease:
    assert lease is not None
    return lease


def _key() -> Secret:
    return Secret(Fernet.generate_key().decode())


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[Worker]:
    keys = Keys(encryption=(_key(),), tombstone=(_key(),))
    database = open_database(None, path=tmp_path / "d.sqlite3", keys=keys)
    database.migrate()
    with database.transaction() as tx:
        tx.portals.save(load_portal(PORTAL_FILE), author="a", comment="", at=NOW)
    ledger = open_ledger(None)
    yield Worker(database=database, ledger=ledger)
    ledger.close()
    database.close()


def test_trap_01_an_echo_taken_in_before_its_write_was_settled_is_not_looked_at(worker: Worker) -> None:
    worker.tell()
    worker.tell(Kind.CREATED)
    worker.settled()
    assert worker.reconcile() == 0
    assert worker.looked_at == []


def test_an_echo_whose_write_was_never_settled_is_looked_at(worker: Worker) -> None:
    worker.tell()
    assert worker.reconcile() == 0
    assert worker.looked_at == [hs(1)]


def test_an_echo_of_a_later_write_is_looked_at(worker: Worker) -> None:
    worker.tell(seconds_ago=2.0)
    worker.settled(seconds_ago=3.0)
    assert worker.reconcile() == 0
    assert worker.looked_at == [hs(1)]


@pytest.mark.parametrize("kind", [Kind.UPDATED, Kind.ASSOCIATED, Kind.DELETED, Kind.ERASED])
def test_anything_else_told_of_the_record_is_looked_at(worker: Worker, kind: Kind) -> None:
    """Also where it came before the write: an edit between our read and our write is no part of it."""
    worker.tell()
    worker.tell(kind, echo=False, seconds_ago=3.5)
    worker.settled()
    assert worker.reconcile() == 0
    assert worker.looked_at == [hs(1)]
