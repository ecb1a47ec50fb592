"""YAML as people write it, and what is wrong with it in plain words."""

from __future__ import annotations

import traceback

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.errors import InvalidInput
from contract.yaml_text import MAX_CHARACTERS, read_mapping


def test_every_scalar_is_text_and_every_path_has_its_line() -> None:
    read = read_mapping(
        "# a comment\na: on\nb:\n  c: [012, 1e3, '~', ~, null]\n  d: 2026-11-24 # no date\ne:\n- {f: 12:30}\n"
    )
    assert read.values == {
        "a": "on",
        "b": {"c": ["012", "1e3", "~", None, None], "d": "2026-11-24"},
        "e": [{"f": "12:30"}],
    }
    assert read.lines == {
        "a": 2, "b": 3, "b.c": 4, "b.c[0]": 4, "b.c[1]": 4, "b.c[2]": 4, "b.c[3]": 4, "b.c[4]": 4, "b.d": 5,
        "e": 6, "e[0]": 7, "e[0].f": 7,
    }  # fmt: skip


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm() -> None:
    assert read_mapping("\ufeffa: 1\r\nb: 2\r\n").values == {"a": "1", "b": "2"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "the file is empty"),
        ("# nothing but this\n", "the file is empty"),
        ("- a\n", "the file must hold keys with values"),
        ("word", "the file must hold keys with values"),
        ("a: 1\na: 2\n", "line 2, column 1: the key 'a' stands here for the second time"),
        ("a: {b: 1, b: 2}\n", "line 1, column 11: the key 'b' stands here for the second time"),
        ("a:\n\tb: 1\n", "line 2, column 1: a tab stands here"),
        ("a: b: c\n", "line 1, column 5: no colon may stand here"),
        ("a: 1\n  b: 2\n", "line 2, column 4: no colon may stand here"),
        ("a:\n  b: 1\n c: 2\n", "line 3, column 2: the indentation does not fit"),
        ("a: 'b\nc: 1\n", "line 1, column 4: a quoted text is not closed"),
        ("a: [b, c\nd: 1\n", "line 1, column 4: a bracket, brace or comma is missing"),
        ("a: 1\nb\nc: 1\n", "line 2, column 1: a key without its colon"),
        ('a: "\\q"\n', "line 1, column 6: a backslash in double quotes"),
        ("a: @b\n", "line 1, column 4: a text that begins with this character needs quotes"),
        ("a: 1\n---\nb: 2\n", "line 2, column 1: a file holds one portal"),
        ("a: 1\nb: \0\n", "line 2: an invisible control character"),
        ("a: &x [1]\nb: *x\n", "line 1, column 4: anchors (&) and aliases (*) are not used here"),
        ("a: *x\n", "line 1, column 4: anchors (&) and aliases (*) are not used here"),
        ("a: !!python/object/apply:os.system [x]\n", "line 1, column 4: tags (!) are not used here"),
        ("a: !secret\n", "line 1, column 4: tags (!) are not used here"),
        ("? [a]\n: b\n", "line 1, column 3: a key must be a single word"),
        ("a: " + "[" * 500, "line 1, column 15: the nesting is too deep"),
        ("a: |x\n", "line 1, column 5: this is not YAML"),
        ("a: " + "x" * MAX_CHARACTERS, "the file is too large: at most 100000 characters"),
    ],
)
def test_a_fault_has_its_place_and_plain_words(text: str, says: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_mapping(text)
    assert str(refused.value).startswith(says)


@pytest.mark.parametrize("start", [*"&*!@`%|>", "'", '"', "[", "{", "\\", "- ", "? ", ": ", "!!binary "])
def test_no_message_quotes_what_stands_in_the_file(start: str) -> None:
    assert "hidden0word" not in refusal(f"a: {start}hidden0word: x\n b\n")


@settings(max_examples=200, deadline=None)
@given(text=st.text(st.sampled_from(list("ab:-[]{}&*!'\"|>%@#?,~<\n\t \0\ufeff\ud8001")), max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    assert isinstance(refusal(text), str)


def refusal(text: str) -> str:
    """What is said of a text that is refused, causes included; nothing of one that is read."""
    try:
        assert isinstance(read_mapping(text).values, dict)
    except InvalidInput as refused:
        return "".join(traceback.format_exception(refused))
    return ""
