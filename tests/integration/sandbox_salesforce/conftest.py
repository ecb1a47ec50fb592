"""One org with a clock that stands still, an inbox for its messages, and a client."""

from __future__ import annotations

import pytest

from sandbox.salesforce import SalesforceSandbox

from .client import TOKEN, Api, Inbox, ManualClock


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def sf(clock: ManualClock, inbox: Inbox) -> SalesforceSandbox:
    return SalesforceSandbox(
        org_id="00D5g000004y6Pp",
        consumer_key="key",
        consumer_secret="secret",
        session_token=TOKEN,
        clock=clock,
        post=inbox,
        sleep=clock.advance,
    )


@pytest.fixture
def api(sf: SalesforceSandbox) -> Api:
    return Api(sf)


@pytest.fixture
def lead(sf: SalesforceSandbox) -> str:
    """A lead that a person made."""
    return sf.ui_create("Lead", {"LastName": "Lovelace", "Company": "Engines", "Email": "ada@example.com"})
