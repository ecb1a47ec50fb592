"""The sections: each measures its part on the stacks there are and makes one table of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bench import rules
from bench.burst import bursts
from bench.figures import Section, median, percentile
from bench.ingest import CONNECTIONS, EVENTS, WORKERS, Ingest, ingests
from bench.single import singles
from bench.stacks import Stack


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """On what and how much: `people` of a burst, `samples` per direction, `seconds` of load per server."""

    stacks: tuple[Stack, ...]
    people: int
    samples: int
    seconds: float


def burst(extent: Extent) -> Section:
    """Bursts of changed persons."""
    found = [(stack, one) for stack in extent.stacks for one in bursts(stack, extent.people)]
    return Section(
        key="burst",
        title=f"A burst of {extent.people:,} changed persons",
        says="All edits are made first, then their notices flow in deliveries of up to 100. Calls are what "
        "the CRMs count until nothing moves any more: reads, writes, echoes, and the look at what "
        "Salesforce stored; sweeps are set to once a day. HubSpot allows 190 calls in 10 s. Time runs from "
        "the first notice to the last record agreeing on the other side; records per second are the "
        "written ones over that time.",
        columns=(
            "on",
            "burst",
            "written",
            "HubSpot calls",
            "Salesforce calls",
            "calls",
            "s to agree",
            "records/s",
        ),
        rows=tuple(
            (
                stack.name,
                one.what,
                one.written,
                sum(one.calls.hubspot.values()),
                sum(one.calls.salesforce.values()),
                one.calls.total,
                round(one.seconds, 1),
                round(one.written / one.seconds),
            )
            for stack, one in found
        ),
        details={
            f"{stack.name}: {one.what}": {"hubspot": one.calls.hubspot, "salesforce": one.calls.salesforce}
            for stack, one in found
        },
    )


def single(extent: Extent) -> Section:
    """One change at a time."""
    found = [(stack, one) for stack in extent.stacks for one in singles(stack, extent.samples)]
    return Section(
        key="single",
        title="One change on an idle system",
        says=f"Seconds from the notice to the value on the other side, {extent.samples} changes each of "
        "linked persons. Three calls of 100 ms in a row are part of it: two reads and a write.",
        columns=("on", "direction", "median", "p99", "longest"),
        rows=tuple(
            (
                stack.name,
                one.what,
                round(median(one.seconds), 3),
                round(percentile(one.seconds, 0.99), 3),
                round(max(one.seconds), 3),
            )
            for stack, one in found
        ),
        details={
            f"{stack.name}: {one.what}": [round(each, 4) for each in one.seconds] for stack, one in found
        },
    )


def ingest(extent: Extent) -> Section:
    """The receiver under load."""
    found = list(ingests(extent.stacks, extent.seconds))
    floors = {one.server: one.requests_per_second for one in found if not one.broker}
    return Section(
        key="ingest",
        title="Ingest",
        says=f"Deliveries of {EVENTS} HubSpot events on {CONNECTIONS} connections for "
        f"{extent.seconds:.0f} s; each is verified, stripped of values, and durable on the broker before its "
        "200. The floor is the same server that only verifies and parses. "
        f"gunicorn: {WORKERS} processes of 16 threads; waitress: one of 8. "
        "The sender takes part of the same cores. p99 is at saturation.",
        columns=("server", "broker", "requests/s", "events/s", "p99 ms", "of the floor"),
        rows=tuple(_ingest_row(one, floors[one.server]) for one in found),
        details={f"{one.server}: {one.broker}": dict(one.hammered.statuses) for one in found},
    )


def _ingest_row(one: Ingest, floor: float) -> tuple[str | int | float, ...]:
    return (
        one.server,
        one.broker or "(floor)",
        round(one.requests_per_second),
        round(one.requests_per_second * EVENTS),
        round(percentile(one.hammered.latencies, 0.99) * 1000),
        round(one.requests_per_second / floor, 2),
    )


def persons(_: Extent) -> Section:
    """The rules alone; they stand on nothing."""
    return rules.measure()


SECTIONS: Mapping[str, Callable[[Extent], Section]] = {
    "burst": burst,
    "single": single,
    "ingest": ingest,
    "rules": persons,
}
"""By the name they have on the command line, in the order of the page."""
