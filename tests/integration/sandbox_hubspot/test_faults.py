"""Hostile behaviour: stale reads, lost answers, normalised values, automation, lost and doubled notices."""

from __future__ import annotations

import pytest

from sandbox.kit import HOSTILE, ConnectionDropped, Faults
from tests.integration.sandbox_hubspot.harness import PORTAL, World, make_world

CONTACTS = "/crm/v3/objects/contacts"


def test_a_stale_read_shows_the_contact_as_it_was_for_a_moment() -> None:
    world = make_world(faults=Faults(stale_read=1.0, stale_seconds=0.5))
    ident = world.api.create(email="ada@example.org", firstname="Ada")
    world.clock.move(10)
    before = world.api.get(f"{CONTACTS}/{ident}").body["updatedAt"]
    world.api.update(ident, firstname="Augusta")
    stale = world.api.get(f"{CONTACTS}/{ident}").body
    assert (stale["properties"]["firstname"], stale["updatedAt"]) == ("Ada", before)
    batch = world.api.batch("read", {"inputs": [{"id": ident}], "properties": ["firstname"]})
    assert batch.body["results"][0]["properties"]["firstname"] == "Ada"
    world.clock.move(0.5)
    assert world.api.read(ident)["firstname"] == "Augusta"


def test_a_stale_read_may_still_show_an_archived_contact() -> None:
    world = make_world(faults=Faults(stale_read=1.0))
    ident = world.api.create(email="ada@example.org")
    world.clock.move(10)
    world.api.call("DELETE", f"{CONTACTS}/{ident}")
    assert world.api.get(f"{CONTACTS}/{ident}").status == 200
    world.clock.move(1)
    assert world.api.get(f"{CONTACTS}/{ident}").status == 404


def test_a_new_contact_may_not_be_found_for_a_moment() -> None:
    world = make_world(faults=Faults(missing_read=1.0))
    ident = world.api.create(email="ada@example.org")
    assert world.api.get(f"{CONTACTS}/{ident}").status == 404
    assert world.api.batch("read", {"inputs": [{"id": ident}]}).body["errors"][0]["context"] == {
        "ids": [ident]
    }
    world.clock.move(0.5)
    assert world.api.get(f"{CONTACTS}/{ident}").status == 200


def test_a_write_whose_answer_is_lost_was_carried_out() -> None:
    world = make_world(faults=Faults(timeout_after_write=1.0))
    with pytest.raises(ConnectionDropped):
        world.api.post(CONTACTS, {"properties": {"email": "ada@example.org"}})
    (record,) = world.hs.state(PORTAL)
    assert record["properties"]["email"] == "ada@example.org"
    assert world.api.get(f"{CONTACTS}/{record['id']}").status == 200


def test_a_refused_write_is_always_answered() -> None:
    world = make_world(faults=Faults(timeout_after_write=1.0))
    assert world.api.post(CONTACTS, {"properties": {"email": "nonsense"}}).status == 400


def test_a_server_error_comes_before_anything_is_done() -> None:
    world = make_world(faults=Faults(server_error=1.0))
    assert world.api.post(CONTACTS, {"properties": {"email": "ada@example.org"}}).status == 503
    assert world.hs.state(PORTAL) == []


def test_normalising_stores_another_form_than_was_sent() -> None:
    world = make_world(faults=Faults(normalise=True))
    answer = world.api.post(CONTACTS, {"properties": {"email": "Ada@Example.org", "firstname": " Ada "}})
    held = answer.body["properties"]
    assert (held["email"], held["firstname"]) == ("ada@example.org", "Ada")
    assert {e.get("propertyValue") for e in world.deliver()} == {"ada@example.org", "Ada", None}


def test_automation_moves_the_stamp_and_tells_of_itself() -> None:
    world = make_world(faults=Faults(automation=1.0))
    ident = world.api.create(email="ada@example.org")
    held = world.api.get(f"{CONTACTS}/{ident}").body
    assert held["updatedAt"] > held["createdAt"]
    events = [e for e in world.deliver() if e["changeSource"] == "AUTOMATION_PLATFORM"]
    assert [(e["propertyName"], e["propertyValue"]) for e in events] == [("hs_analytics_num_page_views", "1")]


def test_notices_are_doubled_late_or_lost_as_the_faults_say() -> None:
    doubled = make_world(faults=Faults(duplicate_notice=1.0))
    doubled.hs.ui_create(PORTAL, "contacts", {"firstname": "x"})
    assert len(doubled.deliver()) == 4
    lost = make_world(faults=Faults(drop_notice=1.0))
    lost.hs.ui_create(PORTAL, "contacts", {"firstname": "x"})
    assert lost.deliver() == []
    late = make_world(faults=Faults(late_notice=1.0, late_seconds=3.0))
    late.hs.ui_create(PORTAL, "contacts", {"firstname": "x"})
    late.hs.target_url = "http://127.0.0.1:1/"
    assert late.hs.pump() == 2
    late.clock.move(3)
    assert late.hs.pump() == 0


def test_latency_is_slept_outside_the_lock() -> None:
    slept: list[float] = []
    worlds: list[World] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        assert worlds[0].hs.lock.acquire(blocking=False)
        worlds[0].hs.lock.release()

    worlds.append(make_world(faults=Faults(latency_seconds=0.1), sleep=sleep))
    worlds[0].api.get(CONTACTS)
    assert slept == [0.1]


def test_the_same_seed_gives_the_same_run() -> None:
    def run(seed: int) -> list[object]:
        world = make_world(faults=HOSTILE.changed(timeout_after_write=0.0), seed=seed)
        answers = [world.api.post(CONTACTS, {"properties": {"firstname": str(n)}}) for n in range(30)]
        return [[(a.status, a.body.get("id")) for a in answers], world.deliver()]

    assert run(5) == run(5)
    assert run(5) != run(6)
