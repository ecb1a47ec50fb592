"""Parses SOQL: SELECT ... FROM ... WHERE ... ORDER BY ... LIMIT ... OFFSET. Keywords in any case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar, cast

from sandbox.salesforce.errors import SalesforceError
from sandbox.salesforce.soql.lexer import Token, malformed, tokens, unexpected
from sandbox.salesforce.soql.tree import (
    Column,
    Comparison,
    Condition,
    Constant,
    Junction,
    LiteralKind,
    Membership,
    Negation,
    Operator,
    Ordering,
    Select,
)

_T = TypeVar("_T")

LONGEST = 100_000
"""A statement has at most this many characters."""
MOST_SKIPPED = 2000
"""The largest OFFSET."""

_CLAUSES = frozenset(
    {"WHERE", "ORDER", "LIMIT", "OFFSET", "FROM", "SELECT", "AND", "OR", "NOT", "IN", "LIKE"}
)


def parse(text: str) -> Select:
    """The statement. Raises MALFORMED_QUERY, or NUMBER_OUTSIDE_VALID_RANGE for too large an OFFSET."""
    if len(text) > LONGEST:
        raise malformed(f"SOQL statements can not be longer than {LONGEST} characters")
    parser = _Parser(tokens(text))
    select = parser.select()
    if parser.peek.kind != "end":
        raise unexpected(parser.peek)
    return select


@dataclass(slots=True)
class _Parser:
    found: list[Token]
    position: int = 0

    @property
    def peek(self) -> Token:
        return self.found[self.position]

    def next(self) -> Token:
        token = self.peek
        if token.kind == "end":
            raise unexpected(token)
        self.position += 1
        return token

    def take(self, *words: str) -> bool:
        """Consume the words if they come next, all or none."""
        ahead = self.found[self.position : self.position + len(words)]
        if [token.word for token in ahead if token.kind in ("word", "symbol")] != list(words):
            return False
        self.position += len(words)
        return True

    def demand(self, *words: str) -> None:
        if not self.take(*words):
            raise unexpected(self.peek)

    def select(self) -> Select:
        self.demand("SELECT")
        columns = () if self.take("COUNT", "(", ")") else self._list(self._column)
        self.demand("FROM")
        object_name = self._name()
        where = self._condition() if self.take("WHERE") else None
        order = self._list(self._ordering) if self.take("ORDER", "BY") else ()
        limit = self._count() if self.take("LIMIT") else None
        offset = self._count() if self.take("OFFSET") else 0
        if offset > MOST_SKIPPED:
            message = f"Maximum SOQL offset allowed is {MOST_SKIPPED}"
            raise SalesforceError("NUMBER_OUTSIDE_VALID_RANGE", message)
        return Select(
            columns=columns, object_name=object_name, where=where, order=order, limit=limit, offset=offset
        )

    def _list(self, item: Callable[[], _T]) -> tuple[_T, ...]:
        items = [item()]
        while self.take(","):
            items.append(item())
        return tuple(items)

    def _name(self) -> str:
        token = self.next()
        if token.kind != "word" or token.word in _CLAUSES:
            raise unexpected(token)
        return token.text

    def _column(self) -> Column:
        at = self.peek.at
        return Column(path=self._name(), at=at)

    def _ordering(self) -> Ordering:
        column = self._column()
        descending = self.take("DESC")
        if not descending:
            self.take("ASC")
        nulls_last = self.take("NULLS", "LAST")
        if not nulls_last:
            self.take("NULLS", "FIRST")
        return Ordering(column=column, descending=descending, nulls_last=nulls_last)

    def _count(self) -> int:
        token = self.next()
        if token.kind != "number" or not token.text.isdigit():
            raise unexpected(token)
        return int(token.text)

    def _condition(self) -> Condition:
        """Terms joined by AND or by OR; SOQL wants parentheses before it takes both in one row."""
        first = self._term()
        for word in ("AND", "OR"):
            if self.peek.word == word:
                return self._junction(first, word)
        return first

    def _junction(self, first: Condition, word: str) -> Condition:
        terms = [first]
        while self.take(word):
            terms.append(self._term())
        if self.peek.word in ("AND", "OR"):
            raise unexpected(self.peek)
        return Junction(word="AND" if word == "AND" else "OR", conditions=tuple(terms))

    def _term(self) -> Condition:
        if self.take("NOT"):
            return Negation(condition=self._term())
        if self.take("("):
            inner = self._condition()
            self.demand(")")
            return inner
        return self._comparison()

    def _comparison(self) -> Condition:
        column = self._column()
        if self.take("NOT", "IN"):
            return self._membership(column, negated=True)
        if self.take("IN"):
            return self._membership(column, negated=False)
        token = self.next()
        operator = "!=" if token.text == "<>" else token.word
        if operator not in ("=", "!=", "<", ">", "<=", ">=", "LIKE"):
            raise unexpected(token)
        return Comparison(column=column, operator=cast("Operator", operator), constant=self._constant())

    def _membership(self, column: Column, *, negated: bool) -> Membership:
        self.demand("(")
        if self.peek.word == "SELECT":
            inner = self.select()
            self.demand(")")
            return Membership(column=column, negated=negated, subquery=inner)
        constants = self._list(self._constant)
        self.demand(")")
        return Membership(column=column, negated=negated, constants=constants)

    def _constant(self) -> Constant:
        token = self.next()
        if token.kind == "string":
            return Constant(kind="string", text=token.text[1:-1])
        if token.kind in ("number", "date", "datetime"):
            return Constant(kind=cast("LiteralKind", token.kind), text=token.text)
        if token.word in ("TRUE", "FALSE"):
            return Constant(kind="boolean", text=token.word)
        if token.word == "NULL":
            return Constant(kind="null", text="")
        raise unexpected(token)
