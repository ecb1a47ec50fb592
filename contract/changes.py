"""Changes, change sets and the envelope in which they travel on the broker."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, post_load

from contract.errors import InvalidInput
from contract.records import RecordRef, Side


class Kind(StrEnum):
    """What a notice says happened. Only a hint: the record is read before anything is decided."""

    CREATED = "created"
    UPDATED = "updated"
    DELETED = "deleted"
    RESTORED = "restored"
    MERGED = "merged"
    ERASED = "erased"
    ASSOCIATED = "associated"
    LISTED = "listed"
    ECHOED = "echoed"
    """The CRM saw a write of our own app. Only on pending rows: the inbox makes it of such a notice."""


LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
"""The `occurred_at` of a notice of our own making: it claims no time, so no read is too old for it."""

SKIPPABLE = frozenset({Kind.CREATED, Kind.UPDATED, Kind.ASSOCIATED, Kind.ECHOED})
"""Kinds that need no look when the record was already seen in a newer state."""


class Origin(StrEnum):
    """How we came to know."""

    WEBHOOK = "webhook"
    SWEEP = "sweep"
    BACKFILL = "backfill"
    REPLAY = "replay"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Immutable notice that a record may differ now. Property names only, never values.

    `occurred_at` is the CRM's clock, aware UTC (Salesforce: SystemModstamp). `echo` is true when the
    CRM itself says that our own app made the change. `merged_ids` are the ids that lost a merge.
    """

    portal: int
    ref: RecordRef
    kind: Kind
    occurred_at: datetime
    properties: tuple[str, ...] = ()
    merged_ids: tuple[str, ...] = ()
    echo: bool = False
    origin: Origin = Origin.WEBHOOK
    trace_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSet:
    """What one delivery brought: 1..n changes, the unit on the broker. `id` is unique per delivery."""

    id: str
    received_at: datetime
    changes: tuple[Change, ...]


class _ChangeSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    portal = fields.Integer(required=True, strict=True)
    side = fields.Enum(Side, by_value=True, required=True)
    object_type = fields.String(required=True)
    record_id = fields.String(required=True)
    kind = fields.Enum(Kind, by_value=True, required=True)
    occurred_at = fields.AwareDateTime(format="iso", required=True)
    properties = fields.List(fields.String(), load_default=list)
    merged_ids = fields.List(fields.String(), load_default=list)
    echo = fields.Boolean(load_default=False)
    origin = fields.Enum(Origin, by_value=True, load_default=Origin.WEBHOOK)
    trace_id = fields.String(required=True)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> Change:
        ref = RecordRef(side=data.pop("side"), object_type=data.pop("object_type"), id=data.pop("record_id"))
        data["properties"] = tuple(data["properties"])
        data["merged_ids"] = tuple(data["merged_ids"])
        return Change(ref=ref, **data)


class _ChangeSetSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    id = fields.String(required=True)
    received_at = fields.AwareDateTime(format="iso", required=True)
    changes = fields.List(fields.Nested(_ChangeSchema()), required=True)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> ChangeSet:
        data["changes"] = tuple(data["changes"])
        return ChangeSet(**data)


_ENVELOPE = _ChangeSetSchema()


def encode(change_set: ChangeSet) -> bytes:
    """The change set as UTF-8 JSON, the form it has on the broker."""
    return json.dumps(
        {
            "id": change_set.id,
            "received_at": change_set.received_at.isoformat(),
            "changes": [_plain(change) for change in change_set.changes],
        },
        separators=(",", ":"),
    ).encode()


def decode(body: bytes) -> ChangeSet:
    """The change set of an envelope; raises InvalidInput with what is wrong, never anything else."""
    try:
        loaded = _ENVELOPE.load(json.loads(body))
    except ValidationError as error:
        raise InvalidInput(f"the envelope is not a change set: {error.messages}") from error
    except (ValueError, RecursionError, TypeError) as error:
        raise InvalidInput(f"the envelope is not JSON: {error}") from error
    if not isinstance(loaded, ChangeSet):
        raise InvalidInput("the envelope is not a change set")
    return loaded


def _plain(change: Change) -> Mapping[str, Any]:
    return {
        "portal": change.portal,
        "side": change.ref.side.value,
        "object_type": change.ref.object_type,
        "record_id": change.ref.id,
        "kind": change.kind.value,
        "occurred_at": change.occurred_at.isoformat(),
        "properties": list(change.properties),
        "merged_ids": list(change.merged_ids),
        "echo": change.echo,
        "origin": change.origin.value,
        "trace_id": change.trace_id,
    }
