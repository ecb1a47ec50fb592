"""A portal as a worker holds it, between two versions of its settings."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import structlog

from consumers import schema_watch
from consumers.checks import CHECK_EVERY
from consumers.meter import PortalMeter
from consumers.pause import ended
from consumers.reconcile import Crms
from consumers.retry import Hold, hold_for
from contract.mapping_check import Place, without
from contract.ports import Transaction
from contract.records import Side
from contract.settings import Portal, Suspension, SyncMode
from contract.standing import Pause

log = structlog.get_logger()


@dataclass(slots=True, kw_only=True)
class OpenPortal:
    """A portal with its gateways, as long as its settings version and what lets us in last."""

    portal: Portal
    crms: Crms
    meter: PortalMeter
    consents: Mapping[Side, datetime] = field(default_factory=dict)
    """When a person last let us in, by side: the gateways stay with the user of that time."""
    suspension: Suspension | None = None
    hold_until: datetime | None = None
    holds: int = 0
    busy: threading.Lock = field(default_factory=threading.Lock)
    swept_at: datetime | None = None
    paused: bool = False
    """Whether all portals are."""
    check_after: datetime | None = None
    """When credentials and schemas that could not be checked may be checked again."""
    unchecked: bool = True
    """Whether they were not checked since this version of the settings was taken up."""
    doubted_at: datetime | None = None
    """When a refusal last had the schemas checked."""
    idle: frozenset[Place] = frozenset()
    """Where mappings take no part, since the schemas do not bear them."""

    @property
    def working(self) -> Portal:
        """The portal as it is decided under: without the mappings that take no part."""
        if not self.idle:
            return self.portal
        return replace(self.portal, settings=without(self.portal.settings, self.idle))

    def is_of(self, portal: Portal, consents: Mapping[Side, datetime]) -> bool:
        """Whether its gateways are those of these settings and consents."""
        return (self.portal.settings.version, self.consents) == (portal.settings.version, consents)

    def may_work(self, now: datetime) -> bool:
        """Whether its rows may be looked at now."""
        waiting = self.hold_until is not None and self.hold_until > now
        running = self.portal.settings.mode is not SyncMode.OFF and not self.paused
        return running and not waiting and ended(self.suspension, now)

    def stands(self, tx: Transaction, pause: Pause | None) -> None:
        """Take up what the database says besides the settings; `pause` is that of all portals."""
        self.suspension = tx.portals.suspension(self.portal.number)
        self.paused = pause is not None
        self.idle = schema_watch.places(tx.idle.of(self.portal.number))

    def may_check(self, now: datetime) -> bool:
        """Whether credentials and schemas may be checked now, if that is due."""
        return self.check_after is None or self.check_after <= now

    def doubt(self, now: datetime) -> None:
        """Have the schemas checked soon: once an hour, for of some refusals a check finds no cause."""
        if self.doubted_at is None or now - self.doubted_at >= CHECK_EVERY:
            self.unchecked, self.doubted_at = True, now

    def take_hold(self, hold: Hold | None, now: datetime) -> None:
        """Wait as the CRM asks; where it names no time, longer each time it asks again."""
        if hold is None:
            self.holds = 0
            return
        self.hold_until = now + hold_for(hold, self.holds)
        self.holds += 1
        log.warning("portal.hold", until=self.hold_until.isoformat())


def consents(tx: Transaction, portal: Portal) -> dict[Side, datetime]:
    """When a person let us in, by side; a refresh of what that gave is no new consent."""
    return {side: told.at for side, told in tx.grants.told(portal.number).items()}
