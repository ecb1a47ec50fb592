"""Links, their base and the intents not yet settled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from contract.frozen import changed
from contract.records import RecordRef, Side, Value


class Pair(NamedTuple):
    """The two native values of one mapped field when the sides were last in step."""

    hubspot: Value
    salesforce: Value

    def of(self, side: Side) -> Value:
        """The half that belongs to this side."""
        return self.hubspot if side is Side.HUBSPOT else self.salesforce

    def having(self, side: Side, value: Value) -> Pair:
        """The same pair with this value on this side."""
        return Pair(value, self.salesforce) if side is Side.HUBSPOT else Pair(self.hubspot, value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What we meant to write on one side, committed before the write.

    `pairs` holds, per mapping key, what the base becomes once the write is seen. `epoch` is the lease
    under which it was written; `before` is the stamp of the written record as read before the write
    (None for a creation). `settled` is true once the CRM answered success, and the intent then only
    waits to see the stored form of what was sent. `sent_at` is our clock: when it was about to be sent,
    and once it is settled, when it was answered, for a call may take long.
    """

    id: str
    side: Side
    epoch: int
    pairs: Mapping[str, Pair]
    before: datetime | None
    sent_at: datetime
    settled: bool = False


class LinkState(StrEnum):
    """CREATING has one end and an intent; LIVE has both ends; ENDED is remembered but not synced."""

    CREATING = "creating"
    LIVE = "live"
    ENDED = "ended"


class Ended(StrEnum):
    """Why a link ended."""

    HUBSPOT_DELETED = "hubspot_deleted"
    SALESFORCE_DELETED = "salesforce_deleted"
    MERGED = "merged"
    ERASED = "erased"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """The durable tie between a HubSpot record and a Salesforce record.

    `id` is None until stored. `base` maps mapping key -> Pair; a key that is missing has no base yet.
    `placeholders` maps a Salesforce field to a value there that nobody chose: made up by us because the org
    requires one, or False for a checkbox that a conversion or a merge did not take along. By its name, for
    the value stays there whatever becomes of the field's mapping.
    `out_of_sight` names, by side and mapping key, fields that we could not see for a while since the base was
    taken: such a field may have been made anew, so the first blank that shows there nobody typed.
    `seen` holds, per side, the modification stamp last read or written. `version` guards against a
    settle over a link that changed meanwhile.
    """

    id: int | None = None
    portal: int
    kind: str = "person"
    hubspot: RecordRef | None
    salesforce: RecordRef | None
    state: LinkState
    ended: Ended | None = None
    base: Mapping[str, Pair] = field(default_factory=dict)
    placeholders: Mapping[str, str | bool] = field(default_factory=dict)
    out_of_sight: frozenset[tuple[Side, str]] = frozenset()
    hubspot_seen: datetime | None = None
    salesforce_seen: datetime | None = None
    intents: tuple[Intent, ...] = ()
    email: str = ""
    version: int = 0

    def end(self, side: Side) -> RecordRef | None:
        """The record on this side."""
        return self.hubspot if side is Side.HUBSPOT else self.salesforce

    @property
    def ends(self) -> tuple[RecordRef, ...]:
        """The records that it joins, HubSpot's first; only one while the other is being created."""
        hubspot, salesforce = self.hubspot, self.salesforce
        if hubspot is None:
            return () if salesforce is None else (salesforce,)
        return (hubspot,) if salesforce is None else (hubspot, salesforce)

    def seen(self, side: Side) -> datetime | None:
        """The stamp last seen on this side."""
        return self.hubspot_seen if side is Side.HUBSPOT else self.salesforce_seen

    def changed(self, **values: Any) -> Link:
        """The same link with some attributes replaced."""
        return changed(self, values)

    def with_seen(self, side: Side, stamp: datetime) -> Link:
        """The same link with a newer stamp on one side; an older stamp changes nothing."""
        known = self.seen(side)
        if known is not None and known >= stamp:
            return self
        name = "hubspot_seen" if side is Side.HUBSPOT else "salesforce_seen"
        return self.changed(**{name: stamp})
