"""`diptych adopt PORTAL`: take over the pairs of the native connector, and tell what going live would do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

import click
from rich.text import Text

from consumers.adopt import LATELY, Adopter, Adoption, Plan
from consumers.effects import Act, Key
from consumers.golive import Observed, PlanStore, observed, refuse_while_on
from consumers.lookout import Lookout
from consumers.preview import SAMPLE
from contract.ports import Database, NativeTraces
from contract.records import Side
from contract.settings import Portal, SyncMode
from diptych.cli.effects import calls_in_words, record_kind
from diptych.cli.screen import Screen, local
from diptych.cli.session import Session, known_portal, pass_session
from diptych.clock import utc_now
from diptych.lookout import as_workers_decide, looking
from diptych.wiring import new_id

_EXAMPLES = 3
_CALLS_PER_THOUSAND = 28
"""Seventeen of HubSpot and ten of Salesforce for each thousand contacts, as the stand-ins count them."""
_CALLS_BESIDES = 30
_LATER = "sync is {}: `diptych portals resume {} --observe` decides each record and writes nothing."


@click.command()
@click.argument("number", metavar="PORTAL", type=int)
@click.option("--report", is_flag=True, help="Only tell what observing has found; asks no CRM.")
@click.option(
    "--sample",
    type=click.IntRange(0, 5000),
    default=SAMPLE,
    show_default=True,
    help="Records of each side without a partner to look at.",
)
@click.option("--yes", is_flag=True, help="Link without asking.")
@pass_session
def adopt(session: Session, number: int, sample: int, *, report: bool, yes: bool) -> None:
    """Link the native connector's pairs before going live.

    They are those that HubSpot's own Salesforce integration had linked. Both ends of each pair are
    checked, and what going live would do is told first. Only links are made: neither CRM is written to.
    Sync must be off or observing.
    """
    with session.database() as database:
        with database.transaction() as tx:
            portal = known_portal(tx, number)
            if report:
                _show_observed(session.screen, portal, observed(tx, number, now=datetime.now(UTC)))
                return
            refuse_while_on(tx, portal)
        with looking(portal, session.config, database) as lookout:
            plan = _plan(session.screen, portal, lookout, database, sample)
        _show(session.screen, portal, plan)
        if not plan.adoptions:
            session.screen.say("There is nothing to link.")
            return
        if not yes:
            click.confirm(
                f"Link {_pairs(len(plan.adoptions))}? Neither CRM is written to.", abort=True, err=True
            )
        made = PlanStore(portal=portal, database=database, clock=utc_now, new_id=new_id).store(plan)
        _say_what_is_next(session.screen, portal, made, len(plan.adoptions))


def _plan(screen: Screen, portal: Portal, lookout: Lookout, database: Database, sample: int) -> Plan:
    named = lookout.native.count()
    calls = named * _CALLS_PER_THOUSAND // 1000 + _CALLS_BESIDES
    screen.note(
        f"HubSpot contacts that name a Salesforce record: {named}. Checking them takes some {calls} "
        "API calls and writes nothing."
    )
    adopter = Adopter(
        portal=portal,
        lookout=lookout,
        database=database,
        decide=as_workers_decide(),
        clock=utc_now,
    )
    plan = adopter.plan(sample=sample, progress=lambda seen: screen.note(f"checked {seen} of {named}"))
    screen.note(f"{calls_in_words(lookout.calls)} API calls were made.")
    return plan


def _show(screen: Screen, portal: Portal, plan: Plan) -> None:
    version = portal.settings.version
    screen.say(f"portal {portal.number} ({portal.name}): going live under settings version {version}", "bold")
    if plan.native.contacts:
        screen.say(_warning(plan.native), style="bold red")
    for line in (*_links(plan), *_left_out(plan), *_duplicates([one.says for one in plan.reports])):
        screen.say(line)
    screen.say()
    if plan.adoptions:
        screen.say("These pairs, once sync is on:", style="bold")
        _table(screen, plan.effects, empty="They are in step: nothing would be written.")
    if any(plan.looked_at.values()):
        if plan.adoptions:
            screen.say()
        screen.say(_others(plan.looked_at), style="bold")
        _table(screen, plan.unlinked, empty="Nothing would be done.")
    screen.say()


def _warning(native: NativeTraces) -> str:
    hours = int(LATELY.total_seconds() // 3600)
    last = f", the last at {local(native.last)}" if native.last else ""
    return (
        f"warning: the native connector still writes: it synced {_some(native.contacts, 'contact')} in the "
        f"last {hours} hours{last}. Two that sync the same records overwrite each other: disconnect it in "
        "HubSpot's connected apps before sync is on."
    )


def _links(plan: Plan) -> Iterator[Text]:
    moved = sum(one.moved for one in plan.adoptions)
    differing = [one for one in plan.adoptions if not one.emails_agree]
    yield Text(f"  {_pairs(len(plan.adoptions))} to link, {plan.linked} linked already")
    if moved:
        yield Text(f"    {moved} of them with what their record was converted or merged into")
    if differing:
        yield Text(
            f"    {len(differing)} of them although their e-mails differ: {_named(differing)}", style="yellow"
        )


def _named(adoptions: Sequence[Adoption]) -> str:
    names = "; ".join(f"{one.contact} and {one.partner}" for one in adoptions[:_EXAMPLES])
    return names + (f"; and {len(adoptions) - _EXAMPLES} more" if len(adoptions) > _EXAMPLES else "")


def _left_out(plan: Plan) -> Iterator[Text]:
    for fate, refs in plan.left_out.items():
        names = ", ".join(map(str, refs[:_EXAMPLES]))
        more = f" and {len(refs) - _EXAMPLES} more" if len(refs) > _EXAMPLES else ""
        yield Text(f"  {_some(len(refs), 'contact')} left out, {fate}: {names}{more}", style="yellow")


def _duplicates(reports: Sequence[str]) -> Iterator[Text]:
    if reports:
        yield Text(f"  {_some(len(reports), 'duplicate')}, for an operator to look at:", style="yellow")
    for says in reports[:_EXAMPLES]:
        yield Text(f"    {says}")
    if len(reports) > _EXAMPLES:
        yield Text(f"    and {len(reports) - _EXAMPLES} more")


def _table(screen: Screen, effects: Mapping[Key, int], *, empty: str) -> None:
    """By act, side, object and field."""
    order = sorted(effects, key=lambda key: (list(Act).index(key.act), key.side, key.object_type, key.field))
    screen.table(
        ("would", "record", "field", "how often"),
        [(key.act.value, record_kind(key), key.field, effects[key]) for key in order],
        empty=f"  {empty}",
    )


def _others(looked_at: Mapping[Side, int]) -> str:
    counts = " and ".join(f"{count} {side.label}" for side, count in looked_at.items())
    return f"The {counts} records without a partner that changed last, when they change again:"


def _show_observed(screen: Screen, portal: Portal, found: Observed) -> None:
    mode = portal.settings.mode
    screen.say(
        f"portal {portal.number} ({portal.name}): sync {mode}, {_some(found.links, 'linked pair')}", "bold"
    )
    for line in _duplicates([one.says for one in found.duplicates]):
        screen.say(line)
    waiting = f"{_some(found.waiting, 'record')} decided while observing, waiting for sync to be on"
    screen.say(f"  {waiting}")
    screen.say()
    if found.told:
        screen.say(f"For {_some(found.told, 'person')} something would be written:", style="bold")
        _table(screen, found.effects, empty="Nothing would be written.")
    else:
        screen.say("So far nothing would be written for anybody.")
    if found.outdated:
        screen.say(
            f"  {found.outdated} of them were decided under other settings than today's", style="yellow"
        )
    if mode is not SyncMode.OBSERVE:
        screen.say()
        screen.say(_LATER.format(mode, portal.number))


def _say_what_is_next(screen: Screen, portal: Portal, made: int, planned: int) -> None:
    screen.say(f"{_pairs(made)} linked; each is looked at once sync observes or is on.", style="green")
    if made < planned:
        screen.say(f"  {planned - made} were linked by somebody else meanwhile and stay as they are")
    if portal.settings.mode is SyncMode.OFF:
        screen.say(_LATER.format("off", portal.number))
    screen.say(f"`diptych adopt {portal.number} --report` tells at any time what it has found.")


def _pairs(count: int) -> str:
    return _some(count, "pair")


def _some(count: int, name: str) -> str:
    return f"{count} {name}" + ("" if count == 1 else "s")
