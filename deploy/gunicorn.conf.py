# ruff: noqa: INP001  # a configuration file, not a module
"""gunicorn for the receiver of notices: `gunicorn --config deploy/gunicorn.conf.py`.

What is Diptych's own comes from DIPTYCH_* (see diptych.env), gunicorn's part from WEB_CONCURRENCY.
"""

import logging
import os
from typing import Any

from diptych.redact import redact

wsgi_app = "diptych.wsgi:app_from_environment()"
bind = os.environ.get("DIPTYCH_BIND") or "127.0.0.1:8400"

workers = int(os.environ.get("WEB_CONCURRENCY") or 2)
worker_class = "gthread"
# A request spends its time waiting for the broker's confirm, so threads serve better than processes.
threads = 16
# Each worker opens its own connections: neither the broker's nor the database's survives a fork.
preload_app = False
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: PTH112, S108  # a heartbeat must not wait for a disk

# An answer is due within 4 s; a worker that says nothing for 30 s hangs.
timeout = 30
graceful_timeout = 20
keepalive = 75
# Salesforce's address holds a secret of at most some hundred characters.
limit_request_line = 2048

# No access log: Salesforce's address holds a secret. Diptych logs every delivery itself, without it.
accesslog = None
errorlog = "-"
# Nobody steers it from outside, and its folder may be read-only.
control_socket_disable = True


def on_starting(server: Any) -> None:
    """Take secrets out of gunicorn's own messages, which name the address of a request that went wrong."""
    server.log.error_log.addFilter(_without_secrets)


def _without_secrets(record: logging.LogRecord) -> bool:
    record.msg, record.args = redact(record.getMessage()), ()
    return True
