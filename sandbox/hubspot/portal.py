"""One HubSpot account: its records, lists, associations, owners and pipelines."""

from __future__ import annotations

from typing import Any

from sandbox.hubspot.announce import Announcer
from sandbox.hubspot.associations import Associations
from sandbox.hubspot.errors import bad_request
from sandbox.hubspot.lists import Lists
from sandbox.hubspot.people import Owners
from sandbox.hubspot.records import Record, Version
from sandbox.hubspot.shelf import Shelf
from sandbox.hubspot.standard import NATIVE_CONNECTOR, OBJECT_TYPES
from sandbox.hubspot.world import PortalAccount, World


class Portal:
    """The state of one account. Every access happens under the sandbox's lock."""

    def __init__(self, account: PortalAccount, world: World, announce: Announcer) -> None:
        self.account = account
        self.world = world
        self.announce = announce
        self.shelves = {kind.name: Shelf(type=kind, definitions={}) for kind in OBJECT_TYPES}
        self.owners = Owners(world)
        self.lists = Lists(world)
        self.associations = Associations(world, announce)
        self.erased: set[str] = set()
        self.opted_out: set[str] = set()
        self.groups: dict[str, list[dict[str, Any]]] = {}
        self._last_id = world.rng.randrange(10_000_000_000, 99_000_000_000)
        for kind in OBJECT_TYPES:
            extra = NATIVE_CONNECTOR if account.native_connector and kind.name == "contacts" else ()
            self.shelves[kind.name].definitions.update({p.name: p for p in (*kind.properties, *extra)})
            self.groups[kind.name] = _standard_groups(self.shelves[kind.name])

    @property
    def id(self) -> int:
        """The account's number."""
        return self.account.portal_id

    def new_id(self) -> str:
        """An id no record of this account ever had."""
        self._last_id += self.world.rng.randrange(1, 60)
        return str(self._last_id)

    def shelf(self, name: str) -> Shelf:
        """The records of a type by its plural, singular or type id. Raises ApiError 400 when unknown."""
        for shelf in self.shelves.values():
            if name in {shelf.type.name, shelf.type.singular, shelf.type.type_id}:
                return shelf
        raise bad_request(f"Unable to infer object type from: {name}")

    def shelf_of(self, record: Record) -> Shelf:
        """The shelf a record stands on."""
        return self.shelves[record.type.name]

    def as_read(self, record: Record) -> Version | None:
        """The record as a read sees it now: perhaps as it was a moment ago, perhaps not yet there."""
        faults, now = self.world.faults, self.world.now()
        fresh = now - round(faults.stale_seconds * 1000)
        if record.created_at > fresh and self.world.chance(faults.missing_read):
            return None
        if record.now.seen_at > fresh and len(record.versions) > 1 and self.world.chance(faults.stale_read):
            return record.versions[-2]
        return record.now

    def keep_after(self) -> int:
        """Versions that ended before this moment can neither be read nor searched any more."""
        horizon = max(self.world.search_lag_ms, round(self.world.faults.stale_seconds * 1000))
        return self.world.now() - horizon


def _standard_groups(shelf: Shelf) -> list[dict[str, Any]]:
    """The groups that an object's own properties stand in."""
    names = dict.fromkeys(definition.group for definition in shelf.definitions.values())
    return [{"name": name, "label": name, "displayOrder": -1, "archived": False} for name in names]
