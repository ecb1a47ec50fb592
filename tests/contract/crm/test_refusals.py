"""How both gateways tell a call that failed as a whole."""

from __future__ import annotations

import traceback
from dataclasses import replace

import pytest
import requests
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import MaxRetryError, NewConnectionError

from adapters.crm import open_hubspot, open_salesforce
from adapters.crm.http import new_session
from contract.errors import CrmError, ErrorClass, Fault, InvalidInput
from contract.records import Side
from sandbox.kit import Faults
from tests.contract.crm.benches import Bench, HandClock, Meter, portal, statuses, update


def _fault_of_read(bench: Bench) -> Fault:
    with pytest.raises(CrmError) as caught:
        bench.crm.read(bench.object_type, ["1", "00QDp0000000001MAA"], [])
    return caught.value.fault


def test_a_crm_that_wants_fewer_calls_makes_the_portal_wait(bench: Bench) -> None:
    bench.crm.check()
    bench.refuse_for(60)

    fault = _fault_of_read(bench)

    assert fault.error is ErrorClass.QUOTA
    assert fault.retry_after == (10.0 if bench.side is Side.HUBSPOT else None)


def test_a_server_out_of_order_passes(bench: Bench) -> None:
    bench.crm.check()
    bench.misbehave(Faults(server_error=1.0))

    fault = _fault_of_read(bench)

    assert (fault.error, fault.maybe_done) == (ErrorClass.TRANSIENT, False)
    assert statuses(bench)[-1] == 503


def test_a_write_answered_by_a_server_out_of_order_may_be_done(bench: Bench) -> None:
    record_id = bench.add("a@example.com")
    bench.crm.schema(bench.object_type)
    bench.misbehave(Faults(server_error=1.0))

    with pytest.raises(CrmError) as caught:
        bench.crm.apply([update(bench, record_id, first="Zoe")])

    assert (caught.value.fault.error, caught.value.fault.maybe_done) == (ErrorClass.TRANSIENT, True)


def test_a_write_that_found_no_connection_was_not_done(bench: Bench) -> None:
    record_id = bench.add("a@example.com")
    bench.crm.schema(bench.object_type)
    pool = HTTPConnectionPool("crm.invalid")
    reason = NewConnectionError(pool, "refused")  # type: ignore[arg-type]  # any object stands for a connection
    bench.wire.answers.append(requests.ConnectionError(MaxRetryError(pool, "/?q=secret", reason)))

    with pytest.raises(CrmError) as caught:
        bench.crm.apply([update(bench, record_id, first="Zoe")])

    assert (caught.value.fault.code, caught.value.fault.maybe_done) == ("NO_CONNECTION", False)
    assert "q=secret" not in "".join(traceback.format_exception(caught.value))


def test_the_address_of_a_lost_call_is_not_passed_on_for_it_may_hold_values(bench: Bench) -> None:
    bench.crm.check()
    bench.wire.answers.append(requests.ConnectionError("GET /query?q=ada@example.com"))

    with pytest.raises(CrmError) as caught:
        bench.crm.read(bench.object_type, ["1", "00QDp0000000001MAA"], [])

    assert "ada@example.com" not in "".join(traceback.format_exception(caught.value))


def test_a_read_that_times_out_is_no_doubt_about_anything(bench: Bench) -> None:
    bench.crm.check()
    bench.wire.answers.append(requests.ReadTimeout("slow"))

    fault = _fault_of_read(bench)

    assert (fault.error, fault.code, fault.maybe_done) == (ErrorClass.TRANSIENT, "TIMEOUT", False)


def test_the_meter_is_asked_before_and_told_after_each_call(bench: Bench) -> None:
    bench.crm.schema(bench.object_type)

    assert [status is None for _, status in bench.meter.calls] == [True, False] * (
        len(bench.meter.calls) // 2
    )
    assert {side for side, _ in bench.meter.calls} == {bench.side}
    assert set(statuses(bench)) == {200}


def test_a_spent_budget_stops_the_call_before_it_is_made(bench: Bench) -> None:
    spent = CrmError(Fault(error=ErrorClass.QUOTA, code="BUDGET", says="spent", retry_after=30.0))
    bench.meter.spent = spent

    with pytest.raises(CrmError) as caught:
        bench.crm.check()

    assert caught.value is spent
    assert bench.wire.seen == []


@pytest.mark.parametrize("url", ["http://crm.example.com", "http://10.0.0.1:80", "ftp://127.0.0.1", "crm"])
def test_plain_http_is_for_this_machine_only(url: str) -> None:
    given = portal()
    far_hubspot = replace(given, hubspot=replace(given.hubspot, base_url=url))
    far_salesforce = replace(given, salesforce=replace(given.salesforce, instance_url=url))

    for opener, far, key in (
        (open_hubspot, far_hubspot, "hubspot.base_url"),
        (open_salesforce, far_salesforce, "salesforce.instance_url"),
    ):
        with pytest.raises(InvalidInput) as caught:
            opener(far, session=new_session(), meter=Meter(), clock=HandClock())
        assert set(caught.value.faults) == {key}


def test_plain_http_elsewhere_can_be_allowed() -> None:
    given = portal()
    far = replace(given, hubspot=replace(given.hubspot, base_url="http://crm.example.com"))

    assert open_hubspot(far, session=new_session(), meter=Meter(), clock=HandClock(), allow_plain_http=True)


def test_tokens_and_values_stay_out_of_the_log(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    bench.crm.find(bench.object_type, bench.names["email"], ["ada.byron@example.com"], [])

    printed = capsys.readouterr().out
    assert "crm_call" in printed
    for secret in ("ada", "pat-eu1", "sandbox-consumer", "00DDp"):
        assert secret not in printed
