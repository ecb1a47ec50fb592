"""What `diptych doctor` looks at, from the configuration to each portal's accounts; it changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from consumers.reconcile import Crms
from consumers.schemas import described, expected_account, in_words
from contract.activity import Lease
from contract.errors import CrmError, DiptychError, ErrorClass
from contract.mapping_check import Schemas, check
from contract.mappings import CODES, CREATION_KEY
from contract.ports import Broker, Database, Ledger, Owners
from contract.records import Side
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
    """Both accounts, live: who we are there, and whether their schemas bear the mappings."""
    subject = f"portal {portal.number}"
    for says in own_rules.missing(portal, own_rules.installed()):
        yield Finding(subject=subject, says=says, grade=Grade.FAULT)
    schemas: Schemas = {}
    for side, account in open_crms(portal).by_side().items():
        try:
            found = account.check()
            right = found.account[:15] == expected_account(portal, side)[:15]
            yield Finding(subject=subject, says=found.says, grade=Grade.OK if right else Grade.FAULT)
            if right:
                schemas = {**schemas, **described(side, account)}
                yield from owner_findings(subject, side, account)
        except CrmError as error:
            yield Finding(subject=subject, says=in_words(side, error.fault), grade=Grade.FAULT)
    yield from mapping_findings(portal, schemas)


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


def mapping_findings(portal: Portal, schemas: Schemas) -> Iterator[Finding]:
    """Whether the schemas, as far as they were told, bear the mappings and what creations need."""
    subject = f"portal {portal.number}"
    misfits = check(portal.settings, schemas)
    for misfit in misfits:
        grade = Grade.FAULT if misfit.sure else Grade.WARNING
        yield Finding(subject=subject, says=f"{misfit.path}: {misfit.says}", grade=grade)
    unusable = {(misfit.side, misfit.object_type) for misfit in misfits if misfit.idles}
    for side, object_type in sorted(schemas.keys() - unusable):
        says = f"every mapped field of {side.label} {object_type.lower()} can be read and written"
        yield Finding(subject=subject, says=says)
    salesforce = {place[1]: fields for place, fields in schemas.items() if place[0] is Side.SALESFORCE}
    for object_type, fields in salesforce.items():
        if CREATION_KEY not in fields:
            says = f"{object_type} has no field {CREATION_KEY} that we may see; {_WHY_A_KEY}"
            yield Finding(subject=subject, says=says, grade=Grade.FAULT)
    if salesforce:
        seen = {name for fields in salesforce.values() for name in fields}
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
