"""Grants: one per portal and side, and no refresh ever takes the place of a newer grant."""

from __future__ import annotations

from dataclasses import replace

from adapters.database import Keys, SqlDatabase
from contract.grants import Consented, Grant
from contract.records import Side
from contract.secret import Secret
from tests.contract.database.makers import NOW, P, after
from tests.contract.database.places import Place

GRANT = Grant(
    client_id="app",
    addresses="https://login.example https://acme.example",
    refresh=Secret("refresh-in-clear"),
    access=Secret("access-in-clear"),
    user_id="005Dp0000000001MAA",
    expires_at=after(1800),
)


def put(database: SqlDatabase, grant: Grant = GRANT, side: Side = Side.SALESFORCE) -> None:
    with database.transaction() as tx:
        tx.grants.put(P, side, grant, author="ada", at=NOW)


def test_each_side_has_its_own_grant(database: SqlDatabase) -> None:
    hubspot = replace(GRANT, user_id="", expires_at=None)
    put(database)
    put(database, hubspot, Side.HUBSPOT)
    with database.transaction() as tx:
        assert tx.grants.get(P, Side.SALESFORCE) == replace(GRANT, version=1)
        assert tx.grants.get(P, Side.HUBSPOT) == replace(hubspot, version=1)
        assert tx.grants.get(P + 1, Side.HUBSPOT) is None


def test_who_consented_is_told_and_what_is_not_used_is_forgotten(database: SqlDatabase) -> None:
    put(database)
    with database.transaction() as tx:
        tx.grants.renew(P, Side.SALESFORCE, replace(GRANT, version=1), at=after(60))
        told = Consented(client_id="app", author="ada", at=NOW, renewed_at=after(60))
        assert tx.grants.told(P) == {Side.SALESFORCE: told}
        tx.grants.forget(P, Side.HUBSPOT)
        assert tx.grants.get(P, Side.SALESFORCE)
        tx.grants.forget(P, Side.SALESFORCE)
        assert (tx.grants.get(P, Side.SALESFORCE), tx.grants.told(P)) == (None, {})


def test_a_refresh_counts_only_where_it_was_made_of_what_is_stored(database: SqlDatabase) -> None:
    put(database)
    first = replace(GRANT, refresh=Secret("second"), version=1)
    with database.transaction() as tx:
        assert tx.grants.renew(P, Side.SALESFORCE, first, at=after(1))
        assert not tx.grants.renew(P, Side.SALESFORCE, replace(first, refresh=Secret("late")), at=after(2))
        assert tx.grants.get(P, Side.SALESFORCE) == replace(first, version=2)


def test_a_new_consent_is_not_undone_by_a_refresh_of_the_old_one(database: SqlDatabase) -> None:
    put(database)
    put(database, replace(GRANT, refresh=Secret("of the new consent")))
    with database.transaction() as tx:
        stale = replace(GRANT, refresh=Secret("of the old one"), version=1)
        assert not tx.grants.renew(P, Side.SALESFORCE, stale, at=after(1))
        found = tx.grants.get(P, Side.SALESFORCE)
    assert found is not None
    assert found.refresh.reveal() == "of the new consent"


def test_tokens_stand_in_no_file_in_clear_and_move_to_a_new_key(sqlite_place: Place) -> None:
    old = Keys.generate()
    database = sqlite_place.open(old)
    database.migrate()
    put(database)
    database.close()
    content = sqlite_place.bytes_on_disk()
    assert b"https://login.example" in content
    assert b"refresh-in-clear" not in content
    assert b"access-in-clear" not in content

    new = Keys.generate()
    both = replace(new, encryption=(*new.encryption, *old.encryption))
    rotating = sqlite_place.open(both)
    assert rotating.reencrypt() == 1
    rotating.close()
    alone = sqlite_place.open(new)
    with alone.transaction() as tx:
        assert tx.grants.get(P, Side.SALESFORCE) == replace(GRANT, version=1)
    alone.close()
