"""The stand-in HubSpot: several accounts of one app, its webhooks, and what people do in its pages."""

from __future__ import annotations

import random
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sandbox.hubspot.announce import Announcer
from sandbox.hubspot.cleaning import check_new, clean
from sandbox.hubspot.delivery import Delivery, Post, Sender, http_post
from sandbox.hubspot.errors import NotFound
from sandbox.hubspot.filters import read_filter
from sandbox.hubspot.limits import TEN_SECONDLY, Limits
from sandbox.hubspot.merging import merge
from sandbox.hubspot.oauth import OAuth
from sandbox.hubspot.portal import Portal
from sandbox.hubspot.records import person
from sandbox.hubspot.world import PortalAccount, World
from sandbox.hubspot.writes import archive, create, erase, restore, update
from sandbox.kit import CallLog, Clock, Faults, Notices, utc_now

InjectedError = tuple[int, Any, Mapping[str, str]]
"""Status, body (JSON value or text) and headers of an answer to be given instead of the real one."""


class HubSpotSandbox:
    """A HubSpot in memory. Thread-safe: every access to its state happens under `lock`."""

    def __init__(
        self,
        portals: Sequence[PortalAccount],
        *,
        app_id: int,
        client_secret: str,
        client_id: str = "sandbox-client-id",
        clock: Clock = utc_now,
        seed: int = 1,
        faults: Faults | None = None,
        post: Post | None = None,
        search_lag_seconds: float = 0.0,
        merge_new_id: bool = True,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.lock = threading.RLock()
        self.world = World(
            clock=clock,
            rng=random.Random(seed),
            faults=faults or Faults(),
            app_id=app_id,
            search_lag_ms=round(search_lag_seconds * 1000),
            merge_new_id=merge_new_id,
            sleep=sleep,
        )
        self.sender = Sender(secret=client_secret, clock=clock, post=post or http_post())
        self.notices = Notices(send=self.sender.send, clock=clock, rng=random.Random(seed + 1))
        self.calls = CallLog()
        self.next_errors: list[InjectedError] = []
        self.last_calls: deque[dict[str, Any]] = deque(maxlen=200)
        self.portals: dict[int, Portal] = {}
        self.limits: dict[int, Limits] = {}
        self.tokens: dict[str, Portal] = {}
        self.oauth = OAuth(
            world=self.world, portals=self.portals, client_id=client_id, client_secret=client_secret
        )
        for account in portals:
            self._open(account)

    def _open(self, account: PortalAccount) -> None:
        announce = Announcer(account=account, app_id=self.world.app_id, rng=self.world.rng, tell=self._tell)
        portal = Portal(account, self.world, announce)
        self.portals[account.portal_id] = portal
        self.tokens[account.access_token] = portal
        self.limits[account.portal_id] = Limits(account, self.world)

    def _tell(self, event: dict[str, Any], *, droppable: bool) -> None:
        self.notices.add("app", event, self.world.faults, droppable=droppable)

    @property
    def faults(self) -> Faults:
        """How badly this CRM behaves; may be replaced at any moment."""
        return self.world.faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        with self.lock:
            self.world.faults = faults

    @property
    def target_url(self) -> str | None:
        """Where webhooks go; None keeps them queued."""
        return self.sender.target_url

    @target_url.setter
    def target_url(self, url: str | None) -> None:
        self.sender.target_url = url

    @property
    def deliveries(self) -> list[Delivery]:
        """The last webhook deliveries, oldest first."""
        return list(self.sender.last)

    def pump(self, *, everything: bool = False) -> int:
        """Deliver the webhooks that are due, or all; how many still wait."""
        if self.target_url is None:
            return len(self.notices.waiting)
        return self.notices.pump(everything=everything)

    def portal(self, portal_id: int) -> Portal:
        """One account. Raises NotFound."""
        if portal_id not in self.portals:
            raise NotFound([str(portal_id)], label="portal")
        return self.portals[portal_id]

    def refuse_for(self, portal_id: int, seconds: float, *, policy: str = TEN_SECONDLY) -> None:
        """Answer every API call of an account 429 for a while, naming this limit as reached."""
        with self.lock:
            limits = self.limits[self.portal(portal_id).id]
            limits.refused_by = policy
            limits.refused_until = self.world.now() + round(seconds * 1000)

    def add_owner(
        self, portal_id: int, email: str, first_name: str = "", last_name: str = "", *, archived: bool = False
    ) -> str:
        """A new user of an account; answers the owner id."""
        with self.lock:
            return self.portal(portal_id).owners.add(email, first_name, last_name, archived=archived).id

    def add_dynamic_list(
        self,
        portal_id: int,
        name: str,
        property_name: str,
        operator: str,
        value: str = "",
        kind: str = "contacts",
    ) -> str:
        """A list of the records that pass one filter, kept up as they change; answers its id."""
        with self.lock:
            portal = self.portal(portal_id)
            shelf = portal.shelf(kind)
            raw = {
                "propertyName": property_name,
                "operator": operator,
                "value": value,
                "values": value.split(";"),
            }
            rule = read_filter(shelf.definitions, raw)
            made = portal.lists.create(name, shelf.type, "DYNAMIC", rule=rule, records=shelf.records.values())
            return made.id

    def ui_create(self, portal_id: int, kind: str, properties: Mapping[str, Any], *, user: int = 1) -> str:
        """A person creates a record; answers its id. Raises ApiError as the API would."""
        with self.lock:
            portal = self.portal(portal_id)
            shelf = portal.shelf(kind)
            values = clean(portal, shelf, dict(properties), person(user))
            check_new(portal, shelf, values)
            return create(portal, shelf, values, person(user)).id

    def ui_update(
        self, portal_id: int, kind: str, record_id: str, properties: Mapping[str, Any], *, user: int = 1
    ) -> None:
        """A person edits a record, also fields that no app may write. Raises ApiError."""
        with self.lock:
            portal = self.portal(portal_id)
            shelf = portal.shelf(kind)
            record = shelf.live(record_id, now=self.world.now())
            values = clean(portal, shelf, dict(properties), person(user), before=record.now.values)
            update(portal, shelf, record, values, person(user))

    def ui_delete(self, portal_id: int, kind: str, record_id: str, *, user: int = 1) -> None:
        """A person moves a record to the recycle bin. Raises NotFound."""
        with self.lock:
            portal = self.portal(portal_id)
            shelf = portal.shelf(kind)
            archive(portal, shelf, shelf.live(record_id, now=self.world.now()), person(user))

    def ui_restore(self, portal_id: int, kind: str, record_id: str, *, user: int = 1) -> None:
        """A person brings a record back, which no API call can. Raises NotFound, Conflict."""
        with self.lock:
            portal = self.portal(portal_id)
            shelf = portal.shelf(kind)
            record = shelf.find(record_id, now=self.world.now())
            if record is None or record.now.archived_at is None:
                raise NotFound([record_id])
            restore(portal, shelf, record, person(user))

    def ui_merge(self, portal_id: int, kind: str, primary: str, other: str, *, user: int = 1) -> str:
        """A person merges two records; answers the survivor's id, which may be new. Raises ApiError."""
        with self.lock:
            portal = self.portal(portal_id)
            shelf, now = portal.shelf(kind), self.world.now()
            first, second = shelf.live(primary, now=now), shelf.live(other, now=now)
            return merge(portal, shelf, first, second, person(user)).id

    def ui_gdpr_delete(self, portal_id: int, record_id: str, *, user: int = 1) -> None:
        """A person erases a contact for good, archived or not. Raises NotFound."""
        with self.lock:
            portal = self.portal(portal_id)
            shelf = portal.shelf("contacts")
            record = shelf.find(record_id, now=self.world.now())
            if record is None:
                raise NotFound([record_id])
            erase(portal, shelf, record, person(user))

    def state(self, portal_id: int, kind: str = "contacts") -> list[dict[str, Any]]:
        """Every record of a type as it truly stands, archived and merged ones included, oldest first."""
        with self.lock:
            return [
                {
                    "id": record.id,
                    "properties": dict(record.now.values),
                    "archived": record.now.archived_at is not None,
                    "merged_into": record.now.merged_into,
                    "created_at": record.created_at,
                    "updated_at": record.now.updated_at,
                }
                for record in self.portal(portal_id).shelf(kind).records.values()
            ]
