"""The secrets of a portal: where each stands in its file, and the addresses that it is sent to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from contract.secret import Secret
from contract.settings import Portal

Addresses = Callable[[Portal], tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretPlace:
    """One secret, or a list of them. `addresses` are those it goes to, or what it opens; () is nowhere."""

    of: Callable[[Portal], tuple[Secret, ...]]
    addresses: Addresses = lambda _: ()


def _hubspot(portal: Portal) -> tuple[str, ...]:
    return (portal.hubspot.base_url,)


def _salesforce(portal: Portal) -> tuple[str, ...]:
    return portal.salesforce.login_url, portal.salesforce.instance_url


def _instance(portal: Portal) -> tuple[str, ...]:
    return (portal.salesforce.instance_url,)


PLACES: Mapping[str, SecretPlace] = {
    "hubspot.access_token": SecretPlace(of=lambda portal: (portal.hubspot.access_token,), addresses=_hubspot),
    "hubspot.oauth.client_secret": SecretPlace(
        of=lambda portal: (portal.hubspot.oauth.client_secret,) if portal.hubspot.oauth else (),
        addresses=_hubspot,
    ),
    "hubspot.client_secrets": SecretPlace(of=lambda portal: portal.hubspot.client_secrets),
    "salesforce.webhook_secret": SecretPlace(of=lambda portal: (portal.salesforce.webhook_secret,)),
    "salesforce.auth.client_secret": SecretPlace(
        of=lambda portal: (portal.salesforce.auth.client_secret,), addresses=_salesforce
    ),
    "salesforce.auth.private_key": SecretPlace(
        of=lambda portal: (portal.salesforce.auth.private_key,), addresses=_salesforce
    ),
    "salesforce.auth.session": SecretPlace(
        of=lambda portal: (portal.salesforce.auth.session,), addresses=_instance
    ),
}
"""By the path of each in the file."""


def secrets_of(portal: Portal) -> Mapping[str, tuple[Secret, ...]]:
    """What is set, by path."""
    return {path: tuple(filter(None, place.of(portal))) for path, place in PLACES.items()}
