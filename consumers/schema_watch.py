"""Mappings that the schemas bear no more: marked, left out of decisions, and taken up again by themselves."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
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


def learn(tx: Transaction, portal: Portal, schemas: Schemas, *, now: datetime) -> None:
    """Mark what the schemas do not bear, and what they bear again; what was not told stays as it was."""
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
    tx.idle.keep(portal.number, [_idle(place, says, now) for place, says in found.items()])
    tx.idle.drop(portal.number, [one for place, one in known.items() if place not in in_use])
    again = [one for place, one in told.items() if place in in_use and not one.returned]
    for one in again:
        log.info("mapping.returned", mapping=one.mapping, side=one.side.value, object_type=one.object_type)
    tx.idle.keep(portal.number, [replace(one, returned=True) for one in again])


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


def _idle(place: Place, says: str, now: datetime) -> IdleMapping:
    mapping, side, object_type = place
    return IdleMapping(mapping=mapping, side=side, object_type=object_type, says=says, since=now)
