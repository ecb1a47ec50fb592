"""PostgreSQL: connections that are checked, that wait for nothing for ever, and that come back."""

from __future__ import annotations

from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.pq import TransactionStatus
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError

from contract.errors import InvalidInput

R = TypeVar("R")

_NAMES = {"postgresql", "postgres", "postgresql+psycopg"}
_SERVER_SIDE = {
    "timezone": "UTC",
    "statement_timeout": "30s",
    "lock_timeout": "15s",
    # A frozen worker must give up its locks before others may take its portals over.
    "idle_in_transaction_session_timeout": "10s",
}
_CLIENT_SIDE = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
    "application_name": "diptych",
}
_POOL = {
    "pool_pre_ping": True,
    "pool_size": 10,
    "max_overflow": 10,
    "pool_timeout": 10,
    "pool_recycle": 1800,
}
STALLED_SECONDS = 5.0
"""Under half a lease, so that a frozen worker's locks are gone when its leases have run out."""
_END_STALLED = text(
    """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()
      AND application_name = current_setting('application_name')
      AND xact_start IS NOT NULL AND wait_event_type = 'Client'
      AND greatest(query_start, state_change) < clock_timestamp() - make_interval(secs => :seconds)
    """
)
_ANSWER_SECONDS = 35.0
"""More than `statement_timeout`: only a server that is frozen or cut off does not answer by then."""


class ImpatientConnection(psycopg.Connection[Any]):
    """Gives up a server that does not answer at all; libpq alone would wait for ever."""

    patience: float | None = _ANSWER_SECONDS
    """Seconds to wait for an answer; None: as long as it takes."""

    def wait(self, gen: PQGen[R], interval: float = 0.1, timeout: float | None = None) -> R:
        """Raise OperationalError, and close the connection, when the time is over."""
        try:
            return super().wait(gen, interval, self.patience if timeout is None else timeout)
        except psycopg.OperationalError:
            if self.pgconn.transaction_status is TransactionStatus.ACTIVE:
                self.pgconn.finish()
            raise


def postgres_engine(url: str) -> Engine:
    """An engine on the server at `url`; raises InvalidInput for a URL that is not PostgreSQL's."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise InvalidInput("the database URL cannot be read") from None
    if parsed.drivername not in _NAMES:
        raise InvalidInput(f"the database URL must begin with postgresql://, not {parsed.drivername}://")
    settings = " ".join(f"-c {name}={value}" for name, value in _SERVER_SIDE.items())
    theirs = parsed.query.get("options", "")
    engine = create_engine(
        parsed.set(drivername="postgresql+psycopg"),
        connect_args={**_CLIENT_SIDE, "options": f"{settings} {theirs}"},
        hide_parameters=True,
        **_POOL,
    )

    @event.listens_for(engine, "do_connect")
    def _connect(_dialect: Any, _record: Any, given: Any, named: Any) -> ImpatientConnection:
        return ImpatientConnection.connect(*given, **named)

    return engine


def end_stalled(connection: Connection) -> None:
    """End the transactions of clients of ours that have kept the server waiting, and with them their locks.

    PostgreSQL's own limits do not reach a client that froze between the statements of a pipeline (psycopg
    makes one of every executemany) or while it was sent rows: its transaction counts as active.
    """
    connection.execute(_END_STALLED, {"seconds": STALLED_SECONDS})


def without_time_limits(connection: Connection) -> None:
    """Let this transaction take as long as it needs. Close its connection afterwards."""
    for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
        connection.execute(text(f"SET LOCAL {name} = 0"))
    driver_connection = connection.connection.driver_connection
    if isinstance(driver_connection, ImpatientConnection):
        driver_connection.patience = None
