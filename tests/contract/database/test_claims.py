"""Claims are taken by one owner at a time, run out, and are given back."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from adapters.database import SqlDatabase
from adapters.database.tables import claims
from tests.contract.database.makers import NOW

_SOON = NOW + timedelta(seconds=60)


def test_a_free_key_is_taken_and_a_held_one_is_not(database: SqlDatabase) -> None:
    with database.transaction() as tx:
        assert tx.claims.take({"a", "b"}, "1", now=NOW, until=_SOON) == {"a", "b"}
        assert tx.claims.take({"b", "c"}, "2", now=NOW, until=_SOON) == {"c"}


def test_ones_own_claim_is_renewed_and_an_expired_one_is_free(database: SqlDatabase) -> None:
    with database.transaction() as tx:
        tx.claims.take({"a"}, "1", now=NOW, until=_SOON)
        later = _SOON + timedelta(seconds=1)
        assert tx.claims.take({"a"}, "1", now=_SOON - timedelta(seconds=1), until=later) == {"a"}
        assert tx.claims.take({"a"}, "2", now=_SOON, until=later) == set()
        assert tx.claims.take({"a"}, "2", now=later, until=later + timedelta(seconds=1)) == {"a"}


def test_only_ones_own_claims_are_given_back(database: SqlDatabase) -> None:
    with database.transaction() as tx:
        tx.claims.take({"a"}, "1", now=NOW, until=_SOON)
        tx.claims.release({"a"}, "2")
        assert tx.claims.take({"a"}, "2", now=NOW, until=_SOON) == set()
        tx.claims.release({"a"}, "1")
        assert tx.claims.take({"a"}, "2", now=NOW, until=_SOON) == {"a"}


def test_many_keys_at_once_and_none(database: SqlDatabase) -> None:
    keys = {f"k{number}" for number in range(2500)}
    with database.transaction() as tx:
        assert tx.claims.take(keys, "1", now=NOW, until=_SOON) == keys
        assert tx.claims.take(set(), "1", now=NOW, until=_SOON) == set()


def test_what_a_dead_worker_claimed_is_gone_after_a_day(database: SqlDatabase) -> None:
    with database.transaction() as tx:
        tx.claims.take({"a"}, "1", now=NOW, until=_SOON)
        for hours, left in ((23, {"a", "b"}), (25, {"b"})):
            later = NOW + timedelta(hours=hours)
            tx.claims.take({"b"}, "2", now=later, until=later + timedelta(seconds=60))
            assert set(tx.connection.scalars(select(claims.c.key))) == left
