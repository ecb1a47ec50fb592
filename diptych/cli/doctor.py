"""`diptych doctor`: is everything in place, in sentences; exit code 1 on any fault."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime

import click
from rich.text import Text

from contract.errors import DiptychError, InvalidInput
from diptych import logs
from diptych.cli.access_checks import check_access
from diptych.cli.checkup import (
    Finding,
    Grade,
    check_broker,
    check_config,
    check_database,
    check_ledger,
    check_portal,
)
from diptych.cli.session import Session, pass_session
from diptych.cli.standing import Standing, findings, standing_of
from diptych.cli.versions import check_versions
from diptych.config import Config
from diptych.wiring import Stores, open_config_database, open_stores, portal_opener

_STYLES = {Grade.OK: "green", Grade.WARNING: "yellow", Grade.FAULT: "bold red"}


@click.command()
@click.option("--offline", is_flag=True, help="Ask no CRM.")
@pass_session
def doctor(session: Session, *, offline: bool) -> None:
    """Check everything, in sentences. Exit code 1 on any fault.

    Looks at the configuration, the database, the broker, the ledger and every portal's two accounts.
    """
    # What is wrong stands in the findings.
    logs.set_up("error", "console")
    faults = 0
    for finding in _findings(session, offline=offline):
        faults += finding.grade is Grade.FAULT
        style = _STYLES[finding.grade]
        session.screen.say(
            Text.assemble((f"{finding.grade:<8}", style), (f"{finding.subject}: ", "bold"), finding.says)
        )
    if faults:
        session.screen.say(f"{faults} fault{'s' if faults > 1 else ''}", style="bold red")
        raise click.exceptions.Exit(1)
    session.screen.say("no faults", style="green")


def _findings(session: Session, *, offline: bool) -> Iterator[Finding]:
    """From the ground up; what stands on something broken is not looked at."""
    try:
        config = session.config
    except InvalidInput as error:
        for key, says in error.faults.items() or [("", str(error))]:
            yield Finding(subject=key or "configuration", says=says, grade=Grade.FAULT)
        return
    yield from check_config(config)
    database = open_config_database(config)
    try:
        found = list(check_database(database, datetime.now(UTC)))
    finally:
        database.close()
    yield from found
    if any(finding.grade is Grade.FAULT for finding in found):
        return
    with open_stores(config) as stores:
        yield from check_broker(stores.broker)
        yield from check_ledger(stores.ledger, secrets.token_bytes(8))
        yield from _portals(config, stores, offline=offline)


def _portals(config: Config, stores: Stores, *, offline: bool) -> Iterator[Finding]:
    try:
        portals = _stored(stores)
    except DiptychError as error:
        yield Finding(subject="portals", says=str(error), grade=Grade.FAULT)
        return
    if not portals:
        yield Finding(subject="portals", says="there is none yet; `diptych portals apply FILE` stores one")
    open_portal = portal_opener(config, stores)
    for standing in portals:
        portal = standing.portal
        yield from findings(standing)
        if offline:
            yield Finding(subject=f"portal {portal.number}", says="its accounts were not asked (--offline)")
            continue
        yield from check_portal(portal, lambda one: open_portal(one)[0])
        yield from check_versions(portal, config, stores)
        yield from check_access(portal, config, stores)


def _stored(stores: Stores) -> list[Standing]:
    now = datetime.now(UTC)
    with stores.database.transaction() as tx:
        return [standing_of(tx, portal, now) for portal in tx.portals.all()]
