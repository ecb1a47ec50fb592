"""Guards: beyond a portal's limit nothing of the kind is done, and all of it waits for an operator."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from consumers.guards import UNTIL_RELEASED
from contract.records import RecordRef
from contract.settings import GUARD_WINDOW, GuardLimits, Settings, SyncMode
from contract.standing import GuardedWork, Held
from tests.contract.crm.benches import NUMBER
from tests.fakes.canned import answer
from tests.fakes.hall import Hall
from tests.fakes.office import Office, opened
from tests.integration.consumers.conftest import TWO_WAY
from tests.unit.consumers.kit import meanwhile, noticed

GUARDED: Settings = replace(
    TWO_WAY, delete_when_lead_deleted=True, guards=GuardLimits(deletions=3, creates=3, clears=3)
)
DELETIONS, CREATES, CLEARS = GuardedWork


@pytest.fixture
def office() -> Iterator[Office]:
    """Three deletions, creations or clears in ten minutes, no more."""
    with opened(GUARDED) as found:
        yield found


def pairs(office: Office, count: int) -> list[tuple[RecordRef, RecordRef]]:
    """Linked pairs, made long ago."""
    made = []
    for number in range(count):
        made.append(office.pair(f"p{len(office.links())}-{number}@x.example", phone="1", jobtitle="a"))
        office.clock.sleep(GUARD_WINDOW.total_seconds())
    return made


def delete(office: Office, *leads: RecordRef) -> None:
    for lead in leads:
        office.salesforce.ui_delete("Lead", lead.id)
    office.sweep()
    office.rest()


def standing(office: Office) -> dict[GuardedWork, int]:
    return {work: held.amount for work, held in held_by(office).items()}


def held_by(office: Office) -> dict[GuardedWork, Held]:
    with office.database.transaction() as tx:
        return dict(tx.held.standing(NUMBER))


def release(office: Office, *works: GuardedWork) -> None:
    """What `diptych portals release` does."""
    with office.database.transaction() as tx:
        tx.held.release(NUMBER, works or [*GuardedWork], author="ada", comment="", at=office.clock())
        tx.pending.wake(NUMBER, [UNTIL_RELEASED], now=office.clock())
    office.rest()


def test_deletions_beyond_the_limit_are_none_of_them_done_and_all_wait(office: Office) -> None:
    made = pairs(office, 4)
    delete(office, *(lead for _, lead in made))
    assert len(office.live_contacts()) == 4
    assert (standing(office), office.counts().pending, office.letters()) == ({DELETIONS: 4}, 4, [])
    told = office.activity()[-1]
    assert told.writes == ()
    assert told.verdicts[-1]["says"] == (
        "4 deletions, after 0 in the last 10 minutes, would pass the limit of 3: nothing of this is done "
        f"until `diptych portals release {NUMBER}`"
    )


def test_deletions_up_to_the_limit_are_done(office: Office) -> None:
    delete(office, *(lead for _, lead in pairs(office, 3)))
    assert (office.live_contacts(), standing(office), office.counts().pending) == ([], {}, 0)


def test_what_was_done_lately_counts_and_what_was_done_long_ago_does_not(office: Office) -> None:
    made = [lead for _, lead in pairs(office, 7)]
    delete(office, *made[:2])
    office.clock.sleep(GUARD_WINDOW.total_seconds())
    delete(office, *made[2:5])
    assert (len(office.live_contacts()), standing(office)) == (2, {})
    office.clock.sleep(GUARD_WINDOW.total_seconds() / 2)
    delete(office, made[5])
    assert (len(office.live_contacts()), standing(office)) == (2, {DELETIONS: 1})


def test_other_work_of_the_same_batch_goes_on(office: Office) -> None:
    *doomed, (contact, lead) = pairs(office, 5)
    for _, gone in doomed:
        office.salesforce.ui_delete("Lead", gone.id)
    office.edit_contact(contact, phone="2")
    office.sweep()
    office.rest()
    assert (office.row(lead)["Phone"], standing(office)) == ("2", {DELETIONS: 4})


def test_a_flood_does_not_leak_through_in_small_batches(office: Office) -> None:
    made = [lead for _, lead in pairs(office, 6)]
    delete(office, *made[:4])
    for lead in made[4:]:
        office.clock.sleep(GUARD_WINDOW.total_seconds())
        delete(office, lead)
    assert (len(office.live_contacts()), standing(office)) == (6, {DELETIONS: 6})
    office.clock.sleep(31 * 86_400)
    office.rest()
    assert len(office.live_contacts()) == 6


def test_a_release_lets_what_is_held_go_once_and_beside_the_limit(office: Office) -> None:
    made = [lead for _, lead in pairs(office, 12)]
    delete(office, *made[:5])
    release(office)
    assert (len(office.live_contacts()), standing(office), office.counts().pending) == (7, {}, 0)
    delete(office, *made[5:8])
    assert (len(office.live_contacts()), standing(office)) == (4, {})
    delete(office, *made[8:])
    assert (len(office.live_contacts()), standing(office)) == (4, {DELETIONS: 4})


def test_what_is_new_since_the_release_is_weighed_by_itself(office: Office) -> None:
    made = pairs(office, 8)
    delete(office, *(lead for _, lead in made[:4]))
    for _, lead in made[4:]:
        office.salesforce.ui_delete("Lead", lead.id)
    office.sweep()
    release(office)
    assert set(office.live_contacts()) == {contact for contact, _ in made[4:]}
    assert standing(office) == {DELETIONS: 4}


def test_a_release_of_another_kind_lets_nothing_go(office: Office) -> None:
    delete(office, *(lead for _, lead in pairs(office, 4)))
    release(office, CREATES)
    assert (len(office.live_contacts()), standing(office)) == (4, {DELETIONS: 4})


def test_work_that_must_be_tried_again_is_counted_once(office: Office) -> None:
    made = [lead for _, lead in pairs(office, 3)]
    meanwhile(office, "hubspot", "batch/archive", lambda: refuse(office, 3))
    delete(office, *made)
    assert (office.live_contacts(), standing(office)) == ([], {})


def test_released_work_that_must_be_tried_again_is_not_held_again(office: Office) -> None:
    made = [lead for _, lead in pairs(office, 4)]
    delete(office, *made)
    meanwhile(office, "hubspot", "batch/archive", lambda: refuse(office, 3))
    release(office)
    assert (office.live_contacts(), standing(office), office.counts().pending) == ([], {}, 0)


def refuse(office: Office, times: int) -> None:
    office.hubspot_wire.answers.extend(answer(503, {}) for _ in range(times))


def test_work_is_counted_before_it_is_done(office: Office) -> None:
    made = [lead for _, lead in pairs(office, 2)]
    counted: list[int] = []

    def look() -> None:
        since = office.clock() - GUARD_WINDOW
        with office.database.transaction() as tx:
            counted.append(tx.guards.lately(NUMBER, since=since, besides=[])[DELETIONS])

    meanwhile(office, "hubspot", "batch/archive", look)
    delete(office, *made)
    assert counted == [2]


def test_what_is_not_called_for_any_more_is_not_held_any_more(office: Office) -> None:
    made = pairs(office, 4)
    delete(office, *(lead for _, lead in made))
    contact, lead = made[0]
    office.salesforce.ui_undelete("Lead", lead.id)
    office.sweep()
    office.rest()
    assert standing(office) == {DELETIONS: 3}
    release(office)
    assert office.live_contacts() == [contact]


@pytest.mark.parametrize("side", ["hubspot", "salesforce"])
def test_creations_beyond_the_limit_wait_on_either_side(office: Office, side: str) -> None:
    for number in range(4):
        email = f"new{number}@x.example"
        office.add_contact(email) if side == "hubspot" else office.add_lead(email)
    office.rest()
    assert (office.links(), standing(office)) == ([], {CREATES: 4})
    release(office)
    assert (len(office.links()), len(office.live_contacts()), len(office.live_leads())) == (4, 4, 4)
    assert standing(office) == {}


def test_cleared_values_are_counted_one_by_one_and_their_person_waits_whole(office: Office) -> None:
    (contact, lead), (other, its_lead) = pairs(office, 2)
    office.edit_contact(contact, phone="", jobtitle="", city="Oslo")
    office.edit_contact(other, phone="", jobtitle="b")
    office.rest()
    assert (office.row(lead)["Phone"], office.row(its_lead)["Title"], standing(office)) == (None, "b", {})
    office.clock.sleep(GUARD_WINDOW.total_seconds())
    office.edit_contact(contact, phone="2", jobtitle="b", website="https://a.example", zip="1")
    office.rest()
    office.edit_contact(contact, phone="", jobtitle="", website="", zip="", city="Rome")
    office.rest()
    assert (office.row(lead)["Phone"], office.row(lead)["City"]) == ("2", "Oslo")
    assert held_by(office)[CLEARS].records == 1
    assert standing(office) == {CLEARS: 4}
    release(office)
    assert (office.row(lead)["Phone"], office.row(lead)["City"]) == (None, "Rome")


def test_a_release_is_used_up_though_its_row_grew_while_it_was_carried_out(office: Office) -> None:
    first = dict.fromkeys(("phone", "jobtitle", "website", "zip"), "")
    second = dict.fromkeys(("city", "mobilephone", "address", "firstname"), "")
    values = dict.fromkeys((*first, *second), "1") | {"website": "https://a.example"}
    contact, lead = office.pair("a@x.example", **values)
    office.edit_contact(contact, **first)
    office.rest()
    assert standing(office) == {CLEARS: 4}

    def edit_more() -> None:
        office.edit_contact(contact, **second)
        noticed(office)

    meanwhile(office, "salesforce", "PATCH", edit_more)
    release(office)
    assert (office.row(lead)["Phone"], office.row(lead)["City"], standing(office)) == (None, "1", {CLEARS: 4})


def test_a_deletion_that_both_rows_of_a_person_ask_for_is_held_once(office: Office) -> None:
    made = pairs(office, 4)
    delete(office, *(lead for _, lead in made))
    for contact, lead in made:
        office.notice(contact)
        office.step()
        office.notice(lead)
        office.step()
    assert (standing(office), office.counts().pending) == ({DELETIONS: 4}, 8)
    release(office)
    assert (office.live_contacts(), standing(office), office.counts().pending) == ([], {}, 0)


@pytest.mark.parametrize(("ticked", "held"), [(True, {DELETIONS: 4}), (False, {})])
def test_new_settings_have_what_is_held_decided_anew(
    office: Office, *, ticked: bool, held: dict[GuardedWork, int]
) -> None:
    delete(office, *(lead for _, lead in pairs(office, 4)))
    wider = replace(GUARDED, delete_when_lead_deleted=ticked, guards=GuardLimits(deletions=1000))
    office.change_settings(wider)
    Hall(office).worker._reload()
    office.rest()
    assert (len(office.live_contacts()), standing(office)) == (4, held)


def test_a_limit_of_zero_lets_nothing_go_without_an_operator(office: Office) -> None:
    office.change_settings(replace(GUARDED, guards=GuardLimits(creates=0)))
    office.add_contact("new@x.example")
    office.rest()
    assert (office.live_leads(), standing(office)) == ([], {CREATES: 1})


def test_an_erasure_waits_for_nobody(office: Office) -> None:
    made = pairs(office, 2)
    office.change_settings(replace(GUARDED, guards=GuardLimits(deletions=0, creates=0, clears=0)))
    for contact, _ in made:
        office.hubspot.ui_gdpr_delete(NUMBER, contact.id)
    office.rest()
    with office.database.transaction() as tx:
        assert tx.tombstones.erased_refs(NUMBER, {contact for contact, _ in made}) == {c for c, _ in made}
    assert (standing(office), office.counts().pending, office.links()) == ({}, 0, [])


def test_an_observing_portal_holds_nothing(office: Office) -> None:
    office.change_settings(replace(GUARDED, mode=SyncMode.OBSERVE))
    for number in range(4):
        office.add_contact(f"new{number}@x.example")
    office.rest()
    assert standing(office) == {}
