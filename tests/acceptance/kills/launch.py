"""The command line `diptych`, set up for a test: `python -m ...launch LEASE_SECONDS sweep|nosweep consumers`.

A shorter lease, and patience of the broker and the database as short, for takeovers within the real ones have
tests of their own, and the others would only wait for them. No sweep, for it finds what got lost and so would
hide it.
"""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import Any

from adapters.broker import rabbitmq_link
from adapters.database import postgres
from consumers import ownership, sweep


def main() -> None:
    """Change what is to be changed, then be `diptych`; 0 seconds leave the lease as it is."""
    seconds = float(sys.argv.pop(1))
    if seconds:
        ownership.LEASE = timedelta(seconds=seconds)
        ownership.RENEW = timedelta(seconds=seconds / 4)
        postgres.STALLED_SECONDS = seconds / 2
        rabbitmq_link.HEARTBEAT_SECONDS = 2
    if sys.argv.pop(1) == "nosweep":
        sweep.Sweeper.sweep = _nothing  # type: ignore[method-assign]  # that is the point
    from diptych.cli import main as diptych  # noqa: PLC0415  # the worker takes RENEW when it is imported

    diptych()


def _nothing(*_: Any, **__: Any) -> int:
    return 0


if __name__ == "__main__":
    main()
