from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime, timedelta

import pytest

from contract.activity import ApiCalls
from contract.decisions import Erasure, Report, ReportKind
from contract.links import Link, LinkState
from contract.pending import WorkClass
from contract.records import RecordRef, Side
from contract.settings import Suspension
from diptych.cli.schema_check import Examined
from tests.integration.cli.conftest import PORTAL, Cli, portal_text

CONTACT = RecordRef(side=Side.HUBSPOT, object_type="contact", id="501")


def test_apply_stores_a_portal_and_list_shows_it(cli: Cli) -> None:
    assert "There is no portal yet" in cli.ok("portals", "list")
    assert "stored as settings version 1" in cli.ok("portals", "apply", cli.write(portal_text()))
    row = cli.ok("portals", "list").splitlines()[1].split()
    assert row == ["4242", "Nova", "00DDp0000000001MAA", "off", "0", "0", "0", "0", "0", "1"]


def test_applying_the_same_file_again_changes_nothing(nova: Cli) -> None:
    assert "nothing changed" in nova.ok("portals", "apply", nova.write(portal_text()))
    with nova.tables() as tx:
        found = tx.portals.get(PORTAL)
    assert found is not None
    assert found.settings.version == 1


def test_apply_shows_what_changes(nova: Cli) -> None:
    changed = portal_text().replace("mode: off", "mode: observe\ncontacts: {create_as: contact}")
    said = nova.ok("portals", "apply", nova.write(changed), "--unchecked", "--comment", "go live watching")
    assert "version 2" in said
    assert "contacts.create_as: lead -> contact" in said
    assert "sync.mode: off -> observe" in said


def test_history_tells_who_changed_what_and_why(nova: Cli) -> None:
    changed = portal_text().replace("name: Nova", "name: Nova Ltd")
    nova.ok("portals", "apply", nova.write(changed), "--comment", "renamed by law")
    nova.ok("portals", "pause", PORTAL)
    nova.ok("portals", "resume", PORTAL)
    said = [line.strip() for line in nova.ok("portals", "history", PORTAL).splitlines()]
    heads = [line for line in said if line.startswith("version")]
    assert [line.split()[1] for line in heads] == ["1", "2", "3"]
    assert heads[1].endswith("renamed by law")
    assert heads[2].endswith("sync.mode: on")
    assert said[said.index(heads[1]) + 1] == "name: Nova -> Nova Ltd"
    assert "there is no portal 7" in nova.refused("portals", "history", 7)


def test_the_faults_of_all_files_are_told_at_once(cli: Cli) -> None:
    one = cli.write(portal_text().replace("name: Nova", "nam: Nova"), "one.yaml")
    two = cli.write("portal: 5\n\tname: x\n", "two.yaml")
    complaint = cli.refused("portals", "apply", one, two, cli.write(portal_text()))
    assert "nam: line 2: there is no such key; did you mean 'name'?" in complaint
    assert "two.yaml: line 2" in complaint
    assert "There is no portal yet" in cli.ok("portals", "list")


def test_another_org_is_refused_while_persons_are_linked_with_the_present_one(nova: Cli) -> None:
    other = nova.write(portal_text().replace("00DDp0000000001MAA", "00DDp0000000002MAA"), "other.yaml")
    lead = RecordRef(side=Side.SALESFORCE, object_type="Lead", id="00QDp0000hp2cEZMAY")
    tie = Link(portal=PORTAL, hubspot=CONTACT, salesforce=lead, state=LinkState.LIVE)
    with nova.tables() as tx:
        tx.links.store([tie])
    assert "with whose records the persons of this portal are linked" in nova.refused(
        "portals", "apply", other
    )
    with nova.tables() as tx:
        (stored,) = tx.links.of(PORTAL, [CONTACT]).values()
        tx.links.store([stored.changed(state=LinkState.ENDED)])
    assert "version 2" in nova.ok("portals", "apply", other)


def test_new_credentials_lift_a_suspension_and_other_settings_do_not(nova: Cli) -> None:
    with nova.tables() as tx:
        refused = Suspension(reason="hubspot: the token is not accepted", since=datetime.now(UTC))
        tx.portals.suspend(PORTAL, refused)
    renamed = portal_text().replace("name: Nova", "name: Supernova")
    assert "lifted" not in nova.ok("portals", "apply", nova.write(renamed))
    mended = renamed.replace("pat-in-the-clear-0001", "another-token-0002")
    assert "the suspension is lifted (hubspot:" in nova.ok("portals", "apply", nova.write(mended))
    with nova.tables() as tx:
        assert tx.portals.suspension(PORTAL) is None


def test_apply_says_when_only_a_secret_changes(nova: Cli) -> None:
    changed = portal_text().replace("pat-in-the-clear-0001", "another-token-0002")
    assert "only secrets changed" in nova.ok("portals", "apply", nova.write(changed))


def test_a_bad_file_names_every_fault_on_a_line_and_applies_nothing(cli: Cli) -> None:
    wrong = portal_text().replace("name: Nova", "nmae: Nova").replace("mode: off", "mode: perhaps")
    complaint = cli.refused("portals", "apply", cli.write(wrong)).splitlines()
    assert complaint[0].endswith("the portal file has 3 faults, and nothing of it was applied:")
    assert [line.split(":")[0].strip() for line in complaint[1:]] == ["name", "nmae", "sync.mode"]
    assert "There is no portal yet" in cli.ok("portals", "list")


def test_one_bad_file_among_several_keeps_all_from_being_applied(cli: Cli) -> None:
    good = cli.write(portal_text(), "good.yaml")
    bad = cli.write("portal: 7\n", "bad.yaml")
    assert "bad.yaml" in cli.refused("portals", "apply", good, bad)
    assert "There is no portal yet" in cli.ok("portals", "list")


def test_a_number_beyond_all_bounds_is_a_fault_like_any_other(cli: Cli) -> None:
    huge = cli.write(portal_text().replace("portal: 4242", f"portal: {'9' * 5000}"))
    assert "portal: line 1: must be a positive whole number" in cli.refused("portals", "apply", huge)


def test_a_file_that_is_no_text_is_refused_in_a_sentence(cli: Cli) -> None:
    (cli.folder / "portal.yaml").write_bytes(b"\xff\xfe\x00")
    assert "this is not UTF-8 text" in cli.refused("portals", "apply", str(cli.folder / "portal.yaml"))


@pytest.mark.parametrize("unchecked", [[], ["--unchecked"]])
def test_a_file_may_be_a_pipe_that_can_be_read_once(cli: Cli, unchecked: list[str]) -> None:
    reading, writing = os.pipe()
    with os.fdopen(writing, "w") as end:
        end.write(portal_text())
    try:
        assert "settings version 1" in cli.ok("portals", "apply", f"/dev/fd/{reading}", *unchecked)
    finally:
        os.close(reading)


def test_a_file_of_windows_is_read_like_any_other(nova: Cli) -> None:
    (nova.folder / "crlf.yaml").write_bytes(b"\xef\xbb\xbf" + portal_text().replace("\n", "\r\n").encode())
    assert "nothing changed" in nova.ok("portals", "apply", str(nova.folder / "crlf.yaml"))


def test_settings_that_change_while_the_crms_are_asked_are_not_overwritten(
    nova: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meanwhile(*_: object) -> dict[int, Examined]:
        nova.ok("portals", "resume", PORTAL, "--observe")
        return {}

    monkeypatch.setattr(sys.modules["diptych.cli.portals"], "examined_all", meanwhile)
    renamed = nova.write(portal_text().replace("name: Nova", "name: Supernova"))
    assert "the settings changed meanwhile, and nothing" in nova.refused("portals", "apply", renamed)
    assert "sync observe" in nova.ok("portals", "show", PORTAL, "--offline")


def test_an_exported_file_can_be_applied_as_it_is(nova: Cli) -> None:
    exported = nova.ok("portals", "export", PORTAL)
    assert "nothing changed" in nova.ok("portals", "apply", nova.write(exported, "exported.yaml"))


def test_plain_http_abroad_needs_the_environment_s_permission(cli: Cli) -> None:
    path = cli.write(portal_text(hubspot="http://hubspot.example.com"))
    assert "plain http" in cli.refused("portals", "apply", path)
    cli.environ["DIPTYCH_ALLOW_PLAIN_HTTP"] = "yes"
    cli.ok("portals", "apply", path, "--unchecked")


def test_pause_wants_a_number_or_all(nova: Cli) -> None:
    assert nova("portals", "pause").exit_code == 2
    assert nova("portals", "pause", PORTAL, "--all").exit_code == 2
    assert nova("portals", "resume", "--all", "--on").exit_code == 2
    assert nova("portals", "resume", PORTAL, "--on", "--observe").exit_code == 2


def test_show_tells_a_suspension_and_clear_lifts_it(nova: Cli) -> None:
    now = datetime.now(UTC)
    with nova.tables() as tx:
        tx.portals.suspend(PORTAL, Suspension(reason="HubSpot refused the token", since=now))
    assert "suspended" in nova.ok("portals", "list")
    assert "`diptych portals clear 4242` lifts it" in nova.ok("portals", "show", PORTAL)
    assert "HubSpot refused the token" in nova.ok("portals", "clear", PORTAL)
    assert "suspended" not in nova.ok("portals", "list")
    assert "was not suspended" in nova.ok("portals", "clear", PORTAL)


def test_a_suspension_that_ends_by_itself_says_when(nova: Cli) -> None:
    now = datetime.now(UTC)
    until = now + timedelta(hours=1)
    with nova.tables() as tx:
        tx.portals.suspend(PORTAL, Suspension(reason="allowance spent", since=now, clears_at=until))
    said = nova.ok("portals", "show", PORTAL)
    assert f"it ends by itself at {until.astimezone().strftime('%Y-%m-%d %H:%M:%S %Z')}" in said


def test_show_counts_calls_and_lists_reports(nova: Cli) -> None:
    now = datetime.now(UTC)
    hour = now.replace(minute=0, second=0, microsecond=0)
    counted = [
        ApiCalls(portal=PORTAL, side=Side.HUBSPOT, hour=hour - timedelta(hours=age), work_class=live, calls=3)
        for age, live in ((0, WorkClass.LIVE), (1, WorkClass.RETRY), (25, WorkClass.LIVE))
    ]
    report = Report(kind=ReportKind.DUPLICATE, refs=(CONTACT,), says="two contacts hold this e-mail")
    with nova.tables() as tx:
        tx.activity.count_calls(counted)
        tx.activity.report(PORTAL, [report], at=now)
    said = nova.ok("portals", "show", PORTAL)
    assert "API calls in the last 24 hours: 6 HubSpot, 0 Salesforce" in said
    assert "two contacts hold this e-mail [HubSpot contact 501]" in said


def test_lifting_the_tombstones_lets_the_person_come_back(nova: Cli) -> None:
    with nova.tables() as tx:
        erasure = Erasure(refs=(CONTACT,), emails=("ada@example.com",))
        tx.tombstones.erase(PORTAL, erasure, at=datetime.now(UTC))
    assert "This person was erased" in nova.ok("why", "501")
    assert "2 tombstones are lifted" in nova.ok("portals", "lift", PORTAL, "501", "Ada@Example.com")
    assert nova("why", "501").exit_code == 1
    assert "nobody was erased under 501 in portal 4242" in nova.refused("portals", "lift", PORTAL, "501")


def test_an_unknown_portal_is_refused_with_those_there_are(nova: Cli) -> None:
    for command in ("show", "export", "pause", "resume", "clear"):
        assert "there is no portal 7 (known: 4242)" in nova.refused("portals", command, 7)


def test_a_broken_configuration_is_told_key_by_key(cli: Cli) -> None:
    cli.environ |= {"DIPTYCH_BIND": "8400", "DIPTYCH_BROKER": "amqp://x"}
    complaint = cli.refused("portals", "list")
    assert "  DIPTYCH_BIND: This is not an address and port such as 127.0.0.1:8400." in complaint
    assert "  DIPTYCH_BROKER: There is no such key. Did you mean DIPTYCH_BROKER_URL?" in complaint


def test_a_data_folder_that_is_a_file_is_told_by_its_key(cli: Cli) -> None:
    cli.environ["DIPTYCH_DATA_DIR"] = cli.write("")
    assert f"DIPTYCH_DATA_DIR: {cli.folder / 'portal.yaml'} is not a folder" in cli.refused("portals", "list")


def test_only_debug_shows_a_traceback(cli: Cli) -> None:
    cli.environ["DIPTYCH_BIND"] = "8400"
    result = cli("--debug", "portals", "list")
    assert type(result.exception).__name__ == "InvalidInput"
    assert json.dumps(result.stdout) == '""'
