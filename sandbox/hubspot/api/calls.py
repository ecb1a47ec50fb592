"""One API call as its handler sees it, and the answer the handler gives."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.hubspot.errors import bad_request
from sandbox.hubspot.limits import Limits
from sandbox.hubspot.portal import Portal
from sandbox.hubspot.records import Source
from sandbox.hubspot.shelf import Shelf
from sandbox.hubspot.world import World

BATCH_LIMIT = 100
"""Inputs of one batch; reads with histories and associations have limits of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """Status, JSON body (None for an empty one), further headers."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """An authenticated call within its limits. `path` and `query` are decoded, `body` is parsed JSON."""

    portal: Portal
    limits: Limits
    path: Mapping[str, str]
    query: Mapping[str, list[str]]
    body: Any

    @property
    def world(self) -> World:
        """Time, chance and faults."""
        return self.portal.world

    @property
    def source(self) -> Source:
        """What this call's changes are marked with."""
        return self.portal.world.api_source

    @property
    def shelf(self) -> Shelf:
        """The records of the type in the path. Raises ApiError 400."""
        return self.portal.shelf(self.path["kind"])

    def argument(self, name: str, default: str = "") -> str:
        """One query parameter."""
        values = self.query.get(name)
        return values[0] if values else default

    def names(self, name: str) -> list[str]:
        """A query parameter that lists names, comma-separated or repeated."""
        return [part for value in self.query.get(name, []) for part in value.split(",") if part]

    def flag(self, name: str) -> bool:
        """A query parameter that is true or false, false when absent."""
        return self.argument(name).lower() == "true"

    def limit(self, *, default: int, most: int) -> int:
        """The `limit` parameter. Raises ApiError 400 outside 1 to `most`."""
        text = self.argument("limit", str(default))
        if not text.isdigit() or not 1 <= int(text) <= most:
            raise bad_request(f"limit must be between 1 and {most}, not {text}.")
        return int(text)

    def fields(self) -> dict[str, Any]:
        """The body as an object. Raises ApiError 400."""
        if not isinstance(self.body, dict):
            raise bad_request("Invalid input JSON on line 1, column 1: an object is expected.")
        return self.body

    def field(self, name: str) -> str:
        """One required text or id of the body. Raises ApiError 400."""
        value = self.fields().get(name)
        if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
            raise bad_request(f"Invalid input JSON: {name} is required.")
        return str(value)

    def inputs(self, most: int = BATCH_LIMIT) -> list[dict[str, Any]]:
        """The `inputs` of a batch. Raises ApiError 400 when missing, malformed or too many."""
        inputs = self.fields().get("inputs")
        if not isinstance(inputs, list) or not all(isinstance(item, dict) for item in inputs):
            raise bad_request("Invalid input JSON: inputs must be a list of objects.")
        if len(inputs) > most:
            raise bad_request(
                f"The maximum number of inputs supported in a batch request is {most}. "
                "Please reduce the number of items and try again."
            )
        return inputs


Handler = Callable[[Call], Reply]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Method, path rule and handler of one API call; `bucket` is the rate limit it counts against."""

    method: str
    rule: str
    handler: Handler
    writes: bool = False
    bucket: str = "general"


def text_list(value: Any, name: str) -> list[str]:
    """A JSON list of texts, or nothing. Raises ApiError 400."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise bad_request(f"Invalid input JSON: {name} must be a list.")
    return [str(item) for item in value]


def input_id(item: Mapping[str, Any]) -> str:
    """The id of one batch input. Raises ApiError 400."""
    value = item.get("id")
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        raise bad_request("Invalid input JSON: id is required for every input.")
    return str(value)


def refuse_duplicates(ids: Iterable[str]) -> None:
    """Raise ApiError 400 for the whole batch when an id comes twice."""
    seen: set[str] = set()
    twice: list[str] = []
    for ident in ids:
        if ident in seen and ident not in twice:
            twice.append(ident)
        seen.add(ident)
    if twice:
        raise bad_request(f"Duplicate IDs found in batch input: [{', '.join(twice)}]. IDs must be unique")
