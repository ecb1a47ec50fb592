"""`diptych backfill PORTAL`: all linked pairs looked at, as a new mapping asks for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click
from rich.text import Text

from consumers.backfill import all_pairs
from contract.errors import InvalidInput
from contract.kinds import SALESFORCE_OBJECTS
from contract.mappings import FieldMapping, MappingRule
from contract.settings import Portal, Settings, SyncMode
from diptych.cli.session import Session, known_portal, pass_session
from diptych.cli.standing import Standing, standing_of, told_idle
from diptych.clock import utc_now
from diptych.wiring import new_id

_MEANWHILE = {
    SyncMode.OFF: "sync is off: they wait until it is resumed",
    SyncMode.OBSERVE: "sync observes: what would be written is told, and written once it is on",
}


@click.command()
@click.argument("number", metavar="PORTAL", type=int)
@click.option(
    "--field",
    "names",
    multiple=True,
    help="The HubSpot property of a mapping that is new or changed; may be given several times.",
)
@pass_session
def backfill(session: Session, number: int, names: tuple[str, ...]) -> None:
    """Have all linked pairs of a portal looked at, behind whatever is live.

    Each pair is decided as it stands, by all its mappings: what both sides agree on already costs a read and
    nothing else. Without --field it finds whatever an edit that nobody heard of has left apart. It may be
    given again and again; a pair that waits already is looked at once.
    """
    with session.database() as database:
        with database.transaction() as tx:
            portal = known_portal(tx, number)
            chosen = _chosen(portal.settings, names)
            standing = standing_of(tx, portal, utc_now())
        pairs = all_pairs(database, number, clock=utc_now, new_id=new_id)
    for line in _told(standing, chosen, pairs):
        session.screen.say(line)


def offer(old: Portal | None, new: Portal, links: int) -> Iterator[Text]:
    """What to do where mappings are new to pairs that are linked already; nothing where none is."""
    before = _fields(old.settings) if old else set()
    fresh = list(dict.fromkeys(place[0] for place in _fields(new.settings) if place not in before))
    if not fresh or not links:
        return
    command = " ".join(["diptych backfill", str(new.number), *(f"--field {name}" for name in fresh)])
    yield Text(
        f"  new to {_some_pairs(links)}: {', '.join(fresh)}; each is carried when one of its records is "
        f"edited, all of them by `{command}`"
    )


def _fields(settings: Settings) -> dict[tuple[str, str, str], None]:
    """Each mapped field that takes part, in the file's order: the property, the object, and its field."""
    return {
        (row.hubspot, object_type, name): None
        for object_type in SALESFORCE_OBJECTS
        for row, name in settings.synced(object_type)
    }


def _chosen(settings: Settings, names: Sequence[str]) -> list[FieldMapping]:
    """The mappings of these names. Raises InvalidInput that tells all which there are not."""
    rows = {row.hubspot: row for row in settings.rows}
    unknown = [name for name in names if name not in rows]
    if unknown:
        there = ", ".join(rows)
        raise InvalidInput(f"there is no mapping of {', '.join(map(repr, unknown))} (mapped: {there})")
    off = [name for name in names if rows[name].rule is MappingRule.DONT_SYNC]
    if off:
        raise InvalidInput(f"nothing is carried of {', '.join(off)}: the rule is dont_sync")
    return [rows[name] for name in dict.fromkeys(names)]


def _told(standing: Standing, chosen: Sequence[FieldMapping], pairs: int) -> Iterator[str]:
    portal = standing.portal
    name = f"portal {portal.number} ({portal.name})"
    if not pairs:
        yield f"{name}: no pair is linked yet, so there is nothing to look at"
        return
    fields = ", ".join(row.hubspot for row in chosen)
    what = f"{fields} and whatever else differs" if fields else "whatever differs"
    yield f"{name}: {_some_pairs(pairs)} will be looked at, behind whatever is live, and {what} carried"
    if says := _MEANWHILE.get(portal.settings.mode):
        yield f"  {says}"
    names = {row.hubspot for row in chosen}
    for says in told_idle([one for one in standing.idle if one.mapping in names]):
        yield f"  {says}"


def _some_pairs(count: int) -> str:
    return "1 linked pair" if count == 1 else f"{count:,} linked pairs"
