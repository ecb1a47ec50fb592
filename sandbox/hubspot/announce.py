"""Turns what happened into webhook events, in the form the account is subscribed to."""

from __future__ import annotations

import random
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sandbox.hubspot.records import Source
from sandbox.hubspot.schema import ObjectType, PropertyDefinition
from sandbox.hubspot.standard import NO_WEBHOOK
from sandbox.hubspot.values import in_notice
from sandbox.hubspot.world import PortalAccount

GENERIC_ONLY = frozenset({"tasks"})
"""Types that have no event form of their own."""


class Tell(Protocol):
    """Queues one event; a `droppable` one may get lost where the faults say so."""

    def __call__(self, event: dict[str, Any], *, droppable: bool) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """An association as told: type ids of both ends, HubSpot's number for it, whether it is the primary."""

    from_type: ObjectType
    from_id: str
    to_type: ObjectType
    to_id: str
    category: str
    type_id: int
    primary: bool
    removed: bool


@dataclass(slots=True, kw_only=True)
class Announcer:
    """Raises the events of one account. `at` is `occurredAt`, in ms since 1970."""

    account: PortalAccount
    app_id: int
    rng: random.Random
    tell: Tell

    def creation(
        self,
        kind: ObjectType,
        record_id: str,
        at: int,
        source: Source,
        changed: Sequence[tuple[PropertyDefinition, str]],
    ) -> None:
        """One event per property set and one for the creation, all of the same moment, creation last."""
        self.changes(kind, record_id, at, source, changed)
        self._raise(kind, "creation", at, source, {"objectId": int(record_id), "changeFlag": "CREATED"})

    def changes(
        self,
        kind: ObjectType,
        record_id: str,
        at: int,
        source: Source,
        changed: Sequence[tuple[PropertyDefinition, str]],
    ) -> None:
        """One propertyChange per subscribed property; a cleared one has an empty value."""
        subscribed = self.account.subscribed
        for definition, value in changed:
            name = definition.name
            if name in NO_WEBHOOK or (subscribed is not None and name not in subscribed):
                continue
            fields: dict[str, Any] = {
                "objectId": int(record_id),
                "propertyName": name,
                "propertyValue": in_notice(definition, value),
            }
            if self._generic(kind):
                fields["isSensitive"] = False
            self._raise(kind, "propertyChange", at, source, fields, detail=name)

    def deletion(
        self, kind: ObjectType, record_id: str, at: int, source: Source, *, erased: bool = False
    ) -> None:
        """The record was archived, or erased for good: then this event is never lost."""
        fields = {"objectId": int(record_id), "changeFlag": "DELETED"}
        self._raise(kind, "deletion", at, source, fields, droppable=not erased)

    def restore(self, kind: ObjectType, record_id: str, at: int, source: Source) -> None:
        """The record came back from the recycle bin."""
        self._raise(kind, "restore", at, source, {"objectId": int(record_id), "changeFlag": "RESTORED"})

    def erasure(self, record_id: str, at: int, source: Source) -> None:
        """A contact was erased by law; this event exists only in the `contact.*` form and is never lost."""
        event = self._event("contact.privacyDeletion", at, source, {"objectId": int(record_id)})
        self.tell(event, droppable=False)

    def merge(
        self,
        kind: ObjectType,
        *,
        primary: str,
        merged: str,
        survivor: str,
        moved: int,
        at: int,
        source: Source,
    ) -> None:
        """Two records became one, under the id `survivor`."""
        fields: dict[str, Any] = {
            "primaryObjectId": int(primary),
            "mergedObjectIds": [int(merged)],
            "newObjectId": int(survivor),
            "numberOfPropertiesMoved": moved,
        }
        if self._generic(kind):
            fields["objectId"] = int(survivor)
        self._raise(kind, "merge", at, source, fields)

    def association(self, link: Linked, at: int, source: Source) -> None:
        """Two records were tied or untied, as seen from one of them."""
        fields: dict[str, Any] = {
            "associationType": f"{link.from_type.singular}_to_{link.to_type.singular}".upper(),
            "fromObjectId": int(link.from_id),
            "toObjectId": int(link.to_id),
            "associationRemoved": link.removed,
            "isPrimaryAssociation": link.primary,
        }
        if self._generic(link.from_type):
            fields |= {
                "fromObjectTypeId": link.from_type.type_id,
                "toObjectTypeId": link.to_type.type_id,
                "associationTypeId": link.type_id,
                "associationCategory": link.category,
            }
        self._raise(link.from_type, "associationChange", at, source, fields)

    def _generic(self, kind: ObjectType) -> bool:
        return self.account.family == "object" or kind.name in GENERIC_ONLY

    def _raise(
        self,
        kind: ObjectType,
        what: str,
        at: int,
        source: Source,
        fields: dict[str, Any],
        *,
        detail: str = "",
        droppable: bool = True,
    ) -> None:
        generic = self._generic(kind)
        event_type = f"{'object' if generic else kind.singular}.{what}"
        if generic and what != "associationChange":
            fields = {**fields, "objectTypeId": kind.type_id}
        self.tell(self._event(event_type, at, source, fields, detail), droppable=droppable)

    def _event(
        self, event_type: str, at: int, source: Source, fields: dict[str, Any], detail: str = ""
    ) -> dict[str, Any]:
        portal_id = self.account.portal_id
        return {
            "eventId": self.rng.randrange(1, 2**32),
            "subscriptionId": zlib.crc32(f"{portal_id}/{event_type}/{detail}".encode()) % 9_000_000
            + 1_000_000,
            "portalId": portal_id,
            "appId": self.app_id,
            "occurredAt": at,
            "subscriptionType": event_type,
            "attemptNumber": 0,
            "changeSource": source.kind,
            "sourceId": source.id,
            **fields,
        }
