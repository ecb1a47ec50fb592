from __future__ import annotations

from adapters.database import Keys, SqlDatabase
from contract.activity import DeadLetterScope, DeadLetterState
from contract.changes import Kind
from contract.decisions import Erasure, Report, ReportKind
from contract.links import Intent, LinkState, Pair
from contract.records import RecordRef, Side
from contract.secret import Secret
from tests.contract.database.makers import NOW, P, change, entry, hubspot, lead, letter, link
from tests.contract.database.places import Place
from tests.contract.database.test_pending_merge import merge

ADA = Erasure(refs=(hubspot(1), lead(1)), emails=("Ada@example.org",))


def erase(database: SqlDatabase, erasure: Erasure = ADA, portal: int = P) -> None:
    with database.transaction() as tx:
        tx.tombstones.erase(portal, erasure, at=NOW)


def test_erased_records_and_addresses_are_known_as_such(database: SqlDatabase) -> None:
    erase(database)
    erase(database)
    with database.transaction() as tx:
        assert tx.tombstones.erased_refs(P, [hubspot(1), lead(1), hubspot(2)]) == {hubspot(1), lead(1)}
        given = ["ada@example.org", " ADA@EXAMPLE.ORG ", "bob@example.org", ""]
        assert tx.tombstones.erased_emails(P, given) == set(given[:2])
        assert tx.tombstones.erased_refs(P, []) == set()
        lookalike = RecordRef(side=Side.HUBSPOT, object_type="company", id="1")
        assert tx.tombstones.erased_refs(P, [lookalike]) == set()


def test_trap_24_an_erasure_holds_for_its_portal_alone(database: SqlDatabase) -> None:
    erase(database)
    with database.transaction() as tx:
        assert tx.tombstones.erased_refs(P + 1, [hubspot(1)]) == set()
        assert tx.tombstones.erased_emails(P + 1, ["ada@example.org"]) == set()


def test_a_blank_address_is_never_erased(database: SqlDatabase) -> None:
    erase(database, Erasure(refs=(), emails=("", "  ")))
    with database.transaction() as tx:
        assert tx.tombstones.erased_emails(P, [""]) == set()


def test_many_lookups_at_once(database: SqlDatabase) -> None:
    erase(database, Erasure(refs=tuple(hubspot(n) for n in range(1500)), emails=()))
    with database.transaction() as tx:
        assert len(tx.tombstones.erased_refs(P, [hubspot(n) for n in range(3000)])) == 1500


def test_lifting_ends_the_erasure_and_counts_what_was_lifted(database: SqlDatabase) -> None:
    erase(database)
    with database.transaction() as tx:
        lift = tx.tombstones.lift
        assert lift(P + 1, refs=[hubspot(1)], emails=[]) == 0
        assert lift(P, refs=[hubspot(1), hubspot(2)], emails=["ADA@example.org"]) == 2
        assert lift(P, refs=[hubspot(1), hubspot(2)], emails=["ADA@example.org"]) == 0
        assert tx.tombstones.erased_refs(P, [hubspot(1), lead(1)]) == {lead(1)}
        assert tx.tombstones.erased_emails(P, ["ada@example.org"]) == set()


def test_tombstones_of_an_older_key_hold_as_long_as_the_key_is_there(
    database: SqlDatabase, place: Place, keys: Keys
) -> None:
    erase(database)
    new = Secret("new tombstone key")
    rotated = place.open(Keys(encryption=keys.encryption, tombstone=(new, *keys.tombstone)))
    with rotated.transaction() as tx:
        assert tx.tombstones.erased_refs(P, [hubspot(1)]) == {hubspot(1)}
        assert tx.tombstones.erased_emails(P, ["ada@example.org"]) == {"ada@example.org"}
        tx.tombstones.erase(P, ADA, at=NOW)
        assert tx.tombstones.lift(P, refs=ADA.refs, emails=ADA.emails) == 3
        assert tx.tombstones.erased_refs(P, ADA.refs) == set()
        tx.tombstones.erase(P, ADA, at=NOW)
    rotated.close()
    only_new = place.open(Keys(encryption=keys.encryption, tombstone=(new,)))
    with only_new.transaction() as tx:
        assert tx.tombstones.erased_refs(P, [hubspot(1)]) == {hubspot(1)}
    only_new.close()
    with database.transaction() as tx:
        assert tx.tombstones.erased_refs(P, [hubspot(1)]) == set()


def test_activity_keeps_its_skeleton_and_loses_its_values(database: SqlDatabase) -> None:
    with database.transaction() as tx:
        tx.activity.add(
            [
                entry(hubspot(1), hubspot(5), email="x@example.org", trace_id="by id"),
                entry(hubspot(6), email="ada@example.org", trace_id="by e-mail"),
                entry(hubspot(7), email="bob@example.org", trace_id="another person"),
                entry(hubspot(1), email="ada@example.org", trace_id="another portal", portal=P + 1),
            ]
        )
        tx.tombstones.erase(P, ADA, at=NOW)
        by_trace = {found.trace_id: found for found in tx.activity.history(None)}
    for trace in ("by id", "by e-mail"):
        found = by_trace[trace]
        assert "+49 30 1" not in repr((found.verdicts, found.writes))
        assert found.email == ""
        assert found.notice == entry().notice
        (verdict,), (write,) = found.verdicts, found.writes
        assert (verdict["rule"], verdict["field"]) == ("mapping", "phone")
        assert "erased" in verdict["says"]
        assert (write["action"], write["record_id"], write["values"]) == ("update", lead(1).id, {})
        assert "erased" in write["reason"]
        assert write["outcome"] == {"ok": True}
    assert by_trace["by id"].refs == (hubspot(1), hubspot(5))
    for trace in ("another person", "another portal"):
        assert by_trace[trace].verdicts == entry().verdicts
        assert by_trace[trace].writes == entry().writes


def test_trap_25_dead_letters_are_settled_keep_their_words_and_lose_the_rest(database: SqlDatabase) -> None:
    raw = {"raw": b"ada", "note": "Ada called", "scope": DeadLetterScope.CHANGE}
    with database.transaction() as tx:
        tx.dead_letters.add([letter(1, **raw), letter(2, **raw), letter(1, portal=P + 1, **raw)])
        tx.tombstones.erase(P, ADA, at=NOW)
        found = {(one.portal, one.ref): one for one in tx.dead_letters.find(state=None)}
    gone = found[P, hubspot(1)]
    assert (gone.raw, gone.note, gone.says) == (None, "", letter().says)
    assert gone.state is DeadLetterState.RESOLVED
    assert found[P, hubspot(2)].state is found[P + 1, hubspot(1)].state is DeadLetterState.OPEN
    assert found[P, hubspot(2)].raw == found[P + 1, hubspot(1)].raw == b"ada"


def test_links_lose_base_placeholders_intents_and_email(database: SqlDatabase) -> None:
    intent = Intent(id="i", side=Side.HUBSPOT, epoch=1, pairs={"a": Pair("b", "c")}, before=None, sent_at=NOW)
    values = {"placeholders": {"Company": "Ada & Co"}, "intents": (intent,)}
    company = RecordRef(side=Side.HUBSPOT, object_type="company", id="1")
    with database.transaction() as tx:
        ours, by_lead, by_email, other, a_company, elsewhere = tx.links.store(
            [
                link(1, salesforce=lead(9), **values),
                link(9, salesforce=lead(1), **values),
                link(3, email="ada@example.org", **values),
                link(4, **values),
                link(5, hubspot=company, **values),
                link(1, portal=P + 1, email="ada@example.org", **values),
            ]
        )
        tx.tombstones.erase(P, ADA, at=NOW)
        found = tx.links.of(P, [company, *(hubspot(n) for n in (1, 9, 3, 4))])
        assert tx.links.of(P + 1, [hubspot(1)]) == {hubspot(1): elsewhere}
    for before in (ours, by_lead, by_email):
        assert before.hubspot is not None
        assert found[before.hubspot] == before.changed(
            base={}, placeholders={}, intents=(), email="", version=before.version + 1
        )
    assert (found[hubspot(4)], found[company]) == (other, a_company)


def test_reports_lose_their_words_but_the_reports_of_the_erasure_itself(database: SqlDatabase) -> None:
    def report(kind: ReportKind, *refs: RecordRef) -> Report:
        return Report(kind=kind, refs=refs, says="Ada stands here twice")

    with database.transaction() as tx:
        for portal in (P, P + 1):
            tx.activity.report(
                portal,
                [
                    report(ReportKind.DUPLICATE, hubspot(7), hubspot(1)),
                    report(ReportKind.ERASED, lead(1)),
                    report(ReportKind.MERGE, hubspot(11), hubspot("%")),
                ],
                at=NOW,
            )
        tx.tombstones.erase(P, Erasure(refs=(*ADA.refs, hubspot("_")), emails=()), at=NOW)
        says = {found.kind: found.says for found in tx.activity.reports(P)}
        elsewhere = {found.says for found in tx.activity.reports(P + 1)}
    assert "erased" in says["duplicate"]
    assert says["erased"] == says["merge"] == "Ada stands here twice"
    assert elsewhere == {"Ada stands here twice"}


def test_trap_25_nothing_of_an_erased_person_stays_in_the_files(sqlite_place: Place) -> None:
    database = sqlite_place.open()
    database.migrate()
    with database.transaction() as tx:
        tx.links.store([link(1, email="ada@example.org", state=LinkState.LIVE)])
        tx.activity.add([entry(hubspot(1), email="ada@example.org")])
        tx.activity.report(P, [Report(kind=ReportKind.MERGE, refs=(hubspot(1),), says="Ada!")], at=NOW)
    merge(database, change(1, kind=Kind.ERASED))
    assert b"ada@example.org" in sqlite_place.bytes_on_disk()
    erase(database)
    for value in (b"ada@example.org", b"+49 30 1", b"Ada!"):
        assert value not in sqlite_place.bytes_on_disk()
    with database.transaction() as tx:
        assert tx.tombstones.erased_emails(P, ["ada@example.org"]) == {"ada@example.org"}
    database.close()


def test_tombstones_hold_neither_ids_nor_addresses(sqlite_place: Place) -> None:
    database = sqlite_place.open()
    database.migrate()
    erase(database, Erasure(refs=(hubspot(987654321),), emails=("ada@example.org",)))
    assert b"987654321" not in sqlite_place.bytes_on_disk()
    assert b"ada@" not in sqlite_place.bytes_on_disk()
    database.close()
