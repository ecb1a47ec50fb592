"""Automatic lifecycle stages: who takes part in a deal moves on, and never back.

`lifecycle.automatic`. A Salesforce contact with a contact role on an open opportunity makes its HubSpot
contact an `opportunity`, with one on a won opportunity a `customer`. The portal's own order of stages says
what is further on, its own stages included; `evangelist` and `other` are left alone. Leads have no contact
roles, and a contact created from Salesforce starts at `lead` where no role says more.

Roles cost calls, so they are asked for where they can matter: when the poll found a changed role or
opportunity, and when a contact's roles were never heard. The link's base notes that they were, so a pair
that was just linked or moved to another contact is asked about, one that is in step is not.
"""

from __future__ import annotations

from dataclasses import replace

from contract.changes import Kind
from contract.decisions import Action, Write
from contract.lifecycle import STAGE, Standing
from contract.links import Pair
from contract.records import SALESFORCE_CONTACT, Record, RecordRef, Side, Value, is_blank
from rules.person import Person

RULE = "lifecycle"
OPPORTUNITY, CUSTOMER = "opportunity", "customer"
_DEALS = {OPPORTUNITY: "an open", CUSTOMER: "a won"}
ROLES = "lifecycle.roles"
"""In a link's base: the Salesforce contact whose roles were heard, and the stage written for them."""
LEFT_ALONE = frozenset({"evangelist", "other"})
"""Stages of people whom no deal moves, wherever the portal has them in its order."""


def decide(person: Person) -> Person:
    """Move the HubSpot contact to the stage that its contact roles have earned it."""
    contact = _contact(person) if person.settings.automatic_stages else None
    if contact is None or not _may_matter(person, contact):
        return person
    roles = person.facts.roles_of(contact.id)
    if roles is None:
        return person.says(RULE, "contact roles are not visible to the integration user: the stage stays")
    stage = _earned(roles)
    if stage is None:
        text = "no contact role on an open or won opportunity: the stage stays"
        return _heard(person, contact).says(RULE, text)
    if not _created(person):
        person.need_both()
    return _moved(person, contact, stage)


def _contact(person: Person) -> RecordRef | None:
    """The Salesforce contact of a pair that is synced, or about to be."""
    link = person.live_link or (person.link if _created(person) else None)
    known = link.salesforce if link is not None else None
    return known if known is not None and known.object_type == SALESFORCE_CONTACT else None


def _created(person: Person) -> bool:
    """Whether this decision creates the HubSpot contact."""
    return any(write.action is Action.CREATE and write.side is Side.HUBSPOT for write in person.writes)


def _may_matter(person: Person, contact: RecordRef) -> bool:
    """Whether the roles may say more than they did when they were last heard."""
    if not _is_heard(person, contact):
        return True
    return any(
        Kind.ASSOCIATED in notice.kinds and notice.ref.side is Side.SALESFORCE
        for notice in person.facts.notices
    )


def _is_heard(person: Person, contact: RecordRef) -> bool:
    noted = person.link.base.get(ROLES) if person.link is not None else None
    return noted is not None and noted.salesforce == contact.id


def _heard(person: Person, contact: RecordRef) -> Person:
    """With the roles noted as heard; nothing is owed to this contact."""
    link = person.link
    if link is None or _is_heard(person, contact):
        return person
    return person.changed(link=link.changed(base={**link.base, ROLES: Pair(None, contact.id)}))


def _owed(person: Person) -> Person:
    """With the roles not heard until the write succeeds: one that fails or is held back is decided anew."""
    link = person.link
    if link is None:
        return person
    base = {key: pair for key, pair in link.base.items() if key != ROLES}
    return person.changed(link=link.changed(base=base))


def _earned(roles: frozenset[Standing]) -> str | None:
    if Standing.WON in roles:
        return CUSTOMER
    return OPPORTUNITY if Standing.OPEN in roles else None


def _moved(person: Person, contact: RecordRef, stage: str) -> Person:
    """With the stage written, unless the contact stands there or further on, now or after this decision."""
    record, write = person.hubspot, _write(person)
    if write is None or (record is not None and STAGE not in record.fields):
        text = "the stage is not visible to us in HubSpot: it stays as it is"
        return _heard(person, contact).says(RULE, text, field=STAGE)
    now = record.fields[STAGE] if record is not None else None
    why = _why_not(person, stage, now) or _why_not(person, stage, write.values.get(STAGE, now))
    if why is not None:
        return _heard(person, contact).says(RULE, f"{why}: the stage stays", field=STAGE, hubspot=now)
    others = (one for one in person.writes if one is not write)
    text = f"it has a contact role on {_DEALS[stage]} opportunity: the stage becomes {stage}"
    return (
        _owed(person)
        .changed(writes=(*others, _with_stage(write, contact, stage)))
        .says(RULE, text, field=STAGE, hubspot=now, writes=Side.HUBSPOT, value=stage, lost=now)
    )


def _why_not(person: Person, stage: str, held: Value) -> str | None:
    """Why somebody at the stage `held` is not moved to this one; None where nothing speaks against it."""
    if held == stage:
        return f"the contact is at {stage} already"
    if held in LEFT_ALONE:
        return f"{held} is left alone"
    order = person.facts.stages()
    if stage not in order:
        return f"HubSpot shows us no stage {stage}"
    if is_blank(held):
        return None
    if held not in order:
        return f"the place of {held} in the order of stages is not known"
    return f"{held} is further on than {stage}" if order.index(str(held)) > order.index(stage) else None


def _write(person: Person) -> Write | None:
    """What is written to the HubSpot contact anyway, else an update of its own."""
    for write in person.writes:
        if write.side is Side.HUBSPOT and write.action in {Action.CREATE, Action.UPDATE}:
            return write
    return _update(person.hubspot) if person.hubspot is not None else None


def _update(contact: Record) -> Write:
    return Write(
        action=Action.UPDATE,
        side=Side.HUBSPOT,
        object_type=contact.ref.object_type,
        record_id=contact.ref.id,
        before=contact.modified_at,
        reason="its contact roles in Salesforce earn it another lifecycle stage",
    )


def _with_stage(write: Write, contact: RecordRef, stage: str) -> Write:
    """With the stage in it; a mapping of the stage finds the new value at the next look, as an edit."""
    mapped = write.keys.get(STAGE)
    pairs = {key: pair for key, pair in write.pairs.items() if key != mapped}
    return replace(
        write,
        values={**write.values, STAGE: stage},
        keys={**write.keys, STAGE: ROLES},
        pairs={**pairs, ROLES: Pair(stage, contact.id)},
    )
