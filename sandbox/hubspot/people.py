"""The portal's users as owners of records. Records are assigned by owner id, never by user id."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.hubspot.times import iso
from sandbox.hubspot.world import World


@dataclass(slots=True, kw_only=True)
class Owner:
    """One user; `created_at` in ms since 1970."""

    id: str
    user_id: int
    email: str
    first_name: str
    last_name: str
    created_at: int
    archived: bool = False

    def to_wire(self) -> dict[str, Any]:
        """The owner as the owners API tells it; an archived one has no user id any more."""
        wire = {
            "id": self.id,
            "email": self.email,
            "type": "PERSON",
            "firstName": self.first_name,
            "lastName": self.last_name,
            "userId": self.user_id,
            "userIdIncludingInactive": self.user_id,
            "createdAt": iso(self.created_at),
            "updatedAt": iso(self.created_at),
            "archived": self.archived,
            "teams": [],
        }
        if self.archived:
            del wire["userId"]
        return wire


class Owners:
    """The owners of one account, by id."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.by_id: dict[str, Owner] = {}
        self._last_id = world.rng.randrange(40_000_000, 90_000_000)

    def add(self, email: str, first_name: str = "", last_name: str = "", *, archived: bool = False) -> Owner:
        """A new user of the portal."""
        self._last_id += self._world.rng.randrange(1, 900)
        owner = Owner(
            id=str(self._last_id),
            user_id=self._last_id - 30_000_000,
            email=email,
            first_name=first_name,
            last_name=last_name,
            created_at=self._world.now(),
            archived=archived,
        )
        self.by_id[owner.id] = owner
        return owner

    def active_ids(self) -> set[str]:
        """The ids a record can be assigned to."""
        return {owner.id for owner in self.by_id.values() if not owner.archived}
