"""The inbox: pending rows first, acknowledgements after; nothing is lost and nothing stands in the way."""

from __future__ import annotations

import pytest

from adapters.broker.embedded import EmbeddedBroker
from consumers.inbox import Inbox
from contract.changes import Change, ChangeSet, Kind, encode
from contract.errors import DatabaseUnavailable
from contract.pending import PendingRow, WorkClass
from contract.ports import Ledger
from contract.records import RecordRef
from tests.fakes.away import AwayDatabase
from tests.fakes.people import NOW, PORTAL, ago, hs, lead_ref
from tests.unit.consumers.kit import change


class Desk:
    """An inbox with a real broker before it and a real database behind it."""

    def __init__(self, broker: EmbeddedBroker, database: AwayDatabase, ledger: Ledger) -> None:
        self.broker, self.database, self.ledger = broker, database, ledger
        self.subscriber = broker.subscriber()
        self.inbox = Inbox(subscriber=self.subscriber, database=database, marks=ledger)

    def publish(self, *changes: Change, body: bytes | None = None) -> None:
        envelope = encode(ChangeSet(id="d", received_at=NOW, changes=changes))
        self.broker.publisher().publish(body or envelope, message_id="m")

    def step(self, limit: int = 500) -> int:
        return self.inbox.step(now=NOW, limit=limit, wait=0.0)

    def unacked(self) -> int:
        """What would come again if this process died now."""
        self.subscriber.close()
        return self.broker.depth().inbox

    def rows(self, portal: int = PORTAL) -> dict[RecordRef, PendingRow]:
        with self.database.transaction() as tx:
            return {row.ref: row for row in tx.pending.take(portal, now=NOW, limit=1000)}


@pytest.fixture
def desk(broker: EmbeddedBroker, database: AwayDatabase, ledger: Ledger) -> Desk:
    return Desk(broker, database, ledger)


def test_changes_become_pending_live_and_due_at_once_and_their_messages_are_done(desk: Desk) -> None:
    desk.publish(change(hs(1)), change(lead_ref(1), Kind.CREATED))
    assert desk.step() == 1
    rows = desk.rows()
    assert set(rows) == {hs(1), lead_ref(1)}
    assert {(row.work_class, row.due_at) for row in rows.values()} == {(WorkClass.LIVE, NOW)}
    assert desk.unacked() == 0


def test_notices_of_many_messages_merge_into_one_row_per_record(desk: Desk) -> None:
    desk.publish(change(hs(1), Kind.UPDATED, occurred_at=ago(9)))
    desk.publish(change(hs(1), Kind.MERGED, merged_ids=("7",)), change(hs(1), Kind.UPDATED))
    assert desk.step() == 2
    row = desk.rows()[hs(1)]
    assert row.kinds == {Kind.UPDATED, Kind.MERGED}
    assert (row.merged_ids, row.noticed_at) == (frozenset({"7"}), NOW)


def test_changes_of_several_portals_in_one_message_go_each_to_its_own(desk: Desk) -> None:
    desk.publish(change(hs(1)), change(hs(1), portal=5))
    desk.step()
    assert (list(desk.rows()), list(desk.rows(5))) == ([hs(1)], [hs(1)])


@pytest.mark.parametrize("at_commit", [False, True])
def test_while_the_database_is_away_nothing_is_acknowledged_and_the_same_messages_are_merged_next(
    desk: Desk, *, at_commit: bool
) -> None:
    desk.publish(change(hs(1)))
    desk.publish(change(hs(2)))
    desk.database.away, desk.database.commits_left = not at_commit, 0
    with pytest.raises(DatabaseUnavailable):
        desk.step()
    desk.publish(change(hs(3)))
    desk.database.away, desk.database.commits_left = False, None
    assert desk.step() == 2
    assert set(desk.rows()) == {hs(1), hs(2)}
    assert desk.unacked() == 1


def test_trap_03_messages_come_again_when_the_process_dies_before_the_commit(desk: Desk) -> None:
    desk.publish(change(hs(1)))
    desk.database.commits_left = 0
    with pytest.raises(DatabaseUnavailable):
        desk.step()
    assert desk.unacked() == 1


def test_a_message_that_comes_again_after_its_commit_changes_nothing_but_the_version(desk: Desk) -> None:
    for _ in range(2):
        desk.publish(change(hs(1)))
        desk.step()
    assert desk.rows()[hs(1)].version == 2


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"id": "x"}', b"\xff\xfe", b"[" * 5000, b'"text"', b""])
def test_an_unreadable_message_is_rejected_with_its_reason_and_its_neighbours_are_merged(
    desk: Desk, body: bytes
) -> None:
    desk.publish(change(hs(1)))
    desk.publish(body=body or b" ")
    desk.publish(change(hs(2)))
    assert desk.step() == 3
    assert set(desk.rows()) == {hs(1), hs(2)}
    (dead,) = desk.broker.dead_letters().take(10, 0.0)
    assert dead.body == (body or b" ")
    assert dead.reason.startswith("the envelope is not")


def test_a_message_that_can_be_read_but_not_stored_is_rejected_and_holds_nobody_up(desk: Desk) -> None:
    desk.publish(change(hs(1)))
    desk.publish(change(hs(9), portal=2**70))
    desk.publish(change(hs(2)))
    assert desk.step() == 3
    assert set(desk.rows()) == {hs(1), hs(2)}
    (dead,) = desk.broker.dead_letters().take(10, 0.0)
    assert dead.reason == "it can be read but not stored: OverflowError"
    assert desk.step() == 0


def test_an_unreadable_message_alone_needs_no_database(desk: Desk) -> None:
    desk.publish(body=b"{")
    desk.database.away = True
    assert desk.step() == 1
    assert (desk.unacked(), desk.broker.depth().dead) == (0, 1)


def test_what_was_seen_already_is_acknowledged_without_a_row(desk: Desk) -> None:
    desk.ledger.mark_seen({(PORTAL, hs(1)): NOW})
    desk.publish(change(hs(1), occurred_at=ago(1)))
    desk.database.away = True
    assert desk.step() == 1
    assert desk.unacked() == 0


@pytest.mark.parametrize("kind", [Kind.DELETED, Kind.MERGED, Kind.ERASED, Kind.RESTORED, Kind.LISTED])
def test_deletions_merges_and_erasures_become_pending_whatever_was_seen(desk: Desk, kind: Kind) -> None:
    desk.ledger.mark_seen({(PORTAL, hs(1)): NOW})
    desk.publish(change(hs(1), kind, occurred_at=ago(1), echo=True))
    desk.step()
    assert desk.rows()[hs(1)].kinds == {kind}


def test_an_echo_that_overtakes_its_own_batch_is_pending_as_an_echo(desk: Desk) -> None:
    desk.publish(change(hs(1), echo=True))
    desk.step()
    assert desk.rows()[hs(1)].kinds == {Kind.ECHOED}


def test_a_step_takes_no_more_than_its_limit_and_tells_how_many(desk: Desk) -> None:
    for number in range(5):
        desk.publish(change(hs(number)))
    assert [desk.step(limit=3), desk.step(limit=3), desk.step(limit=3)] == [3, 2, 0]
