"""Claims: portals that share a Salesforce org take turns at finding and creating the same person.

Salesforce has no unique e-mail, so two portals that look for somebody at the same moment would both find
nobody and create two. What is found is only worth something while nobody else may create.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from consumers.people import Person
from contract.decisions import Action, Again, Decision
from contract.ports import Database, Transaction
from contract.records import Side
from contract.settings import Portal

CLAIM = timedelta(seconds=60)
"""How long the claims of a worker that died stand in others' way."""
_WAIT = 2.0


def take(people: Sequence[Person], portal: Portal, database: Database, *, now: datetime) -> list[Person]:
    """Those who are to be created in Salesforce and are ours to create; the others must wait.

    What the winners know was found before the claim, so they must be decided again.
    """
    wanted = {person: key for person in people if (key := _key(person, portal))}
    if not wanted:
        return []
    with database.transaction() as tx:
        ours = tx.claims.take(set(wanted.values()), _owner(portal), now=now, until=now + CLAIM)
    won = []
    for person, key in wanted.items():
        if key in ours:
            person.claim = key
            won.append(person)
        else:
            because = "another portal of this org is creating a person with this e-mail"
            person.decision = Decision(again=Again(seconds=_WAIT, because=because))
    return won


def release(tx: Transaction, people: Sequence[Person], portal: Portal) -> None:
    """Give back what these persons claimed, in the transaction that stores what was created."""
    keys = {person.claim for person in people if person.claim}
    if keys:
        tx.claims.release(keys, _owner(portal))


def _key(person: Person, portal: Portal) -> str | None:
    """A hash, for no address may stand where an erasure does not look."""
    for write in person.decision.writes:
        if write.action is Action.CREATE and write.side is Side.SALESFORCE and write.email:
            return hashlib.sha256(f"{portal.salesforce.org_id} {write.email}".encode()).hexdigest()
    return None


def _owner(portal: Portal) -> str:
    return str(portal.number)
