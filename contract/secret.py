"""A text that never prints itself."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Secret:
    """Wraps a credential so that logs, error reports and `repr` show only stars."""

    _text: str

    def reveal(self) -> str:
        """The credential itself; call it only where it goes onto the wire or into encryption."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(***)"

    def __str__(self) -> str:
        return "***"

    def __bool__(self) -> bool:
        return bool(self._text)
