"""Matching at its edges: searches that lag, ties that begin afresh, and what is asked together."""

from __future__ import annotations

from dataclasses import replace

import pytest

from contract.facts import ErasedRef, Excluded, LinkOf, RecordAt, SalesforceByEmail, SalesforceByKey
from contract.links import Ended, LinkState, Pair
from contract.records import Record, Side
from tests.fakes.people import (
    KEY_FIELD,
    ago,
    contact,
    contact_ref,
    hs,
    in_step,
    intent,
    lead,
    lead_ref,
    link,
    notice,
    said,
    world,
)
from tests.unit.rules.test_creation_edges import Rounds

ONE = contact(1, email="a@x.com", phone="1")
FOUND = lead(1, Email="a@x.com", LastName="L", Company="[not provided]", Phone="1")


@pytest.mark.parametrize(
    ("now", "why"),
    [
        (lead(1, Email="a@x.com", deleted=True), "is not what the search said: looked at again"),
        (lead(1, Email="a@x.com", converted=True), "is not what the search said: looked at again"),
        (
            lead(1, Email="a@x.com", LastName="L", modified_at=ago(61)),
            "was read in an older state than the search's",
        ),
    ],
)
def test_a_match_that_reads_otherwise_than_the_search_said_is_looked_at_again(now: Record, why: str) -> None:
    asked = world(ONE, lead(1, Email="a@x.com", LastName="L", modified_at=ago(59)))
    asked.overlook = {now.ref: now}
    decision = asked.decide(notice(ONE.ref))
    assert decision.again is not None
    assert (decision.again.seconds, decision.again.because) == (1.0, f"stale: {now.ref} {why}")
    assert [verdict.rule for verdict in decision.trace][-1] == "matching"
    assert (decision.writes, decision.link) == ((), None)


def test_a_tie_to_somebody_elses_record_keeps_nothing_of_what_we_meant_to_create() -> None:
    sent = intent(Side.SALESFORCE, before=None, seconds_ago=30, pairs={"phone": Pair("9", "9")})
    waiting = link(
        hs(1),
        None,
        state=LinkState.CREATING,
        intents=(sent,),
        base={"city": Pair(None, None)},
        placeholders={"Company": "[not provided]"},
        salesforce_seen=ago(1),
    )
    decision = world(ONE, FOUND, links=[waiting]).decide(notice(ONE.ref))
    assert decision.link is not None
    assert (decision.link.id, decision.link.salesforce, decision.link.state) == (
        1,
        FOUND.ref,
        LinkState.LIVE,
    )
    assert (decision.link.placeholders, decision.link.intents) == ({}, ())
    assert decision.link.salesforce_seen == FOUND.modified_at
    assert f"{ONE.ref} is linked with {FOUND.ref}" in said(decision)


@pytest.mark.parametrize("record", [ONE, FOUND])
def test_a_new_link_remembers_the_state_in_which_its_record_was_read(record: Record) -> None:
    decision = world(ONE, FOUND).decide(notice(record.ref))
    assert decision.link is not None
    assert (decision.link.hubspot_seen, decision.link.salesforce_seen) == (
        ONE.modified_at,
        FOUND.modified_at,
    )


def test_what_we_created_once_and_was_merged_into_a_record_that_is_deleted_is_not_created_again() -> None:
    made = lead(1, deleted=True, merged_into=lead_ref(2).id, **{KEY_FIELD: "4242-1"})
    master = lead(2, deleted=True)
    decision = world(ONE, made, master).decide(notice(ONE.ref))
    assert decision.writes == ()
    assert decision.link is not None
    assert (decision.link.salesforce, decision.link.ended) == (master.ref, Ended.SALESFORCE_DELETED)
    assert said(decision) == (
        f"{master.ref} was created for this contact earlier and deleted in Salesforce: not created again"
    )


def test_ids_key_and_addresses_are_asked_for_together() -> None:
    one = contact(1, email="a@x.com", hs_additional_emails="b@x.com", salesforcecontactid=contact_ref(7).id)
    asked = Rounds([one], (), (), ())
    asked.decide(notice(one.ref))
    together = {
        SalesforceByKey("4242-1"),
        RecordAt(contact_ref(7)),
        SalesforceByEmail("a@x.com"),
        SalesforceByEmail("b@x.com"),
    }
    assert any(together <= questions for questions in asked.asked_together)


def test_what_must_be_known_of_all_matches_is_asked_for_together() -> None:
    hits = contact(1, email="a@x.com", merged_ids=("7",)), contact(2, email="a@x.com")
    asked = Rounds([FOUND, *hits], (), (), ())
    asked.decide(notice(FOUND.ref))
    together = {ask(hit.ref) for hit in hits for ask in (LinkOf, ErasedRef, Excluded, RecordAt)}
    assert any(together | {LinkOf(hs(7))} <= questions for questions in asked.asked_together)


def test_a_lead_that_comes_back_to_another_contact_keeps_what_was_made_up_for_it() -> None:
    gone, other = contact(1, email="b@x.com", deleted=True), contact(2, email="a@x.com", phone="1")
    found = replace(FOUND, fields={**FOUND.fields, "Phone": "2"})
    tie = in_step(replace(gone, fields=other.fields), FOUND).changed(
        state=LinkState.ENDED,
        ended=Ended.HUBSPOT_DELETED,
        placeholders={"Company": "[not provided]"},
        salesforce_seen=ago(90),
    )
    decision = world(gone, other, found, links=[tie]).decide(notice(found.ref))
    assert decision.link is not None
    assert (decision.link.hubspot, decision.link.salesforce) == (other.ref, found.ref)
    assert decision.link.placeholders == {"Company": "[not provided]"}


def test_what_was_cleared_before_a_merge_that_nobody_told_is_cleared_in_hubspot() -> None:
    """The master is noticed first: its match is linked with the loser, which shows what it last held."""
    loser = lead(2, Email="a@x.com", LastName="L", deleted=True, merged_into=lead_ref(1).id)
    master = lead(1, Email="a@x.com", LastName="L")
    tie = in_step(ONE, loser, phone=Pair("1", "1"))
    decision = world(ONE, loser, master, links=[tie]).decide(notice(master.ref))
    assert {name: value for write in decision.writes for name, value in write.values.items()} == {"phone": ""}


def test_who_matches_nobody_and_who_several_is_told() -> None:
    others = [lead(number, Email="a@x.com", LastName="L", created_at=ago(9 - number)) for number in (1, 2, 3)]
    first, second, third = (other.ref for other in others)
    assert said(world(ONE).decide(notice(ONE.ref))).startswith("no record on the other side matches")
    (report,) = world(ONE, *others).decide(notice(ONE.ref)).reports
    assert report.says == f"{ONE.ref} matches several records: {first} is taken, {second}, {third} left aside"


@pytest.mark.parametrize(
    ("contact_with", "lead_with", "why"),
    [
        ({}, {KEY_FIELD: "4242-1"}, "was created for this contact earlier"),
        ({"salesforceleadid": lead_ref(1).id}, {}, "is named by this contact"),
    ],
)
def test_why_a_deleted_record_is_not_created_again_is_told(
    contact_with: dict[str, str], lead_with: dict[str, str], why: str
) -> None:
    one, gone = contact(1, email="a@x.com", **contact_with), lead(1, deleted=True, **lead_with)
    told = said(world(one, gone).decide(notice(one.ref)))
    assert told == f"{gone.ref} {why} and deleted in Salesforce: not created again"


def test_a_deleted_record_that_another_pair_remembers_is_left_to_that_pair() -> None:
    """Also where this contact's own creation was under way."""
    gone, waiting = (
        lead(1, deleted=True, **{KEY_FIELD: "4242-1"}),
        link(hs(1), None, state=LinkState.CREATING),
    )
    over = link(hs(2), gone.ref, id=2, state=LinkState.ENDED, ended=Ended.SALESFORCE_DELETED)
    decision = world(ONE, gone, links=[waiting, over]).decide(notice(ONE.ref))
    assert (decision.writes, decision.others) == ((), ())
    assert decision.link is not None
    assert (decision.link.ends, decision.link.state) == ((ONE.ref,), LinkState.CREATING)
