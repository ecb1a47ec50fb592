"""Calls on one record: create, read, update, delete, and upsert by an external id."""

from __future__ import annotations

from typing import Any

from sandbox.salesforce.errors import SalesforceError, not_found
from sandbox.salesforce.fields import FieldSpec, ObjectSpec, Row
from sandbox.salesforce.ids import long_id
from sandbox.salesforce.org import Org
from sandbox.salesforce.reads import rendered, shown
from sandbox.salesforce.wire import Answer, Call, demand_unmodified
from sandbox.salesforce.writes import AmbiguousError, create, delete, external_matches, update, upsert


def create_row(org: Org, call: Call) -> Answer:
    """POST sobjects/X: 201 with the id."""
    spec = org.resource(call.names["object"])
    record_id = create(org, call.actor(org), spec, call.members())
    location = f"/services/data/{call.version}/sobjects/{spec.name}/{record_id}"
    return Answer(
        status=201, body={"id": record_id, "success": True, "errors": []}, headers={"Location": location}
    )


def read_row(org: Org, call: Call) -> Answer:
    """GET sobjects/X/<id>?fields=: the asked fields, all visible ones without `fields`."""
    spec = org.resource(call.names["object"])
    return _answer_row(org, call, spec, _sought(spec, call.names["id"]))


def update_row(org: Org, call: Call) -> Answer:
    """PATCH sobjects/X/<id>: 204. Raises NOT_FOUND, ENTITY_IS_DELETED and whatever refuses the save."""
    spec = org.resource(call.names["object"])
    row = _existing(org, spec, call.names["id"])
    fields = call.members()
    _demand_absent(fields, "Id")
    demand_unmodified(call, row["LastModifiedDate"])
    update(org, call.actor(org), spec, row["Id"], fields)
    return Answer(status=204)


def delete_row(org: Org, call: Call) -> Answer:
    """DELETE sobjects/X/<id>: 204."""
    spec = org.resource(call.names["object"])
    row = _existing(org, spec, call.names["id"])
    delete(org, call.actor(org), spec, row["Id"])
    return Answer(status=204)


def read_external(org: Org, call: Call) -> Answer:
    """GET sobjects/X/<field>/<value>; 300 with the URLs when several records hold the value."""
    spec = org.resource(call.names["object"])
    found = external_matches(org, spec, external_field(org, spec, call.names["field"]), call.names["value"])
    if len(found) > 1:
        return _choices(call, spec, found)
    if not found:
        raise not_found()
    return _answer_row(org, call, spec, found[0])


def upsert_row(org: Org, call: Call) -> Answer:
    """PATCH sobjects/X/<field>/<value>: 201 created, 200 updated (204 before v46), 300 ambiguous.

    The external id stands in the path alone; a body that has it, or an Id, is refused.
    """
    spec = org.resource(call.names["object"])
    field = external_field(org, spec, call.names["field"])
    fields = call.members()
    _demand_absent(fields, "Id")
    _demand_absent(fields, field.name)
    update_only = call.args.get("updateOnly", "").lower() == "true"
    key = (field, call.names["value"])
    try:
        record_id, created = upsert(org, call.actor(org), spec, key, fields, update_only=update_only)
    except AmbiguousError as error:
        return _choices(call, spec, error.ids)
    if not created and call.number < 46:
        return Answer(status=204)
    body = {"id": record_id, "success": True, "errors": [], "created": created}
    return Answer(status=201 if created else 200, body=body)


def external_field(org: Org, spec: ObjectSpec, name: str) -> FieldSpec:
    """The named field if it is an external id that the user sees. Raises NOT_FOUND otherwise."""
    field = spec.field(name)
    if field is None or not field.external_id or not org.access.sees(spec, field.name):
        raise not_found(f"Provided external ID field does not exist or is not accessible: {name}")
    return field


def _sought(spec: ObjectSpec, given: str) -> str:
    """The id in its long form. Raises NOT_FOUND for what is no id of this object."""
    record_id = long_id(given)
    if record_id is None or not record_id.startswith(spec.prefix):
        raise not_found(f"Provided external ID field does not exist or is not accessible: {given}")
    return record_id


def _existing(org: Org, spec: ObjectSpec, given: str) -> Row:
    """The true row to be written to. Raises NOT_FOUND; a deleted row is found and refused later."""
    record_id = _sought(spec, given)
    entry = org.store.entry(spec.name, record_id)
    if entry is None or record_id in org.access.hidden_records:
        raise not_found()
    return entry.row


def _answer_row(org: Org, call: Call, spec: ObjectSpec, record_id: str) -> Answer:
    row = shown(org, spec, record_id)
    if row is None:
        raise not_found()
    demand_unmodified(call, row["LastModifiedDate"])
    return Answer(body=rendered(spec, row, asked_fields(org, spec, call.args.get("fields")), call.version))


def asked_fields(org: Org, spec: ObjectSpec, names: str | None) -> list[FieldSpec]:
    """The comma-separated fields, all visible ones for None. Raises INVALID_FIELD."""
    if names is None:
        return org.access.fields(spec)
    return [org.access.readable(spec, name.strip()) for name in names.split(",") if name.strip()]


def _demand_absent(fields: dict[str, Any], name: str) -> None:
    if any(given.lower() == name.lower() for given in fields):
        message = f"The {name} field should not be specified in the sobject data."
        raise SalesforceError("INVALID_FIELD", message)


def _choices(call: Call, spec: ObjectSpec, ids: list[str]) -> Answer:
    urls = [f"/services/data/{call.version}/sobjects/{spec.name}/{record_id}" for record_id in ids]
    return Answer(status=300, body=urls)
