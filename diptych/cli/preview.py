"""`diptych preview PORTAL FILE`: what other settings would do, before they are applied."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.text import Text

from consumers.preview import EXAMPLES, SAMPLE, Difference, Group, Preview, Previewer, cost
from consumers.schemas import ask
from contract.errors import InvalidInput
from contract.records import Side
from contract.settings import Portal
from diptych import own_rules
from diptych.cli.effects import calls_in_words, plain_refs, record_kind, told_examples
from diptych.cli.portal_files import read_all
from diptych.cli.schema_check import Examined, examined
from diptych.cli.schema_check import told as told_check
from diptych.cli.screen import Screen
from diptych.cli.session import Session, known_portal, pass_session
from diptych.cli.settings_versions import told_changes
from diptych.lookout import as_workers_decide, looking


@click.command()
@click.argument("number", metavar="PORTAL", type=int)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--sample", type=click.IntRange(1, 5000), default=SAMPLE, show_default=True, help="Of each group."
)
@click.option("--json", "as_json", is_flag=True, help="For scripts: counts and record ids, no values.")
@click.option("--values", is_flag=True, help="Show values also where the output is no terminal.")
@click.option("--yes", is_flag=True, help="Do not ask whether the calls may be made.")
@pass_session
def preview(
    session: Session, number: int, file: Path, sample: int, *, as_json: bool, values: bool, yes: bool
) -> None:
    """Tell what a file's settings would do, and write nothing.

    The settings of FILE and the present ones run through the same rules, as if sync were on, over linked
    pairs, records of both sides without a link, and recent deletions. Neither CRM is written to, and
    nothing is stored but the count of calls.
    """
    screen = session.screen
    with session.database() as database:
        with database.transaction() as tx:
            portal = known_portal(tx, number)
            [(_, new)] = read_all(tx, [file], allow_plain_http=session.config.allow_plain_http)
            links = tx.counts(number, now=datetime.now(UTC)).links
        if new.number != number:
            raise InvalidInput(f"{file} is the file of portal {new.number}, not of {number}")
        if not as_json:
            _say_what_differs(screen, portal, new, file)
        price = cost(portal, new.settings, links=links, sample=sample)
        screen.note(f"At most about {calls_in_words(price)} API calls are made; nothing is written.")
        if not yes:
            click.confirm("Go on?", abort=True, err=True)
        with looking(portal, session.config, database) as lookout:
            previewer = Previewer(
                portal=portal,
                crms=lookout.crms,
                surveys=lookout.surveys,
                database=database,
                decide=as_workers_decide(),
            )
            checked = examined(new.settings, ask(portal, lookout.crms))
            found = previewer.compare(new.settings, now=datetime.now(UTC), sample=sample)
    if as_json:
        screen.raw(json.dumps({**_plain(portal, found, lookout.calls), "mappings": _plain_check(checked)}))
        return
    for line in told_check(checked):
        screen.say(line)
    _show(screen, found, lookout.calls, values=values or screen.out.is_terminal)


def _say_what_differs(screen: Screen, portal: Portal, new: Portal, file: Path) -> None:
    version = portal.settings.version
    screen.say(f"portal {portal.number} ({portal.name}): settings version {version}, against {file}")
    lines = list(told_changes(portal, new))
    for line in lines or [Text("  the file changes nothing")]:
        screen.say(line)
    if (portal.hubspot, portal.salesforce) != (new.hubspot, new.salesforce):
        screen.say("  the accounts stored are asked, not those of the file")
    for fault in own_rules.missing(new, own_rules.installed()):
        screen.say(f"  {fault}", style="yellow")


def _show(screen: Screen, found: Preview, calls: Mapping[Side, int], *, values: bool) -> None:
    screen.say(f"looked at, by {calls_in_words(calls)} API calls:")
    for group, count in found.looked_at.items():
        screen.say(f"  {count:>5} {group}")
    for why, count in found.undecided.items():
        screen.say(f"  {count:>5} of them left out: {why}", style="yellow")
    screen.say()
    screen.table(
        ("would", "record", "field", "now", "with the file"),
        [
            (one.key.act.value, record_kind(one.key), one.key.field, one.now, one.proposed)
            for one in found.differences
        ],
        empty="Neither would do anything to any of them.",
    )
    if found.differences and found.alike:
        screen.say("Both would do the very same.")
    for line in _examples(found, values=values):
        screen.say(line)
    if found.looked_at[Group.DELETIONS]:
        screen.say()
        screen.say("Deletions are decided as if they came now; those of the past stay settled.", style="dim")


def _examples(found: Preview, *, values: bool) -> Iterator[Text]:
    proposed = [one.only_proposed for one in found.differences]
    now = [one.only_now for one in found.differences]
    for title, effects in (("Only with the file:", proposed), ("Only now, no more with the file:", now)):
        lines = [line for some in effects for line in told_examples(some, EXAMPLES, values=values)]
        if lines:
            yield Text()
            yield Text(title, style="bold")
            yield from lines


def _plain(portal: Portal, found: Preview, calls: Mapping[Side, int]) -> Mapping[str, Any]:
    return {
        "portal": portal.number,
        "settings_version": portal.settings.version,
        "calls": {side.value: count for side, count in calls.items()},
        "looked_at": {Group(group).name.lower(): count for group, count in found.looked_at.items()},
        "undecided": dict(found.undecided),
        "effects": [_plain_difference(one) for one in found.differences],
    }


def _plain_check(found: Examined) -> list[Mapping[str, Any]]:
    return [{"path": one.path, "refused": one.sure, "says": one.says} for one in found.misfits]


def _plain_difference(one: Difference) -> Mapping[str, Any]:
    return {
        "act": one.key.act.value,
        "side": one.key.side.value,
        "object_type": one.key.object_type,
        "field": one.key.field or None,
        "now": one.now,
        "proposed": one.proposed,
        "only_now": plain_refs(one.only_now),
        "only_proposed": plain_refs(one.only_proposed),
    }
