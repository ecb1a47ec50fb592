"""Creations whose answer was never seen: found again, or made again where that is safe."""

from __future__ import annotations

from dataclasses import replace

import pytest

from contract.decisions import Action
from contract.links import Ended, LinkState, Pair
from contract.mappings import DEFAULT_MAPPINGS, MappingRule
from contract.records import Side
from contract.settings import Settings
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
    world,
)
from tests.unit.rules.kit import only_write

ONE = contact(1, email="Ann@acme.io", firstname="Ann", lastname="Lee", company="Acme", phone="1")
CREATE = Settings(create_from_leads=True, create_from_contacts=True)


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
    late = CREATING.changed(intents=(replace(SENT, sent_at=ago(30)),), placeholders={"Company": "acme.io"})
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


LEAD = lead(1, Email="ann@acme.io", LastName="Lee", Company="Acme", Phone="1")
TO_HUBSPOT = intent(Side.HUBSPOT, before=None, settled=False, pairs=PAIRS, seconds_ago=9.9)


@pytest.mark.parametrize(("seconds_ago", "waits"), [(9.9, True), (10, False)])
def test_a_contact_sent_just_now_is_waited_for_before_it_is_created_again(
    seconds_ago: float, *, waits: bool
) -> None:
    waiting = link(
        None, LEAD.ref, state=LinkState.CREATING, intents=(replace(TO_HUBSPOT, sent_at=ago(seconds_ago)),)
    )
    decision = world(LEAD, links=[waiting]).decide(notice(LEAD.ref), settings=CREATE)
    assert [write.action for write in decision.writes] == [Action.CREATE] * (not waits)
    if decision.again is not None:
        says = "a creation was sent just now and may not show yet: looked at again"
        assert (decision.again.seconds, decision.again.because) == (2.0, says)


def test_a_lead_found_by_its_key_that_is_older_than_what_we_meant_is_as_if_just_linked() -> None:
    """Its blank phone is none that somebody cleared."""
    keyed = lead(1, Email="ann@acme.io", LastName="Lee", created_at=LONG_AGO, **{KEY_FIELD: "4242-1"})
    decision = world(ONE, keyed, links=[CREATING]).decide(notice(ONE.ref))
    (write,) = decision.writes
    assert (write.side, write.values["Phone"]) == (Side.SALESFORCE, "1")


def test_what_was_being_created_for_a_lead_that_was_deleted_since_is_not_taken_for_its_partner() -> None:
    """Else it would be archived with it."""
    gone = replace(LEAD, deleted=True)
    over = link(None, gone.ref, state=LinkState.ENDED, ended=Ended.SALESFORCE_DELETED, intents=(TO_HUBSPOT,))
    made = contact(1, email="Ann@acme.io", phone="1", created_at=ago(9))
    boxes = replace(CREATE, delete_when_lead_deleted=True)
    decision = world(gone, made, links=[over]).decide(notice(gone.ref), settings=boxes)
    assert decision.writes == ()
    assert decision.link is None or decision.link.ends == (gone.ref,)
