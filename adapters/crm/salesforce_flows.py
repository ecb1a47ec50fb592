"""Which flows of an org are active, as its setup tells those who may see it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from simple_salesforce.format import format_soql

from adapters.crm.salesforce_api import SalesforceApi
from contract.errors import CrmError, ErrorClass

_OBJECT = "FlowDefinitionView"
_SOQL = f"SELECT ApiName, ActiveVersionId FROM {_OBJECT} WHERE ApiName IN {{}}"  # noqa: S608  # a constant


def active_flows(api: SalesforceApi, names: Collection[str]) -> Mapping[str, bool] | None:
    """Whether each of these that there is is active; None where we are not shown the org's flows.

    Raises CrmError.
    """
    try:
        rows = [row for page in api.query(format_soql(_SOQL, list(names)), subject=_OBJECT) for row in page]
    except CrmError as error:
        if error.fault.error is ErrorClass.PERMISSION:
            return None
        raise
    return {str(row["ApiName"]): bool(row["ActiveVersionId"]) for row in rows}
