"""Batches of records: results in any order, failures beside them in a 207 where HubSpot allows it.

read     a missing id is one row of a 207
create   all or nothing, unless every input has an objectWriteTraceId: then row by row
update   a bad value or a clash fails the whole batch, an unknown id is one row; with trace ids row by row
upsert   by e-mail all or nothing; by a unique property row by row where trace ids are given
archive  204 whatever became of the ids
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.hubspot.api.calls import Call, Reply, Route, input_id, refuse_duplicates, text_list
from sandbox.hubspot.cleaning import check_new, check_unique, clean
from sandbox.hubspot.errors import ApiError, NotFound, bad_request
from sandbox.hubspot.linking import NewLink, link_new, read_links
from sandbox.hubspot.records import Record
from sandbox.hubspot.times import iso
from sandbox.hubspot.wire import record_wire, written
from sandbox.hubspot.writes import archive, create, update

HISTORY_LIMIT = 50
"""A batch read with property histories takes only half as many inputs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One checked input of a batch write; `record` None creates."""

    record: Record | None
    values: dict[str, str]
    trace_id: str | None
    links: Sequence[NewLink] = ()


def batch_reply(
    call: Call, results: list[dict[str, Any]], errors: Sequence[dict[str, Any]], *, status: int = 200
) -> Reply:
    """The answer of a batch: 207 as soon as one row failed; results shuffled where the faults say so."""
    if call.world.faults.shuffle_results:
        call.world.rng.shuffle(results)
    now = iso(call.world.now())
    body: dict[str, Any] = {"status": "COMPLETE", "results": results, "startedAt": now, "completedAt": now}
    if errors:
        body |= {"numErrors": len(errors), "errors": list(errors)}
    return Reply(status=207 if errors else status, body=body)


def _not_found(call: Call, ids: Sequence[str]) -> list[dict[str, Any]]:
    """HubSpot names all missing ids in one row."""
    if not ids:
        return []
    message = (
        f"Could not get some {call.shelf.type.singular.upper()} objects, they may be deleted or not exist. "
        "Check that ids are valid."
    )
    return [ApiError(404, "OBJECT_NOT_FOUND", message, context={"ids": list(ids)}).row()]


def _read(call: Call) -> Reply:
    names = text_list(call.fields().get("properties"), "properties")
    history = text_list(call.fields().get("propertiesWithHistory"), "propertiesWithHistory")
    inputs = call.inputs()
    if history and len(inputs) > HISTORY_LIMIT:
        raise bad_request(
            "The maximum number of inputs supported in a batch request for property histories is "
            f"{HISTORY_LIMIT}. Please reduce the number of items and try again"
        )
    ids = [input_id(item) for item in inputs]
    refuse_duplicates(ids)
    id_property, archived = str(call.fields().get("idProperty") or ""), call.flag("archived")
    results, missing = [], []
    for ident in ids:
        record = call.shelf.find(ident, id_property, now=call.world.now())
        version = None if record is None else call.portal.as_read(record)
        if record is None or version is None or (version.archived_at is not None) != archived:
            missing.append(ident)
        else:
            results.append(record_wire(call.portal, record, version, names=names, history=history))
    return batch_reply(call, results, _not_found(call, missing))


def _trace(item: dict[str, Any]) -> str | None:
    value = item.get("objectWriteTraceId")
    return str(value) if isinstance(value, str | int) and value != "" else None


def _row_by_row(inputs: Sequence[dict[str, Any]]) -> bool:
    """Whether every input carries a trace id. Raises ApiError 400 when one comes twice."""
    traces = [_trace(item) for item in inputs]
    if None in traces or not traces:
        return False
    if len(set(traces)) < len(traces):
        raise bad_request("objectWriteTraceId must be unique within a batch.")
    return True


def _new_job(call: Call, item: dict[str, Any]) -> Job:
    values = clean(call.portal, call.shelf, item.get("properties", {}), call.source)
    check_new(call.portal, call.shelf, values)
    links = read_links(call.portal, call.shelf.type.name, item.get("associations"))
    return Job(record=None, values=values, trace_id=_trace(item), links=links)


def _target(call: Call, item: dict[str, Any]) -> Record:
    return call.shelf.live(input_id(item), str(item.get("idProperty") or ""), now=call.world.now())


def _change_job(call: Call, item: dict[str, Any]) -> Job:
    return _job_for(call, item, _target(call, item))


def _job_for(call: Call, item: dict[str, Any], record: Record) -> Job:
    before = record.now.values
    values = clean(call.portal, call.shelf, item.get("properties", {}), call.source, before=before)
    check_unique(call.portal, call.shelf, {**before, **values}, record)
    return Job(record=record, values=values, trace_id=_trace(item))


def _upsert_job(call: Call, item: dict[str, Any]) -> Job:
    ident, id_property = input_id(item), str(item.get("idProperty") or "")
    record = call.shelf.find(ident, id_property, now=call.world.now())
    if record is not None:
        return _job_for(call, item, record)
    properties = item.get("properties", {})
    return _new_job(call, {**item, "properties": {id_property: ident, **properties}})


def _carry_out(call: Call, job: Job, *, tell_new: bool = False) -> dict[str, Any]:
    record = job.record
    if record is None:
        record = create(call.portal, call.shelf, job.values, call.source)
        link_new(call.portal, record, job.links, call.source)
    else:
        update(call.portal, call.shelf, record, job.values, call.source)
    result = written(call.portal, record, job.trace_id)
    return {**result, "new": job.record is None} if tell_new else result


def _refuse_clashes(call: Call, jobs: Sequence[Job]) -> None:
    """Raise ApiError 409 when two inputs of one batch want the same e-mail or unique value."""
    seen: set[tuple[str, str]] = set()
    for job in jobs:
        keys = set(call.shelf.keys(job.values))
        if keys & seen:
            raise ApiError(409, "CONFLICT", f"{call.shelf.type.singular.capitalize()} already exists.")
        seen |= keys


Check = Callable[[Call, dict[str, Any]], Job]


def _whole(
    call: Call,
    check: Check,
    inputs: Sequence[dict[str, Any]],
    *,
    missing: Sequence[str] = (),
    tell_new: bool = False,
    status: int = 200,
) -> Reply:
    """All or nothing; `missing` are ids that do not exist, told in one row beside what was done."""
    jobs = [check(call, item) for item in inputs]
    _refuse_clashes(call, jobs)
    results = [_carry_out(call, job, tell_new=tell_new) for job in jobs]
    return batch_reply(call, results, _not_found(call, missing), status=status)


def _rows(
    call: Call, check: Check, inputs: Sequence[dict[str, Any]], *, tell_new: bool = False, status: int = 200
) -> Reply:
    """Each input stands for itself; a refused one is told with its trace id."""
    results, errors = [], []
    for item in inputs:
        try:
            results.append(_carry_out(call, check(call, item), tell_new=tell_new))
        except ApiError as error:
            errors.append(error.row({"objectWriteTraceId": [str(_trace(item))]}))
    return batch_reply(call, results, errors, status=status)


def _create(call: Call) -> Reply:
    inputs = call.inputs()
    carry = _rows if _row_by_row(inputs) else _whole
    return carry(call, _new_job, inputs, status=201)


def _update(call: Call) -> Reply:
    inputs = call.inputs()
    refuse_duplicates(input_id(item) for item in inputs)
    if _row_by_row(inputs):
        return _rows(call, _change_job, inputs)
    known, missing = [], []
    for item in inputs:
        try:
            _target(call, item)
        except NotFound:
            missing.append(input_id(item))
        else:
            known.append(item)
    return _whole(call, _change_job, known, missing=missing)


def _upsert(call: Call) -> Reply:
    inputs = call.inputs()
    refuse_duplicates(input_id(item) for item in inputs)
    by = {str(item.get("idProperty") or "") for item in inputs}
    if inputs and (len(by) != 1 or by & {"", "hs_object_id"}):
        raise bad_request("idProperty must be the same unique property for every input.")
    partial = _row_by_row(inputs) and by != {"email"}
    return (_rows if partial else _whole)(call, _upsert_job, inputs, tell_new=True)


def _archive(call: Call) -> Reply:
    for item in call.inputs():
        record = call.shelf.find(input_id(item), now=call.world.now())
        if record is not None and record.live:
            archive(call.portal, call.shelf, record, call.source)
    return Reply(status=204)


_BATCH = "/crm/v3/objects/<kind>/batch"

ROUTES = (
    Route(method="POST", rule=f"{_BATCH}/read", handler=_read),
    Route(method="POST", rule=f"{_BATCH}/create", handler=_create, writes=True),
    Route(method="POST", rule=f"{_BATCH}/update", handler=_update, writes=True),
    Route(method="POST", rule=f"{_BATCH}/upsert", handler=_upsert, writes=True),
    Route(method="POST", rule=f"{_BATCH}/archive", handler=_archive, writes=True),
)
