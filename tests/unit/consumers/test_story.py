"""The story: one entry per decision that tells something, with each verdict, each write and its answer."""

from __future__ import annotations

import pytest

from consumers.effects import of_notice
from consumers.story import entry_of
from contract.activity import ActivityEntry
from contract.changes import Kind
from contract.decisions import Again, Decision, Outcome, Report, ReportKind, Verdict
from contract.errors import ErrorClass
from contract.links import Ended, LinkState
from contract.records import Side
from tests.fakes.people import NOW, ago, hs, lead_ref
from tests.unit.consumers.kit import failed, fault, pair_link, person, result, row, update

VERDICT = Verdict(
    rule="mapping",
    says="only HubSpot changed: Salesforce takes the HubSpot value",
    field="phone",
    hubspot="1",
    salesforce="0",
    writes=Side.SALESFORCE,
    value="1",
    lost="0",
)


def told(decision: Decision, *results: object) -> ActivityEntry:
    one = person(row(hs(1)), row(lead_ref(1), Kind.DELETED), stored=pair_link(email="a@x.example"))
    one.decision = decision
    one.results = list(results)  # type: ignore[arg-type]
    entry = entry_of(one, now=NOW, version=7)
    assert entry is not None
    return entry


def test_an_entry_says_what_called_for_it_and_whom_it_concerns() -> None:
    sent = result(update(phone="1"), Outcome(record_id=lead_ref(1).id))
    entry = told(Decision(trace=(VERDICT,), writes=(update(phone="1"),)), sent)
    assert (entry.refs, entry.email, entry.trace_id) == ((hs(1), lead_ref(1)), "a@x.example", "t")
    assert (entry.at, entry.settings_version) == (NOW, 7)
    assert entry.notice == {
        "records": [str(hs(1)), str(lead_ref(1))],
        "kinds": ["deleted", "updated"],
        "noticed_at": ago(1).isoformat(),
        "received_at": ago(1).isoformat(),
    }


def test_what_was_decided_and_not_sent_is_told_by_its_fields_without_their_values() -> None:
    entry = told(Decision(writes=(update(Phone="+49 30", Title=""), update(Side.HUBSPOT, fax="1"))))
    assert entry.notice["would"] == [
        ["update", "salesforce", "Lead", "Phone"],
        ["clear", "salesforce", "Lead", "Title"],
        ["update", "hubspot", "contact", "fax"],
    ]
    assert [key.field for key in of_notice(entry.notice)] == ["Phone", "Title", "fax"]
    assert "+49 30" not in repr(entry)


def test_a_decision_that_could_not_be_taken_says_why() -> None:
    (verdict,) = told(Decision(fault=fault(ErrorClass.TRANSIENT, "HTTP 503", says="it is away"))).verdicts
    assert verdict == {"rule": "stopped", "says": "HTTP 503: it is away"}


def test_a_verdict_is_told_with_both_values_and_the_one_that_gave_way() -> None:
    (verdict,) = told(Decision(trace=(VERDICT,), writes=(update(phone="1"),))).verdicts
    assert verdict == {
        "rule": "mapping",
        "says": VERDICT.says,
        "field": "phone",
        "hubspot": "1",
        "salesforce": "0",
        "writes": "salesforce",
        "value": "1",
        "lost": "0",
    }


def test_a_write_is_told_with_its_values_and_the_crms_answer() -> None:
    dropped = failed(code="STRING_TOO_LONG")
    done = result(update(Title="x"), Outcome(record_id=lead_ref(1).id), Website=dropped)
    refused = result(update(Side.HUBSPOT, phone="1"), failed(ErrorClass.TRANSIENT, code="HTTP 503"))
    one, other = told(Decision(writes=(update(Title="x"),)), done, refused).writes
    assert one == {
        "side": "salesforce",
        "object_type": "Lead",
        "record_id": lead_ref(1).id,
        "action": "update",
        "reason": "to be in step",
        "values": {"Title": "x"},
        "outcome": {"ok": True, "left_out": {"Website": "STRING_TOO_LONG"}},
    }
    assert other["outcome"] == {
        "ok": False,
        "error": "transient",
        "code": "HTTP 503",
        "says": "it is refused",
    }


@pytest.mark.parametrize(
    "decision",
    [
        Decision(writes=(update(phone="1"),)),
        Decision(reports=(Report(kind=ReportKind.MERGE, refs=(hs(1),), says="x"),)),
        Decision(fault=fault()),
        Decision(field_faults=(fault(fields=("Email",)),)),
        Decision(trace=(Verdict(rule="creation", says="contacts.create_as says none"),)),
    ],
)
def test_what_did_something_or_says_why_not_is_told(decision: Decision) -> None:
    assert told(decision)


@pytest.mark.parametrize(
    "decision",
    [
        Decision(),
        Decision(trace=(Verdict(rule="mapping", says="nothing differs"),)),
        Decision(trace=(Verdict(rule="intents", says="our own write"), Verdict(rule="mapping", says="x"))),
        Decision(again=Again(seconds=1, because="stale"), trace=(Verdict(rule="creation", says="x"),)),
    ],
)
def test_echoes_and_second_looks_are_not_told(decision: Decision) -> None:
    assert entry_of(person(decision=decision), now=NOW, version=1) is None


def test_the_entry_of_an_erasure_holds_no_address() -> None:
    ended = pair_link(state=LinkState.ENDED, ended=Ended.ERASED, email="")
    entry = told(Decision(link=ended, trace=(Verdict(rule="erasure", says="forgotten"),)))
    assert entry.email == ""
