"""What a preview found, as tables and lines."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from consumers.jobs import Plain
from consumers.preview import EXAMPLES, Group, Preview
from contract.plain import from_plain
from diptych.cli.effects import calls_in_words, record_kind, told_examples
from diptych.cli.schema_check import Examined, told
from diptych.cli.screen import Screen

_ONE = {
    Group.PAIRS: "linked pair",
    Group.HUBSPOT: "HubSpot contact without a link",
    Group.SALESFORCE: "Salesforce lead or contact without a link",
    Group.DELETIONS: "deletion in Salesforce of a linked record",
}


def tell_preview(screen: Screen, plain: Plain, *, values: bool) -> None:
    """What both settings would do, side by side, with examples."""
    found = from_plain(Preview, plain)
    for line in told(Examined(misfits=found.misfits, unanswered=found.unanswered)):
        screen.say(line)
    screen.say(f"looked at, by {calls_in_words(found.calls)} API calls:")
    for group, count in found.looked_at.items():
        screen.say(f"  {count:>5} {_ONE[group] if count == 1 else group}")
    for why, count in found.undecided.items():
        screen.say(f"  {count:>5} of them left out: {why}", style="yellow")
    screen.say()
    screen.table(
        ("would", "record", "field", "now", "with the file"),
        [
            (one.key.act.value, record_kind(one.key), one.key.field, one.now, one.proposed)
            for one in found.differences
        ],
        empty="Neither would do anything to any of them.",
    )
    if found.differences and found.alike:
        screen.say("Both would do the very same.")
    for line in _examples(found, values=values):
        screen.say(line)
    if found.looked_at[Group.DELETIONS]:
        screen.say()
        screen.say("Deletions are decided as if they came now; those of the past stay settled.", style="dim")


def _examples(found: Preview, *, values: bool) -> Iterator[Text]:
    proposed = [one.only_proposed for one in found.differences]
    now = [one.only_now for one in found.differences]
    for title, effects in (("Only with the file:", proposed), ("Only now, no more with the file:", now)):
        lines = [line for some in effects for line in told_examples(some, EXAMPLES, values=values)]
        if lines:
            yield Text()
            yield Text(title, style="bold")
            yield from lines
