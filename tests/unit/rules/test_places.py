"""State and country picklists: texts of HubSpot, codes of Salesforce, no state without its country."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from contract.changes import Kind
from contract.decisions import Decision
from contract.links import Pair
from contract.mappings import DEFAULT_MAPPINGS, MappingRule
from contract.places import Atlas
from contract.records import Record, Side
from contract.settings import CreateAs, Settings
from tests.fakes.atlas import ATLAS
from tests.fakes.people import ago, contact, in_step, lead, notice, sf_contact, world
from tests.unit.rules.tables import named

ON = Settings(
    picklists=True,
    create_from_leads=True,
    mappings=tuple(replace(m, rule=MappingRule.TWO_WAY) for m in DEFAULT_MAPPINGS),
)
OFF = replace(ON, picklists=False)


def hubspot(country: Any, state: Any, **values: Any) -> Record:
    return contact(1, email="a@x.com", country=country, state=state, **values)


COUNTRY, STATE = "country:Code", "state:Code"
"""The keys under which a base keeps codes."""


def salesforce(country: Any, state: Any, **values: Any) -> Record:
    given = {"Email": "a@x.com", "LastName": "L", "Company": "X", **values}
    return lead(1, CountryCode=country, StateCode=state, **given)


def decided(
    base: tuple[Pair, Pair] | None, ours: Record, theirs: Record, *, atlas: Atlas | None = ATLAS, side: Side
) -> Decision:
    known = {} if base is None else {COUNTRY: base[0], STATE: base[1]}
    answers = world(ours, theirs, links=[in_step(ours, theirs, **known)])
    answers.atlas = atlas
    return answers.decide(notice(ours.ref if side is H else theirs.ref), settings=ON)


def written(decision: Decision) -> dict[str, Any]:
    return {name: value for write in decision.writes for name, value in write.values.items()}


H, S = Side.HUBSPOT, Side.SALESFORCE
BAVARIA = (Pair("Deutschland", "DE"), Pair("Bayern", "BY"))
NOTHING = (Pair(None, None), Pair(None, None))
TO_SALESFORCE = [
    # base, HubSpot's country and state now, Salesforce's -> what is written, the fields that are left out
    (NOTHING, ("USA", "Calif."), (None, None), {"CountryCode": "US", "StateCode": "CA"}, ()),
    (NOTHING, ("États-Unis", None), (None, None), {"CountryCode": "US"}, ()),
    (NOTHING, ("Deutschland", "Bayern"), (None, None), {"CountryCode": "DE", "StateCode": "BY"}, ()),
    (NOTHING, ("Deutschland", "Atlantis"), (None, None), {"CountryCode": "DE"}, ("StateCode",)),
    (NOTHING, ("Atlantis", "Bayern"), (None, None), {}, ("CountryCode", "StateCode")),
    (NOTHING, (None, "Bayern"), (None, None), {}, ("StateCode",)),
    (NOTHING, ("France", "Bretagne"), (None, None), {"CountryCode": "FR"}, ("StateCode",)),
    # a state alone takes its country along
    (BAVARIA, ("Deutschland", "Hessen"), ("DE", "BY"), {"StateCode": "HE", "CountryCode": "DE"}, ()),
    (
        (Pair(None, "DE"), Pair("Bayern", "BY")),
        (None, "Hessen"),
        ("DE", "BY"),
        {"StateCode": "HE", "CountryCode": "DE"},
        (),
    ),
    # a state that the new country does not have goes
    (BAVARIA, ("USA", "Bayern"), ("DE", "BY"), {"CountryCode": "US", "StateCode": None}, ()),
    (BAVARIA, ("USA", "Texas"), ("DE", "BY"), {"CountryCode": "US", "StateCode": "TX"}, ()),
    (BAVARIA, (None, "Bayern"), ("DE", "BY"), {"CountryCode": None, "StateCode": None}, ()),
    (BAVARIA, ("Deutschland", None), ("DE", "BY"), {"StateCode": None}, ()),
    # another spelling is no edit that needs a write
    (BAVARIA, ("Germany", "Bavaria"), ("DE", "BY"), {}, ()),
    (NOTHING, ("Germany", "Bavaria"), ("DE", "BY"), {}, ()),
]


def _place(pair: tuple[Any, Any]) -> str:
    return " ".join(str(part) for part in reversed(pair) if part) or "nowhere"


def words(base: Any, ours: Any, theirs: Any, *_: Any) -> str:
    before = _place((base[0].hubspot, base[1].hubspot))
    return f"{before}: now {_place(ours)}, in Salesforce {_place(theirs)}"


@pytest.mark.parametrize(("base", "ours", "theirs", "expected", "left_out"), named(TO_SALESFORCE, words))
def test_what_salesforce_gets(
    base: Any, ours: Any, theirs: Any, expected: dict[str, Any], left_out: tuple[str, ...]
) -> None:
    decision = decided(base, hubspot(*ours, phone="1"), salesforce(*theirs, Phone="1"), side=H)
    assert written(decision) == expected
    assert {name for fault in decision.field_faults for name in fault.fields} == set(left_out)
    assert decision.fault is None


def test_trap_20_a_state_never_goes_without_its_country() -> None:
    decision = decided(BAVARIA, hubspot("Deutschland", "Hessen"), salesforce("DE", "BY"), side=H)
    (write,) = decision.writes
    assert write.values == {"StateCode": "HE", "CountryCode": "DE"}
    assert write.pairs == {STATE: Pair("Hessen", "HE")}


TO_HUBSPOT = [
    (BAVARIA, ("DE", "HE"), {"state": "Hessen"}),
    (BAVARIA, ("US", "CA"), {"country": "United States", "state": "California"}),
    (BAVARIA, ("DE", None), {"state": ""}),
    (BAVARIA, (None, None), {"country": "", "state": ""}),
    (BAVARIA, ("ZZ", "BY"), {"country": "ZZ"}),  # a code that the org has retired
    (BAVARIA, ("DE", "BY"), {}),
]


@pytest.mark.parametrize(
    ("base", "theirs", "expected"), named(TO_HUBSPOT, lambda _, theirs, __: f"now {_place(theirs)}")
)
def test_hubspot_gets_the_names_that_the_org_shows(base: Any, theirs: Any, expected: dict[str, Any]) -> None:
    decision = decided(base, hubspot("Deutschland", "Bayern"), salesforce(*theirs), side=S)
    assert written(decision) == expected


def test_the_base_keeps_the_text_of_one_side_and_the_code_of_the_other() -> None:
    decision = decided(NOTHING, hubspot("USA", "Calif."), salesforce(None, None), side=H)
    (write,) = decision.writes
    assert write.pairs == {COUNTRY: Pair("USA", "US"), STATE: Pair("Calif.", "CA")}


def test_a_state_that_is_cleared_with_its_country_does_not_come_back_to_hubspot() -> None:
    decision = decided(BAVARIA, hubspot("USA", "Bayern"), salesforce("DE", "BY"), side=H)
    (write,) = decision.writes
    assert write.pairs[STATE] == Pair("Bayern", None)


def test_a_state_is_looked_up_in_the_country_that_salesforce_keeps() -> None:
    """Salesforce's country is the newer one: HubSpot's state must fit it, or stay away."""
    ours = hubspot("Deutschland", "California", modified_at=ago(50))
    base = (Pair("France", "FR"), Pair(None, None))
    fits = decided(base, ours, salesforce("US", None, modified_at=ago(40)), side=H)
    assert written(fits) == {"country": "United States"}
    ours = hubspot("USA", "California", modified_at=ago(50))
    misfit = decided(base, ours, salesforce("DE", None, modified_at=ago(40)), side=H)
    assert written(misfit) == {"country": "Germany"}
    assert [fault.fields for fault in misfit.field_faults] == [("StateCode",)]


def test_the_rest_is_written_and_the_reason_is_said() -> None:
    ours, theirs = hubspot("Atlantis", None, phone="7"), salesforce(None, None)
    answers = world(
        ours, theirs, links=[in_step(ours, theirs, country=Pair(None, None), phone=Pair(None, None))]
    )
    answers.atlas = ATLAS
    decision = answers.decide(notice(ours.ref), settings=ON)
    assert written(decision) == {"Phone": "7"}
    (fault,) = decision.field_faults
    assert "names no country that the org lists" in fault.says
    assert "Atlantis" not in fault.says


def test_an_org_without_the_picklists_says_that_the_setting_is_wrong() -> None:
    decision = decided(NOTHING, hubspot("USA", None), salesforce(None, None), atlas=None, side=H)
    (fault,) = decision.field_faults
    assert "places.picklists should say no" in fault.says


def test_with_the_setting_off_both_are_texts() -> None:
    ours = hubspot("USA", "Calif.")
    theirs = lead(1, Email="a@x.com", LastName="L", Company="X")
    link = in_step(ours, theirs, country=NOTHING[0], state=NOTHING[1])
    decision = world(ours, theirs, links=[link]).decide(notice(ours.ref), settings=OFF)
    assert written(decision) == {"Country": "USA", "State": "Calif."}


def test_nothing_is_asked_about_a_person_without_an_address() -> None:
    ours, theirs = hubspot(None, None, phone="1"), salesforce(None, None)
    answers = world(ours, theirs, links=[in_step(ours, theirs, phone=Pair("0", None))])
    assert written(answers.decide(notice(ours.ref), settings=ON)) == {"Phone": "1"}


@pytest.mark.parametrize(("create_as", "prefix"), [(CreateAs.LEAD, ""), (CreateAs.CONTACT, "Mailing")])
def test_a_new_record_has_codes(create_as: CreateAs, prefix: str) -> None:
    ours = hubspot("Vereinigte Staaten", "Kalifornien")
    answers = world(ours)
    answers.atlas = ATLAS
    (write,) = answers.decide(
        notice(ours.ref, Kind.CREATED), settings=replace(ON, create_as=create_as)
    ).writes
    assert (write.values[f"{prefix}CountryCode"], write.values[f"{prefix}StateCode"]) == ("US", "CA")


def test_a_new_record_is_created_without_what_cannot_be_looked_up() -> None:
    ours = hubspot("Atlantis", "Bayern")
    answers = world(ours)
    answers.atlas = ATLAS
    decision = answers.decide(notice(ours.ref, Kind.CREATED), settings=ON)
    assert not {"CountryCode", "StateCode"} & set(written(decision))
    assert {name for fault in decision.field_faults for name in fault.fields} == {"CountryCode", "StateCode"}


def test_a_new_contact_in_hubspot_has_names() -> None:
    answers = world(salesforce("DE", "BY"))
    answers.atlas = ATLAS
    decision = answers.decide(notice(salesforce("DE", "BY").ref, Kind.CREATED), settings=ON)
    assert (written(decision)["country"], written(decision)["state"]) == ("Germany", "Bavaria")


def test_a_mailing_address_is_one_of_its_own() -> None:
    ours = hubspot("Deutschland", "Hessen")
    theirs = sf_contact(1, Email="a@x.com", LastName="L", MailingCountryCode="DE", MailingStateCode="BY")
    answers = world(ours, theirs, links=[in_step(ours, theirs, **{COUNTRY: BAVARIA[0], STATE: BAVARIA[1]})])
    answers.atlas = ATLAS
    decision = answers.decide(notice(ours.ref), settings=ON)
    assert written(decision) == {"MailingStateCode": "HE", "MailingCountryCode": "DE"}
