"""What would help, per kind of fault: the suggested fix an operator reads beside a dead letter."""

from __future__ import annotations

from contract.errors import ErrorClass, Fault

_BY_CODE = {
    "REQUIRED_FIELD_MISSING": "Fill the named field in HubSpot, or give it a default in Salesforce.",
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": "Add the value to the picklist in Salesforce, or correct it.",
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": "Correct the value, or change the rule (in Salesforce: Setup, "
    "Object Manager, Validation Rules), then replay.",
    "STRING_TOO_LONG": "Shorten the value, or lengthen the Salesforce field.",
    "INVALID_EMAIL_ADDRESS": "Correct the e-mail address.",
    "INSUFFICIENT_ACCESS_OR_READONLY": "Give the integration user edit access to this object and record.",
    "INVALID_FIELD_FOR_INSERT_UPDATE": "Give the integration user edit access to the named field.",
    "MISSING_SCOPES": "Give the HubSpot app the missing scope and install it again.",
    "MERGE_REFUSED": "Merge the two contacts in HubSpot by hand, which says there what stands in the way.",
    "NOT_VISIBLE": "Share the record with the integration user, or confirm that it is gone for good.",
}
_BY_CLASS = {
    ErrorClass.TRANSIENT: "Nothing, once the CRM answers again: it is tried on every quarter of an hour.",
    ErrorClass.DATA: "Correct the value on the side it comes from, then replay.",
    ErrorClass.PERMISSION: "Give the integration user access to the named object or field, then replay.",
    ErrorClass.DUPLICATE: "Merge the duplicates in the CRM, then replay.",
    ErrorClass.CONFLICT: "Merge the two records that share this value, then replay.",
    ErrorClass.MAPPING: "Correct the field mapping in the portal's settings, then replay.",
}
_ELSE = "Read what the CRM answered; replay once its cause is gone."


def fix_for(fault: Fault) -> str:
    """A sentence that says what an operator can do about it."""
    return _BY_CODE.get(fault.code) or _BY_CLASS.get(fault.error, _ELSE)
