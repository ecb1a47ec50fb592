"""The sweep: finds what no notice announced, misses nothing between two sweeps, repeats little."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import cast

import pytest

from consumers.lookback import LISTED_BY_NOW, OVERLAP
from consumers.sweep import ROTATION
from contract.changes import Kind
from contract.decisions import Erasure
from contract.errors import CrmError, ErrorClass
from contract.pending import PendingRow, WorkClass
from contract.ports import Crm
from contract.records import Record, RecordRef
from sandbox.kit import Faults
from tests.contract.crm.benches import NUMBER
from tests.fakes.canned import answer
from tests.fakes.office import ON, Office, opened
from tests.fakes.premises import contact_ref
from tests.unit.consumers.kit import fault


@pytest.fixture
def deaf() -> Iterator[Office]:
    """An office that no notice reaches, swept once."""
    with opened(faults=Faults(drop_notice=1.0)) as office:
        office.sweep()
        office.clock.sleep(120)
        yield office


def pending(office: Office) -> dict[RecordRef, PendingRow]:
    with office.database.transaction() as tx:
        return {row.ref: row for row in tx.pending.take(NUMBER, now=office.clock(), limit=1000)}


def watermark(office: Office, name: str) -> datetime:
    with office.database.transaction() as tx:
        text = tx.watermarks.get(NUMBER, name)
    assert text is not None
    return datetime.fromisoformat(text)


def joined(office: Office) -> tuple[RecordRef, RecordRef]:
    """A linked pair, found by sweeps alone, a while ago."""
    contact = office.add_contact("ada@x.example")
    office.sweep()
    office.rest()
    office.clock.sleep(600)
    office.sweep()
    office.rest()
    office.clock.sleep(600)
    (link,) = office.links()
    assert link.salesforce is not None
    return contact, link.salesforce


def test_whatever_was_created_or_edited_on_either_side_becomes_pending_in_the_retry_class(
    deaf: Office,
) -> None:
    contact, lead = deaf.add_contact("a@x.example"), deaf.add_lead("b@x.example")
    assert deaf.sweep() == 2
    rows = pending(deaf)
    assert {ref: row.kinds for ref, row in rows.items()} == {contact: {Kind.UPDATED}, lead: {Kind.UPDATED}}
    assert {row.work_class for row in rows.values()} == {WorkClass.RETRY}


def test_a_portals_first_sweep_leaves_the_past_to_a_backfill() -> None:
    with opened() as office:
        office.add_contact("old@x.example")
        office.clock.sleep(OVERLAP.total_seconds() + 60)
        assert office.sweep() == 0
        new = office.add_contact("new@x.example")
        office.clock.sleep(1)
        office.sweep()
        assert list(pending(office)) == [new]


def test_an_edit_between_two_sweeps_is_found_however_late_its_index_shows_it(deaf: Office) -> None:
    deaf.add_lead("seen@x.example")
    deaf.sweep()
    deaf.rest()
    with deaf.database.transaction() as tx:
        late = (deaf.clock() + timedelta(seconds=80)).isoformat()
        tx.watermarks.put(NUMBER, "salesforce:Lead", late)
    hidden = deaf.add_lead("late@x.example")
    deaf.clock.sleep(85)
    deaf.sweep()
    assert hidden in pending(deaf)


def test_watermarks_move_to_the_newest_record_seen_and_stay_while_an_index_may_lag(deaf: Office) -> None:
    deaf.add_lead("a@x.example")
    deaf.sweep()
    first = watermark(deaf, "salesforce:Lead")
    assert first == deaf.clock().replace(microsecond=0)
    deaf.clock.sleep(600)
    deaf.sweep()
    assert watermark(deaf, "salesforce:Lead") == first


def test_a_quiet_portal_is_not_listed_anew_for_ever(deaf: Office) -> None:
    deaf.add_lead("a@x.example")
    deaf.sweep()
    deaf.clock.sleep(3600)
    deaf.sweep()
    assert watermark(deaf, "salesforce:Lead") == deaf.clock() - LISTED_BY_NOW


def test_what_was_settled_is_not_looked_at_again_by_the_next_sweep(deaf: Office) -> None:
    deaf.add_contact("a@x.example")
    for _ in range(3):
        deaf.sweep()
        deaf.rest()
        deaf.clock.sleep(10)
    assert deaf.sweep() == 0


def test_a_source_that_fails_leaves_its_watermark_so_that_nothing_is_passed_over(deaf: Office) -> None:
    lead = deaf.add_lead("a@x.example")
    before = watermark(deaf, "salesforce:Lead")
    deaf.salesforce_wire.answers.append(answer(503, "busy"))
    with pytest.raises(CrmError) as failed:
        deaf.sweep()
    assert failed.value.fault.error is ErrorClass.TRANSIENT
    assert (watermark(deaf, "salesforce:Lead"), deaf.counts().pending) == (before, 0)
    deaf.clock.sleep(3600)
    deaf.sweep()
    assert lead in pending(deaf)


def test_a_first_sweep_that_fails_is_taken_up_from_where_it_began() -> None:
    with opened(faults=Faults(drop_notice=1.0)) as office:
        office.salesforce_wire.answers.append(answer(503, "busy"))
        with pytest.raises(CrmError):
            office.sweep()
        refs = {office.add_lead("a@x.example"), office.add_contact("b@x.example")}
        office.clock.sleep(3600)
        office.sweep()
        assert refs <= set(pending(office))


def test_an_object_that_we_may_not_see_keeps_no_other_from_being_swept(deaf: Office) -> None:
    contact = deaf.add_contact("a@x.example")
    deaf.salesforce.deny_object("Lead", "read")
    with pytest.raises(CrmError) as failed:
        deaf.sweep()
    assert failed.value.fault.error is ErrorClass.PERMISSION
    assert list(pending(deaf)) == [contact]


class Breaking:
    """A side whose list of changes breaks off after its pages."""

    def __init__(self, crm: Crm) -> None:
        self._crm = crm

    def changed(self, object_type: str, since: datetime, fields: Collection[str]) -> Iterator[list[Record]]:
        yield from self._crm.changed(object_type, since, fields)
        raise CrmError(fault(ErrorClass.TRANSIENT))


def test_pages_found_before_a_failure_are_pending_already(deaf: Office) -> None:
    lead = deaf.add_lead("a@x.example")
    broken = cast("Crm", Breaking(deaf.crms.salesforce))
    with pytest.raises(CrmError):
        deaf.sweeper.sweep(deaf.portal, deaf.crms.hubspot, broken, now=deaf.clock(), trace_id="t")
    assert list(pending(deaf)) == [lead]


@pytest.mark.parametrize("ticked", [True, False])
def test_trap_04_a_deleted_linked_lead_is_found_once(*, ticked: bool) -> None:
    with opened(replace(ON, delete_when_lead_deleted=ticked), faults=Faults(drop_notice=1.0)) as office:
        office.sweep()
        contact, lead = joined(office)
        office.salesforce.ui_delete("Lead", lead.id)
        assert office.sweep() == 1
        assert {row.ref: row.kinds for row in pending(office).values()} == {lead: {Kind.DELETED}}
        office.clock.sleep(1)
        office.rest()
        assert (contact in office.live_contacts()) is not ticked
        assert office.sweep() == 0


def test_trap_05_a_merge_and_a_conversion_are_no_deletions(deaf: Office) -> None:
    _, lead = joined(deaf)
    other = deaf.add_lead("other@x.example")
    deaf.salesforce.ui_merge("Lead", other.id, [lead.id])
    deaf.sweep()
    assert pending(deaf)[lead].kinds == {Kind.MERGED}


def test_a_conversion_is_an_update(deaf: Office) -> None:
    _, lead = joined(deaf)
    deaf.salesforce.ui_convert(lead.id)
    deaf.sweep()
    assert pending(deaf)[lead].kinds == {Kind.UPDATED}


def test_the_dead_that_nobody_is_linked_with_are_left_alone(deaf: Office) -> None:
    deaf.salesforce.ui_delete("Lead", deaf.add_lead("a@x.example").id)
    assert deaf.sweep() == 0


@pytest.mark.parametrize("mark", ["erased", "never synced"])
def test_who_bears_a_mark_is_found_where_it_lives_on_as_another(deaf: Office, mark: str) -> None:
    gone, loser, master, lead = (deaf.add_lead(f"{name}@x.example") for name in "abcd")
    with deaf.database.transaction() as tx:
        if mark == "erased":
            tx.tombstones.erase(NUMBER, Erasure(refs=(gone, loser, lead), emails=()), at=deaf.clock())
        else:
            tx.exclusions.begin(NUMBER, [gone, loser, lead], author="ada", reason="", at=deaf.clock())
    deaf.salesforce.ui_delete("Lead", gone.id)
    deaf.salesforce.ui_merge("Lead", master.id, [loser.id])
    made = contact_ref(str(deaf.salesforce.ui_convert(lead.id)["contact_id"]))
    deaf.sweep()
    assert {ref: row.kinds for ref, row in pending(deaf).items()} == {
        loser: {Kind.MERGED},
        lead: {Kind.UPDATED},
        master: {Kind.UPDATED},
        made: {Kind.UPDATED},
    }
    deaf.clock.sleep(1)
    deaf.rest()
    deaf.sweep()
    assert not {loser, lead} & set(pending(deaf))


def test_an_erased_record_merged_into_a_linked_one_is_not_listed_for_ever(deaf: Office) -> None:
    _, master = joined(deaf)
    loser = deaf.add_lead("b@x.example")
    with deaf.database.transaction() as tx:
        tx.tombstones.erase(NUMBER, Erasure(refs=(loser,), emails=()), at=deaf.clock())
    deaf.salesforce.ui_merge("Lead", master.id, [loser.id])
    deaf.sweep()
    assert loser not in pending(deaf)


def test_a_contact_deleted_without_a_notice_is_found_by_reading_linked_ones_in_turn(deaf: Office) -> None:
    contact, lead = joined(deaf)
    deaf.hubspot.ui_delete(NUMBER, "contacts", contact.id)
    assert deaf.sweep() == 1
    assert pending(deaf)[contact].kinds == {Kind.DELETED}
    deaf.clock.sleep(1)
    deaf.rest()
    assert (deaf.links(), lead in deaf.live_leads()) == ([], True)


def test_what_waits_for_an_operator_is_not_looked_at_in_every_sweep(deaf: Office) -> None:
    contact, _ = joined(deaf)
    del deaf.hubspot.portal(NUMBER).shelf("contacts").records[contact.id]
    deaf.sweep()
    deaf.rest()
    assert [letter.code for letter in deaf.letters()] == ["NOT_VISIBLE"]
    deaf.clock.sleep(60)
    assert deaf.sweep() == 0


def test_the_rotation_goes_through_all_links_and_begins_again(deaf: Office) -> None:
    refs = [deaf.add_contact(f"p{n}@x.example") for n in range(ROTATION + 20)]
    deaf.sweep()
    deaf.rest()
    seen: list[int] = []
    for _ in range(4):
        with deaf.database.transaction() as tx:
            seen.append(int(tx.watermarks.get(NUMBER, "hubspot:rotation") or 0))
        deaf.sweep()
    ids = sorted(link.id or 0 for link in deaf.links())
    assert len(ids) == len(refs)
    assert seen == [0, ids[ROTATION - 1], 0, ids[ROTATION - 1]]


def test_a_linked_contact_that_cannot_be_read_for_a_moment_is_not_said_to_be_deleted(deaf: Office) -> None:
    contact, _ = joined(deaf)
    crm = deaf.crms.hubspot

    class Blind:
        """Lists what changed, and can read nothing."""

        changed = crm.changed

        def read(self, *_: object) -> dict[str, Record]:
            return {}

    blind = cast("Crm", Blind())
    deaf.sweeper.sweep(deaf.portal, blind, deaf.crms.salesforce, now=deaf.clock(), trace_id="t")
    assert pending(deaf)[contact].kinds == {Kind.UPDATED}
