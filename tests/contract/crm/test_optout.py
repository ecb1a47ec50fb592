"""HubSpot's opt-out is a call of its own, by address."""

from __future__ import annotations

from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from contract.decisions import Action, Write
from contract.errors import ErrorClass
from tests.contract.crm.benches import HubSpotBench, creation, update
from tests.fakes.canned import answer


def opt_out(record_id: str | None, email: str) -> Write:
    return Write(
        action=Action.OPT_OUT,
        side=HubSpotBench.side,
        object_type="contact",
        record_id=record_id,
        values={"hs_email_optout": "true"},
        email=email,
        reason="opted out in Salesforce",
    )


def test_contacts_are_opted_out_by_their_address(hubspot: HubSpotBench) -> None:
    ids = [hubspot.add(f"p{number}@example.com") for number in range(3)]
    writes = [opt_out(record_id, f"P{number}@Example.com") for number, record_id in enumerate(ids[:2])]

    outcomes = hubspot.crm.apply(writes)

    assert [(one.fault, one.record_id) for one in outcomes] == [(None, ids[0]), (None, ids[1])]
    assert [one.fields for one in outcomes] == [{"hs_email_optout": "true"}] * 2
    assert [hubspot.stored(record_id, "hs_email_optout") for record_id in ids] == ["true", "true", None]


def test_an_address_with_odd_characters_is_one_address(hubspot: HubSpotBench) -> None:
    odd = hubspot.add("a+b%c@example.com")
    hubspot.crm.apply([opt_out(odd, "a+b%c@example.com")])
    assert hubspot.stored(odd, "hs_email_optout") == "true"


def test_the_call_for_hundreds_is_not_made_for_only_enterprise_accounts_have_it(
    hubspot: HubSpotBench,
) -> None:
    hubspot.crm.apply([opt_out(None, f"p{number}@example.com") for number in range(3)])
    assert ["batch" in request.path_url for request in hubspot.wire.seen] == [False] * 3


def test_no_address_stands_in_a_log(hubspot: HubSpotBench) -> None:
    with capture_logs() as logs:
        hubspot.crm.apply([opt_out(None, "secret@example.com")])
    assert logs
    assert "secret" not in str(logs)


def test_it_comes_after_the_creation_or_the_new_address(hubspot: HubSpotBench) -> None:
    known = hubspot.add("old@example.com")
    writes = [
        opt_out(None, "new@example.com"),
        creation(hubspot, "new@example.com"),
        update(hubspot, known, email="moved@example.com"),
        opt_out(known, "moved@example.com"),
    ]

    outcomes = hubspot.crm.apply(writes[1:2] + writes[:1] + writes[2:])

    assert [one.fault for one in outcomes] == [None] * 4
    made = outcomes[0].record_id or ""
    assert [hubspot.stored(record_id, "hs_email_optout") for record_id in (made, known)] == ["true"] * 2


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (403, {"category": "MISSING_SCOPES", "message": "no"}, ErrorClass.PERMISSION),
        (400, {"category": "VALIDATION_ERROR", "message": "bad"}, ErrorClass.DATA),
    ],
)
def test_a_refusal_is_of_the_one_field(
    hubspot: HubSpotBench, status: int, body: dict[str, str], error: ErrorClass
) -> None:
    hubspot.wire.answers.append(answer(status, body))
    (outcome,) = hubspot.crm.apply([opt_out("1", "a@example.com")])
    assert outcome.fault is not None
    assert (outcome.fault.error, outcome.fault.fields) == (error, ("hs_email_optout",))


def test_one_refused_address_sinks_no_other(hubspot: HubSpotBench) -> None:
    bad = {"category": "VALIDATION_ERROR", "context": {"email": ["b@example.com"]}, "message": "bad"}
    hubspot.wire.answers.append(answer(207, {"status": "COMPLETE", "results": [], "errors": [bad]}))
    first, second = hubspot.crm.apply([opt_out("1", "b@example.com"), opt_out("2", "a@example.com")])
    assert second.fault is None
    assert first.fault is not None
    assert first.fault == replace(first.fault, error=ErrorClass.DATA, fields=("hs_email_optout",))


def test_without_the_scope_nobody_can_be_opted_out() -> None:
    bench = HubSpotBench(scopes=frozenset({"crm.objects.contacts.read"}))
    (outcome,) = bench.crm.apply([opt_out(bench.add("a@example.com"), "a@example.com")])
    assert outcome.fault is not None
    assert (outcome.fault.code, outcome.fault.fields) == ("MISSING_SCOPES", ("hs_email_optout",))
