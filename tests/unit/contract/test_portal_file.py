"""What a portal's file says becomes the portal."""

from __future__ import annotations

import pytest

from contract.mappings import DEFAULT_MAPPINGS, FieldMapping, MappingRule
from contract.portal_file import load_portal
from contract.secret import Secret
from contract.settings import (
    AuthMethod,
    CreateAs,
    CreateAsWhen,
    GuardLimits,
    HubSpotAccount,
    SalesforceAuth,
    SalesforceOrg,
    Settings,
    SyncMode,
)
from tests.unit.contract.portals import ACME, CREDENTIALS, JWT, KEY, PORTAL_FILE, changed


def test_the_two_accounts_are_as_the_file_says_with_defaults_where_it_is_silent() -> None:
    assert (ACME.number, ACME.name) == (4242, "Acme Ltd")
    assert ACME.hubspot == HubSpotAccount(
        base_url="https://api.hubapi.com",
        access_token=Secret("pat-eu1-first"),
        app_id=777,
        client_secrets=(Secret("client-secret-new"), Secret("client-secret-old")),
    )
    assert ACME.salesforce == SalesforceOrg(
        org_id="00D1t000000abcdEAA",
        login_url="https://acme.my.salesforce.com",
        instance_url="https://acme.my.salesforce.com",
        auth=SalesforceAuth(
            method=AuthMethod.CLIENT_CREDENTIALS,
            client_id="3MVG9.abc",
            client_secret=Secret("consumer-secret"),
        ),
        webhook_secret=Secret("secret-of-the-address"),
    )


def test_the_settings_are_as_the_file_says_with_defaults_where_it_is_silent() -> None:
    table = {mapping.hubspot: mapping for mapping in ACME.settings.mappings}
    assert ACME.settings == Settings(
        mode=SyncMode.ON,
        create_as=CreateAs.CONTACT,
        create_as_when=(
            CreateAsWhen(
                hubspot_property="lifecyclestage", values=frozenset({"customer"}), create_as=CreateAs.LEAD
            ),
        ),
        create_from_leads=True,
        time_zone="Europe/Berlin",
        mappings=ACME.settings.mappings,
    )
    assert table["jobtitle"].rule is MappingRule.TWO_WAY
    assert table["nickname"] == FieldMapping(
        key="nickname", hubspot="nickname", fields={"Lead": "Nickname__c"}, length=40
    )
    assert len(table) == len(DEFAULT_MAPPINGS) + 1


def test_a_file_without_settings_has_the_default_ones() -> None:
    bare = PORTAL_FILE[: PORTAL_FILE.index("sync:")]
    assert load_portal(bare).settings == Settings()


@pytest.mark.parametrize(
    ("word", "mode"),
    [
        ("on", SyncMode.ON),
        ("On", SyncMode.ON),
        ("true", SyncMode.ON),
        ("'on'", SyncMode.ON),
        ("off", SyncMode.OFF),
        ("false", SyncMode.OFF),
        ("observe", SyncMode.OBSERVE),
    ],
)
def test_on_and_off_are_words_whatever_yaml_thinks_of_them(word: str, mode: SyncMode) -> None:
    assert load_portal(changed("mode: on", f"mode: {word}")).settings.mode is mode


def test_a_guard_that_the_file_does_not_name_keeps_its_limit() -> None:
    portal = load_portal(changed("time_zone:", "guards: {deletions: 0, clears: 7}\ntime_zone:"))
    assert portal.settings.guards == GuardLimits(deletions=0, creates=500, clears=7)


@pytest.mark.parametrize("list_id", ["31", "'31'", "none", "~", ""])
def test_an_inclusion_list_is_a_number_or_none(list_id: str) -> None:
    portal = load_portal(
        changed("create_as: contact\n", f"create_as: contact\n  inclusion_list: {list_id}\n")
    )
    assert portal.settings.inclusion_list == ("31" if "31" in list_id else None)


def test_every_text_is_the_one_that_stands_there() -> None:
    portal = load_portal(
        changed("pat-eu1-first", "0123").replace("3MVG9.abc", "2026-11-24").replace("Acme Ltd", "12:30:45")
    )
    assert portal.hubspot.access_token.reveal() == "0123"
    assert (portal.salesforce.auth.client_id, portal.name) == ("2026-11-24", "12:30:45")


@pytest.mark.parametrize(
    ("sandbox", "login"), [("no", "https://login.salesforce.com"), ("yes", "https://test.salesforce.com")]
)
def test_a_jwt_login_goes_to_the_shared_host_of_its_kind(sandbox: str, login: str) -> None:
    text = changed(CREDENTIALS, JWT).replace("sync:", f"  sandbox: {sandbox}\nsync:")
    org = load_portal(text).salesforce
    assert (org.login_url, org.sandbox) == (login, sandbox == "yes")
    assert org.auth == SalesforceAuth(
        method=AuthMethod.JWT, client_id="abc", username="sync@acme.example", private_key=Secret(KEY)
    )


def test_a_ready_session_needs_nothing_else() -> None:
    org = load_portal(changed(CREDENTIALS, "method: session\n    session: 00D!abc\n")).salesforce
    assert org.auth == SalesforceAuth(method=AuthMethod.SESSION, session=Secret("00D!abc"))
