"""A portal's file is written without its secrets, and read again with them."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from contract.errors import InvalidInput
from contract.mappings import DEFAULT_MAPPINGS, MappingRule
from contract.portal_file import dump_portal, load_portal
from contract.secret import Secret
from contract.settings import (
    AuthMethod,
    CreateAs,
    CreateAsWhen,
    GuardLimits,
    HubSpotAccount,
    HubSpotOAuth,
    Portal,
    SalesforceAuth,
    SalesforceOrg,
    Settings,
    SyncMode,
)
from tests.unit.contract.portals import ACME, CREDENTIALS, KEY, PORTAL_FILE, SECRETS, changed, faults

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


def test_a_kept_secret_goes_to_no_other_address_than_before() -> None:
    stolen = KEPT.replace(ACME.hubspot.base_url, "https://evil.example.com")
    found = faults(stolen, ACME)
    assert list(found) == ["hubspot.access_token"]
    assert "written anew, because the address that it goes to has changed" in found["hubspot.access_token"]
    for address in (ACME.salesforce.login_url, ACME.salesforce.instance_url):
        assert list(faults(KEPT.replace(address, "https://evil.example.com"), ACME)) == [
            "salesforce.auth.client_secret"
        ]
    anew = stolen.replace("access_token: (kept)", "access_token: another")
    assert load_portal(anew, ACME).hubspot.base_url == "https://evil.example.com"


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
    picklists=st.booleans(),
    automatic_stages=st.booleans(),
    mirror_merges=st.booleans(),
    time_zone=st.sampled_from(["UTC", "Europe/Berlin", "America/Argentina/Ushuaia"]),
    guards=st.builds(
        GuardLimits,
        deletions=st.integers(0, 10**9 - 1),
        creates=st.integers(0, 10**9 - 1),
        clears=st.integers(0, 10**9 - 1),
    ),
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
    | st.builds(
        SalesforceAuth,
        method=st.just(AuthMethod.WEB_SERVER),
        client_id=NAMES,
        client_secret=SECRET_TEXTS | st.just(Secret("")),
    )
)  # fmt: skip
ACCOUNTS = st.builds(
    HubSpotAccount,
    base_url=st.just("http://127.0.0.1:8080"),
    access_token=SECRET_TEXTS,
    app_id=st.integers(1, 10**9),
    client_secrets=st.lists(SECRET_TEXTS, min_size=1, max_size=4, unique=True).map(tuple),
) | st.builds(
    HubSpotAccount,
    base_url=st.just("http://127.0.0.1:8080"),
    oauth=st.builds(
        HubSpotOAuth,
        client_id=NAMES,
        client_secret=SECRET_TEXTS,
        authorize_url=st.just("https://app.hubspot.com/oauth/authorize"),
        scopes=st.lists(NAMES, min_size=1, unique=True).map(tuple),
    ),
    app_id=st.integers(1, 10**9),
    client_secrets=st.lists(SECRET_TEXTS, min_size=1, max_size=4, unique=True).map(tuple),
)
PORTALS = st.builds(
    Portal,
    number=st.integers(1, 2**63 - 1),
    name=NAMES,
    hubspot=ACCOUNTS,
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
