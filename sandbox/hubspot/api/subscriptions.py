"""Opting out of all e-mail: the only way an app can set `hs_email_optout`, and it cannot take it back."""

from __future__ import annotations

from typing import Any

from sandbox.hubspot.api.batches import batch_reply
from sandbox.hubspot.api.calls import BATCH_LIMIT, Call, Reply, Route, text_list
from sandbox.hubspot.api.scopes import demand_any
from sandbox.hubspot.errors import bad_request
from sandbox.hubspot.optouts import OPT_OUT, opt_out
from sandbox.hubspot.records import Record
from sandbox.hubspot.times import iso
from sandbox.hubspot.writes import update


def _channel(call: Call, right: str) -> None:
    scopes = ("read_write", "write") if right == "write" else ("read_write", "read")
    demand_any(call, *(f"communication_preferences.{scope}" for scope in scopes))
    if call.argument("channel") != "EMAIL":
        raise bad_request("channel must be EMAIL.")


def _contact(call: Call, address: str) -> Record | None:
    return call.portal.shelf("contacts").find(address, "email", now=call.world.now())


def _status(address: str, at: int) -> dict[str, Any]:
    return {
        "subscriberIdString": address,
        "channel": "EMAIL",
        "status": "UNSUBSCRIBED",
        "wideStatusType": "PORTAL_WIDE",
        "timestamp": iso(at),
    }


def _opt_out(call: Call, address: str) -> dict[str, Any]:
    """Mark an address and the contact that has it; HubSpot takes addresses without a contact, too."""
    opt_out(call.portal.opted_out, address)
    record = _contact(call, address)
    if record is not None:
        update(call.portal, call.portal.shelf("contacts"), record, {OPT_OUT: "true"}, call.source)
    return _status(address, call.world.now())


def _read(call: Call) -> Reply:
    _channel(call, "read")
    record = _contact(call, call.path["address"])
    out = record is not None and record.now.values.get(OPT_OUT) == "true"
    rows = [_status(call.path["address"], record.history[OPT_OUT][0].at)] if record and out else []
    return batch_reply(call, rows, ())


def _one(call: Call) -> Reply:
    _channel(call, "write")
    return batch_reply(call, [_opt_out(call, call.path["address"])], ())


def _many(call: Call) -> Reply:
    _channel(call, "write")
    demand_any(call, "communication_preferences.statuses.batch.write")
    addresses = text_list(call.fields().get("inputs"), "inputs")
    if len(addresses) > BATCH_LIMIT:
        raise bad_request(f"The maximum number of inputs supported in a batch request is {BATCH_LIMIT}.")
    done = [_opt_out(call, address) for address in addresses]
    rows = [{"subscriberIdString": one["subscriberIdString"], "statuses": [one]} for one in done]
    return batch_reply(call, rows, ())


_STATUSES = "/communication-preferences/v4/statuses"

ROUTES = (
    Route(method="GET", rule=f"{_STATUSES}/<address>/unsubscribe-all", handler=_read),
    Route(method="POST", rule=f"{_STATUSES}/<address>/unsubscribe-all", handler=_one, writes=True),
    Route(method="POST", rule=f"{_STATUSES}/batch/unsubscribe-all", handler=_many, writes=True),
)
