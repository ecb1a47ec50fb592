"""Writing to Salesforce: creations as upserts by our key and updates, in collections of 200."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from adapters.crm.courier import Courier, Load, Row, Rows
from adapters.crm.parts import waves
from adapters.crm.salesforce_api import Json, SalesforceApi
from adapters.crm.salesforce_errors import BLAMES_EVERY_ROW, fault_of, forbidden, not_writeable
from adapters.crm.salesforce_schema import Schemas
from contract.decisions import Action, Outcome, Write
from contract.errors import CrmError, ErrorClass, Fault
from contract.mappings import CREATION_KEY
from contract.records import Side
from contract.salesforce_ids import is_id, long_id

BATCH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesforceWriter:
    """The writing half of the gateway; see contract.ports.Records.apply."""

    api: SalesforceApi
    schemas: Schemas

    def apply(self, writes: Sequence[Write], before_call: Callable[[], None]) -> list[Outcome]:
        """See Courier.carry. Rows that Salesforce is sure to refuse are refused here, field by field."""
        rows = [Row(index=index, write=write) for index, write in enumerate(writes)]
        refused = {row.index: Outcome(fault=fault) for row in rows if (fault := self._refusal(row.write))}
        good = [row for row in rows if row.index not in refused]
        loads = [load for wave in waves(good, lambda row: _identity(row.write)) for load in self._loads(wave)]
        carried = Courier(shared_codes=BLAMES_EVERY_ROW, before_call=before_call).carry(loads)
        done = refused | {row.index: outcome for row, outcome in zip(good, carried, strict=True)}
        if self._doubted(done):
            done = {row.index: self._seen_whole(row.write, done[row.index]) for row in rows}
        return [done[row.index] for row in rows]

    def _refusal(self, write: Write) -> Fault | None:
        creating = write.action is Action.CREATE
        if write.action is Action.ARCHIVE:
            return _impossible("NEVER_DELETED", "nothing is ever deleted in Salesforce")
        if creating and not write.creation_key:
            return _impossible("NO_CREATION_KEY", "a record without a creation key could be made twice")
        try:
            schema = self.schemas.of(write.object_type)
        except CrmError as error:
            if error.fault.error is not ErrorClass.PERMISSION:
                raise
            return error.fault
        if not schema.may(creating=creating):
            return forbidden(write.object_type, creating=creating)
        names = [*write.values, *([CREATION_KEY] if creating else [])]
        refused = schema.refused(names, creating=creating)
        return not_writeable(write.object_type, refused) if refused else None

    def _loads(self, rows: Rows) -> Iterable[Load]:
        """One load of updates, whatever the object, and one of creations for each object.

        Rows stand sorted by object, since a call takes only few changes from one to another.
        """
        for (creating, by_rules, name), members in groupby(sorted(rows, key=_call_of), key=_call_of):
            path = f"composite/sobjects/{name}/{CREATION_KEY}" if creating else "composite/sobjects"
            send = _Call(api=self.api, path=path, assignment_rules=by_rules)
            yield Load(rows=sorted(members, key=lambda row: row.write.object_type), send=send, size=BATCH)

    def _doubted(self, outcomes: Mapping[int, Outcome]) -> bool:
        """Forget the descriptions when Salesforce refused what they let us write; whether it did."""
        codes = {outcome.fault.code for outcome in outcomes.values() if outcome.fault}
        doubted = bool(codes & {*BLAMES_EVERY_ROW, _NO_ACCESS})
        if doubted:
            self.schemas.forget()
        return doubted

    def _seen_whole(self, write: Write, outcome: Outcome) -> Outcome:
        """The outcome with the object's refusal in place of the record's, where that is what it was."""
        if outcome.fault is None or outcome.fault.code != _NO_ACCESS:
            return outcome
        try:
            refusal = self._refusal(write)
        except CrmError:
            return outcome
        return Outcome(fault=refusal) if refusal and not refusal.fields else outcome


_NO_ACCESS = "INSUFFICIENT_ACCESS_OR_READONLY"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    """Makes one collection call; a courier.Send."""

    api: SalesforceApi
    path: str
    assignment_rules: bool

    def __call__(self, rows: Rows) -> Mapping[int, Outcome]:
        # Without the header Salesforce runs assignment rules, which may give every record a new owner.
        headers = {} if self.assignment_rules else {"Sforce-Auto-Assign": "FALSE"}
        results = self.api.call(
            "PATCH",
            self.path,
            template=self.path,
            subject=" and ".join(sorted({row.write.object_type for row in rows})),
            body={"allOrNone": False, "records": [_record(row.write) for row in rows]},
            headers=headers,
            sent={name for row in rows for name in row.write.values},
            write=True,
        )
        return dict(self._outcomes(rows, results or []))

    def _outcomes(self, rows: Rows, results: Sequence[Json]) -> Iterable[tuple[int, Outcome]]:
        """Results stand in the order of the records; one that is missing says nothing."""
        for place, row in enumerate(rows):
            known = place < len(results)
            yield row.index, _outcome(row.write, results[place]) if known else Outcome(fault=_NO_RESULT)


_NO_RESULT = Fault(
    error=ErrorClass.TRANSIENT,
    code="NO_RESULT",
    says="Salesforce's answer does not say what became of this record",
    side=Side.SALESFORCE,
    maybe_done=True,
)


def _outcome(write: Write, result: Json) -> Outcome:
    if not result.get("success"):
        errors = [{**_match(result), **error} for error in result.get("errors") or ()]
        return Outcome(fault=fault_of(errors, subject=write.object_type, sent=write.values))
    return Outcome(record_id=long_id(str(result["id"])), created=bool(result.get("created")))


def _match(result: Json) -> Json:
    """A duplicate rule's match, which some versions put beside the errors instead of into them."""
    return {name: result[name] for name in ("duplicateResut", "duplicateResult") if name in result}


def _record(write: Write) -> dict[str, Any]:
    attributes = {"attributes": {"type": write.object_type}}
    if write.action is Action.CREATE:
        return {**attributes, CREATION_KEY: write.creation_key, **write.values}
    return {**attributes, "id": write.record_id, **write.values}


def _identity(write: Write) -> Hashable:
    own = write.record_id or ""
    return (write.object_type, write.creation_key or "", long_id(own) if is_id(own) else own)


def _call_of(row: Row) -> tuple[bool, bool, str]:
    """What a call has in common: only creations name an object in their path."""
    creating = row.write.action is Action.CREATE
    return creating, row.write.use_assignment_rules, row.write.object_type if creating else ""


def _impossible(code: str, says: str) -> Fault:
    return Fault(error=ErrorClass.UNKNOWN, code=code, says=says, side=Side.SALESFORCE)
