"""The three characters that make a Salesforce id safe where case is lost."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.salesforce_ids import is_id, long_id

SHORT = st.text(st.sampled_from(string.ascii_letters + string.digits), min_size=15, max_size=15)


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("000000000000000", "000000000000000AAA"),
        ("ABCDEFGHIJKLMNO", "ABCDEFGHIJKLMNO555"),
        ("A0000000000000B", "A0000000000000BBAQ"),
        ("0031t00000AbCdE", "0031t00000AbCdEAAV"),
    ],
)
def test_each_added_character_tells_the_capitals_of_five(short: str, long: str) -> None:
    assert long_id(short) == long


@given(short=SHORT)
def test_both_lengths_name_the_same_record(short: str) -> None:
    long = long_id(short)
    assert (len(long), long[:15]) == (18, short)
    assert long_id(long) == long
    assert is_id(short)
    assert is_id(long)


@given(one=SHORT, other=SHORT)
def test_long_ids_differ_even_where_case_is_lost(one: str, other: str) -> None:
    assert (long_id(one).upper() == long_id(other).upper()) == (one == other)
    swapped = one.swapcase()
    assert (long_id(one).upper() == long_id(swapped).upper()) == (one == swapped)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0031t00000AbCd",
        "0031t00000AbCdEA",
        "0031t00000AbCdEaav",
        "0031t00000AbCd-",
        "0031t00000AbCdé",
        "0031t00000AbCd\u0661",
        "0031t00000AbCdE\n",
        " 0031t00000AbCdE",
    ],
)
def test_anything_else_is_no_id(text: str) -> None:
    assert not is_id(text)
    with pytest.raises(ValueError, match="is not a Salesforce id"):
        long_id(text)
