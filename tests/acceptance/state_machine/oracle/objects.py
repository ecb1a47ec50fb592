"""A new Salesforce record is a lead or a contact as the first exception that fits says, else the default."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from contract.records import RecordRef, Side
from contract.settings import CreateAs, Settings
from tests.acceptance.state_machine.crms import hubspot_ref
from tests.acceptance.state_machine.journal import Batch, Event, Journal, What
from tests.acceptance.state_machine.oracle.past import STALE, by_us, lineage
from tests.acceptance.state_machine.oracle.run import Complaint, Run

_KEY = "Diptych_Key__c"


def complaints(run: Run) -> Iterator[Complaint]:
    """Records that we created as what nobody asked for."""
    for made, batch in by_us(run.journal, What.CREATED, Side.SALESFORCE):
        contact = _origin(run.journal, made)
        wanted = {
            wish
            for settings in run.in_force(batch.at, made.seq)
            for wish in objects_for(run.journal, settings, contact, batch=batch, until=made.seq)
        }
        if made.ref.object_type.lower() not in wanted:
            says = f"{made.ref} was created at {made.seq}, where the settings want {sorted(wanted)}"
            yield Complaint(says=says, refs=(made.ref, contact))


def objects_for(
    journal: Journal,
    settings: Settings,
    contact: RecordRef,
    *,
    batch: Batch | None = None,
    until: int | None = None,
) -> set[CreateAs]:
    """What the settings may want for a contact, by all values that it may be seen to have had.

    Of a batch those that it may have read; without one, all that there ever were.
    """
    names = list(dict.fromkeys(one.hubspot_property for one in settings.create_as_when))
    seen = [_values(journal, contact, name, batch, until) for name in names]
    return {_first(settings, dict(zip(names, values, strict=True))) for values in product(*seen)}


def _first(settings: Settings, values: dict[str, str]) -> CreateAs:
    fitting = (one for one in settings.create_as_when if values[one.hubspot_property] in one.values)
    exception = next(fitting, None)
    return exception.create_as if exception is not None else settings.create_as


def _values(
    journal: Journal, contact: RecordRef, name: str, batch: Batch | None, until: int | None
) -> set[str]:
    kin = lineage(journal, contact) if batch is None else {contact}
    events = [
        event for event in journal.of(*kin) if event.field == name and event.seq < (until or journal.last)
    ]
    if batch is None:
        return {"", *(str(event.value or "") for event in events)}
    before = [str(event.value or "") for event in events if event.at < batch.at - STALE]
    lately = {str(event.value or "") for event in events if event.at >= batch.at - STALE}
    return {*(before[-1:] or [""]), *lately}


def _origin(journal: Journal, made: Event) -> RecordRef:
    """The contact that the record was made of, as its creation key names it."""
    key = next(str(event.value) for event in journal.of(made.ref) if event.field == _KEY)
    return hubspot_ref(key.partition("-")[2])
