"""Acts that REST does not offer: merging, converting a lead, undeleting, emptying the recycle bin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sandbox.salesforce.checks import entered
from sandbox.salesforce.derive import CONVERTED_STATUS
from sandbox.salesforce.errors import SalesforceError, row_error
from sandbox.salesforce.fields import ObjectSpec, Row
from sandbox.salesforce.ids import long_id
from sandbox.salesforce.org import Actor, Org
from sandbox.salesforce.store import Entry
from sandbox.salesforce.writes import bin_entry, create, keep, living, references_to, save, stamps

_ADDRESS = ("Street", "City", "State", "PostalCode", "Country")
_TO_CONTACT: dict[str, str] = {
    **{
        name: name
        for name in ("Salutation", "FirstName", "LastName", "Title", "Email", "Phone", "MobilePhone")
    },
    **{name: name for name in ("Fax", "LeadSource", "Description", "HasOptedOutOfEmail", "OwnerId")},
    **{name: f"Mailing{name}" for name in _ADDRESS},
}
"""Lead field to contact field; external ids are not carried over."""
_TO_ACCOUNT: dict[str, str] = {
    "Company": "Name",
    **{
        name: name
        for name in ("Phone", "Website", "Industry", "AnnualRevenue", "NumberOfEmployees", "OwnerId")
    },
    **{name: f"Billing{name}" for name in _ADDRESS},
}


def merge(
    org: Org, actor: Actor, spec: ObjectSpec, master: str, losers: Sequence[str], chosen: Mapping[str, Any]
) -> None:
    """Keep the master with the chosen values; losers go to the bin with MasterRecordId set.

    One or two losers. What pointed to a loser points to the master afterwards, silently.
    Raises SalesforceError.
    """
    if not spec.mergeable:
        raise row_error("INVALID_TYPE_FOR_OPERATION", f"entity type {spec.name} does not support merge")
    with org.store.transaction():
        winner = living(org, actor, spec, master).row
        beaten = [living(org, actor, spec, loser).row for loser in losers]
        ids = [str(row["Id"]) for row in beaten]
        if not 1 <= len(ids) <= 2 or len({winner["Id"], *ids}) != len(ids) + 1:
            raise row_error("MERGE_FAILED", "a merge has one master and one or two other records")
        if any(row.get("IsConverted") for row in (winner, *beaten)):
            raise row_error("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead")
        repoint(org, spec, dict.fromkeys(ids, str(winner["Id"])))
        for row in beaten:
            bin_entry(org, actor, spec, row, {"MasterRecordId": winner["Id"]})
        values = entered(org, actor, spec, chosen, creating=False)
        save(org, actor, spec, {**winner, **values}, winner)


def repoint(org: Org, spec: ObjectSpec, moved: Mapping[str, str]) -> None:
    """Change references from the old ids to the new ones; only SystemModstamp tells of it."""
    for child, field in references_to(org, spec):
        if field.name == "MasterRecordId" or not field.updateable:
            continue
        for row in org.store.rows(child.name):
            target = moved.get(row[field.name])
            if target is not None and row["Id"] != target:
                changed = {**row, field.name: target, "SystemModstamp": org.stamp()}
                org.store.put(child.name, changed, org.clock())


def convert(
    org: Org,
    actor: Actor,
    lead_id: str,
    account_id: str | None,
    contact_id: str | None,
    opportunity: str | None,
) -> dict[str, str | None]:
    """Turn a lead into a contact at an account, both new unless given, and an opportunity if named.

    Answers contact_id, account_id and opportunity_id. Raises SalesforceError.
    """
    with org.store.transaction():
        lead = living(org, actor, org.objects["Lead"], lead_id).row
        if lead["IsConverted"]:
            raise row_error("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead")
        account_id = _account(org, actor, lead, account_id, contact_id)
        contact_id = _contact(org, actor, lead, account_id, contact_id)
        opportunity_id = _opportunity(org, actor, lead, account_id, contact_id, opportunity)
        repoint(org, org.objects["Lead"], {lead["Id"]: contact_id})
        converted = {
            "IsConverted": True,
            "ConvertedDate": org.stamp()[:10],
            "ConvertedAccountId": account_id,
            "ConvertedContactId": contact_id,
            "ConvertedOpportunityId": opportunity_id,
            "Status": CONVERTED_STATUS,
        }
        keep(org, actor.user_id, org.objects["Lead"], {**lead, **converted}, "updated")
        return {"contact_id": contact_id, "account_id": account_id, "opportunity_id": opportunity_id}


def _account(org: Org, actor: Actor, lead: Row, account_id: str | None, contact_id: str | None) -> str:
    spec = org.objects["Account"]
    if account_id is not None:
        return str(living(org, actor, spec, account_id).row["Id"])
    at_contact = contact_id and living(org, actor, org.objects["Contact"], contact_id).row["AccountId"]
    return str(at_contact) if at_contact else create(org, actor, spec, _copied(org, lead, _TO_ACCOUNT))


def _contact(org: Org, actor: Actor, lead: Row, account_id: str, contact_id: str | None) -> str:
    """A new contact, or the given one with its blanks filled; what it holds is never overwritten."""
    spec = org.objects["Contact"]
    copied = {**_copied(org, lead, _TO_CONTACT), "AccountId": account_id}
    if contact_id is None:
        return create(org, actor, spec, copied)
    row = living(org, actor, spec, contact_id).row
    blanks = {name: value for name, value in copied.items() if row[name] is None}
    save(org, actor, spec, {**row, **blanks}, row)
    return str(row["Id"])


def _copied(org: Org, lead: Row, names: Mapping[str, str]) -> Row:
    """Lead values under their new names; a queue cannot own what the lead becomes."""
    copied = {new: lead[old] for old, new in names.items() if lead[old] is not None}
    if not str(copied.get("OwnerId")).startswith(org.objects["User"].prefix):
        copied.pop("OwnerId", None)
    return copied


def _opportunity(
    org: Org, actor: Actor, lead: Row, account_id: str, contact_id: str, name: str | None
) -> str | None:
    if name is None:
        return None
    fields = {
        "Name": name,
        "AccountId": account_id,
        "StageName": "Prospecting",
        "CloseDate": org.stamp()[:10],
    }
    opportunity_id = create(
        org, actor, org.objects["Opportunity"], {**fields, "LeadSource": lead["LeadSource"]}
    )
    role = {"OpportunityId": opportunity_id, "ContactId": contact_id, "IsPrimary": True}
    create(org, actor, org.objects["OpportunityContactRole"], role)
    return opportunity_id


def undelete(org: Org, actor: Actor, spec: ObjectSpec, record_id: str) -> None:
    """Bring a record back from the bin, same id, new stamps, with what its deletion took along.

    Sends no outbound message. Raises SalesforceError, also for a record that is not in the bin.
    """
    with org.store.transaction():
        entry = _binned(org, spec, record_id)
        _demand_free_keys(org, spec, entry.row)
        row = {**entry.row, **stamps(org, actor.user_id), "IsDeleted": False}
        if "MasterRecordId" in row:
            row["MasterRecordId"] = None
        org.store.put(spec.name, row, org.clock())
        restored = org.store.tables[spec.name][row["Id"]]
        org.store.put_entry(spec.name, row["Id"], replace(restored, deleted_at=None, deleted_with=None))
        for child in org.objects.values():
            for child_id, taken in list(org.store.tables[child.name].items()):
                if taken.deleted_with == row["Id"]:
                    undelete(org, actor, child, child_id)


def _demand_free_keys(org: Org, spec: ObjectSpec, row: Row) -> None:
    for name in spec.indexed:
        if spec.fields[name].unique and row[name] and org.store.matches(spec.name, name, row[name]):
            raise row_error("DUPLICATE_VALUE", f"duplicate value found: {name} duplicates a value in use")


def purge(org: Org, spec: ObjectSpec, record_id: str) -> None:
    """Take a record out of the bin for good; only getDeleted still tells of it. Raises SalesforceError."""
    with org.store.transaction():
        entry = _binned(org, spec, record_id)
        if entry.deleted_at is not None:
            org.purged.setdefault(spec.name, {})[entry.row["Id"]] = entry.deleted_at
        org.store.put_entry(spec.name, entry.row["Id"], None)


def _binned(org: Org, spec: ObjectSpec, record_id: str) -> Entry:
    entry = org.store.entry(spec.name, long_id(record_id) or "")
    if entry is None or not entry.row["IsDeleted"]:
        raise SalesforceError("UNDELETE_FAILED", f"{record_id} is not in the recycle bin")
    return entry
