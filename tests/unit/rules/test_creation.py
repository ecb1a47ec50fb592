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
    KEY_FIELD,
    LONG_AGO,
    ago,
    contact,
    hs,
    in_step,
    intent,
    lead,
    link,
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
    made_up = {"lastname": expected[1]} if last != "Lee" else {}
    assert {key: decision.link.placeholders.get(key) for key in made_up} == made_up
    assert write.pairs["lastname"] == Pair(last, expected[1])


@pytest.mark.parametrize(("email", "expected"), [("a@acme.io", "acme.io"), ("a@gmail.com", "[not provided]")])
def test_a_missing_company_is_the_domain_or_not_provided(email: str, expected: str) -> None:
    one = contact(1, email=email, lastname="L")
    decision = world(one).decide(notice(one.ref))
    assert only_write(decision).values["Company"] == expected
    assert decision.link is not None
    assert decision.link.placeholders == {"company": expected}
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


PAIRS = {"phone": Pair("1", "1"), "email": Pair("Ann@acme.io", "Ann@acme.io")}
SENT = intent(Side.SALESFORCE, before=None, settled=False, pairs=PAIRS, seconds_ago=4)
CREATING = link(hs(1), None, state=LinkState.CREATING, intents=(SENT,), base={"city": Pair(None, None)})


@pytest.mark.parametrize("key", ["4242-1", None])
def test_a_creation_whose_answer_was_lost_is_found_by_key_or_email(key: str | None) -> None:
    made = lead(
        1,
        Email="ann@acme.io",
        LastName="Lee",
        Company="Acme",
        Phone="1",
        created_at=ago(6),
        **{KEY_FIELD: key},  # type: ignore[arg-type]
    )
    one = contact(1, email="Ann@acme.io", firstname="Ann", lastname="Lee", company="Acme", phone="2")
    decision = world(one, made, links=[CREATING]).decide(notice(one.ref, seconds_ago=1, noticed_at=ago(60)))
    assert decision.link is not None
    assert (decision.link.id, decision.link.salesforce, decision.link.state) == (1, made.ref, LinkState.LIVE)
    assert "only HubSpot changed" in said(decision)
    assert all(write.action is Action.UPDATE for write in decision.writes)


def test_a_record_older_than_the_intent_is_no_creation_of_ours() -> None:
    other = lead(1, Email="ann@acme.io", LastName="Z", Company="Z", Phone="9", created_at=LONG_AGO)
    late = CREATING.changed(intents=(replace(SENT, sent_at=ago(30)),), placeholders={"company": "acme.io"})
    decision = world(ONE, other, links=[late]).decide(notice(ONE.ref))
    assert decision.link is not None
    assert (decision.link.id, decision.link.salesforce, decision.link.placeholders) == (1, other.ref, {})
    assert "never in step before" in said(decision)


def test_a_creation_in_salesforce_is_repeated_under_its_key_when_it_does_not_show() -> None:
    repeated = world(ONE, links=[CREATING]).decide(notice(ONE.ref))
    write = only_write(repeated)
    assert (write.action, write.creation_key) == (Action.CREATE, "4242-1")
    assert repeated.link is not None
    assert (repeated.link.id, repeated.link.intents) == (1, (SENT,))


def test_a_creation_in_hubspot_that_does_not_show_yet_is_looked_for_before_it_is_repeated() -> None:
    record = lead(1, Email="Ann@x.com", LastName="Lee", Company="X")
    sent = intent(Side.HUBSPOT, before=None, settled=False, seconds_ago=4)
    creating = link(None, record.ref, state=LinkState.CREATING, intents=(sent,))
    assert world(record, links=[creating]).decide(notice(record.ref), settings=CREATE).again is not None
    late = creating.changed(intents=(replace(sent, sent_at=ago(11)),))
    decision = world(record, links=[late]).decide(notice(record.ref), settings=CREATE)
    assert only_write(decision).action is Action.CREATE


def test_a_creation_that_was_refused_is_tried_again_at_once_when_the_record_is_noticed() -> None:
    decision = world(ONE, links=[CREATING.changed(intents=())]).decide(notice(ONE.ref))
    assert only_write(decision).action is Action.CREATE


def test_a_lost_creation_in_hubspot_is_found_by_email() -> None:
    record = lead(1, Email="Ann@x.com", LastName="Lee", Company="X", Phone="1")
    made = contact(5, email="ann@x.com", lastname="Lee", company="X", phone="1", created_at=ago(3))
    pairs = {"phone": Pair("1", "1"), "email": Pair("Ann@x.com", "Ann@x.com")}
    sent = intent(Side.HUBSPOT, before=None, settled=False, pairs=pairs, seconds_ago=4)
    creating = link(None, record.ref, state=LinkState.CREATING, intents=(sent,))
    decision = world(record, made, links=[creating]).decide(notice(record.ref), settings=CREATE)
    assert decision.writes == ()
    assert decision.link is not None
    assert decision.link.hubspot == made.ref
    assert decision.link.base["email"] == Pair("ann@x.com", "Ann@x.com")


def test_a_contact_that_somebody_else_made_meanwhile_is_no_creation_of_ours() -> None:
    record = lead(1, Email="Ann@x.com", LastName="Lee", Company="X", Phone="1")
    theirs = contact(5, email="ann@x.com", phone="9", created_at=ago(10), created_by_us=False)
    pairs = {"phone": Pair("1", "1"), "email": Pair("Ann@x.com", "Ann@x.com")}
    sent = intent(Side.HUBSPOT, before=None, settled=False, pairs=pairs, seconds_ago=11)
    creating = link(None, record.ref, state=LinkState.CREATING, intents=(sent,))
    settings = Settings(mappings=tuple(replace(m, rule=MappingRule.TWO_WAY) for m in DEFAULT_MAPPINGS))
    decision = world(record, theirs, links=[creating]).decide(notice(record.ref), settings=settings)
    assert decision.link is not None
    assert (decision.link.hubspot, decision.link.state) == (theirs.ref, LinkState.LIVE)
    assert "never in step before" in said(decision)
    assert [write.values["phone"] for write in decision.writes if write.side is Side.HUBSPOT] == ["1"]


def test_a_contact_made_for_a_twin_is_no_creation_for_this_record() -> None:
    record = lead(1, Email="Ann@x.com", LastName="Lee", Company="X", Phone="1")
    twins = contact(
        5, email="ann@x.com", phone="9", created_at=ago(5), modified_at=ago(5), created_by_us=True
    )
    pairs = {"phone": Pair("1", "1"), "email": Pair("Ann@x.com", "Ann@x.com")}
    sent = intent(Side.HUBSPOT, before=None, settled=False, pairs=pairs, seconds_ago=11)
    creating = link(None, record.ref, state=LinkState.CREATING, intents=(sent,))
    decision = world(record, twins, links=[creating]).decide(notice(record.ref))
    assert decision.link is not None
    assert decision.link.hubspot == twins.ref
    assert "never in step before" in said(decision)


def test_our_own_record_that_somebody_linked_elsewhere_is_not_taken_away() -> None:
    made = lead(1, Email="ann@acme.io", LastName="L", Company="X", **{KEY_FIELD: "4242-1"})
    rival = contact(2, email="b@x.com")
    late = CREATING.changed(intents=(replace(SENT, sent_at=ago(30)),), id=3)
    asked = world(ONE, rival, made, links=[late, in_step(rival, made)])
    decision = asked.decide(notice(ONE.ref))
    assert decision.writes == ()
    assert [set(report.refs) for report in decision.reports] == [{hs(1), hs(2), made.ref}]


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
