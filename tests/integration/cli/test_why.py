from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from contract.activity import ActivityEntry, DeadLetter, DeadLetterScope
from contract.decisions import Erasure, Report, ReportKind
from contract.links import Link, LinkState, Pair
from contract.records import RecordRef, Side
from tests.integration.cli.conftest import PORTAL, Cli

NOW = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)
CONTACT = RecordRef(side=Side.HUBSPOT, object_type="contact", id="501")
LEAD = RecordRef(side=Side.SALESFORCE, object_type="Lead", id="00QDp0000hp2cEZMAY")
ENTRY = ActivityEntry(
    portal=PORTAL,
    at=NOW,
    trace_id="trace-1",
    refs=(CONTACT, LEAD),
    email="ada@example.com",
    settings_version=3,
    notice={"records": [str(CONTACT)], "kinds": ["updated"]},
    verdicts=(
        {
            "rule": "mapping",
            "field": "phone",
            "says": "only HubSpot changed",
            "writes": "salesforce",
            "value": "+49 [30] 1",
            "lost": "+49 30 0",
        },
    ),
    writes=(
        {
            "side": "salesforce",
            "object_type": "Lead",
            "record_id": LEAD.id,
            "action": "update",
            "reason": "mapping",
            "values": {"Phone": "+49 [30] 1", "Title": None},
            "outcome": {"ok": True, "left_out": {"Salutation": "BAD_VALUE"}},
        },
        {
            "side": "hubspot",
            "object_type": "contact",
            "record_id": CONTACT.id,
            "action": "update",
            "reason": "mapping",
            "values": {"fax": "1"},
            "outcome": {"ok": False, "code": "HTTP 503", "says": "HubSpot is away"},
        },
    ),
)
LETTER = DeadLetter(
    portal=PORTAL,
    scope=DeadLetterScope.FIELD,
    ref=CONTACT,
    field="Salutation",
    error="data",
    code="BAD_VALUE",
    says="no such value",
    fix="Add the value.",
    first_seen=NOW,
    last_seen=NOW,
)


@pytest.fixture
def ada(nova: Cli) -> Cli:
    """Ada, linked, with one entry, one dead letter and one report."""
    link = Link(
        portal=PORTAL,
        hubspot=CONTACT,
        salesforce=LEAD,
        state=LinkState.LIVE,
        base={"phone": Pair("1", "1")},
        email="ada@example.com",
    )
    with nova.tables() as tx:
        tx.links.store([link])
        tx.activity.add([ENTRY])
        tx.dead_letters.add([LETTER])
        report = Report(kind=ReportKind.DUPLICATE, refs=(LEAD,), says="two leads hold this e-mail")
        tx.activity.report(PORTAL, [report], at=NOW)
    return nova


@pytest.mark.parametrize("name", ["Ada@Example.com ", "501", "00QDp0000hp2cEZ", "00QDp0000hp2cEZMAY"])
def test_the_whole_story_is_found_by_any_name_of_the_record(ada: Cli, name: str) -> None:
    said = [line.strip() for line in ada.ok("why", name).splitlines() if line.strip()]
    assert said == [
        "portal 4242 (Nova)",
        f"HubSpot contact 501 and Salesforce lead {LEAD.id} are linked; 1 field is in step",
        f"dead letter 1 (open, {local(NOW)}), field Salutation: BAD_VALUE: no such value. Add the value.",
        f"report (duplicate, {local(NOW)}): two leads hold this e-mail [Salesforce lead {LEAD.id}]",
        f"{local(NOW)}  HubSpot contact 501 was changed  (settings version 3)",
        'mapping: phone: only HubSpot changed ("+49 [30] 1" in place of "+49 30 0")',
        f'updated Salesforce lead {LEAD.id}: Phone = "+49 [30] 1", Title = (blank)',
        "left out Salutation: the CRM refused it (BAD_VALUE); the rest was written",
        'updating HubSpot contact 501 failed (fax = "1"): HTTP 503: HubSpot is away',
    ]


def local(at: datetime) -> str:
    return at.astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")


def test_what_was_decided_and_not_sent_is_told_as_such(ada: Cli) -> None:
    would = [
        ["update", "salesforce", "Lead", "Phone"],
        ["update", "salesforce", "Lead", "Title"],
        ["create", "hubspot", "contact", ""],
    ]
    owner = {"rule": "owner", "field": "owner", "says": "its owner is not active: he is left as is"}
    notice = {**ENTRY.notice, "would": would}
    with ada.tables() as tx:
        tx.activity.add([replace(ENTRY, trace_id="observed", notice=notice, verdicts=(owner,), writes=())])
    said = [line.strip() for line in ada.ok("why", "501").splitlines()]
    assert said.count("owner: its owner is not active: he is left as is") == 1
    assert (
        said.count(
            "nothing of this was written then; it would: update Salesforce lead (Phone, Title); "
            "create HubSpot contact"
        )
        == 1
    )


def test_a_lead_that_was_converted_is_followed_to_its_contact(ada: Cli) -> None:
    contact = RecordRef(side=Side.SALESFORCE, object_type="Contact", id="003Dp0000hp2cEZMAA")
    with ada.tables() as tx:
        [link] = tx.links.of(PORTAL, [CONTACT]).values()
        tx.links.store([link.changed(salesforce=contact)])
        tx.activity.add([replace(ENTRY, refs=(CONTACT, contact), trace_id="later", email="")])
    said = ada.ok("why", LEAD.id)
    assert f"HubSpot contact 501 and Salesforce contact {contact.id} are linked" in said
    assert said.count("HubSpot contact 501 was changed") == 2


def test_of_an_erased_person_only_the_tombstone_is_told(ada: Cli) -> None:
    with ada.tables() as tx:
        erasure = Erasure(refs=(CONTACT, LEAD), emails=("ada@example.com",))
        tx.tombstones.erase(PORTAL, erasure, at=NOW)
    for name in ("ada@example.com", "501", LEAD.id):
        said = ada.ok("why", name)
        assert "This person was erased" in said
        assert "+49" not in said


def test_an_unknown_record_says_so_and_fails(ada: Cli) -> None:
    result = ada("why", "nobody@example.com")
    assert result.exit_code == 1
    assert "Nothing is known about this record" in result.stdout


def test_what_can_be_no_record_is_refused(ada: Cli) -> None:
    assert "is neither an e-mail address nor a HubSpot or Salesforce id" in ada.refused("why", "ada")


def test_the_search_can_be_kept_to_one_portal(ada: Cli) -> None:
    assert "there is no portal 7" in ada.refused("why", "501", "--portal", 7)
    assert "portal 4242" in ada.ok("why", "501", "--portal", PORTAL)


def test_an_opt_out_is_told_in_words(ada: Cli) -> None:
    values, done = {"hs_email_optout": "true"}, {"ok": True}
    out = {**ENTRY.writes[1], "action": "opt_out", "values": values, "outcome": done}
    with ada.tables() as tx:
        tx.activity.add([replace(ENTRY, writes=(out,), trace_id="later")])
    assert 'opted out HubSpot contact 501: hs_email_optout = "true"' in ada.ok("why", "501")


def test_a_mirrored_merge_is_told_with_both_contacts(ada: Cli) -> None:
    merged = {**ENTRY.writes[1], "action": "merge", "values": {}, "outcome": {"ok": True}, "into": "909"}
    with ada.tables() as tx:
        tx.activity.add([replace(ENTRY, writes=(merged,), trace_id="later")])
    assert "merged HubSpot contact 501 into 909" in ada.ok("why", "501")
