"""A portal's file becomes a portal, and a portal its file."""

from __future__ import annotations

import textwrap
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.errors import InvalidInput
from contract.mappings import DEFAULT_MAPPINGS, FieldMapping, MappingRule
from contract.portal_file import dump_portal, load_portal
from contract.secret import Secret
from contract.settings import (
    AuthMethod,
    CreateAs,
    CreateAsWhen,
    HubSpotAccount,
    Portal,
    SalesforceAuth,
    SalesforceOrg,
    Settings,
    SyncMode,
)
from tests.unit.contract.portals import PORTAL_FILE, SECRETS

ACME = load_portal(PORTAL_FILE)


def faults(text: str, existing: Portal | None = None) -> dict[str, str]:
    """The faults of a file that must be refused."""
    with pytest.raises(InvalidInput) as refused:
        load_portal(text, existing)
    assert all(f"{path}: {says}" in str(refused.value) for path, says in refused.value.faults.items())
    return dict(refused.value.faults)


def changed(old: str, new: str) -> str:
    assert old in PORTAL_FILE
    return PORTAL_FILE.replace(old, new)


# --- what the file says -----------------------------------------------------------------------------


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
        key="nickname", hubspot="nickname", lead="Nickname__c", contact=None, length=40
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


KEY = "-----BEGIN PRIVATE KEY-----\nMIIEvg==\n-----END PRIVATE KEY-----"
JWT = f"""method: jwt
    client_id: abc
    username: sync@acme.example
    private_key: |
{textwrap.indent(KEY, "      ")}
"""
CREDENTIALS = "method: client_credentials\n    client_id: 3MVG9.abc\n    client_secret: consumer-secret\n"


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


# --- what is wrong with it --------------------------------------------------------------------------

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
         "line 12: must be client_credentials, jwt or session, not 'jot'; did you mean 'jwt'?"),
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
        ("time_zone:", "lifecycle: {automatic: yes}\ntime_zone:", "lifecycle.automatic",
         "line 26: not available in this version"),
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
        "lifecycle: {automatic: no}",
        "places: {picklists: no}",
        "dedup: {mirror_merges: off}",
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


# --- kept secrets -----------------------------------------------------------------------------------

KEPT = dump_portal(ACME)


def test_a_new_secret_may_join_the_kept_ones_and_an_old_one_may_go() -> None:
    rotated = KEPT.replace("  - (kept 1)\n  - (kept 2)", "  - brand-new\n  - (kept 1)")
    assert load_portal(rotated, ACME).hubspot.client_secrets == (
        Secret("brand-new"),
        Secret("client-secret-new"),
    )
    all_kept = KEPT.replace("  - (kept 1)\n  - (kept 2)", "  - brand-new\n  - (kept)")
    assert load_portal(all_kept, ACME).hubspot.client_secrets == (
        Secret("brand-new"),
        Secret("client-secret-new"),
        Secret("client-secret-old"),
    )


def test_nothing_is_kept_for_a_portal_that_is_not_stored() -> None:
    missing = {"hubspot.access_token", "hubspot.client_secrets[0]", "hubspot.client_secrets[1]",
               "salesforce.auth.client_secret", "salesforce.webhook_secret"}  # fmt: skip
    assert set(faults(KEPT)) == missing
    other = replace(ACME, number=4343)
    found = faults(KEPT, other)
    assert set(found) == missing
    assert "no such secret is stored for this portal" in found["hubspot.access_token"]


def test_a_secret_that_another_login_never_had_cannot_be_kept() -> None:
    text = changed(CREDENTIALS, "method: session\n    session: (kept)\n")
    assert set(faults(text, ACME)) == {"salesforce.auth.session"}
    third = KEPT.replace("(kept 2)", "(kept 3)")
    assert set(faults(third, ACME)) == {"hubspot.client_secrets[1]"}


def test_what_only_looks_like_kept_is_no_secret() -> None:
    assert (
        "write (kept), or the secret"
        in faults(changed("pat-eu1-first", "(kept 1 )"), ACME)["hubspot.access_token"]
    )


# --- there and back ---------------------------------------------------------------------------------

NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=30).map(str.strip).filter(
    lambda text: bool(text) and text.isprintable()
)  # fmt: skip
WORDS = st.from_regex(r"[a-z][a-z0-9_]{0,20}", fullmatch=True)
SECRET_TEXTS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=30).map(str.strip).filter(
    lambda text: bool(text) and not text.startswith("(kept")
).map(Secret)  # fmt: skip
SETTINGS = st.builds(
    Settings,
    mode=st.sampled_from(SyncMode),
    create_as=st.sampled_from(CreateAs),
    create_as_when=st.lists(
        st.builds(
            CreateAsWhen,
            hubspot_property=WORDS,
            values=st.frozensets(NAMES, min_size=1, max_size=3),
            create_as=st.sampled_from(CreateAs),
        ),
        max_size=3,
    ).map(tuple),
    use_assignment_rules=st.booleans(),
    inclusion_list=st.none() | st.integers(1, 10**9).map(str),
    create_from_leads=st.booleans(),
    delete_when_contact_deleted=st.booleans(),
    time_zone=st.sampled_from(["UTC", "Europe/Berlin", "America/Argentina/Ushuaia"]),
    mappings=st.dictionaries(
        st.sampled_from(["phone", "zip", "industry"]), st.sampled_from(MappingRule), max_size=3
    ).map(lambda rules: tuple(replace(m, rule=rules.get(m.hubspot, m.rule)) for m in DEFAULT_MAPPINGS)),
)
AUTHS = (
    st.builds(SalesforceAuth, method=st.just(AuthMethod.SESSION), session=SECRET_TEXTS)
    | st.builds(
        SalesforceAuth,
        method=st.just(AuthMethod.JWT),
        client_id=NAMES,
        username=NAMES,
        private_key=st.just(Secret(KEY)),
    )
)  # fmt: skip
PORTALS = st.builds(
    Portal,
    number=st.integers(1, 2**63 - 1),
    name=NAMES,
    hubspot=st.builds(
        HubSpotAccount,
        base_url=st.just("http://127.0.0.1:8080"),
        access_token=SECRET_TEXTS,
        app_id=st.integers(1, 10**9),
        client_secrets=st.lists(SECRET_TEXTS, min_size=1, max_size=4, unique=True).map(tuple),
    ),
    salesforce=st.builds(
        SalesforceOrg,
        org_id=st.just("00D1t000000abcdEAA"),
        login_url=st.just("https://login.salesforce.com"),
        instance_url=st.just("https://acme.my.salesforce.com"),
        auth=AUTHS,
        webhook_secret=st.just(Secret("secret-of-the-address")),
        sandbox=st.booleans(),
        ca_file=st.none() | NAMES,
    ),
    settings=SETTINGS,
)


@settings(max_examples=150, deadline=None)
@given(portal=PORTALS)
def test_any_exported_file_gives_the_same_portal_again(portal: Portal) -> None:
    exported = dump_portal(portal)
    assert load_portal(exported, portal) == portal
    assert portal.salesforce.webhook_secret.reveal() not in exported


def test_an_exported_file_holds_no_secret() -> None:
    assert not [secret for secret in SECRETS if secret in KEPT]
    assert KEPT.startswith("# Secrets stand here as (kept)")


@settings(max_examples=200, deadline=None)
@given(
    where=st.integers(0, len(PORTAL_FILE)),
    what=st.sampled_from(list("\t:-[]{}#&*!|>'\"%@`?,~\n\0 \ufeff\ud800x")) | st.text(max_size=6),
    cut=st.integers(0, 12),
)
def test_a_damaged_file_is_read_or_refused_and_never_shows_a_secret(where: int, what: str, cut: int) -> None:
    says = refusal(PORTAL_FILE[:where] + what + PORTAL_FILE[where + cut :])
    assert not [secret for secret in SECRETS if secret in says]


def refusal(text: str) -> str:
    """What is said of a file that is refused; nothing of one that is read."""
    try:
        load_portal(text)
    except InvalidInput as refused:
        return str(refused)
    return ""
