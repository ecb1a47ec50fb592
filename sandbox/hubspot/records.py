"""One record with its recent past: reads may be stale, searches lag, properties have a history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.hubspot.schema import ObjectType
from sandbox.hubspot.times import iso


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Who made a change: `kind` INTEGRATION with the app's id, CRM_UI with `userId:N`, and so on."""

    kind: str
    id: str
    user_id: int | None = None

    @property
    def by_person(self) -> bool:
        """Whether a person in HubSpot's pages did it."""
        return self.kind == "CRM_UI"


AUTOMATION = Source(kind="AUTOMATION_PLATFORM", id="enrollmentId:1;actionExecutionIndex:0")
SYSTEM = Source(kind="CALCULATED", id="RollupProperties")


def person(user: int) -> Source:
    """A user of the portal at work in HubSpot's pages."""
    return Source(kind="CRM_UI", id=f"userId:{user}", user_id=user)


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueChange:
    """One entry of a property's history; `at` in ms since 1970, `value` "" when it was cleared."""

    value: str
    at: int
    source: Source

    def to_wire(self) -> dict[str, Any]:
        """The entry as `propertiesWithHistory` tells it."""
        wire = {
            "value": self.value,
            "timestamp": iso(self.at),
            "sourceType": self.source.kind,
            "sourceId": self.source.id,
        }
        return wire if self.source.user_id is None else {**wire, "updatedByUserId": self.source.user_id}


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A record between two changes. Times in ms: `seen_at` by the clock, `updated_at` strictly rising."""

    seen_at: int
    updated_at: int
    values: Mapping[str, str]
    archived_at: int | None = None
    merged_into: str | None = None


@dataclass(slots=True, kw_only=True)
class Record:
    """A record of any type; the last of `versions` is how it stands."""

    type: ObjectType
    id: str
    created_at: int
    versions: list[Version]
    history: dict[str, list[ValueChange]] = field(default_factory=dict)

    @property
    def now(self) -> Version:
        """How the record stands."""
        return self.versions[-1]

    @property
    def live(self) -> bool:
        """Neither archived nor merged into another."""
        return self.now.archived_at is None and self.now.merged_into is None

    def as_of(self, moment: int) -> Version | None:
        """How the record stood at a moment (ms); None if it did not exist yet."""
        for version in reversed(self.versions):
            if version.seen_at <= moment:
                return version
        return None

    def push(self, version: Version, *, keep_after: int) -> None:
        """Make this the present; versions that ended before `keep_after` (ms) are forgotten."""
        if self.now.seen_at == version.seen_at:
            self.versions.pop()
        self.versions.append(version)
        while len(self.versions) > 1 and self.versions[1].seen_at <= keep_after:
            del self.versions[0]

    def note(self, name: str, value: str, at: int, source: Source) -> None:
        """Add to a property's history, newest first."""
        self.history.setdefault(name, []).insert(0, ValueChange(value=value, at=at, source=source))
