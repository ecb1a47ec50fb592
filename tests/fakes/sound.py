"""A sound decision: of the types that it declares, and explained in words, down to each value it writes.

Decisions cross boundaries as frozen dataclasses, whose annotations nobody checks when the program runs.
Every decision that a test asks of `tests.fakes.people` is checked here, whatever the test is about, and
so is every question that the rules asked on the way.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from contract.decisions import Action, Decision, Verdict, Write
from contract.facts import Question

Check = Callable[[Any], bool]


def assert_sound(decision: Decision) -> None:
    """Fail with the part that is of another type than it declares, or that explains nothing."""
    assert _fits(Decision)(decision), decision
    for sentence in _sentences(decision):
        assert sentence, decision
        assert not re.search(r"\bNone\b", sentence), sentence
    for write in decision.writes:
        _assert_sound_write(write)
        if write.action is Action.UPDATE:
            _assert_explained(write, decision.trace)


def assert_sound_question(question: Question) -> None:
    """Fail with a question that nobody could answer."""
    kind: Any = type(question)
    assert hasattr(kind, "__dataclass_fields__"), question
    assert _fits(kind)(question), question


def _assert_sound_write(write: Write) -> None:
    """It names its record as read; with it, the base becomes what it writes on its side."""
    for name, key in write.keys.items():
        assert write.pairs[key].of(write.side) == write.values[name], write
    if write.action is Action.CREATE:
        assert (write.record_id, write.before) == (None, None), write
    elif write.action is not Action.OPT_OUT:  # an address may be opted out before its contact has an id
        assert None not in {write.record_id, write.before}, write


def _assert_explained(write: Write, trace: tuple[Verdict, ...]) -> None:
    """Somebody said of each field that it gets this value."""
    for name, key in write.keys.items():
        told = [one.value for one in trace if one.field in {key, name} and one.writes is not None]
        assert write.values[name] in told, (name, trace)


def _sentences(decision: Decision) -> Iterator[str]:
    yield from (verdict.says for verdict in decision.trace)
    yield from (write.reason for write in decision.writes)
    yield from (report.says for report in decision.reports)
    yield from (fault.says for fault in decision.field_faults)
    if decision.again is not None:
        yield decision.again.because
    if decision.fault is not None:
        yield decision.fault.says


@cache
def _fits(hint: Any) -> Check:
    """Whether a value is of an annotated type, down to the elements."""
    arguments = get_args(hint)
    match get_origin(hint):
        case origin if origin is UnionType or origin is Union:
            choices = [_fits(one) for one in arguments]
            return lambda value: any(choice(value) for choice in choices)
        case origin if origin is tuple and arguments[-1] is not ...:
            parts = [_fits(one) for one in arguments]
            return lambda value: (
                isinstance(value, tuple)
                and len(value) == len(parts)
                and all(part(one) for part, one in zip(parts, value, strict=True))
            )
        case origin if origin is tuple or origin is frozenset:
            element = _fits(arguments[0])
            return lambda value: isinstance(value, origin) and all(map(element, value))
        case origin if origin is Mapping:
            key, held = map(_fits, arguments)
            return lambda value: (
                isinstance(value, Mapping) and all(map(key, value)) and all(map(held, value.values()))
            )
    if is_dataclass(hint):
        return _fits_dataclass(hint)
    return lambda value: isinstance(value, (int, float) if hint is float else hint)


def _fits_dataclass(cls: Any) -> Check:
    hints = get_type_hints(cls)
    checks = [(one.name, _fits(hints[one.name])) for one in fields(cls)]
    return lambda value: isinstance(value, cls) and all(check(getattr(value, name)) for name, check in checks)
