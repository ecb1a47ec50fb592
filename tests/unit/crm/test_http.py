"""The HTTP layer: addresses, sessions, and what a failure is taken for."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter

from adapters.crm.http import Http, checked_url, new_session
from adapters.crm.hubspot_api import Pacer
from adapters.crm.salesforce_api import read_usage
from contract.errors import CrmError, ErrorClass, InvalidInput
from contract.ports import Usage
from contract.records import Side
from tests.fakes.canned import Answer, Canned, answer

NOW = datetime(2026, 11, 24, tzinfo=UTC)


class SilentMeter:
    def before(self, side: Side) -> None: ...

    def after(self, side: Side, status: int) -> None: ...


def http(*answers: Answer, plain: str = "") -> tuple[Http, Canned]:
    session, wire = new_session(), Canned(*answers)
    session.mount("https://", wire)
    session.mount("http://", wire)
    layer = Http(
        session=session,
        meter=SilentMeter(),
        side=Side.SALESFORCE,
        portal=1,
        clock=lambda: NOW,
        read_usage=read_usage,
        plain_hosts=frozenset({plain}),
    )
    return layer, wire


@pytest.mark.parametrize(
    "url",
    [
        "https://api.hubapi.com/",
        "http://localhost:80",
        "http://127.0.0.1:1",
        "http://127.9.9.9",
        "http://[::1]:9",
    ],
)
def test_https_and_this_machines_own_addresses_are_taken(url: str) -> None:
    assert checked_url(url, key="k", allow_plain_http=False) == url.rstrip("/")


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1.example.com", "http://localhost.example.com", "//x", "", "file:///etc/passwd"]
)
def test_look_alikes_are_refused(url: str) -> None:
    with pytest.raises(InvalidInput):
        checked_url(url, key="k", allow_plain_http=False)


@pytest.mark.parametrize(
    ("url", "sent"),
    [
        ("https://127.0.0.1:8090/a?b=c", "http://127.0.0.1:8090/a?b=c"),
        ("https://127.0.0.1:9999/a", "https://127.0.0.1:9999/a"),
        ("https://acme.my.salesforce.com/a", "https://acme.my.salesforce.com/a"),
    ],
)
def test_only_addresses_configured_as_http_are_called_so(url: str, sent: str) -> None:
    layer, wire = http(answer(200, {}), plain="127.0.0.1:8090")

    layer.request("GET", url, template="a")

    assert wire.seen[0].url == sent


def test_redirections_are_not_followed_for_a_token_must_not_travel() -> None:
    layer, wire = http(answer(302, "", {"Location": "https://evil.example.com"}))

    assert layer.request("GET", "https://a.example.com", template="a").status_code == 302
    assert len(wire.seen) == 1


@pytest.mark.parametrize(
    ("error", "code", "doubt"),
    [
        (requests.ConnectTimeout("x"), "TIMEOUT", False),
        (requests.ReadTimeout("x"), "TIMEOUT", True),
        (requests.exceptions.SSLError("x"), "TLS", False),
        (requests.exceptions.ProxyError("x"), "NO_CONNECTION", False),
        (requests.ConnectionError("reset"), "NO_CONNECTION", True),
        (requests.exceptions.ChunkedEncodingError("half"), "NO_CONNECTION", True),
    ],
)
def test_a_write_may_be_done_unless_it_surely_never_left(
    error: requests.RequestException,
    code: str,
    doubt: bool,  # noqa: FBT001  # parameter of a table
) -> None:
    layer, _ = http(error)

    with pytest.raises(CrmError) as caught:
        layer.request("POST", "https://a.example.com", template="a", write=True)

    found = caught.value.fault
    assert (found.error, found.code, found.maybe_done) == (ErrorClass.TRANSIENT, code, doubt)


def test_a_ca_file_that_cannot_be_read_is_a_fault_like_any_other() -> None:
    session = new_session(ca_file="/nowhere/ca.pem")
    layer = replace(http()[0], session=session)
    with pytest.raises(CrmError) as caught:
        layer.request("POST", "https://acme.example/x", template="x", write=True)
    fault = caught.value.fault
    assert (fault.code, fault.maybe_done) == ("CA_FILE", False)
    assert fault.says == "Salesforce was not asked, since its CA file cannot be read"


def test_the_last_known_usage_outlives_answers_that_do_not_tell() -> None:
    layer, _ = http(answer(200, {}, {"Sforce-Limit-Info": "api-usage=18/5000"}), answer(200, {}))

    layer.request("GET", "https://a.example.com", template="a")
    layer.request("GET", "https://a.example.com", template="a")

    assert layer.usage == Usage(used=18, limit=5000)


@pytest.mark.parametrize(
    ("header", "usage"),
    [
        ("api-usage=25/5000; per-app-api-usage=17/250(appName=x)", Usage(used=25, limit=5000)),
        ("per-app-api-usage=17/250(appName=x)", None),
        ("per-app-api-usage=17/250(appName=x);api-usage=25/5000", Usage(used=25, limit=5000)),
        ("", None),
    ],
)
def test_the_orgs_usage_is_not_mistaken_for_the_apps(header: str, usage: Usage | None) -> None:
    assert read_usage({"Sforce-Limit-Info": header}) == usage


def test_every_call_has_a_time_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []

    def send(_: HTTPAdapter, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        seen.append(options["timeout"])
        return answer(200, {})

    monkeypatch.setattr(HTTPAdapter, "send", send)
    new_session().get("https://a.example.com")
    new_session(timeout=(1, 2)).get("https://a.example.com")
    new_session().get("https://a.example.com", timeout=9)

    assert seen == [(5.0, 30.0), (1, 2), 9]


def test_a_session_takes_nothing_from_its_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/somewhere/else.pem")
    session = new_session(ca_file="/etc/own.pem")

    merged = session.merge_environment_settings("https://a.example.com", {}, None, None, None)

    assert merged["verify"] == "/etc/own.pem"
    assert not session.trust_env
    assert session.adapters["https://"].max_retries.total == 0  # type: ignore[attr-defined]  # an HTTPAdapter


def test_the_pacer_lets_a_burst_through_and_then_waits() -> None:
    slept: list[float] = []
    pacer = Pacer(clock=lambda: NOW, sleep=slept.append, limit=3, seconds=1.0)

    for _ in range(5):
        pacer.wait()

    assert slept == [1.0, 1.0]
