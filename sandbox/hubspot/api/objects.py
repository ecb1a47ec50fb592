"""Single records: read, list, create, change, archive, merge, erase."""

from __future__ import annotations

from typing import Any

from sandbox.hubspot.api.calls import Call, Reply, Route
from sandbox.hubspot.cleaning import check_new, clean
from sandbox.hubspot.errors import NotFound, bad_request
from sandbox.hubspot.linking import associated, link_new, read_links
from sandbox.hubspot.merging import merge
from sandbox.hubspot.records import Record, Version
from sandbox.hubspot.values import fold_email
from sandbox.hubspot.wire import record_wire, written
from sandbox.hubspot.writes import archive, create, erase, update


def _found(call: Call, ident: str, id_property: str) -> Record:
    record = call.shelf.find(ident, id_property, now=call.world.now())
    if record is None:
        raise NotFound([ident])
    return record


def _seen(call: Call, record: Record, *, archived: bool) -> Version | None:
    """What a read shows of the record; None when it is not there, or on the other side of the bin."""
    version = call.portal.as_read(record)
    if version is None or (version.archived_at is not None) != archived:
        return None
    return version


def _read(call: Call) -> Reply:
    ident = call.path["ident"]
    record = _found(call, ident, call.argument("idProperty"))
    version = _seen(call, record, archived=call.flag("archived"))
    if version is None:
        raise NotFound([ident])
    return Reply(body=_wire(call, record, version))


def _wire(call: Call, record: Record, version: Version) -> dict[str, Any]:
    wire = record_wire(
        call.portal,
        record,
        version,
        names=call.names("properties"),
        history=call.names("propertiesWithHistory"),
    )
    linked = associated(call.portal, record, call.names("associations"))
    return {**wire, "associations": linked} if linked else wire


def _list(call: Call) -> Reply:
    limit, after = call.limit(default=10, most=100), call.argument("after", "0")
    if not after.isdigit():
        raise bad_request(f"after is not a valid cursor: {after}")
    page: list[dict[str, Any]] = []
    following = ""
    for record in sorted(call.shelf.records.values(), key=lambda r: int(r.id)):
        if int(record.id) < int(after) or record.now.merged_into is not None:
            continue
        if call.shelf.expired(record, now=call.world.now()):
            continue
        version = _seen(call, record, archived=call.flag("archived"))
        if version is None:
            continue
        if len(page) == limit:
            following = record.id
            break
        page.append(_wire(call, record, version))
    body: dict[str, Any] = {"results": page}
    if following:
        body["paging"] = {"next": {"after": following}}
    return Reply(body=body)


def _create(call: Call) -> Reply:
    shelf, fields = call.shelf, call.fields()
    values = clean(call.portal, shelf, fields.get("properties", {}), call.source)
    check_new(call.portal, shelf, values)
    links = read_links(call.portal, shelf.type.name, fields.get("associations"))
    record = create(call.portal, shelf, values, call.source)
    link_new(call.portal, record, links, call.source)
    return Reply(status=201, body=written(call.portal, record))


def _update(call: Call) -> Reply:
    shelf = call.shelf
    record = shelf.live(call.path["ident"], call.argument("idProperty"), now=call.world.now())
    values = clean(
        call.portal, shelf, call.fields().get("properties", {}), call.source, before=record.now.values
    )
    update(call.portal, shelf, record, values, call.source)
    return Reply(body=written(call.portal, record))


def _archive(call: Call) -> Reply:
    record = _found(call, call.path["ident"], "")
    if record.live:
        archive(call.portal, call.shelf, record, call.source)
    return Reply(status=204)


def _merge(call: Call) -> Reply:
    shelf, now = call.shelf, call.world.now()
    primary = shelf.live(call.field("primaryObjectId"), now=now)
    other = shelf.live(call.field("objectIdToMerge"), now=now)
    survivor = merge(call.portal, shelf, primary, other, call.source)
    return Reply(body=written(call.portal, survivor))


def _erase(call: Call) -> Reply:
    shelf = call.portal.shelf("contacts")
    ident, id_property = call.field("objectId"), str(call.fields().get("idProperty") or "")
    record = shelf.find(ident, id_property, now=call.world.now())
    if record is None and id_property == "email":
        record = shelf.in_bin(ident)
        call.portal.erased.add(fold_email(ident))
    elif record is None:
        raise NotFound([ident])
    if record is not None:
        erase(call.portal, shelf, record, call.source)
    return Reply(status=204)


_ALL = "/crm/v3/objects/<kind>"
_ONE = "/crm/v3/objects/<kind>/<ident>"

ROUTES = (
    Route(method="GET", rule=_ALL, handler=_list),
    Route(method="POST", rule=_ALL, handler=_create, writes=True),
    Route(method="GET", rule=_ONE, handler=_read),
    Route(method="PATCH", rule=_ONE, handler=_update, writes=True),
    Route(method="DELETE", rule=_ONE, handler=_archive, writes=True),
    Route(method="POST", rule=f"{_ALL}/merge", handler=_merge, writes=True),
    Route(method="POST", rule="/crm/v3/objects/contacts/gdpr-delete", handler=_erase, writes=True),
)
