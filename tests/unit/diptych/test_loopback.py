"""A browser that hangs up has brought its answer all the same."""

from __future__ import annotations

from io import BytesIO
from typing import Any, cast

import pytest

from adapters.crm.oauth import Consent, ConsentRefused
from contract.errors import InvalidInput
from diptych.loopback import PORT, Listener, _handler, redirect_uri

CONSENT = Consent(redirect_uri=redirect_uri(PORT), state="s-1", verifier="v")


class HungUp:
    """A connection whose other end asked for `path` and went away."""

    def __init__(self, path: str) -> None:
        self._asked = f"GET {path} HTTP/1.0\r\n\r\n".encode()

    def settimeout(self, _: float) -> None:
        """Nobody is waited for."""

    def makefile(self, *_: object) -> BytesIO:
        return BytesIO(self._asked)

    def sendall(self, _: bytes) -> None:
        raise BrokenPipeError


def heard(path: str) -> Listener:
    """A listener after one browser asked for this and hung up."""
    listener = Listener(port=PORT, read=CONSENT.code_in)
    _handler(listener)(cast("Any", HungUp(path)), ("127.0.0.1", 1), cast("Any", None))
    return listener


def test_a_browser_that_hangs_up_before_our_answer_keeps_nobody_waiting() -> None:
    assert heard("/authorized?state=s-1&code=abc").wait(0) == "abc"


def test_its_refusal_counts_as_well() -> None:
    with pytest.raises(ConsentRefused, match="access_denied"):
        heard("/authorized?state=s-1&error=access_denied").wait(0)


def test_one_who_brought_no_answer_ends_nothing() -> None:
    with pytest.raises(InvalidInput, match="nobody came back"):
        heard("/authorized?state=guessed&code=abc").wait(0)
