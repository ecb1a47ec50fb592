"""Erasures take effect when they are taken in, also while a portal's sync is off, suspended or behind.

What our own tables know of the person is forgotten at once; the pending row stays, and with it what only the
CRMs can tell: the addresses that Salesforce knows, and the records that survive there.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from contract.changes import Change, Kind
from contract.decisions import Erasure
from contract.links import Link
from contract.mappings import EMAIL
from contract.ports import Transaction
from contract.records import RecordRef, Side, email_key


def at_once(tx: Transaction, changes: Iterable[Change], *, now: datetime) -> None:
    """Put tombstones for whom these notices say to have been erased. The last act of a transaction."""
    erased: dict[int, set[RecordRef]] = {}
    for change in changes:
        if change.kind is Kind.ERASED and change.ref.side is Side.HUBSPOT:
            erased.setdefault(change.portal, set()).add(change.ref)
    for portal, refs in sorted(erased.items()):
        links = tx.links.of(portal, refs).values()
        ends = {end for link in links for end in link.ends}
        emails = {email for link in links for email in _emails_in(link)}
        erasure = Erasure(refs=tuple(sorted(refs | ends)), emails=tuple(sorted(emails)))
        tx.tombstones.erase(portal, erasure, at=now)


def _emails_in(link: Link) -> set[str]:
    pair = link.base.get(EMAIL.key)
    known = [link.email, *((pair.hubspot, pair.salesforce) if pair else ())]
    return {key for key in map(email_key, known) if key}
