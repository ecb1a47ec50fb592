"""Decision tables: a row is one case, and says in short what is decided."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from contract.decisions import Action, Decision, Write
from contract.facts import Notice
from contract.links import Link, LinkState
from contract.records import HUBSPOT_CONTACT, RecordRef
from contract.settings import Settings
from tests.fakes.people import WorldAnswers


def row(
    name: str, there: WorldAnswers, noticed: Notice | Iterable[Notice], settings: Settings, comes: str
) -> Any:
    """One case; `name` is read in the test's output, `comes` as `comes_of` tells it."""
    notices = (noticed,) if isinstance(noticed, Notice) else tuple(noticed)
    return pytest.param(there, notices, settings, comes, id=name)


def named(table: Iterable[tuple[Any, ...]], words: Callable[..., str]) -> list[Any]:
    """The rows of a table of plain values, each called by its `words`, which take its cells."""
    return [pytest.param(*cells, id=words(*cells)) for cells in table]


def comes_of(there: WorldAnswers, noticed: Iterable[Notice], settings: Settings) -> str:
    """What is decided, in short: "HubSpot: phone=2; HubSpot 1 - Lead 1"; "nothing" for nothing.

    A link is told where it is new, moves or ends; what only its base learns is not.
    """
    notices = tuple(noticed)
    decision = there.decide(*notices, settings=settings)
    return "; ".join(_parts(decision, there.link_of(notices[0].ref))) or "nothing"


def _parts(decision: Decision, stored: Link | None) -> Iterator[str]:
    if decision.again is not None:
        yield "look again"
    yield from map(_written, decision.writes)
    link = decision.link
    if link is not None and link.state is not LinkState.CREATING and _stands(link) != _stands(stored):
        yield _tie(link)
    yield from map(_tie, decision.others)
    if decision.erasure is not None:
        yield "forgotten"
    yield from (f"reported: {report.kind}" for report in decision.reports)
    yield from (f"look at {name(ref)}" for ref in decision.look_at)
    yield from (f"letter: {','.join(fault.fields)}" for fault in decision.field_faults)
    if decision.fault is not None:
        yield f"letter: {decision.fault.code}"


def _stands(link: Link | None) -> tuple[object, ...]:
    """A link as it is told; one that waits for its second end is none yet."""
    if link is None or link.state is LinkState.CREATING:
        return ()
    return (link.hubspot, link.salesforce, link.ended)


def _written(write: Write) -> str:
    match write.action:
        case Action.CREATE:
            return f"create {write.side.label} {write.object_type.lower()}"
        case Action.UPDATE:
            values = (f"{field}={value}" for field, value in sorted(write.values.items()))
            return f"{write.side.label}: {', '.join(values)}"
        case Action.ARCHIVE:
            return f"archive HubSpot {write.record_id}"
        case Action.MERGE:
            return f"merge HubSpot {write.record_id} into {write.into}"
        case Action.OPT_OUT:
            return f"opt out {write.email}"


def _tie(link: Link) -> str:
    ends = " - ".join(map(name, link.ends))
    return f"{ends or 'a link'} ended: {link.ended}" if link.ended is not None else ends


def name(ref: RecordRef) -> str:
    """A record of `tests.fakes.people` by its number: "HubSpot 1", "Lead 2", "Contact 3"."""
    if ref.object_type == HUBSPOT_CONTACT:
        return f"HubSpot {ref.id}"
    return f"{ref.object_type} {int(ref.id[3:15])}"
