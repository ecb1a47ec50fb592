"""What is wrong with a portal's file is named at its place, all at once."""

from __future__ import annotations

import pytest

from contract.portal_file import load_portal
from tests.unit.contract.portals import ACME, CREDENTIALS, JWT, PORTAL_FILE, SECRETS, changed, faults

BASE = "base_url: {}\n  access_token"


@pytest.mark.parametrize(
    ("old", "new", "path", "says"),
    [
        ("portal: 4242", "portal: minus", "portal", "line 2: must be a positive whole number, not 'minus'"),
        ("portal: 4242", "portal: 9999999999999999999", "portal", "line 2: must be a positive whole number"),
        ("portal: 4242", "portal:", "portal", "line 2: is left empty"),
        ("name: Acme Ltd\n", "", "name", "is missing"),
        ("Acme Ltd", "[Acme]", "name", "line 3: must be one text, not a list"),
        ("Acme Ltd", "' '", "name", "line 3: is blank"),
        ("pat-eu1-first", "", "hubspot.access_token", "line 5: is left empty (a text that begins with #"),
        ("pat-eu1-first", "[pat]", "hubspot.access_token", "line 5: must be one text"),
        ("pat-eu1-first", "pat-eu1-…", "hubspot.access_token", "line 5: holds a space or another character"),
        ("client-secret-old", "the old one", "hubspot.client_secrets[1]", "line 7: holds a space"),
        ("https://acme", "acme", "salesforce.instance_url",
         "line 10: must be an address such as https://acme.my.salesforce.com"),
        ("[client-secret-new, client-secret-old]", "[]", "hubspot.client_secrets",
         "line 7: must hold at least one"),
        ("[client-secret-new, client-secret-old]", "{a: b}", "hubspot.client_secrets",
         "line 7: must be a list"),
        ("client-secret-old", "' '", "hubspot.client_secrets[1]", "line 7: is blank"),
        ("app_id: 777", "app_id: seven", "hubspot.app_id", "line 6: must be a positive whole number"),
        ("access_token", BASE.format("api.hubapi.com"), "hubspot.base_url",
         "line 5: must be an address such as"),
        ("access_token", BASE.format("ftp://x"), "hubspot.base_url", "line 5: must be an address such as"),
        ("access_token", BASE.format("https://x:y"), "hubspot.base_url", "line 5: is not an address"),
        ("access_token", BASE.format("'https://[::1'"), "hubspot.base_url", "line 5: is not an address"),
        ("access_token", BASE.format("https://u:p@x"), "hubspot.base_url",
         "line 5: must not hold a user name"),
        ("access_token", BASE.format("https://x?y=1"), "hubspot.base_url",
         "line 5: must end with its host or path"),
        ("access_token", BASE.format("http://api.hubapi.com"), "hubspot.base_url",
         "line 5: must begin with https"),
        ("00D1t000000abcd", "00Q1t000000abcd", "salesforce.org_id", "line 9: must be the org's id: 15 or 18"),
        ("00D1t000000abcd", "00D1t000000abcdEAB", "salesforce.org_id", "line 9: has a typing error"),
        ("https://acme", "http://acme", "salesforce.instance_url", "line 10: must begin with https"),
        ("secret-of-the-address", "short", "salesforce.webhook_secret",
         "line 15: must have at least 16 characters"),
        ("secret-of-the-address", "with/a/slash/in/it", "salesforce.webhook_secret",
         "line 15: must have at least"),
        ("method: client_credentials", "method: jot", "salesforce.auth.method",
         "line 12: must be client_credentials, jwt, web_server or session, not 'jot'; did you mean 'jwt'?"),
        ("client_id: 3MVG9.abc", "username: a", "salesforce.auth.client_id",
         "line 11: is missing: method client_credentials needs it"),
        ("client_id: 3MVG9.abc", "username: a", "salesforce.auth.username",
         "line 13: is not used by method client_credentials: leave it out"),
        (CREDENTIALS, JWT.replace("BEGIN PRIVATE", "BEGIN PUBLIC"), "salesforce.auth.private_key",
         "line 15: must be an RSA private key in PEM"),
        ("  auth:", "  login_url: https://login.salesforce.com/\n  auth:", "salesforce.login_url",
         "line 11: must be the org's own address"),
        ("mode: on", "mode: obsreve", "sync.mode",
         "line 17: must be off, observe or on, not 'obsreve'; did you mean 'observe'?"),
        ("create_as: contact", "create_as: contact\n  inclusion_list: everyone", "contacts.inclusion_list",
         "line 20: must be none or the number of a HubSpot list, not 'everyone'"),
        ("create_as: contact", "create_as: leed", "contacts.create_as",
         "line 19: must be lead, contact or none, not 'leed'; did you mean 'lead'?"),
        ("create_as: contact", "creat_as: contact", "contacts.creat_as",
         "line 19: there is no such key; did you mean 'create_as'?"),
        ("value: customer", "value: [a]", "contacts.create_as_when[0].value", "line 22: must be one text"),
        ("value: customer", "values: []", "contacts.create_as_when[0].values",
         "line 22: must hold at least one"),
        ("value: customer", "values: [a]\n      value: b", "contacts.create_as_when[0].values",
         "line 22: needs either `value` or `values`"),
        ("from_leads: yes", "from_leads: maybe", "contacts.create_in_hubspot.from_leads",
         "line 25: must be true or false, not 'maybe'"),
        ("    from_leads: yes\n", "", "contacts.create_in_hubspot", "line 24: holds nothing"),
        ("Europe/Berlin", "Europe/Berlim", "time_zone",
         "line 26: must be a time zone such as Europe/Berlin, not 'Europe/Berlim'; did you mean 'Europe/B"),
        ("Europe/Berlin", "../etc/passwd", "time_zone", "line 26: must be a time zone such as"),
        ("time_zone:", "create_as: lead\ntime_zone:", "create_as",
         "line 26: there is no such key here: it belongs below 'contacts'"),
        ("time_zone:", "accounts: {sync: on}\ntime_zone:", "accounts.sync",
         "line 26: not available in this version: leave it out, or say off"),
        ("time_zone:", "lifecycle: {automatic: maybe}\ntime_zone:", "lifecycle.automatic",
         "line 26: must be true or false, not 'maybe'"),
        ("time_zone:", "lifecycle: {auto: yes}\ntime_zone:", "lifecycle.auto",
         "line 26: there is no such key; did you mean 'automatic'?"),
        ("time_zone:", "guards: {deletions: -1}\ntime_zone:", "guards.deletions",
         "line 26: must be a whole number from 0 to 999999999, not '-1'"),
        ("time_zone:", "guards: {delete: 5}\ntime_zone:", "guards.delete",
         "line 26: there is no such key; did you mean 'deletions'?"),
        ("time_zone:", "hubspot2:\ntime_zone:", "hubspot2",
         "line 26: there is no such key; did you mean 'hubspot'?"),
    ],
)  # fmt: skip
def test_a_fault_is_named_at_its_place_in_plain_words(old: str, new: str, path: str, says: str) -> None:
    found = faults(changed(old, new))
    assert found[path].startswith(says)
    assert not [secret for secret in SECRETS if secret in str(found)]


def test_every_fault_is_named_at_once_in_the_order_of_the_file() -> None:
    text = (
        changed("portal: 4242", "portal: x")
        .replace("app_id: 777", "app_id: y")
        .replace("mode: on", "mode: z")
    )
    assert list(faults(text)) == ["portal", "hubspot.app_id", "sync.mode"]


@pytest.mark.parametrize(
    "key",
    [
        "accounts: {sync: off, mirror_merges: off}",
        "opportunities: {sync: no}",
        "activities: {sync: false}",
    ],
)
def test_what_does_not_exist_yet_may_be_said_to_be_off(key: str) -> None:
    assert load_portal(f"{PORTAL_FILE}{key}\n") == ACME


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080/hubspot", "http://localhost:1", "http://[::1]:8080"])
def test_plain_http_is_for_this_machine(url: str) -> None:
    assert load_portal(changed("access_token", BASE.format(url))).hubspot.base_url == url


def test_plain_http_to_anywhere_needs_leave() -> None:
    text = changed("access_token", BASE.format("http://crm.test:8080/"))
    assert load_portal(text, allow_plain_http=True).hubspot.base_url == "http://crm.test:8080"
