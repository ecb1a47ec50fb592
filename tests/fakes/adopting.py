"""Pairs that the native connector had linked, and adopting them in an office."""

from __future__ import annotations

from consumers.adopt import Adopter, Plan
from consumers.golive import Observed, PlanStore, observed
from contract.records import RecordRef
from rules import decide
from tests.contract.crm.benches import NUMBER
from tests.fakes.lookout import lookout_of
from tests.fakes.office import Office


def native_pair(office: Office, email: str, **fields: str) -> tuple[RecordRef, RecordRef]:
    """A lead, and a contact that the native connector linked with it. `fields` are the lead's."""
    lead = office.add_lead(email, **fields)
    return office.add_contact(email, salesforceleadid=lead.id[:15]), lead


def planned(office: Office, sample: int = 50) -> Plan:
    office.clock.sleep(120)
    adopter = Adopter(
        portal=office.portal,
        lookout=lookout_of(office),
        database=office.database,
        decide=decide,
        clock=office.clock,
    )
    return adopter.plan(sample=sample)


def store(office: Office, plan: Plan) -> int:
    keeper = PlanStore(
        portal=office.portal, database=office.database, clock=office.clock, new_id=office.new_id
    )
    return keeper.store(plan)


def pairs(plan: Plan) -> list[tuple[RecordRef, RecordRef]]:
    return [(one.contact, one.partner) for one in plan.adoptions]


def report(office: Office) -> Observed:
    with office.database.transaction() as tx:
        return observed(tx, NUMBER, now=office.clock())
