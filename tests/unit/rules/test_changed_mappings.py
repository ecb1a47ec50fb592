"""A mapping onto another field begins without a base: what the old field held says nothing of the new one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from contract.changes import Kind
from contract.decisions import Decision
from contract.links import Pair
from contract.mappings import DEFAULT_MAPPINGS, Converter, FieldMapping
from contract.records import Record, Value
from contract.settings import Settings
from tests.fakes.atlas import ATLAS
from tests.fakes.people import contact, hs, in_step, lead, notice, sf_contact, world

ONTO_HOME = Settings(
    mappings=tuple(m.onto("Contact", "HomePhone") if m.hubspot == "phone" else m for m in DEFAULT_MAPPINGS)
)
OURS = contact(1, email="a@x.com", phone="1")


def written(decision: Decision) -> dict[str, Value]:
    return {name: value for write in decision.writes for name, value in write.values.items()}


def theirs(home: str | None) -> Record:
    return sf_contact(1, Email="a@x.com", LastName="L", Phone="1", HomePhone=home)


@pytest.mark.parametrize(("home", "expected"), [(None, {"HomePhone": "1"}), ("2", {"phone": "2"}), ("1", {})])
def test_a_mapping_onto_another_field_fills_and_never_clears(home: str | None, expected: object) -> None:
    other = theirs(home)
    tie = in_step(OURS, other, phone=Pair("1", "1"))
    decision = world(OURS, other, links=[tie]).decide(notice(OURS.ref), settings=ONTO_HOME)
    assert written(decision) == expected


def test_once_in_step_the_new_field_has_a_base_of_its_own_beside_the_old_one_s() -> None:
    other = theirs("1")
    tie = in_step(OURS, other, phone=Pair("0", "0"))
    found = world(OURS, other, links=[tie]).decide(notice(OURS.ref), settings=ONTO_HOME).link
    assert found is not None
    assert (found.base["phone:HomePhone"], found.base["phone"]) == (Pair("1", "1"), Pair("0", "0"))
    cleared = replace(other, fields={**other.fields, "HomePhone": None})
    again = world(OURS, cleared, links=[found]).decide(notice(cleared.ref), settings=ONTO_HOME)
    assert written(again) == {"phone": ""}


def test_the_other_object_s_standard_field_keeps_its_base() -> None:
    other = lead(1, Email="a@x.com", LastName="L", Company="X", Phone=None)
    tie = in_step(OURS, other, phone=Pair("1", "1"))
    decision = world(OURS, other, links=[tie]).decide(notice(other.ref), settings=ONTO_HOME)
    assert written(decision) == {"phone": ""}


def test_a_text_that_the_org_left_without_a_code_is_not_cleared_when_the_picklists_come_on() -> None:
    ours = contact(1, email="a@x.com", country="USA", state="Calif.")
    other = lead(1, Email="a@x.com", LastName="L", Company="X", Country="USA", State="Calif.")
    tie = in_step(ours, other)
    other = replace(other, fields={**other.fields, "CountryCode": None, "StateCode": None})
    answers = world(ours, other, links=[tie])
    answers.atlas = ATLAS
    decision = answers.decide(notice(ours.ref), settings=Settings(picklists=True))
    assert written(decision) == {"CountryCode": "US", "StateCode": "CA"}


def test_an_erasure_forgets_the_addresses_that_a_mapping_of_one_s_own_left_in_the_base() -> None:
    private = FieldMapping(
        key="home_email",
        hubspot="home_email",
        fields={"Lead": "Home__c", "Contact": "Home__c"},
        converter=Converter.EMAIL,
    )
    other = lead(1, Email="a@x.com", LastName="L", Company="X")
    tie = in_step(OURS, other, **{"home_email:Home__c": Pair("home@x.org", "home@x.org")})
    chosen = Settings(mappings=(*DEFAULT_MAPPINGS, private))
    decision = world(other, links=[tie]).decide(notice(hs(1), Kind.ERASED), settings=chosen)
    assert decision.erasure is not None
    assert "home@x.org" in decision.erasure.emails
