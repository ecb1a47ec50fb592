"""A portal as one YAML file: read with every fault named at its place, and written without its secrets."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import yaml
from marshmallow import ValidationError

from contract.errors import InvalidInput
from contract.kinds import PERSON
from contract.portal_accounts import NEEDS, TAKES
from contract.portal_fields import KEPT, NothingKept, is_plain_http_abroad
from contract.portal_mappings import changes_of
from contract.portal_schema import PortalSchema
from contract.portal_secrets import PLACES, secrets_of
from contract.secret import Secret
from contract.settings import (
    HubSpotAccount,
    HubSpotOAuth,
    Portal,
    SalesforceAuth,
    SalesforceOrg,
    Settings,
)
from contract.yaml_text import read_mapping

_KEPT_NUMBER = re.compile(r"\(kept ([0-9]{1,3})\)", re.ASCII)
_SCHEMA = PortalSchema()
_HEADER = f"""\
# Secrets stand here as {KEPT}: applying this file leaves them as they are stored. Write a new one in
# place of {KEPT} to change it.
"""


# --- reading --------------------------------------------------------------------------------------


def load_portal(text: str, existing: Portal | None = None, *, allow_plain_http: bool = False) -> Portal:
    """The portal that the file describes. Its settings have version 0.

    `existing` is the portal as stored; where the file says `(kept)`, its secret stays, provided it is
    the same portal and the secret goes to no other address than before: whoever may write the file must
    not be shown it by their own server. Plain http is for addresses on this machine, unless
    `allow_plain_http`.

    Raises InvalidInput whose `faults` map each path ("contacts.create_as_when[0].values") to a plain
    sentence with its line; the message holds them all. No sentence shows a secret.
    """
    read = read_mapping(text)
    try:
        portal, faults = _SCHEMA.load(_with_kept(read.values, "", _stored(existing, read.values))), {}
    except ValidationError as error:
        portal, faults = None, _flat(error.messages)
    if portal is not None and existing is not None:
        faults = _redirected(read.values, existing, portal)
    if not allow_plain_http:
        faults = _plain_http_faults(read.values) | faults
    if faults or not isinstance(portal, Portal):
        raise _invalid(faults, read.lines)
    return portal


def _stored(existing: Portal | None, values: Mapping[str, Any]) -> Mapping[str, tuple[Secret, ...]]:
    """The stored secrets that may stay, by path: none unless the file is about the same portal."""
    if existing is None or str(existing.number) != str(values.get("portal")).strip():
        return {}
    return secrets_of(existing)


def _with_kept(value: Any, path: str, stored: Mapping[str, tuple[Secret, ...]]) -> Any:
    """The file's values, with each `(kept)` replaced by what is stored, or by NothingKept."""
    if isinstance(value, Mapping):
        return {
            key: _with_kept(inner, f"{path}.{key}" if path else key, stored) for key, inner in value.items()
        }
    if path not in PLACES:
        return value
    secrets = stored.get(path, ())
    if isinstance(value, list):
        return [one for entry in value for one in _kept(entry, secrets)]
    found = _kept(value, secrets)
    return found[0] if len(found) == 1 else found


def _kept(entry: Any, secrets: Sequence[Secret]) -> Sequence[Any]:
    """`(kept)` stands for all that are stored at its place, `(kept 2)` for the second of them."""
    word = entry.strip() if isinstance(entry, str) else ""
    if word == KEPT:
        return secrets or [NothingKept()]
    numbered = _KEPT_NUMBER.fullmatch(word)
    if numbered is None:
        return [entry]
    place = int(numbered[1])
    return [secrets[place - 1]] if 1 <= place <= len(secrets) else [NothingKept()]


def _redirected(values: Mapping[str, Any], existing: Portal, portal: Portal) -> dict[str, str]:
    """Secrets that are kept although they would go to another address now."""
    says = "must be written anew, because the address that it goes to has changed"
    return {
        path: says
        for path, place in PLACES.items()
        if place.addresses(existing) != place.addresses(portal) and _says_kept(values, path)
    }


def _says_kept(values: Any, path: str) -> bool:
    for key in path.split("."):
        values = values.get(key) if isinstance(values, Mapping) else None
    return isinstance(values, str) and values.strip().startswith("(kept")


def _plain_http_faults(values: Mapping[str, Any]) -> dict[str, str]:
    faults = {}
    for section, key in (
        ("hubspot", "base_url"),
        ("salesforce", "login_url"),
        ("salesforce", "instance_url"),
    ):
        inner = values.get(section)
        if isinstance(inner, Mapping) and is_plain_http_abroad(inner.get(key)):
            faults[f"{section}.{key}"] = (
                "must begin with https: plain http is for addresses on this machine only"
            )
    return faults


def _flat(messages: Any, path: str = "") -> dict[str, str]:
    """Marshmallow's nested messages as one sentence per path."""
    if isinstance(messages, Mapping):
        faults: dict[str, str] = {}
        for key, inner in messages.items():
            faults |= _flat(inner, _inner(path, key))
        return faults
    sentences = messages if isinstance(messages, list) else [messages]
    return {path: "; ".join(dict.fromkeys(str(sentence) for sentence in sentences))}


def _inner(path: str, key: Any) -> str:
    if isinstance(key, int):
        return f"{path}[{key}]"
    if key == "_schema":
        return path
    return f"{path}.{key}" if path else str(key)


def _invalid(faults: Mapping[str, str], lines: Mapping[str, int]) -> InvalidInput:
    """All faults, in the order of the file, each with the line of its key or of the nearest one around it."""
    placed = sorted((_line(path, lines), path, says) for path, says in faults.items())
    told = {path: f"line {line}: {says}" if line else says for line, path, says in placed}
    count = "a fault" if len(told) == 1 else f"{len(told)} faults"
    listed = "\n".join(f"  {path}: {says}" for path, says in told.items())
    return InvalidInput(f"the portal file has {count}, and nothing of it was applied:\n{listed}", told)


def _line(path: str, lines: Mapping[str, int]) -> int:
    while path and path not in lines:
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
    return lines.get(path, 0)


# --- writing --------------------------------------------------------------------------------------


def dump_portal(portal: Portal) -> str:
    """The portal's file: all its settings, every secret as `(kept)`.

    `load_portal(dump_portal(portal), portal)` gives the same portal, but for its settings' version.
    """
    values = {
        "portal": portal.number,
        "name": portal.name,
        "hubspot": _hubspot(portal.hubspot),
        "salesforce": _salesforce(portal.salesforce),
        **_settings(portal.settings),
    }
    return _HEADER + yaml.safe_dump(values, sort_keys=False, allow_unicode=True, width=100)


def _hubspot(account: HubSpotAccount) -> dict[str, Any]:
    count = len(account.client_secrets)
    way_in = {"oauth": _oauth(account.oauth)} if account.oauth else {"access_token": KEPT}
    return {
        "base_url": account.base_url,
        **way_in,
        "app_id": account.app_id,
        "client_secrets": [KEPT] if count == 1 else [f"(kept {place})" for place in range(1, count + 1)],
    }


def _oauth(app: HubSpotOAuth) -> dict[str, Any]:
    return {
        "client_id": app.client_id,
        "client_secret": KEPT,
        "authorize_url": app.authorize_url,
        "scopes": list(app.scopes),
    }


def _salesforce(org: SalesforceOrg) -> dict[str, Any]:
    return {
        "org_id": org.org_id,
        "login_url": org.login_url,
        "instance_url": org.instance_url,
        "auth": _auth(org.auth),
        "webhook_secret": KEPT,
        "sandbox": org.sandbox,
    } | ({"ca_file": org.ca_file} if org.ca_file else {})


def _auth(auth: SalesforceAuth) -> dict[str, Any]:
    taken = {key: getattr(auth, key) for key in (*NEEDS[auth.method], *TAKES.get(auth.method, ()))}
    return {"method": auth.method.value} | {
        key: KEPT if isinstance(value, Secret) else value for key, value in taken.items() if value
    }


def _settings(settings: Settings) -> dict[str, Any]:
    return {
        "sync": {"mode": settings.mode.value},
        "contacts": {
            "create_as": settings.create_as.value,
            "create_as_when": [
                {
                    "property": when.hubspot_property,
                    "values": sorted(when.values),
                    "create_as": when.create_as.value,
                }
                for when in settings.create_as_when
            ],
            "use_assignment_rules": settings.use_assignment_rules,
            "inclusion_list": settings.inclusion_list or "none",
            "create_in_hubspot": {
                "from_leads": settings.create_from_leads,
                "from_contacts": settings.create_from_contacts,
            },
            "delete_when": {
                "lead_deleted": settings.delete_when_lead_deleted,
                "contact_deleted": settings.delete_when_contact_deleted,
            },
        },
        "lifecycle": {"automatic": settings.automatic_stages},
        "places": {"picklists": settings.picklists},
        "dedup": {"mirror_merges": settings.mirror_merges},
        "time_zone": settings.time_zone,
        "guards": {
            "deletions": settings.guards.deletions,
            "creates": settings.guards.creates,
            "clears": settings.guards.clears,
        },
        "own_rules": list(settings.own_rules),
        "mappings": changes_of(settings.mappings, PERSON),
    }
