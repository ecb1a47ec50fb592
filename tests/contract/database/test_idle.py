"""Mappings that take no part, kept with why and since when."""

from __future__ import annotations

from dataclasses import replace

import pytest

from adapters.database import SqlDatabase
from contract.errors import LeaseLost
from contract.links import Ended, LinkState, Pair
from contract.records import RecordRef, Side
from contract.standing import IdleMapping
from tests.contract.database.makers import NOW, P, after, link

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


def test_that_it_was_gone_once_is_kept_until_it_had_returned(database: SqlDatabase) -> None:
    kept = []
    for one in (LEAD, replace(LEAD, gone=True), LEAD, replace(LEAD, gone=True, returned=True), LEAD):
        with database.transaction() as tx:
            tx.idle.keep(P, [one])
            kept += [idle.gone for idle in tx.idle.of(P)]
    assert kept == [False, True, True, True, False]


IN_PERSON = RecordRef(side=Side.SALESFORCE, object_type="Contact", id="003000000000000002")
PAIRS = {key: Pair("1", "1") for key in ("tier", "tier:Rank__c", "tiers", "fax", "fax:Code")}


def test_each_link_is_told_of_which_fields_we_lost_sight_and_nobody_stores_over_that(
    database: SqlDatabase,
) -> None:
    as_lead, as_contact = link(1, base=PAIRS), link(2, salesforce=IN_PERSON, base=PAIRS)
    ended = link(3, base=PAIRS, state=LinkState.ENDED, ended=Ended.SALESFORCE_DELETED)
    other = link(5, portal=P + 1, base=PAIRS)
    with database.transaction() as tx:
        links = tx.links.store([as_lead, as_contact, ended, link(4, base={"fax": Pair("1", "1")}), other])
    last: int | None = 0
    while last is not None:
        with database.transaction() as tx:
            last = tx.idle.lost_sight(P, [("tier", Side.SALESFORCE, "Lead")], after=last, limit=2)
    with database.transaction() as tx:
        tx.idle.lost_sight(P, [("fax", Side.HUBSPOT, "contact")], after=0, limit=9)
        refs = [one.hubspot for one in links if one.hubspot]
        found = tx.links.of(P, refs) | tx.links.of(P + 1, refs[-1:])
    fax = {(Side.HUBSPOT, "fax"), (Side.HUBSPOT, "fax:Code")}
    tier = {(Side.SALESFORCE, "tier"), (Side.SALESFORCE, "tier:Rank__c")}
    expected = [tier | fax, fax, tier | fax, {(Side.HUBSPOT, "fax")}, set()]
    assert [set(found[ref].out_of_sight) for ref in refs] == expected
    with pytest.raises(LeaseLost), database.transaction() as tx:
        tx.links.store([links[0]])


def test_only_what_is_named_is_forgotten(database: SqlDatabase) -> None:
    with database.transaction() as tx:
        tx.idle.keep(P, [LEAD, CONTACT, OURS])
        tx.idle.keep(P + 1, [LEAD])
        tx.idle.drop(P, [LEAD, OURS])
        tx.idle.drop(P, [])
        assert tx.idle.of(P) == [CONTACT]
        assert tx.idle.of(P + 1) == [LEAD]
