"""A session that waits: for jobs that only read and that an operator sits before."""

from __future__ import annotations

import pytest
import requests

from adapters.crm.waiting import waiting
from tests.fakes.canned import Answer, Canned, answer

URL = "https://api.example.com/x"


def asked(*answers: Answer, url: str = URL) -> tuple[int, list[float], list[int]]:
    """The status at last, the waits, and the statuses of the calls before."""
    slept: list[float] = []
    again: list[int] = []
    session = requests.Session()
    session.mount("https://", Canned(*answers))
    status = waiting(session, again=again.append, sleep=slept.append).get(url).status_code
    return status, slept, again


def test_an_answer_is_given_at_once() -> None:
    assert asked(answer(200)) == (200, [], [])
    assert asked(answer(400)) == (400, [], [])


def test_who_wants_fewer_calls_gets_them_later_and_each_call_counts() -> None:
    assert asked(answer(429), answer(503), answer(200)) == (200, [1.0, 2.0], [429, 503])


def test_the_wait_that_is_asked_for_is_kept_within_reason() -> None:
    answers = [answer(429, headers={"Retry-After": text}) for text in ("3", "900", "soon")]
    assert asked(*answers, answer(200)) == (200, [3.0, 15.0, 4.0], [429, 429, 429])


def test_patience_ends() -> None:
    assert asked(*(answer(429) for _ in range(5))) == (429, [1.0, 2.0, 4.0, 8.0], [429] * 4)


@pytest.mark.parametrize("path", ["/oauth/v3/token", "/services/oauth2/token"])
def test_a_token_is_asked_for_once_for_patience_would_outlast_the_turn_of_its_refresh(path: str) -> None:
    assert asked(answer(503), answer(200), url=f"https://api.example.com{path}") == (503, [], [])
