"""Writing to HubSpot: creations, updates and archives in hundreds, answered row by row; the rest singly."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from adapters.crm import hubspot_merge
from adapters.crm.courier import Courier, Load, Row, Rows
from adapters.crm.hubspot_api import HubSpotApi
from adapters.crm.hubspot_errors import BLAMES_EVERY_ROW, fault_of_row
from adapters.crm.hubspot_merge import MergeCall
from adapters.crm.hubspot_objects import ObjectType, from_wire, kind_of, parse_time, to_wire
from adapters.crm.hubspot_optout import SIZE, OptOutCall
from adapters.crm.parts import waves
from contract.decisions import Action, Outcome, Write
from contract.errors import ErrorClass, Fault
from contract.records import Side, email_key

BATCH = 100
_ORDER = (Action.CREATE, Action.UPDATE, Action.OPT_OUT, Action.MERGE, Action.ARCHIVE)


@dataclass(frozen=True, slots=True, kw_only=True)
class HubSpotWriter:
    """The writing half of the gateway; see contract.ports.Records.apply."""

    api: HubSpotApi

    def apply(self, writes: Sequence[Write], before_call: Callable[[], None]) -> list[Outcome]:
        """See Courier.carry. One record's later write goes in a later call than its earlier one."""
        rows = [Row(index=index, write=write) for index, write in enumerate(writes)]
        return Courier(shared_codes=BLAMES_EVERY_ROW, before_call=before_call).carry(
            [load for wave in waves(rows, lambda row: _identity(row.write)) for load in self._loads(wave)]
        )

    def _loads(self, rows: Rows) -> Iterable[Load]:
        """One load per object type and action: creations, updates, opt-outs, merges, then archives."""
        for (name, place), members in groupby(sorted(rows, key=_call_of), key=_call_of):
            action = _ORDER[place]
            if action is Action.OPT_OUT:
                yield Load(rows=list(members), send=OptOutCall(api=self.api), size=SIZE)
                continue
            if action is Action.MERGE:
                merge = MergeCall(api=self.api, kind=kind_of(name))
                yield Load(rows=list(members), send=merge, size=hubspot_merge.SIZE)
                continue
            send = _Call(api=self.api, kind=kind_of(name), action=action)
            yield Load(rows=list(members), send=send, size=BATCH)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    """Makes one batch call; a courier.Send."""

    api: HubSpotApi
    kind: ObjectType
    action: Action

    def __call__(self, rows: Rows) -> Mapping[int, Outcome]:
        sent = {name for row in rows for name in row.write.values}
        answer = self.api.call(
            "POST",
            f"/crm/v3/objects/{self.kind.path}/batch/{self.action}",
            body={"inputs": [self._input(row) for row in rows]},
            sent=sent,
            write=True,
        )
        if self.action is Action.ARCHIVE and not answer:
            return {row.index: Outcome(record_id=row.write.record_id) for row in rows}
        return _Answer(kind=self.kind, rows=rows, body=answer).outcomes()

    def _input(self, row: Row) -> dict[str, Any]:
        """The full form. A trace id per input lets HubSpot carry out the rows it does not refuse."""
        if self.action is Action.ARCHIVE:
            return {"id": row.write.record_id}
        values = {name: to_wire(value) for name, value in row.write.values.items()}
        trace: dict[str, Any] = {"objectWriteTraceId": str(row.index), "properties": values}
        if self.action is Action.CREATE:
            return {**trace, "associations": []}
        return {**trace, "id": row.write.record_id}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """A batch answer (200, 201 or 207). Results come in any order: they are matched, never counted off."""

    kind: ObjectType
    rows: Rows
    body: Mapping[str, Any]

    def outcomes(self) -> dict[int, Outcome]:
        """One outcome for each row of the call."""
        found: dict[int, Outcome] = {}
        for result in self.body.get("results") or ():
            row = self._row_of(result)
            if row is not None:
                found[row.index] = _done(row.write, result)
        nameless: list[Mapping[str, Any]] = []
        for error in self.body.get("errors") or ():
            guilty = self._rows_of(error)
            nameless += [] if guilty else [error]
            found.update({row.index: _refused(row, error) for row in guilty if row.index not in found})
        open_rows = [row for row in self.rows if row.index not in found]
        if len(open_rows) == len(nameless) == 1:
            found[open_rows[0].index] = _refused(open_rows[0], nameless[0])
        return {row.index: Outcome(fault=_NO_RESULT) for row in self.rows} | found

    def _row_of(self, result: Mapping[str, Any]) -> Row | None:
        """By trace id; else by record id, or for a creation by the e-mail it holds now."""
        trace, id_ = str(result.get("objectWriteTraceId")), str(result.get("id"))
        key = email_key((result.get("properties") or {}).get(self.kind.natural_key))
        fits = (
            lambda row: str(row.index) == trace,
            lambda row: row.write.record_id == id_,
            lambda row: bool(key) and row.write.record_id is None and _natural_key(row.write) == key,
        )
        return next((row for fit in fits for row in self.rows if fit(row)), None)

    def _rows_of(self, error: Mapping[str, Any]) -> list[Row]:
        context = error.get("context") or {}
        traces = _texts(context.get("objectWriteTraceId"))
        ids = _texts(context.get("ids") or context.get("id"))
        return [row for row in self.rows if str(row.index) in traces or row.write.record_id in ids]


_NO_RESULT = Fault(
    error=ErrorClass.TRANSIENT,
    code="NO_RESULT",
    says="HubSpot's answer does not say what became of this record",
    side=Side.HUBSPOT,
    maybe_done=True,
)


def _done(write: Write, result: Mapping[str, Any]) -> Outcome:
    """The stored values and stamp: HubSpot may keep another form than it was sent."""
    stored = result.get("properties") or {}
    stamp = result.get("updatedAt")
    return Outcome(
        record_id=str(result["id"]),
        created=write.action is Action.CREATE,
        stamp=parse_time(stamp) if stamp else None,
        fields={name: from_wire(stored[name]) for name in write.values if name in stored},
    )


def _refused(row: Row, error: Mapping[str, Any]) -> Outcome:
    return Outcome(fault=fault_of_row(error, row.write.values))


def _natural_key(write: Write) -> str:
    kind = kind_of(write.object_type)
    return email_key(write.values.get(kind.natural_key)) or write.email


def _identity(write: Write) -> Hashable:
    """What may stand only once in a call: the record, or for a creation its natural key."""
    own = write.record_id or _natural_key(write)
    return (write.object_type, write.record_id is None, own or id(write))


def _call_of(row: Row) -> tuple[str, int]:
    """What a call has in common."""
    return row.write.object_type, _ORDER.index(row.write.action)


def _texts(raw: Any) -> list[str]:
    return [str(part) for part in raw] if isinstance(raw, list) else [] if raw is None else [str(raw)]
