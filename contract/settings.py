"""The settings of one portal, under the keys of its YAML file, and the portal's two accounts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from contract.kinds import kind_of
from contract.mappings import DEFAULT_MAPPINGS, OWNER, FieldMapping, MappingRule, with_codes
from contract.records import Side
from contract.secret import Secret


class SyncMode(StrEnum):
    """`sync.mode`: off keeps notices, observe decides and traces, on writes."""

    OFF = "off"
    OBSERVE = "observe"
    ON = "on"


class CreateAs(StrEnum):
    """`contacts.create_as`: what a new Salesforce record is."""

    LEAD = "lead"
    CONTACT = "contact"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateAsWhen:
    """One ordered exception to `contacts.create_as`: when the HubSpot property has one of these values."""

    hubspot_property: str
    values: frozenset[str]
    create_as: CreateAs


GUARD_WINDOW = timedelta(minutes=10)
"""The time within which a guard counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardLimits:
    """`guards`: how much of each kind of work a portal may do in GUARD_WINDOW before an operator is asked.

    `deletions` counts records, `creates` records on either side, `clears` values that are blanked.
    """

    deletions: int = 50
    creates: int = 500
    clears: int = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the rules may look at besides the facts. `version` is the stored version they come from."""

    version: int = 0
    mode: SyncMode = SyncMode.OFF
    create_as: CreateAs = CreateAs.LEAD
    create_as_when: tuple[CreateAsWhen, ...] = ()
    use_assignment_rules: bool = False
    inclusion_list: str | None = None
    create_from_leads: bool = False
    create_from_contacts: bool = False
    delete_when_lead_deleted: bool = False
    delete_when_contact_deleted: bool = False
    mappings: tuple[FieldMapping, ...] = DEFAULT_MAPPINGS
    picklists: bool = False
    automatic_stages: bool = False
    mirror_merges: bool = False
    time_zone: str = "UTC"
    guards: GuardLimits = GuardLimits()
    own_rules: tuple[str, ...] = ()
    rows: tuple[FieldMapping, ...] = field(init=False, repr=False, compare=False)
    _synced: dict[str, tuple[tuple[FieldMapping, str], ...]] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        """`rows` are carried field by field: the mappings, onto codes where `picklists`, and the owner."""
        mappings = map(with_codes, self.mappings) if self.picklists else self.mappings
        object.__setattr__(self, "rows", (*mappings, OWNER))

    def reads(self, side: Side, object_type: str) -> frozenset[str]:
        """The fields that a decision about a record of this type may look at."""
        kind = kind_of(side, object_type)
        names = {row.hubspot if side is Side.HUBSPOT else row.fields.get(object_type) for row in self.rows}
        if side is Side.HUBSPOT:
            names |= {exception.hubspot_property for exception in self.create_as_when}
        return frozenset(name for name in (*names, *kind.reads[side]) if name)

    def synced(self, object_type: str) -> tuple[tuple[FieldMapping, str], ...]:
        """The rows that take part for this Salesforce object, each with its Salesforce field."""
        found = self._synced.get(object_type)
        if found is None:
            named = ((row.keyed(object_type), row.salesforce(object_type)) for row in self.rows)
            sound = ((row, name) for row, name in named if name is not None)
            found = tuple((row, name) for row, name in sound if row.rule is not MappingRule.DONT_SYNC)
            self._synced[object_type] = found
        return found


class AuthMethod(StrEnum):
    """How we log in to Salesforce."""

    CLIENT_CREDENTIALS = "client_credentials"
    JWT = "jwt"
    WEB_SERVER = "web_server"
    """A person lets us in once by `diptych authorize`; a refresh token keeps it up."""
    SESSION = "session"


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesforceAuth:
    """`salesforce.auth`: only the values its method needs are set."""

    method: AuthMethod
    client_id: str = ""
    client_secret: Secret = field(default_factory=lambda: Secret(""))
    private_key: Secret = field(default_factory=lambda: Secret(""))
    username: str = ""
    session: Secret = field(default_factory=lambda: Secret(""))


@dataclass(frozen=True, slots=True, kw_only=True)
class HubSpotOAuth:
    """`hubspot.oauth`: an app that a person lets in once by `diptych authorize`.

    `scopes` are asked for, and must hold all that the app's own settings call required.
    """

    client_id: str
    client_secret: Secret
    authorize_url: str
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HubSpotAccount:
    """`hubspot`: one app may serve many portals; `client_secrets` lists several during a rotation.

    We get in by `access_token`, which a private app has for ever, or by `oauth`: never by both.
    """

    base_url: str
    app_id: int
    client_secrets: tuple[Secret, ...]
    access_token: Secret = field(default_factory=lambda: Secret(""))
    oauth: HubSpotOAuth | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesforceOrg:
    """`salesforce`: `org_id` has 18 characters; `ca_file` is a path to a CA bundle or None."""

    org_id: str
    login_url: str
    instance_url: str
    auth: SalesforceAuth
    webhook_secret: Secret
    sandbox: bool = False
    ca_file: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Portal:
    """One HubSpot account joined to one Salesforce org."""

    number: int
    name: str
    hubspot: HubSpotAccount
    salesforce: SalesforceOrg
    settings: Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsVersion:
    """A portal as one version has it, and who stored that version, when and why."""

    portal: Portal
    author: str
    comment: str
    at: datetime


class SuspensionCause(StrEnum):
    """What made the system stop a portal, and with it what lets it go on besides `portals clear`."""

    CREDENTIALS = "credentials"
    """A CRM does not accept them: a check that finds both sides' valid, hourly or after a portal file."""
    INVISIBLE = "invisible"
    """An object is not shown to the integration user: a check that sees it, at the same times."""
    ACCESS = "access"
    """A whole call is forbidden to the integration user: tried again at `clears_at`."""
    OTHER = "other"
    """`clears_at`, or an operator alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspension:
    """Why the system stopped a portal by itself. `clears_at` is when it goes on by itself, if it does."""

    reason: str
    since: datetime
    clears_at: datetime | None = None
    cause: SuspensionCause = SuspensionCause.OTHER
