"""What the environment says: every key checked, every fault told at once, secrets never printed.

`deploy/diptych.env` documents each key beside its default.
"""

from __future__ import annotations

import difflib
import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal
from urllib.parse import SplitResult, urlsplit

from cryptography.fernet import Fernet
from environs import Env, EnvValidationError
from marshmallow import ValidationError
from marshmallow.validate import OneOf, Range

from contract.errors import InvalidInput
from contract.secret import Secret
from diptych.key_file import load_or_make

PREFIX = "DIPTYCH_"
TEST_PREFIX = "DIPTYCH_TEST_"
"""Keys of the test suite, which may share an environment with us."""
LOG_LEVELS = ("debug", "info", "warning", "error")
LOG_FORMATS = ("console", "json")
SHORTEST_TOMBSTONE_KEY = 32
"""Characters: a shorter key could be tried out, and with it every e-mail address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """One process's configuration. An unset URL means the embedded stand-in.

    The first of `secret_keys` encrypts, all decrypt; the first of `tombstone_keys` hashes new
    tombstones, all are compared. `public_url` is how HubSpot addresses us, without a trailing slash.
    """

    broker_url: Secret | None
    redis_url: Secret | None
    database_url: Secret | None
    data_dir: Path
    secret_keys: tuple[Secret, ...]
    tombstone_keys: tuple[Secret, ...]
    public_url: str | None
    bind_host: str
    bind_port: int
    allow_plain_http: bool
    sweep_every: timedelta
    worker_threads: int
    log_level: str
    log_format: Literal["console", "json"]
    sentry_dsn: Secret | None
    sentry_environment: str

    @property
    def embedded(self) -> bool:
        """Whether messages or tables live in files of this host, so that one process must do all the work."""
        return self.broker_url is None or self.database_url is None

    @property
    def database_file(self) -> Path:
        """The embedded database."""
        return self.data_dir / "diptych.sqlite3"

    @property
    def key_file(self) -> Path:
        """The keys that were made for the embedded database."""
        return self.data_dir / "keys"


def load(environ: Mapping[str, str]) -> Config:
    """The configuration in this environment; blank values count as unset.

    Raises InvalidInput whose `faults` map each wrong key to a plain sentence.
    """
    given = {
        key: value.strip()
        for key, value in environ.items()
        if key.startswith(PREFIX) and not key.startswith(TEST_PREFIX) and value.strip()
    }
    env = _GivenEnv(given)
    values = _read(env)
    faults = {**_unknown(given, env.known()), **env.faults()}
    if not faults:
        config = Config(**values)
        faults = _missing_keys(config)
        if not faults:
            return config
    raise InvalidInput("the configuration is not usable", faults)


def ensure_keys(config: Config) -> Config:
    """The configuration with keys: those of the environment, else those kept beside the embedded database.

    Makes them once, in a file of mode 0600. Raises InvalidInput when the file is unusable, or missing
    although there is a database that needs it.
    """
    if config.database_url or (config.secret_keys and config.tombstone_keys):
        return config
    ring = load_or_make(config.key_file, needed_by=config.database_file)
    return replace(
        config,
        secret_keys=config.secret_keys or ring.secret_keys,
        tombstone_keys=config.tombstone_keys or ring.tombstone_keys,
    )


def _read(env: _GivenEnv) -> dict[str, Any]:
    bind = env.str("BIND", "127.0.0.1:8400", validate=_is_bind)
    host, _, port = (bind or "").rpartition(":")
    plain = _switch(env, "ALLOW_PLAIN_HTTP")
    return {
        "broker_url": _secret(env.str("BROKER_URL", None, validate=_is_url("amqp", "amqps"))),
        "redis_url": _secret(env.str("REDIS_URL", None, validate=_is_url("redis", "rediss", "unix"))),
        "database_url": _secret(env.str("DATABASE_URL", None, validate=_is_database)),
        "data_dir": env.path("DATA_DIR", Path("diptych-data")),
        "secret_keys": _secrets(env.list("SECRET_KEYS", [], validate=_are_fernet_keys)),
        "tombstone_keys": _secrets(env.list("TOMBSTONE_KEYS", [], validate=_are_long_enough)),
        "public_url": (env.str("PUBLIC_URL", None, validate=_is_public(plain)) or "").rstrip("/") or None,
        "bind_host": host.strip("[]"),
        "bind_port": int(port or 0),
        "allow_plain_http": plain,
        "sweep_every": timedelta(seconds=_whole(env, "SWEEP_SECONDS", 60, 5, 86_400)),
        "worker_threads": _whole(env, "WORKER_THREADS", 8, 1, 64),
        "log_level": _choice(env, "LOG_LEVEL", "info", LOG_LEVELS),
        "log_format": _choice(env, "LOG_FORMAT", "console", LOG_FORMATS),
        "sentry_dsn": _secret(env.str("SENTRY_DSN", None, validate=_is_dsn)),
        "sentry_environment": env.str("SENTRY_ENVIRONMENT", "production"),
    }


class _GivenEnv(Env):
    """An environs reader of a given mapping, keys without their prefix.

    environs looks at `os.environ` before anything else. `_get_value` is the one place where it looks;
    its own FileAwareEnv overrides the same method.
    """

    def __init__(self, given: Mapping[str, str]) -> None:
        super().__init__(eager=False, prefix=PREFIX)
        self._given = given

    def _get_value(self, env_key: str, default: Any) -> Any:
        return self._given.get(env_key, default)

    def known(self) -> list[str]:
        """Every key that was asked for, with its prefix."""
        return list(self._fields)

    def faults(self) -> dict[str, str]:
        """What was wrong with each key; nothing can be read any more afterwards."""
        try:
            self.seal()
        except EnvValidationError as error:
            messages: Mapping[str, list[str]] = dict(error.error_messages)  # type: ignore[arg-type]  # seal() gives a mapping
            return {key: " ".join(sentences) for key, sentences in messages.items()}
        return {}


def _whole(env: _GivenEnv, name: str, default: int, least: int, most: int) -> int:
    says = f"This is not a whole number from {least} to {most}."
    checked = Range(least, most, error=says)
    words = {"invalid": says}
    return env.int(name, default, validate=checked, error_messages=words) or 0  # type: ignore[call-overload]  # passed on to marshmallow, which takes it


def _switch(env: _GivenEnv, name: str) -> bool:
    words = {"invalid": "Say yes or no."}
    return bool(env.bool(name, default=False, error_messages=words))  # type: ignore[call-overload]  # as above


def _choice(env: _GivenEnv, name: str, default: str, choices: tuple[str, ...]) -> str:
    return env.str(name, default, validate=OneOf(choices, error=f"Choose {_either(choices)}.")) or ""


def _unknown(given: Mapping[str, str], known: list[str]) -> dict[str, str]:
    faults = {}
    for key in sorted(given.keys() - set(known)):
        near = difflib.get_close_matches(key, known, n=1)
        faults[key] = "There is no such key." + (f" Did you mean {near[0]}?" if near else "")
    return faults


def _missing_keys(config: Config) -> dict[str, str]:
    """With a database of its own, several hosts need the same keys, so none are made up here."""
    if config.database_url is None:
        return {}
    how = "is needed with DIPTYCH_DATABASE_URL. `diptych keys new` makes one; every process needs the same."
    given = {
        "DIPTYCH_SECRET_KEYS": config.secret_keys,
        "DIPTYCH_TOMBSTONE_KEYS": config.tombstone_keys,
    }
    return {key: f"A key {how}" for key, keys in given.items() if not keys}


# --- checks: none of their messages repeats a value, for it may be a secret ----------------------------


def _is_url(*schemes: str) -> Callable[[str], None]:
    def check(text: str) -> None:
        parts = _split(text)
        if parts.scheme not in schemes or not (parts.hostname or parts.path):
            raise ValidationError(
                f"This is not a URL that begins with {_either(f'{s}://' for s in schemes)}."
            )

    return check


def _is_database(text: str) -> None:
    scheme = _split(text).scheme
    if scheme.partition("+")[0] == "sqlite":
        raise ValidationError("For SQLite leave this unset and set DIPTYCH_DATA_DIR: one file, one host.")
    _is_url("postgresql", "postgresql+psycopg")(text)


def _is_public(plain_allowed: bool) -> Callable[[str], None]:  # noqa: FBT001  # a closure over one switch
    def check(text: str) -> None:
        parts = _split(text)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            raise ValidationError("This is not an address such as https://hooks.example.com.")
        if parts.scheme == "http" and not plain_allowed and not is_loopback(parts.hostname):
            raise ValidationError("Plain http goes to this host alone, unless DIPTYCH_ALLOW_PLAIN_HTTP=yes.")

    return check


def _is_dsn(text: str) -> None:
    parts = _split(text)
    if parts.scheme not in {"http", "https"} or not (parts.hostname and parts.username):
        raise ValidationError("This is not a Sentry DSN such as https://key@host/project.")
    if not parts.path.rpartition("/")[2].isdigit():
        raise ValidationError("A Sentry DSN ends in the project's number.")


def _is_bind(text: str) -> None:
    host, colon, port = text.rpartition(":")
    if not (host and colon and port.isascii() and port.isdigit() and int(port) < 65_536):  # noqa: PLR2004
        raise ValidationError("This is not an address and port such as 127.0.0.1:8400.")


def _are_fernet_keys(keys: list[str]) -> None:
    for place, key in enumerate(keys, start=1):
        try:
            Fernet(key.strip())
        except ValueError:
            raise ValidationError(f"Key {place} is not a Fernet key. `diptych keys new` makes one.") from None


def _are_long_enough(keys: list[str]) -> None:
    for place, key in enumerate(keys, start=1):
        if len(key.strip()) < SHORTEST_TOMBSTONE_KEY:
            raise ValidationError(
                f"Key {place} has under {SHORTEST_TOMBSTONE_KEY} characters. `diptych keys new` makes one."
            )


def is_loopback(host: str) -> bool:
    """Whether this host name can only mean this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _split(text: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018  # raises where the port is no number
    except ValueError:
        raise ValidationError("This is not a URL.") from None
    return parts


def _either(choices: Any) -> str:
    *others, last = choices
    return f"{', '.join(others)} or {last}" if others else str(last)


def _secret(text: str | None) -> Secret | None:
    return Secret(text) if text else None


def _secrets(texts: list[str] | None) -> tuple[Secret, ...]:
    return tuple(Secret(text.strip()) for text in texts or () if text.strip())
