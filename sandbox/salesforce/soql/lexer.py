"""Cuts SOQL text into tokens."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sandbox.salesforce.errors import SalesforceError

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<datetime>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d))
    | (?P<date>\d{4}-\d\d-\d\d)
    | (?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?![\w-]))
    | (?P<string>'(?:[^'\\]|\\.)*')
    | (?P<word>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)
    | (?P<symbol><=|>=|!=|<>|[=<>(),])
    )""",
    re.VERBOSE | re.DOTALL | re.ASCII,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A piece of the text; `at` is its column from 1. The last one is of kind `end`."""

    kind: str
    text: str
    at: int

    @property
    def word(self) -> str:
        """The text as keywords are compared."""
        return self.text.upper()


def malformed(message: str) -> SalesforceError:
    """The refusal of text that is no SOQL."""
    return SalesforceError("MALFORMED_QUERY", message)


def unexpected(token: Token) -> SalesforceError:
    """The refusal of one token."""
    if token.kind == "end":
        return malformed("unexpected token: '<EOF>'")
    return malformed(f"unexpected token: '{token.text}' (ERROR at Row:1:Column:{token.at})")


def tokens(text: str) -> list[Token]:
    """All tokens, `end` last. Raises MALFORMED_QUERY for a character that begins none."""
    found: list[Token] = []
    position, end = 0, len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None:
            rest = text[position:].lstrip()
            raise malformed(
                f"line 1:{end - len(rest.rstrip())} no viable alternative at character '{rest[0]}'"
            )
        kind = str(match.lastgroup)
        found.append(Token(kind=kind, text=match[kind], at=match.start(kind) + 1))
        position = match.end()
    return [*found, Token(kind="end", text="", at=end + 1)]
