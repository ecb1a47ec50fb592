from __future__ import annotations

import subprocess
import sys
import threading
import time

import pytest

from adapters.database import Keys, SqlDatabase
from contract.pending import WorkClass
from tests.contract.database.makers import NOW, P, hubspot
from tests.contract.database.places import Place
from tests.contract.database.writer import SIZE, write


class Writer:
    """A writing process that is killed after a while; `told` are the transactions it said were committed."""

    def __init__(self, name: str, place: Place, keys: Keys) -> None:
        arguments = ["-m", "tests.contract.database.writer", name, str(place.path), place.url or ""]
        self.name = name
        self.told: list[int] = []
        self.process = subprocess.Popen(
            [sys.executable, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdin
        self.process.stdin.write(f"{keys.encryption[0].reveal()}\n")
        self.process.stdin.close()
        self.listener = threading.Thread(target=self._listen)
        self.listener.start()

    def _listen(self) -> None:
        assert self.process.stdout
        self.told.extend(int(line) for line in self.process.stdout)
        self.process.stdout.close()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self.listener.join()


def check(database: SqlDatabase, writer: Writer) -> int:
    """Whole transactions only, and all that were told; returns how many there are."""
    with database.transaction() as tx:
        committed = int(tx.watermarks.get(P, writer.name) or 0)
        for number in range(1, committed + 2):
            expected = SIZE if number <= committed else 0
            mark = f"{writer.name} {number}"
            assert len(tx.links.by_email(P, {mark})) == expected
            assert len(tx.dead_letters.find(code=mark)) == expected
    assert committed >= max(writer.told, default=0)
    return committed


@pytest.mark.parametrize("seconds", [0.05, 0.12, 0.31])
def test_kill_9_of_writing_processes_leaves_whole_transactions_only(
    database: SqlDatabase, place: Place, keys: Keys, seconds: float
) -> None:
    writers = [Writer(name, place, keys) for name in "ab"]
    begun = time.monotonic()
    own = 0
    while (
        not all(writer.told or writer.process.poll() for writer in writers) and time.monotonic() < begun + 30
    ):
        own = write(database, "c", 0)
    time.sleep(seconds)
    for writer in writers:
        writer.kill()
    committed = [check(database, writer) for writer in writers]
    assert all(committed)
    own = write(database, "c", 0)
    with database.transaction() as tx:
        (row, *_) = [
            found for found in tx.pending.take(P, now=NOW, limit=100_000) if found.ref == hubspot("same")
        ]
        assert row.version == sum(committed) + own
        assert tx.counts(P, now=NOW).by_class == {WorkClass.LIVE.name.lower(): row.version * SIZE + 1}
