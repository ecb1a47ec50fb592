"""Groups of properties: HubSpot's own, and those that apps and people make."""

from __future__ import annotations

from typing import Any

from sandbox.hubspot.api.calls import Call, Reply, Route
from sandbox.hubspot.api.scopes import demand
from sandbox.hubspot.errors import ApiError


def group_named(call: Call, name: str) -> dict[str, Any] | None:
    """The group of this name, for the object type in the path."""
    return next((group for group in _of(call) if group["name"] == name), None)


def _of(call: Call) -> list[dict[str, Any]]:
    return call.portal.groups[call.shelf.type.name]


def _demanded(call: Call) -> dict[str, Any]:
    name = call.path["name"]
    group = group_named(call, name)
    if group is None:
        raise ApiError(404, "OBJECT_NOT_FOUND", f"Property group {name} does not exist.")
    return group


def _groups(call: Call) -> Reply:
    demand(call, "schemas", "read")
    return Reply(body={"results": _of(call)})


def _group(call: Call) -> Reply:
    demand(call, "schemas", "read")
    return Reply(body=_demanded(call))


def _create(call: Call) -> Reply:
    demand(call, "schemas", "write")
    name = call.field("name")
    if group_named(call, name):
        raise ApiError(409, "OBJECT_ALREADY_EXISTS", f"Property group {name} already exists.")
    made = {"name": name, "label": call.field("label"), "displayOrder": -1, "archived": False}
    _of(call).append(made)
    return Reply(status=201, body=made)


def _change(call: Call) -> Reply:
    demand(call, "schemas", "write")
    group, given = _demanded(call), call.fields()
    group |= {name: given[name] for name in ("label", "displayOrder") if name in given}
    return Reply(body=group)


def _archive(call: Call) -> Reply:
    demand(call, "schemas", "write")
    _of(call).remove(_demanded(call))
    return Reply(status=204)


_GROUPS = "/crm/v3/properties/<kind>/groups"

ROUTES = (
    Route(method="GET", rule=_GROUPS, handler=_groups),
    Route(method="POST", rule=_GROUPS, handler=_create, writes=True),
    Route(method="GET", rule=f"{_GROUPS}/<name>", handler=_group),
    Route(method="PATCH", rule=f"{_GROUPS}/<name>", handler=_change, writes=True),
    Route(method="DELETE", rule=f"{_GROUPS}/<name>", handler=_archive, writes=True),
)
