"""Settling: what one person's outcomes come to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from consumers.people import Person
from contract.changes import Kind
from contract.decisions import Decision, Outcome, Write
from contract.errors import ErrorClass
from contract.facts import RecordAt
from contract.links import Ended, LinkState, Pair
from contract.records import Side
from tests.fakes.people import NOW, ago, contact, contact_ref, hs, lead, lead_ref, link
from tests.unit.consumers.kit import (
    BASE,
    archive,
    creation,
    failed,
    merging,
    opting_out,
    pair_link,
    person,
    result,
    row,
    sent,
    settled,
    update,
    written,
)


def test_a_successful_write_moves_the_base_of_its_fields_alone() -> None:
    found = settled(written(result(update(phone="1"))))
    assert found.link is not None
    assert found.link.base == {"phone": Pair("1", "1"), "title": Pair("a", "a")}
    assert (found.done, found.letters, found.postponed) == (True, (), ())


def test_the_base_keeps_the_form_in_which_hubspot_stored_the_value() -> None:
    outcome = Outcome(record_id="1", stamp=NOW, fields={"phone": "+1"})
    found = settled(written(result(update(Side.HUBSPOT, phone="1"), outcome)))
    assert found.link is not None
    assert found.link.base["phone"] == Pair("+1", "1")
    assert (found.link.hubspot_seen, found.link.intents) == (NOW, ())


def test_a_salesforce_intent_stays_to_see_the_stored_form_and_the_record_is_looked_at_soon() -> None:
    found = settled(written(result(update(phone="1"))))
    assert found.link is not None
    assert [intent.settled for intent in found.link.intents] == [True]
    (look,) = found.look_soon
    assert (look.ref, look.kind, look.occurred_at.year) == (lead_ref(1), Kind.UPDATED, 1970)


def test_an_answered_intent_counts_from_its_answer_however_long_the_call_took() -> None:
    one = written(result(write := update(phone="1")))
    assert one.link is not None
    one.link = one.link.changed(intents=(sent(write, 0, sent_at=ago(30)),))
    found = settled(one)
    assert found.link is not None
    assert [intent.sent_at for intent in found.link.intents] == [NOW]


def test_an_outcome_with_stored_values_needs_no_second_look() -> None:
    outcome = Outcome(record_id="1", fields={"phone": "1"})
    assert settled(written(result(update(Side.HUBSPOT, phone="1"), outcome))).look_soon == ()


@pytest.mark.parametrize(
    ("side", "read", "noticed", "received", "again"),
    [
        (Side.SALESFORCE, 2.0, 2.0, 1.0, True),
        (Side.SALESFORCE, 2.0, 1.5, 1.0, True),
        (Side.SALESFORCE, 2.0, 1.0, 1.0, False),  # a second later: such a read was known to be behind
        (Side.SALESFORCE, 1.0, 2.0, 1.0, False),  # newer than the notice
        (Side.SALESFORCE, 4.0, 4.0, 3.0, False),  # long ago
        (Side.HUBSPOT, 2.0, 2.0, 1.0, False),  # its stamps tell two edits apart
    ],
)
def test_a_record_read_within_the_second_of_its_notice_is_looked_at_once_more(
    side: Side, read: float, noticed: float, received: float, *, again: bool
) -> None:
    ref, make = (lead_ref(1), lead) if side is Side.SALESFORCE else (hs(1), contact)
    one = person(row(ref, noticed_at=ago(noticed), received_at=ago(received)), stored=pair_link())
    one.facts = one.facts.knowing({RecordAt(ref): make(1, modified_at=ago(read))})
    assert [look.ref for look in settled(one).look_soon] == ([ref] if again else [])


@pytest.mark.parametrize("created", [True, False])
def test_a_creation_makes_the_link_live_whether_the_record_was_new_or_there_already(*, created: bool) -> None:
    half = link(hs(1), None, state=LinkState.CREATING)
    write = creation(lastname="x")
    found = settled(written(result(write, Outcome(record_id=lead_ref(5).id, created=created)), tie=half))
    assert found.link is not None
    assert (found.link.state, found.link.salesforce) == (LinkState.LIVE, lead_ref(5))
    assert found.link.base == {"lastname": Pair("x", "x")}
    assert [look.ref for look in found.look_soon] == [lead_ref(5)]


def test_a_new_hubspot_contact_is_the_links_other_end() -> None:
    half = link(None, contact_ref(1), state=LinkState.CREATING)
    outcome = Outcome(record_id="77", created=True, stamp=NOW, fields={"email": "a@x.example"})
    found = settled(written(result(creation(Side.HUBSPOT, email="a@x.example"), outcome), tie=half))
    assert found.link is not None
    assert (found.link.hubspot, found.link.salesforce) == (hs(77), contact_ref(1))
    assert found.link.hubspot_seen == NOW


def test_a_left_out_field_keeps_its_base_and_its_intent_means_only_what_was_written() -> None:
    whole = update(phone="1", title="b")
    rest = replace(whole, values={"title": "b"}, pairs={"title": Pair("b", "b")})
    one = written(result(rest, phone=failed(fields=("phone",))))
    one.link = one.link and one.link.changed(intents=(sent(whole, 0),))
    found = settled(one)
    assert found.link is not None
    assert found.link.base == {"phone": Pair("0", "0"), "title": Pair("b", "b")}
    assert [dict(intent.pairs) for intent in found.link.intents] == [{"title": Pair("b", "b")}]
    assert [letter.field for letter in found.letters] == ["phone"]
    assert found.done


def test_a_refused_write_loses_its_intent_and_leaves_the_base() -> None:
    found = settled(written(result(update(phone="1"), failed())))
    assert found.link is not None
    assert (found.link.intents, found.link.base) == ((), BASE)


def test_a_write_that_may_have_been_done_keeps_its_intent_open() -> None:
    found = settled(written(result(update(phone="1"), failed(ErrorClass.TRANSIENT, maybe_done=True))))
    assert found.link is not None
    assert [(intent.settled, dict(intent.pairs)) for intent in found.link.intents] == [
        (False, {"phone": Pair("1", "1")})
    ]
    assert found.link.base == BASE


@pytest.mark.parametrize(
    "outcome",
    [Outcome(record_id="x"), Outcome(record_id="x", fields={"phone": "2"}), failed()],
    ids=["answered", "answered with values", "refused"],
)
def test_an_earlier_write_without_an_answer_may_still_arrive_whatever_the_newer_one_came_to(
    outcome: Outcome,
) -> None:
    earlier = sent(update(phone="1"), 90, sent_at=ago(30))
    found = settled(written(result(update(phone="2"), outcome), tie=pair_link(base=BASE, intents=(earlier,))))
    assert found.link is not None
    assert found.link.intents[0] == earlier


def test_a_newer_write_is_remembered_as_long_as_an_earlier_one_may_arrive() -> None:
    earlier = sent(update(Side.HUBSPOT, phone="1"), 90, sent_at=ago(30))
    answer = Outcome(record_id="1", fields={"phone": "2"})
    one = written(
        result(update(Side.HUBSPOT, phone="2"), answer), tie=pair_link(base=BASE, intents=(earlier,))
    )
    found = settled(one)
    assert found.link is not None
    assert [(intent.id, intent.settled) for intent in found.link.intents] == [("i90", False), ("i0", True)]


def test_one_side_done_and_one_failed_keeps_what_was_done() -> None:
    hubspot = result(update(Side.HUBSPOT, phone="1"), Outcome(record_id="1", fields={"phone": "1"}))
    found = settled(written(hubspot, result(update(title="b"), failed(ErrorClass.TRANSIENT))))
    assert found.link is not None
    assert found.link.base == {"phone": Pair("1", "1"), "title": Pair("a", "a")}
    assert (found.done, [row_.row.ref for row_ in found.postponed]) == (False, [hs(1)])


@pytest.mark.parametrize("order", [0, 1])
def test_a_permanent_refusal_beside_a_passing_one_files_a_letter_and_keeps_the_row(order: int) -> None:
    results = [
        result(update(Side.HUBSPOT, phone="1"), failed(ErrorClass.DATA, code="BAD")),
        result(update(title="b"), failed(ErrorClass.TRANSIENT)),
    ]
    found = settled(written(*(results if order else results[::-1])))
    assert ([letter.code for letter in found.letters], found.done, len(found.postponed)) == (
        ["BAD"],
        False,
        1,
    )


def ending(write: Write, outcome: Outcome, **values: Any) -> Person:
    tie = pair_link()
    decision = Decision(
        link=tie.changed(state=LinkState.ENDED, ended=Ended.SALESFORCE_DELETED), writes=(write,)
    )
    deleted = row(lead_ref(1), Kind.DELETED, **values)
    return person(deleted, stored=tie, decision=decision, results=[result(write, outcome)])


@pytest.mark.parametrize("write", [archive(), merging()])
def test_a_done_archive_or_merge_ends_the_link(write: Write) -> None:
    found = settled(ending(write, Outcome(record_id="1")))
    assert found.link is not None
    assert (found.link.state, found.done, found.look_soon) == (LinkState.ENDED, True, ())


@pytest.mark.parametrize("write", [archive(), merging()])
def test_a_failed_archive_or_merge_leaves_the_link_as_it_was_so_that_it_is_tried_again(write: Write) -> None:
    found = settled(ending(write, failed(ErrorClass.TRANSIENT)))
    assert (found.link, found.done, len(found.postponed)) == (None, False, 1)


def test_what_a_merge_made_is_looked_at_under_the_id_that_it_has_by_now() -> None:
    assert [one.ref for one in settled(ending(merging(), Outcome(record_id="9"))).look_at] == [hs(9)]
    assert settled(ending(merging(), failed(ErrorClass.TRANSIENT))).look_at == ()
    assert settled(ending(archive(), Outcome(record_id="1"))).look_at == ()


@pytest.mark.parametrize(("attempts", "tried_again"), [(0, True), (2, True), (3, False)])
def test_a_refused_merge_may_have_been_done_so_it_is_decided_anew_before_it_is_given_up(
    attempts: int, *, tried_again: bool
) -> None:
    found = settled(ending(merging(), failed(ErrorClass.DATA), attempts=attempts))
    assert (bool(found.postponed), len(found.letters), found.link) == (tried_again, not tried_again, None)
    assert settled(ending(archive(), failed(ErrorClass.DATA))).letters


def test_a_decision_without_writes_stores_its_link() -> None:
    tie = pair_link(base=BASE)
    assert settled(person(decision=Decision(link=tie))).link == tie
    assert settled(person(decision=Decision())).link is None


def test_an_opt_out_moves_its_own_base_and_touches_no_intent() -> None:
    field, out = update(Side.HUBSPOT, phone="1"), opting_out()
    both = written(result(field), tie=pair_link(base=BASE))
    both.results.append(result(out, Outcome(record_id="1", fields=out.values)))
    found = settled(both)
    assert found.link is not None
    assert found.link.base["hs_email_optout"] == Pair("true", "true")
    assert [set(one.pairs) for one in found.link.intents] == [{"phone"}]


def test_a_refused_opt_out_leaves_its_base_and_is_tried_again_at_the_next_look() -> None:
    found = settled(written(result(opting_out(), failed(ErrorClass.TRANSIENT))))
    assert found.link is not None
    assert "hs_email_optout" not in found.link.base
