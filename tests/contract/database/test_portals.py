from __future__ import annotations

from dataclasses import replace

import pytest

from adapters.database import SqlDatabase
from contract.secret import Secret
from contract.settings import Portal, Suspension, SyncMode
from tests.contract.database.makers import NOW, P, after, portal


def save(database: SqlDatabase, given: Portal) -> int:
    with database.transaction() as tx:
        return tx.portals.save(given, author="ada", comment="as agreed", at=NOW)


def get(database: SqlDatabase, number: int = P) -> Portal | None:
    with database.transaction() as tx:
        return tx.portals.get(number)


def versioned(given: Portal, version: int) -> Portal:
    return replace(given, settings=replace(given.settings, version=version))


def test_a_portal_comes_back_with_every_setting_and_secret(database: SqlDatabase) -> None:
    assert save(database, portal()) == 1
    found = get(database)
    assert found == versioned(portal(), 1)
    assert found is not None
    assert [secret.reveal() for secret in found.hubspot.client_secrets] == [
        "new-client-secret",
        "old-client-secret",
    ]
    assert found.salesforce.auth.private_key.reveal() == "private-key-in-clear"
    assert found.salesforce.auth.session == Secret("")


def test_a_portal_nobody_saved_is_not_there(database: SqlDatabase) -> None:
    save(database, portal())
    assert get(database, P + 1) is None


def test_each_saving_adds_a_version_and_the_newest_counts(database: SqlDatabase) -> None:
    assert save(database, portal()) == 1
    assert save(database, portal(name="Acme Europe")) == 2
    assert get(database) == versioned(portal(name="Acme Europe"), 2)


def test_every_version_is_kept_with_who_stored_it_when_and_why(database: SqlDatabase) -> None:
    save(database, portal())
    save(database, portal(name="Acme Europe"))
    save(database, portal(P + 1))
    with database.transaction() as tx:
        tx.portals.set_mode(P, SyncMode.OFF, author="bob", at=after(5))
        first, second, third = tx.portals.versions(P)
        assert tx.portals.versions(P + 2) == []
    assert first.portal == versioned(portal(), 1)
    assert (second.portal.name, second.author, second.comment, second.at) == (
        "Acme Europe",
        "ada",
        "as agreed",
        NOW,
    )
    assert (third.portal.settings.mode, third.author, third.at) == (SyncMode.OFF, "bob", after(5))


def test_the_version_number_a_portal_carries_is_not_what_it_is_stored_under(
    database: SqlDatabase,
) -> None:
    assert save(database, versioned(portal(), 17)) == 1
    assert get(database) == versioned(portal(), 1)


def test_all_gives_the_newest_versions_by_number(database: SqlDatabase) -> None:
    save(database, portal(P + 1))
    save(database, portal())
    save(database, portal(P + 1, name="Other"))
    with database.transaction() as tx:
        assert tx.portals.all() == [versioned(portal(), 1), versioned(portal(P + 1, name="Other"), 2)]


def test_setting_the_mode_stores_a_version_that_differs_in_nothing_else(database: SqlDatabase) -> None:
    save(database, portal())
    with database.transaction() as tx:
        assert tx.portals.set_mode(P, SyncMode.ON, author="bob", at=after(1)) == 2
    given = portal()
    assert get(database) == replace(given, settings=replace(given.settings, mode=SyncMode.ON, version=2))


def test_the_mode_of_an_unknown_portal_cannot_be_set(database: SqlDatabase) -> None:
    with pytest.raises(KeyError), database.transaction() as tx:
        tx.portals.set_mode(P, SyncMode.ON, author="bob", at=NOW)


@pytest.mark.parametrize("clears_at", [None, after(60)])
def test_a_suspension_stands_until_it_is_cleared(database: SqlDatabase, clears_at: object) -> None:
    save(database, portal())
    save(database, portal(P + 1))
    given = Suspension(reason="the token was refused", since=NOW, clears_at=clears_at)  # type: ignore[arg-type]
    with database.transaction() as tx:
        assert tx.portals.suspension(P) is None
        tx.portals.suspend(P, replace(given, reason="something else"))
        tx.portals.suspend(P, given)
        assert tx.portals.suspension(P) == given
        assert tx.portals.suspension(P + 1) is None
        save_again = tx.portals.save(portal(), author="ada", comment="", at=NOW)
        assert (save_again, tx.portals.suspension(P)) == (2, given)
        tx.portals.suspend(P, None)
        assert tx.portals.suspension(P) is None


def test_only_a_known_portal_can_be_suspended(database: SqlDatabase) -> None:
    with database.transaction() as tx:
        assert tx.portals.suspension(P) is None
        with pytest.raises(KeyError):
            tx.portals.suspend(P, Suspension(reason="x", since=NOW))
