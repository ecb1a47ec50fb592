"""Both CRMs under one set of verbs, so that a duty is written once: a bench is a gateway and its stand-in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from requests.adapters import BaseAdapter

from adapters.crm import open_hubspot, open_salesforce
from adapters.crm.http import new_session
from contract.decisions import Action, Write
from contract.errors import CrmError
from contract.ports import Crm
from contract.records import Side
from contract.secret import Secret
from contract.settings import AuthMethod, HubSpotAccount, Portal, SalesforceAuth, SalesforceOrg, Settings
from sandbox.hubspot.app import create_app as hubspot_app
from sandbox.hubspot.sandbox import HubSpotSandbox
from sandbox.hubspot.world import PortalAccount
from sandbox.kit import Faults
from sandbox.salesforce.sandbox import SalesforceSandbox
from sandbox.salesforce.web import create_app as salesforce_app
from tests.fakes.canned import Canned
from tests.fakes.wsgi import WsgiAdapter

HUBSPOT_URL = "http://127.0.0.1:8091"
SALESFORCE_URL = "http://127.0.0.1:8090"
NUMBER = 4711
TOKEN = "pat-eu1-secret"


@dataclass(slots=True)
class HandClock:
    """Stands still until moved; `sleep` moves it."""

    now: datetime = datetime(2026, 11, 24, 10, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass(slots=True)
class Meter:
    """Notes every call; refuses the next ones when `spent` is set."""

    calls: list[tuple[Side, int | None]] = field(default_factory=list)
    spent: CrmError | None = None

    def before(self, side: Side) -> None:
        if self.spent:
            raise self.spent
        self.calls.append((side, None))

    def after(self, side: Side, status: int) -> None:
        self.calls.append((side, status))


class Bench(Protocol):
    """One CRM. Values go by the neutral names `email`, `first`, `last`."""

    crm: Crm
    side: Side
    object_type: str
    names: Mapping[str, str]
    clock: HandClock
    meter: Meter
    wire: Canned

    def add(self, email: str, first: str = "Ada", last: str = "Byron") -> str: ...
    def edit(self, record_id: str, first: str) -> None: ...
    def delete(self, record_id: str) -> None: ...
    def merge(self, winner: str, loser: str) -> str: ...
    def stored(self, record_id: str, name: str) -> Any: ...
    def count(self) -> int: ...
    def misbehave(self, faults: Faults) -> None: ...
    def refuse_for(self, seconds: float) -> None: ...


def values_of(bench: Bench, **values: Any) -> dict[str, Any]:
    """Values under the CRM's own field names."""
    return {bench.names[name]: value for name, value in values.items()}


def creation(bench: Bench, email: str, *, key: str = "", **values: Any) -> Write:
    """A creation as the rules would decide it."""
    given = {"email": email, "first": "Ada", "last": "Byron", **values}
    extra = {"Company": "Analytical Engines"} if bench.side is Side.SALESFORCE else {}
    return Write(
        action=Action.CREATE,
        side=bench.side,
        object_type=bench.object_type,
        values={**values_of(bench, **given), **extra},
        creation_key=key or f"{NUMBER}-{email}",
        email=email,
        reason="new on the other side",
    )


def update(bench: Bench, record_id: str, **values: Any) -> Write:
    """An update as the rules would decide it."""
    return Write(
        action=Action.UPDATE,
        side=bench.side,
        object_type=bench.object_type,
        record_id=record_id,
        values=values_of(bench, **values),
        reason="changed on the other side",
    )


def portal(auth: SalesforceAuth | None = None) -> Portal:
    """The portal of both benches; `auth` is how it logs in to Salesforce."""
    auth = auth or SalesforceAuth(
        method=AuthMethod.CLIENT_CREDENTIALS,
        client_id="sandbox-consumer-key",
        client_secret=Secret("sandbox-consumer-secret"),
    )
    return Portal(
        number=NUMBER,
        name="test",
        hubspot=HubSpotAccount(
            base_url=HUBSPOT_URL, access_token=Secret(TOKEN), app_id=7, client_secrets=(Secret("s"),)
        ),
        salesforce=SalesforceOrg(
            org_id="00DDp0000000001MAA",
            login_url=SALESFORCE_URL,
            instance_url=SALESFORCE_URL,
            auth=auth,
            webhook_secret=Secret("w"),
        ),
        settings=Settings(),
    )


class HubSpotBench:
    """The HubSpot gateway on a stand-in account; `wire` sees its requests and can answer first."""

    side = Side.HUBSPOT
    object_type = "contact"
    names: Mapping[str, str] = {"email": "email", "first": "firstname", "last": "lastname"}

    def __init__(self, **account: Any) -> None:
        self.clock = HandClock()
        self.meter = Meter()
        given = PortalAccount(portal_id=NUMBER, access_token=TOKEN, **account)
        self.sandbox = HubSpotSandbox(
            [given], app_id=7, client_secret="s", clock=self.clock, sleep=self.clock.sleep
        )
        self.wire = Canned(beyond=WsgiAdapter(hubspot_app(self.sandbox)))
        self.crm = self.open(self.wire)

    def open(self, wire: BaseAdapter) -> Crm:
        """Another gateway on the same account over another transport."""
        session = new_session()
        session.mount(HUBSPOT_URL, wire)
        return open_hubspot(
            portal(), session=session, meter=self.meter, clock=self.clock, sleep=self.clock.sleep
        )

    def add(self, email: str, first: str = "Ada", last: str = "Byron") -> str:
        values = {"email": email, "firstname": first, "lastname": last}
        return self.sandbox.ui_create(NUMBER, "contacts", values)

    def edit(self, record_id: str, first: str) -> None:
        self.sandbox.ui_update(NUMBER, "contacts", record_id, {"firstname": first})

    def delete(self, record_id: str) -> None:
        self.sandbox.ui_delete(NUMBER, "contacts", record_id)

    def merge(self, winner: str, loser: str) -> str:
        return self.sandbox.ui_merge(NUMBER, "contacts", winner, loser)

    def stored(self, record_id: str, name: str) -> Any:
        states = {state["id"]: state for state in self.sandbox.state(NUMBER)}
        return states[record_id]["properties"].get(self.names.get(name, name))

    def count(self) -> int:
        return len(self.sandbox.state(NUMBER))

    def misbehave(self, faults: Faults) -> None:
        self.sandbox.faults = faults

    def refuse_for(self, seconds: float) -> None:
        self.sandbox.refuse_for(NUMBER, seconds)


class SalesforceBench:
    """The Salesforce gateway on a stand-in org, working on leads."""

    side = Side.SALESFORCE
    object_type = "Lead"
    names: Mapping[str, str] = {"email": "Email", "first": "FirstName", "last": "LastName"}

    def __init__(self, auth: SalesforceAuth | None = None, **org: Any) -> None:
        self.clock = HandClock()
        self.meter = Meter()
        self.sandbox = SalesforceSandbox(
            base_url=SALESFORCE_URL, clock=self.clock, sleep=self.clock.sleep, **org
        )
        self.wire = Canned(beyond=WsgiAdapter(salesforce_app(self.sandbox)))
        self.crm = self.open(auth)

    def open(self, auth: SalesforceAuth | None = None) -> Crm:
        """Another gateway on the same org."""
        session = new_session()
        session.mount(SALESFORCE_URL, self.wire)
        return open_salesforce(portal(auth), session=session, meter=self.meter, clock=self.clock)

    def add(self, email: str, first: str = "Ada", last: str = "Byron") -> str:
        fields = {"Email": email, "FirstName": first, "LastName": last, "Company": "Engines"}
        return self.sandbox.ui_create("Lead", fields)

    def edit(self, record_id: str, first: str) -> None:
        self.sandbox.ui_update("Lead", record_id, {"FirstName": first})

    def delete(self, record_id: str) -> None:
        self.sandbox.ui_delete("Lead", record_id)

    def merge(self, winner: str, loser: str) -> str:
        self.sandbox.ui_merge("Lead", winner, [loser])
        return winner

    def stored(self, record_id: str, name: str) -> Any:
        return self.sandbox.record("Lead", record_id)[self.names.get(name, name)]

    def count(self) -> int:
        return len(self.sandbox.state("Lead"))

    def misbehave(self, faults: Faults) -> None:
        self.sandbox.faults = faults

    def refuse_for(self, seconds: float) -> None:
        self.sandbox.refuse_for(seconds)


def statuses(bench: Bench) -> Sequence[int | None]:
    """Statuses of the calls that the meter was told."""
    return [status for _, status in bench.meter.calls if status is not None]
