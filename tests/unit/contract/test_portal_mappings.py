"""A portal's changes to the default mapping table."""

from __future__ import annotations

import pytest

from contract.errors import InvalidInput
from contract.kinds import PERSON
from contract.mappings import DEFAULT_MAPPINGS, Converter, FieldMapping, MappingRule
from contract.portal_file import load_portal
from contract.portal_mappings import changes_of
from tests.unit.contract.portals import PORTAL_FILE

RULES = (
    "prefer_salesforce_unless_blank, always_use_salesforce, two_way, prefer_hubspot_unless_blank, "
    "always_use_hubspot or dont_sync"
)
EMAIL_RULES = "prefer_salesforce_unless_blank, two_way or prefer_hubspot_unless_blank"
WITHOUT = PORTAL_FILE[: PORTAL_FILE.index("mappings:")]


def table(*entries: str) -> tuple[FieldMapping, ...]:
    text = WITHOUT + "mappings:\n" + "".join(f"- {{{entry}}}\n" for entry in entries)
    return load_portal(text).settings.mappings


def of(name: str, *entries: str) -> FieldMapping:
    (found,) = [mapping for mapping in table(*entries) if mapping.hubspot == name]
    return found


def test_no_entries_leave_the_default_table() -> None:
    assert load_portal(WITHOUT + "mappings: []\n").settings.mappings == DEFAULT_MAPPINGS


def test_an_entry_changes_only_what_it_names() -> None:
    changed = of("jobtitle", "hubspot: jobtitle, rule: always_use_hubspot, contact: null, length: 80")
    assert changed == FieldMapping(
        key="jobtitle",
        hubspot="jobtitle",
        fields={"Lead": "Title"},
        rule=MappingRule.ALWAYS_HUBSPOT,
        length=80,
    )


def test_a_new_entry_is_a_new_mapping_at_the_end() -> None:
    mappings = table("hubspot: score, contact: Score__c, converter: number, rule: two_way")
    assert mappings[:-1] == DEFAULT_MAPPINGS
    assert mappings[-1] == FieldMapping(
        key="score",
        hubspot="score",
        fields={"Contact": "Score__c"},
        rule=MappingRule.TWO_WAY,
        converter=Converter.NUMBER,
    )


@pytest.mark.parametrize("rule", ["prefer_salesforce_unless_blank", "prefer_hubspot_unless_blank", "two_way"])
def test_the_email_mapping_takes_three_rules(rule: str) -> None:
    assert of("email", f"hubspot: email, rule: {rule}").rule is MappingRule(rule)


@pytest.mark.parametrize(
    ("entries", "path", "says"),
    [
        (["rule: two_way"], "mappings[0].hubspot", "line 28: is missing"),
        (["hubspot: Job Title"], "mappings[0].hubspot", "line 28: must be an internal name such as jobtitle"),
        (["hubspot: a, lead: Job Title"], "mappings[0].lead",
         "line 28: must be an internal name such as Title"),
        (["hubspot: a, lead: 1st"], "mappings[0].lead", "line 28: must be an internal name"),
        (["hubspot: phone, rule: newest"], "mappings[0].rule", f"line 28: must be {RULES}, not 'newest'"),
        (["hubspot: phone, converter: txt"], "mappings[0].converter", "line 28: must be text, email, number"),
        (["hubspot: phone, length: 0"], "mappings[0].length", "line 28: must be a positive whole number"),
        (["hubspot: phone, length: 1", "hubspot: phone, length: 2"], "mappings[1].hubspot",
         "line 29: 'phone' has an entry above already"),
        (["hubspot: nickname"], "mappings[0].lead", "line 28: a new mapping of 'nickname' needs a field"),
        (["hubspot: position, lead: Title"], "mappings[0].lead",
         "line 28: Lead.Title is mapped to 'jobtitle' already: set that one to dont_sync"),
        (["hubspot: position, contact: title"], "mappings[0].contact", "line 28: Contact.title is mapped to"),
        (["hubspot: work_email, contact: Email"], "mappings[0].contact",
         "line 28: Contact.Email is mapped to"),
        (["hubspot: email, rule: always_use_salesforce"], "mappings[0].rule",
         f"line 28: of the e-mail mapping must be {EMAIL_RULES}"),
        (["hubspot: email, rule: dont_sync"], "mappings[0].rule", "line 28: of the e-mail mapping must be"),
        (["hubspot: email, lead: Email2__c"], "mappings[0].lead", "line 28: of the e-mail mapping cannot be"),
        (["hubspot: email, converter: text"], "mappings[0].converter", "line 28: of the e-mail mapping"),
        (["hubspot: phone, roule: two_way"], "mappings[0].roule",
         "line 28: there is no such key; did you mean"),
    ],
)  # fmt: skip
def test_an_entry_that_cannot_be_is_refused_at_its_place(entries: list[str], path: str, says: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        table(*entries)
    assert refused.value.faults[path].startswith(says)
    assert len(refused.value.faults) == 1


def test_a_field_that_is_set_free_may_be_mapped_anew() -> None:
    mappings = table("hubspot: position, lead: Title, contact: Title", "hubspot: jobtitle, rule: dont_sync")
    assert [mapping.hubspot for mapping in mappings if mapping.salesforce("Lead") == "Title"] == [
        "jobtitle",
        "position",
    ]


@pytest.mark.parametrize("value", ["{a: b}", "text", "[text]", "[[]]"])
def test_what_is_no_list_of_entries_is_refused(value: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        load_portal(f"{WITHOUT}mappings: {value}\n")
    assert [path.partition("[")[0] for path in refused.value.faults] == ["mappings"]


def test_the_default_table_needs_no_entries() -> None:
    assert changes_of(DEFAULT_MAPPINGS, PERSON) == []


@pytest.mark.parametrize(
    ("entry", "path", "says"),
    [
        ("hubspot: hubspot_owner_id, rule: dont_sync", "hubspot", "is synced by a rule of its own"),
        ("hubspot: hs_email_optout, lead: No_Mail__c", "hubspot", "is synced by a rule of its own"),
        ("hubspot: keeper, contact: OwnerId", "contact", "Contact.OwnerId is kept in step with"),
        ("hubspot: mute, lead: HasOptedOutOfEmail", "lead", "Lead.HasOptedOutOfEmail is kept in step with"),
    ],
)
def test_owner_and_opt_out_cannot_be_mapped_otherwise(entry: str, path: str, says: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        table(entry)
    assert says in caught.value.faults[f"mappings[0].{path}"]


@pytest.mark.parametrize("word", ["yes", "no"])
def test_with_the_picklists_on_states_and_countries_are_carried_as_codes(word: str) -> None:
    settings = load_portal(WITHOUT + f"places: {{picklists: {word}}}\n").settings
    rows = {row.hubspot: (row.salesforce("Lead"), row.salesforce("Contact")) for row in settings.rows}
    code = "Code" if word == "yes" else ""
    assert rows["state"] == (f"State{code}", f"MailingState{code}")
    assert rows["country"] == (f"Country{code}", f"MailingCountry{code}")
    assert rows["city"] == ("City", "MailingCity")
    assert settings.mappings == DEFAULT_MAPPINGS


@pytest.mark.parametrize("word", ["yes", "no"])
def test_stages_are_automatic_where_the_file_says_so(word: str) -> None:
    settings = load_portal(WITHOUT + f"lifecycle: {{automatic: {word}}}\n").settings
    assert settings.automatic_stages is (word == "yes")
    assert load_portal(WITHOUT).settings.automatic_stages is False


@pytest.mark.parametrize("word", ["yes", "no"])
def test_merges_are_mirrored_where_the_file_says_so(word: str) -> None:
    settings = load_portal(WITHOUT + f"dedup: {{mirror_merges: {word}}}\n").settings
    assert settings.mirror_merges is (word == "yes")
    assert load_portal(WITHOUT).settings.mirror_merges is False


@pytest.mark.parametrize(
    ("rule", "contrary"),
    [
        ("prefer_salesforce_unless_blank", True),
        ("always_use_salesforce", True),
        ("two_way", False),
        ("prefer_hubspot_unless_blank", False),
        ("always_use_hubspot", False),
        ("dont_sync", False),
    ],
)
@pytest.mark.parametrize("automatic", [True, False])
def test_automatic_stages_and_a_mapping_by_which_salesforces_stage_wins_exclude_each_other(
    rule: str, *, contrary: bool, automatic: bool
) -> None:
    mapped = f"mappings: [{{hubspot: lifecyclestage, contact: Stage__c, rule: {rule}}}]\n"
    text = f"{WITHOUT}lifecycle: {{automatic: {automatic}}}\n{mapped}"
    if not (contrary and automatic):
        assert load_portal(text).settings.automatic_stages is automatic
        return
    with pytest.raises(InvalidInput) as caught:
        load_portal(text)
    assert "cannot be on while lifecyclestage takes Salesforce's value" in str(
        caught.value.faults["lifecycle.automatic"]
    )
