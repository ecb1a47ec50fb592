"""What still stands in the product's tables and queues although all is at rest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contract.links import Intent, Link, LinkState
from contract.records import HUBSPOT_CONTACT, SALESFORCE_CONTACT, SALESFORCE_LEAD, RecordRef, Side
from diptych.wiring import Stores
from tests.acceptance.kills.crms import PORTAL, Crms
from tests.acceptance.kills.judge import FIELDS, plain

Records = Mapping[RecordRef, Mapping[str, Any]]


def remains(stores: Stores, crms: Crms, *, persons: int) -> list[str]:
    """One sentence for each thing that must not be there, or is missing; empty when all is as it must be."""
    there = records(crms)
    with stores.database.transaction() as tx:
        links = list({link.id: link for link in tx.links.of(PORTAL, there).values()}.values())
        letters = tx.dead_letters.find(limit=10_000)
    left = [f"dead letter: {one.ref} {one.field or ''} {one.code} {one.says}" for one in letters]
    left += [f"link {link.id} is {link.state}" for link in links if link.state is not LinkState.LIVE]
    left += [
        f"unanswered intent of link {link.id}: {one}" for link in links for one in _forgotten(link, there)
    ]
    if len(links) != persons:
        left.append(f"{len(links)} links of {persons} persons")
    return left


def records(crms: Crms) -> dict[RecordRef, Mapping[str, Any]]:
    """Every record there is, by ref, with its values under HubSpot's names."""
    found: dict[RecordRef, Mapping[str, Any]] = {
        RecordRef(side=Side.HUBSPOT, object_type=HUBSPOT_CONTACT, id=row["id"]): row["properties"]
        for row in crms.hubspot.state(PORTAL)
    }
    for kind in (SALESFORCE_LEAD, SALESFORCE_CONTACT):
        for row in crms.salesforce.state(kind):
            ref = RecordRef(side=Side.SALESFORCE, object_type=kind, id=row["Id"])
            found[ref] = {name: row.get(there) for name, there in FIELDS.items()}
    return found


def _forgotten(link: Link, there: Records) -> list[Intent]:
    """The oldest intent, if nobody settled it although its record shows all that it meant.

    One whose record was edited since may stay, with all that came later: its write might still arrive, and
    its age ends it.
    """
    oldest = min(link.intents, key=lambda one: one.sent_at, default=None)
    ref = link.end(oldest.side) if oldest is not None else None
    if oldest is None or oldest.settled or ref is None:
        return []
    values = there.get(ref, {})
    meant = {key: pair.of(oldest.side) for key, pair in oldest.pairs.items() if key in FIELDS}
    shown = all(plain(values.get(key)).casefold() == plain(value).casefold() for key, value in meant.items())
    return [oldest] if shown else []
