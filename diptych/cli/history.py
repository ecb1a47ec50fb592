"""Activity in plain words: what called for a look, what each rule said, what was written and answered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rich.text import Text

from contract.activity import ActivityEntry, DeadLetter, StoredReport
from contract.links import Link, LinkState
from diptych.cli.screen import local

_KINDS = {
    "created": "was created",
    "updated": "was changed",
    "deleted": "was deleted",
    "restored": "was restored",
    "merged": "was merged",
    "erased": "was erased",
    "associated": "was associated",
    "listed": "entered or left the list",
}
_DONE = {"create": "created", "update": "updated", "archive": "archived"}
_WOULD = {"create": "creating", "update": "updating", "archive": "archiving"}
_LONGEST = 120
"""Characters of a value that are shown."""


def told(entry: ActivityEntry) -> Iterable[Text]:
    """One entry, a line per fact."""
    yield Text.assemble(
        (local(entry.at), "bold"),
        f"  {_notice(entry.notice)}",
        (f"  (portal {entry.portal}, settings version {entry.settings_version})", "dim"),
    )
    for verdict in entry.verdicts:
        yield Text.assemble("  ", (f"{verdict.get('rule', '')}: ", "cyan"), _verdict(verdict))
    for write in entry.writes:
        yield from _write(write)


def told_link(link: Link) -> Text:
    """Whether and to what the record is tied."""
    ends = " and ".join(str(end) for end in (link.hubspot, link.salesforce) if end)
    if link.state is LinkState.LIVE:
        fields = "1 field is" if len(link.base) == 1 else f"{len(link.base)} fields are"
        return Text(f"{ends} are linked; {fields} in step", style="green")
    if link.state is LinkState.CREATING:
        return Text(f"{ends}: its counterpart is being created", style="yellow")
    why = link.ended.value.replace("_", " ") if link.ended else "no reason kept"
    return Text(f"{ends} were linked once; the link has ended ({why})", style="yellow")


def told_letter(letter: DeadLetter) -> Text:
    """A dead letter in one line."""
    field = f", field {letter.field}" if letter.field else ""
    return Text(
        f"dead letter {letter.id} ({letter.state}, {local(letter.last_seen)}){field}: {letter.code}: "
        f"{letter.says}. {letter.fix}",
        style="red",
    )


def told_report(report: StoredReport) -> Text:
    """A report in one line."""
    refs = ", ".join(str(ref) for ref in report.refs)
    return Text(f"report ({report.kind}, {local(report.last_seen)}): {report.says} [{refs}]", style="yellow")


def _notice(notice: Mapping[str, Any]) -> str:
    records = ", ".join(notice.get("records") or ["a record"])
    kinds = " and ".join(_KINDS.get(kind, kind) for kind in notice.get("kinds") or ["updated"])
    return f"{records} {kinds}"


def _verdict(verdict: Mapping[str, Any]) -> str:
    field = f"{verdict['field']}: " if verdict.get("field") else ""
    words = f"{field}{verdict.get('says', '')}"
    if not verdict.get("writes"):
        return words
    words += f"; {verdict['writes']} gets {shown(verdict.get('value'))}"
    return words + (f" in place of {shown(verdict['lost'])}" if "lost" in verdict else "")


def _write(write: Mapping[str, Any]) -> Iterable[Text]:
    outcome = write.get("outcome") or {}
    record = " ".join(
        str(write[key]) for key in ("side", "object_type", "record_id") if write.get(key)
    ).replace("_", " ")
    values = ", ".join(f"{name} = {shown(value)}" for name, value in (write.get("values") or {}).items())
    action = str(write.get("action", "update"))
    if outcome.get("ok"):
        yield Text(
            f"  {_DONE.get(action, action)} {record}" + (f": {values}" if values else ""), style="green"
        )
    else:
        yield Text(
            f"  {_WOULD.get(action, action)} {record} failed ({values}): "
            f"{outcome.get('code', 'no code')}: {outcome.get('says', '')}",
            style="red",
        )
    for name, code in (outcome.get("left_out") or {}).items():
        yield Text(f"  left out {name}: the CRM refused it ({code}); the rest was written", style="yellow")


def shown(value: Any) -> str:
    """A value as people write it, cut where it is long."""
    if value is None or value == "":
        return "(blank)"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, str):
        return str(value)
    return f'"{value}"' if len(value) <= _LONGEST else f'"{value[:_LONGEST]}…" ({len(value)} characters)'
