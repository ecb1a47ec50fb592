"""What both stand-in CRMs share: seeded faults, the notice queue, the call log."""

from __future__ import annotations

import random
import threading
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The real time, aware, in UTC."""
    return datetime.now(UTC)


class ConnectionDropped(ConnectionError):  # noqa: N818 - an event, named as such
    """The CRM carried out a call, or not, and closed the connection without an answer.

    Raised through the WSGI app: `sandbox.server.serve` closes the socket without a byte, an in-process
    caller turns it into its HTTP client's connection error.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """How badly a stand-in CRM behaves. Chances lie between 0 and 1; 0 everywhere is a polite CRM."""

    shuffle_results: bool = False
    """Batch results come in another order than their inputs (HubSpot only: Salesforce keeps order)."""
    normalise: bool = False
    """Values are stored in another form than sent: e-mails lower-cased, texts trimmed, numbers rounded."""
    automation: float = 0.0
    """Chance that a save is followed by automation that only moves the modification stamp."""
    duplicate_notice: float = 0.0
    late_notice: float = 0.0
    """Chance that a notice is held back for up to `late_seconds`, so that it overtakes and is overtaken."""
    late_seconds: float = 3.0
    drop_notice: float = 0.0
    """Chance that a create/update/delete notice never comes. Notices of erasures are never dropped."""
    stale_read: float = 0.0
    """Chance that a read within `stale_seconds` after a change shows the record as it was before."""
    missing_read: float = 0.0
    """Chance that a read within `stale_seconds` after a creation finds nothing."""
    stale_seconds: float = 0.5
    timeout_after_write: float = 0.0
    """Chance that a write is carried out and the connection then closes without an answer."""
    row_lock: float = 0.0
    """Chance that one row of a write is refused with a lock error."""
    server_error: float = 0.0
    """Chance that a call is answered 503 before anything is done."""
    latency_seconds: float = 0.0
    """Every API call takes at least this long."""

    def changed(self, **values: Any) -> Faults:
        """The same faults with some replaced. Raises TypeError for an unknown name."""
        return replace(self, **values)


HOSTILE = Faults(
    shuffle_results=True,
    normalise=True,
    automation=0.1,
    duplicate_notice=0.15,
    late_notice=0.15,
    drop_notice=0.03,
    stale_read=0.1,
    missing_read=0.1,
    timeout_after_write=0.02,
    row_lock=0.02,
    server_error=0.02,
)


@dataclass(slots=True, kw_only=True)
class Notice:
    """One event waiting to be told. `group` keeps apart what may not share one delivery."""

    group: str
    payload: dict[str, Any]
    due: datetime
    attempt: int = 0


@dataclass(slots=True)
class Notices:
    """The queue of notices of one CRM: at least once, in no order, retried until accepted.

    `send(group, payloads, attempt)` posts one delivery of at most `limit` notices and says whether the
    receiver accepted it. `pump` is called by a thread in a running sandbox and by hand in tests.
    """

    send: Callable[[str, Sequence[dict[str, Any]], int], bool]
    clock: Clock
    rng: random.Random
    limit: int = 100
    retry_seconds: float = 1.0
    max_retry_seconds: float = 60.0
    waiting: list[Notice] = field(default_factory=list)
    sending: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, group: str, payload: dict[str, Any], faults: Faults, *, droppable: bool = True) -> None:
        """Queue one notice, with the faults' chances of loss, delay and repetition."""
        with self.lock:
            self.counts["raised"] += 1
            if droppable and self.rng.random() < faults.drop_notice:
                self.counts["dropped"] += 1
                return
            copies = 2 if self.rng.random() < faults.duplicate_notice else 1
            self.counts["duplicated"] += copies - 1
            for _ in range(copies):
                late = self.rng.random() < faults.late_notice
                self.counts["late"] += late
                delay = self.rng.uniform(0, faults.late_seconds) if late else 0.0
                due = self.clock() + timedelta(seconds=delay)
                self.waiting.append(Notice(group=group, payload=payload, due=due))

    def pump(self, *, everything: bool = False) -> int:
        """Deliver what is due (or everything at once); returns how many notices still wait.

        Those that another thread is just delivering still wait. A sender that raises loses nothing.
        """
        now = self.clock()
        with self.lock:
            due = [n for n in self.waiting if everything or n.due <= now]
            self.waiting = [n for n in self.waiting if not (everything or n.due <= now)]
            self.sending += len(due)
        left = deque(self._batches(due))
        try:
            while left:
                self._deliver(left[0], now)
                left.popleft()
        finally:
            with self.lock:
                self.waiting.extend(notice for batch in left for notice in batch)
                self.sending -= len(due)
        with self.lock:
            return len(self.waiting) + self.sending

    def _deliver(self, batch: list[Notice], now: datetime) -> None:
        accepted = self.send(batch[0].group, [n.payload for n in batch], batch[0].attempt)
        with self.lock:
            self.counts["deliveries"] += 1
            if accepted:
                self.counts["delivered"] += len(batch)
            else:
                self.counts["refused"] += 1
                self._reschedule(batch, now)

    def _batches(self, due: list[Notice]) -> list[list[Notice]]:
        groups: dict[tuple[str, int], list[Notice]] = {}
        for notice in due:
            groups.setdefault((notice.group, notice.attempt), []).append(notice)
        return [
            members[start : start + self.limit]
            for members in groups.values()
            for start in range(0, len(members), self.limit)
        ]

    def _reschedule(self, batch: list[Notice], now: datetime) -> None:
        for notice in batch:
            wait = min(self.retry_seconds * 2**notice.attempt, self.max_retry_seconds)
            notice.attempt += 1
            notice.due = now + timedelta(seconds=wait)
            self.waiting.append(notice)


@dataclass(slots=True)
class CallLog:
    """Counts API calls by method and path template, as the CRM's own usage figures would."""

    counts: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, method: str, template: str) -> None:
        """Count one call, for instance ("POST", "/crm/v3/objects/<type>/batch/read")."""
        with self.lock:
            self.counts[f"{method} {template}"] += 1

    def total(self) -> int:
        """Calls since the last reset."""
        with self.lock:
            return sum(self.counts.values())

    def reset(self) -> None:
        """Forget all counts."""
        with self.lock:
            self.counts.clear()
