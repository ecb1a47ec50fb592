"""Mappings that take no part, kept with why and since when."""

from __future__ import annotations

from dataclasses import replace

from adapters.database import SqlDatabase
from contract.records import Side
from contract.standing import IdleMapping
from tests.contract.database.makers import NOW, P, after

LEAD = IdleMapping(mapping="tier", side=Side.SALESFORCE, object_type="Lead", says="it is hidden", since=NOW)
CONTACT = replace(LEAD, object_type="Contact")
OURS = replace(LEAD, mapping="fax", side=Side.HUBSPOT, object_type="contact")


def test_each_is_kept_once_with_its_first_sight_and_its_last_reason(database: SqlDatabase) -> None:
    with database.transaction() as tx:
        assert tx.idle.of(P) == []
        tx.idle.keep(P, [LEAD, OURS, CONTACT])
        tx.idle.keep(P, [])
    formula = replace(LEAD, says="it is a formula", since=after(60))
    with database.transaction() as tx:
        tx.idle.keep(P, [formula, replace(CONTACT, returned=True)])
    with database.transaction() as tx:
        assert tx.idle.of(P) == [OURS, replace(CONTACT, returned=True), replace(formula, since=NOW)]


def test_what_is_idle_again_before_its_pairs_were_looked_at_is_so_since_then(database: SqlDatabase) -> None:
    for one in (LEAD, replace(LEAD, returned=True, since=after(30)), replace(LEAD, since=after(60))):
        with database.transaction() as tx:
            tx.idle.keep(P, [one])
    with database.transaction() as tx:
        assert tx.idle.of(P) == [replace(LEAD, since=after(60))]
        tx.idle.keep(P, [replace(LEAD, since=after(90))])
        assert tx.idle.of(P) == [replace(LEAD, since=after(60))]


def test_only_what_is_named_is_forgotten(database: SqlDatabase) -> None:
    with database.transaction() as tx:
        tx.idle.keep(P, [LEAD, CONTACT, OURS])
        tx.idle.keep(P + 1, [LEAD])
        tx.idle.drop(P, [LEAD, OURS])
        tx.idle.drop(P, [])
        assert tx.idle.of(P) == [CONTACT]
        assert tx.idle.of(P + 1) == [LEAD]
