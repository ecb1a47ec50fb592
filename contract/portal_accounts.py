"""The keys of a portal's file that name its two accounts and how we get into them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, post_load, validates_schema

from contract.portal_fields import (
    LEFT_EMPTY,
    Choice,
    Number,
    OrgId,
    PrivateKey,
    SecretText,
    Section,
    Switch,
    Text,
    Url,
)
from contract.portal_shapes import Listed, Names, Sub
from contract.settings import AuthMethod, HubSpotAccount, HubSpotOAuth, SalesforceAuth, SalesforceOrg

HUBSPOT_API = "https://api.hubapi.com"
HUBSPOT_CONSENT = "https://app.hubspot.com/oauth/authorize"
HUBSPOT_SCOPES = (
    "oauth",
    "crm.objects.contacts.read",
    "crm.objects.contacts.write",
    "crm.schemas.contacts.read",
    "crm.schemas.contacts.write",
    "crm.lists.read",
    "crm.objects.owners.read",
    "communication_preferences.read_write",
)
"""What an app needs for all that Diptych does."""
MIN_WEBHOOK_SECRET = 16
_OWN_ADDRESS = "https://acme.my.salesforce.com"

NEEDS: Mapping[AuthMethod, tuple[str, ...]] = {
    AuthMethod.CLIENT_CREDENTIALS: ("client_id", "client_secret"),
    AuthMethod.JWT: ("client_id", "username", "private_key"),
    AuthMethod.WEB_SERVER: ("client_id",),
    AuthMethod.SESSION: ("session",),
}
"""Which values each way to log in needs."""
TAKES: Mapping[AuthMethod, tuple[str, ...]] = {AuthMethod.WEB_SERVER: ("client_secret",)}
"""Which it takes besides: an app may be set not to ask for its secret, as PKCE stands in for it."""
_SHARED_LOGIN_HOSTS = ("https://login.salesforce.com", "https://test.salesforce.com")


class HubSpotOAuthSchema(Section):
    """`hubspot.oauth`."""

    client_id = Text(required=True)
    client_secret = SecretText(required=True)
    authorize_url = Url(example=HUBSPOT_CONSENT, load_default=HUBSPOT_CONSENT)
    scopes = Names(load_default=HUBSPOT_SCOPES)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> HubSpotOAuth:
        return HubSpotOAuth(**data)


class HubSpotSchema(Section):
    """`hubspot`."""

    base_url = Url(example=HUBSPOT_API, load_default=HUBSPOT_API)
    access_token = SecretText(error_messages={"null": LEFT_EMPTY})
    oauth = Sub(HubSpotOAuthSchema)
    app_id = Number(required=True)
    client_secrets = Listed(SecretText(), at_least=1, required=True)

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def _one_way_in(self, _: Any, original: Any, **__: Any) -> None:
        if not isinstance(original, Mapping):
            return
        if "access_token" in original and "oauth" in original:
            says = "cannot stand beside access_token: a portal gets in by one of the two, so leave one out"
            raise ValidationError(says, "oauth")
        if "access_token" not in original and "oauth" not in original:
            says = "is missing: write a private app's token here, or an OAuth app's client below `oauth`"
            raise ValidationError(says, "access_token")

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
        for key in given - {*NEEDS[method], *TAKES.get(method, ())}:
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
