from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from contract.errors import CrmError, ErrorClass, Fault, LeaseLost
from contract.records import Side
from diptych import logs


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    handlers, level = logging.getLogger().handlers, logging.getLogger().level
    yield
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    logging.getLogger().handlers, logging.getLogger().level = handlers, level


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def json_logs(level: str = "info") -> io.StringIO:
    stream = io.StringIO()
    logs.set_up(level, "json", stream)
    return stream


def test_a_line_is_one_json_object_with_time_level_and_context() -> None:
    stream = json_logs()
    with structlog.contextvars.bound_contextvars(portal=7):
        structlog.get_logger("any").info("batch.done", rows=3)
    [line] = lines(stream)
    assert (line["event"], line["level"], line["rows"], line["portal"]) == ("batch.done", "info", 3, 7)
    assert line["timestamp"].endswith("Z")


def test_lower_levels_are_not_shown() -> None:
    stream = json_logs("warning")
    structlog.get_logger().info("quiet")
    structlog.get_logger().warning("loud")
    assert [line["event"] for line in lines(stream)] == ["loud"]


def test_the_console_has_no_colours_where_there_is_no_terminal() -> None:
    stream = io.StringIO()
    logs.set_up("info", "console", stream)
    structlog.get_logger().warning("portal.hold", portal=7)
    assert "portal.hold" in stream.getvalue()
    assert "\x1b[" not in stream.getvalue()


def test_libraries_are_heard_from_warning_on_and_redacted() -> None:
    stream = json_logs("debug")
    logging.getLogger("urllib3").info("chatter")
    logging.getLogger("flask.app").error("Exception on /webhooks/salesforce/s3cret [POST] by ada@example.com")
    [line] = lines(stream)
    assert (line["event"], line["logger"], line["level"]) == (logs.LIBRARY, "flask.app", "error")
    assert line["says"] == "Exception on /webhooks/salesforce/<webhook_secret> [POST] by [e-mail]"


def test_a_traceback_shows_places_and_types_but_no_foreign_message() -> None:
    stream = json_logs()
    try:
        int("Ada Lovelace")
    except ValueError:
        structlog.get_logger().exception("worker.surprise")
    [line] = lines(stream)
    assert 'int("Ada Lovelace")' in line["exception"]  # the source line of this test, not its value
    assert line["exception"].endswith("ValueError")


def test_our_own_errors_keep_their_message_and_their_cause() -> None:
    stream = json_logs()
    fault = Fault(error=ErrorClass.DATA, code="STRING_TOO_LONG", says="too long", side=Side.SALESFORCE)
    error = LeaseLost("portal 7 belongs to another worker now")
    error.__cause__ = CrmError(fault)
    structlog.get_logger().warning("worker.fault", exc_info=error)
    text = lines(stream)[0]["exception"]
    assert "CrmError: salesforce: STRING_TOO_LONG: too long\nwhich led to\n" in text
    assert text.endswith("LeaseLost: portal 7 belongs to another worker now")
