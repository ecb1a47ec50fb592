"""Small builders of what the working parts hand to each other."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import requests

from consumers.people import Person, Result, gather
from consumers.settle import Settled, settle
from contract.changes import Change, Kind
from contract.decisions import Action, Decision, Outcome, Write
from contract.errors import ErrorClass, Fault
from contract.facts import Facts
from contract.links import Intent, Link, Pair
from contract.pending import PendingRow
from contract.records import HUBSPOT_CONTACT, SALESFORCE_LEAD, Record, RecordRef, Side
from contract.settings import SyncMode
from tests.fakes.office import Office
from tests.fakes.people import NOW, PORTAL, ago, hs, lead_ref, link

HS, SF = hs(1), lead_ref(1)
HALF: Callable[[], float] = lambda: 0.5  # noqa: E731  # as short as what it stands for


def row(ref: RecordRef = HS, *kinds: Kind, **values: Any) -> PendingRow:
    """A pending row whose notice came a moment ago."""
    plain: dict[str, Any] = {
        "portal": PORTAL,
        "noticed_at": ago(1),
        "received_at": ago(1),
        "first_received_at": ago(1),
        "due_at": ago(1),
        "trace_id": "t",
    }
    return PendingRow(ref=ref, kinds=frozenset(kinds or {Kind.UPDATED}), **{**plain, **values})


def change(ref: RecordRef = HS, kind: Kind = Kind.UPDATED, **values: Any) -> Change:
    """A notice of this very moment."""
    plain: dict[str, Any] = {"portal": PORTAL, "occurred_at": NOW, "trace_id": "t"}
    return Change(ref=ref, kind=kind, **{**plain, **values})


def person(
    *rows: PendingRow, stored: Link | None = None, decision: Decision | None = None, **values: Any
) -> Person:
    """A person of these rows; `stored` is the link that the database knows."""
    rows = rows or (row(),)
    (found,) = gather(
        rows, dict.fromkeys([r.ref for r in rows], stored) if stored else {}, portal=PORTAL, now=NOW
    )
    found.decision = decision or Decision()
    for name, value in values.items():
        setattr(found, name, value)
    return found


def pair_link(**values: Any) -> Link:
    """The link of contact 1 and lead 1."""
    return link(hs(1), lead_ref(1), **values)


def update(side: Side = Side.SALESFORCE, **values: Any) -> Write:
    """An update of contact 1 or lead 1; values by field name. Each is mapped in lower case."""
    hubspot = side is Side.HUBSPOT
    pairs = {name.lower(): Pair(value, value) for name, value in values.items()}
    return Write(
        action=Action.UPDATE,
        side=side,
        object_type=HUBSPOT_CONTACT if hubspot else SALESFORCE_LEAD,
        record_id=hs(1).id if hubspot else lead_ref(1).id,
        values=values,
        keys={name: name.lower() for name in values},
        pairs=pairs,
        before=ago(60),
        reason="to be in step",
    )


def creation(side: Side = Side.SALESFORCE, email: str = "ada@example.org", **values: Any) -> Write:
    """A creation of a lead or contact."""
    given = update(side, **values)
    required = frozenset({"LastName", "Company"}) if side is Side.SALESFORCE else frozenset({"email"})
    return replace(
        given,
        action=Action.CREATE,
        record_id=None,
        required=required,
        email=email,
        before=None,
        creation_key="k",
    )


def archive() -> Write:
    """The archive of contact 1."""
    return replace(update(Side.HUBSPOT), action=Action.ARCHIVE, reason="deleted in Salesforce")


def merging() -> Write:
    """The merge of contact 1 into contact 2."""
    merged = "merged in Salesforce"
    return replace(update(Side.HUBSPOT), action=Action.MERGE, into="2", reason=merged)


def opting_out() -> Write:
    """The opt-out of contact 1, in HubSpot."""
    given = update(Side.HUBSPOT, hs_email_optout="true")
    return replace(given, action=Action.OPT_OUT, email="ada@example.org")


def fault(error: ErrorClass = ErrorClass.DATA, code: str = "BAD", **values: Any) -> Fault:
    """A fault of Salesforce's."""
    plain: dict[str, Any] = {"says": "it is refused", "side": Side.SALESFORCE}
    return Fault(error=error, code=code, **{**plain, **values})


def failed(error: ErrorClass = ErrorClass.DATA, **values: Any) -> Outcome:
    """The outcome of a refused write."""
    return Outcome(fault=fault(error, **values))


def result(write: Write, outcome: Outcome | None = None, **dropped: Outcome) -> Result:
    """A write with its outcome, by default success as Salesforce tells it."""
    return Result(write=write, outcome=outcome or Outcome(record_id=write.record_id), dropped=dropped)


def sent(write: Write, number: int = 1, **values: Any) -> Intent:
    """The intent of a write of this batch."""
    plain: dict[str, Any] = {"epoch": 1, "before": write.before, "sent_at": NOW}
    return Intent(id=f"i{number}", side=write.side, pairs=write.pairs, **{**plain, **values})


class Records:
    """One side that answers `apply` by a function and keeps what was sent; it reads nothing."""

    def __init__(self, answer: Callable[[Write], Outcome]) -> None:
        self.answer = answer
        self.rounds: list[list[Write]] = []

    def apply(self, writes: Sequence[Write], before_call: Callable[[], None] = lambda: None) -> list[Outcome]:
        before_call()
        self.rounds.append(list(writes))
        return [self.answer(write) for write in writes]

    def read(self, object_type: str, ids: Collection[str], fields: Collection[str]) -> dict[str, Record]:
        raise AssertionError("nothing is read here")

    def find(
        self, object_type: str, field: str, values: Collection[str], fields: Collection[str]
    ) -> list[Record]:
        raise AssertionError("nothing is read here")

    def changed(self, object_type: str, since: datetime, fields: Collection[str]) -> Iterator[list[Record]]:
        raise AssertionError("nothing is read here")


def facts(stored: Link | None = None) -> Facts:
    """Facts that know only the link."""
    return Facts(portal=PORTAL, now=NOW, notices=(), link=stored)


def later(seconds: float) -> datetime:
    """The moment so many seconds after now."""
    return NOW + timedelta(seconds=seconds)


def meanwhile(office: Office, side: str, path: str, act: Callable[[], object]) -> None:
    """Let somebody act once, just before the next call is carried out whose method and URL hold `path`."""
    wire: Any = getattr(office, f"{side}_wire")
    send = wire.send
    done: list[bool] = []

    def first(request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        if not done and path in f"{request.method} {request.url}" and request.method != "GET":
            done.append(True)
            act()
        response: requests.Response = send(request, *args, **options)
        return response

    wire.send = first


def noticed(office: Office) -> None:
    """What the CRMs have to tell is pending."""
    office.deliver()
    office.receive()


BASE = {"phone": Pair("0", "0"), "title": Pair("a", "a")}


def settled(one: Person, mode: SyncMode = SyncMode.ON) -> Settled:
    return settle(one, now=NOW, mode=mode, version=7, jitter=HALF)


def written(*results: Result, tie: Link | None = None, **values: Any) -> Person:
    """A person whose writes were sent, each under an intent of its own."""
    tie = tie or pair_link(base=BASE)
    intents = tuple(sent(one.write, number) for number, one in enumerate(results))
    return person(
        row(hs(1), **values),
        stored=tie,
        decision=Decision(link=tie, writes=tuple(one.write for one in results)),
        results=list(results),
        link=tie.changed(intents=tie.intents + intents, version=tie.version + 1),
        sent=frozenset(intent.id for intent in intents),
    )
