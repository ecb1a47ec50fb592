"""Associations v4 between contacts, companies, deals and tasks."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.sandbox_hubspot.harness import OTHER_PORTAL, Api, World

PRIMARY = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 1}]


@pytest.fixture
def contact(api: Api) -> str:
    """Ada."""
    return api.create(firstname="Ada")


@pytest.fixture
def company(api: Api) -> str:
    """Acme."""
    return api.create("companies", name="Acme")


def _of(api: Api, kind: str, ident: str, to: str) -> dict[int, list[int]]:
    """Type numbers by the id they lead to."""
    rows = api.get(f"/crm/v4/objects/{kind}/{ident}/associations/{to}").body["results"]
    return {row["toObjectId"]: [t["typeId"] for t in row["associationTypes"]] for row in rows}


def _put(api: Api, contact: str, company: str, types: list[dict[str, Any]]) -> Any:
    return api.call("PUT", f"/crm/v4/objects/contacts/{contact}/associations/companies/{company}", types)


def _put_default(api: Api, a: str, a_id: str, b: str, b_id: str) -> Any:
    return api.call("PUT", f"/crm/v4/objects/{a}/{a_id}/associations/default/{b}/{b_id}")


def test_a_default_association_is_seen_from_both_ends(api: Api, contact: str, company: str) -> None:
    answer = _put_default(api, "contacts", contact, "companies", company)
    assert answer.status == 200
    spec = answer.body["results"][0]["associationSpec"]
    assert spec == {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 279}
    assert _of(api, "contacts", contact, "companies") == {int(company): [279]}
    assert _of(api, "companies", company, "contacts") == {int(contact): [280]}


def test_a_primary_company_brings_the_unlabelled_tie_and_marks_the_contact(
    api: Api, contact: str, company: str
) -> None:
    answer = _put(api, contact, company, PRIMARY)
    assert (answer.status, answer.body["labels"]) == (201, ["Primary"])
    assert _of(api, "contacts", contact, "companies") == {int(company): [279, 1]}
    assert api.read(contact, "associatedcompanyid")["associatedcompanyid"] == company


def test_a_contact_has_one_primary_company(api: Api, contact: str, company: str) -> None:
    other = api.create("companies", name="Bolt")
    _put(api, contact, company, PRIMARY)
    _put(api, contact, other, PRIMARY)
    assert _of(api, "contacts", contact, "companies") == {int(company): [279], int(other): [279, 1]}
    assert api.read(contact, "associatedcompanyid")["associatedcompanyid"] == other


def test_putting_types_replaces_the_labels(api: Api, contact: str, company: str) -> None:
    _put(api, contact, company, PRIMARY)
    _put(api, contact, company, [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 279}])
    assert _of(api, "contacts", contact, "companies") == {int(company): [279]}
    assert api.read(contact, "associatedcompanyid")["associatedcompanyid"] is None


def test_deleting_unties_wholly(api: Api, contact: str, company: str) -> None:
    _put(api, contact, company, PRIMARY)
    path = f"/crm/v4/objects/contacts/{contact}/associations/companies/{company}"
    assert api.call("DELETE", path).status == 204
    assert _of(api, "companies", company, "contacts") == {}


@pytest.mark.parametrize(
    ("a", "b", "there", "back"),
    [
        ("deals", "contacts", 3, 4),
        ("deals", "companies", 341, 342),
        ("tasks", "contacts", 204, 203),
        ("tasks", "companies", 192, 191),
        ("tasks", "deals", 216, 215),
    ],
)
def test_each_pair_of_types_has_its_numbers(api: Api, a: str, b: str, there: int, back: int) -> None:
    values = {
        "contacts": {"firstname": "x"},
        "companies": {"name": "x"},
        "deals": {"dealname": "x"},
        "tasks": {"hs_timestamp": "2026-12-01T00:00:00Z"},
    }
    one, other = api.create(a, **values[a]), api.create(b, **values[b])
    _put_default(api, a, one, b, other)
    assert _of(api, a, one, b) == {int(other): [there]}
    assert _of(api, b, other, a) == {int(one): [back]}


def test_wrong_types_pairs_and_ids_are_refused(api: Api, contact: str, company: str) -> None:
    wrong = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 280}]
    assert _put(api, contact, company, wrong).status == 400
    assert _put(api, contact, company, []).status == 400
    assert _put(api, contact, "7", PRIMARY).status == 404
    assert _put_default(api, "contacts", contact, "contacts", contact).status == 400


def test_a_batch_read_tells_ties_and_names_who_has_none(api: Api, contact: str, company: str) -> None:
    lonely = api.create(firstname="Bob")
    _put(api, contact, company, PRIMARY)
    body = {"inputs": [{"id": contact}, {"id": lonely}]}
    answer = api.post("/crm/v4/associations/contacts/companies/batch/read", body)
    assert answer.status == 207
    (found,) = answer.body["results"]
    assert (found["from"]["id"], found["to"][0]["toObjectId"]) == (contact, int(company))
    assert [kind["label"] for kind in found["to"][0]["associationTypes"]] == [None, "Primary"]
    (error,) = answer.body["errors"]
    assert error["subCategory"] == "crm.associations.NO_ASSOCIATIONS_FOUND"
    assert error["context"]["fromObjectId"] == [lonely]


def test_batches_create_default_label_and_archive(api: Api, contact: str, company: str) -> None:
    base = "/crm/v4/associations/contacts/companies/batch"
    pair = {"from": {"id": contact}, "to": {"id": company}}
    assert api.post(f"{base}/associate/default", {"inputs": [pair]}).status == 200
    created = api.post(f"{base}/create", {"inputs": [{**pair, "types": PRIMARY}]})
    assert (created.status, created.body["results"][0]["labels"]) == (201, ["Primary"])
    unlabel = api.post(f"{base}/labels/archive", {"inputs": [{**pair, "types": PRIMARY}]})
    assert unlabel.status == 204
    assert _of(api, "contacts", contact, "companies") == {int(company): [279]}
    gone = api.post(f"{base}/archive", {"inputs": [{"from": {"id": contact}, "to": [{"id": company}]}]})
    assert gone.status == 204
    assert _of(api, "contacts", contact, "companies") == {}


def test_labels_and_limits_of_a_pair(api: Api) -> None:
    rows = api.get("/crm/v4/associations/contacts/companies/labels").body["results"]
    assert [(row["typeId"], row["label"]) for row in rows] == [(279, None), (1, "Primary")]
    body = {"inputs": [{"id": str(n)} for n in range(1001)]}
    assert api.post("/crm/v4/associations/contacts/companies/batch/read", body).status == 400


def test_a_record_can_be_created_and_read_with_its_associations(api: Api, company: str) -> None:
    body = {
        "properties": {"firstname": "Eve"},
        "associations": [{"to": {"id": company}, "types": PRIMARY}],
    }
    ident = api.post("/crm/v3/objects/contacts", body).body["id"]
    read = api.get(f"/crm/v3/objects/contacts/{ident}?associations=companies").body
    assert read["associations"]["companies"]["results"] == [
        {"id": company, "type": "contact_to_company_unlabeled"},
        {"id": company, "type": "contact_to_company"},
    ]


def test_a_primary_tie_is_told_four_times(world: World, contact: str, company: str) -> None:
    world.forget()
    _put(world.api, contact, company, PRIMARY)
    told = [e for e in world.deliver() if e["subscriptionType"].endswith("associationChange")]
    assert [(e["associationType"], e["isPrimaryAssociation"]) for e in told] == [
        ("CONTACT_TO_COMPANY", True),
        ("COMPANY_TO_CONTACT", True),
        ("CONTACT_TO_COMPANY", False),
        ("COMPANY_TO_CONTACT", False),
    ]
    assert told[0]["fromObjectId"] == int(contact)
    assert "objectId" not in told[0]
    assert "fromObjectTypeId" not in told[0]


def test_the_generic_form_tells_types_instead_of_an_object(world: World) -> None:
    contact = world.other.create(firstname="Ada")
    company = world.other.create("companies", name="Acme")
    world.forget()
    _put_default(world.other, "contacts", contact, "companies", company)
    told = world.deliver()[0]
    assert (told["subscriptionType"], told["portalId"]) == ("object.associationChange", OTHER_PORTAL)
    assert (told["fromObjectTypeId"], told["toObjectTypeId"]) == ("0-1", "0-2")
    assert (told["associationTypeId"], told["associationCategory"]) == (279, "HUBSPOT_DEFINED")
    assert told["associationRemoved"] is False
