"""The command line `diptych` with a shorter lease: `python -m tests.acceptance.kills.launch SECONDS consumers`.

Takeovers within the real lease are proved by tests of their own; the others would only wait for it.
"""

from __future__ import annotations

import sys
from datetime import timedelta

from consumers import ownership


def main() -> None:
    """Set the lease, then be `diptych`; 0 seconds leave the lease as it is."""
    seconds = float(sys.argv.pop(1))
    if seconds:
        ownership.LEASE = timedelta(seconds=seconds)
        ownership.RENEW = timedelta(seconds=seconds / 4)
    from diptych.cli import main as diptych  # noqa: PLC0415  # the worker takes RENEW when it is imported

    diptych()


if __name__ == "__main__":
    main()
