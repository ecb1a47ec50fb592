"""`diptych portals`: one YAML file per portal, applied whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
from rich.text import Text

from contract.activity import ApiCalls, Counts
from contract.errors import InvalidInput
from contract.portal_file import dump_portal
from contract.records import Side
from contract.settings import Portal, Suspension, SyncMode
from diptych.cli.history import told_report
from diptych.cli.portal_files import difference, read_all, unsuspended
from diptych.cli.screen import local
from diptych.cli.session import Session, known_portal, operator, pass_session
from diptych.cli.versions import version_lines
from diptych.cli.why import parse

_STYLES = {SyncMode.ON: "green", SyncMode.OBSERVE: "yellow", SyncMode.OFF: "dim"}


@click.group()
def portals() -> None:
    """A HubSpot account joined to a Salesforce org. Each has its own settings, secrets and budget."""


@portals.command()
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--comment", default="", help="Why, kept with the settings version.")
@pass_session
def apply(session: Session, files: tuple[Path, ...], comment: str) -> None:
    """Store what portal files say. One fault anywhere, and nothing of any file is stored."""
    now = datetime.now(UTC)
    with session.transaction() as tx:
        read = read_all(tx, files, allow_plain_http=session.config.allow_plain_http)
        for old, new in read:
            if old and replace(new, settings=replace(new.settings, version=old.settings.version)) == old:
                session.screen.say(f"portal {new.number} ({new.name}): nothing changed")
                continue
            version = tx.portals.save(new, author=operator(), comment=comment, at=now)
            session.screen.say(f"portal {new.number} ({new.name}): stored as settings version {version}")
            for line in (*difference(old, new), *unsuspended(tx, old, new)):
                session.screen.say(line)
            if new.settings.mode is SyncMode.OFF:
                session.screen.say(
                    "  sync is off: `diptych doctor` checks both accounts, then go live watching:"
                )
                session.screen.say(f"  `diptych portals resume {new.number} --observe`")


@portals.command("list")
@pass_session
def list_(session: Session) -> None:
    """All portals, and what waits in each."""
    now = datetime.now(UTC)
    with session.transaction() as tx:
        rows = [(p, tx.portals.suspension(p.number), tx.counts(p.number, now=now)) for p in tx.portals.all()]
    session.screen.table(
        ("portal", "name", "Salesforce org", "sync", "pending", "due", "dead letters", "linked", "version"),
        [
            (
                portal.number,
                portal.name,
                portal.salesforce.org_id,
                _state(portal, suspension, now),
                counts.pending,
                counts.due,
                counts.dead_letters,
                counts.links,
                portal.settings.version,
            )
            for portal, suspension, counts in rows
        ],
        empty="There is no portal yet. `diptych portals apply FILE` stores one.",
    )


@portals.command()
@click.argument("number", type=int)
@click.option("--offline", is_flag=True, help="Ask no CRM for its integration version.")
@pass_session
def show(session: Session, number: int, *, offline: bool) -> None:
    """One portal: its state, what waits, its integration version, its settings."""
    now = datetime.now(UTC)
    with session.transaction() as tx:
        portal = known_portal(tx, number)
        suspension = tx.portals.suspension(number)
        counts = tx.counts(number, now=now)
        calls = tx.activity.calls_since(number, now - timedelta(hours=24))
        reports = tx.activity.reports(number)
    screen = session.screen
    screen.say(Text.assemble(f"portal {number} ({portal.name}): sync ", _state(portal, suspension, now)))
    if suspension:
        screen.say(f"  {_told(suspension, number)}", style="red")
    for line in [*_counted(counts), *_called(calls)]:
        screen.say(f"  {line}")
    for report in reports:
        screen.say(Text.assemble("  ", told_report(report)))
    for line in () if offline else version_lines(portal, session.config):
        screen.say(f"  {line}")
    screen.say()
    screen.raw(dump_portal(portal))


@portals.command()
@click.argument("number", type=int)
@pass_session
def history(session: Session, number: int) -> None:
    """Every version of a portal's settings. Says who stored it, when, why, and what it changed."""
    with session.transaction() as tx:
        known_portal(tx, number)
        versions = tx.portals.versions(number)
    before = None
    for version in versions:
        head = f"version {version.portal.settings.version}  {local(version.at)}  {version.author}"
        session.screen.say(Text.assemble((head, "bold"), f"  {version.comment}".rstrip()))
        for line in difference(before, version.portal):
            session.screen.say(line)
        before = version.portal


@portals.command()
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


@portals.command()
@click.argument("number", type=int)
@pass_session
def export(session: Session, number: int) -> None:
    """Print the portal's file, without its secrets. `apply` takes it back."""
    with session.transaction() as tx:
        portal = known_portal(tx, number)
    session.screen.raw(dump_portal(portal))


@portals.command()
@click.argument("number", type=int, required=False)
@click.option("--all", "everyone", is_flag=True, help="All portals.")
@pass_session
def pause(session: Session, number: int | None, *, everyone: bool) -> None:
    """Stop the sync. Notices are still taken and kept, one row per record."""
    _set_mode(session, number, everyone=everyone, mode=SyncMode.OFF)


@portals.command()
@click.argument("number", type=int, required=False)
@click.option("--all", "everyone", is_flag=True, help="All portals.")
@click.option("--observe", is_flag=True, help="Read, decide and explain everything, but write nothing.")
@pass_session
def resume(session: Session, number: int | None, *, everyone: bool, observe: bool) -> None:
    """Start the sync. What came in meanwhile is worked off."""
    _set_mode(session, number, everyone=everyone, mode=SyncMode.OBSERVE if observe else SyncMode.ON)


@portals.command()
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


def _set_mode(session: Session, number: int | None, *, everyone: bool, mode: SyncMode) -> None:
    if (number is None) != everyone:
        raise click.UsageError("Give one portal's number, or --all.")
    with session.transaction() as tx:
        chosen = tx.portals.all() if number is None else [known_portal(tx, number)]
        for portal in chosen:
            if portal.settings.mode is not mode:
                tx.portals.set_mode(portal.number, mode, author=operator(), at=datetime.now(UTC))
    for portal in chosen:
        session.screen.say(f"portal {portal.number} ({portal.name}): sync {mode}")


def _state(portal: Portal, suspension: Suspension | None, now: datetime) -> Text:
    if suspension and not (suspension.clears_at and suspension.clears_at <= now):
        return Text("suspended", style="bold red")
    return Text(portal.settings.mode.value, style=_STYLES[portal.settings.mode])


def _told(suspension: Suspension, number: int) -> str:
    ends = (
        f"it ends by itself at {local(suspension.clears_at)}"
        if suspension.clears_at
        else f"once the cause is gone, `diptych portals clear {number}` lifts it; so do other credentials"
    )
    return f"suspended since {local(suspension.since)}: {suspension.reason}; {ends}"


def _counted(counts: Counts) -> Iterable[str]:
    classes = ", ".join(f"{count} {name}" for name, count in counts.by_class.items() if count)
    yield _some(counts.links, "linked pair")
    pending = f"{_some(counts.pending, 'record')} pending, {counts.due} due"
    yield pending + (f" ({classes})" if classes else "")
    yield _some(counts.dead_letters, "open dead letter")


def _some(count: int, name: str) -> str:
    return f"{count} {name}" + ("" if count == 1 else "s")


def _called(calls: Iterable[ApiCalls]) -> Iterable[str]:
    by_side = dict.fromkeys(Side, 0)
    for hour in calls:
        by_side[hour.side] += hour.calls
    yield "API calls in the last 24 hours: " + ", ".join(
        f"{count} {side.label}" for side, count in by_side.items()
    )
