"""A sink in Sentry's place, with this process's client and logs set up as the processes have them."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest
import sentry_sdk
import structlog

from diptych import logs
from diptych.config import load
from diptych.errors_to_sentry import init_sentry
from tests.integration.sentry.sink import Sink, running

PROXIES = ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")


@pytest.fixture
def sink(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sink]:
    """A sink that no client sends to yet; afterwards client and logs are as before."""
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
    handlers, level = logging.getLogger().handlers, logging.getLogger().level
    with running() as found:
        yield found
        sentry_sdk.flush(5)
        sentry_sdk.init(default_integrations=False, auto_enabling_integrations=False)
        sentry_sdk.get_global_scope().clear()
    structlog.reset_defaults()
    logging.getLogger().handlers, logging.getLogger().level = handlers, level


@pytest.fixture
def watched(sink: Sink) -> Sink:
    """The sink, with this process's client and logs set up by hand."""
    logs.set_up("info", "json", io.StringIO())
    init_sentry(load({"DIPTYCH_SENTRY_DSN": sink.dsn, "DIPTYCH_SENTRY_ENVIRONMENT": "test"}), "tested")
    return sink
