"""The stand-in Salesforce as one object: what tests and the demo hold in their hands."""

from __future__ import annotations

import random
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sandbox.kit import CallLog, Clock, Faults, utc_now
from sandbox.salesforce.acts_admin import AdminActs
from sandbox.salesforce.acts_person import PersonActs
from sandbox.salesforce.auth import Auth
from sandbox.salesforce.automation import Automation
from sandbox.salesforce.consent import Consents
from sandbox.salesforce.ids import IdMaker, long_id
from sandbox.salesforce.objects import OBJECTS
from sandbox.salesforce.org import Org
from sandbox.salesforce.outbound import Outbound, Post
from sandbox.salesforce.rest import Request, serve
from sandbox.salesforce.seed import fill, new_users
from sandbox.salesforce.store import Saved, Store
from sandbox.salesforce.wire import Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class RecentCall:
    """One API call; `path` begins with the version, `status` 0 means the connection was dropped."""

    at: datetime
    method: str
    path: str
    status: int


class SalesforceSandbox(PersonActs, AdminActs):
    """One org. Every method may be called from any thread; `create_app` serves it over WSGI.

    `ui_*` methods do what a person does in the CRM's pages; they never meet the API's faults.
    """

    def __init__(
        self,
        *,
        org_id: str = "00DDp0000000001MAA",
        consumer_key: str = "sandbox-consumer-key",
        consumer_secret: str = "sandbox-consumer-secret",  # noqa: S107 - a stand-in guards nothing
        session_token: str | None = None,
        clock: Clock = utc_now,
        seed: int = 1,
        faults: Faults | None = None,
        post: Post | None = None,
        base_url: str = "http://127.0.0.1:8090",
        sleep: Callable[[float], None] = time.sleep,
        jwt_public_key: str | None = None,
        release: str | None = "0.1.0",
    ) -> None:
        self.org = _new_org(org_id, clock, seed, faults or Faults(), base_url, self._committed)
        self.outbound = Outbound(self.org, post, seed=seed)
        self.automation = Automation(self.org)
        self.recent_calls: deque[RecentCall] = deque(maxlen=100)
        self._sleep = sleep
        fill(self.org, release=release)
        self.auth = Auth(
            org=self.org,
            consumer_key=consumer_key,
            consumer_secret=consumer_secret,
            username=str(self.record("User", self.integration_user_id)["Username"]),
            consents=Consents(org=self.org, client_id=consumer_key),
            jwt_public_key=jwt_public_key,
            valid=set() if session_token is None else {session_token},
        )

    def _committed(self, saved: list[Saved]) -> None:
        self.outbound.raise_notices(saved)
        self.automation.schedule(saved)

    @property
    def faults(self) -> Faults:
        """How badly it behaves; may be replaced at any time."""
        return self.org.faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        self.org.faults = faults

    @property
    def target_url(self) -> str | None:
        """Where outbound messages go; None keeps them queued."""
        return self.outbound.target_url

    @target_url.setter
    def target_url(self, url: str | None) -> None:
        self.outbound.target_url = url

    @property
    def send_for_integration_user(self) -> bool:
        """Whether saves of the API's user send outbound messages too; without that right they do not."""
        return self.outbound.send_for_integration_user

    @send_for_integration_user.setter
    def send_for_integration_user(self, send: bool) -> None:
        self.outbound.send_for_integration_user = send

    @property
    def base_url(self) -> str:
        """What it calls itself in token answers and messages; set it once the port is known."""
        return self.org.base_url

    @base_url.setter
    def base_url(self, url: str) -> None:
        self.org.base_url = url.rstrip("/")

    @property
    def calls(self) -> CallLog:
        """API calls by method and path below /services/data/<version>."""
        return self.org.calls

    @property
    def integration_user_id(self) -> str:
        """The user all API calls act as."""
        return self.org.users.integration

    def handle(self, request: Request) -> Answer:
        """One API call. Raises ConnectionDropped when the fault of a timeout after a write strikes."""
        if self.org.faults.latency_seconds:
            self._sleep(self.org.faults.latency_seconds)
        with self.org.lock:
            self.automation.settle()
            status = 0
            try:
                answer = serve(self.org, self.auth, request)
                status = answer.status
            finally:
                self._remember(request, status)
            return answer

    def _remember(self, request: Request, status: int) -> None:
        at = self.org.clock()
        call = RecentCall(at=at, method=request.method, path=request.raw_path, status=status)
        self.recent_calls.append(call)

    def pump(self, *, everything: bool = False) -> int:
        """Deliver due outbound messages, all if `everything`; how many, with automation, still wait."""
        with self.org.lock:
            self.automation.settle(everything=everything)
        waiting = self.outbound.pump(everything=everything)
        return waiting + len(self.automation.waiting)


def _new_org(
    org_id: str,
    clock: Clock,
    seed: int,
    faults: Faults,
    base_url: str,
    on_commit: Callable[[list[Saved]], None],
) -> Org:
    rng = random.Random(seed)
    ids = IdMaker(number=rng.randrange(62**5, 62**6))
    objects = dict(OBJECTS)
    users = new_users(ids)
    whole = long_id(org_id)
    if whole is None:
        message = f"{org_id!r} is not an organization id of 15 or 18 characters"
        raise ValueError(message)
    return Org(
        org_id=whole,
        clock=clock,
        rng=rng,
        faults=faults,
        base_url=base_url.rstrip("/"),
        objects=objects,
        store=Store(objects=objects, on_commit=on_commit),
        ids=ids,
        users=users,
        assignment_rules={"Lead": users.queue},
    )
