"""Lists and sections as they stand in a portal's file, each with its plain sentences."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields

from contract.portal_fields import NameText, Number, quoted


class Listed(fields.List[Any]):
    """A list. A single text may stand without its dash."""

    default_error_messages = {  # noqa: RUF012  # marshmallow's own form
        "required": "is missing",
        "null": "is left empty: list something",
        "invalid": "must be a list: each entry on its own line after a dash",
    }

    def __init__(self, inner: fields.Field[Any], *, at_least: int = 0, **kwargs: Any) -> None:
        super().__init__(inner, **kwargs)
        self._at_least = at_least

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        entries = super()._deserialize([value] if isinstance(value, str) else value, attr, data, **kwargs)
        if len(entries) < self._at_least:
            raise ValidationError("must hold at least one entry")
        return entries


class Names(Listed):
    """A list of names, each once."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(NameText(), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        return tuple(dict.fromkeys(super()._deserialize(value, attr, data, **kwargs)))


class ListId(Number):
    """A HubSpot list's number as text, or none."""

    def read(self, value: Any) -> Any:
        if isinstance(value, str) and value.strip().lower() == "none":
            return None
        try:
            return str(super().read(value))
        except ValidationError:
            says = f"must be none or the number of a HubSpot list, not {quoted(value)}"
            raise ValidationError(says) from None


class Sub(fields.Nested):
    """A section that may be left out."""

    default_error_messages = {  # noqa: RUF012  # marshmallow's own form
        "required": "is missing",
        "null": "holds nothing: indent its keys below it, or leave it out",
    }
