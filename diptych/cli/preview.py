"""`diptych preview PORTAL FILE`: what other settings would do, before they are applied."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.text import Text

from consumers.preview import SAMPLE, Difference, Group, Preview, cost
from consumers.preview_job import Proposed
from contract.errors import InvalidInput
from contract.jobs import JobKind
from contract.plain import from_plain, to_plain
from contract.settings import Portal
from diptych import own_rules
from diptych.cli.effects import calls_in_words, plain_refs
from diptych.cli.jobs import carried_out
from diptych.cli.portal_files import contents_of, read_all
from diptych.cli.preview_told import tell_preview
from diptych.cli.screen import Screen
from diptych.cli.session import Session, known_portal, pass_session
from diptych.cli.settings_versions import told_changes


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
    pairs, records of both sides without a link, and recent deletions. Neither CRM is written to. It is a
    job of the portal's worker: `diptych jobs` shows it again.
    """
    screen, contents = session.screen, contents_of([file])
    with session.database() as database:
        with database.transaction() as tx:
            portal = known_portal(tx, number)
            [(_, new)] = read_all(tx, contents, allow_plain_http=session.config.allow_plain_http)
            links = tx.counts(number, now=datetime.now(UTC)).links
        if new.number != number:
            raise InvalidInput(f"{file} is the file of portal {new.number}, not of {number}")
        if not as_json:
            _say_what_differs(screen, portal, new, file)
        price = cost(portal, new.settings, links=links, sample=sample)
        screen.note(f"At most about {calls_in_words(price)} API calls are made; nothing is written.")
        if not yes:
            click.confirm("Go on?", abort=True, err=True)
        asked = to_plain(Proposed(settings=new.settings, sample=sample))
        found = carried_out(session, database, portal, JobKind.PREVIEW, asked)
    if as_json:
        screen.raw(json.dumps(_plain(number, from_plain(Preview, found))))
        return
    tell_preview(screen, found, values=values or screen.out.is_terminal)


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


def _plain(portal: int, found: Preview) -> Mapping[str, Any]:
    return {
        "portal": portal,
        "settings_version": found.settings_version,
        "calls": found.calls,
        "looked_at": {Group(group).name.lower(): count for group, count in found.looked_at.items()},
        "undecided": dict(found.undecided),
        "effects": [_plain_difference(one) for one in found.differences],
        "mappings": [{"path": one.path, "refused": one.sure, "says": one.says} for one in found.misfits],
    }


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
