"""The token endpoint, tokens and who one is."""

from __future__ import annotations

from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from sandbox.salesforce import SalesforceSandbox

from .client import Api, ManualClock, Reply

TOKEN_PATH = "/services/oauth2/token"
JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


def request(api: Api, **form: str) -> Reply:
    return api.raw("POST", TOKEN_PATH, data=form)


def works(api: Api, token: str) -> bool:
    headers = {"Authorization": f"Bearer {token}"}
    return api.raw("GET", "/services/data/v66.0/limits", headers=headers).status == 200


def test_client_credentials_by_form_and_by_basic(api: Api, sf: SalesforceSandbox) -> None:
    form = {"grant_type": "client_credentials"}
    replies = [
        request(api, **form, client_id="key", client_secret="secret"),
        api.raw("POST", TOKEN_PATH, data=form, auth=("key", "secret")),
    ]
    for reply in replies:
        assert (reply.status, reply.body["token_type"]) == (200, "Bearer")
        assert reply.body["instance_url"] == sf.base_url
        assert reply.body["id"].endswith(f"/id/{sf.org.org_id}/{sf.integration_user_id}")
        assert works(api, reply.body["access_token"])
    assert replies[0].body["access_token"] != replies[1].body["access_token"]


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"client_id": "no", "client_secret": "secret"}, 400, "invalid_client_id"),
        ({"client_id": "key", "client_secret": "no"}, 401, "invalid_client"),
        ({"grant_type": "password", "username": "a", "password": "b"}, 400, "unsupported_grant_type"),
        (
            {"grant_type": "refresh_token", "client_id": "key", "client_secret": "secret"},
            400,
            "invalid_grant",
        ),
        ({"grant_type": JWT_GRANT, "assertion": "x.y.z"}, 400, "invalid_grant"),
    ],
)
def test_refused_grants(api: Api, form: dict[str, str], status: int, error: str) -> None:
    reply = request(api, **{"grant_type": "client_credentials", **form})
    assert (reply.status, reply.body["error"]) == (status, error)
    assert {*reply.body} == {"error", "error_description"}


def test_refresh_tokens(api: Api, sf: SalesforceSandbox) -> None:
    sf.auth.consents.live.add("5Aep861")
    form = {"grant_type": "refresh_token", "client_id": "key", "client_secret": "secret"}
    reply = request(api, **form, refresh_token="5Aep861")
    assert works(api, reply.body["access_token"])
    assert request(api, **form, refresh_token="5Aep862").body["error"] == "invalid_grant"


@pytest.fixture(scope="module")
def signing_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({}, None),
        ({"aud": "https://test.salesforce.com"}, None),
        ({"iss": "no"}, "invalid_client_id"),
        ({"sub": "no"}, "invalid_grant"),
        ({"aud": "https://evil.example"}, "invalid_grant"),
        ({"exp": -1}, "invalid_grant"),
        ({"exp": 301}, "invalid_grant"),
    ],
)
def test_jwt_bearer_checks_signature_and_claims(
    api: Api,
    sf: SalesforceSandbox,
    clock: ManualClock,
    signing_key: rsa.RSAPrivateKey,
    changes: dict[str, Any],
    error: str | None,
) -> None:
    pem = signing_key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    sf.auth.jwt_public_key = pem.decode()
    claims = {
        "iss": "key",
        "sub": sf.auth.username,
        "aud": "https://login.salesforce.com",
        "exp": 180,
        **changes,
    }
    claims["exp"] += int(clock().timestamp())
    reply = request(api, grant_type=JWT_GRANT, assertion=jwt.encode(claims, signing_key, algorithm="RS256"))
    assert reply.body.get("error") == error
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    forged = request(api, grant_type=JWT_GRANT, assertion=jwt.encode(claims, other, algorithm="RS256"))
    assert forged.body["error"] == "invalid_grant"


def test_expired_missing_and_wrong_tokens_are_401(api: Api, sf: SalesforceSandbox) -> None:
    sf.expire_tokens()
    reply = api.query("SELECT Id FROM Lead")
    assert (reply.status, reply.code) == (401, "INVALID_SESSION_ID")
    assert api.raw("GET", "/services/data/v66.0/limits").status == 401
    fresh = request(api, grant_type="client_credentials", client_id="key", client_secret="secret")
    assert works(api, fresh.body["access_token"])
    sf.accept_token("session-of-the-tests")
    assert api.query("SELECT Id FROM Lead").status == 200


def test_userinfo(api: Api, sf: SalesforceSandbox) -> None:
    headers = {"Authorization": "Bearer session-of-the-tests"}
    body = api.raw("GET", "/services/oauth2/userinfo", headers=headers).body
    assert body["user_id"] == sf.integration_user_id
    assert body["organization_id"] == "00D5g000004y6PpEAI"
    assert body["preferred_username"] == "diptych.integration@example.com"
    assert api.raw("GET", "/services/oauth2/userinfo").status == 403
    identity = api.raw("GET", f"/id/{sf.org.org_id}/{sf.integration_user_id}", headers=headers)
    assert identity.body == body
