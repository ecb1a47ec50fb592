"""Activity in plain words: what called for a look, what each rule said, what was written and answered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rich.text import Text

from consumers.effects import of_notice
from contract.activity import ActivityEntry, DeadLetter, DeadLetterState, StoredReport
from contract.exclusions import Exclusion
from contract.links import Ended, Link, LinkState
from contract.records import RecordRef
from diptych.cli.effects import record_kind
from diptych.cli.screen import local
from diptych.words import record_of, sentence, shown

_KINDS = {
    "created": "created",
    "updated": "changed",
    "deleted": "deleted",
    "restored": "restored",
    "merged": "merged",
    "erased": "erased",
    "associated": "associated",
    "listed": "put on the list or taken off it",
}
_ENDED = {
    Ended.HUBSPOT_DELETED: "the HubSpot record was deleted",
    Ended.SALESFORCE_DELETED: "the Salesforce record was deleted",
    Ended.MERGED: "one of them was merged away",
    Ended.ERASED: "the person was erased",
}
_DONE = {
    "create": "created",
    "update": "updated",
    "archive": "archived",
    "merge": "merged",
    "opt_out": "opted out",
}
_WOULD = {
    "create": "creating",
    "update": "updating",
    "archive": "archiving",
    "merge": "merging",
    "opt_out": "opting out",
}


def told(entry: ActivityEntry) -> Iterable[Text]:
    """One entry, a line per fact."""
    yield Text.assemble(
        (local(entry.at), "bold"),
        f"  {_notice(entry.notice)}",
        (f"  (settings version {entry.settings_version})", "dim"),
    )
    # An erased person's verdicts all say the same.
    for rule, words in dict.fromkeys(
        (verdict.get("rule", ""), sentence(verdict)) for verdict in entry.verdicts
    ):
        # The field of a rule that has only one is named as the rule is.
        yield Text.assemble("  ", (f"{rule}: ", "cyan"), words.removeprefix(f"{rule}: "))
    for write in entry.writes:
        yield from _write(write)
    yield from _unsent(entry.notice)


def told_link(link: Link) -> Text:
    """Whether and to what the record is tied."""
    ends = " and ".join(map(str, link.ends))
    if link.state is LinkState.LIVE:
        count = sum("." not in key for key in link.base)  # with a dot it is a rule's note, no field
        fields = "1 field is" if count == 1 else f"{count} fields are"
        return Text(f"{ends} are linked; {fields} in step", style="green")
    if link.state is LinkState.CREATING:
        return Text(f"{ends}: its counterpart is being created", style="yellow")
    why = f": {_ENDED[link.ended]}" if link.ended else ""
    return Text(f"{ends} were linked once; the link has ended{why}", style="yellow")


def told_letter(letter: DeadLetter) -> Text:
    """A dead letter in one line; one that was settled stands back."""
    field = f", field {letter.field}" if letter.field else ""
    return Text(
        f"dead letter {letter.id} ({letter.state}, {local(letter.last_seen)}){field}: {letter.code}: "
        f"{letter.says}. {letter.fix}",
        style="red" if letter.state is DeadLetterState.OPEN else "dim",
    )


def told_report(report: StoredReport) -> Text:
    """A report in one line, with the records that its sentence does not name."""
    others = ", ".join(str(ref) for ref in report.refs if str(ref) not in report.says)
    refs = f" [{others}]" if others else ""
    return Text(f"report ({report.kind}, {local(report.last_seen)}): {report.says}{refs}", style="yellow")


def told_exclusion(exclusion: Exclusion) -> Text:
    """Who is kept out of the sync, by whom and why."""
    reason = f": {exclusion.reason}" if exclusion.reason else ""
    verb = "is" if len(exclusion.refs) == 1 else "are"
    since = f"since {local(exclusion.since)}, by {exclusion.author}{reason}"
    return Text(f"{named(exclusion.refs)} {verb} never synced {since}", style="bold yellow")


def named(refs: Iterable[RecordRef]) -> str:
    """Several records of one person."""
    return " and ".join(map(str, refs))


def _notice(notice: Mapping[str, Any]) -> str:
    records = notice.get("records") or ["a record"]
    kinds = " and ".join(_KINDS.get(kind, kind) for kind in notice.get("kinds") or ["updated"])
    return f"{' and '.join(records)} {'was' if len(records) == 1 else 'were'} {kinds}"


def _unsent(notice: Mapping[str, Any]) -> Iterable[Text]:
    """What was decided and not sent, as when observing or held by a guard."""
    acts: dict[str, list[str]] = {}
    for key in of_notice(notice):
        acts.setdefault(f"{key.act} {record_kind(key)}", []).extend([key.field] if key.field else [])
    if acts:
        would = "; ".join(act + (f" ({', '.join(fields)})" if fields else "") for act, fields in acts.items())
        yield Text(f"  nothing of this was written then; it would: {would}", style="yellow")


def _write(write: Mapping[str, Any]) -> Iterable[Text]:
    outcome, given = write.get("outcome") or {}, write.get("values") or {}
    left_out = outcome.get("left_out") or {}
    values = ", ".join(f"{name} = {shown(value)}" for name, value in given.items())
    action = str(write.get("action", "update"))
    if not outcome.get("ok"):
        yield Text(
            f"  {_WOULD.get(action, action)} {record_of(write)} failed ({values}): "
            f"{outcome.get('code', 'no code')}: {outcome.get('says', '')}",
            style="red",
        )
    elif values or not left_out:
        colon = f": {values}" if values else ""
        into = f" into {write['into']}" if "into" in write else ""
        yield Text(f"  {_DONE.get(action, action)} {record_of(write)}{into}{colon}", style="green")
    rest = "the rest was written" if values else "nothing else was to be written"
    for name, code in left_out.items():
        yield Text(f"  left out {name}: the CRM refused it ({code}); {rest}", style="yellow")
