"""A process that takes messages and never acks: to be killed. `python -m tests.contract.broker.taker`."""

from __future__ import annotations

import sys
import time

from tests.contract.broker.places import Place


def main() -> None:
    kind, where, prefix, wait = sys.argv[1:]
    subscriber = Place(kind=kind, where=where, prefix=prefix).open().subscriber()
    taken = subscriber.take(100, float(wait))
    sys.stdout.write(",".join(delivery.message_id for delivery in taken) + "\n")
    sys.stdout.flush()
    time.sleep(60)


if __name__ == "__main__":
    main()
