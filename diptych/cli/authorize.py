"""`diptych authorize`: a person lets us in to one side of a portal, by OAuth's authorization code flow."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import click

from adapters.crm.oauth import Consent, new_consent
from adapters.crm.tokens import OAuthClient
from consumers.vault import HandVault
from contract.errors import InvalidInput
from contract.grants import Grant
from contract.ports import AccountCheck, Transaction
from contract.records import Side
from contract.settings import Portal, SuspensionCause
from contract.standing import CredentialCheck
from diptych.cli.screen import Screen
from diptych.cli.session import Session, known_portal, operator, pass_session
from diptych.consents import Entrance, entrance
from diptych.loopback import PORT, listening, redirect_uri

WAIT = 900.0
"""Seconds that a person has to log in and consent: Salesforce's codes live no longer either."""
_SIDES = [side.value for side in Side]


@click.command()
@click.argument("number", metavar="PORTAL", type=int)
@click.argument("side", type=click.Choice(_SIDES))
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=PORT,
    show_default=True,
    help="Where the browser comes back to on this machine; part of the app's callback URL.",
)
@click.option(
    "--code-from-stdin",
    is_flag=True,
    help="Where the browser is on another machine: paste the address that it was sent to.",
)
@pass_session
def authorize(session: Session, number: int, side: str, *, port: int, code_from_stdin: bool) -> None:
    """Let Diptych in to a portal's Salesforce or HubSpot, where its file says so.

    Prints an address to open in a browser, and stores what comes of it, encrypted, once it was checked live.
    Needed once, and again when the CRM does not accept it any more. The app's callback URL must be
    http://localhost:8403/authorized, or with another port what --port says.
    """
    with session.transaction() as tx:
        portal = known_portal(tx, number)
    with entrance(portal, Side(side), session.config) as way:
        consent = new_consent(redirect_uri(port))
        _invite(session.screen, portal, way.client, consent)
        code = _pasted(session.screen, consent) if code_from_stdin else _heard(session.screen, consent, port)
        grant, told = _looked_at(way, way.client.exchange(consent, code))
    now = datetime.now(UTC)
    with session.transaction() as tx:
        tx.grants.put(number, Side(side), grant, author=operator(), at=now)
        _let_go_on(tx, number, _check(Side(side), told, now))
    session.screen.say(f"portal {number} ({portal.name}): {told.says}")
    session.screen.say("  what lets us in is stored, encrypted")


def _invite(screen: Screen, portal: Portal, client: OAuthClient, consent: Consent) -> None:
    whom = "as the user that Diptych is to be" if client.side is Side.SALESFORCE else "as a super admin"
    screen.say(f"portal {portal.number} ({portal.name}): open this in a browser, and log in {whom}:")
    screen.raw(client.authorize_url(consent))


def _heard(screen: Screen, consent: Consent, port: int) -> str:
    with listening(port, consent.code_in) as listener:
        screen.say(f"waiting for the browser to come back to {consent.redirect_uri}; Ctrl-C gives up")
        return listener.wait(WAIT)


def _pasted(screen: Screen, consent: Consent) -> str:
    """The browser finds nobody there; its address line has all that we need."""
    screen.say(f"then paste the address that it was sent to, whole; it begins with {consent.redirect_uri}?")
    return consent.code_in(sys.stdin.readline())


def _looked_at(way: Entrance, grant: Grant) -> tuple[Grant, AccountCheck]:
    """The grant, and whose it is; raises InvalidInput where it opens another account than the portal's."""
    vault = HandVault(grant=grant)
    told = way.open_account(vault).check()
    if told.account[:15] != way.account[:15]:
        raise InvalidInput(
            f"{told.says}: nothing is stored; run the command again and log in to the right one"
        )
    return vault.grant, told


def _check(side: Side, told: AccountCheck, now: datetime) -> CredentialCheck:
    return CredentialCheck(side=side, valid=True, user=told.user, says=told.says, checked_at=now)


def _let_go_on(tx: Transaction, portal: int, check: CredentialCheck) -> None:
    """A portal that stood still for want of credentials goes on, if the other side's are valid, too."""
    tx.credentials.keep(portal, [check])
    known = tx.credentials.of(portal)
    if len(known) == len(Side) and all(each.valid for each in known.values()):
        tx.portals.clear(portal, SuspensionCause.CREDENTIALS)
