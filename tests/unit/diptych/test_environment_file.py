from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from diptych.config import Config, _GivenEnv, _read, load

FILE = Path(__file__).parents[3] / "deploy" / "diptych.env"
KEY = re.compile(r"^#?(DIPTYCH_[A-Z_]+)=(.*)$", re.MULTILINE)
NAMED_OTHERWISE = {"bind_host": "bind", "bind_port": "bind", "sweep_every": "sweep_seconds"}


def documented() -> dict[str, str]:
    return dict(KEY.findall(FILE.read_text()))


def test_the_file_names_exactly_the_keys_that_are_read() -> None:
    env = _GivenEnv({})
    _read(env)
    assert sorted(documented()) == sorted(env.known())


def test_the_file_and_the_configuration_name_the_same_keys() -> None:
    named = {f"DIPTYCH_{NAMED_OTHERWISE.get(field.name, field.name).upper()}" for field in fields(Config)}
    assert set(documented()) == named


def test_the_file_shows_each_key_s_default() -> None:
    assert load(documented()) == load({})


def test_every_key_has_a_comment_above_it() -> None:
    lines = FILE.read_text().splitlines()
    for place, line in enumerate(lines):
        if KEY.match(line):
            assert lines[place - 1].startswith("# "), line


def test_nothing_is_set_in_it() -> None:
    assert all(line.startswith("#") for line in FILE.read_text().splitlines() if line)
