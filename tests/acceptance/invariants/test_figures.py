"""What an operator sees is what is in the tables: counts, states and causes, row by row."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from contract.activity import DeadLetterState
from contract.pending import WorkClass
from contract.settings import SyncMode
from tests.acceptance.invariants.conftest import TWO_WAY, Day
from tests.contract.crm.benches import NUMBER
from tests.fakes.office import Office
from tests.fakes.premises import hubspot_ref


def rows(office: Office, table: str) -> list[dict[str, Any]]:
    """All rows of a table, as they lie there."""
    with office.database.transaction() as tx:
        found = tx.connection.execute(text(f'SELECT * FROM "{table}"'))
        return [dict(row._mapping) for row in found]


@pytest.fixture
def busy(office: Office) -> Office:
    """Links live and ended, letters open, resolved and discarded, rows of every class, due and not yet."""
    rule = {"object": "Lead", "field": "Website", "regex": "https?://.*", "message": "no address"}
    office.salesforce.add_validation_rule(rule)
    refs = [office.add_contact(f"p{n}@x.example", website=f"w{n}") for n in range(8)]
    office.rest()
    office.edit_contact(refs[0], website="https://x.example")
    office.hubspot.ui_delete(NUMBER, "contacts", refs[1].id)
    office.rest()
    with office.database.transaction() as tx:
        letters = tx.dead_letters.find(portal=NUMBER)
        tx.dead_letters.settle([letters[0].id or 0], DeadLetterState.DISCARDED, note="", at=office.clock())
    for number, work_class in enumerate(WorkClass):
        office.notice(*(hubspot_ref(f"{number}{n}") for n in range(number + 1)), work_class=work_class)
    office.clock.sleep(-5)
    return office


def test_counts_are_the_rows_of_the_tables(busy: Office) -> None:
    counts, now = busy.counts(), busy.clock()
    pending = rows(busy, "pending")
    assert counts.pending == len(pending) == 10
    assert counts.by_class == {
        WorkClass(number).name.lower(): count
        for number, count in Counter(row["work_class"] for row in pending).items()
    }
    states = Counter(row["state"] for row in rows(busy, "dead_letters"))
    assert states == {"open": 5, "resolved": 2, "discarded": 1}
    assert counts.dead_letters == 5
    assert counts.links == sum(row["state"] == "live" for row in rows(busy, "links")) == 7
    assert counts.due == 0
    with busy.database.transaction() as tx:
        assert tx.counts(NUMBER, now=now + timedelta(seconds=5)).due == 10


def test_a_row_that_was_worked_off_is_counted_no_more(busy: Office) -> None:
    busy.clock.sleep(60)
    busy.rest()
    assert (busy.counts().pending, rows(busy, "pending")) == (0, [])


def test_another_portal_counts_for_itself(busy: Office) -> None:
    with busy.database.transaction() as tx:
        other = tx.counts(NUMBER + 1, now=busy.clock())
    assert (other.pending, other.due, other.dead_letters, other.links) == (0, 0, 0, 0)


def test_what_is_told_of_a_write_is_what_the_crm_holds(office: Office) -> None:
    contact, lead = office.pair(phone="0")
    office.edit_contact(contact, phone="1")
    office.rest()
    entry = office.activity()[-1]
    (write,) = entry.writes
    assert (write["record_id"], write["outcome"]) == (lead.id, {"ok": True})
    assert {name: office.row(lead)[name] for name in write["values"]} == write["values"]
    (verdict,) = entry.verdicts
    assert (verdict["hubspot"], verdict["salesforce"], verdict["lost"]) == ("1", "0", "0")


def test_the_cause_that_is_told_of_a_letter_is_the_crms_own_code(office: Office) -> None:
    office.salesforce.add_duplicate_rule("Lead")
    rule = {"object": "Lead", "field": "LastName", "regex": "X.*", "message": "it begins with X"}
    office.salesforce.add_validation_rule(rule)
    office.add_contact("a@x.example")
    office.rest()
    (letter,) = office.letters()
    told = office.activity()[-1].writes[0]["outcome"]
    assert (told["ok"], told["code"], told["error"]) == (False, letter.code, letter.error)


def test_a_suspension_told_is_the_one_under_which_nothing_is_done(office: Office) -> None:
    office.change_settings(replace(TWO_WAY, mode=SyncMode.ON))
    office.salesforce.auth.consumer_secret = "another"
    office.add_contact("a@x.example")
    office.deliver()
    office.receive()
    suspension = office.step().suspension
    with office.database.transaction() as tx:
        assert tx.portals.suspension(NUMBER) == suspension
    assert suspension is not None
    assert suspension.reason.startswith("salesforce: ")


def test_the_figures_of_the_day_are_those_of_its_tables(day: Day) -> None:
    assert day.figures["writes"] == day.tables["writes"]
    assert day.figures["dead_letters"] == day.tables["dead_letters"] == day.tables["counts"].dead_letters
    assert (day.tables["counts"].pending, day.tables["pending"]) == (0, 0)
    assert day.tables["counts"].links == day.tables["links"] > 10
