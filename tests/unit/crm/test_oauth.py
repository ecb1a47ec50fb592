"""An answer is one to us by its state alone, and a code is ours by PKCE."""

from __future__ import annotations

import pytest

from adapters.crm.oauth import Consent, ConsentRefused, new_consent
from contract.errors import InvalidInput

CALLBACK = "http://localhost:8403/authorized"
CONSENT = Consent(redirect_uri=CALLBACK, state="s-1", verifier="dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")


def test_the_challenge_is_that_of_the_standards_own_example() -> None:
    assert CONSENT.challenge == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_two_consents_share_nothing_and_are_long_enough() -> None:
    one, other = new_consent(CALLBACK), new_consent(CALLBACK)
    assert {one.state, one.verifier}.isdisjoint({other.state, other.verifier})
    assert len(one.state) >= 43
    assert 43 <= len(one.verifier) <= 128


@pytest.mark.parametrize(
    "address",
    [
        f"{CALLBACK}?code=a%3D%3D&state=s-1",
        f"  {CALLBACK}?state=s-1&code=a%3D%3D\n",
        f"{CALLBACK}?state=s-1&code=a%3D%3D#_",
    ],
)
def test_the_code_is_read_as_it_was_given(address: str) -> None:
    assert CONSENT.code_in(address) == "a=="


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("", "is wanted whole"),
        ("a==", "is wanted whole"),
        ("http://[", "is wanted whole"),
        (f"http://[{CALLBACK}?code=a&state=s-1", "is wanted whole"),
        (f"{CALLBACK}?code=a", "is wanted whole"),
        (f"{CALLBACK}?code=a&state=s-2", "its state differs"),
        (f"{CALLBACK}?code=a&state=s-1&state=x", "its state differs"),
        (f"{CALLBACK}?code=a&state=%C3%A9", "its state differs"),
        (f"{CALLBACK}?code=a&state=\udce9", "its state differs"),
        (f"{CALLBACK}?error=access_denied&state=x", "its state differs"),
    ],
)
def test_what_is_no_answer_to_us_is_said_to_be_none(address: str, says: str) -> None:
    with pytest.raises(InvalidInput, match=says) as caught:
        CONSENT.code_in(address)
    assert not isinstance(caught.value, ConsentRefused)


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("error=access_denied", "we were not let in: access_denied"),
        ("error=<script>", "we were not let in: no reason told"),
        ("", "we were not let in: no reason told"),
    ],
)
def test_a_refusal_to_us_is_told_by_its_word_alone(query: str, says: str) -> None:
    with pytest.raises(ConsentRefused) as caught:
        CONSENT.code_in(f"{CALLBACK}?state=s-1&{query}")
    assert str(caught.value) == says
