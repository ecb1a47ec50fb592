"""A secret never prints itself, wherever it stands."""

from __future__ import annotations

import json
import logging
import pprint
import traceback
from io import StringIO

import pytest
import rich.console
import rich.pretty
import structlog
from structlog.testing import capture_logs

from contract.portal_file import load_portal
from contract.secret import Secret
from contract.settings import Portal
from tests.unit.contract.portals import PORTAL_FILE, SECRETS

HIDDEN = Secret("consumer-secret")
PORTAL = load_portal(PORTAL_FILE)


def test_only_reveal_gives_the_text() -> None:
    assert HIDDEN.reveal() == "consumer-secret"
    shown = [
        str(HIDDEN),
        repr(HIDDEN),
        f"{HIDDEN}",
        f"{HIDDEN!r:>40}",
        "%s" % HIDDEN,  # noqa: UP031  # one of the ways to print
        f"{HIDDEN!s:>5}",
    ]
    assert not [text for text in shown if "consumer" in text]


def test_an_empty_secret_is_false() -> None:
    assert not Secret("")
    assert HIDDEN
    assert Secret("a") == Secret("a") != Secret("b")


def test_no_way_to_print_a_portal_shows_a_secret() -> None:
    out = StringIO()
    rich.console.Console(file=out, width=200).print(PORTAL, rich.pretty.Pretty(PORTAL))
    shown = [
        repr(PORTAL),
        str(PORTAL),
        pprint.pformat(PORTAL),
        pprint.pformat([PORTAL, {"a": HIDDEN}]),
        out.getvalue(),
    ]
    assert not [(text, secret) for text in shown for secret in SECRETS if secret in text]


def test_no_log_and_no_traceback_shows_a_secret(caplog: pytest.LogCaptureFixture) -> None:
    with capture_logs() as logs:
        structlog.get_logger().info("portal", portal=PORTAL)
    logging.getLogger("test").warning("portal %s %r", PORTAL, HIDDEN)
    with pytest.raises(ValueError, match="odd") as raised:
        _fail_with(PORTAL, HIDDEN)
    trace = "".join(traceback.TracebackException.from_exception(raised.value, capture_locals=True).format())
    shown = repr(logs) + caplog.text + trace
    assert not [secret for secret in SECRETS if secret in shown]


def _fail_with(portal: Portal, secret: Secret) -> None:
    raise ValueError("odd", portal, secret)


def test_json_refuses_a_secret_rather_than_show_it() -> None:
    with pytest.raises(TypeError):
        json.dumps({"secret": HIDDEN})
