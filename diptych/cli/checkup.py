"""What `diptych doctor` looks at, from the configuration to each portal's accounts; it changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from consumers.reconcile import Crms
from contract.activity import Lease
from contract.errors import CrmError, DiptychError, ErrorClass
from contract.mappings import CODES, CREATION_KEY, OPT_OUT, MappingRule
from contract.ports import Account, Broker, Crm, Database, Ledger, Owners
from contract.records import HUBSPOT_CONTACT, SALESFORCE_CONTACT, SALESFORCE_LEAD, FieldSchema, Side
from contract.settings import Portal, SyncMode
from diptych import own_rules
from diptych.config import Config

_WHY_A_KEY = (
    "without it a creation cannot be repeated safely: make it a text of 64 characters, unique, external id"
)


class Grade(StrEnum):
    """How a finding is meant."""

    OK = "ok"
    WARNING = "warning"
    FAULT = "fault"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One sentence on one subject."""

    subject: str
    says: str
    grade: Grade = Grade.OK


def check_config(config: Config) -> Iterator[Finding]:
    """The configuration, which is sound as far as its form goes."""
    yield Finding(subject="configuration", says=f"every key is sound; {_places(config)}")
    if config.public_url is None:
        yield Finding(
            subject="configuration",
            says="DIPTYCH_PUBLIC_URL is unset, so HubSpot's signatures are checked against the Host header: "
            "right only where no proxy stands in front",
            grade=Grade.WARNING,
        )


def _places(config: Config) -> str:
    """Where messages and tables are, so that a variable that was not set is noticed."""
    here = f"files in {config.data_dir.resolve()}"
    broker = "RabbitMQ" if config.broker_url else here
    database = "PostgreSQL" if config.database_url else here
    if broker == database:
        return f"messages and tables are {here}"
    return f"messages are in {broker}, tables in {database}"


def check_database(database: Database, now: datetime) -> Iterator[Finding]:
    """The database, brought to this build's revision, and who works on the portals."""
    try:
        database.migrate()
        with database.transaction() as tx:
            portals, leases = tx.portals.all(), tx.leases.leases()
    except DiptychError as error:
        yield Finding(subject="database", says=str(error), grade=Grade.FAULT)
        return
    yield Finding(subject="database", says="it answers, and its tables are at this build's revision")
    yield from _ownership(portals, leases, now)


def check_broker(broker: Broker) -> Iterator[Finding]:
    """The broker and its queues."""
    try:
        depth = broker.depth()
    except DiptychError as error:
        yield Finding(subject="broker", says=str(error), grade=Grade.FAULT)
        return
    yield Finding(subject="broker", says=f"it answers; {depth.inbox} messages wait in the inbox")
    if depth.dead:
        yield Finding(
            subject="broker",
            says=f"{depth.dead} messages wait in its dead-letter queue for a consumer to move them",
            grade=Grade.WARNING,
        )


def check_ledger(ledger: Ledger, token: bytes) -> Iterator[Finding]:
    """The ledger; its loss is no fault of the sync, so it is a warning."""
    ledger.put("doctor", token, seconds=10)
    if ledger.get("doctor") == token:
        yield Finding(subject="ledger", says="it keeps what it is given")
    else:
        says = (
            "Redis does not answer: nothing is lost, but every process keeps to a quarter of the rate limits"
        )
        yield Finding(subject="ledger", says=says, grade=Grade.WARNING)


def check_portal(portal: Portal, open_crms: Callable[[Portal], Crms]) -> Iterator[Finding]:
    """Both accounts, live: who we are there, and whether every mapped field can be seen and written."""
    subject = f"portal {portal.number}"
    for says in own_rules.missing(portal, own_rules.installed()):
        yield Finding(subject=subject, says=says, grade=Grade.FAULT)
    crms = open_crms(portal)
    accounts: Mapping[Side, tuple[Crm, str]] = {
        Side.HUBSPOT: (crms.hubspot, str(portal.number)),
        Side.SALESFORCE: (crms.salesforce, portal.salesforce.org_id),
    }
    for side, (account, expected) in accounts.items():
        try:
            found = account.check()
            right = found.account[:15] == expected[:15]
            yield Finding(subject=subject, says=found.says, grade=Grade.OK if right else Grade.FAULT)
            if right:
                yield from _fields(subject, portal, side, account)
                yield from owner_findings(subject, side, account)
        except CrmError as error:
            words = f"{error.fault.says} ({error.fault.code})"
            says = words if side.label in words else f"{side.label}: {words}"
            yield Finding(subject=subject, says=says, grade=Grade.FAULT)


def _ownership(portals: Collection[Portal], leases: Collection[Lease], now: datetime) -> Iterator[Finding]:
    owned = {lease.portal for lease in leases if lease.expires_at > now}
    for portal in portals:
        if portal.settings.mode is not SyncMode.OFF and portal.number not in owned:
            yield Finding(
                subject=f"portal {portal.number}",
                says=f"sync is {portal.settings.mode}, but no consumer works on it: is `diptych consumers` "
                "or `diptych run` running?",
                grade=Grade.WARNING,
            )


def owner_findings(subject: str, side: Side, crm: Owners) -> Iterator[Finding]:
    """Whether we may see who looks after records; without that every owner is left as he is."""
    try:
        crm.owners(emails={"nobody@diptych.invalid"})
    except CrmError as error:
        if error.fault.error is not ErrorClass.PERMISSION:
            raise
        says = f"{side.label}: we may not see its owners ({error.fault.code}), so they are left as they are"
        yield Finding(subject=subject, says=says, grade=Grade.WARNING)


def _fields(subject: str, portal: Portal, side: Side, account: Account) -> Iterator[Finding]:
    objects = (HUBSPOT_CONTACT,) if side is Side.HUBSPOT else (SALESFORCE_LEAD, SALESFORCE_CONTACT)
    seen: set[str] = set()
    for object_type in objects:
        schema = {field.name: field for field in account.schema(object_type)}
        seen |= schema.keys()
        faults = list(field_faults(portal, side, object_type, schema))
        for says, grade in faults:
            yield Finding(subject=subject, says=says, grade=grade)
        if not faults:
            says = f"every mapped field of {side.label} {object_type.lower()} can be read and written"
            yield Finding(subject=subject, says=says)
    if side is Side.SALESFORCE:
        says, grade = places_finding(picklists=portal.settings.picklists, seen=seen)
        yield Finding(subject=subject, says=says, grade=grade)


def places_finding(*, picklists: bool, seen: Collection[str]) -> tuple[str, Grade]:
    """Whether `places.picklists` is as the org is, `seen` being the fields of leads and contacts."""
    there = not set(CODES.values()).isdisjoint(seen)
    says = f"Salesforce {'has' if there else 'shows no'} state and country picklists"
    if there == picklists:
        return f"{says}, as places.picklists says", Grade.OK
    if there:
        return f"{says}, but places.picklists says no: texts that are no labels are refused", Grade.FAULT
    return f"{says}, but places.picklists says yes: states and countries are left out", Grade.FAULT


def field_faults(
    portal: Portal, side: Side, object_type: str, schema: Mapping[str, FieldSchema]
) -> Iterator[tuple[str, Grade]]:
    """What stands in the way of the mapped fields of one object, `schema` being what it shows us."""
    mapped = (
        mapping.hubspot if side is Side.HUBSPOT else mapping.salesforce(object_type)
        for mapping in (*portal.settings.rows, OPT_OUT)
        if mapping.rule is not MappingRule.DONT_SYNC
    )
    for name in filter(None, mapped):
        field = schema.get(name)
        if field is None or not field.readable:
            yield (
                f"{side.label} {object_type.lower()}: we may not see {name}, so it is left out",
                Grade.WARNING,
            )
        elif not field.updateable and name != OPT_OUT.hubspot:  # HubSpot has a call for it
            yield f"{side.label} {object_type.lower()}: we may not write {name}", Grade.WARNING
    if side is Side.SALESFORCE and CREATION_KEY not in schema:
        says = f"{object_type} has no field {CREATION_KEY} that we may see; {_WHY_A_KEY}"
        yield says, Grade.FAULT
