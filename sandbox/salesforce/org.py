"""The state of one stand-in org. Whoever reads or changes it holds `lock`."""

from __future__ import annotations

import random
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sandbox.kit import CallLog, Clock, Faults
from sandbox.salesforce.access import Access
from sandbox.salesforce.errors import no_such_type, not_found
from sandbox.salesforce.fields import ObjectSpec, Row
from sandbox.salesforce.ids import IdMaker
from sandbox.salesforce.store import Store
from sandbox.salesforce.usage import Usage
from sandbox.salesforce.values import Form, rest_time

EVER = datetime(1999, 1, 1, tzinfo=UTC)

ValidationRule = Callable[[str, Row], "str | tuple[str, str] | None"]
"""(object name, row about to be saved) -> None when it passes, else a message, or (message, field name)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicateRule:
    """Refuses a create, or an edit of `field`, that would make a second record with that value.

    `block` False only alerts: a client passes it with `Sforce-Duplicate-Rule-Header: allowSave=true`.
    """

    object_name: str
    field: str = "Email"
    block: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who saves: the API's user under its permissions and headers, or a person, who sees everything."""

    user_id: str
    api: bool = False
    auto_assign: bool = False
    allow_duplicates: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Users:
    """Ids of the users and queues that every new org has."""

    integration: str
    person: str
    colleague: str
    inactive: str
    automation: str
    queue: str


@dataclass(slots=True, kw_only=True)
class Org:
    """Everything the stand-in knows and how it is told to behave."""

    org_id: str
    clock: Clock
    rng: random.Random
    faults: Faults
    base_url: str
    objects: dict[str, ObjectSpec]
    store: Store
    ids: IdMaker
    users: Users
    calls: CallLog = field(default_factory=CallLog)
    access: Access = field(default_factory=Access)
    lock: threading.RLock = field(default_factory=threading.RLock)
    assignment_rules: dict[str, str] = field(default_factory=dict)
    """Owner that the active assignment rule of an object gives to records saved under it."""
    validation_rules: list[ValidationRule] = field(default_factory=list)
    duplicate_rules: list[DuplicateRule] = field(default_factory=list)
    places: bool = False
    """Whether the state and country picklists are on."""
    purged: dict[str, dict[str, datetime]] = field(default_factory=dict)
    """When records that left the recycle bin had been deleted, by object and id."""
    query_batch_size: int = 2000
    cursors: OrderedDict[str, list[dict[str, Any]]] = field(default_factory=OrderedDict)
    """Records of open queries by locator, the oldest first."""
    delete_log_since: datetime = EVER
    """Deletions before this moment are gone from getDeleted's log."""
    usage: Usage = field(default_factory=Usage)

    def spec(self, name: str) -> ObjectSpec:
        """The object by its API name in any case. Raises INVALID_TYPE for an unknown or forbidden one."""
        spec = self.objects.get(name) or next(
            (known for known in self.objects.values() if known.name.lower() == name.lower()), None
        )
        if spec is None or not self.access.may("read", spec):
            raise no_such_type(name)
        return spec

    def resource(self, name: str) -> ObjectSpec:
        """The object named in a path. Raises NOT_FOUND for an unknown or forbidden one."""
        spec = self.objects.get(name)
        if spec is None or not self.access.may("read", spec):
            raise not_found()
        return spec

    def spec_of_id(self, record_id: str) -> ObjectSpec | None:
        """The object that an id's prefix names."""
        return next((spec for spec in self.objects.values() if record_id.startswith(spec.prefix)), None)

    def stamp(self) -> str:
        """Now, as records carry it."""
        return rest_time(self.clock())

    @property
    def form(self) -> Form:
        """How saved values are kept."""
        return "normalised" if self.faults.normalise else "as sent"

    def chance(self, probability: float) -> bool:
        """Whether a fault of this probability happens now; draws nothing when it cannot."""
        return probability > 0 and self.rng.random() < probability


def only_fields(spec: ObjectSpec, values: Mapping[str, object]) -> Row:
    """A row with every field of the object, defaults where no value is given."""
    return {name: values.get(name, known.default) for name, known in spec.fields.items()}
