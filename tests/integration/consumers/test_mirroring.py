"""A merge in Salesforce is mirrored in HubSpot: once, held like a deletion, and whatever dies on the way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
import requests

from consumers.settle import UNTIL_ON
from contract.decisions import ReportKind
from contract.errors import LeaseLost
from contract.links import Ended, LinkState
from contract.records import RecordRef
from contract.settings import GuardLimits, Settings, SyncMode
from contract.standing import GuardedWork
from tests.contract.crm.benches import NUMBER
from tests.fakes.canned import answer
from tests.fakes.office import Office, opened
from tests.integration.consumers.conftest import TWO_WAY
from tests.integration.consumers.test_guards import release, standing
from tests.unit.consumers.kit import meanwhile

MIRRORED: Settings = replace(TWO_WAY, mirror_merges=True)
MERGE = "POST /crm/v3/objects/contacts/merge"
Pair = tuple[RecordRef, RecordRef]


@pytest.fixture
def office() -> Iterator[Office]:
    with opened(MIRRORED) as found:
        yield found


@pytest.fixture(params=[True, False], ids=["new id", "same id"])
def either(request: pytest.FixtureRequest, office: Office) -> Office:
    """HubSpot's survivor has an id of its own, or the primary's."""
    office.hubspot.world.merge_new_id = request.param
    return office


def two(office: Office) -> tuple[Pair, Pair]:
    """Two linked pairs that are one person."""
    return (
        office.pair("lost@x.example", phone="1", city="Rome"),
        office.pair("kept@x.example", phone="2", jobtitle="Boss"),
    )


def merge(office: Office, master: RecordRef, *losers: RecordRef, **chosen: str) -> None:
    """A seller merges leads; no message says so, the sweep finds it."""
    office.clock.sleep(2)
    office.salesforce.ui_merge("Lead", master.id, [lead.id for lead in losers], chosen)
    office.sweep()


def merges_sent(office: Office) -> int:
    calls = (f"{request.method} {request.path_url}" for request in office.hubspot_wire.seen)
    return sum(call == MERGE for call in calls)


def one_person_left(office: Office, master: RecordRef) -> RecordRef:
    """The one contact, in step with the master under one live link, and nothing to report."""
    (contact,) = office.live_contacts()
    (link,) = office.links()
    assert (link.hubspot, link.salesforce) == (contact, master)
    assert (office.letters(), office.counts().pending) == ([], 0)
    with office.database.transaction() as tx:
        assert tx.activity.reports(NUMBER) == []
    return contact


def test_the_losers_contact_is_merged_into_the_masters_and_what_differs_is_written(either: Office) -> None:
    office = either
    (_, lead), (kept, master) = two(office)
    merge(office, master, lead, Phone="3")
    office.rest()
    contact = one_person_left(office, master)
    held = office.contact(contact)
    assert (held["email"], held["hs_additional_emails"]) == ("kept@x.example", "lost@x.example")
    assert (held["phone"], held["jobtitle"], held["city"]) == ("3", "Boss", "Rome")
    assert (office.row(master)["Phone"], office.row(master)["City"]) == ("3", "Rome")
    assert (contact == kept) is not office.hubspot.world.merge_new_id
    ended = office.link_of(lead)
    assert ended is not None
    assert (ended.state, ended.ended) == (LinkState.ENDED, Ended.MERGED)


def test_an_edit_of_the_survivor_travels_as_ever(either: Office) -> None:
    (_, lead), (_, master) = two(either)
    merge(either, master, lead)
    either.rest()
    contact = one_person_left(either, master)
    either.edit_contact(contact, phone="8")
    either.edit_lead(master, Title="Chief")
    either.rest()
    assert (either.row(master)["Phone"], either.contact(contact)["jobtitle"]) == ("8", "Chief")
    assert merges_sent(either) == 1


def test_three_leads_merged_at_once_become_one_contact(either: Office) -> None:
    (_, first), (_, master) = two(either)
    _, second = either.pair("third@x.example", website="https://x.example")
    merge(either, master, first, second)
    either.rest()
    contact = one_person_left(either, master)
    assert either.contact(contact)["website"] == "https://x.example"
    assert merges_sent(either) == 2


def test_a_merge_whose_answer_is_lost_is_done_once(either: Office) -> None:
    (_, lead), (_, master) = two(either)
    wire, send = either.hubspot_wire, either.hubspot_wire.send
    lost: list[str] = []

    def losing(request: requests.PreparedRequest, *args: object, **options: object) -> requests.Response:
        response = send(request, *args, **options)
        if f"{request.method} {request.path_url}" == MERGE and not lost:
            lost.append("its answer")
            raise requests.ReadTimeout
        return response

    wire.send = losing  # type: ignore[method-assign]
    merge(either, master, lead)
    either.rest()
    assert lost
    one_person_left(either, master)
    assert merges_sent(either) == 1


class DiedError(Exception):
    """As kill -9 would."""


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_worker_that_dies_about_the_merge_leaves_it_done_once(either: Office, when: str) -> None:
    (_, lead), (_, master) = two(either)
    send, died = either.hubspot_wire.send, list[str]()

    def dying(request: requests.PreparedRequest, *args: object, **options: object) -> requests.Response:
        merging = f"{request.method} {request.path_url}" == MERGE and not died
        if merging and when == "before":
            died.append(when)
            raise DiedError
        response = send(request, *args, **options)
        if merging:
            died.append(when)
            raise DiedError
        return response

    either.hubspot_wire.send = dying  # type: ignore[method-assign]
    merge(either, master, lead)
    with pytest.raises(DiedError):
        either.rest()
    either.clock.sleep(60)
    either.rest()
    one_person_left(either, master)
    assert merges_sent(either) == 1


def test_a_merge_that_people_did_in_both_systems_is_not_done_again(either: Office) -> None:
    (lost, lead), (kept, master) = two(either)
    either.hubspot.ui_merge(NUMBER, "contacts", kept.id, lost.id)
    merge(either, master, lead)
    either.rest()
    one_person_left(either, master)
    assert merges_sent(either) == 0


def test_a_contact_that_was_linked_elsewhere_meanwhile_is_not_merged(office: Office) -> None:
    (lost, lead), (_, master) = two(office)
    elsewhere = office.add_lead("else@x.example")
    with office.database.transaction() as tx:
        link = tx.links.of(NUMBER, [lost])[lost]
        tx.links.store([link.changed(salesforce=elsewhere)])
    merge(office, master, lead)
    office.rest()
    assert (merges_sent(office), len(office.live_contacts())) == (0, 2)


def test_an_erased_loser_is_not_merged_into_anybody(office: Office) -> None:
    (lost, lead), (kept, master) = two(office)
    office.hubspot.ui_gdpr_delete(NUMBER, lost.id)
    merge(office, master, lead)
    office.rest()
    assert (merges_sent(office), office.live_contacts()) == (0, [kept])
    assert office.contact(kept).get("hs_additional_emails") is None


def test_a_contact_that_is_deleted_while_the_merge_is_decided_is_not_merged(office: Office) -> None:
    (lost, lead), (kept, master) = two(office)
    merge(office, master, lead)

    def late(request: requests.PreparedRequest, *args: object, **options: object) -> requests.Response:
        asks_who_lives = b'"properties": ["hs_merged_object_ids"]' in (request.body or b"")
        if asks_who_lives and not deleted:
            deleted.append(lost)
            office.hubspot.ui_delete(NUMBER, "contacts", lost.id)
        return send(request, *args, **options)

    deleted: list[RecordRef] = []
    send = office.hubspot_wire.send
    office.hubspot_wire.send = late  # type: ignore[method-assign]
    office.rest()
    assert deleted
    assert (merges_sent(office), office.live_contacts()) == (0, [kept])


def test_a_merge_that_hubspot_refuses_is_a_letter_and_closes_itself_once_somebody_merged(
    office: Office,
) -> None:
    (lost, lead), (kept, master) = two(office)
    send = office.hubspot_wire.send

    def refusing(request: requests.PreparedRequest, *args: object, **options: object) -> requests.Response:
        if f"{request.method} {request.path_url}" == MERGE:
            office.hubspot_wire.answers.append(answer(400, {"category": "VALIDATION_ERROR"}))
        return send(request, *args, **options)

    office.hubspot_wire.send = refusing  # type: ignore[method-assign]
    merge(office, master, lead)
    office.rest()
    (letter,) = office.letters()
    assert (letter.code, letter.ref) == ("MERGE_REFUSED", lead)
    assert len(office.live_contacts()) == 2
    office.hubspot.ui_merge(NUMBER, "contacts", kept.id, lost.id)
    office.rest()
    office.notice(lead)
    office.rest()
    one_person_left(office, master)


def test_a_merge_counts_as_a_deletion_and_waits_for_an_operator(office: Office) -> None:
    office.change_settings(replace(MIRRORED, guards=GuardLimits(deletions=0)))
    (_, lead), (_, master) = two(office)
    merge(office, master, lead)
    office.rest()
    assert (merges_sent(office), standing(office)) == (0, {GuardedWork.DELETIONS: 1})
    assert office.link_of(lead) in office.links()
    release(office)
    one_person_left(office, master)
    assert standing(office) == {}


def test_observing_merges_nothing_and_tells_what_it_would_do(office: Office) -> None:
    (lost, lead), (_, master) = two(office)
    office.change_settings(replace(MIRRORED, mode=SyncMode.OBSERVE))
    merge(office, master, lead)
    office.rest()
    assert (merges_sent(office), len(office.live_contacts())) == (0, 2)
    with office.database.transaction() as tx:
        entries = list(tx.observed.newest(NUMBER, UNTIL_ON))
    assert [["merge", "hubspot", "contact", ""]] in [entry.notice.get("would") for entry in entries]
    office.change_settings(MIRRORED)
    office.rest()
    one_person_left(office, master)
    assert lost not in office.live_contacts()


def test_the_history_of_either_contact_tells_of_the_merge(office: Office) -> None:
    (lost, lead), (kept, master) = two(office)
    merge(office, master, lead)
    office.rest()
    contact = one_person_left(office, master)
    with office.database.transaction() as tx:
        for ref in (lost, kept, contact, lead):
            told = [write for one in tx.activity.history(NUMBER, refs={ref}) for write in one.writes]
            assert [(w["record_id"], w["into"]) for w in told if w["action"] == "merge"] == [
                (lost.id, contact.id)
            ]


def test_off_both_contacts_stay_and_are_reported(office: Office) -> None:
    office.change_settings(TWO_WAY)
    (lost, lead), (kept, master) = two(office)
    merge(office, master, lead)
    office.rest()
    assert (merges_sent(office), set(office.live_contacts())) == (0, {lost, kept})
    with office.database.transaction() as tx:
        reports = [(one.kind, set(one.refs)) for one in tx.activity.reports(NUMBER)]
    assert (ReportKind.DUPLICATE, {lost, kept}) in reports


def test_who_has_lost_the_portal_merges_nobody(office: Office) -> None:
    (_, lead), (_, master) = two(office)
    merge(office, master, lead)
    meanwhile(office, "hubspot", "batch/read", lambda: office.clock.sleep(30))
    with pytest.raises(LeaseLost):
        office.step()
    assert merges_sent(office) == 0
    office.rest()
    one_person_left(office, master)
