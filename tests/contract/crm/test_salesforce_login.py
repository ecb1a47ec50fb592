"""Logging in to Salesforce: three ways, one renewal, and no secret shown."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from contract.errors import CrmError, ErrorClass
from contract.secret import Secret
from contract.settings import AuthMethod, SalesforceAuth
from tests.contract.crm.benches import SalesforceBench, update
from tests.fakes.canned import answer


def test_an_expired_token_is_renewed_once_and_the_call_made_again(salesforce: SalesforceBench) -> None:
    lead = salesforce.add("a@example.com")
    write = replace(update(salesforce, lead, first="Zoe"), use_assignment_rules=False)
    salesforce.crm.schema("Lead")
    salesforce.sandbox.expire_tokens()
    salesforce.wire.seen.clear()

    assert salesforce.crm.apply([write])[0].fault is None

    assert [request.method for request in salesforce.wire.seen] == ["PATCH", "POST", "PATCH"]
    assert salesforce.wire.headers("Sforce-Auto-Assign") == ["FALSE", None, "FALSE"]
    assert salesforce.wire.headers("Sforce-Call-Options") == ["client=Diptych", None, "client=Diptych"]


def test_asking_who_we_are_renews_an_expired_token_too(salesforce: SalesforceBench) -> None:
    """The identity services refuse a token as 403 and in plain text, unlike the rest of the API."""
    salesforce.crm.check()
    salesforce.sandbox.expire_tokens()
    assert salesforce.crm.check().user == "diptych.integration@example.com"
    salesforce.wire.answers.extend([answer(403, "Bad_OAuth_Token"), answer(400, {"error": "inactive_user"})])
    with pytest.raises(CrmError) as caught:
        salesforce.crm.check()
    assert (caught.value.fault.error, caught.value.fault.code) == (ErrorClass.AUTH, "INACTIVE_USER")


def test_a_token_refused_again_is_no_endless_matter(salesforce: SalesforceBench) -> None:
    salesforce.crm.schema("Lead")
    refusal = [{"errorCode": "INVALID_SESSION_ID", "message": "Session expired or invalid"}]
    token = {"access_token": "t", "id": "https://login.salesforce.com/id/00D/005"}
    salesforce.wire.answers.extend([answer(401, refusal), answer(200, token), answer(401, refusal)])

    with pytest.raises(CrmError) as caught:
        salesforce.crm.read("Lead", ["00QDp0000000001MAA"], [])

    assert (caught.value.fault.error, caught.value.fault.code) == (ErrorClass.AUTH, "INVALID_SESSION_ID")
    assert not salesforce.wire.answers


def test_wrong_credentials_suspend_and_say_what_is_wrong() -> None:
    auth = SalesforceAuth(
        method=AuthMethod.CLIENT_CREDENTIALS,
        client_id="sandbox-consumer-key",
        client_secret=Secret("wrong-secret"),
    )

    with pytest.raises(CrmError) as caught:
        SalesforceBench(auth).crm.check()

    assert (caught.value.fault.error, caught.value.fault.code) == (ErrorClass.AUTH, "INVALID_CLIENT")
    assert "wrong-secret" not in str(caught.value)


def test_a_login_out_of_order_is_no_refusal(salesforce: SalesforceBench) -> None:
    salesforce.wire.answers.append(answer(503, "<html>busy</html>"))

    with pytest.raises(CrmError) as caught:
        salesforce.crm.check()

    assert caught.value.fault.error is ErrorClass.TRANSIENT


def test_a_ready_made_session_works_until_it_ends() -> None:
    auth = SalesforceAuth(method=AuthMethod.SESSION, session=Secret("ready-made"))
    bench = SalesforceBench(auth, session_token="ready-made")
    lead = bench.add("a@example.com")

    assert bench.crm.read("Lead", [lead], [])[lead].modified_by_us is False
    bench.sandbox.expire_tokens()
    with pytest.raises(CrmError) as caught:
        bench.crm.read("Lead", [lead], [])

    assert (caught.value.fault.error, caught.value.fault.code) == (ErrorClass.AUTH, "INVALID_SESSION_ID")


@pytest.fixture(scope="module")
def private_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _pem(key: rsa.RSAPrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def test_a_signed_assertion_logs_in(private_key: rsa.RSAPrivateKey) -> None:
    public = private_key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    auth = SalesforceAuth(
        method=AuthMethod.JWT,
        client_id="sandbox-consumer-key",
        private_key=Secret(_pem(private_key)),
        username="diptych.integration@example.com",
    )

    check = SalesforceBench(auth, jwt_public_key=public.decode()).crm.check()

    assert check.user == "diptych.integration@example.com"


def test_a_key_that_cannot_be_read_suspends_without_being_shown() -> None:
    auth = SalesforceAuth(
        method=AuthMethod.JWT, client_id="c", private_key=Secret("garbled-key"), username="u"
    )

    with pytest.raises(CrmError) as caught:
        SalesforceBench(auth).crm.check()

    assert (caught.value.fault.error, caught.value.fault.code) == (ErrorClass.AUTH, "INVALID_KEY")
    assert "garbled-key" not in str(caught.value)
