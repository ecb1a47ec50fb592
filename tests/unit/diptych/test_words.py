from __future__ import annotations

from typing import Any

import pytest

from diptych.words import record_of, sentence

GIVEN = {"rule": "mapping", "field": "phone", "says": "only HubSpot changed", "writes": "salesforce"}


@pytest.mark.parametrize(
    ("verdict", "says"),
    [
        ({"says": "no record matches"}, "no record matches"),
        ({"says": "left as it is", "field": "fax"}, "fax: left as it is"),
        ({**GIVEN, "value": "2"}, 'phone: only HubSpot changed ("2")'),
        ({**GIVEN, "value": "2", "lost": "1"}, 'phone: only HubSpot changed ("2" in place of "1")'),
        ({**GIVEN, "lost": "1"}, 'phone: only HubSpot changed (it held "1")'),
        ({**GIVEN, "value": "", "lost": "1"}, 'phone: only HubSpot changed (it held "1")'),
        ({**GIVEN, "value": ""}, "phone: only HubSpot changed"),
        ({**GIVEN, "value": False, "lost": True}, "phone: only HubSpot changed (no in place of yes)"),
        ({**GIVEN, "value": 0}, "phone: only HubSpot changed (0)"),
        ({**GIVEN, "says": "This person was erased."}, "This person was erased."),
    ],
)
def test_a_verdict_is_one_sentence_with_the_value_it_gives_and_the_one_it_ends(
    verdict: dict[str, Any], says: str
) -> None:
    assert sentence(verdict) == says


def test_a_record_goes_by_its_crm_kind_and_id() -> None:
    write = {"side": "salesforce", "object_type": "Lead", "record_id": "00Q1"}
    assert record_of(write) == "Salesforce lead 00Q1"
    assert record_of({**write, "record_id": None}) == "Salesforce lead"
