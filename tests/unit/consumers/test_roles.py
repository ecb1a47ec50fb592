"""Contact roles: whose were changed becomes pending, once, and nobody else does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from consumers.lookback import LISTED_BY_NOW, OVERLAP
from consumers.visibility import visible
from contract.changes import Kind
from contract.decisions import ReportKind
from contract.errors import CrmError, ErrorClass
from contract.facts import Question, RolesOf, Stages
from contract.lifecycle import Standing
from contract.links import Ended, LinkState
from contract.pending import WorkClass
from contract.records import RecordRef
from sandbox.kit import Faults
from tests.contract.crm.benches import NUMBER
from tests.fakes.office import ON, Office, opened
from tests.fakes.people import link
from tests.fakes.premises import contact_ref
from tests.unit.consumers.kit import fault
from tests.unit.consumers.test_facts import reader

AUTOMATIC = replace(ON, automatic_stages=True, create_from_contacts=False)
ROLES = "GET /query"


@pytest.fixture
def office() -> Iterator[Office]:
    """An office that no notice reaches, whose stages are automatic, swept once."""
    with opened(AUTOMATIC, faults=Faults(drop_notice=1.0)) as found:
        found.sweep()
        found.clock.sleep(3600)
        yield found


def linked(office: Office, name: str = "ada") -> RecordRef:
    """A Salesforce contact that a link names, and that no sweep finds any more."""
    person = contact_ref(office.salesforce.ui_create("Contact", {"LastName": name}))
    tie(office, person, name)
    settle(office)
    return person


def tie(office: Office, person: RecordRef, name: str) -> None:
    one = link(office.add_contact(f"{name}@x.example"), person, id=None, portal=NUMBER, version=0)
    with office.database.transaction() as tx:
        tx.links.store([one])


def settle(office: Office) -> None:
    """Let time pass until no sweep finds anything any more."""
    for _ in range(2):
        office.clock.sleep(LISTED_BY_NOW.total_seconds() + 100)
        office.sweep()
    pending(office)


def deal(office: Office, stage: str = "Prospecting") -> str:
    values = {"Name": "Engine", "StageName": stage, "CloseDate": "2026-12-24"}
    return office.salesforce.ui_create("Opportunity", values)


def role(office: Office, who: RecordRef, what: str) -> str:
    values = {"ContactId": who.id, "OpportunityId": what}
    return office.salesforce.ui_create("OpportunityContactRole", values)


def pending(office: Office) -> dict[RecordRef, frozenset[Kind]]:
    """What is pending; afterwards nothing is."""
    with office.database.transaction() as tx:
        rows = tx.pending.take(NUMBER, now=office.clock(), limit=1000)
        tx.pending.finish(rows, [], now=office.clock())
    assert all(row.work_class is WorkClass.RETRY for row in rows)
    return {row.ref: row.kinds for row in rows}


def test_a_new_role_makes_its_contact_pending_as_associated(office: Office) -> None:
    ada, _ = linked(office), linked(office, "bob")
    role(office, ada, deal(office))
    assert office.sweep() == 1
    assert pending(office) == {ada: {Kind.ASSOCIATED}}


def test_so_does_a_change_of_the_opportunity_for_all_who_take_part(office: Office) -> None:
    ada, bob, cid = linked(office, "ada"), linked(office, "bob"), linked(office, "cid")
    engine, other = deal(office), deal(office)
    for who, what in ((ada, engine), (bob, engine), (cid, other)):
        role(office, who, what)
    settle(office)
    office.salesforce.ui_update("Opportunity", engine, {"StageName": "Closed Won"})
    office.sweep()
    assert pending(office) == {ada: {Kind.ASSOCIATED}, bob: {Kind.ASSOCIATED}}


def test_a_role_is_looked_at_once_and_again_when_it_is_changed_again(office: Office) -> None:
    ada, engine = linked(office), deal(office)
    own = role(office, ada, engine)
    office.clock.sleep(10)
    office.sweep()
    assert set(pending(office)) == {ada}
    for _ in range(20):
        office.clock.sleep(60)
        assert (office.sweep(), pending(office)) == (0, {})
    for kind, changed, values in (
        ("OpportunityContactRole", own, {"IsPrimary": True}),
        ("Opportunity", engine, {"NextStep": "call"}),
    ):
        office.salesforce.ui_update(kind, changed, values)
        office.clock.sleep(10)
        office.sweep()
        assert set(pending(office)) == {ada}
        office.clock.sleep(60)
        assert (office.sweep(), pending(office)) == (0, {})


def test_a_change_in_the_second_in_which_it_was_listed_is_not_missed(office: Office) -> None:
    ada, engine = linked(office), deal(office)
    role(office, ada, engine)
    office.sweep()
    assert set(pending(office)) == {ada}
    office.salesforce.ui_update("Opportunity", engine, {"StageName": "Closed Won"})
    office.clock.sleep(60)
    office.sweep()
    assert set(pending(office)) == {ada}


def test_what_an_index_shows_late_is_found(office: Office) -> None:
    ada, bob = linked(office, "ada"), linked(office, "bob")
    engine = deal(office)
    role(office, bob, engine)
    office.clock.sleep(OVERLAP.total_seconds() - 10)
    role(office, ada, engine)
    with office.database.transaction() as tx:
        tx.watermarks.put(NUMBER, "salesforce:OpportunityContactRole", office.clock().isoformat())
    office.sweep()
    assert set(pending(office)) == {ada, bob}


def test_what_was_changed_before_stages_were_automatic_is_left_to_a_backfill() -> None:
    with opened(ON, faults=Faults(drop_notice=1.0)) as office:
        office.sweep()
        ada = linked(office)
        role(office, ada, deal(office))
        office.clock.sleep(600)
        office.change_settings(AUTOMATIC)
        office.sweep()
        assert pending(office) == {}
        office.clock.sleep(10)
        role(office, ada, deal(office, "Closed Won"))
        office.sweep()
        assert pending(office) == {ada: {Kind.ASSOCIATED}}


def test_where_a_first_sweep_fails_its_beginning_is_not_lost() -> None:
    with opened(ON, faults=Faults(drop_notice=1.0)) as office:
        office.sweep()
        ada = linked(office)
        office.change_settings(AUTOMATIC)
        office.salesforce.refuse_for(60)
        with pytest.raises(CrmError):
            office.sweep()
        role(office, ada, deal(office, "Closed Won"))
        office.clock.sleep(OVERLAP.total_seconds() + 60)
        office.sweep()
        assert set(pending(office)) == {ada}


def test_where_stages_are_not_automatic_nothing_is_asked() -> None:
    with opened(ON, faults=Faults(drop_notice=1.0)) as office:
        office.sweep()
        ada = linked(office)
        role(office, ada, deal(office, "Closed Won"))
        office.calls()
        office.sweep()
        assert (pending(office), office.calls().get(ROLES, 0)) == ({}, 0)
    with opened(AUTOMATIC, faults=Faults(drop_notice=1.0)) as office:
        office.sweep()
        assert office.calls()[ROLES] == 2


def test_deleted_roles_lost_opportunities_and_contacts_without_a_link_move_nobody(office: Office) -> None:
    ada, engine = linked(office), deal(office)
    own = role(office, ada, engine)
    settle(office)
    office.salesforce.ui_update("Opportunity", engine, {"StageName": "Closed Lost"})
    office.sweep()
    assert pending(office) == {}
    office.salesforce.ui_delete("OpportunityContactRole", own)
    stranger = contact_ref(office.salesforce.ui_create("Contact", {"LastName": "X"}))
    settle(office)
    role(office, stranger, deal(office, "Closed Won"))
    office.sweep()
    assert pending(office) == {}


def test_a_contact_that_is_linked_a_moment_later_is_looked_at(office: Office) -> None:
    ada = contact_ref(office.salesforce.ui_create("Contact", {"LastName": "Ada"}))
    settle(office)
    role(office, ada, deal(office, "Closed Won"))
    office.clock.sleep(30)
    office.sweep()
    assert pending(office) == {}
    tie(office, ada, "ada")
    office.clock.sleep(30)
    office.sweep()
    assert pending(office)[ada] == {Kind.ASSOCIATED}


def test_an_ended_link_is_none(office: Office) -> None:
    ada = linked(office)
    stored = office.link_of(ada)
    assert stored is not None
    with office.database.transaction() as tx:
        tx.links.store([stored.changed(state=LinkState.ENDED, ended=Ended.HUBSPOT_DELETED)])
    role(office, ada, deal(office, "Closed Won"))
    office.sweep()
    assert pending(office) == {}


def test_where_roles_are_hidden_an_operator_is_told_and_found_again_they_are_looked_at(
    office: Office,
) -> None:
    ada = linked(office)
    denied = office.salesforce.org.access.denied_objects["OpportunityContactRole"]
    denied.add("read")
    role(office, ada, deal(office, "Closed Won"))
    for _ in range(20):
        office.clock.sleep(60)
        assert office.sweep() == 0
    with office.database.transaction() as tx:
        (report,) = tx.activity.reports(NUMBER)
    assert (report.kind, "may not see contact roles" in report.says) == (ReportKind.NOT_VISIBLE, True)
    denied.clear()
    office.sweep()
    assert set(pending(office)) == {ada}


def test_any_other_refusal_is_one_of_the_whole_sweep() -> None:
    def refused(error: ErrorClass) -> int:
        raise CrmError(fault(error))

    assert visible(lambda: 1) == 1
    assert visible(lambda: refused(ErrorClass.PERMISSION)) is None
    for error in (ErrorClass.TRANSIENT, ErrorClass.QUOTA, ErrorClass.AUTH):
        with pytest.raises(CrmError):
            visible(lambda error=error: refused(error))  # type: ignore[misc]


# --- the rules' questions ---


def test_roles_of_a_batch_take_one_query_and_stages_one_call_in_five_minutes(office: Office) -> None:
    ada, bob = linked(office, "ada"), linked(office, "bob")
    role(office, ada, deal(office, "Closed Won"))
    asked: list[Question] = [RolesOf(ada.id), RolesOf(bob.id), Stages()]
    office.calls()
    for _ in range(2):
        found, failed = reader(office).answer(asked)
        assert (found[asked[0]], found[asked[1]], failed) == ({Standing.WON}, frozenset(), {})
        assert found[asked[2]][:2] == ("subscriber", "lead")
    calls = office.calls()
    assert (calls[ROLES], calls["GET /crm/v3/properties/{kind}/{name}"]) == (2, 1)


def test_what_we_may_not_see_is_answered_as_unseen(office: Office) -> None:
    office.salesforce.org.access.denied_objects["OpportunityContactRole"].add("read")
    found, failed = reader(office).answer([RolesOf("003000000000001AAA")])
    assert (found, failed) == ({RolesOf("003000000000001AAA"): None}, {})


def test_a_moment_of_trouble_fails_the_question(office: Office) -> None:
    office.salesforce.refuse_for(60)
    office.clock.now += timedelta(seconds=1)
    _, failed = reader(office).answer([RolesOf("003000000000001AAA")])
    assert [one.error for one in failed.values()] == [ErrorClass.QUOTA]
