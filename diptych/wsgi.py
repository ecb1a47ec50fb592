"""The receiver of notices for gunicorn, which calls `app_from_environment` in each of its workers."""

from __future__ import annotations

import atexit
import os
from contextlib import ExitStack

from flask import Flask

from diptych import logs
from diptych.config import ensure_keys, load
from diptych.errors_to_sentry import init_sentry
from diptych.wiring import build_webhooks, open_stores


def app_from_environment() -> Flask:
    """The application, its stores open until the process ends. Raises InvalidInput for an unusable one."""
    config = ensure_keys(load(os.environ))
    logs.set_up(config.log_level, config.log_format)
    init_sentry(config, "webhooks")
    stack = ExitStack()
    atexit.register(stack.close)
    return build_webhooks(config, stack.enter_context(open_stores(config)))
