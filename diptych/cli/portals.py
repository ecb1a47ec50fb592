"""`diptych portals`: one YAML file per portal, applied whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
from rich.text import Text

from contract.activity import ApiCalls, Counts
from contract.errors import InvalidInput
from contract.portal_file import dump_portal
from contract.ports import Transaction
from contract.records import Side
from contract.settings import Portal, SyncMode
from diptych import own_rules
from diptych.cli.acts import ACTS
from diptych.cli.backfill import offer
from diptych.cli.history import told_report
from diptych.cli.portal_files import (
    contents_of,
    examined_all,
    read_all,
    same,
    told_release,
    told_version,
    unsuspended,
)
from diptych.cli.schema_check import Examined, unchecked_option
from diptych.cli.schema_check import told as told_check
from diptych.cli.session import Session, known_portal, operator, pass_session
from diptych.cli.settings_versions import VERSION_COMMANDS, told_changes
from diptych.cli.standing import standing_of, state, told, told_held, told_lifted, told_pause
from diptych.cli.versions import version_lines
from diptych.consents import forget_unused

_COLUMNS = ("portal", "name", "Salesforce org", "sync", "pending", "due", "held", "dead letters", "linked")


@click.group()
def portals() -> None:
    """A HubSpot account joined to a Salesforce org. Each has its own settings, secrets and budget."""


@portals.command()
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--comment", default="", help="Why, kept with the settings version.")
@unchecked_option
@pass_session
def apply(session: Session, files: tuple[Path, ...], comment: str, *, unchecked: bool) -> None:
    """Store what portal files say. One fault anywhere, and nothing of any file is stored.

    Both CRMs are asked whether their schemas bear the mappings. What must fail is a fault; what may fail is
    told. Where a CRM does not answer, only a portal whose sync is off is stored.
    """
    plain, contents = session.config.allow_plain_http, contents_of(files)
    with session.database() as database:
        with database.transaction() as tx:
            read = read_all(tx, contents, allow_plain_http=plain)
        examined = {} if unchecked else examined_all(read, files, session.config, database)
        with database.transaction() as tx:
            if read_all(tx, contents, allow_plain_http=plain) != read:
                raise InvalidInput("the settings changed meanwhile, and nothing was applied")
            for old, new in read:
                for line in _stored(tx, old, new, comment):
                    session.screen.say(line)
                for line in told_check(examined.get(new.number, Examined())):
                    session.screen.say(line)


def _stored(tx: Transaction, old: Portal | None, new: Portal, comment: str) -> Iterator[str | Text]:
    """Store one portal; what there is to say of it."""
    # Whoever applies a file has seen to the credentials, perhaps in the CRM itself.
    tx.credentials.forget(new.number)
    name = f"portal {new.number} ({new.name})"
    if old and same(old, new):
        yield f"{name}: nothing changed"
        return
    version = tx.portals.save(new, author=operator(), comment=comment, at=datetime.now(UTC))
    yield f"{name}: stored as settings version {version}"
    yield from forget_unused(tx, new)
    yield from told_changes(old, new) if old else ()
    yield from unsuspended(tx, old, new)
    yield from offer(old, new, tx.counts(new.number, now=datetime.now(UTC)).links)
    for fault in own_rules.missing(new, own_rules.installed()):
        yield f"  {fault}"
    if new.settings.mode is SyncMode.OFF:
        yield "  sync is off: `diptych doctor` checks both accounts, then go live watching:"
        yield f"  `diptych portals resume {new.number} --observe`"


@portals.command("list")
@pass_session
def list_(session: Session) -> None:
    """All portals, and what waits in each."""
    now = datetime.now(UTC)
    with session.transaction() as tx:
        rows = [(standing_of(tx, p, now), tx.counts(p.number, now=now)) for p in tx.portals.all()]
        pause, lifted = tx.pauses.current(), tx.pauses.lifted()
    session.screen.table(
        (*_COLUMNS, "version"),
        [
            (
                standing.portal.number,
                standing.portal.name,
                standing.portal.salesforce.org_id,
                state(standing),
                counts.pending,
                counts.due,
                standing.held_records,
                counts.dead_letters,
                counts.links,
                standing.portal.settings.version,
            )
            for standing, counts in rows
        ],
        empty="There is no portal yet. `diptych portals apply FILE` stores one.",
    )
    if pause:
        session.screen.say(told_pause(pause), style="yellow")
    elif lifted and rows:
        session.screen.say(told_lifted(lifted), style="dim")
    for standing, _ in rows:
        for text in told_held(standing):
            session.screen.say(Text.assemble(f"portal {standing.portal.number}: ", text))


@portals.command()
@click.argument("number", type=int)
@click.option("--offline", is_flag=True, help="Ask no CRM for its integration version.")
@pass_session
def show(session: Session, number: int, *, offline: bool) -> None:
    """One portal: its state, what waits, its integration version, its settings."""
    now = datetime.now(UTC)
    with session.database() as database:
        with database.transaction() as tx:
            portal = known_portal(tx, number)
            standing = standing_of(tx, portal, now)
            counts = tx.counts(number, now=now)
            calls = tx.activity.calls_since(number, now - timedelta(hours=24))
            reports = tx.activity.reports(number)
        versions = [] if offline else list(version_lines(portal, session.config, database))
    screen = session.screen
    screen.say(Text.assemble(f"portal {number} ({portal.name}): sync ", state(standing)))
    for text in told(standing):
        screen.say(Text.assemble("  ", text))
    for line in [*_counted(counts), *_called(calls)]:
        screen.say(f"  {line}")
    for report in reports:
        screen.say(Text.assemble("  ", told_report(report)))
    for line in versions:
        screen.say(f"  {line}")
    screen.say()
    screen.raw(dump_portal(portal))


@portals.command()
@click.argument("number", type=int)
@pass_session
def history(session: Session, number: int) -> None:
    """Every version of a portal's settings, and every release. Says who, when, why, and what it changed."""
    with session.transaction() as tx:
        known_portal(tx, number)
        versions = tx.portals.versions(number)
        releases = tx.held.releases(number)
    acts = [
        (version.at, told_version(before, version))
        for before, version in zip([None, *versions], versions, strict=False)
    ]
    acts += [(one.at, [told_release(one)]) for one in releases]
    for _, lines in sorted(acts, key=lambda act: act[0]):
        for line in lines:
            session.screen.say(line)


@portals.command()
@click.argument("number", type=int)
@pass_session
def export(session: Session, number: int) -> None:
    """Print the portal's file, without its secrets. `apply` takes it back."""
    with session.transaction() as tx:
        portal = known_portal(tx, number)
    session.screen.raw(dump_portal(portal))


for command in (*VERSION_COMMANDS, *ACTS):
    portals.add_command(command)


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
