"""What people do in both stand-in CRMs, and what stands in them and in our tables."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from adapters.database import SqlDatabase
from contract.activity import ActivityEntry, Counts, DeadLetter
from contract.links import Link
from contract.records import HUBSPOT_CONTACT, SALESFORCE_CONTACT, SALESFORCE_LEAD, RecordRef, Side
from sandbox.hubspot import HubSpotSandbox
from sandbox.salesforce import SalesforceSandbox
from tests.contract.crm.benches import NUMBER, HandClock


class Premises:
    """Both CRMs and the tables of one portal, to act in and to look at."""

    clock: HandClock
    database: SqlDatabase
    hubspot: HubSpotSandbox
    salesforce: SalesforceSandbox

    # --- what people do ---

    def add_contact(self, email: str, **properties: Any) -> RecordRef:
        """A marketer enters a contact."""
        values = {"email": email, "firstname": "Ada", "lastname": "Byron", **properties}
        return hubspot_ref(self.hubspot.ui_create(NUMBER, "contacts", values))

    def edit_contact(self, ref: RecordRef, **properties: Any) -> None:
        """A marketer edits a contact."""
        self.hubspot.ui_update(NUMBER, "contacts", ref.id, properties)

    def add_lead(self, email: str, **fields: Any) -> RecordRef:
        """A seller enters a lead."""
        values = {"Email": email, "FirstName": "Ada", "LastName": "Byron", "Company": "Engines", **fields}
        return lead_ref(self.salesforce.ui_create("Lead", values))

    def edit_lead(self, ref: RecordRef, **fields: Any) -> None:
        """A seller edits a lead or contact."""
        self.salesforce.ui_update(ref.object_type, ref.id, fields)

    # --- what stands where ---

    def contact(self, ref: RecordRef) -> dict[str, Any]:
        """A contact's properties as they truly stand."""
        return next(row["properties"] for row in self.hubspot.state(NUMBER) if row["id"] == ref.id)

    def row(self, ref: RecordRef) -> dict[str, Any]:
        """A Salesforce row as it truly stands."""
        return dict(self.salesforce.record(ref.object_type, ref.id))

    def live_contacts(self) -> list[RecordRef]:
        """Contacts that are neither archived nor merged away."""
        rows = self.hubspot.state(NUMBER)
        return [hubspot_ref(r["id"]) for r in rows if not r["archived"] and not r["merged_into"]]

    def live_leads(self) -> list[RecordRef]:
        """Leads that are neither deleted nor converted."""
        rows = self.salesforce.state("Lead")
        return [lead_ref(r["Id"]) for r in rows if not r["IsDeleted"] and not r["IsConverted"]]

    def links(self) -> list[Link]:
        """All live links."""
        with self.database.transaction() as tx:
            return tx.links.oldest_seen(NUMBER, after=0, limit=1000)

    def link_of(self, ref: RecordRef) -> Link | None:
        """The link that holds this record."""
        with self.database.transaction() as tx:
            return tx.links.of(NUMBER, [ref]).get(ref)

    def letters(self) -> list[DeadLetter]:
        """The open dead letters."""
        with self.database.transaction() as tx:
            return tx.dead_letters.find(portal=NUMBER, limit=1000)

    def activity(self) -> list[ActivityEntry]:
        """Everything told so far, oldest first."""
        with self.database.transaction() as tx:
            return tx.activity.history(NUMBER, limit=1000)

    def counts(self) -> Counts:
        """What stands in the tables."""
        with self.database.transaction() as tx:
            return tx.counts(NUMBER, now=self.clock())

    def next_due(self) -> datetime | None:
        """When the next row is due."""
        with self.database.transaction() as tx:
            return tx.pending.next_due(NUMBER)

    def calls(self) -> dict[str, int]:
        """API calls of both sides since the last time they were asked for."""
        found = {**self.hubspot.calls.counts, **self.salesforce.calls.counts}
        self.hubspot.calls.reset()
        self.salesforce.calls.reset()
        return found


def hubspot_ref(record_id: str) -> RecordRef:
    """A contact's name."""
    return RecordRef(side=Side.HUBSPOT, object_type=HUBSPOT_CONTACT, id=record_id)


def lead_ref(record_id: str) -> RecordRef:
    """A lead's name."""
    return RecordRef(side=Side.SALESFORCE, object_type=SALESFORCE_LEAD, id=record_id)


def contact_ref(record_id: str) -> RecordRef:
    """A Salesforce contact's name."""
    return RecordRef(side=Side.SALESFORCE, object_type=SALESFORCE_CONTACT, id=record_id)
