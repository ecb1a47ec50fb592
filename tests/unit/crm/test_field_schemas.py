"""What both CRMs tell of a field, in one form."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.crm import hubspot_objects, salesforce_objects


@pytest.mark.parametrize(
    ("told", "multiple", "calculated"),
    [
        ({"type": "string", "fieldType": "text"}, False, False),
        ({"type": "enumeration", "fieldType": "checkbox"}, True, False),
        ({"type": "enumeration", "fieldType": "select"}, False, False),
        ({"type": "number", "fieldType": "calculation_equation", "calculated": True}, False, True),
    ],
)
def test_hubspot_tells_several_choices_by_the_form_and_calculated_values(
    told: dict[str, Any], *, multiple: bool, calculated: bool
) -> None:
    found = hubspot_objects.field_schema({"name": "tier", **told})
    assert (found.multiple, found.calculated) == (multiple, calculated)


@pytest.mark.parametrize(
    ("told", "multiple", "calculated"),
    [
        ({"type": "multipicklist"}, True, False),
        ({"type": "picklist", "calculated": False}, False, False),
        ({"type": "double", "calculated": True}, False, True),
    ],
)
def test_salesforce_tells_several_choices_by_the_type_and_formulas(
    told: dict[str, Any], *, multiple: bool, calculated: bool
) -> None:
    found = salesforce_objects.field_schema({"name": "Tier__c", **told})
    assert (found.multiple, found.calculated) == (multiple, calculated)
