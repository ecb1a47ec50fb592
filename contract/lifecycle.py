"""What moves a HubSpot contact's lifecycle stage: contact roles on opportunities, and the order of stages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

STAGE = "lifecyclestage"
"""HubSpot's property."""


class Standing(StrEnum):
    """How far an opportunity has come, by Salesforce's IsClosed and IsWon."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleChange:
    """A live contact role that was changed, or whose opportunity was. Ids have 18 characters.

    `at` is the SystemModstamp of whichever was changed, aware UTC in whole seconds.
    """

    role: str
    contact: str
    at: datetime
