"""The benchmarks measure what they say."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import islice

import pytest

from bench.burst import bursts
from bench.crms import CLIENT_SECRET
from bench.figures import Section, percentile
from bench.floor import app
from bench.hammer import hammer
from bench.report import FRAGMENT, RESULTS, markdown
from bench.rules import FIELDS, SETTINGS
from bench.stacks import EMBEDDED
from diptych.wiring import serving
from sandbox.hubspot.delivery import signature_headers
from tests.services.process import free_port

BODY = json.dumps([{"eventId": 1}] * 100).encode()


@pytest.fixture
def receiver() -> Iterator[str]:
    port = free_port()
    with serving(app, "127.0.0.1", port):
        yield f"http://127.0.0.1:{port}/webhooks/hubspot"


def _signed(url: str) -> dict[str, str]:
    return signature_headers(CLIENT_SECRET, url, BODY, round(time.time() * 1000))


def test_the_page_is_made_of_the_figures_that_are_kept() -> None:
    assert FRAGMENT.read_text(encoding="utf-8") == markdown(json.loads(RESULTS.read_text(encoding="utf-8")))


def test_a_table_of_the_page_has_its_columns_its_rows_and_its_date() -> None:
    section = Section(key="k", title="T", says="S.", columns=("what", "n"), rows=(("a", 1), ("b", 2.5)))
    machine = dict.fromkeys(("cores", "processor", "memory", "system", "python", "packages"), "x")
    kept = {"title": section.title, "says": section.says, "columns": section.columns, "rows": section.rows}
    page = markdown({"machine": machine, "sections": {"k": {**kept, "taken": "Taken today."}}})
    assert page.endswith(
        "## T\n\nS.\n\n| what | n |\n| :-- | --: |\n| a | 1 |\n| b | 2.5 |\n\nTaken today.\n"
    )


@pytest.mark.parametrize(("share", "expected"), [(0.5, 101), (0.99, 199), (1.0, 200)])
def test_a_percentile_is_one_of_the_values(share: float, expected: int) -> None:
    assert percentile([float(value) for value in range(200, 0, -1)], share) == expected


def test_the_hammer_takes_the_time_of_every_answer(receiver: str) -> None:
    hammered = hammer(receiver, _signed(receiver), BODY, connections=4, seconds=0.3)
    assert set(hammered.statuses) == {200}
    assert len(hammered.latencies) == hammered.statuses[200] > 0
    assert all(0 < latency < hammered.seconds for latency in hammered.latencies)


def test_the_floor_refuses_what_is_not_signed(receiver: str) -> None:
    wrong = {**_signed(receiver), "X-HubSpot-Signature-v3": "bm8="}
    assert set(hammer(receiver, wrong, BODY, connections=1, seconds=0.1).statuses) == {401}


def test_the_rules_are_measured_on_as_many_fields_as_it_says() -> None:
    assert len({mapping.key for mapping in SETTINGS.mappings}) == FIELDS


def test_a_burst_ends_in_agreement_and_counts_the_calls_of_both_crms() -> None:
    with closing(bursts(EMBEDDED, 20)) as running:
        new, edited = islice(running, 2)
    assert (new.changed, new.written, edited.changed, edited.written) == (20, 20, 20, 20)
    assert edited.calls.hubspot.keys() == {"POST /crm/v3/objects/{kind}/batch/read"}
    assert edited.calls.salesforce.keys() == {
        "POST /composite/sobjects/<object>",
        "PATCH /composite/sobjects",
    }
