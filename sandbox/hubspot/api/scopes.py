"""What a token may do: HubSpot refuses a call for want of a scope, and names the scopes that would do."""

from __future__ import annotations

from typing import Literal

from sandbox.hubspot.api.calls import Call
from sandbox.hubspot.errors import ApiError


def demand(call: Call, what: Literal["schemas", "objects"], right: Literal["read", "write"]) -> None:
    """Raise ApiError 403 unless the token has the scope, such as crm.schemas.contacts.write.

    Either right on schemas or on objects shows the definitions of properties.
    """
    kind = call.shelf.type.name
    wanted = [f"crm.{what}.{kind}.{right}"]
    if (what, right) == ("schemas", "read"):
        wanted += [f"crm.objects.{kind}.read", f"crm.schemas.{kind}.write"]
    demand_any(call, *wanted)


def demand_any(call: Call, *wanted: str) -> None:
    """Raise ApiError 403 unless the token has one of these scopes."""
    granted = call.portal.account.scopes
    if granted is None or granted & set(wanted):
        return
    raise ApiError(
        403,
        "MISSING_SCOPES",
        "This app hasn't been granted all required scopes to make this call. "
        "Read more about required scopes here: https://developers.hubspot.com/scopes.",
        errors=[
            {
                "message": "One or more of the following scopes are required.",
                "context": {"requiredGranularScopes": list(wanted)},
            }
        ],
        extra={"links": {"scopes": "https://developers.hubspot.com/scopes"}},
    )
