"""State and country picklists at their edges: one of the two alone, and a state whose country changes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from contract.changes import Kind
from contract.decisions import Decision, Verdict
from contract.errors import ErrorClass, Fault
from contract.facts import Places
from contract.links import Pair
from contract.mappings import DEFAULT_MAPPINGS, FieldMapping, MappingRule
from contract.places import Atlas, Named, OrgPlaces
from contract.records import SALESFORCE_CONTACT, Record, Side
from contract.settings import CreateAs, Settings
from rules.place_names import gazetteer
from tests.fakes.atlas import ATLAS
from tests.fakes.people import contact, in_step, lead, notice, said, sf_contact, world

H, S = Side.HUBSPOT, Side.SALESFORCE
COUNTRY, STATE = "country:Code", "state:Code"
"""The keys under which a link keeps codes."""
KEYS = {"CountryCode": COUNTRY, "StateCode": STATE, "country": COUNTRY, "state": STATE}


def settings(*unmapped: str, **values: Any) -> Settings:
    """Picklists on, every field two-way but for those that do not sync."""
    rows = (
        replace(row, rule=MappingRule.DONT_SYNC if row.key in unmapped else MappingRule.TWO_WAY)
        for row in DEFAULT_MAPPINGS
    )
    return Settings(picklists=True, mappings=tuple(rows), **values)


CORDOBA = Atlas(
    org=OrgPlaces(
        countries={"AR": "Argentina", "CO": "Colombia", "ES": "Spain"},
        states={"AR": {"X": "Córdoba"}, "CO": {"COR": "Córdoba"}, "ES": {"X": "Elsewhere"}},
    ),
    countries=tuple(
        Named(code=code, names=(name,))
        for code, name in (("AR", "Argentina"), ("CO", "Colombia"), ("ES", "Spain"))
    ),
    states={},
)
"""Three countries: two with a state of one name, and two with one code for different states."""


def decided(
    base: tuple[tuple[Any, Any], tuple[Any, Any]],
    ours: tuple[Any, Any],
    theirs: tuple[Any, Any],
    chosen: Settings,
    *,
    atlas: Atlas | None = ATLAS,
    noticed: Side = H,
) -> Decision:
    """The decision on a linked pair of which nothing but country and state may differ."""
    one = contact(1, email="a@x.com", country=ours[0], state=ours[1])
    other = lead(1, Email="a@x.com", LastName="L", Company="X", CountryCode=theirs[0], StateCode=theirs[1])
    link = in_step(one, other, **{COUNTRY: Pair(*base[0]), STATE: Pair(*base[1])})
    asked = world(one, other, links=[link])
    asked.atlas = atlas
    return asked.decide(notice(one.ref if noticed is H else other.ref), settings=chosen)


def written(decision: Decision) -> dict[str, Any]:
    return {name: value for write in decision.writes for name, value in write.values.items()}


def word(decision: Decision, field: str) -> Verdict:
    """What was said last of a field."""
    return [verdict for verdict in decision.trace if verdict.field == field][-1]


NOTHING = ((None, None), (None, None))
BAVARIA = (("Deutschland", "DE"), ("Bayern", "BY"))
GERMAN = ("DE", "BY")
ARGENTINE = (("Argentina", "AR"), ("Cordoba", "X"))


@pytest.mark.parametrize(
    ("country", "code", "text"),
    [
        ("Colombia", "COR", "it gets the code that it has there"),
        ("Spain", "X", None),  # one code for two states: Salesforce keeps it, and so do we
        ("Argentina", "X", None),
    ],
)
def test_a_state_whose_name_the_new_country_has_gets_the_code_that_it_has_there(
    country: str, code: str, text: str | None
) -> None:
    decision = decided(ARGENTINE, (country, "Cordoba"), ("AR", "X"), settings(), atlas=CORDOBA)
    assert {"StateCode": "X", **written(decision)}["StateCode"] == code
    told = [verdict.says for verdict in decision.trace if verdict.field == STATE]
    assert told == ([f"the new country does not list the state's code: {text}"] if text else [])
    for write in decision.writes:
        assert write.pairs.get(STATE, Pair("Cordoba", code)) == Pair("Cordoba", code)
        assert write.keys == {name: KEYS[name] for name in write.values}


def test_a_state_that_the_new_country_does_not_have_is_cleared_and_that_is_said() -> None:
    decision = decided(BAVARIA, ("USA", "Bayern"), GERMAN, settings())
    assert written(decision) == {"CountryCode": "US", "StateCode": None}
    assert word(decision, STATE) == Verdict(
        rule="places",
        says="the new country does not list the state's code: it is cleared",
        field=STATE,
        hubspot="Bayern",
        salesforce="BY",
        writes=S,
        value=None,
        lost="BY",
    )


def test_a_state_that_is_not_mapped_goes_with_its_country_all_the_same() -> None:
    """Salesforce would refuse the country otherwise."""
    decision = decided(BAVARIA, ("USA", "Bayern"), GERMAN, settings("state"))
    (write,) = decision.writes
    assert dict(write.values) == {"CountryCode": "US", "StateCode": None}
    assert dict(write.keys) == {"CountryCode": COUNTRY}
    assert set(write.pairs) == {COUNTRY}
    assert word(decision, "StateCode").lost == "BY"


@pytest.mark.parametrize(("theirs", "expected"), [(("DE", "HE"), "Hessen"), (("DE", None), "")])
def test_a_state_that_is_mapped_alone_is_named_by_salesforces_country(theirs: Any, expected: str) -> None:
    decision = decided(BAVARIA, ("Deutschland", "Bayern"), theirs, settings("country"), noticed=S)
    assert written(decision) == {"state": expected}


def test_a_country_that_is_mapped_alone_is_named_as_the_org_does() -> None:
    decision = decided(BAVARIA, ("Deutschland", "Bayern"), ("US", "BY"), settings("state"), noticed=S)
    assert written(decision) == {"country": "United States"}


def test_a_field_that_does_not_sync_stands_in_no_other_fields_way() -> None:
    decision = decided(NOTHING, ("USA", "Calif."), (None, None), settings("firstname", "phone"))
    assert written(decision) == {"CountryCode": "US", "StateCode": "CA"}


def test_a_state_without_a_country_in_hubspot_is_looked_up_in_salesforces() -> None:
    decision = decided(((None, "DE"), ("Bayern", "BY")), (None, "Hessen"), GERMAN, settings())
    assert written(decision) == {"StateCode": "HE", "CountryCode": "DE"}


def test_without_the_picklists_hubspot_gets_the_codes_as_they_are() -> None:
    decision = decided(BAVARIA, ("Deutschland", "Bayern"), ("DE", "HE"), settings(), atlas=None, noticed=S)
    assert written(decision) == {"state": "HE"}


@pytest.mark.parametrize(
    ("ours", "field", "why"),
    [
        (("Atlantis", None), "CountryCode", "it names no country that the org lists"),
        ((None, "Bayern"), "StateCode", "a state needs a country, and there is none that the org lists"),
        (("France", "Bretagne"), "StateCode", "it names no state that the org lists there"),
    ],
)
def test_why_a_text_cannot_be_looked_up(ours: Any, field: str, why: str) -> None:
    decision = decided(NOTHING, ours, (None, None), settings())
    (fault,) = [fault for fault in decision.field_faults if fault.fields == (field,)]
    assert fault.says.endswith(f": {why}")
    assert (fault.error, fault.side) == (ErrorClass.DATA, S)


def test_a_state_that_salesforces_newer_country_does_not_have_is_left_out_and_its_base_stays() -> None:
    """HubSpot's state was looked up in HubSpot's country, which gives way to Salesforce's."""
    prefer = replace(
        settings(),
        mappings=tuple(
            replace(row, rule=MappingRule.ALWAYS_SALESFORCE if row.key == "country" else row.rule)
            for row in settings().mappings
        ),
    )
    decision = decided((("France", "FR"), (None, None)), ("USA", "Texas"), ("DE", None), prefer)
    assert [dict(write.values) for write in decision.writes] == [{"country": "Germany"}]
    assert decision.link is not None
    assert decision.link.base[STATE] == Pair(None, None)
    says = "HubSpot's state is none of the country that Salesforce has: the field is left out"
    assert decision.field_faults == (
        Fault(error=ErrorClass.DATA, code="UNCONVERTIBLE", says=says, side=S, fields=("StateCode",)),
    )
    told = [verdict for verdict in decision.trace if verdict.field == STATE]
    assert told == [Verdict(rule="places", says=says, field=STATE)]


@pytest.mark.parametrize(("create_as", "prefix"), [(CreateAs.LEAD, ""), (CreateAs.CONTACT, "Mailing")])
def test_a_new_record_with_a_country_alone_has_no_state(create_as: CreateAs, prefix: str) -> None:
    record: Record = contact(1, email="a@x.com", country="Germany")
    asked = world(record)
    asked.atlas = ATLAS
    decision = asked.decide(notice(record.ref, Kind.CREATED), settings=settings(create_as=create_as))
    assert written(decision)[f"{prefix}CountryCode"] == "DE"
    assert f"{prefix}StateCode" not in written(decision)
    assert "new country" not in said(decision)


def test_a_state_that_is_left_out_takes_no_other_field_along() -> None:
    prefer = tuple(
        replace(row, rule=MappingRule.ALWAYS_SALESFORCE if row.key == "country" else row.rule)
        for row in settings().mappings
    )
    one = contact(1, email="a@x.com", country="USA", state="Texas", phone="2")
    other = lead(1, Email="a@x.com", LastName="L", Company="X", CountryCode="DE", StateCode=None, Phone="1")
    tie = in_step(
        one, other, **{COUNTRY: Pair("France", "FR"), STATE: Pair(None, None)}, phone=Pair("1", "1")
    )
    asked = world(one, other, links=[tie])
    asked.atlas = ATLAS
    decision = asked.decide(notice(one.ref), settings=replace(settings(), mappings=prefer))
    (write,) = [write for write in decision.writes if write.side is S]
    assert (write.values, write.pairs) == ({"Phone": "2"}, {"phone": Pair("2", "2")})
    assert "StateCode" not in write.keys


@pytest.mark.parametrize(("text", "code"), [("Io.", "IA"), (" Io. ", "IA"), ("I.", None), ("Io", None)])
def test_two_letters_and_a_point_may_be_the_beginning_of_a_state(text: str, code: str | None) -> None:
    assert gazetteer(ATLAS).state("US", text) == code


@pytest.mark.parametrize(
    ("country", "text", "code"),
    [
        ("US", "Penna.", "PA"),
        ("US", "Kalifornien", "CA"),
        ("DE", "NRW", "NW"),
        ("DE", "Bavaria", "BY"),
        ("MX", "Kingdom of the Moon", "XM"),
        ("FR", "brittany", "BRE"),  # states of a country of which nobody but the org knows any
    ],
)
def test_the_names_of_an_org_are_made_for_its_atlas(country: str, text: str, code: str) -> None:
    org = replace(ATLAS.org, states={**ATLAS.org.states, "FR": {"BRE": "Brittany"}})
    assert gazetteer(replace(ATLAS, org=org)).state(country, text) == code


def test_of_two_addresses_each_gets_its_own_codes() -> None:
    second = FieldMapping(key="home", hubspot="home", fields={SALESFORCE_CONTACT: "OtherCountry"})
    ours = contact(1, email="a@x.com", country="Deutschland", home="USA")
    theirs = sf_contact(1, Email="a@x.com", MailingCountryCode=None, OtherCountryCode=None)
    asked = world(ours, theirs, links=[in_step(ours, theirs)])
    asked.atlas = ATLAS
    chosen = Settings(picklists=True, mappings=(*DEFAULT_MAPPINGS, second))
    (write,) = asked.decide(notice(ours.ref), settings=chosen).writes
    assert write.values == {"MailingCountryCode": "DE", "OtherCountryCode": "US"}


def test_what_the_org_lists_is_not_asked_where_no_place_is_written() -> None:
    ours, theirs = contact(1, email="a@x.com", phone="2"), lead(1, Email="a@x.com", Phone="1")
    asked = world(ours, theirs, links=[in_step(ours, theirs, phone=Pair("1", "1"))])
    assert asked.decide(notice(ours.ref), settings=settings()).writes != ()
    assert Places() not in asked.asked
