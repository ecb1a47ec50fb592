"""Which types of fields a converter can carry a value between, as a table.

Types are told in six words for both CRMs. HubSpot speaks in strings whatever the type, Salesforce in JSON
values; what each takes is theirs to refuse, so a cell says what is sure, and what depends on the value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import IntEnum, StrEnum

from contract.mappings import Converter
from contract.records import FieldSchema, Side


class Sort(StrEnum):
    """What a field holds."""

    TEXT = "a text"
    CHOICE = "a choice"
    CHOICES = "several choices"
    NUMBER = "a number"
    FLAG = "yes or no"
    DAY = "a date"
    MOMENT = "a date and time"
    OTHER = "nothing that can be carried"


class Fit(IntEnum):
    """Whether a value gets across."""

    NEVER = 0
    SOME = 1
    ALWAYS = 2


_SORTS: Mapping[Side, Mapping[str, Sort]] = {
    Side.HUBSPOT: {
        "string": Sort.TEXT,
        "phone_number": Sort.TEXT,
        "enumeration": Sort.CHOICE,
        "number": Sort.NUMBER,
        "bool": Sort.FLAG,
        "date": Sort.DAY,
        "datetime": Sort.MOMENT,
    },
    Side.SALESFORCE: {
        **dict.fromkeys(("string", "textarea", "email", "phone", "url", "encryptedstring"), Sort.TEXT),
        **dict.fromkeys(("id", "reference"), Sort.TEXT),
        **dict.fromkeys(("picklist", "combobox"), Sort.CHOICE),
        "multipicklist": Sort.CHOICES,
        **dict.fromkeys(("int", "long", "double", "currency", "percent"), Sort.NUMBER),
        "boolean": Sort.FLAG,
        "date": Sort.DAY,
        "datetime": Sort.MOMENT,
    },
}
"""By the CRM's own name of the type."""

_TEXTS = {Sort.TEXT: Fit.ALWAYS, Sort.CHOICE: Fit.ALWAYS, Sort.CHOICES: Fit.ALWAYS}
_PERHAPS = {Sort.TEXT: Fit.SOME, Sort.CHOICE: Fit.SOME}

READS: Mapping[Converter, Mapping[Sort, Fit]] = {
    Converter.TEXT: {sort: Fit.ALWAYS for sort in Sort if sort is not Sort.OTHER},
    Converter.EMAIL: {Sort.TEXT: Fit.ALWAYS},
    Converter.NUMBER: {Sort.NUMBER: Fit.ALWAYS, **_PERHAPS},
    Converter.INTEGER: {Sort.NUMBER: Fit.ALWAYS, **_PERHAPS},
    Converter.BOOLEAN: {Sort.FLAG: Fit.ALWAYS, **_PERHAPS},
    Converter.DATE: {Sort.DAY: Fit.ALWAYS, Sort.MOMENT: Fit.ALWAYS, Sort.TEXT: Fit.SOME},
    Converter.DATETIME: {Sort.MOMENT: Fit.ALWAYS, Sort.DAY: Fit.ALWAYS, Sort.TEXT: Fit.SOME},
    Converter.MULTI_SELECT: _TEXTS,
}
"""Of what the converter understands the values; what is not named, never."""

MAKES: Mapping[Converter, Mapping[Sort, Fit]] = {
    Converter.TEXT: _TEXTS,
    Converter.EMAIL: {Sort.TEXT: Fit.ALWAYS, Sort.CHOICE: Fit.SOME},
    Converter.NUMBER: {Sort.NUMBER: Fit.ALWAYS, **_PERHAPS},
    Converter.INTEGER: {Sort.NUMBER: Fit.ALWAYS, **_PERHAPS},
    Converter.BOOLEAN: {Sort.FLAG: Fit.ALWAYS, **_PERHAPS},
    Converter.DATE: {Sort.DAY: Fit.ALWAYS, Sort.TEXT: Fit.ALWAYS, Sort.MOMENT: Fit.SOME},
    Converter.DATETIME: {Sort.MOMENT: Fit.ALWAYS, Sort.TEXT: Fit.ALWAYS, Sort.DAY: Fit.SOME},
    Converter.MULTI_SELECT: {Sort.CHOICES: Fit.ALWAYS, Sort.TEXT: Fit.ALWAYS, Sort.CHOICE: Fit.SOME},
}
"""What takes the values that the converter makes; what is not named, never."""


def sort_of(side: Side, field: FieldSchema) -> Sort:
    """What the field holds; OTHER for a type that no converter knows, such as a compound address."""
    sort = _SORTS[side].get(field.kind, Sort.OTHER)
    return Sort.CHOICES if sort is Sort.CHOICE and field.multiple else sort


def fit(converter: Converter, source: Sort, target: Sort) -> Fit:
    """Whether this converter carries what `source` holds into `target`."""
    if converter is Converter.TEXT and target not in MAKES[converter]:
        # Texts are passed on as they are: the other side takes those that have its form.
        like = source in {target, Sort.TEXT, Sort.CHOICE} and target is not Sort.OTHER
        return Fit.SOME if like else Fit.NEVER
    return min(READS[converter].get(source, Fit.NEVER), MAKES[converter].get(target, Fit.NEVER))


def better(between: Iterable[tuple[Sort, Sort]], than: Fit) -> Converter | None:
    """The converter that carries more both ways, the plainest first; None where there is none."""
    pairs = list(between)
    found = {one: min(fit(one, *pair) for pair in pairs) for one in Converter}
    best = max(found, key=found.__getitem__)
    return best if found[best] > than else None
