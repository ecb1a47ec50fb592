"""What only HubSpot does."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from contract.decisions import Action, Outcome, Write
from contract.errors import CrmError, ErrorClass, InvalidInput
from contract.records import Side
from tests.contract.crm.benches import HubSpotBench, creation, update
from tests.fakes.canned import Canned, answer


class Untraced(Canned):
    """Takes the trace ids out of every batch, so that HubSpot refuses batches whole."""

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        body = json.loads(request.body or "null")
        for item in body["inputs"]:
            item.pop("objectWriteTraceId", None)
        stripped = requests.Request(request.method, request.url, json=body).prepare()
        stripped.headers["Authorization"] = request.headers["Authorization"]
        return super().send(stripped, *args, **options)


def codes(outcomes: Iterable[Outcome]) -> list[str | None]:
    return [outcome.fault.code if outcome.fault else None for outcome in outcomes]


@pytest.fixture
def untraced(hubspot: HubSpotBench) -> HubSpotBench:
    """The bench of a HubSpot that knows no partial success."""
    wire = Untraced(beyond=hubspot.wire)
    hubspot.crm = hubspot.open(wire)
    return hubspot


def test_a_secondary_address_finds_its_contact(hubspot: HubSpotBench) -> None:
    winner, loser = hubspot.add("winner@example.com"), hubspot.add("loser@example.com")
    survivor = hubspot.merge(winner, loser)

    found = hubspot.crm.find("contact", "email", ["LOSER@example.com"], ["email", "hs_additional_emails"])

    assert [(record.ref.id, record.text("hs_additional_emails")) for record in found] == [
        (survivor, "loser@example.com")
    ]
    assert set(found[0].merged_ids) == {winner, loser}


def test_an_outcome_shows_what_hubspot_stored(hubspot: HubSpotBench) -> None:
    hubspot.misbehave(hubspot.sandbox.faults.changed(normalise=True))

    outcome = hubspot.crm.apply([creation(hubspot, "Ada@Example.com", first=" Ada ")])[0]

    assert outcome.fields == {"email": "ada@example.com", "firstname": "Ada", "lastname": "Byron"}
    assert outcome.stamp == hubspot.clock()


def test_an_address_in_use_names_its_holder_when_creating_and_when_updating(hubspot: HubSpotBench) -> None:
    holder, other = hubspot.add("ada@example.com"), hubspot.add("bob@example.com")

    outcomes = hubspot.crm.apply(
        [creation(hubspot, "ada@example.com"), update(hubspot, other, email="ada@example.com", first="Bob")]
    )

    for outcome in outcomes:
        assert outcome.fault is not None
        assert outcome.fault.error is ErrorClass.CONFLICT
        assert (outcome.fault.existing_id, outcome.fault.fields) == (holder, ("email",))


def test_who_created_a_contact_is_known(hubspot: HubSpotBench) -> None:
    ours = hubspot.crm.apply([creation(hubspot, "ours@example.com")])[0].record_id or ""
    theirs = hubspot.add("theirs@example.com")

    found = hubspot.crm.read("contact", [ours, theirs], [])

    assert (found[ours].created_by_us, found[theirs].created_by_us) == (True, False)


def test_archived_contacts_are_told_as_deleted(hubspot: HubSpotBench) -> None:
    ids = [hubspot.add(f"p{number}@example.com") for number in range(3)]
    write = Write(
        action=Action.ARCHIVE, side=Side.HUBSPOT, object_type="contact", record_id=ids[1], reason=""
    )

    outcomes = hubspot.crm.apply([write])

    assert outcomes == [Outcome(record_id=ids[1])]
    found = hubspot.crm.read("contact", ids, [])
    assert [found[record_id].deleted for record_id in ids] == [False, True, False]


def test_a_merged_id_names_its_survivor_also_when_that_is_archived(hubspot: HubSpotBench) -> None:
    winner, loser = hubspot.add("winner@example.com"), hubspot.add("loser@example.com")
    survivor = hubspot.merge(winner, loser)
    hubspot.delete(survivor)

    found = hubspot.crm.read("contact", [winner, loser, survivor], [])

    assert [found[id_].merged_into for id_ in (winner, loser, survivor)] == [survivor, survivor, None]
    assert [found[id_].deleted for id_ in (winner, loser, survivor)] == [False, False, True]


def test_an_archived_contact_was_modified_when_it_was_archived(hubspot: HubSpotBench) -> None:
    archived = {
        "id": "1",
        "properties": {},
        "createdAt": "2026-01-01T00:00:00Z",
        "updatedAt": "2026-02-01T00:00:00.123Z",
        "archived": True,
        "archivedAt": "2026-03-01T00:00:00Z",
    }
    hubspot.wire.answers.extend([answer(200, {"results": []}), answer(200, {"results": [archived]})])

    found = hubspot.crm.read("contact", ["1"], [])["1"]

    assert (found.deleted, found.modified_at) == (True, datetime(2026, 3, 1, tzinfo=UTC))


def test_writing_to_a_merged_id_tells_the_survivor(hubspot: HubSpotBench) -> None:
    winner, loser = hubspot.add("winner@example.com"), hubspot.add("loser@example.com")
    survivor = hubspot.merge(winner, loser)

    assert hubspot.crm.apply([update(hubspot, loser, first="Zoe")])[0].record_id == survivor


def test_a_batch_refused_whole_is_pinned_to_the_rows_that_name_the_property(untraced: HubSpotBench) -> None:
    ids = [untraced.add(f"p{number}@example.com") for number in range(20)]
    writes = [update(untraced, record_id, first="Zoe") for record_id in ids]
    for number in (3, 11):
        writes[number].values["shoe_size"] = "42"  # type: ignore[index]  # the helper made a dict

    outcomes = untraced.crm.apply(writes)

    assert [number for number, outcome in enumerate(outcomes) if outcome.fault] == [3, 11]
    assert codes(outcomes)[3] == "PROPERTY_DOESNT_EXIST"
    assert len(untraced.wire.seen) == 2


def test_a_batch_refused_for_a_value_is_halved_until_the_culprit_stands_alone(
    untraced: HubSpotBench,
) -> None:
    ids = [untraced.add(f"p{number}@example.com") for number in range(64)]
    writes = [
        update(untraced, record_id, email=f"q{number}@example.com") for number, record_id in enumerate(ids)
    ]
    writes[40] = update(untraced, ids[40], email="not an address")

    outcomes = untraced.crm.apply(writes)

    assert [number for number, outcome in enumerate(outcomes) if outcome.fault] == [40]
    assert outcomes[40].fault is not None
    assert outcomes[40].fault.fields == ("email",)
    assert len(untraced.wire.seen) == 13
    assert untraced.stored(ids[41], "email") == "q41@example.com"


def test_a_batch_refused_for_one_known_address_creates_the_others(untraced: HubSpotBench) -> None:
    holder = untraced.add("p5@example.com")

    outcomes = untraced.crm.apply([creation(untraced, f"p{number}@example.com") for number in range(10)])

    assert codes(outcomes) == [None] * 5 + ["CONFLICT"] + [None] * 4
    assert outcomes[5].fault is not None
    assert outcomes[5].fault.existing_id == holder
    assert len({outcome.record_id for outcome in outcomes if not outcome.fault}) == 9


def test_the_search_for_culprits_is_bounded_and_leaves_the_rest_for_later(untraced: HubSpotBench) -> None:
    outcomes = untraced.crm.apply([creation(untraced, f"bad {number}") for number in range(100)])

    assert len(untraced.wire.seen) < 130
    assert set(codes(outcomes)) == {"INVALID_EMAIL", "BATCH_REFUSED"}
    later = [o.fault for o in outcomes if o.fault and o.fault.code == "BATCH_REFUSED"]
    assert {fault.error for fault in later} == {ErrorClass.TRANSIENT}


def test_results_without_trace_ids_are_matched_by_id_and_by_address(hubspot: HubSpotBench) -> None:
    def result(id_: str, email: str) -> dict[str, Any]:
        return {"id": id_, "properties": {"email": email}, "updatedAt": "2026-11-24T10:00:00.5Z"}

    hubspot.wire.answers.extend(
        [
            answer(201, {"results": [result("12", "b@example.com"), result("11", "a@example.com")]}),
            answer(200, {"results": [result("2", "d@example.com"), result("1", "c@example.com")]}),
        ]
    )

    outcomes = hubspot.crm.apply(
        [
            creation(hubspot, "A@example.com"),
            creation(hubspot, "b@example.com"),
            update(hubspot, "1", email="c@example.com"),
            update(hubspot, "2", email="d@example.com"),
        ]
    )

    assert [outcome.record_id for outcome in outcomes] == ["11", "12", "1", "2"]
    assert outcomes[0].stamp == datetime(2026, 11, 24, 10, 0, 0, 500_000, tzinfo=UTC)


def test_a_row_of_which_the_answer_says_nothing_may_be_done(hubspot: HubSpotBench) -> None:
    hubspot.wire.answers.append(answer(201, {"results": []}))

    fault = hubspot.crm.apply([creation(hubspot, "a@example.com")])[0].fault

    assert fault is not None
    assert (fault.error, fault.code, fault.maybe_done) == (ErrorClass.TRANSIENT, "NO_RESULT", True)


def test_a_row_locked_for_a_moment_passes(hubspot: HubSpotBench) -> None:
    record_id = hubspot.add("a@example.com")
    hubspot.wire.answers.append(answer(423, {"message": "locked"}, {"Retry-After": "1"}))

    with pytest.raises(CrmError) as caught:
        hubspot.crm.apply([update(hubspot, record_id, first="Zoe")])

    assert (caught.value.fault.error, caught.value.fault.retry_after) == (ErrorClass.TRANSIENT, 2.0)


def test_a_batch_read_with_a_fault_of_hubspots_own_is_no_missing_record(hubspot: HubSpotBench) -> None:
    error = {"status": "error", "category": "RATE_LIMITS", "message": "slow down", "context": {"ids": ["1"]}}
    hubspot.wire.answers.append(answer(207, {"results": [], "numErrors": 1, "errors": [error]}))

    with pytest.raises(CrmError) as caught:
        hubspot.crm.read("contact", ["1"], [])

    assert caught.value.fault.error is ErrorClass.QUOTA


def test_unknown_ids_answered_404_are_missing_records(hubspot: HubSpotBench) -> None:
    body = {"status": "error", "category": "OBJECT_NOT_FOUND", "message": "none"}
    hubspot.wire.answers.extend([answer(404, body), answer(404, body)])

    assert hubspot.crm.read("contact", ["1"], []) == {}


def test_a_page_where_the_api_should_be_is_no_missing_record(hubspot: HubSpotBench) -> None:
    hubspot.wire.answers.append(answer(404, "<html>not here</html>"))

    with pytest.raises(CrmError) as caught:
        hubspot.crm.read("contact", ["1"], [])

    assert (caught.value.fault.error, caught.value.fault.code) == (ErrorClass.TRANSIENT, "HTTP 404")


def test_a_refused_token_suspends(hubspot: HubSpotBench) -> None:
    hubspot.sandbox.tokens.clear()

    with pytest.raises(CrmError) as caught:
        hubspot.crm.check()

    assert (caught.value.fault.error, caught.value.fault.code) == (ErrorClass.AUTH, "INVALID_AUTHENTICATION")


def test_the_daily_allowance_comes_back_at_midnight_of_the_account() -> None:
    bench = HubSpotBench(daily_limit=1, time_zone="America/New_York")
    bench.crm.check()

    with pytest.raises(CrmError) as caught:
        bench.crm.check()

    # 10:00 UTC is 05:00 in New York.
    assert (caught.value.fault.error, caught.value.fault.retry_after) == (ErrorClass.QUOTA, 19 * 3600.0)


def test_an_object_type_that_is_not_synced_is_refused(hubspot: HubSpotBench) -> None:
    with pytest.raises(InvalidInput, match="'ticket' is not synced"):
        hubspot.crm.read("ticket", ["1"], [])


def test_a_token_of_another_account_is_told(hubspot: HubSpotBench) -> None:
    hubspot.wire.answers.append(answer(200, {"portalId": 5, "timeZone": "Nowhere/Atall"}))

    assert hubspot.crm.check().says == "the access token belongs to HubSpot account 5, not to 4711"
