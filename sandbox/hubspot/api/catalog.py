"""What an account consists of: properties, owners, pipelines, its details and its use of the API."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.hubspot.api.calls import Call, Reply, Route
from sandbox.hubspot.api.property_groups import group_named
from sandbox.hubspot.api.scopes import demand, demand_any
from sandbox.hubspot.errors import ApiError, NotFound, bad_request
from sandbox.hubspot.people import Owner
from sandbox.hubspot.schema import TYPES, PropertyDefinition
from sandbox.hubspot.standard import DEAL_STAGES
from sandbox.hubspot.times import from_ms, iso

_READ_OWNERS = "crm.objects.owners.read"
MAX_UNIQUE = 10
"""Unique properties an object type may have."""


def _properties(call: Call) -> Reply:
    demand(call, "schemas", "read")
    return Reply(body={"results": [d.to_wire() for d in call.shelf.definitions.values()]})


def _definition(call: Call) -> PropertyDefinition:
    name = call.path["name"]
    definition = call.shelf.definitions.get(name)
    if definition is None:
        raise ApiError(
            404, "OBJECT_NOT_FOUND", f"Property {name} does not exist.", context={"propertyName": [name]}
        )
    return definition


def _property(call: Call) -> Reply:
    demand(call, "schemas", "read")
    return Reply(body=_definition(call).to_wire())


def _options(raw: Any) -> tuple[tuple[str, str], ...]:
    """The options in the order in which they are shown; those with none come last, as they were sent."""
    if raw is None:
        return ()
    if not isinstance(raw, list) or not all(isinstance(o, dict) and "value" in o for o in raw):
        raise bad_request("Invalid input JSON: options must be a list of objects with a value.")
    shown = sorted(raw, key=lambda o: (int(o.get("displayOrder", -1)) < 0, int(o.get("displayOrder", -1))))
    return tuple((str(o["value"]), str(o.get("label", o["value"]))) for o in shown)


def _create_property(call: Call) -> Reply:
    demand(call, "schemas", "write")
    fields, definitions = call.fields(), call.shelf.definitions
    name = call.field("name")
    if name != name.lower() or not name.replace("_", "").isalnum():
        raise bad_request(f"Property name {name} must be lower-case letters, digits and underscores.")
    if name in definitions:
        raise ApiError(409, "OBJECT_ALREADY_EXISTS", f"Property {name} already exists.")
    if call.field("type") not in TYPES:
        raise bad_request(f"Invalid property type {fields['type']}.")
    if group_named(call, call.field("groupName")) is None:
        raise bad_request(f"Property group {fields['groupName']} does not exist.")
    unique = fields.get("hasUniqueValue") is True
    if unique and sum(d.unique for d in definitions.values()) >= MAX_UNIQUE:
        raise bad_request(f"There may be at most {MAX_UNIQUE} properties with unique values.")
    made = PropertyDefinition(
        name=name,
        label=call.field("label"),
        type=fields["type"],
        field_type=call.field("fieldType"),
        group=call.field("groupName"),
        options=_options(fields.get("options")),
        unique=unique,
        custom=True,
        description=str(fields.get("description") or ""),
    )
    definitions[name] = made
    return Reply(status=201, body=made.to_wire())


def _change_property(call: Call) -> Reply:
    definition, fields = _definition(call), call.fields()
    changed = replace(
        definition,
        label=str(fields.get("label", definition.label)),
        options=_options(fields["options"]) if "options" in fields else definition.options,
    )
    call.shelf.definitions[definition.name] = changed
    return Reply(body=changed.to_wire())


def _archive_property(call: Call) -> Reply:
    definition = _definition(call)
    if not definition.custom:
        raise bad_request(f"Property {definition.name} is defined by HubSpot and cannot be archived.")
    del call.shelf.definitions[definition.name]
    return Reply(status=204)


def _owners(call: Call) -> Reply:
    demand_any(call, _READ_OWNERS)
    email, archived = call.argument("email").casefold(), call.flag("archived")
    found = [
        owner
        for owner in call.portal.owners.by_id.values()
        if owner.archived == archived and (not email or owner.email.casefold() == email)
    ]
    limit, after = call.limit(default=100, most=500), call.argument("after", "0")
    if not after.isdigit():
        raise bad_request(f"after is not a valid cursor: {after}")
    start = int(after)
    body: dict[str, Any] = {"results": [owner.to_wire() for owner in found[start : start + limit]]}
    if start + limit < len(found):
        body["paging"] = {"next": {"after": str(start + limit)}}
    return Reply(body=body)


def _owner(call: Call) -> Reply:
    demand_any(call, _READ_OWNERS)
    ident, by_user = call.path["ident"], call.argument("idProperty", "id") == "userId"

    def named(owner: Owner) -> bool:
        return str(owner.user_id if by_user else owner.id) == ident

    for owner in call.portal.owners.by_id.values():
        if named(owner) and owner.archived == call.flag("archived"):
            return Reply(body=owner.to_wire())
    raise NotFound([ident])


def _pipelines(call: Call) -> Reply:
    if call.shelf.type.name != "deals":
        return Reply(body={"results": []})
    stages = [
        {
            "id": value,
            "label": label,
            "displayOrder": order,
            "metadata": {"isClosed": str(closed).lower(), "probability": probability},
            "archived": False,
        }
        for order, (value, label, probability, closed) in enumerate(DEAL_STAGES)
    ]
    pipeline = {"id": "default", "label": "Sales Pipeline", "displayOrder": 0, "archived": False}
    return Reply(body={"results": [{**pipeline, "stages": stages}]})


def _account(call: Call) -> Reply:
    account = call.portal.account
    zone = ZoneInfo(account.time_zone)
    local: datetime = from_ms(call.world.now()).astimezone(zone)
    offset = local.utcoffset()
    seconds = int(offset.total_seconds()) if offset else 0
    sign, minutes = "-" if seconds < 0 else "+", abs(seconds) // 60
    return Reply(
        body={
            "portalId": account.portal_id,
            "accountType": "STANDARD",
            "timeZone": account.time_zone,
            "companyCurrency": account.currency,
            "additionalCurrencies": [],
            "utcOffset": f"{sign}{minutes // 60:02d}:{minutes % 60:02d}",
            "utcOffsetMilliseconds": seconds * 1000,
            "uiDomain": "app.hubspot.com",
            "dataHostingLocation": "eu1",
        }
    )


def _usage(call: Call) -> Reply:
    limits = call.limits
    row = {
        "name": "private-apps-api-calls-daily",
        "usageLimit": call.portal.account.daily_limit or 1_000_000,
        "currentUsage": limits.used_today,
        "collectedAt": iso(call.world.now()),
        "fetchStatus": "SUCCESS",
        "resetsAt": iso(limits.resets_at),
    }
    return Reply(body={"results": [row]})


_PROPERTIES = "/crm/v3/properties/<kind>"

ROUTES = (
    Route(method="GET", rule=_PROPERTIES, handler=_properties),
    Route(method="POST", rule=_PROPERTIES, handler=_create_property, writes=True),
    Route(method="GET", rule=f"{_PROPERTIES}/<name>", handler=_property),
    Route(method="PATCH", rule=f"{_PROPERTIES}/<name>", handler=_change_property, writes=True),
    Route(method="DELETE", rule=f"{_PROPERTIES}/<name>", handler=_archive_property, writes=True),
    Route(method="GET", rule="/crm/v3/owners", handler=_owners),
    Route(method="GET", rule="/crm/v3/owners/<ident>", handler=_owner),
    Route(method="GET", rule="/crm/v3/pipelines/<kind>", handler=_pipelines),
    Route(method="GET", rule="/account-info/v3/details", handler=_account),
    Route(method="GET", rule="/account-info/v3/api-usage/daily/private-apps", handler=_usage),
)
