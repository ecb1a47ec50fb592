"""Frozen dataclasses <-> plain JSON values, led by their type hints, with secrets kept apart."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from contract.secret import Secret

D = TypeVar("D")


def _no_secrets(value: Any) -> Any:
    raise TypeError(f"{type(value).__name__}: a secret has no plain form here")


def to_plain(value: Any, hide: Callable[[Secret], Any] = _no_secrets) -> Any:
    """Every field that a dataclass is given, nested ones too; `hide` says what stands in a secret's place."""
    if isinstance(value, Secret):
        return hide(value)
    if is_dataclass(value):
        given = (field.name for field in fields(value) if field.init)
        return {name: to_plain(getattr(value, name), hide) for name in given}
    if isinstance(value, Mapping):
        return {to_plain(key, hide): to_plain(item, hide) for key, item in value.items()}
    if isinstance(value, tuple):
        return [to_plain(item, hide) for item in value]
    if isinstance(value, frozenset):
        return sorted(to_plain(item, hide) for item in value)
    return value.value if isinstance(value, Enum) else value


def from_plain(kind: type[D], plain: Mapping[str, Any], show: Callable[[Any], Secret] = _no_secrets) -> D:
    """The dataclass again. A field that is not stored has its default; a stored one that is gone is ignored.

    `show` gives the secret for what `hide` left. Raises KeyError, TypeError or ValueError for plain values
    that `to_plain` cannot have made.
    """
    hints = _hints(cast("Hashable", kind))
    names = [field.name for field in fields(kind) if field.init and field.name in plain]  # type: ignore[arg-type]
    return kind(**{name: _value(hints[name], plain[name], show) for name in names})


@cache
def _hints(kind: Hashable) -> Mapping[str, Any]:
    return get_type_hints(kind)


def _value(hint: Any, plain: Any, show: Callable[[Any], Secret]) -> Any:
    origin = get_origin(hint)
    if origin in (UnionType, Union):
        inner = [arg for arg in get_args(hint) if arg is not NoneType]
        return _value(inner[0], plain, show) if len(inner) == 1 and plain is not None else plain
    if origin is Mapping:
        keys, values = get_args(hint)
        return {_value(keys, key, show): _value(values, item, show) for key, item in plain.items()}
    if origin in (tuple, frozenset):
        return origin(_value(get_args(hint)[0], item, show) for item in plain)
    if hint is Secret:
        return show(plain)
    if is_dataclass(hint):
        return from_plain(hint, plain, show)  # type: ignore[arg-type]
    return hint(plain) if isinstance(hint, type) and issubclass(hint, Enum) else plain
