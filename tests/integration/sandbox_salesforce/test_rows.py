"""Create, read, update and delete of one record."""

from __future__ import annotations

import pytest

from sandbox.salesforce import SalesforceSandbox
from sandbox.salesforce.ids import long_id

from .client import Api, ManualClock

AUDIT = ("CreatedById", "CreatedDate", "LastModifiedById", "LastModifiedDate", "SystemModstamp")


def test_create_answers_an_18_character_id_of_the_object(api: Api) -> None:
    reply = api.call("POST", "sobjects/Lead", {"LastName": "Hopper", "Company": "Navy"})
    assert (reply.status, reply.body["success"], reply.body["errors"]) == (201, True, [])
    record_id = reply.body["id"]
    assert record_id[:3] == "00Q"
    assert long_id(record_id[:15]) == record_id
    assert reply.headers["Location"] == f"/services/data/v66.0/sobjects/Lead/{record_id}"


def test_known_ids_get_their_check_characters() -> None:
    assert long_id("001D000000IqhSL") == "001D000000IqhSLIAZ"
    assert long_id("0031i000013x2TE") == "0031i000013x2TEAAY"
    assert long_id("0031i000013x2TEAAZ") is None
    assert long_id("00Q") is None


def test_stamps_are_whole_seconds_of_the_acting_user(
    api: Api, sf: SalesforceSandbox, clock: ManualClock
) -> None:
    clock.advance(0.75)
    row = api.read("Lead", api.create("Lead", LastName="Hopper", Company="Navy"))
    user, stamp = sf.integration_user_id, "2026-11-24T10:00:00.000+0000"
    assert [row[name] for name in AUDIT] == [user, stamp, user, stamp, stamp]


def test_read_takes_short_ids_and_answers_only_asked_fields(api: Api, lead: str) -> None:
    reply = api.call("GET", f"sobjects/Lead/{lead[:15]}", fields="email,Name")
    url = f"/services/data/v66.0/sobjects/Lead/{lead}"
    attributes = {"type": "Lead", "url": url}
    assert reply.body == {
        "attributes": attributes,
        "Id": lead,
        "Email": "ada@example.com",
        "Name": "Lovelace",
    }


def test_an_unchanged_save_still_moves_the_stamps(api: Api, lead: str, clock: ManualClock) -> None:
    clock.advance(60)
    assert api.call("PATCH", f"sobjects/Lead/{lead}", {"LastName": "Lovelace"}).status == 204
    row = api.read("Lead", lead)
    assert row["SystemModstamp"] == row["LastModifiedDate"] == "2026-11-24T10:01:00.000+0000"
    assert row["CreatedDate"] == "2026-11-24T10:00:00.000+0000"


def test_blank_text_is_stored_as_null_and_absent_fields_stay(api: Api, lead: str) -> None:
    api.call("PATCH", f"sobjects/Lead/{lead}", {"Phone": "  ", "Title": ""})
    row = api.read("Lead", lead)
    assert (row["Phone"], row["Title"], row["Email"]) == (None, None, "ada@example.com")


def test_deleted_records_are_gone_for_rows_but_named_as_deleted_to_writers(api: Api, lead: str) -> None:
    assert api.call("DELETE", f"sobjects/Lead/{lead}").status == 204
    path = f"sobjects/Lead/{lead}"
    replies = [api.call("GET", path), api.call("PATCH", path, {"Title": "x"}), api.call("DELETE", path)]
    assert [(reply.status, reply.code) for reply in replies] == [
        (404, "NOT_FOUND"),
        (404, "ENTITY_IS_DELETED"),
        (404, "ENTITY_IS_DELETED"),
    ]


@pytest.mark.parametrize("record_id", ["nonsense", "003Dp0000000001", "00QDp0000zzzzzz"])
def test_unknown_ids_are_not_found(api: Api, record_id: str) -> None:
    for method in ("GET", "DELETE"):
        reply = api.call(method, f"sobjects/Lead/{record_id}")
        assert (reply.status, reply.code) == (404, "NOT_FOUND")


def test_what_the_real_api_lacks_is_refused(api: Api, lead: str) -> None:
    for method, path in (("POST", "sobjects/Lead/merge"), ("POST", f"sobjects/Lead/{lead}/convert")):
        assert api.call(method, path, {}).status in (404, 405)
    reply = api.call("PUT", "sobjects/Lead")
    assert (reply.status, reply.code) == (405, "METHOD_NOT_ALLOWED")
    assert "Allowed are GET,POST" in reply.body[0]["message"]
    assert api.call("GET", "sobjects/Nothing__c").status == 404
    assert api.call("GET", "sobjects", version="v29.0").status == 404


def test_bodies_must_be_json_objects(api: Api) -> None:
    headers = {"Authorization": "Bearer session-of-the-tests", "Content-Type": "application/json"}
    path = "/services/data/v66.0/sobjects/Lead"
    for data in (b"{", b"[]", b""):
        reply = api.raw("POST", path, data=data, headers=headers)
        assert (reply.status, reply.code) == (400, "JSON_PARSER_ERROR")
    reply = api.raw("POST", path, data=b"a=b", headers={**headers, "Content-Type": "text/plain"})
    assert (reply.status, reply.code) == (415, "UNSUPPORTED_MEDIA_TYPE")


def test_a_conditional_update_fails_when_the_record_is_newer(api: Api, lead: str, clock: ManualClock) -> None:
    clock.advance(5)
    path = f"sobjects/Lead/{lead}"
    assert api.call("PATCH", path, {"Title": "a"}).status == 204
    stale = {"If-Unmodified-Since": "Tue, 24 Nov 2026 10:00:00 GMT"}
    fresh = {"If-Unmodified-Since": "Tue, 24 Nov 2026 10:00:05 GMT"}
    assert api.call("PATCH", path, {"Title": "b"}, headers=stale).status == 412
    assert api.call("PATCH", path, {"Title": "b"}, headers=fresh).status == 204


def test_an_id_in_the_body_of_an_update_is_refused(api: Api, lead: str) -> None:
    reply = api.call("PATCH", f"sobjects/Lead/{lead}", {"Id": lead})
    assert (reply.status, reply.code) == (400, "INVALID_FIELD")
    assert reply.body[0]["message"] == "The Id field should not be specified in the sobject data."
