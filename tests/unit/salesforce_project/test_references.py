"""What one component says of another is true: nothing points into the void."""

from __future__ import annotations

from dataclasses import replace

import pytest

from contract.mappings import CREATION_KEY, DEFAULT_MAPPINGS, FieldMapping, MappingRule
from contract.settings import AuthMethod
from diptych.salesforce import render
from diptych.salesforce.fields import permitted_field
from tests.unit.salesforce_project.project import (
    USER,
    Component,
    a_portal,
    an_org,
    custom_fields,
    messages,
    of,
    rendered,
    text,
    texts,
)
from tests.unit.salesforce_project.shapes import NOT_PERMITTED, SYSTEM_FIELDS
from webhooks.salesforce import STAMPS

OWN = FieldMapping(key="region", hubspot="region", fields={"Lead": "Region__c", "Contact": "Sales_Region__c"})
UNUSED = FieldMapping(
    key="unused", hubspot="unused", fields={"Lead": "Unused__c"}, rule=MappingRule.DONT_SYNC
)


@pytest.fixture(scope="module")
def found() -> list[Component]:
    return rendered(a_portal(4711, OWN, UNUSED))


def granted(found: list[Component]) -> dict[str, str]:
    """Whether each permitted field may be edited."""
    [permissions] = of(found, "permissionset")
    rows = permissions.root.findall("fieldPermissions")
    assert all(text(row, "readable") == "true" for row in rows)
    return {text(row, "field"): text(row, "editable") for row in rows}


def test_each_object_has_a_flow_that_calls_its_own_message(found: list[Component]) -> None:
    calls = {
        text(flow.root, "start/object"): texts(flow.root, "actionCalls/actionName")
        for flow in of(found, "flow")
    }
    assert calls == {
        "Lead": ["Lead.Diptych_4711"],
        "Contact": ["Contact.Diptych_4711"],
        "OpportunityContactRole": [],
    }
    assert set(messages(found)) == {"Lead.Diptych_4711", "Contact.Diptych_4711"}


def test_flows_lead_somewhere(found: list[Component]) -> None:
    for flow in of(found, "flow"):
        targets = texts(flow.root, "start//targetReference")
        assert targets == [*texts(flow.root, "actionCalls/name"), *texts(flow.root, "recordUpdates/name")]


def test_every_save_of_a_lead_or_contact_and_every_new_role_is_told(found: list[Component]) -> None:
    when = {text(f.root, "start/object"): text(f.root, "start/recordTriggerType") for f in of(found, "flow")}
    assert when == {
        "Lead": "CreateAndUpdate",
        "Contact": "CreateAndUpdate",
        "OpportunityContactRole": "Create",
    }


def test_a_message_names_fields_that_exist_and_without_which_it_would_speak_of_a_deleted_record(
    found: list[Component],
) -> None:
    for message in messages(found).values():
        fields = texts(message, "fields")
        assert set(fields) <= SYSTEM_FIELDS
        assert set(STAMPS) <= set(fields)
        assert {"Id", "SystemModstamp", "LastModifiedById"} <= set(fields)
        assert fields == sorted(fields)
        assert text(message, "includeSessionId") == "false"


def test_the_role_flow_writes_a_field_of_ours_after_the_commit(found: list[Component]) -> None:
    [flow] = [one for one in of(found, "flow") if one.name == "Diptych_Contact_Role"]
    field = text(flow.root, "recordUpdates/inputAssignments/field")
    assert f"{text(flow.root, 'recordUpdates/object')}.{field}" in custom_fields(found)
    assert flow.root.find("start/connector") is None
    assert text(flow.root, "start/scheduledPaths/pathType") == "AsyncAfterCommit"


def test_the_creation_key_is_a_unique_external_id_that_takes_the_longest_key(found: list[Component]) -> None:
    keys = [field.root for field in of(found, "field") if field.name == CREATION_KEY]
    assert len(keys) == 2
    assert {f"Lead.{CREATION_KEY}", f"Contact.{CREATION_KEY}"} <= custom_fields(found)
    for key in keys:
        says = {
            name: text(key, name) for name in ("type", "unique", "externalId", "caseSensitive", "required")
        }
        assert says == {
            "type": "Text",
            "unique": "true",
            "externalId": "true",
            "caseSensitive": "false",
            "required": "false",
        }
        assert int(text(key, "length")) >= len(f"{10**18}-{10**18}")


def test_the_permission_set_grants_every_mapped_field(found: list[Component]) -> None:
    permitted = granted(found)
    for mapping in (*DEFAULT_MAPPINGS, OWN):
        for kind in ("Lead", "Contact"):
            field = mapping.salesforce(kind)
            opened = permitted_field(kind, field) if field else None
            if opened and mapping.rule is not MappingRule.DONT_SYNC:
                assert permitted[f"{kind}.{opened}"] == "true"
    assert permitted["Lead.Region__c"] == permitted["Contact.Sales_Region__c"] == "true"
    assert not any("Unused__c" in field for field in permitted)


def test_the_permission_set_grants_what_rules_of_their_own_write(found: list[Component]) -> None:
    permitted = granted(found)
    assert permitted["Lead.HasOptedOutOfEmail"] == permitted["Contact.HasOptedOutOfEmail"] == "true"
    assert "Lead.OwnerId" not in permitted


@pytest.mark.parametrize("rule", list(MappingRule))
def test_a_field_that_is_only_read_such_as_a_formula_is_not_granted_to_be_written(rule: MappingRule) -> None:
    permitted = granted(rendered(a_portal(4711, replace(OWN, rule=rule))))
    expected = {MappingRule.ALWAYS_SALESFORCE: "false", MappingRule.DONT_SYNC: None}.get(rule, "true")
    assert permitted.get("Lead.Region__c") == expected


def test_a_part_of_an_address_that_is_only_read_takes_no_other_part_s_permission_away() -> None:
    latitude = FieldMapping(
        key="lat", hubspot="lat", fields={"Lead": "Latitude"}, rule=MappingRule.ALWAYS_SALESFORCE
    )
    assert granted(rendered(a_portal(4711, latitude)))["Lead.Address"] == "true"


@pytest.mark.parametrize(
    ("kind", "field", "opened"),
    [
        ("Lead", "StateCode", "Address"),
        ("Contact", "MailingCountryCode", "MailingAddress"),
        ("Contact", "OtherCity", "OtherAddress"),
        ("Contact", "City", "City"),
        ("Lead", "Region__c", "Region__c"),
        ("Lead", "Company", None),
        ("Contact", "LastName", None),
    ],
)
def test_a_field_stands_under_the_permission_of_its_whole(kind: str, field: str, opened: str | None) -> None:
    assert permitted_field(kind, field) == opened


def test_the_permission_set_grants_our_own_fields(found: list[Component]) -> None:
    permitted = granted(found)
    ours = {field for field in custom_fields(found) if "__mdt" not in field}
    assert ours <= set(permitted)
    assert {field: permitted[field] for field in ours} == {
        "Lead.Diptych_Key__c": "true",
        "Contact.Diptych_Key__c": "true",
        "Contact.Diptych_Role_Added_At__c": "false",
    }


def test_the_permission_set_names_no_field_whose_permission_cannot_be_deployed(
    found: list[Component],
) -> None:
    permitted = granted(found)
    assert set(permitted) & NOT_PERMITTED == set()
    assert {"Lead.Address", "Contact.MailingAddress", "Lead.Email", "Contact.Title"} <= set(permitted)
    assert list(permitted) == sorted(set(permitted))


def test_the_permission_set_reads_all_and_deletes_nothing(found: list[Component]) -> None:
    [permissions] = of(found, "permissionset")
    for row in permissions.root.findall("objectPermissions"):
        assert text(row, "allowDelete") == text(row, "modifyAllRecords") == "false"
        assert text(row, "allowRead") == text(row, "viewAllRecords") == "true"
        assert text(row, "allowEdit") == str(text(row, "object") in {"Lead", "Contact"}).lower()
    assert text(permissions.root, "userPermissions/name") == "ApiEnabled"


def test_the_release_record_belongs_to_our_type_and_the_permission_set_opens_it(
    found: list[Component],
) -> None:
    [record], [kind], [permissions] = of(found, "md"), of(found, "object"), of(found, "permissionset")
    assert record.name == f"{kind.name.removesuffix('__mdt')}.Current"
    assert f"{kind.name}.{text(record.root, 'values/field')}" in custom_fields(found)
    assert text(record.root, "values/value") == "1.2.3"
    assert texts(permissions.root, "customMetadataTypeAccesses/name") == [kind.name]


def test_the_parts_of_the_client_app_name_the_app_and_only_client_credentials_work(
    found: list[Component],
) -> None:
    [app] = of(found, "eca")
    for suffix in ("ecaOauth", "ecaGlblOauth", "ecaOauthPlcy", "ecaPlcy"):
        [part] = of(found, suffix)
        assert text(part.root, "externalClientApplication") == app.name
    [settings], [policy] = of(found, "ecaGlblOauth"), of(found, "ecaOauthPlcy")
    assert text(settings.root, "isClientCredentialsFlowEnabled") == "true"
    assert text(policy.root, "isClientCredentialsFlowEnabled") == "true"
    assert text(policy.root, "clientCredentialsFlowUser") == USER
    assert texts(settings.root, "consumerSecret") == []


def test_who_logs_in_by_consent_gets_an_app_for_that_flow_alone() -> None:
    found = rendered(a_portal(method=AuthMethod.WEB_SERVER))
    [settings], [policy], [scopes] = (
        of(found, suffix) for suffix in ("ecaGlblOauth", "ecaOauthPlcy", "ecaOauth")
    )
    assert text(settings.root, "callbackUrl") == "http://localhost:8403/authorized"
    assert text(settings.root, "isPkceRequired") == "true"
    for root in (settings.root, policy.root):
        assert text(root, "isClientCredentialsFlowEnabled") == "false"
    assert texts(policy.root, "clientCredentialsFlowUser") == []
    assert text(policy.root, "refreshTokenPolicyType") == "Infinite"
    assert text(scopes.root, "commaSeparatedOauthScopes").split(",") == ["Api", "Basic", "RefreshToken"]
    readme = render(an_org(a_portal(method=AuthMethod.WEB_SERVER)))["README.md"]
    assert "`diptych authorize 4711 salesforce`" in readme


def test_the_manifest_names_every_component_and_nothing_else(found: list[Component]) -> None:
    manifest = render(an_org(a_portal(4711, OWN)))["manifest/package.xml"]
    fields = {field for field in custom_fields(found) if "__mdt" not in field}
    others = {component.name for component in found if component.suffix != "field"}
    named = {part.partition("</members>")[0] for part in manifest.split("<members>")[1:]}
    assert named == fields | others
