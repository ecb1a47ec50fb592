"""Notices reordered, repeated, late or replayed write nothing that the records do not call for."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping

import pytest

from contract.activity import DeadLetterState
from contract.changes import Change, Kind, Origin, decode
from contract.pending import WorkClass
from contract.records import RecordRef
from sandbox.kit import Faults
from tests.acceptance.invariants.conftest import TWO_WAY
from tests.contract.crm.benches import NUMBER
from tests.fakes.office import Office, opened


class History:
    """Keeps every message that reaches the broker, and says whether anything was written since."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.bodies: list[bytes] = []
        publisher = office.publisher
        publish = publisher.publish

        def kept(body: bytes, *, message_id: str) -> None:
            self.bodies.append(body)
            publish(body, message_id=message_id)

        publisher.publish = kept  # type: ignore[method-assign]

    def tell(self, bodies: list[bytes]) -> None:
        """Messages come in again, one after the other, with work in between."""
        for number, body in enumerate(bodies):
            self.office.broker.publisher().publish(body, message_id=f"again-{number}")
            if number % 3 == 0:
                self.office.receive()
                self.office.step()
        self.office.rest()

    def contents(self) -> str:
        """Both CRMs, with every stamp: any write at all would move one."""
        hubspot = self.office.hubspot.state(NUMBER)
        rows = [self.office.salesforce.state(name) for name in ("Lead", "Contact")]
        return json.dumps([hubspot, rows], default=str, sort_keys=True)


@pytest.fixture
def history(office: Office) -> History:
    """A day in short: creations, edits on both sides, a merge, a conversion, deletions, an erasure."""
    found = History(office)
    refs = [office.add_contact(f"p{n}@x.example", phone=str(n)) for n in range(6)]
    leads = [office.add_lead(f"l{n}@x.example") for n in range(4)]
    office.rest()
    for n, ref in enumerate(refs):
        office.edit_contact(ref, phone=f"1{n}", jobtitle="a")
        office.edit_contact(ref, phone=f"2{n}")
    for lead in leads:
        office.edit_lead(lead, Title="b", Phone="9")
    office.rest()
    office.clock.sleep(30)
    office.hubspot.ui_merge(NUMBER, "contacts", refs[0].id, refs[1].id)
    office.salesforce.ui_merge("Lead", leads[0].id, [leads[1].id])
    office.salesforce.ui_convert(leads[2].id)
    office.rest()
    office.clock.sleep(30)
    office.hubspot.ui_delete(NUMBER, "contacts", refs[2].id)
    office.hubspot.ui_gdpr_delete(NUMBER, refs[3].id)
    office.salesforce.ui_delete("Lead", leads[3].id)
    office.sweep()
    office.rest()
    office.clock.sleep(3600)
    return found


ORDERS: dict[str, Callable[[list[bytes]], list[bytes]]] = {
    "once more": list,
    "backwards": lambda bodies: bodies[::-1],
    "three times, shuffled": lambda bodies: random.Random(1).sample(bodies * 3, len(bodies) * 3),
}


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("ledger", ["remembers", "was wiped"])
def test_every_notice_of_a_day_told_again_writes_nothing(history: History, order: str, ledger: str) -> None:
    office = history.office
    before, links = history.contents(), office.links()
    if ledger == "was wiped":
        office.ledger._client.flushall()  # type: ignore[attr-defined]  # the ledger's own Redis
    history.tell(ORDERS[order](list(history.bodies)))
    assert history.contents() == before
    assert (office.counts().pending, len(office.links())) == (0, len(links))


def test_replaying_every_record_writes_nothing(history: History) -> None:
    office, before = history.office, history.contents()
    named = {change.ref for body in history.bodies for change in decode(body).changes}
    replay(office, *named)
    assert history.contents() == before


def replay(office: Office, *refs: RecordRef) -> None:
    now = office.clock()
    changes = [
        Change(
            portal=NUMBER,
            ref=ref,
            kind=Kind.UPDATED,
            occurred_at=now,
            origin=Origin.REPLAY,
            trace_id="replay",
        )
        for ref in refs
    ]
    with office.database.transaction() as tx:
        tx.pending.merge(changes, work_class=WorkClass.REPLAY, now=now, due_at=now)
    office.rest()


def test_trap_12_a_letter_replayed_long_after_writes_what_stands_now_and_not_what_stood_then(
    office: Office,
) -> None:
    rule = {"object": "Lead", "field": "Website", "regex": "https?://.*", "message": "no address"}
    office.salesforce.add_validation_rule(rule)
    contact, lead = office.pair()
    office.edit_contact(contact, website="old")
    office.rest()
    with office.database.transaction() as tx:
        (letter,) = tx.dead_letters.find(portal=NUMBER)
        tx.dead_letters.settle([letter.id or 0], DeadLetterState.REPLAYED, note="", at=office.clock())
    office.clock.sleep(86_400)
    office.edit_contact(contact, website="https://new.example")
    replay(office, contact)
    assert office.row(lead)["Website"] == "https://new.example"


MANNERS: Mapping[str, Faults] = {
    "duplicated": Faults(duplicate_notice=1.0),
    "late and out of order": Faults(late_notice=0.7, late_seconds=20.0),
    "dropped": Faults(drop_notice=0.5),
    "none at all": Faults(drop_notice=1.0),
    "all of it": Faults(
        duplicate_notice=0.5,
        late_notice=0.5,
        late_seconds=20.0,
        drop_notice=0.3,
        stale_read=0.3,
        missing_read=0.3,
    ),
}


@pytest.mark.parametrize("manner", MANNERS)
@pytest.mark.parametrize("seed", range(3))
def test_trap_02_however_notices_come_the_last_edit_of_each_field_stands_on_both_sides(
    manner: str, seed: int
) -> None:
    with opened(TWO_WAY, faults=MANNERS[manner], seed=seed) as office:
        office.sweep()
        contact = office.add_contact("a@x.example")
        calm(office)
        (link,) = office.links()
        lead = link.salesforce
        assert lead is not None
        for n in range(5):
            office.edit_contact(contact, phone=f"+{n}")
            office.edit_lead(lead, Title=f"t{n}")
            office.deliver()
            office.receive()
            office.step()
            office.clock.sleep(1.5)
        calm(office)
        assert (office.contact(contact)["phone"], office.row(lead)["Phone"]) == ("+4", "+4")
        assert (office.contact(contact)["jobtitle"], office.row(lead)["Title"]) == ("t4", "t4")
        assert (len(office.live_leads()), len(office.live_contacts())) == (1, 1)


def calm(office: Office) -> None:
    """Rest, and let sweeps find what was never told."""
    for _ in range(3):
        office.rest()
        office.clock.sleep(60)
        office.sweep()
    office.rest()
