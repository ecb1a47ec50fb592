"""The keys of a portal's file, as marshmallow schemas that make the frozen settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, post_load, validates_schema

from contract.kinds import PERSON
from contract.lifecycle import STAGE
from contract.mappings import MappingRule
from contract.portal_accounts import HubSpotSchema, SalesforceSchema
from contract.portal_fields import Choice, Limit, NameText, NotYet, Number, Section, Switch, TimeZone
from contract.portal_mappings import Mappings
from contract.portal_shapes import Listed, ListId, Names, Sub
from contract.settings import CreateAs, CreateAsWhen, GuardLimits, Portal, Settings, SyncMode

SALESFORCE_WINS = frozenset({MappingRule.PREFER_SALESFORCE, MappingRule.ALWAYS_SALESFORCE})
"""Rules by which what stands in Salesforce takes the place of what changed in HubSpot alone."""


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


class DedupSchema(Section):
    """`dedup`."""

    mirror_merges = Switch()


class LifecycleSchema(Section):
    """`lifecycle`."""

    automatic = Switch()


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
    mappings = Mappings(PERSON)
    guards = Sub(GuardsSchema)
    own_rules = Names()
    accounts = _not_yet("sync", "mirror_merges")
    opportunities = _not_yet("sync")
    activities = _not_yet("sync")
    lifecycle = Sub(LifecycleSchema)
    places = Sub(PlacesSchema)
    dedup = Sub(DedupSchema)

    def unknown_key(self, key: str) -> str:
        for name, section in self.fields.items():
            if isinstance(section, Sub) and key in section.schema.fields:
                return f"there is no such key here: it belongs below {name!r}"
        return super().unknown_key(key)

    @validates_schema
    def _one_hand_on_the_stage(self, data: Mapping[str, Any], **_: Any) -> None:
        """A mapping by which Salesforce's own value wins would carry the older stage back at once."""
        automatic = data.get("lifecycle", {}).get("automatic", False)
        contrary = (row for row in data.get("mappings", ()) if row.rule in SALESFORCE_WINS)
        if automatic and any(row.hubspot == STAGE for row in contrary):
            says = f"cannot be on while {STAGE} takes Salesforce's value: give its mapping another rule"
            raise ValidationError({"lifecycle": {"automatic": [says]}})

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
        **data.get("dedup", {}),
        **{f"{key}_stages": value for key, value in data.get("lifecycle", {}).items()},
        **{f"create_{key}": value for key, value in create.items()},
        **{f"delete_when_{key}": value for key, value in delete.items()},
        **{key: data[key] for key in ("time_zone", "mappings", "guards", "own_rules") if key in data},
    )
