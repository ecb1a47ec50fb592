"""The request target as it stood on the wire, from whatever the server left of it."""

from __future__ import annotations

from typing import Any

import pytest

from webhooks.counters import MemoryCounters
from webhooks.wire import wire_origin, wire_target


@pytest.mark.parametrize(
    ("environ", "target"),
    [
        ({"RAW_URI": "/a%2Fb?c=%3A", "PATH_INFO": "/a/b", "QUERY_STRING": "c=%3A"}, "/a%2Fb?c=%3A"),
        ({"REQUEST_URI": "/a%2Fb?c=%3A", "PATH_INFO": "/a/b"}, "/a%2Fb?c=%3A"),
        ({"RAW_URI": "https://host:8443/a?b=c"}, "/a?b=c"),
        ({"RAW_URI": "http://host"}, "/"),
        ({"RAW_URI": "/a?u=http://host/x"}, "/a?u=http://host/x"),
        ({"RAW_URI": "//double/slash"}, "//double/slash"),
        ({"RAW_URI": "", "REQUEST_URI": None, "PATH_INFO": "/a b", "QUERY_STRING": "c=%3A"}, "/a%20b?c=%3A"),
        ({"SCRIPT_NAME": "/mount", "PATH_INFO": "/\xc3\xa9@:~", "QUERY_STRING": ""}, "/mount/%C3%A9@:~"),
    ],
)
def test_the_target_is_the_one_on_the_wire(environ: dict[str, Any], target: str) -> None:
    assert wire_target(environ) == target


def test_the_origin_is_what_this_hop_saw() -> None:
    assert wire_origin({"wsgi.url_scheme": "https", "HTTP_HOST": "a:8443"}) == "https://a:8443"
    assert wire_origin({"SERVER_NAME": "b", "SERVER_PORT": "80"}) == "http://b:80"


def test_counters_add_up_by_name_and_labels() -> None:
    counters = MemoryCounters()
    counters.add("webhook_events", 3, sender="hubspot", outcome="published")
    counters.add("webhook_events", 4, sender="salesforce", outcome="published")
    counters.add("webhook_events", 4, outcome="published", sender="salesforce")
    counters.add("webhook_deliveries", sender="hubspot", outcome="200")
    assert counters.value("webhook_events", outcome="published") == 11
    assert counters.value("webhook_events", sender="salesforce") == 8
    assert counters.value("webhook_deliveries") == 1
    assert counters.snapshot()["webhook_events", (("outcome", "published"), ("sender", "hubspot"))] == 3
