"""Listing records: what was modified last, what was deleted, and what the native connector left."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import chain

import pytest

from tests.fakes.lookout import hubspot_survey, install_native_connector, salesforce_survey
from tests.fakes.office import Office, opened


@pytest.fixture
def office() -> Iterator[Office]:
    with opened() as found:
        yield found


def test_hubspot_lists_what_was_modified_last_first_page_after_page(office: Office) -> None:
    refs = []
    for number in range(205):
        refs.append(office.add_contact(f"p{number}@x.example"))
        office.clock.sleep(1)
    office.edit_contact(refs[3], phone="1")
    pages = list(hubspot_survey(office).newest("contact"))
    assert [len(page) for page in pages] == [200, 5]
    found = list(chain.from_iterable(pages))
    assert found[:2] == [refs[3], refs[-1]]
    assert set(found) == set(refs)


def test_salesforce_lists_live_unconverted_records_the_last_modified_first(office: Office) -> None:
    refs = []
    for number in range(4):
        refs.append(office.add_lead(f"p{number}@x.example"))
        office.clock.sleep(2)
    office.salesforce.ui_delete("Lead", refs[0].id)
    office.salesforce.ui_convert(refs[1].id)
    office.edit_lead(refs[2], Phone="1")
    assert list(chain.from_iterable(salesforce_survey(office).newest("Lead"))) == [refs[2], refs[3]]


def test_deletions_are_listed_without_merge_losers(office: Office) -> None:
    refs = [office.add_lead(f"p{number}@x.example") for number in range(4)]
    for ref in refs[:2]:
        office.clock.sleep(2)
        office.salesforce.ui_delete("Lead", ref.id)
    office.salesforce.ui_merge("Lead", refs[2].id, [refs[3].id])
    survey = salesforce_survey(office)
    assert survey.deleted("Lead", 10) == [refs[1], refs[0]]
    assert survey.deleted("Lead", 1) == [refs[1]]
    assert hubspot_survey(office).deleted("contact", 10) == ()


def test_contacts_that_name_a_lead_a_contact_or_both_are_listed_once(office: Office) -> None:
    install_native_connector(office)
    names = (
        {"salesforceleadid": "1"},
        {"salesforcecontactid": "2"},
        {"salesforceleadid": "3", "salesforcecontactid": "4"},
    )
    named = [office.add_contact(f"p{place}@x.example", **ids) for place, ids in enumerate(names)]
    office.add_contact("alone@x.example")
    survey = hubspot_survey(office)
    assert list(chain.from_iterable(survey.linked())) == named
    assert survey.count() == 3


def test_an_account_that_never_had_the_native_connector_names_nothing(office: Office) -> None:
    office.add_contact("ada@x.example")
    survey = hubspot_survey(office)
    assert list(survey.linked()) == [[]]
    assert survey.count() == 0
    assert survey.traces(office.clock() - timedelta(days=1)).contacts == 0
