"""What a new org holds: its users, a queue, itself, and the release record of the deployed package."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.salesforce.fields import Row
from sandbox.salesforce.ids import IdMaker
from sandbox.salesforce.objects import FLOW, RELEASE
from sandbox.salesforce.org import Org, Users, only_fields


def new_users(ids: IdMaker) -> Users:
    """Ids for the users and the queue of a new org."""
    return Users(
        integration=ids.new("005"),
        person=ids.new("005"),
        colleague=ids.new("005"),
        inactive=ids.new("005"),
        automation=ids.new("005"),
        queue=ids.new("00G"),
    )


def fill(org: Org, *, release: str | None) -> None:
    """Put the first records into an empty org; no message tells of them."""
    users = org.users
    people = (
        (users.integration, "Diptych", "Integration", True),
        (users.person, "Petra", "Person", True),
        (users.colleague, "Carl", "Colleague", True),
        (users.inactive, "Ina", "Inactive", False),
        (users.automation, "Automated", "Process", True),
    )
    for user_id, first, last, active in people:
        _put(org, "User", user_id, _user(first, last, active=active))
    _put(org, "Group", users.queue, {"Name": "Web Leads", "DeveloperName": "Web_Leads"})
    _put(org, "Organization", org.org_id, {"Name": "Stand-in", "OrganizationType": "Enterprise Edition"})
    set_release(org, release)
    org.access.denied_objects[FLOW.name] = {"read"}


def _user(first: str, last: str, *, active: bool) -> Row:
    address = f"{first}.{last}@example.com".lower()
    name = {"FirstName": first, "LastName": last, "Alias": last[:8].lower()}
    return {**name, "Email": address, "Username": address, "IsActive": active}


def set_release(org: Org, version: str | None) -> None:
    """Deploy a version of the package's release record; None takes record and type away, as in a new org."""
    name = RELEASE.name
    org.objects[name] = RELEASE
    with org.store.transaction():
        for row in org.store.rows(name):
            org.store.put_entry(name, row["Id"], None)
    if version is None:
        del org.objects[name]
        return
    _put(org, name, org.ids.new(RELEASE.prefix), {"DeveloperName": "Current", "Version__c": version})


def set_flows(org: Org, flows: Mapping[str, bool]) -> None:
    """The flows there are by API name, and whether each is active; from now on they are shown."""
    org.access.denied_objects[FLOW.name] = set()
    with org.store.transaction():
        for row in org.store.rows(FLOW.name):
            org.store.put_entry(FLOW.name, row["Id"], None)
    for name, active in flows.items():
        version = org.ids.new("301") if active else None
        _put(org, FLOW.name, org.ids.new(FLOW.prefix), {"ApiName": name, "ActiveVersionId": version})


def _put(org: Org, object_name: str, record_id: str, values: Row) -> None:
    spec, now, user = org.objects[object_name], org.stamp(), org.users.person
    audit = {"CreatedDate": now, "LastModifiedDate": now, "SystemModstamp": now}
    row = only_fields(
        spec, {**values, **audit, "Id": record_id, "CreatedById": user, "LastModifiedById": user}
    )
    with org.store.transaction():
        org.store.put(object_name, row | spec.derive(row), org.clock())
