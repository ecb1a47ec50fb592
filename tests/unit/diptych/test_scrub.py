from __future__ import annotations

import sys
from typing import Any

from contract.errors import BrokerUnavailable, DiptychError
from diptych.errors_to_sentry import LEFT_OUT, scrub


def scrubbed(event: dict[str, Any], error: BaseException | None = None) -> dict[str, Any]:
    hint = {"exc_info": (type(error), error, None)} if error else {}
    return dict(scrub(event, hint))  # type: ignore[arg-type]  # an event as the client gathers it


def one_exception(error: BaseException) -> dict[str, Any]:
    frames = [{"filename": "a.py", "lineno": 3, "vars": {"name": "Ada"}, "context_line": "boom()"}]
    values = [{"type": type(error).__name__, "value": str(error), "stacktrace": {"frames": frames}}]
    return {"exception": {"values": values}}


def test_only_known_tags_of_the_right_form_are_sent() -> None:
    tags = {
        "portal": 7,
        "object_type": "Lead",
        "record_id": "00QDp0000hp2cEZMAY",
        "trace_id": "ada@example.com",
        "code": "a sentence",
        "name": "Ada",
    }
    assert scrubbed({"tags": tags})["tags"] == {
        "portal": "7",
        "object_type": "Lead",
        "record_id": "00QDp0000hp2cEZMAY",
    }


def test_only_record_names_are_sent_as_extra() -> None:
    extra = {"records": ["HubSpot contact 7", "ada@example.com"], "sys.argv": ["why", "ada@example.com"]}
    assert scrubbed({"extra": extra})["extra"] == {"records": ["HubSpot contact 7"]}


def test_a_foreign_message_is_left_out_and_ours_is_redacted() -> None:
    foreign = scrubbed(one_exception(ValueError("Ada")), ValueError("Ada"))
    ours = DiptychError("ada@example.com is taken")
    assert foreign["exception"]["values"][0]["value"] == LEFT_OUT
    assert scrubbed(one_exception(ours), ours)["exception"]["values"][0]["value"] == "[e-mail] is taken"


def test_a_foreign_error_of_the_same_name_does_not_pass_for_ours() -> None:
    class BrokerUnavailable(Exception):  # noqa: N818
        pass

    theirs = BrokerUnavailable("Ada")
    assert scrubbed(one_exception(theirs), theirs)["exception"]["values"][0]["value"] == LEFT_OUT


def test_the_message_of_a_foreign_cause_is_left_out_too() -> None:
    try:
        try:
            int("Ada")
        except ValueError as cause:
            raise BrokerUnavailable("no confirm within 3 s") from cause
    except BrokerUnavailable:
        error = sys.exc_info()[1]
    assert error is not None
    values = [{"type": "ValueError", "value": "Ada"}, {"type": "BrokerUnavailable", "value": str(error)}]
    found = scrubbed({"exception": {"values": values}}, error)["exception"]["values"]
    assert [one["value"] for one in found] == [LEFT_OUT, "no confirm within 3 s"]


def test_frames_keep_their_place_and_lose_their_variables() -> None:
    [one] = scrubbed(one_exception(ValueError("x")))["exception"]["values"]
    assert one["stacktrace"]["frames"] == [{"filename": "a.py", "lineno": 3, "context_line": "boom()"}]


def test_a_request_is_its_method_and_route_alone() -> None:
    request = {
        "method": "POST",
        "url": "https://h/webhooks/salesforce/s3cret",
        "headers": {"Authorization": "Bearer x"},
        "data": "body",
        "env": {"REMOTE_ADDR": "10.0.0.1"},
    }
    found = scrubbed({"request": request, "transaction": "/webhooks/salesforce/<webhook_secret>"})
    assert found["request"] == {"method": "POST", "url": "/webhooks/salesforce/<webhook_secret>"}


def test_everything_else_is_dropped() -> None:
    found = scrubbed(
        {
            "event_id": "1",
            "level": "error",
            "user": {"email": "ada@example.com"},
            "breadcrumbs": {"values": [{"message": "Ada"}]},
            "contexts": {"x": {"name": "Ada"}},
            "logentry": {"message": "Ada"},
            "modules": {"flask": "3"},
        }
    )
    assert found == {
        "event_id": "1",
        "level": "error",
        "tags": {},
        "extra": {"records": []},
        "exception": {"values": []},
    }
