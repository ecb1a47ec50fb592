"""Calls about the org itself: versions, resources, schemas, limits."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from sandbox.salesforce.access import Permission
from sandbox.salesforce.fields import Choice, FieldSpec, ObjectSpec
from sandbox.salesforce.org import Org
from sandbox.salesforce.wire import Answer, Call

OLDEST, NEWEST = 31, 68
"""API versions in service; older ones are retired."""

_OPERATIONS: Mapping[str, Permission] = MappingProxyType(
    {"createable": "create", "updateable": "edit", "deletable": "delete"}
)
_RESOURCES = ("composite", "limits", "query", "queryAll", "sobjects")


def versions() -> list[dict[str, str]]:
    """What /services/data answers, without a token."""
    return [
        {"label": f"Release {number}", "url": f"/services/data/v{number}.0", "version": f"{number}.0"}
        for number in range(OLDEST, NEWEST + 1)
    ]


def resources(org: Org, call: Call) -> Answer:
    """GET of the version's root."""
    del org
    return Answer(body={name: f"/services/data/{call.version}/{name}" for name in _RESOURCES})


def sobjects(org: Org, call: Call) -> Answer:
    """GET sobjects: the objects the user may see."""
    seen = [spec for spec in org.objects.values() if org.access.may("read", spec)]
    body = {"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": [_object(org, spec, call) for spec in seen]}
    return Answer(body=body)


def basic(org: Org, call: Call) -> Answer:
    """GET sobjects/X."""
    spec = org.resource(call.names["object"])
    return Answer(body={"objectDescribe": _object(org, spec, call), "recentItems": []})


def describe(org: Org, call: Call) -> Answer:
    """GET sobjects/X/describe: the fields the user may see, writable ones marked so."""
    spec = org.resource(call.names["object"])
    fields = [_field(org, spec, field) for field in org.access.fields(spec)]
    return Answer(body={**_object(org, spec, call), "fields": fields})


def limits(org: Org, call: Call) -> Answer:
    """GET limits; the daily allowance rolls over 24 hours."""
    del call
    used = org.usage.used(org.clock())
    whole = {"Max": org.usage.allowance, "Remaining": max(org.usage.allowance - used, 0)}
    return Answer(
        body={
            "DailyApiRequests": whole,
            "DailyBulkApiBatches": {"Max": 15000, "Remaining": 15000},
            "DataStorageMB": {"Max": 1024, "Remaining": 1024},
            "FileStorageMB": {"Max": 1024, "Remaining": 1024},
        }
    )


def _object(org: Org, spec: ObjectSpec, call: Call) -> dict[str, Any]:
    root = f"/services/data/{call.version}/sobjects/{spec.name}"
    may = {
        name: spec.writable and org.access.may(permission, spec) for name, permission in _OPERATIONS.items()
    }
    return {
        "name": spec.name,
        "label": spec.name.removesuffix("__mdt").replace("_", " "),
        "keyPrefix": spec.prefix,
        "custom": spec.name.endswith(("__c", "__mdt")),
        **may,
        "mergeable": spec.mergeable,
        "queryable": True,
        "retrieveable": True,
        "replicateable": spec.writable,
        "undeletable": spec.writable,
        "urls": {"sobject": root, "describe": f"{root}/describe", "rowTemplate": f"{root}/{{ID}}"},
    }


def _field(org: Org, spec: ObjectSpec, field: FieldSpec) -> dict[str, Any]:
    writes = org.access.writes(spec, field.name)
    return {
        "name": field.name,
        "label": field.label,
        "type": field.type,
        "length": field.length,
        "precision": 18 if field.type in ("double", "currency", "percent") else 0,
        "digits": 8 if field.type == "int" else 0,
        "scale": field.scale,
        "createable": field.createable and writes,
        "updateable": field.updateable and writes,
        "nillable": field.nillable,
        "defaultedOnCreate": field.default is not None or field.name == "OwnerId",
        "defaultValue": field.default,
        "externalId": field.external_id,
        "idLookup": field.type == "id" or field.external_id,
        "unique": field.unique,
        "caseSensitive": False,
        "custom": field.name.endswith("__c"),
        "calculated": False,
        "filterable": field.filterable,
        "sortable": field.filterable,
        "restrictedPicklist": field.restricted,
        "dependentPicklist": field.controller is not None,
        "controllerName": field.controller,
        "picklistValues": [_choice(field, choice) for choice in _choices(field)],
        "referenceTo": list(field.reference_to),
        "relationshipName": field.relationship,
    }


def _choices(field: FieldSpec) -> tuple[Choice, ...]:
    return field.choices or tuple(Choice(value=value, label=value) for value in field.picklist)


def _choice(field: FieldSpec, choice: Choice) -> dict[str, Any]:
    return {
        "active": True,
        "defaultValue": choice.value == field.default,
        "label": choice.label,
        "validFor": None if choice.valid_for is None else _bit_map(choice.valid_for),
        "value": choice.value,
    }


def _bit_map(places: tuple[int, ...]) -> str:
    """A bit for each value of the controlling field, the first one the highest of the first byte."""
    whole = bytearray(max(places, default=0) // 8 + 1)
    for place in places:
        whole[place // 8] |= 0x80 >> place % 8
    return b64encode(whole).decode()
