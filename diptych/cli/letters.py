"""`diptych dead-letters`: what could not be carried out, and what an operator decides about it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import click
from rich.text import Text

from contract.activity import DeadLetter, DeadLetterState
from contract.changes import Change, ChangeSet, Kind, Origin, decode
from contract.errors import InvalidInput
from contract.pending import WorkClass
from contract.ports import Transaction
from contract.settings import SyncMode
from diptych.cli.screen import local
from diptych.cli.session import Session, operator, pass_session

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
"""A replay claims no time of its own, so that no read of the record is too old for it."""
MOST = 100_000
"""Letters that one command looks at."""

_any_portal = click.option("--portal", type=int, help="Only those of this portal.")
_any_code = click.option("--code", help="Only those with this code, such as STRING_TOO_LONG.")


@click.group("dead-letters")
def letters() -> None:
    """What could not be carried out, and why. It is kept until somebody decides about it."""


@letters.command("list")
@_any_portal
@_any_code
@click.option(
    "--state",
    type=click.Choice([*(state.value for state in DeadLetterState), "all"]),
    default=DeadLetterState.OPEN.value,
    show_default=True,
)
@click.option("--limit", type=click.IntRange(1, MOST), default=100, show_default=True)
@pass_session
def list_(session: Session, portal: int | None, code: str | None, state: str, limit: int) -> None:
    """What waits for a decision, the newest first."""
    wanted = None if state == "all" else DeadLetterState(state)
    with session.transaction() as tx:
        found = tx.dead_letters.find(portal=portal, state=wanted, code=code, limit=limit)
    session.screen.table(
        ("id", "last seen", "portal", "record", "field", "code", "times", "state", "what happened"),
        [
            (
                letter.id,
                letter.last_seen,
                letter.portal,
                str(letter.ref or ""),
                letter.field if letter.ref else "",
                Text(letter.code, style="red"),
                letter.attempts,
                letter.state.value,
                letter.says,
            )
            for letter in found
        ],
        empty=_none(state, anywhere=portal is None and code is None),
    )
    if len(found) == limit:
        session.screen.say(f"There may be more: only the newest {limit} are shown (--limit).", style="dim")


@letters.command()
@click.argument("number", type=int)
@click.option("--raw", is_flag=True, help="Show the kept message too. It may hold personal values.")
@pass_session
def show(session: Session, number: int, *, raw: bool) -> None:
    """One dead letter: its cause, and what would help."""
    with session.transaction() as tx:
        letter = _one(tx, number)
    for name, value in _details(letter):
        session.screen.say(Text.assemble((f"{name:<12}", "bold"), value))
    if raw and letter.raw is not None:
        session.screen.raw(letter.raw.decode("utf-8", "backslashreplace"))
    elif letter.raw is not None:
        session.screen.say(f"{'message':<12}{len(letter.raw)} bytes are kept; --raw shows them")


@letters.command()
@click.argument("numbers", type=int, nargs=-1)
@_any_portal
@_any_code
@pass_session
def replay(session: Session, numbers: tuple[int, ...], portal: int | None, code: str | None) -> None:
    """Look at the records again, with the values and settings of now.

    Give the numbers of dead letters, or choose open ones by --portal, --code or both.
    """
    if bool(numbers) == (portal is not None or code is not None):
        raise click.UsageError("Give numbers, or choose by --portal or --code.")
    now = datetime.now(UTC)
    with session.transaction() as tx:
        found = (
            [_one(tx, number) for number in numbers]
            if numbers
            else tx.dead_letters.find(portal=portal, code=code, limit=MOST)
        )
        replayed, refused = put_back(tx, found, now=now)
        asleep = [p.number for p in tx.portals.all() if p.settings.mode is SyncMode.OFF]
    session.screen.say(f"{len(replayed)} replayed")
    for letter, why in refused:
        session.screen.complain(f"dead letter {letter.id}: {why}")
    for number in sorted({letter.portal for letter in replayed if letter.portal in asleep}, key=str):
        session.screen.say(f"portal {number} is paused: its records are looked at once it is resumed")
    if refused:
        raise click.exceptions.Exit(1)


@letters.command()
@click.argument("numbers", type=int, nargs=-1, required=True)
@click.option("--reason", required=True, help="Why nothing is to be done; kept with the letter.")
@pass_session
def discard(session: Session, numbers: tuple[int, ...], reason: str) -> None:
    """Decide that nothing is to be done about these."""
    note = f"{operator()}: {reason}"
    with session.transaction() as tx:
        for number in numbers:
            _one(tx, number)
        count = tx.dead_letters.settle(numbers, DeadLetterState.DISCARDED, note=note, at=datetime.now(UTC))
    session.screen.say(f"{count} discarded")
    if count < len(set(numbers)):
        session.screen.complain(f"{len(set(numbers)) - count} not: only open ones can be discarded")
        raise click.exceptions.Exit(1)


def _none(state: str, *, anywhere: bool) -> str:
    kind = "dead letter" if state == "all" else f"{state} dead letter"
    return f"There is no {kind}" + ("." if anywhere else " of that portal and code.")


def put_back(
    tx: Transaction, found: Sequence[DeadLetter], *, now: datetime
) -> tuple[list[DeadLetter], list[tuple[DeadLetter, str]]]:
    """Make the letters' records pending again and settle them; those that cannot be, with the reason."""
    changes: list[Change] = []
    replayed: list[DeadLetter] = []
    refused: list[tuple[DeadLetter, str]] = []
    for letter in found:
        try:
            changes += _changes(letter)
            replayed.append(letter)
        except InvalidInput as error:
            refused.append((letter, str(error)))
    tx.pending.merge(changes, work_class=WorkClass.REPLAY, now=now, due_at=now)
    ids = [letter.id for letter in replayed if letter.id is not None]
    tx.dead_letters.settle(ids, DeadLetterState.REPLAYED, note=f"{operator()} replayed it", at=now)
    return replayed, refused


def _changes(letter: DeadLetter) -> Iterable[Change]:
    """The notices that have the letter's records looked at; InvalidInput says why there are none."""
    if letter.state is not DeadLetterState.OPEN:
        raise InvalidInput(f"it is {letter.state} already")
    if letter.portal is not None and letter.ref is not None:
        yield Change(
            portal=letter.portal,
            ref=letter.ref,
            kind=Kind.UPDATED,
            occurred_at=LONG_AGO,
            origin=Origin.REPLAY,
            trace_id=uuid.uuid4().hex,
        )
    if letter.ref is None or letter.raw is not None:
        yield from _decoded(letter).changes


def _decoded(letter: DeadLetter) -> ChangeSet:
    """A message that only killed its reader may be sound; one that cannot be read stays a dead letter."""
    if letter.raw is None:
        raise InvalidInput("its message is not kept any more, so there is nothing to replay; discard it")
    try:
        return decode(letter.raw)
    except InvalidInput as error:
        raise InvalidInput(
            f"its message still cannot be read ({error}); look at it with `show {letter.id} --raw`, have the "
            "records it names edited or swept, then discard it"
        ) from None


def _one(tx: Transaction, number: int) -> DeadLetter:
    found = tx.dead_letters.get([number])
    if not found:
        raise InvalidInput(f"there is no dead letter {number}")
    return found[0]


def _details(letter: DeadLetter) -> Iterable[tuple[str, str]]:
    yield "dead letter", f"{letter.id} ({letter.scope}, {letter.state})"
    if letter.portal is not None:
        yield "portal", str(letter.portal)
    if letter.ref:
        yield "record", str(letter.ref)
    if letter.field:
        yield "field" if letter.ref else "message id", letter.field
    yield "cause", f"{letter.code} ({letter.error}{f', {letter.side}' if letter.side else ''})"
    yield "", letter.says
    yield "what helps", letter.fix
    if letter.rule:
        yield "rule", letter.rule
    yield "seen", f"{letter.attempts} times, {local(letter.first_seen)} to {local(letter.last_seen)}"
    yield "settings", f"version {letter.settings_version}"
    if letter.note:
        yield "note", letter.note
