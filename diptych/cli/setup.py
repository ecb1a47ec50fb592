"""`diptych setup`: what a portal needs in its two accounts, made there or rendered to be deployed."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import click

from adapters.crm.hubspot_setup import READ_SCOPE, WRITE_SCOPE
from contract.errors import CrmError, Fault, InvalidInput
from contract.settings import Portal
from diptych.accounts import Accounts, accounts_of
from diptych.cli.screen import Screen
from diptych.cli.session import Session, known_portal, pass_session
from diptych.hubspot_parts import EVENTS, Step, steps, subscribed_properties
from diptych.releases import this_build
from diptych.salesforce import Org, folder_of, render, write


@click.command()
@click.argument("number", metavar="PORTAL", type=int)
@click.option(
    "--into",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the Salesforce project.  [default: ./diptych-salesforce-PORTAL]",
)
@click.option(
    "--user", help="Salesforce user name of the integration user, where Salesforce cannot be asked."
)
@click.option("--dry-run", is_flag=True, help="Say what would be made, and make nothing.")
@pass_session
def setup(session: Session, number: int, into: Path | None, user: str | None, *, dry_run: bool) -> None:
    """Make what a portal needs in HubSpot, and a project to deploy to Salesforce.

    HubSpot: a property group with the version, and the mapped properties that are missing. Salesforce: a
    folder with a source-format project, and a README that tells how to deploy it. May be run again any time.
    """
    with ExitStack() as stack:
        database = stack.enter_context(session.database())
        with database.transaction() as tx:
            portal = known_portal(tx, number)
        accounts = stack.enter_context(accounts_of(portal, session.config, database))
        org = Org(
            portal=portal,
            user=user or portal.salesforce.auth.username or _asked(accounts),
            endpoint=_endpoint(session.config.public_url),
            version=this_build(),
        )
        project = render(org)
        whole = _hubspot(session.screen, accounts, portal, dry_run=dry_run)
        _subscriptions(session.screen, org)
        _salesforce(session.screen, org, project, into or folder_of(number), dry_run=dry_run)
    if not whole:
        raise click.exceptions.Exit(1)


def _asked(accounts: Accounts) -> str:
    """The integration user as Salesforce knows us: before the first deployment there is no login yet."""
    try:
        return accounts.integration_user()
    except CrmError as error:
        raise InvalidInput(
            f"Salesforce cannot be asked who the integration user is ({error.fault.says}): name it by --user"
        ) from error


def _endpoint(public_url: str | None) -> str:
    if public_url is None:
        raise InvalidInput(
            "DIPTYCH_PUBLIC_URL must be set: it is the address that Salesforce sends its messages to"
        )
    return public_url


def _hubspot(screen: Screen, accounts: Accounts, portal: Portal, *, dry_run: bool) -> bool:
    """Do the steps in HubSpot; whether all was possible."""
    try:
        needed = list(steps(accounts.hubspot, portal, this_build()))
    except CrmError as error:
        screen.complain(f"HubSpot: {_reason(error.fault, READ_SCOPE)}")
        return False
    done = [_done(screen, step, dry_run=dry_run) for step in needed]
    return all(done)


def _subscriptions(screen: Screen, org: Org) -> None:
    """HubSpot has no call by which an account's token could read or make its app's subscriptions."""
    names = subscribed_properties(org.portal)
    screen.say(
        f"HubSpot: by hand: subscribe the app's webhooks, to {org.endpoint}/webhooks/hubspot, to contacts "
        f"being {', '.join(EVENTS)}, and to changes of these {len(names)} properties:"
    )
    screen.say(f"  {', '.join(names)}")


def _done(screen: Screen, step: Step, *, dry_run: bool) -> bool:
    if step.by_hand:
        screen.complain(f"HubSpot: missing: {step.what}: {step.says}")
        return False
    if step.make is None:
        screen.say(f"HubSpot: there already: {step.what}: {step.says}")
        return True
    if dry_run:
        screen.say(f"HubSpot: would be made (scope {WRITE_SCOPE}): {step.what}, {step.says}")
        return True
    try:
        step.make()
    except CrmError as error:
        screen.complain(f"HubSpot: not made: {step.what}: {_reason(error.fault, WRITE_SCOPE)}")
        return False
    screen.say(f"HubSpot: made: {step.what}, {step.says}")
    return True


def _reason(fault: Fault, scope: str) -> str:
    if fault.code == "MISSING_SCOPES":
        return f"the token lacks the scope {scope}: add it to the app, then run this again"
    if fault.code == "OBJECT_ALREADY_EXISTS":
        return "HubSpot has one of this name that it does not show, perhaps in its archive: restore it there"
    return f"{fault.says} ({fault.code})"


def _salesforce(screen: Screen, org: Org, project: dict[str, str], into: Path, *, dry_run: bool) -> None:
    files = f"{len(project)} files of version {org.version} for the integration user {org.user}"
    if dry_run:
        screen.say(f"Salesforce: would be written to {into}: {files}")
        return
    write(project, into)
    screen.say(f"Salesforce: written to {into}: {files}")
    screen.say("  They hold the portal's webhook secret, so only you may read them: keep them to yourself.")
    screen.say(f"  {into / 'README.md'} tells the three commands that deploy them.")
