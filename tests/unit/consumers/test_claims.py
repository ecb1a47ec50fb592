"""Portals that share an org find and create a person in turns."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import timedelta

import pytest

import rules
from contract.decisions import Decision
from contract.facts import Facts
from contract.settings import Settings
from tests.fakes.office import ON, Office, opened
from tests.unit.consumers.kit import noticed

_OTHER = "999"


@pytest.fixture
def office() -> Iterator[Office]:
    with opened(ON) as found:
        yield found


def _step(office: Office) -> None:
    office.reconciler.step(office.portal, office.our_lease, office.crms, shares_org=True)


def _key(office: Office, email: str) -> str:
    return hashlib.sha256(f"{office.portal.salesforce.org_id} {email}".encode()).hexdigest()


def test_trap_08_nobody_is_created_whom_another_portal_is_creating(office: Office) -> None:
    office.add_contact("ada@example.org")
    noticed(office)
    now = office.clock()
    with office.database.transaction() as tx:
        tx.claims.take({_key(office, "ada@example.org")}, _OTHER, now=now, until=now + timedelta(seconds=60))
    _step(office)
    assert office.live_leads() == []
    assert office.counts().pending == 1


def test_the_claim_of_a_worker_that_died_ends_by_itself(office: Office) -> None:
    office.add_contact("ada@example.org")
    noticed(office)
    now = office.clock()
    with office.database.transaction() as tx:
        tx.claims.take({_key(office, "ada@example.org")}, _OTHER, now=now, until=now + timedelta(seconds=60))
    _step(office)
    office.clock.sleep(61)
    _step(office)
    assert len(office.live_leads()) == 1


def test_trap_08_whoever_was_created_between_the_search_and_the_claim_is_found() -> None:
    def decide(facts: Facts, settings: Settings) -> Decision:
        decision = rules.decide(facts, settings)
        if decision.writes and not here.live_leads():
            here.salesforce.ui_create(
                "Lead", {"LastName": "Ada", "Company": "Other", "Email": "ada@example.org"}
            )
        return decision

    with opened(ON, decide=decide) as here:
        contact = here.add_contact("ada@example.org")
        noticed(here)
        _step(here)
        (lead,) = here.live_leads()
        link = here.link_of(contact)
        assert link is not None
        assert link.salesforce == lead


def test_a_claim_is_given_back_with_what_was_created(office: Office) -> None:
    office.add_contact("ada@example.org")
    noticed(office)
    _step(office)
    assert len(office.live_leads()) == 1
    now = office.clock()
    with office.database.transaction() as tx:
        key = _key(office, "ada@example.org")
        assert tx.claims.take({key}, _OTHER, now=now, until=now + timedelta(seconds=1)) == {key}
