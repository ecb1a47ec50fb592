"""Dead letters: filed under the record that the value comes from, groundless once it agrees."""

from __future__ import annotations

from dataclasses import replace

from consumers import letters
from contract.activity import DeadLetter, DeadLetterScope
from contract.changes import Kind, decode
from contract.decisions import Decision, Verdict
from contract.errors import ErrorClass
from contract.facts import RecordAt
from contract.records import Side
from contract.settings import Settings
from tests.fakes.people import NOW, contact, hs, lead_ref, link
from tests.unit.consumers.kit import creation, failed, fault, pair_link, person, result, row, update

TRACE = (Verdict(rule="matching", says="x"), Verdict(rule="mapping", says="y"))


def of_fields(**values: object) -> list[DeadLetter]:
    one = person(row(lead_ref(1), attempts=2), row(hs(1)), stored=pair_link(), **values)  # type: ignore[arg-type]
    return letters.of_fields(one, now=NOW, version=7)


def test_a_refused_field_is_filed_under_the_record_its_value_comes_from() -> None:
    refused = failed(ErrorClass.DATA, code="STRING_TOO_LONG", fields=("Title",))
    (letter,) = of_fields(results=[result(update(Title="x"), Title=refused)], decision=Decision(trace=TRACE))
    assert (letter.scope, letter.ref, letter.field) == (DeadLetterScope.FIELD, hs(1), "Title")
    assert (letter.side, letter.error, letter.code) == (Side.SALESFORCE, "data", "STRING_TOO_LONG")
    assert (letter.rule, letter.attempts, letter.settings_version) == ("mapping", 3, 7)
    assert letter.fix == "Shorten the value, or lengthen the Salesforce field."


def test_a_field_that_hubspot_refuses_is_filed_under_the_salesforce_record() -> None:
    refused = failed(side=Side.HUBSPOT, fields=("phone",))
    (letter,) = of_fields(results=[result(update(Side.HUBSPOT, phone="x"), phone=refused)])
    assert (letter.ref, letter.side) == (lead_ref(1), Side.HUBSPOT)


def test_a_value_without_a_form_on_the_other_side_is_a_letter_too() -> None:
    unfit = fault(ErrorClass.DATA, "UNCONVERTIBLE", side=Side.SALESFORCE, fields=("Email",))
    (letter,) = of_fields(decision=Decision(field_faults=(unfit,)))
    assert (letter.ref, letter.field, letter.code) == (hs(1), "Email", "UNCONVERTIBLE")


def test_a_value_that_another_record_holds_is_no_letter() -> None:
    assert of_fields(results=[result(update(Email="a"), Email=failed(ErrorClass.CONFLICT))]) == []


def test_a_refused_creation_is_filed_under_the_record_it_was_to_mirror() -> None:
    one = person(row(hs(1)), decision=Decision(link=link(hs(1), None)))
    letter = letters.of_record(one, fault(), creation().side, now=NOW, version=1)
    assert (letter.scope, letter.ref, letter.field) == (DeadLetterScope.RECORD, hs(1), None)


def test_a_fault_before_any_write_is_filed_under_the_noticed_record() -> None:
    one = person(row(lead_ref(1)), stored=pair_link())
    assert letters.of_record(one, fault(), None, now=NOW, version=1).ref == lead_ref(1)


def test_the_letter_of_a_crash_says_how_often_the_worker_died() -> None:
    letter = letters.of_crash(row(hs(1), crashes=5, attempts=1), now=NOW, version=7)
    assert (letter.code, letter.ref, letter.attempts) == ("WORKER_DIED", hs(1), 2)
    assert "died 5 times" in letter.says


def test_all_mapped_fields_of_the_records_read_agree_but_those_still_refused() -> None:
    refused = result(update(Title="x", Phone="1"), Website=failed())
    unfit = fault(side=Side.SALESFORCE, fields=("Email",))
    one = person(stored=pair_link(), results=[refused], decision=Decision(field_faults=(unfit,)))
    one.facts = one.facts.knowing({RecordAt(hs(1)): contact(1)})
    filed = letters.of_fields(one, now=NOW, version=1)
    agreed = letters.groundless(one, filed, Settings())
    assert set(agreed) == {hs(1)}
    assert {None, "Title", "MailingCity", "phone", "website"} <= set(agreed[hs(1)])
    assert not {"Website", "Email"} & set(agreed[hs(1)])


def test_a_person_held_back_by_the_inclusion_list_proves_nothing() -> None:
    held = person(decision=Decision(trace=(*TRACE, Verdict(rule="inclusion", says="not on the list"))))
    held.facts = held.facts.knowing({RecordAt(hs(1)): contact(1)})
    assert letters.groundless(held, [], Settings()) == {}


def test_a_letter_keeps_the_notices_that_a_look_could_not_learn_again() -> None:
    erased = row(hs(1), Kind.ERASED, Kind.UPDATED, merged_ids=frozenset({"7"}))
    filed = letters.of_record(person(erased), fault(), None, now=NOW, version=1)
    buried = letters.of_crash(replace(erased, crashes=5), now=NOW, version=1)
    for letter in (filed, buried):
        assert letter.raw is not None
        (change,) = decode(letter.raw).changes
        assert (change.ref, change.kind, change.merged_ids) == (hs(1), Kind.ERASED, ("7",))


def test_a_letter_of_an_edit_keeps_no_notice_for_the_record_tells_all() -> None:
    assert letters.of_record(person(row(hs(1))), fault(), None, now=NOW, version=1).raw is None
