"""The database: transactions with their stores, migrations, key rotation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

from sqlalchemy import Connection, Engine, case, func, literal, select
from sqlalchemy.exc import DBAPIError

from adapters.database import migrate
from adapters.database.activity import ActivityStore
from adapters.database.claims import ClaimStore
from adapters.database.credentials import CredentialStore
from adapters.database.dead_letters import DeadLetterStore
from adapters.database.exclusions import ExclusionStore
from adapters.database.failures import unavailable
from adapters.database.grants import GrantStore
from adapters.database.guards import GuardStore, HeldStore
from adapters.database.idle import IdleStore
from adapters.database.jobs import JobStore
from adapters.database.keys import Cipher, Hasher, Keys
from adapters.database.leases import LeaseStore
from adapters.database.links import LinkStore
from adapters.database.observed import ObservedStore
from adapters.database.pauses import PauseStore
from adapters.database.pending import PendingStore
from adapters.database.portals import PortalStore
from adapters.database.postgres import postgres_engine
from adapters.database.reencrypt import reencrypt
from adapters.database.sqlite import empty_log, sqlite_engine
from adapters.database.tables import dead_letters, links, pending
from adapters.database.tombstones import TombstoneStore
from adapters.database.turns import Turns
from adapters.database.watermarks import WatermarkStore
from contract.activity import Counts, DeadLetterState
from contract.links import LinkState
from contract.pending import WorkClass


@dataclass(frozen=True, kw_only=True)
class SqlTransaction:
    """Implements contract.ports.Transaction on one connection."""

    connection: Connection
    cipher: Cipher
    hasher: Hasher

    @cached_property
    def portals(self) -> PortalStore:
        return PortalStore(self.connection, self.cipher)

    @cached_property
    def pending(self) -> PendingStore:
        return PendingStore(self.connection)

    @cached_property
    def links(self) -> LinkStore:
        return LinkStore(self.connection)

    @cached_property
    def leases(self) -> LeaseStore:
        return LeaseStore(self.connection)

    @cached_property
    def claims(self) -> ClaimStore:
        return ClaimStore(self.connection)

    @cached_property
    def dead_letters(self) -> DeadLetterStore:
        return DeadLetterStore(self.connection, self.cipher)

    @cached_property
    def activity(self) -> ActivityStore:
        return ActivityStore(self.connection)

    @cached_property
    def observed(self) -> ObservedStore:
        return ObservedStore(self.connection)

    @cached_property
    def tombstones(self) -> TombstoneStore:
        return TombstoneStore(self.connection, self.hasher)

    @cached_property
    def watermarks(self) -> WatermarkStore:
        return WatermarkStore(self.connection)

    @cached_property
    def guards(self) -> GuardStore:
        return GuardStore(self.connection)

    @cached_property
    def held(self) -> HeldStore:
        return HeldStore(self.connection)

    @cached_property
    def pauses(self) -> PauseStore:
        return PauseStore(self.connection)

    @cached_property
    def credentials(self) -> CredentialStore:
        return CredentialStore(self.connection)

    @cached_property
    def idle(self) -> IdleStore:
        return IdleStore(self.connection)

    @cached_property
    def exclusions(self) -> ExclusionStore:
        return ExclusionStore(self.connection)

    @cached_property
    def jobs(self) -> JobStore:
        return JobStore(self.connection)

    @cached_property
    def grants(self) -> GrantStore:
        return GrantStore(self.connection, self.cipher)

    def counts(self, portal: int, *, now: datetime) -> Counts:
        """Links counts the live ones, dead letters the open ones, `by_class` pending rows by class name."""
        is_due = case((pending.c.due_at <= literal(now, pending.c.due_at.type), 1), else_=0)
        rows = self.connection.execute(
            select(pending.c.work_class, func.count().label("all"), func.sum(is_due).label("due"))
            .where(pending.c.portal == portal)
            .group_by(pending.c.work_class)
        ).all()
        letters = select(func.count()).where(
            dead_letters.c.portal == portal, dead_letters.c.state == DeadLetterState.OPEN.value
        )
        live = select(func.count()).where(links.c.portal == portal, links.c.state == LinkState.LIVE.value)
        return Counts(
            pending=sum(row.all for row in rows),
            due=sum(row.due for row in rows),
            dead_letters=self.connection.scalar(letters) or 0,
            links=self.connection.scalar(live) or 0,
            by_class={WorkClass(row.work_class).name.lower(): row.all for row in rows},
        )


class SqlDatabase:
    """Implements contract.ports.Database. Usable from many threads, not across a fork."""

    def __init__(self, engine: Engine, keys: Keys, turns: Turns | None = None) -> None:
        self._engine = engine
        self._cipher = Cipher(keys)
        self._hasher = Hasher(keys)
        self._sqlite = engine.dialect.name == "sqlite"
        self._turns = turns or nullcontext()

    @contextmanager
    def transaction(self) -> Iterator[SqlTransaction]:
        """Transactions do not nest: within one, a second one on SQLite waits for the first in vain."""
        with self._turns:
            with unavailable(), _begun(self._engine) as connection:
                transaction = SqlTransaction(connection=connection, cipher=self._cipher, hasher=self._hasher)
                yield transaction
            if transaction.tombstones.erased and self._sqlite:
                empty_log(self._engine)

    def migrate(self) -> None:
        """Safe to call from several processes at once."""
        with self._alone() as connection:
            migrate.upgrade(connection)
        self._engine.dispose()

    def downgrade(self, revision: str) -> None:
        """Take the tables back to an earlier revision; "base" drops them with all they hold."""
        with self._alone() as connection:
            migrate.downgrade(connection, revision)
        self._engine.dispose()

    def reencrypt(self) -> int:
        """Bring every stored secret under the first encryption key; returns how many rows there were."""
        with self._alone() as connection:
            return reencrypt(connection, self._cipher)

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def _alone(self) -> Iterator[Connection]:
        with self._turns, unavailable(), _begun(self._engine) as connection:
            yield connection


@contextmanager
def _begun(engine: Engine) -> Iterator[Connection]:
    """A transaction; an exception from within is what the caller sees, even if rolling back fails too."""
    with engine.connect() as connection:
        transaction = connection.begin()
        try:
            yield connection
        except BaseException:
            with suppress(DBAPIError):
                transaction.rollback()
            raise
        transaction.commit()


def open_database(url: str | None, *, path: Path, keys: Keys) -> SqlDatabase:
    """The PostgreSQL database at `url`, or without one the SQLite file at `path`. Connects on first use.

    Raises InvalidInput for a URL of another database. `migrate` must have run before the first transaction.
    """
    if url is not None:
        return SqlDatabase(postgres_engine(url), keys)
    turns = Turns(path)
    return SqlDatabase(sqlite_engine(path, turns), keys, turns)
