"""Threads that work at once, and the faults they met."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence


def together(jobs: Sequence[Callable[[], object]]) -> None:
    """Run the jobs in threads of their own, begun at once; raise the first fault of any of them."""
    faults: list[BaseException] = []
    start = threading.Barrier(len(jobs))

    def run(job: Callable[[], object]) -> None:
        try:
            start.wait()
            job()
        except BaseException as error:  # noqa: BLE001  # raised again below, in the test's own thread
            faults.append(error)

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]
