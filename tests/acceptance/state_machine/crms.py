"""Both stand-in CRMs in this process, and what truly stands in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from contract.lifecycle import STAGE
from contract.records import (
    HUBSPOT_CONTACT,
    SALESFORCE_CONTACT,
    SALESFORCE_LEAD,
    RecordRef,
    Side,
    Value,
)
from contract.secret import Secret
from contract.settings import AuthMethod, HubSpotAccount, Portal, SalesforceAuth, SalesforceOrg, Settings
from sandbox.hubspot import HubSpotSandbox, PortalAccount
from sandbox.hubspot import create_app as hubspot_app
from sandbox.kit import HOSTILE
from sandbox.salesforce import SalesforceSandbox
from sandbox.salesforce import create_app as salesforce_app
from tests.acceptance.state_machine.clock import Clock
from tests.acceptance.state_machine.fields import MEMBER, MEMBERSHIP
from tests.acceptance.state_machine.journal import State
from tests.acceptance.state_machine.staff import Staff
from tests.fakes.wsgi import WsgiAdapter

NUMBER = 8400001
HUBSPOT_URL = "http://127.0.0.1:8091"
SALESFORCE_URL = "http://127.0.0.1:8090"
CLIENT_SECRET, PATH_SECRET, TOKEN = "client-secret", "path-secret-0001", "pat-0001"
APP = 77
ORG = "00DDp0000000001MAA"
LATENCY = 0.03
"""Seconds that a call takes by the run's clock."""
LIST = "1"
"""The only list: contacts of whom MEMBERSHIP says MEMBER."""
BAD = "bad"
"""What Salesforce accepts in no phone number."""
_PERSONS = (SALESFORCE_LEAD, SALESFORCE_CONTACT)
_HUBSPOT_FIELDS = (
    *("email", "hs_additional_emails", "firstname", "lastname", "phone"),
    *("jobtitle", "city", "company", "annualrevenue", MEMBERSHIP),
    *("hubspot_owner_id", "hs_email_optout", "state", "country", STAGE),
)
_SALESFORCE_FIELDS = (
    *("Email", "FirstName", "LastName", "Phone", "Title", "City", "MailingCity"),
    *("Company", "AnnualRevenue", "Diptych_Key__c", "OwnerId", "HasOptedOutOfEmail"),
    *(
        f"{part}{place}"
        for part in ("", "Mailing")
        for place in ("State", "Country", "StateCode", "CountryCode")
    ),
)


class Crms:
    """The stand-ins with their apps, and the states of all persons in both.

    `post_hubspot` and `post_salesforce` take the notices, as the receiver's address would.
    """

    def __init__(self, *, clock: Clock, seed: int, post_hubspot: Any, post_salesforce: Any) -> None:
        faults = HOSTILE.changed(latency_seconds=LATENCY)
        self.hubspot = HubSpotSandbox(
            [PortalAccount(portal_id=NUMBER, access_token=TOKEN)],
            app_id=APP,
            client_secret=CLIENT_SECRET,
            clock=clock,
            seed=seed,
            faults=faults,
            post=post_hubspot,
            search_lag_seconds=0.5,
            sleep=clock.sleep,
        )
        self.salesforce = SalesforceSandbox(
            org_id=ORG,
            clock=clock,
            seed=seed + 1,
            faults=faults,
            post=post_salesforce,
            base_url=SALESFORCE_URL,
            sleep=clock.sleep,
        )
        self.hubspot.add_dynamic_list(NUMBER, "Members", MEMBERSHIP, "EQ", MEMBER)
        for object_type in _PERSONS:
            rule = {
                "object": object_type,
                "field": "Phone",
                "regex": f"(?!{BAD}).*",
                "message": "no such phone",
            }
            self.salesforce.add_validation_rule(rule)
        self.hubspot.target_url = f"{HUBSPOT_URL}/webhooks/hubspot"
        self.salesforce.target_url = f"{SALESFORCE_URL}/webhooks/salesforce/{PATH_SECRET}"
        self.hubspot_wire = WsgiAdapter(hubspot_app(self.hubspot))
        self.salesforce_wire = WsgiAdapter(salesforce_app(self.salesforce))
        self.staff = Staff()
        self._known: dict[RecordRef, tuple[object, State]] = {}

    def show_stages(self, stages: Sequence[str]) -> None:
        """Let HubSpot have these lifecycle stages, in this order."""
        definitions = self.hubspot.portal(NUMBER).shelf("contacts").definitions
        options = tuple((stage, stage.title()) for stage in stages)
        definitions[STAGE] = replace(definitions[STAGE], options=options)

    def standings(self) -> dict[RecordRef, set[str]]:
        """By Salesforce contact the kinds of opportunities on which it has a role: open, won or lost."""
        tables = self.salesforce.org.store.tables
        found: dict[RecordRef, set[str]] = {}
        for entry in tables["OpportunityContactRole"].values():
            deal = tables["Opportunity"][entry.row["OpportunityId"]].row
            if entry.row["IsDeleted"] or deal["IsDeleted"]:
                continue
            kind = "won" if deal["IsWon"] else "lost" if deal["IsClosed"] else "open"
            found.setdefault(salesforce_contact(entry.row["ContactId"]), set()).add(kind)
        return found

    def states(self) -> dict[RecordRef, State]:
        """Every person as it truly stands; the same object as long as nothing changed."""
        found: dict[RecordRef, State] = {}
        for record in self.hubspot.portal(NUMBER).shelf("contacts").records.values():
            found_ref = hubspot_ref(record.id)
            found[found_ref] = self._state(found_ref, record.now, lambda r=record: _contact(r))
        for object_type in _PERSONS:
            for record_id, entry in self.salesforce.org.store.tables[object_type].items():
                found_ref = RecordRef(side=Side.SALESFORCE, object_type=object_type, id=record_id)
                found[found_ref] = self._state(
                    found_ref, entry, lambda e=entry, r=found_ref: _person(r, e.row)
                )
        return found

    def _state(self, ref: RecordRef, version: object, make: Any) -> State:
        known = self._known.get(ref)
        if known is None or known[0] is not version:
            known = self._known[ref] = (version, make())
        return known[1]


def portal_of(settings: Settings) -> Portal:
    """The portal of the run."""
    auth = SalesforceAuth(
        method=AuthMethod.CLIENT_CREDENTIALS,
        client_id="sandbox-consumer-key",
        client_secret=Secret("sandbox-consumer-secret"),
    )
    return Portal(
        number=NUMBER,
        name="state machine",
        hubspot=HubSpotAccount(
            base_url=HUBSPOT_URL,
            access_token=Secret(TOKEN),
            app_id=APP,
            client_secrets=(Secret(CLIENT_SECRET),),
        ),
        salesforce=SalesforceOrg(
            org_id=ORG,
            login_url=SALESFORCE_URL,
            instance_url=SALESFORCE_URL,
            auth=auth,
            webhook_secret=Secret(PATH_SECRET),
        ),
        settings=settings,
    )


def hubspot_ref(record_id: str) -> RecordRef:
    """A contact's ref."""
    return RecordRef(side=Side.HUBSPOT, object_type=HUBSPOT_CONTACT, id=record_id)


def salesforce_contact(record_id: str) -> RecordRef:
    """A Salesforce contact's ref."""
    return RecordRef(side=Side.SALESFORCE, object_type=SALESFORCE_CONTACT, id=record_id)


def _contact(record: Any) -> State:
    now = record.now
    return State(
        ref=hubspot_ref(record.id),
        fields=_filled(now.values, _HUBSPOT_FIELDS),
        stamp=now.updated_at,
        deleted=now.archived_at is not None,
        merged_into=hubspot_ref(now.merged_into) if now.merged_into else None,
    )


def _person(ref: RecordRef, row: Mapping[str, Any]) -> State:
    merged, converted = row.get("MasterRecordId"), row.get("ConvertedContactId")
    return State(
        ref=ref,
        fields=_filled(row, _SALESFORCE_FIELDS),
        stamp=row["SystemModstamp"],
        deleted=bool(row["IsDeleted"]),
        merged_into=RecordRef(side=Side.SALESFORCE, object_type=ref.object_type, id=merged)
        if merged
        else None,
        converted_to=salesforce_contact(converted) if converted else None,
    )


def _filled(values: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Value]:
    held = ((name, values.get(name)) for name in names)
    return {name: value for name, value in held if value not in {None, ""} and value is not False}
