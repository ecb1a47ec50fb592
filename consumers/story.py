"""The activity entry of one person: what called for a look, each verdict, each write and its answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from consumers.effects import effects_of, plain
from consumers.people import Person, Result
from contract.activity import ActivityEntry
from contract.decisions import Decision, Verdict
from contract.records import RecordRef

_QUIET_RULES = frozenset({"freshness", "intents", "mapping"})
"""Rules whose verdicts tell nothing when nothing came of them, such as the echoes of our own writes."""


def entry_of(person: Person, *, now: datetime, version: int) -> ActivityEntry | None:
    """The entry to keep, or None when there is nothing to tell."""
    decision = person.decision
    telling = (
        decision.writes
        or decision.reports
        or decision.fault
        or decision.field_faults
        or any(verdict.rule not in _QUIET_RULES for verdict in decision.trace)
        # What was told of a row that waits must not stand when it is true no more.
        or any(member.waits_on for member in person.rows)
    )
    if not telling or decision.again:
        return None
    row = person.rows[0]
    link = person.link or decision.link or person.facts.link
    return ActivityEntry(
        portal=row.portal,
        at=now,
        trace_id=row.trace_id,
        refs=tuple(dict.fromkeys((*person.refs, *_merged_into(person)))),
        email=link.email if link else "",
        settings_version=version,
        notice={
            "records": [str(member.ref) for member in person.rows],
            "kinds": sorted(kind.value for kind in person.facts.kinds()),
            "noticed_at": row.noticed_at.isoformat(),
            "received_at": row.received_at.isoformat(),
            **_unsent(person),
        },
        verdicts=tuple(_verdict(verdict) for verdict in (*decision.trace, *_stopped(decision))),
        writes=tuple(_write(result) for result in person.results),
    )


def _merged_into(person: Person) -> Iterator[RecordRef]:
    """The contacts that others were merged into: it is their history, too."""
    for result in person.results:
        for id_ in (result.write.into, result.outcome.record_id):
            if result.write.into and id_:
                yield RecordRef(side=result.write.side, object_type=result.write.object_type, id=id_)


def _unsent(person: Person) -> Mapping[str, Any]:
    """What was decided and not sent, as when observing: names of fields, no values."""
    if person.results or not person.decision.writes:
        return {}
    return {"would": [plain(effect.key) for effect in effects_of(person)]}


def _stopped(decision: Decision) -> tuple[Verdict, ...]:
    """What kept the rules from deciding: a read that failed, or something no rule can carry out."""
    fault = decision.fault
    return (Verdict(rule="stopped", says=f"{fault.code}: {fault.says}"),) if fault else ()


def _verdict(verdict: Verdict) -> Mapping[str, Any]:
    plain = {
        "rule": verdict.rule,
        "says": verdict.says,
        "field": verdict.field,
        "hubspot": verdict.hubspot,
        "salesforce": verdict.salesforce,
        "writes": verdict.writes.value if verdict.writes else None,
        "value": verdict.value,
        "lost": verdict.lost,
    }
    return {name: value for name, value in plain.items() if value is not None}


def _write(result: Result) -> Mapping[str, Any]:
    write, outcome = result.write, result.outcome
    answer: dict[str, Any] = {"ok": outcome.fault is None}
    if outcome.fault:
        answer |= {"error": outcome.fault.error.value, "code": outcome.fault.code, "says": outcome.fault.says}
    if result.dropped:
        answer["left_out"] = {
            name: refused.fault.code for name, refused in result.dropped.items() if refused.fault
        }
    merged = {"into": outcome.record_id or write.into} if write.into else {}
    return {
        "side": write.side.value,
        "object_type": write.object_type,
        "record_id": write.record_id if merged else outcome.record_id or write.record_id,
        **merged,
        "action": write.action.value,
        "reason": write.reason,
        "values": dict(write.values),
        "outcome": answer,
    }
