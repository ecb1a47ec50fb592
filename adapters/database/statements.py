"""What the statements of all stores share: chunks, upserts and comparisons alike on both engines."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar, cast

from sqlalchemy import ColumnElement, Connection, Table, case, text
from sqlalchemy.dialects import postgresql, sqlite

T = TypeVar("T")

CHUNK = 1000
"""Rows or values per statement: 20 columns stay below SQLite's 32,766 parameters."""


_ADVISORY_LOCKS = text(
    "SELECT pg_advisory_xact_lock(:family, number) FROM unnest(CAST(:numbers AS integer[])) AS number"
)
_PENDING = 1


class Store:
    """Runs on the connection of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection


def chunks(items: Iterable[T]) -> Iterator[Sequence[T]]:
    """The items in pieces of at most CHUNK."""
    rest = iter(items)
    while piece := list(islice(rest, CHUNK)):
        yield piece


def merge_key(*parts: str | int | None) -> str:
    """What rows merge by, as one text of 64 characters.

    In a unique index no two NULLs are the same, and PostgreSQL's takes no more than 2,700 bytes.
    """
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def enter(connection: Connection, portals: Iterable[int]) -> None:
    """Wait until no other transaction writes pending rows of these portals, and keep them off till the end.

    On SQLite every transaction is alone anyway. On PostgreSQL these are advisory locks, taken in one order;
    two portals that share a number by the mask only wait for each other more than they need.
    """
    if connection.dialect.name != "postgresql":
        return
    numbers = sorted({portal & 0x7FFFFFFF for portal in portals})
    connection.execute(_ADVISORY_LOCKS, {"family": _PENDING, "numbers": numbers})


def insert_into(connection: Connection, table: Table) -> postgresql.Insert:
    """An INSERT that knows ON CONFLICT; both engines spell it alike."""
    if connection.dialect.name == "sqlite":
        return cast("postgresql.Insert", sqlite.insert(table))
    return postgresql.insert(table)


def lesser(one: ColumnElement[Any], other: ColumnElement[Any]) -> ColumnElement[Any]:
    """The smaller of two values that are not NULL."""
    return case((one <= other, one), else_=other)


def greater(one: ColumnElement[Any], other: ColumnElement[Any]) -> ColumnElement[Any]:
    """The greater of two values that are not NULL."""
    return case((one >= other, one), else_=other)
