"""Column types that keep the contract's values exactly, alike on SQLite and PostgreSQL."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from sqlalchemy import DateTime, Dialect, Text
from sqlalchemy.types import TypeDecorator

from contract.records import RecordRef, Side

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime, stored as UTC with its microseconds. SQLite holds it as sortable text."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a time zone cannot be stored: {value}")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class FreeText(TypeDecorator[str]):
    """Text that came from outside.

    PostgreSQL stores neither NUL nor lone surrogates, and a CRM's odd value must not stop a worker for
    ever: both become U+FFFD, on either engine, in stored and looked-up values alike.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else storable(value)


class Ref(TypeDecorator[RecordRef]):
    """A RecordRef as text, "side/object type/id"."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: RecordRef | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else ref_text(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> RecordRef | None:  # noqa: ARG002
        return None if value is None else ref_of(value)


def storable(text: str) -> str:
    """The text without what PostgreSQL cannot store."""
    return _UNSTORABLE.sub("\ufffd", text)


def ref_text(ref: RecordRef) -> str:
    """The stored form of a record's name."""
    return storable(f"{ref.side.value}/{ref.object_type}/{ref.id}")


def ref_of(text: str) -> RecordRef:
    """The record that `ref_text` named."""
    side, object_type, record_id = text.split("/", 2)
    return RecordRef(side=Side(side), object_type=object_type, id=record_id)
