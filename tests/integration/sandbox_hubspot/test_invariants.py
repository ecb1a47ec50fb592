"""Whatever people and apps do, in whatever order: the stand-in stays consistent and tells what happened."""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from sandbox.hubspot.errors import ApiError
from sandbox.hubspot.portal import Portal
from sandbox.hubspot.values import fold_email
from sandbox.kit import HOSTILE
from tests.integration.sandbox_hubspot.harness import PORTAL, Api, make_world

ADDRESSES = st.sampled_from([f"{name}@{host}" for name in ("a", "B", "c") for host in ("x.org", "y.org")])
PICK = st.integers(min_value=0, max_value=99)


class Contacts(RuleBasedStateMachine):
    """People and the API at work on one account of a hostile stand-in."""

    def __init__(self) -> None:
        super().__init__()
        faults = HOSTILE.changed(timeout_after_write=0.0, server_error=0.0)
        self.world = make_world(faults=faults, search_lag_seconds=1)
        self.stamps: dict[str, int] = {}

    @property
    def portal(self) -> Portal:
        return self.world.hs.portals[PORTAL]

    def _pick(self, number: int) -> str:
        ids = [record["id"] for record in self.world.hs.state(PORTAL)]
        return ids[number % len(ids)] if ids else "1"

    def _person(self, action: Any, *args: Any) -> None:
        with contextlib.suppress(ApiError):
            action(PORTAL, *args)

    @rule(address=ADDRESSES)
    def app_creates(self, address: str) -> None:
        answer = self.world.api.post("/crm/v3/objects/contacts", {"properties": {"email": address}})
        assert answer.status in {201, 400, 409}

    @rule(address=ADDRESSES)
    def person_creates(self, address: str) -> None:
        self._person(self.world.hs.ui_create, "contacts", {"email": address, "firstname": address})

    @rule(number=PICK, address=ADDRESSES, name=st.text(max_size=3))
    def app_updates(self, number: int, address: str, name: str) -> None:
        item = {"id": self._pick(number), "properties": {"email": address, "firstname": name}}
        assert self.world.api.batch("update", {"inputs": [item]}).status in {200, 207, 400, 409}

    @rule(number=PICK)
    def person_archives(self, number: int) -> None:
        self._person(self.world.hs.ui_delete, "contacts", self._pick(number))

    @rule(number=PICK)
    def person_restores(self, number: int) -> None:
        self._person(self.world.hs.ui_restore, "contacts", self._pick(number))

    @rule(one=PICK, other=PICK)
    def person_merges(self, one: int, other: int) -> None:
        self._person(self.world.hs.ui_merge, "contacts", self._pick(one), self._pick(other))

    @rule(number=PICK)
    def person_erases(self, number: int) -> None:
        self._person(self.world.hs.ui_gdpr_delete, self._pick(number))

    @rule(seconds=st.floats(min_value=0, max_value=2))
    def time_passes(self, seconds: float) -> None:
        self.world.clock.move(seconds)

    @invariant()
    def no_two_live_contacts_share_an_address(self) -> None:
        shelf = self.portal.shelf("contacts")
        live = [record for record in shelf.records.values() if record.live]
        keys = Counter(key for record in live for key in set(shelf.keys(record.now.values)))
        assert all(count == 1 for count in keys.values())
        assert shelf.holders == {key: r.id for r in live for key in shelf.keys(r.now.values)}

    @invariant()
    def stamps_only_rise(self) -> None:
        for record in self.world.hs.state(PORTAL):
            assert record["updated_at"] >= self.stamps.get(record["id"], 0)
            self.stamps[record["id"]] = record["updated_at"]

    @invariant()
    def every_merged_id_leads_to_a_record_that_is_not_merged(self) -> None:
        records = self.portal.shelf("contacts").records
        for record in records.values():
            found = self.portal.shelf("contacts").find(record.id, now=self.world.hs.world.now())
            assert found is not None
            assert found.now.merged_into is None

    def teardown(self) -> None:
        events = self.world.deliver()
        kinds = ("contact.privacyDeletion", "contact.deletion")
        erased, deleted = ({e["objectId"] for e in events if e["subscriptionType"] == k} for k in kinds)
        assert erased <= deleted


Contacts.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestContacts = Contacts.TestCase


def test_of_many_simultaneous_creations_of_one_address_one_wins() -> None:
    world = make_world()
    answers: list[int] = []

    def create() -> None:
        body = {"properties": {"email": "ada@example.org"}}
        answers.append(Api(world.app).post("/crm/v3/objects/contacts", body).status)

    threads = [threading.Thread(target=create) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [201] + [409] * 7
    assert [fold_email(r["properties"]["email"]) for r in world.hs.state(PORTAL)] == ["ada@example.org"]
