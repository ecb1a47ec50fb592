"""The HubSpot gateway of one portal: contract.ports.Crm over the CRM v3 API."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import requests

from adapters.crm.http import Clock
from adapters.crm.hubspot_api import HubSpotApi, open_api
from adapters.crm.hubspot_objects import field_schema, kind_of
from adapters.crm.hubspot_owners import HubSpotOwners
from adapters.crm.hubspot_read import HubSpotReader
from adapters.crm.hubspot_stages import HubSpotStages
from adapters.crm.hubspot_write import HubSpotWriter
from contract.decisions import Outcome, Write
from contract.errors import InvalidInput
from contract.lifecycle import RoleChange, Standing
from contract.places import Atlas
from contract.ports import AccountCheck, CallMeter, Crm, ListPage, Owner, Usage, Vault
from contract.records import FieldSchema, Record
from contract.settings import Portal


def open_hubspot(
    portal: Portal,
    *,
    session: requests.Session,
    meter: CallMeter,
    clock: Clock,
    sleep: Callable[[float], None] = time.sleep,
    allow_plain_http: bool = False,
    vault: Vault | None = None,
) -> Crm:
    """The portal's HubSpot account; makes no call yet.

    `session` comes from adapters.crm.http.new_session, `clock` tells aware UTC, `sleep` waits (seconds)
    between searches, `vault` keeps what a person's consent gave. Raises InvalidInput for a base URL that is
    plain http to another machine.
    """
    api = open_api(
        portal,
        session=session,
        meter=meter,
        clock=clock,
        sleep=sleep,
        allow_plain_http=allow_plain_http,
        vault=vault,
    )
    reader = HubSpotReader(api=api, app=portal.hubspot.app_id)
    return HubSpot(
        portal=portal,
        api=api,
        reader=reader,
        writer=HubSpotWriter(api=api),
        users=HubSpotOwners(api=api),
        ladder=HubSpotStages(api=api),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class HubSpot:
    """contract.ports.Crm for one HubSpot account."""

    portal: Portal
    api: HubSpotApi
    reader: HubSpotReader
    writer: HubSpotWriter
    users: HubSpotOwners
    ladder: HubSpotStages

    def read(self, object_type: str, ids: Collection[str], fields: Collection[str]) -> dict[str, Record]:
        return self.reader.read(object_type, ids, fields)

    def find(
        self, object_type: str, field: str, values: Collection[str], fields: Collection[str]
    ) -> list[Record]:
        return self.reader.find(object_type, field, values, fields)

    def edited(
        self, object_type: str, fields: Mapping[str, Collection[str]]
    ) -> dict[tuple[str, str], datetime]:
        return self.reader.edited(object_type, fields)

    def owners(self, *, ids: Collection[str] = (), emails: Collection[str] = ()) -> list[Owner]:
        return self.users.owners(ids, emails)

    def places(self) -> Atlas | None:
        """None: HubSpot's states and countries are free text."""
        return None

    def stages(self) -> tuple[str, ...]:
        return self.ladder.stages()

    def roles(self, contacts: Collection[str]) -> dict[str, frozenset[Standing]]:
        """Contact roles are Salesforce's: raises InvalidInput."""
        raise InvalidInput(f"{len(contacts)} contacts have no roles here: contact roles are Salesforce's")

    def roles_changed(self, since: datetime) -> Iterator[list[RoleChange]]:
        """Contact roles are Salesforce's: raises InvalidInput."""
        raise InvalidInput(f"no roles were changed here since {since}: contact roles are Salesforce's")

    def apply(self, writes: Sequence[Write], before_call: Callable[[], None] = lambda: None) -> list[Outcome]:
        return self.writer.apply(writes, before_call)

    def changed(self, object_type: str, since: datetime, fields: Collection[str]) -> Iterator[list[Record]]:
        return self.reader.changed(object_type, since, fields)

    def members(self, list_id: str, ids: Collection[str]) -> set[str]:
        return self.reader.members(list_id, ids)

    def joined(self, list_id: str, after: str | None) -> ListPage:
        return self.reader.joined(list_id, after)

    def check(self) -> AccountCheck:
        """Read the account's details, which any valid token may; keeps its time zone for the daily limit."""
        details = self.api.call("GET", "/account-info/v3/details")
        self.api.learn_time_zone(str(details.get("timeZone", "")))
        number = str(details.get("portalId", ""))
        says = f"HubSpot accepts the access token for account {number}"
        if number != str(self.portal.number):
            says = f"the access token belongs to HubSpot account {number}, not to {self.portal.number}"
        return AccountCheck(user=f"app {self.portal.hubspot.app_id}", account=number, says=says)

    def schema(self, object_type: str) -> tuple[FieldSchema, ...]:
        found = self.api.call("GET", f"/crm/v3/properties/{kind_of(object_type).path}")
        return tuple(field_schema(each) for each in found["results"])

    def usage(self) -> Usage:
        return self.api.http.usage
