"""`diptych backfill`, and when applying a file offers it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from contract.links import Link, LinkState
from contract.records import RecordRef, Side
from contract.standing import IdleMapping
from tests.integration.cli.conftest import PORTAL, Cli, portal_text

NOW = datetime.now(UTC)
TIER = "mappings: [{hubspot: tier, lead: Tier__c}, {hubspot: phone, lead: MobilePhone__c}]\n"


@pytest.fixture
def linked(nova: Cli) -> Cli:
    """Two linked pairs, and one that is no more."""
    refs = [
        (
            RecordRef(side=Side.HUBSPOT, object_type="contact", id=str(500 + n)),
            RecordRef(side=Side.SALESFORCE, object_type="Lead", id=f"00QDp0000hp2cE{n}MAY"),
        )
        for n in range(3)
    ]
    states = (LinkState.LIVE, LinkState.LIVE, LinkState.ENDED)
    with nova.tables() as tx:
        tx.links.store(
            [
                Link(portal=PORTAL, hubspot=contact, salesforce=lead, state=state)
                for (contact, lead), state in zip(refs, states, strict=True)
            ]
        )
    return nova


def apply(cli: Cli, more: str, mode: str = "off") -> str:
    text = portal_text().replace("mode: off", f"mode: {mode}") + more
    return cli.ok("portals", "apply", "--unchecked", cli.write(text, "new.yaml"))


def pending(cli: Cli) -> dict[str, int]:
    with cli.tables() as tx:
        return {name: count for name, count in tx.counts(PORTAL, now=NOW).by_class.items() if count}


def test_a_new_mapping_and_one_onto_another_field_are_offered_to_the_pairs_there_are(linked: Cli) -> None:
    said = apply(linked, TIER)
    assert "new to 2 linked pairs: phone, tier; each is carried when one of its records is edited" in said
    assert f"all of them by `diptych backfill {PORTAL} --field phone --field tier`" in said
    assert pending(linked) == {}


def test_what_is_no_new_field_to_anybody_is_not_offered(linked: Cli) -> None:
    for more in (
        "mappings: [{hubspot: phone, rule: two_way}]\n",
        "mappings: [{hubspot: phone, length: 30}]\n",
        "contacts: {create_as: contact}\n",
        "mappings: [{hubspot: phone, rule: dont_sync}]\n",
    ):
        assert "backfill" not in apply(linked, more)


def test_a_mapping_that_was_off_and_codes_of_places_are_new_again(linked: Cli) -> None:
    apply(linked, "mappings: [{hubspot: phone, rule: dont_sync}]\n")
    assert "new to 2 linked pairs: phone;" in apply(linked, "")
    assert "new to 2 linked pairs: state, country;" in apply(linked, "places: {picklists: yes}\n")


def test_where_nobody_is_linked_nothing_is_offered(nova: Cli) -> None:
    assert "backfill" not in apply(nova, TIER)
    assert "no pair is linked yet, so there is nothing to look at" in nova.ok("backfill", PORTAL)


def test_a_rollback_offers_it_too(linked: Cli) -> None:
    apply(linked, TIER)
    apply(linked, "")
    assert "--field tier`" in linked.ok("portals", "rollback", PORTAL, 2, "--unchecked")


def test_it_makes_all_pairs_pending_and_says_so_however_often(linked: Cli) -> None:
    apply(linked, TIER)
    for _ in range(2):
        said = linked.ok("backfill", PORTAL, "--field", "tier", "--field", "phone", "--field", "tier")
        first, second = said.splitlines()
        assert first.startswith(f"portal {PORTAL} (Nova): 2 linked pairs will be looked at, behind whatever")
        assert first.endswith("is live, and tier, phone and whatever else differs carried")
        assert second == "  sync is off: they wait until it is resumed"
        assert pending(linked) == {"backfill": 4}


def test_without_a_field_all_that_differs_is_carried(linked: Cli) -> None:
    linked.ok("portals", "resume", PORTAL, "--on")
    said = linked.ok("backfill", PORTAL)
    assert said.strip().endswith("behind whatever is live, and whatever differs carried")
    linked.ok("portals", "resume", PORTAL, "--observe")
    assert "sync observes: what would be written is told" in linked.ok("backfill", PORTAL)


def test_a_mapping_that_takes_no_part_is_told(linked: Cli) -> None:
    apply(linked, TIER)
    mark = IdleMapping(
        mapping="tier", side=Side.SALESFORCE, object_type="Lead", says="we may not see it", since=NOW
    )
    with linked.tables() as tx:
        tx.idle.keep(PORTAL, [mark])
    assert "the mapping of tier (Lead) takes no part since" in linked.ok(
        "backfill", PORTAL, "--field", "tier"
    )
    assert "takes no part" not in linked.ok("backfill", PORTAL, "--field", "phone")


def test_unknown_fields_are_refused_with_those_there_are_and_nothing_is_done(linked: Cli) -> None:
    complaint = linked.refused("backfill", PORTAL, "--field", "phone", "--field", "fone", "--field", "x")
    assert "there is no mapping of 'fone', 'x' (mapped: email, firstname, " in complaint
    off = linked.refused("backfill", PORTAL, "--field", "numemployees")
    assert "nothing is carried of numemployees: the rule is dont_sync" in off
    assert "there is no portal 7 (known: 4242)" in linked.refused("backfill", 7)
    assert pending(linked) == {}
