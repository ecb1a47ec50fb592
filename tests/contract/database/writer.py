"""A process that writes until it is killed: `python -m tests.contract.database.writer NAME PATH URL`.

Each transaction raises a counter and stores as many links, letters and pending rows as the counter says
(at most 40); once it is committed, its number is printed. The keys come on standard input.
"""

from __future__ import annotations

import sys
from pathlib import Path

from adapters.database import Keys, SqlDatabase, open_database
from contract.pending import WorkClass
from contract.secret import Secret
from tests.contract.database.makers import NOW, P, change, hubspot, lead, letter, link

SIZE = 40


def write(database: SqlDatabase, name: str, offset: int) -> int:
    """One transaction; returns its number. What it stores is told apart by `offset`."""
    with database.transaction() as tx:
        number = int(tx.watermarks.get(P, name) or 0) + 1
        ids = [offset + number * SIZE + n for n in range(SIZE)]
        tx.watermarks.put(P, name, str(number))
        tx.links.store([link(one, email=f"{name} {number}") for one in ids])
        tx.dead_letters.add([letter(one, code=f"{name} {number}") for one in ids])
        tx.pending.merge(
            [change(one, ref=lead(one)) for one in ids], work_class=WorkClass.LIVE, now=NOW, due_at=NOW
        )
        tx.pending.merge([change(hubspot("same").id)], work_class=WorkClass.LIVE, now=NOW, due_at=NOW)
    return number


def main() -> None:
    name, path, url = sys.argv[1:]
    keys = Keys(encryption=(Secret(sys.stdin.readline().strip()),), tombstone=(Secret("t"),))
    database = open_database(url or None, path=Path(path), keys=keys)
    offset = 1_000_000 * (1 + ord(name))
    while True:
        sys.stdout.write(f"{write(database, name, offset)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
