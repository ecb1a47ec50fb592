"""Which version of Diptych's parts is deployed in an org: one record of a custom metadata type tells."""

from __future__ import annotations

from adapters.crm.salesforce_api import SalesforceApi
from contract.errors import CrmError

RELEASE_TYPE = "Diptych_Release__mdt"
_SOQL = f"SELECT Version__c FROM {RELEASE_TYPE} WHERE DeveloperName = 'Current'"  # noqa: S608  # all constants
_NOT_THERE = frozenset({"INVALID_TYPE", "INVALID_FIELD"})
"""How Salesforce refuses a query for a type or field that is not there, or not shown to us."""


def deployed(api: SalesforceApi) -> str | None:
    """The version deployed; None where there is none, or the integration user may not see it.

    Salesforce does not tell the two apart. Raises CrmError.
    """
    try:
        rows = [row for page in api.query(_SOQL, subject=RELEASE_TYPE) for row in page]
    except CrmError as error:
        if error.fault.code in _NOT_THERE:
            return None
        raise
    return next((str(row["Version__c"]) for row in rows if row.get("Version__c")), None)
