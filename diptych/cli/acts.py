"""What an operator does about a running portal: pause, resume, clear, release, lift."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from consumers.guards import UNTIL_RELEASED
from contract.errors import InvalidInput
from contract.ports import Transaction
from contract.settings import Portal, SyncMode
from contract.standing import GuardedWork
from diptych.cli.session import Session, known_portal, operator, pass_session
from diptych.cli.standing import counted, on_records, told_lifted, told_pause
from diptych.cli.why import parse

_KINDS = [work.value for work in GuardedWork]
_comment = click.option("--comment", default="", help="Why, kept with who did it and when.")


@click.command()
@click.argument("number", type=int, required=False)
@click.option("--all", "everyone", is_flag=True, help="All portals, by one switch; each keeps its mode.")
@_comment
@pass_session
def pause(session: Session, number: int | None, *, everyone: bool, comment: str) -> None:
    """Stop the sync. Notices are still taken and kept, one row per record.

    A batch under way stops before its next call that writes.
    """
    _one_or_all(number, everyone=everyone)
    now = datetime.now(UTC)
    with session.transaction() as tx:
        if number is None:
            tx.pauses.begin(author=operator(), comment=comment, at=now)
            current, before = tx.pauses.current(), tx.pauses.lifted()
            session.screen.say(told_pause(current) if current else "all portals are paused")
            if before:
                session.screen.say(f"  before that {told_lifted(before)}", style="dim")
            return
        _set_mode(session, tx, known_portal(tx, number), SyncMode.OFF, comment)


@click.command()
@click.argument("number", type=int, required=False)
@click.option("--all", "everyone", is_flag=True, help="Lift the pause of all portals.")
@click.option("--observe", is_flag=True, help="Read, decide and explain everything, but write nothing.")
@click.option("--on", "write", is_flag=True, help="Read and write, also where it only observed before.")
@_comment
@pass_session
def resume(
    session: Session, number: int | None, *, everyone: bool, observe: bool, write: bool, comment: str
) -> None:
    """Start the sync as it was before the pause. What came in meanwhile is worked off."""
    _one_or_all(number, everyone=everyone)
    if (observe and write) or (everyone and (observe or write)):
        raise click.UsageError("Choose one of --all, --observe and --on.")
    with session.transaction() as tx:
        if number is None:
            _end_pause(session, tx)
            return
        portal = known_portal(tx, number)
        mode = SyncMode.OBSERVE if observe else SyncMode.ON if write else _as_before(tx, portal)
        _set_mode(session, tx, portal, mode, comment)
        if mode is SyncMode.OBSERVE and not observe:
            session.screen.say(f"  it only observes: `diptych portals resume {number} --on` lets it write")
        current = tx.pauses.current()
        if current:
            session.screen.say(f"  {told_pause(current)}")


@click.command()
@click.argument("number", type=int)
@pass_session
def clear(session: Session, number: int) -> None:
    """Lift a suspension once its cause is gone."""
    with session.transaction() as tx:
        portal = known_portal(tx, number)
        suspension = tx.portals.suspension(number)
        tx.portals.suspend(number, None)
    if suspension:
        session.screen.say(f"portal {number} ({portal.name}): the suspension is lifted ({suspension.reason})")
    else:
        session.screen.say(f"portal {number} ({portal.name}) was not suspended")


@click.command()
@click.argument("number", type=int)
@click.option(
    "--only", type=click.Choice([work.value for work in GuardedWork]), help="Only this kind of what is held."
)
@_comment
@pass_session
def release(session: Session, number: int, *, only: str | None, comment: str) -> None:
    """Let go, once, what a guard holds. The limits stay as they are for all that comes after.

    The records are looked at anew: what is not called for any more is not done.
    """
    works = [GuardedWork(only)] if only else list(GuardedWork)
    now = datetime.now(UTC)
    with session.transaction() as tx:
        portal = known_portal(tx, number)
        released = tx.held.release(number, works, author=operator(), comment=comment, at=now)
        tx.pending.wake(number, [UNTIL_RELEASED], now=now)
    if not released:
        raise InvalidInput(f"portal {number} holds no {only or 'work'} for an operator")
    for one in released:
        session.screen.say(
            f"portal {number} ({portal.name}): {counted(one.work, one.amount)} let go"
            f"{on_records(one.work, one.records)}"
        )


@click.command()
@click.argument("number", type=int)
@click.argument("records", nargs=-1, required=True)
@pass_session
def lift(session: Session, number: int, records: tuple[str, ...]) -> None:
    """Let an erased person be synced again. RECORDS are their e-mail addresses and ids on both sides."""
    asked = [parse(record) for record in records]
    with session.transaction() as tx:
        known_portal(tx, number)
        count = tx.tombstones.lift(
            number,
            refs={ref for question in asked for ref in question.refs},
            emails={question.email for question in asked if question.email},
        )
    if not count:
        raise InvalidInput(f"nobody was erased under {' or '.join(records)} in portal {number}")
    lifted = "1 tombstone is" if count == 1 else f"{count} tombstones are"
    session.screen.say(f"{lifted} lifted in portal {number}")


def _one_or_all(number: int | None, *, everyone: bool) -> None:
    if (number is None) != everyone:
        raise click.UsageError("Give one portal's number, or --all.")


def _as_before(tx: Transaction, portal: Portal) -> SyncMode:
    """The mode before the pause; of a portal that is not paused, the one it has."""
    if portal.settings.mode is not SyncMode.OFF:
        return portal.settings.mode
    return tx.portals.mode_before_off(portal.number) or SyncMode.ON


def _set_mode(session: Session, tx: Transaction, portal: Portal, mode: SyncMode, comment: str) -> None:
    if portal.settings.mode is not mode:
        now = datetime.now(UTC)
        tx.portals.set_mode(portal.number, mode, author=operator(), comment=comment, at=now)
    session.screen.say(f"portal {portal.number} ({portal.name}): sync {mode}")


def _end_pause(session: Session, tx: Transaction) -> None:
    current = tx.pauses.current()
    tx.pauses.end(author=operator(), at=datetime.now(UTC))
    lifted = tx.pauses.lifted()
    session.screen.say("the pause of all portals is lifted" if current else "the portals were not all paused")
    if lifted:
        session.screen.say(f"  {told_lifted(lifted)}", style="dim")
    for portal in tx.portals.all():
        session.screen.say(f"portal {portal.number} ({portal.name}): sync {portal.settings.mode}")


ACTS: tuple[click.Command, ...] = (pause, resume, clear, release, lift)
"""As `diptych portals` lists them."""
