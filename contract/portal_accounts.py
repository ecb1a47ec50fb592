"""The keys of a portal's file that name its two accounts and how we get into them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, post_load, validates_schema

from contract.portal_fields import Choice, Number, OrgId, PrivateKey, SecretText, Section, Switch, Text, Url
from contract.portal_shapes import Listed, Sub
from contract.settings import AuthMethod, HubSpotAccount, SalesforceAuth, SalesforceOrg

HUBSPOT_API = "https://api.hubapi.com"
MIN_WEBHOOK_SECRET = 16
_OWN_ADDRESS = "https://acme.my.salesforce.com"

NEEDS: Mapping[AuthMethod, tuple[str, ...]] = {
    AuthMethod.CLIENT_CREDENTIALS: ("client_id", "client_secret"),
    AuthMethod.JWT: ("client_id", "username", "private_key"),
    AuthMethod.SESSION: ("session",),
}
"""Which values each way to log in needs; it takes no others."""
_SHARED_LOGIN_HOSTS = ("https://login.salesforce.com", "https://test.salesforce.com")


class HubSpotSchema(Section):
    """`hubspot`."""

    base_url = Url(example=HUBSPOT_API, load_default=HUBSPOT_API)
    access_token = SecretText(required=True)
    app_id = Number(required=True)
    client_secrets = Listed(SecretText(), at_least=1, required=True)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> HubSpotAccount:
        data["client_secrets"] = tuple(dict.fromkeys(data["client_secrets"]))
        return HubSpotAccount(**data)


class AuthSchema(Section):
    """`salesforce.auth`."""

    method = Choice(AuthMethod, required=True)
    client_id = Text()
    client_secret = SecretText()
    username = Text()
    private_key = PrivateKey()
    session = SecretText()

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def _what_the_method_needs(self, data: Mapping[str, Any], original: Mapping[str, Any], **_: Any) -> None:
        method = data.get("method")
        if method is None or not isinstance(original, Mapping):
            return
        given = {key for key in original if key != "method" and key in self.fields}
        faults = {key: [f"is missing: method {method} needs it"] for key in NEEDS[method] if key not in given}
        for key in given - set(NEEDS[method]):
            faults[key] = [f"is not used by method {method}: leave it out"]
        if faults:
            raise ValidationError(faults)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> SalesforceAuth:
        return SalesforceAuth(**data)


class SalesforceSchema(Section):
    """`salesforce`."""

    org_id = OrgId(required=True)
    login_url = Url(example=_OWN_ADDRESS)
    instance_url = Url(example=_OWN_ADDRESS, required=True)
    auth = Sub(AuthSchema, required=True)
    webhook_secret = SecretText(url_safe_from=MIN_WEBHOOK_SECRET, required=True)
    sandbox = Switch(load_default=False)
    ca_file = Text()

    @validates_schema
    def _own_login_host(self, data: Mapping[str, Any], **_: Any) -> None:
        method = data["auth"].method
        if method is AuthMethod.CLIENT_CREDENTIALS and data.get("login_url") in _SHARED_LOGIN_HOSTS:
            raise ValidationError(
                f"must be the org's own address, such as {_OWN_ADDRESS}: Salesforce "
                "refuses client credentials at its shared ones",
                "login_url",
            )

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> SalesforceOrg:
        shared = _SHARED_LOGIN_HOSTS[data["sandbox"]]
        by_method = shared if data["auth"].method is AuthMethod.JWT else data["instance_url"]
        return SalesforceOrg(**{"login_url": by_method, **data})
