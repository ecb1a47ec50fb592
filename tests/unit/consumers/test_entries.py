"""Who joins the inclusion list is found, however the list shifts between two looks."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import cast

import pytest

from adapters.database import SqlDatabase
from consumers.entries import LISTED_LATE, Entries
from contract.changes import Kind
from contract.errors import CrmError, ErrorClass
from contract.pending import WorkClass
from contract.ports import Crm, ListPage
from sandbox.kit import Faults
from tests.contract.crm.benches import NUMBER, HandClock
from tests.fakes.office import ON, opened
from tests.unit.consumers.kit import fault

PAGE = 3


class AList:
    """A list in join order, three members to a page, with a cursor that counts places, as HubSpot's may."""

    def __init__(self, clock: HandClock) -> None:
        self.members: list[tuple[str, datetime]] = []
        self.asked: list[str | None] = []
        self.bad_cursors = False
        self._clock = clock

    def join(self, *ids: str) -> None:
        self.members += [(id_, self._clock()) for id_ in ids]
        self._clock.sleep(1)

    def leave(self, *ids: str) -> None:
        self.members = [(id_, at) for id_, at in self.members if id_ not in ids]

    def joined(self, list_id: str, after: str | None) -> ListPage:
        assert list_id == "7"
        self.asked.append(after)
        if after is not None and self.bad_cursors:
            raise CrmError(fault(ErrorClass.DATA))
        start = int(after or 0)
        more = start + PAGE < len(self.members)
        return ListPage(
            members=tuple(self.members[start : start + PAGE]), after=str(start + PAGE) if more else None
        )


class Watched:
    """The list, and a look at it every few minutes."""

    def __init__(self, database: SqlDatabase, clock: HandClock) -> None:
        self.list = AList(clock)
        self.database = database
        self.clock = clock
        self.entries = Entries(database=database, portal=NUMBER, list_id="7")

    def look(self) -> set[str]:
        """The ids that this look made pending."""
        self.clock.sleep(LISTED_LATE.total_seconds())
        found = self.entries.look(cast("Crm", self.list), now=self.clock(), trace_id="t")
        with self.database.transaction() as tx:
            rows = tx.pending.take(NUMBER, now=self.clock(), limit=100)
            tx.pending.finish(rows, [], now=self.clock())
        assert all(row.kinds == {Kind.LISTED} and row.work_class is WorkClass.RETRY for row in rows)
        assert found == len(rows)
        return {row.ref.id for row in rows}


@pytest.fixture
def watched(real_database: SqlDatabase, clock: HandClock) -> Watched:
    """A list of seven whose place is known."""
    watched = Watched(real_database, clock)
    watched.list.join(*"1234567")
    watched.clock.sleep(60)
    watched.entries.begin(clock())
    assert watched.look() == set()
    return watched


def test_those_who_joined_since_are_looked_at_once(watched: Watched) -> None:
    watched.list.join("8", "9", "10", "11")
    assert watched.look() == {"8", "9", "10", "11"}
    assert watched.look() == set()


def test_only_the_last_page_is_read_while_nobody_joins(watched: Watched) -> None:
    watched.list.asked.clear()
    watched.look()
    assert watched.list.asked == ["6"]


def test_members_who_left_shift_nobody_out_of_sight(watched: Watched) -> None:
    watched.list.leave("1", "2", "3", "4")
    watched.list.join("8", "9", "10", "11")
    assert watched.look() == {"8", "9", "10", "11"}
    watched.list.leave(*"567")
    assert watched.look() == set()


def test_whoever_comes_back_has_joined_again(watched: Watched) -> None:
    watched.list.leave("5")
    watched.list.join("5")
    assert watched.look() == {"5"}


def test_a_cursor_that_hubspot_takes_no_more_means_reading_from_the_beginning(watched: Watched) -> None:
    watched.list.join("8")
    watched.list.bad_cursors = True
    with pytest.raises(CrmError):
        watched.look()  # the second page cannot be had either
    watched.list.bad_cursors = False
    assert watched.look() == {"8"}


def test_one_who_is_listed_late_among_others_of_the_same_moment_is_found(watched: Watched) -> None:
    watched.list.join("8")
    moment = watched.list.members[-1][1]
    assert watched.entries.look(cast("Crm", watched.list), now=watched.clock(), trace_id="t") == 1
    watched.list.members.append(("9", moment - timedelta(seconds=1)))
    assert watched.entries.look(cast("Crm", watched.list), now=watched.clock(), trace_id="t") == 2


def test_a_contact_who_joins_the_list_is_synced_though_nothing_else_of_it_changed() -> None:
    with opened(faults=Faults(drop_notice=1.0)) as office:
        portal = office.hubspot.portal(NUMBER)
        chosen = portal.lists.create("Chosen", portal.shelf("contacts").type, "MANUAL")
        office.change_settings(replace(ON, inclusion_list=chosen.id))
        office.sweep()
        contact = office.add_contact("ada@x.example", lastname="Ada")
        for _ in range(3):
            office.clock.sleep(600)
            office.sweep()
            office.rest()
        assert office.links() == []
        portal.lists.add(chosen, contact.id)
        for _ in range(3):
            office.clock.sleep(600)
            office.sweep()
            office.rest()
        assert [link.hubspot for link in office.links()] == [contact]
