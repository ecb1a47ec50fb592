"""Composite: calls within a call."""

from __future__ import annotations

from typing import Any

from sandbox.salesforce import SalesforceSandbox

from .client import Api, Reply

BASE = "/services/data/v66.0"


def part(name: str, method: str, path: str, body: Any = None, **more: Any) -> dict[str, Any]:
    request = {"referenceId": name, "method": method, "url": f"{BASE}/{path}", **more}
    return request if body is None else {**request, "body": body}


def run(api: Api, *parts: dict[str, Any], all_or_none: bool = False) -> Reply:
    return api.call("POST", "composite", {"allOrNone": all_or_none, "compositeRequest": list(parts)})


def statuses(reply: Reply) -> dict[str, int]:
    return {part["referenceId"]: part["httpStatusCode"] for part in reply.body["compositeResponse"]}


def test_later_calls_use_what_earlier_ones_answered(api: Api, sf: SalesforceSandbox) -> None:
    reply = run(
        api,
        part("account", "POST", "sobjects/Account", {"Name": "Navy"}),
        part("person", "POST", "sobjects/Contact", {"LastName": "Hopper", "AccountId": "@{account.id}"}),
        part("found", "GET", "query?q=SELECT+Id,+AccountId+FROM+Contact+WHERE+Id='@{person.id}'"),
        part("name", "GET", "sobjects/Account/@{found.records[0].AccountId}?fields=Name"),
    )
    assert statuses(reply) == {"account": 201, "person": 201, "found": 200, "name": 200}
    assert reply.body["compositeResponse"][3]["body"]["Name"] == "Navy"
    assert sf.calls.total() == 1


def test_a_failure_halts_only_what_refers_to_it(api: Api) -> None:
    reply = run(
        api,
        part("bad", "POST", "sobjects/Lead", {"Company": "Navy"}),
        part("after", "GET", "sobjects/Lead/@{bad.id}"),
        part("other", "POST", "sobjects/Account", {"Name": "Navy"}),
        part("lost", "GET", "sobjects/Account/@{other.nothing}"),
    )
    assert statuses(reply) == {"bad": 400, "after": 400, "other": 201, "lost": 400}
    answers = reply.body["compositeResponse"]
    assert [answer["body"][0]["errorCode"] for answer in (answers[0], answers[1], answers[3])] == [
        "REQUIRED_FIELD_MISSING",
        "PROCESSING_HALTED",
        "PROCESSING_HALTED",
    ]


def test_all_or_none_rolls_everything_back(api: Api, sf: SalesforceSandbox) -> None:
    reply = run(
        api,
        part("good", "POST", "sobjects/Account", {"Name": "Navy"}),
        part("bad", "POST", "sobjects/Lead", {}),
        all_or_none=True,
    )
    assert statuses(reply) == {"good": 400, "bad": 400}
    assert reply.body["compositeResponse"][0]["body"][0]["errorCode"] == "PROCESSING_HALTED"
    assert sf.state("Account") == []


def test_each_call_may_have_its_own_headers(api: Api, sf: SalesforceSandbox) -> None:
    owner = {"LastName": "x", "Company": "y", "OwnerId": sf.org.users.colleague}
    headers = {"Sforce-Auto-Assign": "FALSE"}
    reply = run(api, part("lead", "POST", "sobjects/Lead", owner, httpHeaders=headers))
    assert statuses(reply) == {"lead": 201}
    assert sf.state("Lead")[0]["OwnerId"] == sf.org.users.colleague


def test_limits_on_calls_and_heavy_calls(api: Api) -> None:
    light = [part(f"r{n}", "GET", "limits") for n in range(26)]
    heavy = [part(f"r{n}", "GET", "query?q=SELECT+Id+FROM+Lead") for n in range(6)]
    assert run(api, *light[:25]).status == 200
    assert run(api, *light).code == "LIMIT_EXCEEDED"
    assert run(api, *heavy).code == "LIMIT_EXCEEDED"


def test_bad_parts_are_refused(api: Api) -> None:
    assert run(api, part("a", "GET", "limits"), part("a", "GET", "limits")).code == "INVALID_INPUT"
    assert run(api, part("a", "GET", "nowhere")).body["compositeResponse"][0]["httpStatusCode"] == 404
    reply = run(api, {"referenceId": "a", "method": "GET", "url": "https://evil.example/"})
    assert reply.body["compositeResponse"][0]["body"][0]["errorCode"] == "INVALID_INPUT"
    assert api.call("POST", "composite", {}).code == "JSON_PARSER_ERROR"
