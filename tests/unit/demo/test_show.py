from __future__ import annotations

from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from contract.activity import ActivityEntry
from contract.records import RecordRef, Side
from diptych.demo import show
from diptych.demo.hands import HubSpotHands, SalesforceHands
from diptych.demo.people import People
from diptych.demo.script import Scene, Step
from diptych.demo.show import SceneTables

ADA = RecordRef(side=Side.HUBSPOT, object_type="contact", id="501")
LEAD = RecordRef(side=Side.SALESFORCE, object_type="Lead", id="00QDp0000hp2cEZMAY")
PHONE = {
    "rule": "mapping",
    "field": "phone",
    "says": "only HubSpot changed: Salesforce takes the HubSpot value",
    "writes": "salesforce",
    "value": "2",
    "lost": "1",
}
WIDE = 600
NOTHING = {"rule": "mapping", "says": "nothing differs"}


class _HubSpot(HubSpotHands):
    def all(self) -> list[dict[str, Any]]:
        values = {"email": "Ada@x.example", "firstname": "Ada"}
        return [{"id": ADA.id, "properties": values}, {"id": "502", "properties": values}]


class _Salesforce(SalesforceHands):
    def all(self, kind: str) -> list[dict[str, Any]]:
        return [{"Id": LEAD.id, "Email": "ada@x.example", "FirstName": None}] if kind == "Lead" else []


@pytest.fixture
def people(monkeypatch: pytest.MonkeyPatch) -> People:
    """Ada is known; the table is so wide that no cell wraps."""
    monkeypatch.setattr(show, "_WIDEST", WIDE)
    known = People()
    known.look(_HubSpot("http://127.0.0.1:9", 1), _Salesforce("http://127.0.0.1:9"))
    return known


def step(says: str, email: str = "ada@x.example") -> Step:
    return Step(says=says, email=email, act=lambda _h, _s: None, expect=[])


def entry(
    *verdicts: dict[str, Any], writes: tuple[dict[str, Any], ...] = (), number: int = 1
) -> ActivityEntry:
    return ActivityEntry(
        id=number,
        portal=1,
        at=datetime(2026, 1, 1, tzinfo=UTC),
        trace_id="t",
        refs=(ADA, LEAD),
        settings_version=1,
        notice={},
        verdicts=verdicts,
        writes=writes,
    )


def write(code: str = "", **outcome: Any) -> dict[str, Any]:
    return {
        "side": "salesforce",
        "object_type": "Lead",
        "record_id": LEAD.id,
        "action": "update",
        "values": {"Phone": "2"},
        "outcome": {"ok": not code, "code": code, **outcome},
    }


def table(people: People, steps: list[Step], *entries: ActivityEntry, lost: str = "") -> str:
    """What is printed, with single spaces."""
    out = StringIO()
    missed = {steps[0].says: [lost]} if lost else {}
    tables = SceneTables(Console(file=out, width=WIDE), people)
    tables.show(Scene(title="09:00", steps=steps), entries, missed)
    return " ".join(out.getvalue().split())


def test_names_stand_in_place_of_ids(people: People) -> None:
    assert people.named(f"the {LEAD} was merged into {ADA}") == (
        "Ada's Salesforce lead was merged into Ada's HubSpot contact"
    )
    assert people.named("a new Salesforce lead is created") == "a new Salesforce lead is created"
    assert people.named(f"{ADA} was merged into HubSpot contact 502") == (
        "Ada's HubSpot contact was merged into Ada's other HubSpot contact"
    )
    assert people.named("the HubSpot contact 777 is gone") == "the HubSpot contact 777 is gone"


def test_what_was_done_to_one_person_stands_in_one_row(people: People) -> None:
    steps = [step("HubSpot: phone 1"), step("HubSpot: phone 2"), step("nobody", "bob@x.example")]
    said = table(people, steps, entry(PHONE, NOTHING, writes=(write(),)))
    assert 'phone: only HubSpot changed: Salesforce takes the HubSpot value ("2" in place of "1")' in said
    assert said.count("Salesforce lead updated: Phone") == 1
    assert "nothing differs" not in said
    assert said.count("nothing had to be decided") == 1


def test_an_owner_who_stays_as_he_is_is_no_news_and_one_who_is_written_is(people: People) -> None:
    left = {"rule": "owner", "field": "owner", "says": "nobody has the e-mail of its owner", "writes": None}
    assert "its owner" not in table(people, [step("x")], entry(PHONE, left, writes=(write(),)))
    assert "its owner" in table(people, [step("x")], entry(PHONE, left | {"writes": "hubspot"}))


def test_a_later_look_that_only_confirms_is_left_out(people: People) -> None:
    gone = {"rule": "erasure", "says": f"{ADA} was erased"}
    again = {"rule": "erasure", "says": "erased before"}
    said = table(people, [step("erased")], entry(gone), entry(again, number=2))
    assert "Ada's HubSpot contact was erased" in said
    assert "erased before" not in said


def test_a_write_that_failed_says_what_became_of_it(people: People) -> None:
    steps = [step("HubSpot: phone")]
    again = table(people, steps, entry(PHONE, writes=(write("LOCKED"), write())))
    assert "Salesforce lead not updated: Phone (LOCKED); tried again" in again
    found = table(people, steps, entry(PHONE, writes=(write("NO_CONNECTION"),)))
    assert "(NO_CONNECTION, but the next look found it written)" in found
    lost = table(people, steps, entry(PHONE, writes=(write("REFUSED"),)), lost="phone is 1 instead of 2")
    assert "LOST phone is 1 instead of 2" in lost
    assert "Salesforce lead not updated: Phone (REFUSED)" in lost


def test_a_refused_field_is_told_beside_the_rest(people: People) -> None:
    said = table(people, [step("x")], entry(PHONE, writes=(write(left_out={"Website": "BAD"}),)))
    assert "Salesforce lead updated: Phone; Website was refused" in said


def test_writes_of_people_from_earlier_scenes_are_not_hidden(people: People) -> None:
    said = table(people, [step("Bob", "bob@x.example")], entry(PHONE, writes=(write(),)))
    assert "from the scenes before" in said
    assert "Salesforce lead updated: Phone" in said
