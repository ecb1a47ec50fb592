"""YAML written by people, read so that every scalar is the text that stands there.

YAML's guesses (on is true, 012 is ten, 12:30 is 750, 2026-11-24 is a date) help nobody who writes a
secret or a list's number; what a value means is for the reader of the mapping to say. Messages never
quote what stands in the text, since it may be a secret.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from contract.errors import InvalidInput

MAX_CHARACTERS = 100_000
MAX_DEPTH = 12

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_STANDARD = "tag:yaml.org,2002:"
_PLAIN_WORDS = {
    "'\\t' that cannot start any token": "a tab stands here; YAML is indented with spaces",
    "cannot start any token": "a text that begins with this character needs quotes",
    "mapping values are not allowed": "no colon may stand here; is the line above indented rightly, "
    "or does a text with a colon need quotes?",
    "could not find expected ':'": "a key without its colon",
    "expected <block end>": "the indentation does not fit the lines above",
    "did not find expected": "a bracket, brace or comma is missing",
    "expected ',' or": "a bracket, brace or comma is missing",
    "unexpected end of stream": "a quoted text is not closed",
    "unknown escape": "a backslash in double quotes needs a second one; use single quotes",
    "but found another document": "a file holds one portal; remove the line of dashes",
}
"""PyYAML's words for a fault, by a part of them, and ours."""
_UNFINISHED = ("a flow sequence", "a flow mapping", "a simple key")


@dataclass(frozen=True, slots=True, kw_only=True)
class YamlMapping:
    """`values` nests dicts, lists, texts and None; `lines` gives the line (from 1) of each path.

    A path reads "contacts.create_as_when[0].values".
    """

    values: Mapping[str, Any]
    lines: Mapping[str, int]


def read_mapping(text: str) -> YamlMapping:
    """The mapping that the text holds; raises InvalidInput that says where and what is wrong.

    Refused are duplicate keys, anchors and aliases, tags, several documents, and texts beyond
    MAX_CHARACTERS or MAX_DEPTH.
    """
    if len(text) > MAX_CHARACTERS:
        raise InvalidInput(f"the file is too large: at most {MAX_CHARACTERS} characters")
    try:
        node = _Composer(text).get_single_node()
    except yaml.MarkedYAMLError as error:
        # PyYAML quotes the text in its own messages: neither they nor their cause may be shown.
        raise InvalidInput(_where(_mark(error)) + _words(error)) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise InvalidInput(f"line {line}: an invisible control character stands here") from None
    if node is None:
        raise InvalidInput("the file is empty")
    if not isinstance(node, MappingNode):
        raise InvalidInput(
            "the file must hold keys with values, such as `portal: 4242`, and nothing around them"
        )
    lines: dict[str, int] = {}
    return YamlMapping(values=_mapping(node, "", lines), lines=lines)


class _Refused(yaml.MarkedYAMLError):
    """Sound YAML that we do not take; `problem` is already in plain words."""

    def __init__(self, problem: str, mark: Any) -> None:
        super().__init__(problem=problem, problem_mark=mark)


class _Composer(yaml.SafeLoader):
    """Composes nodes without guessing types; refuses anchors, aliases and great depth."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012  # PyYAML's own form

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = 0

    def compose_node(self, parent: Node | None, index: Any) -> Node | None:
        event: yaml.Event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise _Refused(
                "anchors (&) and aliases (*) are not used here; a text that starts so needs quotes",
                event.start_mark,
            )
        if self._depth >= MAX_DEPTH:
            raise _Refused("the nesting is too deep", event.start_mark)
        self._depth += 1
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node


def _value(node: Node, path: str, lines: dict[str, int]) -> Any:
    if not node.tag.startswith(_STANDARD) or node.tag[len(_STANDARD) :] not in {"str", "seq", "map"}:
        raise InvalidInput(
            _where(node.start_mark) + "tags (!) are not used here; a text that starts so needs quotes"
        )
    if isinstance(node, MappingNode):
        return _mapping(node, path, lines)
    if isinstance(node, SequenceNode):
        return [_at(item, f"{path}[{index}]", lines) for index, item in enumerate(node.value)]
    text = str(node.value)
    plain = isinstance(node, ScalarNode) and node.style is None
    return None if plain and text in _NULLS else text


def _at(node: Node, path: str, lines: dict[str, int]) -> Any:
    lines[path] = node.start_mark.line + 1
    return _value(node, path, lines)


def _mapping(node: MappingNode, path: str, lines: dict[str, int]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in node.value:
        if not isinstance(key, ScalarNode):
            raise InvalidInput(_where(key.start_mark) + "a key must be a single word")
        name = str(key.value)
        if name in found:
            raise InvalidInput(
                _where(key.start_mark) + f"the key {name[:60]!r} stands here for the second time"
            )
        inner = f"{path}.{name}" if path else name
        lines[inner] = key.start_mark.line + 1
        found[name] = _value(value, inner, lines)
    return found


def _mark(error: yaml.MarkedYAMLError) -> Any:
    """Where the fault is: for what is not closed or not finished, where it began."""
    began = "end of stream" in str(error.problem) or str(error.context).endswith(_UNFINISHED)
    return (error.context_mark if began else None) or error.problem_mark or error.context_mark


def _where(mark: Any) -> str:
    return f"line {mark.line + 1}, column {mark.column + 1}: " if mark is not None else ""


def _words(error: yaml.MarkedYAMLError) -> str:
    problem = str(error.problem)
    if isinstance(error, _Refused):
        return problem
    for part, words in _PLAIN_WORDS.items():
        if part in problem:
            return words
    return "this is not YAML; is a bracket, a quote or an indentation wrong?"
