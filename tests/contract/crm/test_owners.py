"""Who records can be given to, on either side: by id or by e-mail, in few calls."""

from __future__ import annotations

from datetime import timedelta

import pytest

from adapters.crm.salesforce_users import SalesforceUsers
from contract.errors import CrmError, ErrorClass
from contract.ports import Owner
from tests.contract.crm.benches import NUMBER, HubSpotBench, SalesforceBench
from tests.fakes.canned import answer


def test_hubspots_owners_are_found_by_id_and_by_e_mail(hubspot: HubSpotBench) -> None:
    ada = hubspot.sandbox.add_owner(NUMBER, "Ada@Example.org")
    bob = hubspot.sandbox.add_owner(NUMBER, "bob@example.org")
    hubspot.sandbox.add_owner(NUMBER, "gone@example.org", archived=True)

    found = hubspot.crm.owners(ids={ada}, emails={"bob@example.org", "gone@example.org"})

    assert found == [
        Owner(id=ada, email="ada@example.org", active=True),
        Owner(id=bob, email="bob@example.org", active=True),
    ]


def test_hubspots_list_is_read_once_in_five_minutes_and_sooner_for_somebody_new(
    hubspot: HubSpotBench,
) -> None:
    ada = hubspot.sandbox.add_owner(NUMBER, "ada@example.org")
    calls = []
    for wait, email in ((0, "ada"), (29, "new"), (1, "new"), (299, "ada"), (1, "ada")):
        hubspot.clock.now += timedelta(seconds=wait)
        hubspot.crm.owners(ids={ada}, emails={f"{email}@example.org"})
        calls.append(len(hubspot.wire.seen))
    assert calls == [1, 1, 2, 2, 3]


def test_hubspots_list_is_read_page_by_page_and_queues_are_left_out(hubspot: HubSpotBench) -> None:
    def one(number: int, kind: str = "PERSON") -> dict[str, str]:
        stamp = f"2026-01-0{9 - number}T00:00:00Z"
        return {"id": str(number), "email": "a@example.org", "type": kind, "createdAt": stamp}

    pages = (
        {"results": [one(1)], "paging": {"next": {"after": "x"}}},
        {"results": [one(2), one(3, "QUEUE")]},
    )
    hubspot.wire.answers.extend(answer(200, page) for page in pages)
    assert [owner.id for owner in hubspot.crm.owners(emails={"a@example.org"})] == ["2", "1"]
    assert "after=x" in str(hubspot.wire.seen[1].url)


def test_salesforces_users_are_found_by_id_and_by_e_mail(salesforce: SalesforceBench) -> None:
    users = salesforce.sandbox.org.users

    found = salesforce.crm.owners(
        ids={users.inactive, users.queue, "nonsense"}, emails={"petra.person@example.com"}
    )

    assert {(owner.id, owner.email, owner.active) for owner in found} == {
        (users.inactive, "ina.inactive@example.com", False),
        (users.person, "petra.person@example.com", True),
    }
    assert salesforce.crm.owners(ids=set(), emails=set()) == []


def test_a_user_who_cannot_own_anything_is_not_active(salesforce: SalesforceBench) -> None:
    row = {"Id": "005000000000001", "Email": "a@x.com", "IsActive": True, "CreatedDate": "2026"}
    page = {"totalSize": 1, "done": True, "records": [{**row, "UserType": "CsnOnly"}]}
    salesforce.crm.check()
    salesforce.wire.answers.append(answer(200, page))
    assert [owner.active for owner in salesforce.crm.owners(emails={"a@x.com"})] == [False]


def test_a_thousand_take_one_or_two_queries(salesforce: SalesforceBench) -> None:
    salesforce.crm.check()
    before = len(salesforce.wire.seen)
    salesforce.crm.owners(emails={f"p{number}@x.com" for number in range(400)})
    assert len(salesforce.wire.seen) - before <= 2


@pytest.mark.parametrize(("sandbox", "expected"), [(True, ["a@x.com"]), (False, [])])
def test_in_a_sandbox_the_ending_that_salesforce_appends_to_addresses_is_looked_through(
    salesforce: SalesforceBench, *, sandbox: bool, expected: list[str]
) -> None:
    api = salesforce.crm.api  # type: ignore[attr-defined]  # the gateway's own
    org = salesforce.sandbox.org
    user = dict(org.store.tables["User"][org.users.person].row)
    with org.store.transaction():
        org.store.put("User", {**user, "Email": "a@x.com.invalid"}, org.clock())
    found = SalesforceUsers(api=api, sandbox=sandbox).owners((), {"a@x.com"})
    assert [owner.email for owner in found] == expected


def test_without_the_scope_owners_cannot_be_seen() -> None:
    bench = HubSpotBench(scopes=frozenset({"crm.objects.contacts.read"}))
    with pytest.raises(CrmError) as refused:
        bench.crm.owners(emails={"ada@example.org"})
    assert (refused.value.fault.error, refused.value.fault.code) == (ErrorClass.PERMISSION, "MISSING_SCOPES")
