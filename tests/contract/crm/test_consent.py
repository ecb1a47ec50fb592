"""Being let in by a person: the page, the way back, the code, and what the CRMs refuse of it."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from adapters.crm.oauth import ConsentRefused
from consumers.vault import HandVault
from contract.errors import CrmError, ErrorClass, InvalidInput
from contract.secret import Secret
from tests.contract.crm.benches import NUMBER, HubSpotBench, SalesforceBench
from tests.contract.crm.consents import (
    CALLBACK,
    Desk,
    HubSpotDesk,
    SalesforceDesk,
    a_consent,
    granted,
    hubspot_portal,
    salesforce_portal,
    sent_to,
    visited,
)


@pytest.fixture(params=["hubspot", "salesforce"])
def desk(request: pytest.FixtureRequest) -> Desk:
    if request.param == "hubspot":
        return HubSpotDesk(hubspot_portal(), HubSpotBench())
    return SalesforceDesk(salesforce_portal(), SalesforceBench())


def refusal(desk: Desk, portal: object = None, code: str | None = None) -> CrmError:
    """How the exchange of a code is refused."""
    consent = a_consent()
    code = code or consent.code_in(sent_to(desk, consent))
    with pytest.raises(CrmError) as caught:
        desk.client.exchange(consent, code)
    assert caught.value.fault.error is ErrorClass.AUTH
    return caught.value


def test_a_consent_opens_the_account_and_says_whose_it_is(desk: Desk) -> None:
    told = desk.open(HandVault(grant=granted(desk))).check()
    if isinstance(desk, HubSpotDesk):
        assert (told.account, told.user) == (str(NUMBER), "app 7")
    else:
        assert (told.account, told.user) == ("00DDp0000000001MAA", "diptych.integration@example.com")


def test_the_page_is_asked_for_all_that_it_must_know(desk: Desk) -> None:
    consent = a_consent()
    address = urlsplit(desk.client.authorize_url(consent))
    given = {name: values[0] for name, values in parse_qs(address.query).items()}
    assert (given["redirect_uri"], given["state"]) == (CALLBACK, consent.state)
    assert consent.verifier not in address.query
    assert "+" not in address.query
    if isinstance(desk, HubSpotDesk):
        assert "crm.objects.contacts.write" in given["scope"].split()
    else:
        assert (given["code_challenge"], given["code_challenge_method"]) == (consent.challenge, "S256")
        assert "refresh_token" in given["scope"].split()


def test_a_code_is_good_once(desk: Desk) -> None:
    consent = a_consent()
    code = consent.code_in(sent_to(desk, consent))
    desk.client.exchange(consent, code)
    with pytest.raises(CrmError, match="expired or was used already"):
        desk.client.exchange(consent, code)


def test_a_code_that_was_kept_too_long_is_refused(desk: Desk) -> None:
    consent = a_consent()
    code = consent.code_in(sent_to(desk, consent))
    desk.bench.clock.sleep(901)
    with pytest.raises(CrmError, match="expired or was used already"):
        desk.client.exchange(consent, code)


def test_a_code_for_another_callback_is_refused(desk: Desk) -> None:
    consent = a_consent()
    code = consent.code_in(sent_to(desk, consent))
    with pytest.raises(CrmError, match="callback"):
        desk.client.exchange(replace(consent, redirect_uri="http://localhost:1/authorized"), code)


def test_a_callback_that_the_app_does_not_know_is_a_page_of_the_crms_own(desk: Desk) -> None:
    elsewhere = replace(a_consent(), redirect_uri="https://evil.example/")
    answer = visited(desk, desk.client.authorize_url(elsewhere))
    assert (answer.status_code, "Location" in answer.headers) == (400, False)


def test_a_person_who_says_no_is_a_refusal(desk: Desk) -> None:
    if isinstance(desk, HubSpotDesk):
        desk.bench.sandbox.oauth.refuses = True
    elif isinstance(desk, SalesforceDesk):
        desk.bench.sandbox.auth.consents.refuses = True
    consent = a_consent()
    with pytest.raises(ConsentRefused, match="access_denied"):
        consent.code_in(sent_to(desk, consent))


def test_an_answer_to_another_attempt_is_none_to_this_one(desk: Desk) -> None:
    address = sent_to(desk, a_consent())
    with pytest.raises(InvalidInput, match="its state differs"):
        a_consent().code_in(address)


def test_a_wrong_client_secret_is_said_and_not_shown() -> None:
    hubspot = HubSpotDesk(hubspot_portal(client_secret=Secret("wrong-one")), HubSpotBench())
    salesforce = SalesforceDesk(salesforce_portal(secret=Secret("wrong-one")), SalesforceBench())
    desks: tuple[Desk, ...] = (hubspot, salesforce)
    for desk in desks:
        error = refusal(desk)
        assert "client secret is wrong" in error.fault.says
        assert "wrong-one" not in str(error)


def test_salesforce_refuses_a_code_with_another_verifier() -> None:
    desk = SalesforceDesk(salesforce_portal(), SalesforceBench())
    consent = a_consent()
    code = consent.code_in(sent_to(desk, consent))
    with pytest.raises(CrmError) as caught:
        desk.client.exchange(replace(consent, verifier="somebody else's"), code)
    assert caught.value.fault.code == "INVALID_GRANT"


def test_salesforces_secret_may_be_left_out_where_the_app_does_not_ask_for_it() -> None:
    desk = SalesforceDesk(salesforce_portal(secret=Secret("")), SalesforceBench())
    assert "client secret" in refusal(desk).fault.says
    desk.bench.sandbox.auth.consents.secret_optional = True
    assert desk.open(HandVault(grant=granted(desk))).check().account == "00DDp0000000001MAA"


def test_an_app_that_gives_no_refresh_token_is_told_what_it_lacks() -> None:
    desk = SalesforceDesk(salesforce_portal(), SalesforceBench())
    consents = desk.bench.sandbox.auth.consents
    consents.scopes = frozenset({"api", "id"})
    consent = a_consent()
    with pytest.raises(ConsentRefused, match="invalid_scope"):
        consent.code_in(sent_to(desk, consent))
    address = desk.client.authorize_url(consent).replace("%20refresh_token", "")
    code = consent.code_in(visited(desk, address).headers["Location"])
    with pytest.raises(CrmError, match="add the scope `refresh_token`"):
        desk.client.exchange(consent, code)


def test_hubspot_wants_every_scope_that_its_app_requires() -> None:
    desk = HubSpotDesk(hubspot_portal(), HubSpotBench())
    desk.bench.sandbox.oauth.required_scopes = frozenset({"oauth", "tickets"})
    assert visited(desk, desk.client.authorize_url(a_consent())).json()["status"] == "BAD_SCOPES"
    wider = HubSpotDesk(hubspot_portal(scopes=("oauth", "tickets")), desk.bench)
    assert granted(wider).refresh


def test_the_token_of_another_account_is_known_by_its_number() -> None:
    desk = HubSpotDesk(hubspot_portal(), HubSpotBench())
    grant = granted(desk)
    other = HubSpotDesk(replace(desk.portal, number=1), desk.bench)
    told = other.open(HandVault(grant=grant)).check()
    assert told.says == f"the access token belongs to HubSpot account {NUMBER}, not to 1"
