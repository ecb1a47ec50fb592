"""Salesforce record ids: 15 characters, or these and 3 more that tell upper from lower case."""

from __future__ import annotations

import string
from dataclasses import dataclass

_DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase
_CHECK = string.ascii_uppercase + "012345"
_ALPHANUMERIC = frozenset(_DIGITS)
_INSTANCE = "Dp0"


def check_characters(id15: str) -> str:
    """The three characters that make a 15-character id safe where case is lost: one per block of five."""
    return "".join(
        _CHECK[sum(1 << place for place, char in enumerate(id15[start : start + 5]) if "A" <= char <= "Z")]
        for start in (0, 5, 10)
    )


def long_id(value: object) -> str | None:
    """The 18-character form of an id of either length; None when the value cannot be an id."""
    if not isinstance(value, str) or len(value) not in (15, 18) or not _ALPHANUMERIC.issuperset(value):
        return None
    short = value[:15]
    whole = short + check_characters(short)
    return whole if len(value) == 15 or value[15:].upper() == whole[15:] else None


@dataclass(slots=True)
class IdMaker:
    """Gives out new ids, counting on from one number for all prefixes."""

    number: int

    def new(self, prefix: str) -> str:
        """A fresh 18-character id that starts with the object's three-character prefix."""
        self.number += 1
        rest, digits = self.number, ""
        while rest:
            rest, digit = divmod(rest, 62)
            digits = _DIGITS[digit] + digits
        short = f"{prefix}{_INSTANCE}{digits:0>9}"
        return short + check_characters(short)
