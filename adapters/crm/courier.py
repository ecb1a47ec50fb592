"""Carries rows of writes in few calls, and finds the rows to blame when a call is refused whole.

One refused row must not sink its neighbours, and one lost call must not hide what the others achieved.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from adapters.crm.parts import chunks
from contract.decisions import Outcome, Write
from contract.errors import CrmError, ErrorClass, Fault

MOST_SPLITS = 40
"""Extra calls one apply may spend on finding refused rows; a batch of 100 with one culprit needs 13."""

_ROW_FAULTS = frozenset(
    {ErrorClass.DATA, ErrorClass.CONFLICT, ErrorClass.DUPLICATE, ErrorClass.STALE, ErrorClass.UNKNOWN}
)
_PORTAL_FAULTS = frozenset({ErrorClass.QUOTA, ErrorClass.AUTH})
MOST_LOST = 2
"""Calls lost before the rest is left for later: each may have cost a whole time limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One write and its place among those of the apply."""

    index: int
    write: Write

    def touches(self, names: Collection[str]) -> bool:
        """Whether it writes one of these fields."""
        return any(name in self.write.values for name in names)


Rows = Sequence[Row]
Send = Callable[[Rows], Mapping[int, Outcome]]
"""Makes one call with these rows; outcomes by Row.index. Raises CrmError when the call fails whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Rows that go out through one kind of call, at most `size` in each."""

    rows: Rows
    send: Send
    size: int


@dataclass(slots=True, kw_only=True)
class Courier:
    """Carries the loads of one apply, in order.

    `shared_codes` are error codes that blame every row which writes the named fields, whatever the value.
    `before_call` may raise CrmError, which is as if the call had been refused, or anything else, which ends
    the work.
    """

    shared_codes: frozenset[str]
    before_call: Callable[[], None]
    _outcomes: dict[int, Outcome] = field(default_factory=dict)
    _failed: list[Fault] = field(default_factory=list)
    _answered: bool = False
    _stopped: Fault | None = None
    _splits: int = 0

    def carry(self, loads: Sequence[Load]) -> list[Outcome]:
        """One outcome per row, in the order of Row.index.

        Raises CrmError only when every call was lost, so that nothing is known of any row. Else the rows
        of a lost call carry its fault, and rows that were not sent any more the same without `maybe_done`.
        """
        for load in loads:
            self._carry(load)
        if self._failed and not self._answered:
            raise CrmError(self._failed[0])
        return [self._outcomes[index] for index in sorted(self._outcomes)]

    def _carry(self, load: Load) -> None:
        calls = deque(chunks(load.rows, load.size))
        while calls:
            rows = calls.popleft()
            if self._stopped:
                self._blame(rows, self._stopped)
                continue
            try:
                self.before_call()
                self._outcomes.update(load.send(rows))
                self._answered = True
            except CrmError as error:
                calls.extendleft(reversed(self._refused(rows, error.fault)))

    def _refused(self, rows: Rows, fault: Fault) -> list[Rows]:
        """Settle what can be settled of a call that failed whole; returns the calls to make instead."""
        by_row = fault.error in _ROW_FAULTS or bool(fault.fields)
        if not by_row and fault.error is not ErrorClass.PERMISSION:
            self._lost(rows, fault)
            return []
        self._answered = True
        if not by_row:
            self._blame(rows, fault)
            return []
        guilty = [row for row in rows if row.touches(fault.fields)] or rows
        if len(rows) == 1 or (fault.code in self.shared_codes and guilty is not rows):
            self._blame(guilty, fault)
            return [part for part in [_without(rows, guilty)] if part]
        self._splits += 1
        if self._splits > MOST_SPLITS:
            self._blame(rows, _in_bad_company(fault))
            return []
        innocent = _without(rows, guilty)
        half = (len(rows) + 1) // 2
        return [innocent, guilty] if innocent else [rows[:half], rows[half:]]

    def _lost(self, rows: Rows, fault: Fault) -> None:
        self._blame(rows, fault)
        self._failed.append(fault)
        if fault.error in _PORTAL_FAULTS or len(self._failed) >= MOST_LOST:
            self._stopped = replace(fault, maybe_done=False)

    def _blame(self, rows: Rows, fault: Fault) -> None:
        for row in rows:
            named = tuple(name for name in fault.fields if name in row.write.values)
            self._outcomes[row.index] = Outcome(fault=replace(fault, fields=named or fault.fields))


def _without(rows: Rows, others: Rows) -> list[Row]:
    gone = {row.index for row in others}
    return [row for row in rows if row.index not in gone]


def _in_bad_company(fault: Fault) -> Fault:
    return Fault(
        error=ErrorClass.TRANSIENT,
        code="BATCH_REFUSED",
        says=f"another record of the same call was refused ({fault.code}); it goes again in other company",
        side=fault.side,
    )
