"""Nothing secret and nothing personal in queues, logs, metrics and the ledger, after a whole day of work."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

from diptych.demo.stand_ins import CLIENT_SECRET, TOKEN, WEBHOOK_SECRET
from tests.acceptance.invariants.conftest import Day

SECRETS = (TOKEN, CLIENT_SECRET, WEBHOOK_SECRET, "sandbox-consumer-secret", "00DDp0000000001MAA!")
"""The last is how every Salesforce session id of the stand-in org begins."""
PLACES = ("messages", "lines", "counters", "ledger")


@pytest.fixture(scope="session")
def written(day: Day) -> Mapping[str, str]:
    """All that was written, place by place."""
    counted = [f"{key} {value}" for one in day.counters for key, value in vars(one).items()]
    return {
        "messages": b"\n".join(day.messages).decode(),
        "lines": day.lines.getvalue(),
        "counters": "\n".join(counted),
        "ledger": "\n".join(day.ledger),
    }


def test_the_day_went_well_and_left_something_to_look_at_in_every_place(
    day: Day, written: Mapping[str, str]
) -> None:
    assert (day.figures["lost"], day.figures["duplicates"], day.figures["diverged"]) == (0, 0, 0)
    assert len(day.messages) > 60
    assert written["lines"].count('"crm_call"') > 100
    assert "webhook_deliveries" in written["counters"]
    assert "diptych:seen:" in written["ledger"]
    assert len([value for value in day.values if "@day.example" in value.lower()]) >= 20


@pytest.mark.parametrize("place", PLACES)
def test_trap_25_no_value_of_any_person_is_found(day: Day, written: Mapping[str, str], place: str) -> None:
    text = written[place]
    values = [re.escape(value) for value in sorted(day.values) if len(value) > 3]
    assert [value for value in values if re.search(rf"(?<!\w){value}(?!\w)", text, re.IGNORECASE)] == []


@pytest.mark.parametrize("place", PLACES)
def test_no_secret_is_found(written: Mapping[str, str], place: str) -> None:
    assert [secret for secret in SECRETS if secret in written[place]] == []
