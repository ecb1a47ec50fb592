from __future__ import annotations

import atexit
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest
import sentry_sdk
from click.testing import CliRunner

from diptych import wsgi
from diptych.cli import main, processes
from tests.integration.sentry.sink import Sink

PERSON = "Lovelace <ada@example.com>"
"""Far from `broken`, whose source lines an event shows."""


def environ(sink: Sink, folder: Path) -> dict[str, str]:
    return {"DIPTYCH_DATA_DIR": str(folder), "DIPTYCH_SENTRY_DSN": sink.dsn}


def broken(*_: Any) -> NoReturn:
    raise RuntimeError(PERSON)


@pytest.mark.parametrize(
    ("process", "part"), [("run", "run_all"), ("webhooks", "build_webhooks"), ("consumers", "build_worker")]
)
def test_what_ends_a_process_is_told_with_its_name(
    sink: Sink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, process: str, part: str
) -> None:
    monkeypatch.setattr(processes, part, broken)
    result = CliRunner().invoke(main, [process], env=environ(sink, tmp_path))
    sentry_sdk.flush(5)
    [event] = sink.events
    assert event["tags"] == {"process": process}
    assert event["exception"]["values"][0]["type"] == "RuntimeError"
    assert "Lovelace" not in sink.raw[0]
    assert result.exit_code == 1
    assert "something unforeseen happened (RuntimeError)" in result.stderr
    assert "Lovelace" not in result.output


def test_the_receiver_under_gunicorn_is_watched_too(
    sink: Sink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_exit: list[Callable[[], object]] = []
    monkeypatch.setattr(atexit, "register", at_exit.append)
    for name, value in environ(sink, tmp_path).items():
        monkeypatch.setenv(name, value)
    app = wsgi.app_from_environment()
    try:
        app.add_url_rule("/broken", "broken", broken)
        assert app.test_client().get("/broken?email=ada@example.com").status_code == 500
    finally:
        for close in at_exit:
            close()
    sentry_sdk.flush(5)
    [event] = sink.events
    assert event["tags"] == {"process": "webhooks"}
    assert event["request"] == {"method": "GET", "url": "/broken"}
    assert "ada@example.com" not in sink.raw[0]
