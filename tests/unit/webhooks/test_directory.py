"""The known portals are at hand, a few seconds old, and stay known while the database is away."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from contract.errors import DatabaseUnavailable
from contract.portal_file import load_portal
from contract.secret import Secret
from contract.settings import Portal
from tests.unit.contract.portals import PORTAL_FILE
from tests.unit.webhooks.kit import NOW
from webhooks import directory
from webhooks.directory import CachedDirectory, HubSpotSender, SalesforceSender

ACME = load_portal(PORTAL_FILE)


class Source:
    """A database of portals that can go away, or hang until `hang` is set."""

    def __init__(self, *portals: Portal) -> None:
        self.portals: Sequence[Portal] = portals
        self.away = False
        self.hang: threading.Event | None = None
        self.loads = 0
        self.now = NOW

    def load(self) -> Sequence[Portal]:
        self.loads += 1
        if self.hang:
            self.hang.wait(20)
        if self.away:
            raise ConnectionError("refused")
        return self.portals

    def directory(self) -> CachedDirectory:
        return CachedDirectory(self.load, lambda: self.now)


def test_a_portal_is_known_by_its_secrets_app_and_org() -> None:
    senders = Source(ACME).directory().senders()
    assert senders.hubspot == {
        4242: HubSpotSender(
            client_secrets=(Secret("client-secret-new"), Secret("client-secret-old")), app_id=777
        )
    }
    assert senders.salesforce == (
        SalesforceSender(
            webhook_secret=Secret("secret-of-the-address"), org_id="00D1t000000abcdEAA", portal=4242
        ),
    )


def test_empty_secrets_are_no_secrets() -> None:
    empty = replace(
        ACME,
        hubspot=replace(ACME.hubspot, client_secrets=(Secret(""),)),
        salesforce=replace(ACME.salesforce, webhook_secret=Secret("")),
    )
    senders = Source(empty).directory().senders()
    assert senders.hubspot[4242].client_secrets == ()
    assert senders.salesforce == ()


def test_the_portals_are_read_again_after_five_seconds_and_not_before() -> None:
    source = Source()
    known = source.directory()
    assert known.senders().hubspot == {}
    source.portals = [ACME]
    source.now += timedelta(seconds=4.9)
    assert known.senders().hubspot == {}
    source.now += timedelta(seconds=0.1)
    assert set(known.senders().hubspot) == {4242}
    assert source.loads == 2


def test_while_the_database_is_away_the_last_known_portals_serve() -> None:
    source = Source(ACME)
    known = source.directory()
    known.senders()
    source.away = True
    for _ in range(3):
        source.now += timedelta(seconds=60)
        assert set(known.senders().hubspot) == {4242}
    assert source.loads == 4


def test_with_none_known_at_all_it_says_so_and_tries_again_a_second_later() -> None:
    source = Source(ACME)
    source.away = True
    known = source.directory()
    for _ in range(3):
        with pytest.raises(DatabaseUnavailable):
            known.senders()
    assert source.loads == 1
    source.away = False
    source.now += timedelta(seconds=1)
    assert set(known.senders().hubspot) == {4242}


def test_a_database_that_hangs_holds_up_no_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directory, "PATIENCE", 0.05)
    source = Source(ACME)
    known = source.directory()
    known.senders()
    source.hang = threading.Event()
    source.now += timedelta(seconds=60)
    started = time.monotonic()
    answers = [set(known.senders().hubspot) for _ in range(3)]
    assert time.monotonic() - started < 2
    assert (answers, source.loads) == ([{4242}] * 3, 2)
    source.hang.set()


def test_many_threads_share_one_reading() -> None:
    source = Source(ACME)
    source.hang = threading.Event()
    known = source.directory()
    answers: list[int] = []
    threads = [
        threading.Thread(target=lambda: answers.append(len(known.senders().hubspot))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    source.hang.set()
    for thread in threads:
        thread.join(10)
    assert (answers, source.loads) == ([1] * 8, 1)


def test_a_clock_that_is_set_back_does_not_freeze_the_portals() -> None:
    source = Source()
    known = source.directory()
    known.senders()
    source.portals = [ACME]
    source.now -= timedelta(days=1)
    assert set(known.senders().hubspot) == {4242}
