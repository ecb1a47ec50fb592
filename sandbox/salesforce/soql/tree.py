"""What a parsed SOQL statement is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal as OneOf

LiteralKind = OneOf["string", "number", "date", "datetime", "boolean", "null"]
Operator = OneOf["=", "!=", "<", ">", "<=", ">=", "LIKE"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A field, or a path to a parent's field such as Account.Name, and where it stands (from 1)."""

    path: str
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Constant:
    """A literal; strings keep their escapes, because LIKE reads some of them in its own way."""

    kind: LiteralKind
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """column operator constant."""

    column: Column
    operator: Operator
    constant: Constant


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """column [NOT] IN (constants), or IN (SELECT one column FROM ...)."""

    column: Column
    negated: bool
    constants: tuple[Constant, ...] = ()
    subquery: Select | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Negation:
    """NOT condition."""

    condition: Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class Junction:
    """Conditions joined by one word throughout, AND or OR."""

    word: OneOf["AND", "OR"]
    conditions: tuple[Condition, ...]


Condition = Comparison | Membership | Negation | Junction


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordering:
    """One ORDER BY term."""

    column: Column
    descending: bool
    nulls_last: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Select:
    """A whole statement. `columns` is empty for COUNT()."""

    columns: tuple[Column, ...]
    object_name: str
    where: Condition | None = None
    order: tuple[Ordering, ...] = ()
    limit: int | None = None
    offset: int = 0
