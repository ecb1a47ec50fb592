from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from contract.errors import InvalidInput
from contract.secret import Secret
from diptych.config import load

FERNET = base64.urlsafe_b64encode(b"k" * 32).decode()
TOMBSTONE = "t" * 32
SERVERS = {
    "DIPTYCH_BROKER_URL": "amqps://user:broker-pass@mq:5671/%2F",
    "DIPTYCH_REDIS_URL": "redis://:redis-pass@redis:6379/0",
    "DIPTYCH_DATABASE_URL": "postgresql://user:database-pass@pg:5432/diptych",
    "DIPTYCH_SECRET_KEYS": FERNET,
    "DIPTYCH_TOMBSTONE_KEYS": TOMBSTONE,
}


def faults(environ: Mapping[str, str]) -> Mapping[str, str]:
    with pytest.raises(InvalidInput) as raised:
        load(environ)
    return raised.value.faults


def test_an_empty_environment_gives_the_embedded_default() -> None:
    config = load({})
    assert config.embedded
    assert (config.broker_url, config.redis_url, config.database_url) == (None, None, None)
    assert (config.bind_host, config.bind_port) == ("127.0.0.1", 8400)
    assert config.data_dir == Path("diptych-data")
    assert config.sweep_every == timedelta(seconds=60)
    assert (config.worker_threads, config.log_level, config.log_format) == (8, "info", "console")
    assert config.allow_plain_http is False


def test_every_key_reaches_its_field() -> None:
    config = load(
        SERVERS
        | {
            "DIPTYCH_DATA_DIR": "/var/lib/diptych",
            "DIPTYCH_SECRET_KEYS": f"{FERNET}, {FERNET}",
            "DIPTYCH_PUBLIC_URL": "https://hooks.example.com/in/",
            "DIPTYCH_BIND": "[::1]:9000",
            "DIPTYCH_ALLOW_PLAIN_HTTP": "yes",
            "DIPTYCH_SWEEP_SECONDS": "5",
            "DIPTYCH_WORKER_THREADS": "64",
            "DIPTYCH_LOG_LEVEL": "debug",
            "DIPTYCH_LOG_FORMAT": "json",
            "DIPTYCH_SENTRY_DSN": "https://key@sentry.example.com/1",
            "DIPTYCH_SENTRY_ENVIRONMENT": "staging",
        }
    )
    assert not config.embedded
    assert config.broker_url == Secret("amqps://user:broker-pass@mq:5671/%2F")
    assert config.redis_url == Secret("redis://:redis-pass@redis:6379/0")
    assert config.database_url == Secret("postgresql://user:database-pass@pg:5432/diptych")
    assert config.secret_keys == (Secret(FERNET), Secret(FERNET))
    assert config.tombstone_keys == (Secret(TOMBSTONE),)
    assert config.public_url == "https://hooks.example.com/in"
    assert (config.bind_host, config.bind_port) == ("::1", 9000)
    assert config.allow_plain_http is True
    assert config.sweep_every == timedelta(seconds=5)
    assert (config.worker_threads, config.log_level, config.log_format) == (64, "debug", "json")
    assert config.sentry_dsn == Secret("https://key@sentry.example.com/1")
    assert config.sentry_environment == "staging"
    assert config.data_dir == Path("/var/lib/diptych")


def test_the_real_environment_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIPTYCH_BIND", "0.0.0.0:1")
    assert load({}).bind_port == 8400


def test_blank_values_count_as_unset() -> None:
    assert load({"DIPTYCH_BROKER_URL": "", "DIPTYCH_WORKER_THREADS": "  "}) == load({})


def test_all_faults_are_told_at_once() -> None:
    found = faults({"DIPTYCH_BIND": "8400", "DIPTYCH_WORKER_THREADS": "many", "DIPTYCH_LOG_LEVEL": "loud"})
    assert found == {
        "DIPTYCH_BIND": "This is not an address and port such as 127.0.0.1:8400.",
        "DIPTYCH_WORKER_THREADS": "This is not a whole number from 1 to 64.",
        "DIPTYCH_LOG_LEVEL": "Choose debug, info, warning or error.",
    }


def test_an_unknown_key_is_a_fault_that_names_the_nearest() -> None:
    assert faults({"DIPTYCH_DATABSE_URL": "x"}) == {
        "DIPTYCH_DATABSE_URL": "There is no such key. Did you mean DIPTYCH_DATABASE_URL?"
    }


def test_keys_of_the_test_suite_and_of_others_are_ignored() -> None:
    assert load({"DIPTYCH_TEST_REDIS_URL": "redis://x", "PATH": "/bin"}) == load({})


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("BROKER_URL", "http://mq", "This is not a URL that begins with amqp:// or amqps://."),
        ("BROKER_URL", "amqp://mq:port", "This is not a URL."),
        ("REDIS_URL", "localhost:6379", "This is not a URL that begins with redis://, rediss:// or unix://."),
        (
            "DATABASE_URL",
            "sqlite:///x.db",
            "For SQLite leave this unset and set DIPTYCH_DATA_DIR: one file, one host.",
        ),
        (
            "DATABASE_URL",
            "mysql://x/y",
            "This is not a URL that begins with postgresql:// or postgresql+psycopg://.",
        ),
        ("SECRET_KEYS", "short", "Key 1 is not a Fernet key. `diptych keys new` makes one."),
        ("SECRET_KEYS", f"{FERNET},", "Key 2 is not a Fernet key. `diptych keys new` makes one."),
        ("TOMBSTONE_KEYS", "short", "Key 1 has under 32 characters. `diptych keys new` makes one."),
        ("PUBLIC_URL", "hooks.example.com", "This is not an address such as https://hooks.example.com."),
        (
            "PUBLIC_URL",
            "https://h.example.com?x=1",
            "This is not an address such as https://hooks.example.com.",
        ),
        (
            "PUBLIC_URL",
            "http://hooks.example.com",
            "Plain http goes to this host alone, unless DIPTYCH_ALLOW_PLAIN_HTTP=yes.",
        ),
        ("BIND", "127.0.0.1:70000", "This is not an address and port such as 127.0.0.1:8400."),
        ("ALLOW_PLAIN_HTTP", "perhaps", "Say yes or no."),
        ("SWEEP_SECONDS", "4", "This is not a whole number from 5 to 86400."),
        (
            "SENTRY_DSN",
            "https://sentry.example.com/1",
            "This is not a Sentry DSN such as https://key@host/project.",
        ),
        ("SENTRY_DSN", "https://key@sentry.example.com/", "A Sentry DSN ends in the project's number."),
    ],
)
def test_a_fault_says_in_a_sentence_what_is_wrong(key: str, value: str, says: str) -> None:
    assert faults({f"DIPTYCH_{key}": value})[f"DIPTYCH_{key}"] == says


def test_plain_http_to_this_host_needs_no_permission() -> None:
    assert load({"DIPTYCH_PUBLIC_URL": "http://127.0.0.1:8400"}).public_url == "http://127.0.0.1:8400"
    assert load({"DIPTYCH_PUBLIC_URL": "http://[::1]:8400"}).public_url == "http://[::1]:8400"


def test_a_database_of_its_own_needs_keys_and_the_fault_says_how_to_make_them() -> None:
    found = faults({"DIPTYCH_DATABASE_URL": SERVERS["DIPTYCH_DATABASE_URL"]})
    assert set(found) == {"DIPTYCH_SECRET_KEYS", "DIPTYCH_TOMBSTONE_KEYS"}
    assert "`diptych keys new` makes one" in found["DIPTYCH_SECRET_KEYS"]


def test_secrets_show_neither_in_the_configuration_nor_in_faults() -> None:
    shown = repr(load(SERVERS))
    wrong = {key: f"!{value}" for key, value in SERVERS.items()} | {"DIPTYCH_SENTRY_DSN": "x://secret-dsn@h"}
    wrong["DIPTYCH_TOMBSTONE_KEYS"] = "t" * 31
    with pytest.raises(InvalidInput) as raised:
        load(wrong)
    shown += str(raised.value) + repr(raised.value.faults)
    for secret in ("broker-pass", "redis-pass", "database-pass", FERNET, "t" * 31, "secret-dsn"):
        assert secret not in shown
