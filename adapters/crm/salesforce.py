"""The Salesforce gateway of one portal: contract.ports.Crm over the REST API."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import requests

from adapters.crm.http import Clock
from adapters.crm.salesforce_api import SalesforceApi, open_api
from adapters.crm.salesforce_places import SalesforcePlaces
from adapters.crm.salesforce_read import SalesforceReader
from adapters.crm.salesforce_roles import SalesforceRoles
from adapters.crm.salesforce_schema import Schemas
from adapters.crm.salesforce_users import SalesforceUsers
from adapters.crm.salesforce_write import SalesforceWriter
from contract.decisions import Outcome, Write
from contract.errors import CrmError, ErrorClass, InvalidInput
from contract.lifecycle import RoleChange, Standing
from contract.places import Atlas
from contract.ports import AccountCheck, CallMeter, Crm, ListPage, Owner, Usage, Vault
from contract.records import FieldSchema, Record
from contract.salesforce_ids import is_id, long_id
from contract.settings import Portal, SalesforceOrg


def open_salesforce(
    portal: Portal,
    *,
    session: requests.Session,
    meter: CallMeter,
    clock: Clock,
    allow_plain_http: bool = False,
    vault: Vault | None = None,
) -> Crm:
    """The portal's Salesforce org; makes no call yet.

    `session` comes from adapters.crm.http.new_session (with the org's ca_file), `clock` tells aware UTC.
    Tokens go to the configured addresses only, whatever the login answers; `vault` keeps what a person's
    consent gave. Raises InvalidInput for an address that is plain http to another machine.
    """
    api = open_api(
        portal, session=session, meter=meter, clock=clock, allow_plain_http=allow_plain_http, vault=vault
    )
    schemas = Schemas(api=api)
    us = _OurUser(api=api)
    return SalesforceGateway(
        org=portal.salesforce,
        api=api,
        schemas=schemas,
        reader=SalesforceReader(api=api, schemas=schemas, our_user=us.id),
        writer=SalesforceWriter(api=api, schemas=schemas),
        users=SalesforceUsers(api=api, sandbox=portal.salesforce.sandbox),
        geography=SalesforcePlaces(schemas=schemas),
        contact_roles=SalesforceRoles(api=api),
    )


@dataclass(slots=True, kw_only=True)
class _OurUser:
    """The user we are logged in as: the token's answer names it, for a ready-made session we ask once."""

    api: SalesforceApi
    _id: str | None = None
    _asked: bool = False

    def id(self) -> str | None:
        """The user's id (18 characters), None when Salesforce does not tell."""
        told = self.api.tokens.current().user_id
        if told or self._asked:
            return told or self._id
        self._asked = True
        try:
            found = str(self.api.identity().get("user_id", ""))
        except CrmError as error:
            if error.fault.error not in {ErrorClass.PERMISSION, ErrorClass.STALE}:
                self._asked = False
                raise
            return None
        self._id = long_id(found) if is_id(found) else None
        return self._id


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesforceGateway:
    """contract.ports.Crm for one Salesforce org."""

    org: SalesforceOrg
    api: SalesforceApi
    schemas: Schemas
    reader: SalesforceReader
    writer: SalesforceWriter
    users: SalesforceUsers
    geography: SalesforcePlaces
    contact_roles: SalesforceRoles

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
        return self.geography.places()

    def stages(self) -> tuple[str, ...]:
        """Lifecycle stages are HubSpot's: raises InvalidInput."""
        raise InvalidInput("lifecycle stages are HubSpot's")

    def roles(self, contacts: Collection[str]) -> dict[str, frozenset[Standing]]:
        return self.contact_roles.roles(contacts)

    def roles_changed(self, since: datetime) -> Iterator[list[RoleChange]]:
        return self.contact_roles.roles_changed(since)

    def apply(self, writes: Sequence[Write], before_call: Callable[[], None] = lambda: None) -> list[Outcome]:
        return self.writer.apply(writes, before_call)

    def changed(self, object_type: str, since: datetime, fields: Collection[str]) -> Iterator[list[Record]]:
        return self.reader.changed(object_type, since, fields)

    def members(self, list_id: str, ids: Collection[str]) -> set[str]:
        """Lists are HubSpot's: raises InvalidInput."""
        raise InvalidInput(f"list {list_id} cannot be asked for {len(ids)} records: lists are HubSpot's")

    def joined(self, list_id: str, after: str | None) -> ListPage:
        """Lists are HubSpot's: raises InvalidInput."""
        raise InvalidInput(f"list {list_id} cannot be read on from {after}: lists are HubSpot's")

    def check(self) -> AccountCheck:
        """Ask Salesforce who we are, which needs a live token and nothing else."""
        identity = self.api.identity()
        account = str(identity.get("organization_id", ""))
        account = long_id(account) if is_id(account) else account
        user = str(identity.get("preferred_username", ""))
        says = f"Salesforce accepts the credentials of {user} in org {account}"
        if account[:15] != self.org.org_id[:15]:
            says = f"the credentials belong to org {account}, not to {self.org.org_id}"
        return AccountCheck(user=user, account=account, says=says)

    def schema(self, object_type: str) -> tuple[FieldSchema, ...]:
        return tuple(self.schemas.of(object_type).fields.values())

    def usage(self) -> Usage:
        return self.api.http.usage
