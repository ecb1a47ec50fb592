"""The keys of a portal's file, as marshmallow schemas that make the frozen settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, post_load, validates_schema

from contract.portal_fields import (
    Choice,
    Limit,
    NameText,
    NotYet,
    Number,
    OrgId,
    PrivateKey,
    SecretText,
    Section,
    Switch,
    Text,
    TimeZone,
    Url,
    quoted,
)
from contract.portal_mappings import Mappings
from contract.settings import (
    AuthMethod,
    CreateAs,
    CreateAsWhen,
    GuardLimits,
    HubSpotAccount,
    Portal,
    SalesforceAuth,
    SalesforceOrg,
    Settings,
    SyncMode,
)

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


class Listed(fields.List[Any]):
    """A list. A single text may stand without its dash."""

    default_error_messages = {  # noqa: RUF012  # marshmallow's own form
        "required": "is missing",
        "null": "is left empty: list something",
        "invalid": "must be a list: each entry on its own line after a dash",
    }

    def __init__(self, inner: fields.Field[Any], *, at_least: int = 0, **kwargs: Any) -> None:
        super().__init__(inner, **kwargs)
        self._at_least = at_least

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        entries = super()._deserialize([value] if isinstance(value, str) else value, attr, data, **kwargs)
        if len(entries) < self._at_least:
            raise ValidationError("must hold at least one entry")
        return entries


class Names(Listed):
    """A list of names, each once."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(NameText(), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        return tuple(dict.fromkeys(super()._deserialize(value, attr, data, **kwargs)))


class ListId(Number):
    """A HubSpot list's number as text, or none."""

    def read(self, value: Any) -> Any:
        if isinstance(value, str) and value.strip().lower() == "none":
            return None
        try:
            return str(super().read(value))
        except ValidationError:
            says = f"must be none or the number of a HubSpot list, not {quoted(value)}"
            raise ValidationError(says) from None


class Sub(fields.Nested):
    """A section that may be left out."""

    default_error_messages = {  # noqa: RUF012  # marshmallow's own form
        "required": "is missing",
        "null": "holds nothing: indent its keys below it, or leave it out",
    }


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


class SyncSchema(Section):
    """`sync`. YAML readers elsewhere turn on and off into true and false; those are taken too."""

    mode = Choice(SyncMode, aliases={"true": SyncMode.ON, "false": SyncMode.OFF})


class CreateAsWhenSchema(Section):
    """One entry of `contacts.create_as_when`."""

    property = NameText(required=True)
    values = Listed(NameText(), at_least=1)
    value = NameText()
    create_as = Choice(CreateAs, required=True)

    @validates_schema
    def _one_of_both(self, data: Mapping[str, Any], **_: Any) -> None:
        if ("values" in data) == ("value" in data):
            raise ValidationError("needs either `value` or `values`", "values")

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> CreateAsWhen:
        values = data["values"] if "values" in data else [data["value"]]
        return CreateAsWhen(
            hubspot_property=data["property"], values=frozenset(values), create_as=data["create_as"]
        )


class CreateInHubSpotSchema(Section):
    """`contacts.create_in_hubspot`."""

    from_leads = Switch()
    from_contacts = Switch()


class DeleteWhenSchema(Section):
    """`contacts.delete_when`."""

    lead_deleted = Switch()
    contact_deleted = Switch()


class ContactsSchema(Section):
    """`contacts`."""

    create_as = Choice(CreateAs)
    create_as_when = Listed(fields.Nested(CreateAsWhenSchema))
    use_assignment_rules = Switch()
    inclusion_list = ListId(allow_none=True)
    create_in_hubspot = Sub(CreateInHubSpotSchema)
    delete_when = Sub(DeleteWhenSchema)


class GuardsSchema(Section):
    """`guards`: a limit of 0 lets nothing of the kind go without an operator."""

    deletions = Limit()
    creates = Limit()
    clears = Limit()

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> GuardLimits:
        return GuardLimits(**data)


class PlacesSchema(Section):
    """`places`."""

    picklists = Switch()


def _not_yet(*keys: str) -> Sub:
    """A section whose behaviour does not exist yet: each key may only say what is so anyway."""
    return Sub(Section.from_dict({key: NotYet() for key in keys}))


class PortalSchema(Section):
    """The whole file."""

    portal = Number(required=True)
    name = NameText(required=True)
    hubspot = Sub(HubSpotSchema, required=True)
    salesforce = Sub(SalesforceSchema, required=True)
    sync = Sub(SyncSchema)
    contacts = Sub(ContactsSchema)
    time_zone = TimeZone()
    mappings = Mappings()
    guards = Sub(GuardsSchema)
    own_rules = Names()
    accounts = _not_yet("sync", "mirror_merges")
    opportunities = _not_yet("sync")
    activities = _not_yet("sync")
    lifecycle = _not_yet("automatic")
    places = Sub(PlacesSchema)
    dedup = _not_yet("mirror_merges")

    def unknown_key(self, key: str) -> str:
        for name, section in self.fields.items():
            if isinstance(section, Sub) and key in section.schema.fields:
                return f"there is no such key here: it belongs below {name!r}"
        return super().unknown_key(key)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> Portal:
        return Portal(
            number=data["portal"],
            name=data["name"],
            hubspot=data["hubspot"],
            salesforce=data["salesforce"],
            settings=_settings(data),
        )


def _settings(data: Mapping[str, Any]) -> Settings:
    """The settings, where what the file leaves out keeps its default."""
    contacts = dict(data.get("contacts", {}))
    create = contacts.pop("create_in_hubspot", {})
    delete = contacts.pop("delete_when", {})
    if "create_as_when" in contacts:
        contacts["create_as_when"] = tuple(contacts["create_as_when"])
    return Settings(
        **data.get("sync", {}),
        **contacts,
        **data.get("places", {}),
        **{f"create_{key}": value for key, value in create.items()},
        **{f"delete_when_{key}": value for key, value in delete.items()},
        **{key: data[key] for key in ("time_zone", "mappings", "guards", "own_rules") if key in data},
    )
