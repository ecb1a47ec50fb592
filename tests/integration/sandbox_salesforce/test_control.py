"""The control API and the pages: a person's acts by HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.kit import Faults
from sandbox.salesforce import SalesforceSandbox

from .client import Api, Inbox, Reply

PERSON = {"LastName": "Hopper", "Company": "Navy", "Email": "g@example.com"}


def control(api: Api, method: str, path: str, body: Any = None) -> Reply:
    return api.raw(method, f"/_sandbox/{path}", **({} if body is None else {"json": body}))


def test_records_by_control(api: Api, sf: SalesforceSandbox) -> None:
    made = control(api, "POST", "sobjects/Lead", {"fields": PERSON, "user": sf.org.users.colleague})
    record_id = made.body["id"]
    path = f"sobjects/Lead/{record_id}"
    assert made.status == 201
    assert sf.record("Lead", record_id)["CreatedById"] == sf.org.users.colleague
    assert control(api, "PATCH", path, {"fields": {"Title": "x"}}).status == 200
    assert control(api, "DELETE", path).status == 200
    rows = control(api, "GET", "sobjects/Lead").body
    assert [(row["Id"], row["Title"], row["IsDeleted"]) for row in rows] == [(record_id, "x", True)]
    assert control(api, "POST", f"{path}/undelete").status == 200
    control(api, "DELETE", path)
    assert control(api, "POST", f"{path}/purge").status == 200
    assert sf.state("Lead") == []
    assert sf.calls.total() == 0


def test_acts_by_control(api: Api, sf: SalesforceSandbox) -> None:
    one, two = (sf.ui_create("Lead", {**PERSON, "LastName": name}) for name in ("a", "b"))
    merge = {"object": "Lead", "master": one, "losers": [two], "fields": {"Title": "x"}}
    assert control(api, "POST", "merge", merge).status == 200
    assert sf.record("Lead", two)["MasterRecordId"] == one
    made = control(api, "POST", "convert", {"lead": one}).body
    assert sf.record("Lead", one)["ConvertedContactId"] == made["contact_id"]
    assert sf.record("Contact", made["contact_id"])["AccountId"] == made["account_id"]


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("POST", "sobjects/Lead", {"fields": {}}, 400, "REQUIRED_FIELD_MISSING"),
        ("POST", "sobjects/Lead", {}, 400, "BAD_CONTROL_CALL"),
        ("POST", "sobjects/Lead", [], 400, "BAD_CONTROL_CALL"),
        ("POST", "sobjects/Lead", {"fields": PERSON, "user": "me"}, 400, "INVALID_CROSS_REFERENCE_KEY"),
        ("GET", "sobjects/Shoe", None, 400, "INVALID_TYPE"),
        ("PUT", "faults", {"gremlins": 1}, 400, "BAD_CONTROL_CALL"),
        ("POST", "sobjects/Lead/00QDp0000zzzzzz/undelete", None, 400, "UNDELETE_FAILED"),
    ],
)
def test_senseless_control_calls(api: Api, method: str, path: str, body: Any, status: int, code: str) -> None:
    reply = control(api, method, path, body)
    assert (reply.status, reply.code) == (status, code)


def test_messages_and_calls_by_control(api: Api, sf: SalesforceSandbox, inbox: Inbox, lead: str) -> None:
    assert control(api, "PUT", "target", {"url": "http://receiver.example/"}).status == 200
    waiting = control(api, "GET", "notices").body["waiting"]
    assert [(one["object"], one["record_id"], one["attempt"]) for one in waiting] == [("Lead", lead, 0)]
    assert control(api, "POST", "pump").body == {"waiting": 0}
    seen = control(api, "GET", "notices").body
    assert (seen["waiting"], seen["counts"]["delivered"], len(inbox.bodies)) == ([], 1, 1)
    assert [(one["record_ids"], one["accepted"]) for one in seen["sent"]] == [([lead], True)]
    api.query("SELECT Id FROM Lead")
    assert control(api, "GET", "calls").body == {"total": 1, "counts": {"GET /query": 1}}
    control(api, "DELETE", "calls")
    assert control(api, "GET", "calls").body["total"] == 0
    control(api, "PUT", "outbound", {"object": "Lead", "fields": ["Id", "LastName"]})
    assert sf.outbound.actions["Lead"].fields == ("Id", "LastName")


def test_behaviour_by_control(api: Api, sf: SalesforceSandbox, lead: str) -> None:
    control(api, "PUT", "faults", {"server_error": 0.5})
    assert sf.faults == Faults(server_error=0.5)
    assert control(api, "GET", "faults").body["server_error"] == 0.5
    control(api, "PUT", "faults", {})
    control(api, "POST", "deny-field", {"object": "Lead", "field": "Phone"})
    assert api.query("SELECT Phone FROM Lead").code == "INVALID_FIELD"
    rule = {"object": "Lead", "field": "Title", "regex": "[a-z]+", "message": "Lower case, please."}
    control(api, "POST", "validation-rules", rule)
    reply = api.call("PATCH", f"sobjects/Lead/{lead}", {"Title": "X"})
    assert reply.code == "FIELD_CUSTOM_VALIDATION_EXCEPTION"
    control(api, "POST", "duplicate-rules", {"object": "Lead"})
    twin = {"LastName": "x", "Company": "y", "Email": "ada@example.com"}
    assert api.call("POST", "sobjects/Lead", twin).code == "DUPLICATES_DETECTED"
    control(api, "POST", "refuse", {"seconds": 60})
    assert api.query("SELECT Id FROM Lead").code == "REQUEST_LIMIT_EXCEEDED"
    control(api, "POST", "expire-tokens")
    assert api.query("SELECT Id FROM Lead").status == 401


def page(api: Api, path: str, form: dict[str, str] | None = None) -> Reply:
    if form is None:
        return api.raw("GET", path)
    return api.raw("POST", path, data=form, follow_redirects=True)


def test_the_front_page_shows_records_messages_and_calls(
    api: Api, sf: SalesforceSandbox, inbox: Inbox, lead: str
) -> None:
    sf.target_url = "http://receiver.example/webhooks/salesforce/hush"
    sf.ui_convert(lead)
    api.read("Lead", lead)
    shown = page(api, "/deliver", {}).body
    assert f"converted into {sf.record('Lead', lead)['ConvertedContactId']}" in shown
    assert f"GET v66.0/sobjects/Lead/{lead}" in shown
    assert "0 messages waiting" in shown
    assert "hush" not in shown
    assert len(inbox.bodies) == 2
    for name in sf.org.objects:
        assert page(api, f"/?object={name}").status == 200
    assert page(api, "/?object=Shoe").status == 404


def test_records_can_be_made_changed_deleted_and_brought_back(api: Api, sf: SalesforceSandbox) -> None:
    assert "Hopper" in page(api, "/records/Lead", {**PERSON, "Phone": ""}).body
    record_id = sf.state("Lead")[0]["Id"]
    path = f"/records/Lead/{record_id}"
    sf.ui_update("Lead", record_id, {"Description": "two\nlines", "Rating": "Hot"})
    form = {"LastName": "<b>", "Description": "two\r\nlines", "Rating": "", "HasOptedOutOfEmail": "true"}
    assert "&lt;b&gt;" in page(api, path, form).body
    row = sf.record("Lead", record_id)
    kept = [row[name] for name in ("LastName", "Description", "Rating", "HasOptedOutOfEmail")]
    assert kept == ["<b>", "two\nlines", None, True]
    assert "in the recycle bin" in page(api, f"{path}/act", {"act": "delete"}).body
    page(api, f"{path}/act", {"act": "undelete"})
    assert sf.record("Lead", record_id)["IsDeleted"] is False


def test_merging_and_converting_by_page(api: Api, sf: SalesforceSandbox, lead: str) -> None:
    other = sf.ui_create("Lead", PERSON)
    page(api, f"/records/Lead/{lead}/act", {"act": "merge", "loser": other})
    assert f"merged into {lead}" in page(api, f"/records/Lead/{other}").body
    page(api, f"/records/Lead/{lead}/act", {"act": "convert"})
    assert sf.record("Lead", lead)["IsConverted"] is True


def test_a_refusal_is_shown_on_the_page(api: Api, sf: SalesforceSandbox, lead: str) -> None:
    assert "invalid email address: bad" in page(api, f"/records/Lead/{lead}", {"Email": "bad"}).body
    assert "Required fields are missing" in page(api, "/records/Lead", {"LastName": "x"}).body
    assert (
        "one or two other records"
        in page(api, f"/records/Lead/{lead}/act", {"act": "merge", "loser": lead}).body
    )
    assert page(api, "/records/Lead/nobody").status == 404
    assert page(api, "/records/Shoe", {}).status == 404
