"""A failed run told in order, as far as the records complained of are concerned."""

from __future__ import annotations

from collections.abc import Sequence

from contract.activity import ActivityEntry
from contract.records import RecordRef
from tests.acceptance.state_machine.journal import Event, Journal, Tie, What
from tests.acceptance.state_machine.oracle.run import Complaint, Run


def told(run: Run, complaints: Sequence[Complaint], activity: Sequence[ActivityEntry]) -> str:
    """The complaints, then everything that happened to their records and what Diptych said of them."""
    refs = {ref for complaint in complaints for ref in complaint.refs}
    lines = [f"* {complaint.says}" for complaint in complaints]
    lines += [f"  rules: {', '.join(f'{m.key} {m.rule}' for m in run.settings.mappings)}"]
    lines += [f"  plays: {', '.join(sorted(run.setup.extras))}; {run.setup.settings}"]
    lines += [text for _, text in sorted(_lines(run.journal, refs, activity))]
    lines += [f"dead letter: {one.ref} {one.field or ''} {one.code}: {one.says}" for one in run.letters]
    return "\n".join(lines)


def _lines(
    journal: Journal, refs: set[RecordRef], activity: Sequence[ActivityEntry]
) -> list[tuple[float, str]]:
    found = [(float(event.seq), str(event)) for event in journal.events if _concerns(event, refs)]
    found += [(float(tie.seq), _tie(tie)) for tie in journal.ties if tie.ends is None or _any(tie, refs)]
    found += [(float(order.seq), str(order)) for order in journal.orders]
    told = {event.batch for event in journal.events if _concerns(event, refs)}
    found += [
        (float(batch.seq), f"{batch.seq:4} {batch.at:%H:%M:%S.%f} batch #{batch.number} of {batch.worker}")
        for batch in journal.batches.values()
        if batch.number in told
    ]
    for entry in activity:
        if refs & set(entry.refs):
            place = max((batch.seq for batch in journal.batches.values() if batch.at <= entry.at), default=0)
            found.append((place + 0.5, f"     {entry.at:%H:%M:%S.%f} {_entry(entry)}"))
    return found


def _concerns(event: Event, refs: set[RecordRef]) -> bool:
    return event.what is not What.TOUCHED and (event.ref in refs or event.into in refs)


def _any(tie: Tie, refs: set[RecordRef]) -> bool:
    return tie.ends is not None and bool(refs & set(tie.ends.values()))


def _tie(tie: Tie) -> str:
    ends = " = ".join(map(str, tie.ends.values())) if tie.ends else "no more"
    return f"{tie.seq:4} link {tie.link}: {ends}"


def _entry(entry: ActivityEntry) -> str:
    says = "; ".join(f"{v['rule']} {v.get('field', '')}: {v['says']}" for v in entry.verdicts)
    writes = "; ".join(f"{w['action']} {w['side']} {w['values']} -> {w['outcome']}" for w in entry.writes)
    return f"{entry.notice['kinds']} {says} | {writes}"
