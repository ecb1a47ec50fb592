"""Mappings that the schemas bear no more: marked, left out of decisions, and taken up again by themselves."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

import structlog

from consumers import backfill
from consumers.reconcile import Crms
from consumers.schemas import described
from contract.errors import CrmError
from contract.mapping_check import Place, Schemas, check, mapped
from contract.ports import Database, Transaction
from contract.records import Side
from contract.settings import Portal
from contract.standing import IdleMapping

log = structlog.get_logger()


def look(crms: Crms, sides: Collection[Side]) -> Schemas:
    """The schemas of these sides; nothing of one that does not tell, for that says nothing."""
    found: Schemas = {}
    for side in sides:
        try:
            found = {**found, **described(side, crms.by_side()[side])}
        except CrmError as error:
            log.warning("schema.not_told", side=side.value, code=error.fault.code)
    return found


def learn(tx: Transaction, portal: Portal, schemas: Schemas, *, now: datetime) -> list[IdleMapping]:
    """Mark what the schemas do not bear; what was not told stays as it was.

    Returns what was marked and has no reason to be any more: the schemas bear it again, or nothing maps it.
    """
    known = {_place(one): one for one in tx.idle.of(portal.number)}
    found = {
        (misfit.mapping, misfit.side, misfit.object_type): misfit.says
        for misfit in check(portal.settings, schemas)
        if misfit.idles
    }
    in_use = mapped(portal.settings)
    found = {place: says for place, says in found.items() if place in in_use}
    told = {place: one for place, one in known.items() if place[1:] in schemas and place not in found}
    for place in found.keys() - {place for place, one in known.items() if not one.returned}:
        log.warning("mapping.idle", mapping=place[0], side=place[1].value, object_type=place[2])
    tx.idle.keep(portal.number, [_idle(place, says, now, portal, schemas) for place, says in found.items()])
    return [
        one for place, one in known.items() if place not in in_use or (place in told and not one.returned)
    ]


def let_back(database: Database, portal: Portal, idle: Sequence[IdleMapping]) -> None:
    """Have these take part again, as far as anything maps them.

    Before that, each link is told which of its fields were gone: they may have been made anew under the old
    names, and where they are blank nobody cleared them.
    """
    gone = [_place(one) for one in idle if one.gone]
    last: int | None = 0 if gone else None
    while last is not None:
        with database.transaction() as tx:
            last = tx.idle.lost_sight(portal.number, gone, after=last, limit=backfill.CHUNK)
    in_use = mapped(portal.settings)
    back = [one for one in idle if _place(one) in in_use]
    with database.transaction() as tx:
        tx.idle.drop(portal.number, [one for one in idle if one not in back])
        tx.idle.keep(portal.number, [replace(one, returned=True) for one in back])
    for one in back:
        log.info("mapping.returned", mapping=one.mapping, side=one.side.value, object_type=one.object_type)


def places(idle: Iterable[IdleMapping]) -> frozenset[Place]:
    """Where mappings take no part now."""
    return frozenset(_place(one) for one in idle if not one.returned)


def catch_up(
    database: Database, portal: int, *, clock: Callable[[], datetime], new_id: Callable[[], str]
) -> None:
    """Have pairs looked at for what was edited while mappings took no part; those are forgotten then.

    In this order, so that a worker that dies in between leaves it to the next check.
    """
    with database.transaction() as tx:
        returned = [one for one in tx.idle.of(portal) if one.returned]
    if not returned:
        return
    pairs = backfill.all_pairs(database, portal, clock=clock, new_id=new_id)
    with database.transaction() as tx:
        tx.idle.drop(portal, returned)
    log.info("mapping.backfill", mappings=sorted({one.mapping for one in returned}), pairs=pairs)


def _place(one: IdleMapping) -> Place:
    return one.mapping, one.side, one.object_type


def _idle(place: Place, says: str, now: datetime, portal: Portal, schemas: Schemas) -> IdleMapping:
    mapping, side, object_type = place
    row = next(row for row in portal.settings.rows if row.hubspot == mapping)
    name = row.hubspot if side is Side.HUBSPOT else row.salesforce(object_type)
    field = schemas[side, object_type].get(name or "")
    gone = field is None or not field.readable
    return IdleMapping(mapping=mapping, side=side, object_type=object_type, says=says, since=now, gone=gone)
