"""Erasure at its edges: several links, several addresses, and what must be asked to know them."""

from __future__ import annotations

from contract.changes import Kind
from contract.decisions import ReportKind
from contract.facts import SalesforceByKey
from contract.links import Ended, LinkState, Pair
from contract.records import Side
from tests.fakes.people import (
    KEY_FIELD,
    contact,
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

ANN, OLD = lead(1, Email="ann@x.com", LastName="L"), lead(2, Email="old@x.com", LastName="L")
OWN = in_step(contact(1, email="Ann@X.com"), ANN).changed(email="mail@x.com")
SENT = intent(Side.SALESFORCE)
LOSERS = link(
    hs(2),
    OLD.ref,
    id=2,
    email="lost@x.com",
    placeholders={"Company": "X"},
    intents=(SENT,),
)
ERASED = notice(hs(1), Kind.ERASED, merged_ids=frozenset({"2"}))


def test_all_links_of_a_merged_person_end_without_a_trace_of_it_and_all_its_addresses_are_known() -> None:
    decision = world(ANN, OLD, links=[OWN, LOSERS]).decide(ERASED)
    assert decision.erasure is not None
    assert decision.erasure.refs == (hs(1), ANN.ref, hs(2), OLD.ref)
    assert set(decision.erasure.emails) == {"mail@x.com", "ann@x.com", "lost@x.com", "old@x.com"}
    emptied = {
        "state": LinkState.ENDED,
        "ended": Ended.ERASED,
        "base": {},
        "email": "",
        "placeholders": {},
        "intents": (),
    }
    assert decision.link == OWN.changed(**emptied)
    assert decision.others == (LOSERS.changed(**emptied),)


def test_the_operator_reads_which_records_remain() -> None:
    decision = world(ANN, OLD, links=[OWN, LOSERS]).decide(ERASED)
    (report,) = decision.reports
    assert report.kind is ReportKind.ERASED
    assert report.refs == (ANN.ref, OLD.ref)
    assert report.says == f"the person was erased in HubSpot; {ANN.ref}, {OLD.ref} remains"
    assert said(decision) == f"{hs(1)} was erased: the person is forgotten"


def test_the_addresses_of_the_base_are_known_where_nothing_can_be_read_any_more() -> None:
    tie = OWN.changed(base={"email": Pair("A@x.com", "b@X.com")})
    decision = world(links=[tie]).decide(notice(hs(1), Kind.ERASED))
    assert decision.erasure is not None
    assert set(decision.erasure.emails) == {"mail@x.com", "a@x.com", "b@x.com"}


def test_what_may_hold_the_person_is_asked_in_one_round_and_creations_only_where_one_was_under_way() -> None:
    calm = world(ANN, links=[OWN])
    calm.decide(notice(hs(1), Kind.ERASED))
    assert SalesforceByKey("4242-1") not in calm.asked
    made = lead(3, Email="new@x.com", **{KEY_FIELD: "4242-1"})
    making = link(hs(1), None, state=LinkState.CREATING)
    busy = world(made, links=[making])
    assert busy.decide(notice(hs(1), Kind.ERASED)).erasure is not None
    assert busy.rounds == 1


def test_a_second_notice_of_the_erasure_says_that_nothing_is_left_to_do() -> None:
    gone = OWN.changed(state=LinkState.ENDED, ended=Ended.ERASED, base={}, email="")
    decision = world(links=[gone], erased=[hs(1)]).decide(notice(hs(1), Kind.ERASED))
    assert said(decision) == "this person was erased before: nothing is left to do"


def test_a_link_of_which_nothing_was_erased_before_is_not_passed_over() -> None:
    """One of two links was emptied by an earlier notice; the other is not taken for done."""
    gone = LOSERS.changed(state=LinkState.ENDED, ended=Ended.ERASED, base={}, email="")
    decision = world(ANN, links=[OWN, gone]).decide(ERASED)
    assert decision.erasure is not None
    assert decision.link is not None
    assert (decision.link.ended, lead_ref(1) in decision.erasure.refs) == (Ended.ERASED, True)


def test_whom_an_erased_contact_was_merged_into_in_hubspot_gets_no_tombstone_of_ours() -> None:
    """HubSpot tells of that erasure itself."""
    decision = world(contact(1, merged_into="9"), contact(9), erased=[hs(1)]).decide(notice(hs(1)))
    assert (decision.erasure, decision.reports) == (None, ())
    assert said(decision) == f"the person of {hs(1)} was erased: nothing is created or written"


def test_an_erased_record_that_cannot_be_read_is_left_alone_like_any_other() -> None:
    decision = world(erased=[lead_ref(7)]).decide(notice(lead_ref(7)))
    assert said(decision) == f"the person of {lead_ref(7)} was erased: nothing is created or written"


def test_an_erasure_is_found_behind_a_notice_of_the_other_side() -> None:
    decision = world(ANN, links=[OWN]).decide(notice(ANN.ref), notice(hs(1), Kind.ERASED))
    assert decision.erasure is not None
