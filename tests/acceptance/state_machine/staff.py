"""Who may look after a person: users of both CRMs, some of them in one alone, and a queue."""

from __future__ import annotations

from dataclasses import dataclass, field

from contract.records import SALESFORCE_LEAD, RecordRef, Side
from sandbox.hubspot import HubSpotSandbox
from sandbox.salesforce import SalesforceSandbox

_BOTH = ("petra.person@example.com", "carl.colleague@example.com")
"""Active users of both."""
_GONE = "ina.inactive@example.com"
"""Active in HubSpot; the Salesforce user is not."""
_STRANGER = "solo@example.com"
"""Known to HubSpot alone."""
_LEFT = "diptych.integration@example.com"
"""Salesforce's integration user, whose owner in HubSpot is archived."""


@dataclass(slots=True)
class Staff:
    """By side the ids that a record may be given to, and whose e-mail each has; "" for a queue's."""

    emails: dict[Side, dict[str, str]] = field(default_factory=lambda: {side: {} for side in Side})
    queue: str = ""
    integration: str = ""

    def hire(self, number: int, hubspot: HubSpotSandbox, salesforce: SalesforceSandbox) -> None:
        """Give both CRMs their users, in HubSpot those that Salesforce has from the beginning."""
        users = salesforce.org.users
        self.queue, self.integration = users.queue, users.integration
        ours = self.emails[Side.SALESFORCE]
        ours |= {users.person: _BOTH[0], users.colleague: _BOTH[1], users.integration: _LEFT, users.queue: ""}
        for address in (*_BOTH, _GONE, _STRANGER):
            self.emails[Side.HUBSPOT][hubspot.add_owner(number, address)] = address
        hubspot.add_owner(number, _LEFT, archived=True)

    def choices(self, ref: RecordRef) -> list[str]:
        """Whom this record may be given to, mostly somebody of both sides; in HubSpot also to nobody."""
        known = [one for one, email in self.emails[ref.side].items() if email in _BOTH]
        others = [one for one in self.emails[ref.side] if one not in known]
        if ref.side is Side.HUBSPOT:
            return [*known, *known, *others, ""]
        lead = ref.object_type == SALESFORCE_LEAD
        return [*known, *known, *(one for one in others if lead or one != self.queue)]

    def email(self, side: Side, owner: object) -> str:
        """The owner's e-mail; "" for nobody, a queue, or a stranger to us."""
        return self.emails[side].get(str(owner or ""), "")

    def across(self, side: Side, owner: object) -> str:
        """The e-mail of an owner who is active on both sides; "" for every other one."""
        email = self.email(side, owner)
        return email if email in _BOTH else ""
