"""Bringing a run to rest: all notices told, all waiting over, until nothing is left to do."""

from __future__ import annotations

from tests.acceptance.state_machine.crew import Crew
from tests.acceptance.state_machine.world import World

_ROUNDS = 300
_PATIENT = 10.0
"""Seconds to wait when all that is left waits, too: a CRM that wants fewer calls is let alone."""
_LONG = 150.0
"""Seconds after which no write of ours is under way any more, nor any read behind."""
_BETWEEN = 60.0
"""At most so many seconds between two sweeps, as in a worker at work; the first ones come sooner."""


def come_to_rest(world: World, crew: Crew) -> bool:
    """Work, sweep and wait until two sweeps, minutes apart, have found nothing; whether that came."""
    calm, between = 0, 1.0
    for _ in range(_ROUNDS):
        worked = work_off(world, crew)
        if busy(world):
            world.clock.sleep(2.0 if worked else _PATIENT)
            calm = 0
        elif crew.sweep():
            calm = 0
            world.clock.sleep(between)
            between = min(2 * between, _BETWEEN)
        else:
            calm += 1
            world.clock.sleep(_LONG)
        if calm == 2:
            return True
    return False


def work_off(world: World, crew: Crew) -> bool:
    """Take all that can be taken now; whether there was anything."""
    world.deliver()
    worked = False
    while crew.receive():
        worked = True
    while crew.reconcile():
        worked = True
    return worked


def busy(world: World) -> bool:
    """Whether a notice, a message or a record waits."""
    hubspot, salesforce = world.crms.hubspot.notices.waiting, world.crms.salesforce.outbound.notices.waiting
    if hubspot or salesforce or world.crms.salesforce.automation.waiting or world.broker.depth().inbox:
        return True
    return world.waiting() > 0
