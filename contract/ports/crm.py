"""The CRMs: one side of one portal, as the workers hold it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from contract.decisions import Outcome, Write
from contract.lifecycle import RoleChange, Standing
from contract.places import Atlas
from contract.records import FieldSchema, Record, Side


class Records(Protocol):
    """The records of one side of one portal. A whole call that fails raises CrmError; rows never do."""

    def read(self, object_type: str, ids: Collection[str], fields: Collection[str]) -> dict[str, Record]:
        """Records by id: live ones, deleted ones with `deleted`, merge losers with `merged_into`.

        An id that is missing from the answer is not visible to us, which is no proof of deletion.
        Fields we may not see are left out.
        """

    def find(
        self, object_type: str, field: str, values: Collection[str], fields: Collection[str]
    ) -> list[Record]:
        """Records whose field equals one of the values (case-insensitively), in no order.

        E-mail lookups return live records only and include HubSpot's secondary addresses; lookups by
        the creation key, or by what a record was merged into or converted to, include deleted and
        converted ones.
        """

    def apply(self, writes: Sequence[Write], before_call: Callable[[], None] = lambda: None) -> list[Outcome]:
        """Carry out writes of one side in as few calls as there can be; one outcome per write, in order.

        `before_call` is called before each of them. Where it raises CrmError, what is not sent yet carries
        its fault, and what was sent keeps its outcome; anything else it raises ends the work at once.
        """

    def changed(self, object_type: str, since: datetime, fields: Collection[str]) -> Iterator[list[Record]]:
        """Pages of records modified at or after `since`, oldest first; Salesforce lists deleted ones too."""


class Histories(Protocol):
    """Who edited what when. Raises CrmError."""

    def edited(
        self, object_type: str, fields: Mapping[str, Collection[str]]
    ) -> dict[tuple[str, str], datetime]:
        """When each of these fields, by record id, was last edited, as far as the CRM tells.

        HubSpot keeps a history of every property, Salesforce of the fields that the org tracks; for the
        others it tells when the record was edited, whoever else has touched it since.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Who records can be given to: a user of HubSpot or Salesforce. `email` is an `email_key`."""

    id: str
    email: str
    active: bool


class Owners(Protocol):
    """Who looks after records. Raises CrmError."""

    def owners(self, *, ids: Collection[str] = (), emails: Collection[str] = ()) -> list[Owner]:
        """Those with one of these ids or e-mails (`email_key`s), oldest first; queues are none.

        HubSpot tells of all at once, so its answer may be some minutes old.
        """


class Geography(Protocol):
    """What the picklists of states and countries hold. Raises CrmError."""

    def places(self) -> Atlas | None:
        """The org's countries and states with ISO's; None where it shows none. Some minutes old at most."""


class Lifecycle(Protocol):
    """What moves lifecycle stages. Raises CrmError, and InvalidInput where it is the other side's."""

    def stages(self) -> tuple[str, ...]:
        """The values of HubSpot's lifecycle stage in the portal's own order. Some minutes old at most."""

    def roles(self, contacts: Collection[str]) -> dict[str, frozenset[Standing]]:
        """How the opportunities stand on which these Salesforce contacts have a role, by contact id.

        A contact without any role is left out.
        """

    def roles_changed(self, since: datetime) -> Iterator[list[RoleChange]]:
        """Pages of contact roles that were changed at or after `since`, or whose opportunity was.

        Lost opportunities and deleted roles are left out, for they move nobody. In no order; a role whose
        opportunity was changed, too, comes twice.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountCheck:
    """What a live check of the credentials showed. `account` is the portal or org number the CRM gave."""

    user: str
    account: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """The CRM's own figures, where its last answer showed them."""

    used: int | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage:
    """A page of a HubSpot list in join order: (contact id, when it joined), and where the next begins."""

    members: tuple[tuple[str, datetime], ...]
    after: str | None


class Account(Protocol):
    """One side's account. All may raise CrmError."""

    def check(self) -> AccountCheck: ...

    def schema(self, object_type: str) -> tuple[FieldSchema, ...]: ...

    def members(self, list_id: str, ids: Collection[str]) -> set[str]:
        """Which of these HubSpot contacts are on the list."""

    def joined(self, list_id: str, after: str | None) -> ListPage:
        """The list's members in the order in which they joined, from a page's `after` on."""

    def usage(self) -> Usage: ...


class Crm(Records, Histories, Owners, Geography, Lifecycle, Account, Protocol):
    """One side of one portal, as the workers hold it."""


class CallMeter(Protocol):
    """Told before and after each API call of one side of one portal."""

    def before(self, side: Side) -> None:
        """Wait for the rate bucket; raise CrmError(quota) where the budget is spent."""

    def after(self, side: Side, status: int) -> None:
        """Count the call. `status` is 0 when no answer came."""
