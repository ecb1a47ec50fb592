"""Whatever text a record holds, a query finds it and a message carries it."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from simple_salesforce.format import format_soql

from sandbox.salesforce import SalesforceSandbox

from .client import TOKEN, Api, Inbox
from .soap import told

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60).filter(str.strip)


def quoted(template: str, *values: Any) -> str:
    """simple-salesforce's own quoting."""
    return str(format_soql(template, *values))


@settings(deadline=None)
@given(TEXTS, TEXTS)
def test_quoted_text_finds_its_row_alone(sought: str, other: str) -> None:
    sf = SalesforceSandbox(session_token=TOKEN)
    ids = [sf.ui_create("Lead", {"LastName": "x", "Company": text}) for text in (sought, other)]
    same = sought.lower() == other.lower()
    found = Api(sf).query(quoted("SELECT Id FROM Lead WHERE Company = {}", sought))
    assert found.ids == (ids if same else ids[:1])
    within = Api(sf).query(quoted("SELECT Id FROM Lead WHERE Company IN {}", [sought, other]))
    assert within.ids == ids


@settings(deadline=None)
@given(TEXTS)
def test_a_message_carries_all_that_xml_can(text: str) -> None:
    inbox = Inbox()
    sf = SalesforceSandbox(post=inbox)
    sf.target_url = "http://receiver.example/"
    sf.outbound.configure("Lead", ["Company"])
    sf.ui_create("Lead", {"LastName": "x", "Company": text})
    assert sf.pump() == 0
    sent = told(inbox.bodies[0])[0].values["Company"]
    possible = [c for c in text if c in "\t\n\r" or (c >= " " and c not in "\ufffe\uffff")]
    assert sent == "".join(possible)
