"""Links <-> rows. A base is {mapping key: [HubSpot's value, Salesforce's value]}."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from contract.links import Ended, Intent, Link, LinkState, Pair
from contract.records import RecordRef, Side


def to_row(link: Link) -> dict[str, Any]:
    """The columns of a link but `id`; the version is the one it gets by being stored."""
    return {
        "portal": link.portal,
        "kind": link.kind,
        "hubspot_object": link.hubspot.object_type if link.hubspot else None,
        "hubspot_id": link.hubspot.id if link.hubspot else None,
        "salesforce_object": link.salesforce.object_type if link.salesforce else None,
        "salesforce_id": link.salesforce.id if link.salesforce else None,
        "state": link.state.value,
        "ended": link.ended.value if link.ended else None,
        "base": _from_pairs(link.base),
        "placeholders": dict(link.placeholders),
        "out_of_sight": sorted([side.value, key] for side, key in link.out_of_sight),
        "intents": [_from_intent(intent) for intent in link.intents],
        "hubspot_seen": link.hubspot_seen,
        "salesforce_seen": link.salesforce_seen,
        "email": link.email,
        "version": link.version + 1,
    }


def from_row(row: Row[Any]) -> Link:
    """The stored link."""
    return Link(
        id=row.id,
        portal=row.portal,
        kind=row.kind,
        hubspot=_ref(Side.HUBSPOT, row.hubspot_object, row.hubspot_id),
        salesforce=_ref(Side.SALESFORCE, row.salesforce_object, row.salesforce_id),
        state=LinkState(row.state),
        ended=Ended(row.ended) if row.ended else None,
        base=_to_pairs(row.base),
        placeholders=row.placeholders,
        out_of_sight=frozenset((Side(side), key) for side, key in row.out_of_sight),
        intents=tuple(_to_intent(plain) for plain in row.intents),
        hubspot_seen=row.hubspot_seen,
        salesforce_seen=row.salesforce_seen,
        email=row.email,
        version=row.version,
    )


def _ref(side: Side, object_type: str | None, record_id: str | None) -> RecordRef | None:
    if object_type is None or record_id is None:
        return None
    return RecordRef(side=side, object_type=object_type, id=record_id)


def _from_pairs(pairs: Mapping[str, Pair]) -> dict[str, Any]:
    return {key: [pair.hubspot, pair.salesforce] for key, pair in pairs.items()}


def _to_pairs(plain: Mapping[str, Any]) -> dict[str, Pair]:
    return {key: Pair(hubspot=hubspot, salesforce=salesforce) for key, (hubspot, salesforce) in plain.items()}


def _from_intent(intent: Intent) -> dict[str, Any]:
    return {
        "id": intent.id,
        "side": intent.side.value,
        "epoch": intent.epoch,
        "pairs": _from_pairs(intent.pairs),
        "before": intent.before.isoformat() if intent.before else None,
        "sent_at": intent.sent_at.isoformat(),
        "settled": intent.settled,
    }


def _to_intent(plain: Mapping[str, Any]) -> Intent:
    return Intent(
        id=plain["id"],
        side=Side(plain["side"]),
        epoch=plain["epoch"],
        pairs=_to_pairs(plain["pairs"]),
        before=datetime.fromisoformat(plain["before"]) if plain["before"] else None,
        sent_at=datetime.fromisoformat(plain["sent_at"]),
        settled=plain["settled"],
    )
