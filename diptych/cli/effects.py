"""Effects as sentences and rows, for what would be done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from rich.text import Text

from consumers.effects import Act, Effect, Key
from contract.records import RecordRef, Side
from diptych.words import shown


def record_kind(key: Key) -> str:
    """Such as `Salesforce lead`."""
    return f"{key.side.label} {key.object_type.lower()}"


def told_effect(effect: Effect, *, values: bool) -> Text:
    """One effect in a line; the values only where they may be shown."""
    key = effect.key
    if key.act is Act.CREATE:
        return Text(f"create a {record_kind(key)} for {effect.ref}")
    if key.act is Act.LINK:
        return Text(f"link {effect.ref} with a {record_kind(key)}")
    if not key.field:
        return Text(f"{key.act} {effect.ref}")
    line = Text(f"{key.act} {effect.ref}: {key.field}")
    if values and key.act is Act.CLEAR:
        line.append(f" (it holds {shown(effect.before)})")
    elif values:
        line.append(f" = {shown(effect.after)} in place of {shown(effect.before)}")
    return line


def told_examples(effects: Sequence[Effect], most: int, *, values: bool) -> Iterator[Text]:
    """The first few, and how many more there are."""
    for effect in effects[:most]:
        yield Text.assemble("  ", told_effect(effect, values=values))
    if len(effects) > most:
        yield Text(f"    and {len(effects) - most} more like the last", style="dim")


def plain_ref(ref: RecordRef) -> dict[str, str]:
    """A record's name, for JSON."""
    return {"side": ref.side.value, "object_type": ref.object_type, "id": ref.id}


def plain_refs(effects: Iterable[Effect]) -> list[dict[str, str]]:
    """The records of these effects, for JSON: no values."""
    return [plain_ref(effect.ref) for effect in effects]


def calls_in_words(calls: Mapping[Side, int]) -> str:
    """Such as `12 HubSpot and 9 Salesforce`."""
    return " and ".join(f"{count} {side.label}" for side, count in calls.items())
