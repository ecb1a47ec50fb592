"""Lists: manual ones hold what was added, dynamic ones what passes their filter. Joining has a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sandbox.hubspot.errors import ApiError
from sandbox.hubspot.filters import Filter
from sandbox.hubspot.records import Record
from sandbox.hubspot.schema import ObjectType
from sandbox.hubspot.times import iso
from sandbox.hubspot.world import World


@dataclass(slots=True, kw_only=True)
class RecordList:
    """One list; `members` maps record ids to when they joined (ms), in join order."""

    id: str
    name: str
    type: ObjectType
    processing: str
    created_at: int
    updated_at: int
    rule: Filter | None = None
    version: int = 1
    members: dict[str, int] = field(default_factory=dict)

    def to_wire(self) -> dict[str, Any]:
        """The list as the lists API tells it."""
        return {
            "listId": self.id,
            "listVersion": self.version,
            "name": self.name,
            "objectTypeId": self.type.type_id,
            "processingType": self.processing,
            "processingStatus": "COMPLETE",
            "createdAt": iso(self.created_at),
            "updatedAt": iso(self.updated_at),
            "filtersUpdatedAt": iso(self.created_at),
            "size": len(self.members),
        }

    def membership(self, record_id: str) -> dict[str, Any]:
        """A record's membership as told of the record."""
        joined = iso(self.members[record_id])
        return {
            "listId": self.id,
            "listVersion": self.version,
            "firstAddedTimestamp": joined,
            "lastAddedTimestamp": joined,
        }


class Lists:
    """The lists of one account."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._by_id: dict[str, RecordList] = {}
        self._last_id = 0

    def __iter__(self) -> Iterator[RecordList]:
        return iter(self._by_id.values())

    def get(self, list_id: str) -> RecordList:
        """The list of this id. Raises ApiError 404."""
        found = self._by_id.get(list_id)
        if found is None:
            raise ApiError(
                404,
                "OBJECT_NOT_FOUND",
                f"List does not exist with ID {list_id}.",
                context={"listId": [list_id]},
            )
        return found

    def create(
        self,
        name: str,
        kind: ObjectType,
        processing: str,
        *,
        rule: Filter | None = None,
        records: Iterable[Record] = (),
    ) -> RecordList:
        """A new list, filled at once where it has a rule. Raises ApiError 400 for a name in use."""
        if any(other.name.casefold() == name.casefold() and other.type is kind for other in self):
            raise ApiError(
                400,
                "VALIDATION_ERROR",
                f"A list already exists with name '{name}'.",
                context={"listName": [name]},
            )
        self._last_id += 1
        now = self._world.now()
        made = RecordList(
            id=str(self._last_id),
            name=name,
            type=kind,
            processing=processing,
            created_at=now,
            updated_at=now,
            rule=rule,
        )
        self._by_id[made.id] = made
        for record in records:
            self.reconsider(record)
        return made

    def delete(self, list_id: str) -> None:
        """Remove a list; its members stay as they are. Raises ApiError 404."""
        del self._by_id[self.get(list_id).id]

    def add(self, target: RecordList, record_id: str) -> bool:
        """Whether the record newly joined."""
        if record_id in target.members:
            return False
        target.members[record_id] = self._world.now()
        return True

    def reconsider(self, record: Record) -> None:
        """Let a changed record join and leave dynamic lists."""
        for target in self._by_id.values():
            if target.rule is None or target.type is not record.type:
                continue
            if record.live and target.rule.matches(record.now.values):
                self.add(target, record.id)
            else:
                target.members.pop(record.id, None)

    def forget(self, record: Record) -> None:
        """Take an archived or erased record out of every list."""
        for target in self._by_id.values():
            target.members.pop(record.id, None)

    def inherit(self, loser: Record, survivor: Record) -> None:
        """A merged record's places in manual lists pass to the survivor."""
        for target in self._by_id.values():
            if target.members.pop(loser.id, None) is not None and target.rule is None:
                self.add(target, survivor.id)

    def of(self, record_id: str) -> list[RecordList]:
        """The lists a record is in."""
        return [target for target in self if record_id in target.members]
