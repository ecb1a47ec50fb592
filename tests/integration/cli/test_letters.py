from __future__ import annotations

from datetime import UTC, datetime

import pytest

from contract.activity import DeadLetter, DeadLetterScope, DeadLetterState
from contract.changes import Change, ChangeSet, Kind, encode
from contract.pending import PendingRow, WorkClass
from contract.records import RecordRef, Side
from tests.integration.cli.conftest import PORTAL, Cli

NOW = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)
CONTACT = RecordRef(side=Side.HUBSPOT, object_type="contact", id="501")
LEAD = RecordRef(side=Side.SALESFORCE, object_type="Lead", id="00QDp0000hp2cEZMAY")


def letter(ref: RecordRef | None = CONTACT, **values: object) -> DeadLetter:
    plain: dict[str, object] = {
        "portal": PORTAL,
        "scope": DeadLetterScope.RECORD,
        "error": "data",
        "code": "REQUIRED_FIELD_MISSING",
        "says": "Salesforce requires LastName",
        "fix": "Fill the named field in HubSpot.",
        "first_seen": NOW,
        "last_seen": NOW,
    }
    return DeadLetter(ref=ref, **{**plain, **values})  # type: ignore[arg-type]  # a builder for tests


def unreadable(raw: bytes | None) -> DeadLetter:
    return letter(
        None,
        portal=None,
        scope=DeadLetterScope.CHANGE,
        field="message-1",
        code="UNREADABLE_MESSAGE",
        raw=raw,
    )


@pytest.fixture
def letters(nova: Cli) -> Cli:
    """Three letters: 1 of a contact, 2 of a lead's field, 3 unreadable."""
    with nova.tables() as tx:
        tx.dead_letters.add([letter()])
        tx.dead_letters.add(
            [letter(LEAD, scope=DeadLetterScope.FIELD, field="Phone", code="STRING_TOO_LONG", rule="mapping")]
        )
        tx.dead_letters.add([unreadable(b"\xffnot an envelope ada@example.com")])
    return nova


def pending(cli: Cli) -> list[PendingRow]:
    with cli.tables() as tx:
        return tx.pending.take(PORTAL, now=datetime.now(UTC), limit=10)


def states(cli: Cli) -> dict[int | None, DeadLetterState]:
    with cli.tables() as tx:
        return {one.id: one.state for one in tx.dead_letters.find(state=None)}


def test_list_shows_the_open_ones_and_filters(letters: Cli) -> None:
    said = letters.ok("dead-letters", "list")
    assert [line.split()[0] for line in said.splitlines()[1:]] == ["3", "2", "1"]
    only = letters.ok("dead-letters", "list", "--portal", PORTAL, "--code", "STRING_TOO_LONG")
    assert [line.split()[0] for line in only.splitlines()[1:]] == ["2"]
    assert "There is no discarded dead letter." in letters.ok("dead-letters", "list", "--state", "discarded")
    assert "only the newest 1 are shown" in letters.ok("dead-letters", "list", "--limit", 1)


def test_show_says_cause_fix_and_times_in_the_local_zone(letters: Cli) -> None:
    said = letters.ok("dead-letters", "show", 2)
    assert f"Salesforce lead {LEAD.id}" in said
    assert "STRING_TOO_LONG (data)" in said
    assert "Fill the named field in HubSpot." in said
    assert NOW.astimezone().strftime("%Y-%m-%d %H:%M:%S %Z") in said
    assert "there is no dead letter 9" in letters.refused("dead-letters", "show", 9)


def test_a_kept_message_shows_only_on_demand(letters: Cli) -> None:
    assert "ada@example.com" not in letters.ok("dead-letters", "show", 3)
    assert "\\xffnot an envelope ada@example.com" in letters.ok("dead-letters", "show", 3, "--raw")


def test_replay_makes_the_record_pending_in_the_replay_class_and_settles(letters: Cli) -> None:
    said = letters.ok("dead-letters", "replay", 1)
    assert "1 replayed" in said
    assert "portal 4242 is paused" in said
    [row] = pending(letters)
    assert (row.ref, row.work_class, row.kinds) == (CONTACT, WorkClass.REPLAY, frozenset({Kind.UPDATED}))
    assert row.noticed_at.year == 1970
    assert states(letters)[1] is DeadLetterState.REPLAYED
    assert states(letters)[2] is DeadLetterState.OPEN


def test_replay_puts_back_the_notices_that_a_look_could_not_learn_again(nova: Cli) -> None:
    erased = Change(portal=PORTAL, ref=CONTACT, kind=Kind.ERASED, occurred_at=NOW, trace_id="t")
    with nova.tables() as tx:
        tx.dead_letters.add([letter(raw=encode(ChangeSet(id="d", received_at=NOW, changes=(erased,))))])
    nova.ok("dead-letters", "replay", 1)
    [row] = pending(nova)
    assert (row.ref, row.kinds) == (CONTACT, frozenset({Kind.ERASED, Kind.UPDATED}))


def test_replay_by_portal_or_code_takes_all_that_fit(letters: Cli) -> None:
    assert "1 replayed" in letters.ok("dead-letters", "replay", "--code", "STRING_TOO_LONG")
    assert "1 replayed" in letters.ok("dead-letters", "replay", "--portal", PORTAL)
    assert {row.ref for row in pending(letters)} == {CONTACT, LEAD}


def test_a_replay_without_a_choice_is_a_misuse(letters: Cli) -> None:
    assert letters("dead-letters", "replay").exit_code == 2
    assert letters("dead-letters", "replay", 1, "--portal", PORTAL).exit_code == 2


def test_an_unreadable_message_is_refused_and_the_others_go_on(letters: Cli) -> None:
    result = letters("dead-letters", "replay", 1, 3)
    assert result.exit_code == 1
    assert "1 replayed" in result.stdout
    assert "dead letter 3: its message still cannot be read" in result.stderr
    assert "show 3 --raw" in result.stderr
    assert states(letters)[3] is DeadLetterState.OPEN


def test_a_message_that_only_killed_its_reader_is_replayed_from_its_bytes(nova: Cli) -> None:
    change = Change(portal=PORTAL, ref=LEAD, kind=Kind.DELETED, occurred_at=NOW, trace_id="t")
    raw = encode(ChangeSet(id="d", received_at=NOW, changes=(change,)))
    with nova.tables() as tx:
        tx.dead_letters.add([unreadable(raw)])
    assert "1 replayed" in nova.ok("dead-letters", "replay", 1)
    [row] = pending(nova)
    assert (row.ref, row.kinds, row.noticed_at) == (LEAD, frozenset({Kind.DELETED}), NOW)


def test_a_message_that_is_not_kept_any_more_cannot_be_replayed(nova: Cli) -> None:
    with nova.tables() as tx:
        tx.dead_letters.add([unreadable(None)])
    assert "not kept any more" in nova.refused("dead-letters", "replay", 1)


def test_discard_keeps_who_and_why(letters: Cli) -> None:
    assert "2 discarded" in letters.ok("dead-letters", "discard", 1, 3, "--reason", "test data")
    assert states(letters) == {
        1: DeadLetterState.DISCARDED,
        2: DeadLetterState.OPEN,
        3: DeadLetterState.DISCARDED,
    }
    assert "test data" in letters.ok("dead-letters", "show", 1)
    assert "1 not: only open ones can be discarded" in letters.refused(
        "dead-letters", "discard", 1, "--reason", "again"
    )
    assert "it is discarded already" in letters.refused("dead-letters", "replay", 1)
    assert letters("dead-letters", "discard", 2).exit_code == 2
