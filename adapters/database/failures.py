"""Database errors -> the one that callers know."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from contract.errors import DatabaseUnavailable


@contextmanager
def unavailable() -> Iterator[None]:
    """Raise DatabaseUnavailable for whatever says that the database cannot work now.

    Locked, full, read-only, away, too slow, deadlocked, without its tables: nothing was committed, and
    the same may succeed later. Values that do not fit (DataError, IntegrityError) are the caller's
    fault and pass through: trying again would not help.
    """
    try:
        yield
    except (DataError, IntegrityError):
        raise
    except DBAPIError as error:
        raise DatabaseUnavailable(_summary(error.orig)) from error
    except PoolTimeout as error:
        raise DatabaseUnavailable("all connections to the database are in use") from error


def _summary(error: BaseException | None) -> str:
    """The first line: the lines after it may quote values."""
    lines = str(error).splitlines() or [""]
    return f"the database is not available: {lines[0]} ({type(error).__name__})"
