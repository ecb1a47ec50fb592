"""`diptych records`: which records are never synced, whatever the settings say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

import click

from contract.changes import LONG_AGO, Change, Kind, Origin
from contract.errors import InvalidInput
from contract.pending import WorkClass
from contract.ports import Transaction
from contract.records import SALESFORCE_CONTACT, RecordRef
from contract.settings import Portal, SyncMode
from diptych.cli.history import named, told_exclusion
from diptych.cli.session import Session, known_portal, operator, pass_session
from diptych.cli.why import meant, parse
from diptych.wiring import new_id

_portal = click.argument("number", metavar="PORTAL", type=int)
_record = click.argument("record")


@click.group()
def records() -> None:
    """Persons whom an operator keeps out of the sync, one by one.

    RECORD is an e-mail address, a HubSpot id or a Salesforce id, as for `diptych why`.
    """


@records.command("never-sync")
@_portal
@_record
@click.option("--reason", default="", help="Why, kept with who said it and when, and shown by `diptych why`.")
@pass_session
def never_sync(session: Session, number: int, record: str, reason: str) -> None:
    """Never sync this person, whichever of the two records is named.

    Nothing travels any more, in neither direction: no value, no deletion, no opt-out. What the records
    are merged into or converted to is kept out, too. Nothing that was written is taken back.
    """
    with session.transaction() as tx:
        portal = known_portal(tx, number)
        refs = _refs(tx, number, record)
        before = tx.exclusions.of(number, refs)
        made = tx.exclusions.begin(
            number, refs, author=operator(), reason=reason.strip(), at=datetime.now(UTC)
        )
    if before:
        session.screen.say(f"{_name(portal)}: {told_exclusion(made)}")
        return
    session.screen.say(f"{_name(portal)}: {named(made.refs)} will never be synced")
    session.screen.say("  no value, no deletion and no opt-out travels any more, in neither direction")
    session.screen.say(f"  `diptych records sync-again {number} {made.refs[0].id}` lifts it")


@records.command("sync-again")
@_portal
@_record
@pass_session
def sync_again(session: Session, number: int, record: str) -> None:
    """Sync this person again. What changed meanwhile is looked at and carried over."""
    now = datetime.now(UTC)
    with session.transaction() as tx:
        portal = known_portal(tx, number)
        refs = _refs(tx, number, record)
        lifted = tx.exclusions.end(number, refs, author=operator(), at=now)
        if not lifted:
            raise InvalidInput(f"{record.strip()} is not kept out of the sync in portal {number}")
        changes = list(notices(number, refs.union(*(one.refs for one in lifted))))
        tx.pending.merge(changes, work_class=WorkClass.REPLAY, now=now, due_at=now)
    for one in lifted:
        session.screen.say(f"{_name(portal)}: {named(one.refs)} will be synced again, and looked at anew")
    if portal.settings.mode is SyncMode.OFF:
        session.screen.say("  the portal is paused: that happens once it is resumed")


@records.command("list")
@_portal
@pass_session
def list_(session: Session, number: int) -> None:
    """Who is never synced: since when, by whom, why, and under which ids."""
    with session.transaction() as tx:
        known_portal(tx, number)
        standing = tx.exclusions.standing(number)
    session.screen.table(
        ("since", "by", "reason", "records"),
        [(one.since, one.author, one.reason, named(one.refs)) for one in standing],
        empty=f"Nobody is kept out of the sync in portal {number}.",
    )


def _refs(tx: Transaction, portal: int, record: str) -> frozenset[RecordRef]:
    """The records of the person that the operator means; InvalidInput where nobody is known by that name."""
    question = parse(record)
    refs = meant(tx, portal, question)
    if not refs:
        raise InvalidInput(f"nobody with the e-mail address {question.email} is linked: give the record's id")
    return refs


def notices(portal: int, refs: Iterable[RecordRef]) -> Iterator[Change]:
    """That each of these records may differ by now, and the contact roles of each Salesforce contact."""
    for ref in sorted(refs):
        for kind in (Kind.UPDATED, *((Kind.ASSOCIATED,) if ref.object_type == SALESFORCE_CONTACT else ())):
            yield Change(
                portal=portal,
                ref=ref,
                kind=kind,
                occurred_at=LONG_AGO,
                origin=Origin.REPLAY,
                trace_id=new_id(),
            )


def _name(portal: Portal) -> str:
    return f"portal {portal.number} ({portal.name})"
