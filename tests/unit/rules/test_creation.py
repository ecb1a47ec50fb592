"""What an unlinked record without a match becomes on the other side."""

from __future__ import annotations

from dataclasses import replace

import pytest

from contract.decisions import Action
from contract.links import LinkState, Pair
from contract.mappings import DEFAULT_MAPPINGS, MappingRule
from contract.records import Side
from contract.settings import CreateAs, CreateAsWhen, Settings
from tests.fakes.people import (
    contact,
    hs,
    lead,
    notice,
    said,
    sf_contact,
    world,
)
from tests.unit.rules.kit import only_write

ONE = contact(1, email="Ann@acme.io", firstname="Ann", lastname="Lee", company="Acme", phone="1")
CREATE = Settings(create_from_leads=True, create_from_contacts=True)


def test_a_contact_without_a_match_becomes_a_lead() -> None:
    decision = world(ONE).decide(notice(ONE.ref))
    write = only_write(decision)
    assert (write.action, write.side, write.object_type) == (Action.CREATE, Side.SALESFORCE, "Lead")
    assert write.values == {
        "Email": "Ann@acme.io",
        "FirstName": "Ann",
        "LastName": "Lee",
        "Company": "Acme",
        "Phone": "1",
    }
    assert write.pairs["email"] == Pair("Ann@acme.io", "Ann@acme.io")
    assert (write.creation_key, write.email, write.before) == ("4242-1", "ann@acme.io", None)
    assert write.required == {"LastName", "Company", "Email"}
    assert write.use_assignment_rules is False
    made = decision.link
    assert made is not None
    assert (made.state, made.hubspot, made.salesforce, made.email) == (
        LinkState.CREATING,
        hs(1),
        None,
        "ann@acme.io",
    )
    assert made.placeholders == {}
    assert made.base["city"] == Pair(None, None)
    assert "phone" not in made.base


def test_a_required_value_that_hubspot_holds_is_no_placeholder_whatever_its_rule() -> None:
    for rule in (MappingRule.ALWAYS_SALESFORCE, MappingRule.DONT_SYNC):
        table = tuple(replace(m, rule=rule) if m.key == "lastname" else m for m in DEFAULT_MAPPINGS)
        decision = world(ONE).decide(notice(ONE.ref), settings=Settings(mappings=table))
        assert only_write(decision).values["LastName"] == "Lee"
        assert decision.link is not None
        assert decision.link.placeholders == {}


def test_assignment_rules_are_used_only_where_the_settings_say_so() -> None:
    decision = world(ONE).decide(notice(ONE.ref), settings=Settings(use_assignment_rules=True))
    assert only_write(decision).use_assignment_rules is True


def test_create_as_chooses_the_object_or_none() -> None:
    made = world(ONE).decide(notice(ONE.ref), settings=Settings(create_as=CreateAs.CONTACT))
    write = only_write(made)
    assert write.object_type == "Contact"
    assert write.required == {"LastName", "Email"}
    assert "Company" not in write.values
    nothing = world(ONE).decide(notice(ONE.ref), settings=Settings(create_as=CreateAs.NONE))
    assert (nothing.writes, nothing.link) == ((), None)


@pytest.mark.parametrize(("stage", "expected"), [("customer", "Contact"), ("lead", "Lead"), (None, "Lead")])
def test_the_first_exception_that_fits_goes_before_the_default(stage: str | None, expected: str) -> None:
    exceptions = (
        CreateAsWhen(
            hubspot_property="lifecyclestage", values=frozenset({"customer"}), create_as=CreateAs.CONTACT
        ),
        CreateAsWhen(
            hubspot_property="lifecyclestage", values=frozenset({"customer"}), create_as=CreateAs.NONE
        ),
    )
    one = contact(1, email="a@x.com", lifecyclestage=stage)
    decision = world(one).decide(notice(one.ref), settings=Settings(create_as_when=exceptions))
    assert only_write(decision).object_type == expected


@pytest.mark.parametrize(
    ("first", "last", "email", "expected"),
    [
        ("Ann", None, "ann.lee@acme.io", ("Ann", "ann.lee")),
        ("Ann Mary Lee", " ", "x@acme.io", ("Ann Mary", "Lee")),
        (None, None, "info@acme.io", (None, "info")),
        ("Ann", "Lee", "x@acme.io", ("Ann", "Lee")),
    ],
)
def test_a_missing_last_name_is_split_from_the_name_or_taken_from_the_address(
    first: str | None, last: str | None, email: str, expected: tuple[str | None, str]
) -> None:
    one = contact(1, email=email, firstname=first, lastname=last)
    decision = world(one).decide(notice(one.ref))
    write = only_write(decision)
    assert (write.values.get("FirstName"), write.values["LastName"]) == expected
    assert decision.link is not None
    made_up = {"LastName": expected[1]} if last != "Lee" else {}
    assert {key: decision.link.placeholders.get(key) for key in made_up} == made_up
    assert write.pairs["lastname"] == Pair(last, expected[1])


@pytest.mark.parametrize(("email", "expected"), [("a@acme.io", "acme.io"), ("a@gmail.com", "[not provided]")])
def test_a_missing_company_is_the_domain_or_not_provided(email: str, expected: str) -> None:
    one = contact(1, email=email, lastname="L")
    decision = world(one).decide(notice(one.ref))
    assert only_write(decision).values["Company"] == expected
    assert decision.link is not None
    assert decision.link.placeholders == {"Company": expected}
    assert only_write(decision).pairs["company"] == Pair(None, expected)


def test_a_mapping_that_always_uses_salesforce_gives_the_new_record_nothing() -> None:
    chosen = Settings(
        mappings=tuple(replace(m, rule=MappingRule.ALWAYS_SALESFORCE) for m in DEFAULT_MAPPINGS)
    )
    write = only_write(world(ONE).decide(notice(ONE.ref), settings=chosen))
    assert "Phone" not in write.values
    assert write.values["Email"] == "ann@acme.io"


def test_a_mapping_that_does_not_sync_gives_the_new_record_nothing() -> None:
    chosen = Settings(
        mappings=tuple(
            replace(m, rule=MappingRule.DONT_SYNC) if m.key == "phone" else m for m in DEFAULT_MAPPINGS
        )
    )
    assert "Phone" not in only_write(world(ONE).decide(notice(ONE.ref), settings=chosen)).values


@pytest.mark.parametrize(
    ("make", "settings"),
    [(lead, Settings(create_from_leads=True)), (sf_contact, Settings(create_from_contacts=True))],
)
def test_a_lead_or_contact_becomes_a_hubspot_contact_where_its_switch_is_on(
    make: object, settings: Settings
) -> None:
    record = make(1, Email="Ann@x.com", LastName="Lee", Phone="1")  # type: ignore[operator]
    decision = world(record).decide(notice(record.ref), settings=settings)
    write = only_write(decision)
    assert (write.action, write.side, write.object_type) == (Action.CREATE, Side.HUBSPOT, "contact")
    assert write.values == {
        "email": "Ann@x.com",
        "lastname": "Lee",
        "phone": "1",
        "lifecyclestage": "lead",
    }
    assert "lifecyclestage" not in write.keys
    assert (write.email, write.creation_key, write.before) == ("ann@x.com", None, None)
    assert decision.link is not None
    assert (decision.link.state, decision.link.hubspot) == (LinkState.CREATING, None)
    swapped = Settings(
        create_from_leads=settings.create_from_contacts, create_from_contacts=settings.create_from_leads
    )
    refused = world(record).decide(notice(record.ref), settings=swapped)
    assert (refused.writes, refused.link) == ((), None)
    assert "is off" in said(refused)


@pytest.mark.parametrize("email", ["", "nobody", "a@b", "a b@x.com", "a@x.com,b@x.com", "@x.com"])
def test_without_a_valid_address_nothing_is_created(email: str) -> None:
    record = lead(1, Email=email, LastName="L", Company="X")
    decision = world(record).decide(notice(record.ref), settings=CREATE)
    assert (decision.writes, decision.link) == ((), None)


def test_a_default_that_salesforce_fills_in_flows_back() -> None:
    decision = world(ONE).decide(notice(ONE.ref))
    assert decision.link is not None
    made = lead(
        1, Email="Ann@acme.io", LastName="Lee", FirstName="Ann", Company="Acme", Phone="1", Country="US"
    )
    base = {**decision.link.base, **only_write(decision).pairs}
    tie = decision.link.changed(id=1, state=LinkState.LIVE, salesforce=made.ref, base=base)
    echo = world(ONE, made, links=[tie]).decide(notice(made.ref))
    assert only_write(echo).values == {"country": "US"}
