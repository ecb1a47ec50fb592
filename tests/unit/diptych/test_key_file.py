from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from contract.errors import InvalidInput
from diptych.config import Config, ensure_keys, load
from diptych.key_file import KeyRing, load_or_make, new_ring, replace_ring


def config(folder: Path, **environ: str) -> Config:
    return load({"DIPTYCH_DATA_DIR": str(folder), **environ})


def test_keys_are_made_once_and_kept(tmp_path: Path) -> None:
    first = ensure_keys(config(tmp_path / "data"))
    again = ensure_keys(config(tmp_path / "data"))
    assert first == again
    assert len(first.secret_keys) == len(first.tombstone_keys) == 1


def test_only_the_owner_may_read_the_file(tmp_path: Path) -> None:
    found = ensure_keys(config(tmp_path)).key_file
    assert found.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["keys"]


def test_keys_of_the_environment_come_first(tmp_path: Path) -> None:
    given = new_ring()
    key = given.secret_keys[0].reveal()
    found = ensure_keys(config(tmp_path, DIPTYCH_SECRET_KEYS=key))
    assert found.secret_keys == given.secret_keys
    assert found.tombstone_keys == load_or_make(tmp_path / "keys", needed_by=tmp_path / "no").tombstone_keys


def test_no_file_is_made_where_the_environment_has_all_keys(tmp_path: Path) -> None:
    lines = dict(line.split("=", 1) for line in new_ring().lines().splitlines())
    ensure_keys(config(tmp_path, **lines))
    assert not (tmp_path / "keys").exists()


def test_a_lost_key_file_is_a_fault_and_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "diptych.sqlite3").touch()
    with pytest.raises(InvalidInput, match="put it back from your backup"):
        ensure_keys(config(tmp_path))
    assert not (tmp_path / "keys").exists()


@pytest.mark.parametrize("text", ["", "DIPTYCH_SECRET_KEYS=nonsense\nDIPTYCH_TOMBSTONE_KEYS=x\n", "x"])
def test_an_unusable_key_file_is_a_fault_that_shows_no_key(tmp_path: Path, text: str) -> None:
    (tmp_path / "keys").write_text(text)
    with pytest.raises(InvalidInput, match="does not hold usable keys") as raised:
        ensure_keys(config(tmp_path))
    assert "nonsense" not in str(raised.value)


def test_several_processes_that_start_at_once_agree_on_one_ring(tmp_path: Path) -> None:
    found: list[KeyRing] = []

    def start() -> None:
        found.append(load_or_make(tmp_path / "keys", needed_by=tmp_path / "no"))

    threads = [Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


def test_replacing_keeps_the_mode_and_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    old = load_or_make(path, needed_by=tmp_path / "no")
    ring = KeyRing(secret_keys=(*new_ring().secret_keys, *old.secret_keys), tombstone_keys=old.tombstone_keys)
    replace_ring(path, ring)
    assert load_or_make(path, needed_by=tmp_path / "no") == ring
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


@pytest.fixture(autouse=True)
def _no_key_shown(capsys: pytest.CaptureFixture[str]) -> Iterator[None]:
    yield
    assert capsys.readouterr() == ("", "")
