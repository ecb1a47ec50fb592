"""The kinds of values that a portal's file holds, each with its plain sentences."""

from __future__ import annotations

import difflib
import ipaddress
import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validates_schema

from contract.salesforce_ids import is_id, long_id
from contract.secret import Secret

KEPT = "(kept)"
"""Stands in an exported file where a secret is; applying the file leaves the stored secret as it is."""

LEFT_EMPTY = "is left empty (a text that begins with # needs quotes)"
MAX_TEXT = 10_000
_URL_SAFE = re.compile(r"[A-Za-z0-9_.~-]+", re.ASCII)
_PRINTED = re.compile(r"[!-~]+", re.ASCII)
_PEM = re.compile(r"-----BEGIN (RSA )?PRIVATE KEY-----\s.+\s-----END (RSA )?PRIVATE KEY-----", re.DOTALL)
_DIGITS = re.compile(r"[1-9][0-9]{0,18}", re.ASCII)
_COUNT = re.compile(r"[0-9]{1,9}", re.ASCII)
_TRUE = frozenset({"true", "yes", "on"})
_FALSE = frozenset({"false", "no", "off"})

E = TypeVar("E", bound=StrEnum)


class NothingKept:
    """Put in place of `(kept)` where no secret is stored."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'lead'?`, or nothing."""
    close = difflib.get_close_matches(word.lower(), list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def quoted(value: Any) -> str:
    """The value as a message may show it."""
    return (
        repr(value[:60])
        if isinstance(value, str)
        else "a list"
        if isinstance(value, list)
        else "keys of its own"
    )


class Section(Schema):
    """Keys below a key. Unknown ones are refused, with a guess at what was meant."""

    class Meta:  # noqa: D106  # marshmallow's own form
        unknown = EXCLUDE

    error_messages = {"type": "must hold keys of its own, indented below it"}  # noqa: RUF012  # marshmallow's own form

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def _known_keys_only(self, _: Any, original: Any, **__: Any) -> None:
        if isinstance(original, Mapping):
            unknown = [key for key in original if key not in self.fields]
            if unknown:
                raise ValidationError({key: [self.unknown_key(key)] for key in unknown})

    def unknown_key(self, key: str) -> str:
        """What to say of a key that does not exist."""
        guess = did_you_mean(key, self.fields)
        return (
            f"there is no such key{guess}"
            if guess
            else f"there is no such key; known are {', '.join(self.fields)}"
        )


class Value(fields.Field[Any]):
    """A field whose `read` turns what stands in the file into what is meant, or raises ValidationError."""

    default_error_messages = {  # noqa: RUF012  # marshmallow's own form
        "required": "is missing",
        "null": "is left empty: give it a value, or leave the key out",
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if self.required:
            self.error_messages["null"] = LEFT_EMPTY

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        return self.read(value)

    def read(self, value: Any) -> Any:
        """What the text, list or mapping means."""
        return value


class Text(Value):
    """One text, trimmed, not blank."""

    def read(self, value: Any) -> str:
        if not isinstance(value, str):
            raise ValidationError(f"must be one text, not {quoted(value)}")
        text = value.strip()
        if not text:
            raise ValidationError("is blank")
        if len(text) > MAX_TEXT:
            raise ValidationError(f"is too long: at most {MAX_TEXT} characters")
        return text


class NameText(Text):
    """A text of one line, as it may stand in a list of names."""

    def read(self, value: Any) -> str:
        text = super().read(value)
        if not text.isprintable() or len(text) > 255:  # noqa: PLR2004
            raise ValidationError("must be one line of at most 255 characters")
        return text


class Number(Value):
    """A positive whole number."""

    def read(self, value: Any) -> int:
        if not isinstance(value, str) or not _DIGITS.fullmatch(value.strip()) or int(value) >= 2**63:
            raise ValidationError(f"must be a positive whole number, not {quoted(value)}")
        return int(value)


class Limit(Value):
    """A whole number that may be 0."""

    def read(self, value: Any) -> int:
        text = value.strip() if isinstance(value, str) else ""
        if not _COUNT.fullmatch(text):
            raise ValidationError(f"must be a whole number from 0 to 999999999, not {quoted(value)}")
        return int(text)


class Switch(Value):
    """On or off, in any of YAML's words for it."""

    def read(self, value: Any) -> bool:
        word = value.strip().lower() if isinstance(value, str) else ""
        if word not in _TRUE | _FALSE:
            raise ValidationError(f"must be true or false, not {quoted(value)}")
        return word in _TRUE


class NotYet(Switch):
    """A switch whose behaviour does not exist yet."""

    def read(self, value: Any) -> bool:
        if super().read(value):
            raise ValidationError("not available in this version: leave it out, or say off")
        return False


class Choice(Value, Generic[E]):
    """One word of a closed list."""

    def __init__(self, kind: type[E], *, aliases: Mapping[str, E] | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._words: Mapping[str, E] = {member.value: member for member in kind}
        self._aliases = aliases or {}

    def read(self, value: Any) -> E:
        word = value.strip().lower() if isinstance(value, str) else ""
        found = self._words.get(word) or self._aliases.get(word)
        if found is None:
            guess = did_you_mean(word, self._words)
            raise ValidationError(f"must be {one_of(self._words)}, not {quoted(value)}{guess}")
        return found


def one_of(words: Iterable[str]) -> str:
    """`lead, contact or none`."""
    *most, last = words
    return f"{', '.join(most)} or {last}" if most else last


class SecretText(Value):
    """A credential of one line, as it travels in a header. Its message never shows it."""

    one_line = True

    def __init__(self, *, url_safe_from: int = 0, **kwargs: Any) -> None:
        """With `url_safe_from`, it must have so many characters, all of which may stand in an address."""
        super().__init__(**kwargs)
        self._url_safe_from = url_safe_from

    def read(self, value: Any) -> Secret:
        if isinstance(value, Secret):
            return value
        if isinstance(value, NothingKept):
            raise ValidationError(
                f"says {KEPT}, but no such secret is stored for this portal: write the secret itself"
            )
        if not isinstance(value, str):
            raise ValidationError("must be one text")
        text = value.strip()
        if not text:
            raise ValidationError("is blank")
        if text.startswith("(kept"):
            raise ValidationError(f"looks like {KEPT} but is not: write {KEPT}, or the secret itself")
        self._check(text)
        return Secret(text)

    def _check(self, text: str) -> None:
        if len(text) > MAX_TEXT:
            raise ValidationError(f"is too long: at most {MAX_TEXT} characters")
        if self.one_line and not _PRINTED.fullmatch(text):
            raise ValidationError("holds a space or another character that no secret has: copy it whole")
        if self._url_safe_from and (len(text) < self._url_safe_from or not _URL_SAFE.fullmatch(text)):
            raise ValidationError(
                f"must have at least {self._url_safe_from} characters, of letters, digits and - . _ ~ only, "
                "because it stands in the address that Salesforce calls"
            )


class PrivateKey(SecretText):
    """A private key in PEM."""

    one_line = False

    def _check(self, text: str) -> None:
        super()._check(text)
        if not _PEM.fullmatch(text):
            raise ValidationError(
                "must be an RSA private key in PEM without a password, its lines indented below "
                "`private_key: |`, from -----BEGIN PRIVATE KEY----- to -----END PRIVATE KEY-----"
            )


class OrgId(Text):
    """A Salesforce org's id, 15 or 18 characters."""

    def read(self, value: Any) -> str:
        text = super().read(value)
        if not is_id(text) or not text.startswith("00D"):
            raise ValidationError("must be the org's id: 15 or 18 letters and digits that start with 00D")
        if len(text) == 18 and long_id(text) != text:  # noqa: PLR2004
            raise ValidationError("has a typing error: its last three characters do not fit the others")
        return long_id(text)


class Url(Text):
    """An http(s) address without credentials, query or closing slash, such as `example`."""

    def __init__(self, *, example: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._example = example

    def read(self, value: Any) -> str:
        text = super().read(value)
        try:
            parts = urlsplit(text)
            host, _ = parts.hostname, parts.port
        except ValueError:
            raise ValidationError("is not an address: its host or port is wrong") from None
        if parts.username is not None or parts.password is not None:
            raise ValidationError("must not hold a user name or password")
        if parts.scheme not in {"http", "https"} or not host or not text.isprintable() or " " in text:
            raise ValidationError(f"must be an address such as {self._example}")
        if parts.query or parts.fragment or "?" in text or "#" in text:
            raise ValidationError("must end with its host or path: no ? and no #")
        return text.rstrip("/")


def is_plain_http_abroad(url: Any) -> bool:
    """Whether this is plain http to anywhere but this very machine."""
    if not isinstance(url, str) or not url.strip().lower().startswith("http:"):
        return False
    try:
        host = urlsplit(url.strip()).hostname or ""
        return host != "localhost" and not ipaddress.ip_address(host).is_loopback
    except ValueError:
        return True


class TimeZone(Text):
    """A time zone by its IANA name."""

    def read(self, value: Any) -> str:
        text = super().read(value)
        try:
            return ZoneInfo(text).key
        except (ValueError, KeyError, OSError):
            known = {name.lower(): name for name in available_timezones()}
            close = difflib.get_close_matches(text.lower(), known, n=1)
            guess = f"; did you mean {known[close[0]]!r}?" if close else ""
            raise ValidationError(
                f"must be a time zone such as Europe/Berlin, not {quoted(text)}{guess}"
            ) from None
