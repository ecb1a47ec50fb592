"""Logs: structlog everywhere, libraries from WARNING on, nothing personal and no secret."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Iterable, MutableMapping
from typing import Any, Literal, TextIO

import structlog

from contract.errors import DiptychError
from diptych.errors_to_sentry import log_processor
from diptych.redact import redact

LIBRARY = "library.said"
"""Event name of whatever a library logs; its own words stand in `says`."""


def set_up(level: str, form: Literal["console", "json"], stream: TextIO | None = None) -> None:
    """Log to this stream (standard error): JSON lines, or for the console, coloured only on a terminal.

    `level` is the lowest that is shown: debug, info, warning or error.
    """
    stream = stream or sys.stderr
    lowest = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            log_processor,
            without_values,
            _renderer(form, stream),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(lowest),
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers = [_IntoStructlog(level=logging.WARNING)]
    root.setLevel(logging.WARNING)
    # Of one refused connection pika tells eight errors; the adapter tells it once.
    logging.getLogger("pika").setLevel(logging.CRITICAL)


def _renderer(form: str, stream: TextIO) -> structlog.typing.Processor:
    if form == "json":
        return structlog.processors.JSONRenderer()
    return structlog.dev.ConsoleRenderer(colors=stream.isatty())


class _IntoStructlog(logging.Handler):
    """Passes what libraries log on to structlog, redacted: they do not know what is personal."""

    def emit(self, record: logging.LogRecord) -> None:
        structlog.get_logger().log(
            record.levelno,
            LIBRARY,
            logger=record.name,
            says=redact(record.getMessage()),
            exc_info=record.exc_info,
        )


def without_values(_logger: object, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace `exc_info` by a traceback of places and types, with messages of our own errors only.

    The message of any other exception may quote the value that it choked on.
    """
    given = line.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        line["exception"] = "".join(_told(error)).rstrip()
    return line


def _told(error: BaseException) -> Iterable[str]:
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        yield from _told(cause)
        yield "which led to\n"
    yield from traceback.format_tb(error.__traceback__)
    yield type(error).__qualname__
    yield f": {redact(str(error))}\n" if isinstance(error, DiptychError) else "\n"
