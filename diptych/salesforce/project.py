"""Renders the project: templates in, files out. Nothing here talks to Salesforce.

The templates are package data, since an installed `diptych` has no other folder of its own to take them from.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from string import Template
from urllib.parse import quote
from xml.sax.saxutils import escape

from contract.errors import InvalidInput
from contract.settings import Portal
from diptych.salesforce.client_app import NO_APP, client_app
from diptych.salesforce.fields import granted

API_VERSION = "63.0"
"""Of the Metadata API whose types the templates follow; later orgs take it."""

_PORTAL_IN_NAME = "PORTAL"
_SOURCE = "force-app/main/default/"
_APP = tuple(
    f"{_SOURCE}{folder}/"
    for folder in (
        "externalClientApps",
        "extlClntAppGlobalOauthSets",
        "extlClntAppOauthPolicies",
        "extlClntAppOauthSettings",
        "extlClntAppPolicies",
    )
)
_TYPES: Mapping[str, str] = {
    "ecaGlblOauth": "ExtlClntAppGlobalOauthSettings",
    "ecaOauth": "ExtlClntAppOauthSettings",
    "ecaOauthPlcy": "ExtlClntAppOauthConfigurablePolicies",
    "ecaPlcy": "ExtlClntAppConfigurablePolicies",
    "eca": "ExternalClientApplication",
    "flow": "Flow",
    "md": "CustomMetadata",
    "object": "CustomObject",
    "permissionset": "PermissionSet",
    "workflow": "Workflow",
}
"""Metadata types by the suffix of their files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Org:
    """What the project needs to know besides the portal.

    `user` is the user name of the integration user, `endpoint` the public address of our webhooks
    without the secret, `version` the version of this build.
    """

    portal: Portal
    user: str
    endpoint: str
    version: str


def render(org: Org) -> dict[str, str]:
    """The files of the project by their paths; two of them hold the portal's webhook secret.

    The external client app is among them only where the portal logs in by one that we can describe:
    whoever logs in otherwise has no use for one more way in.
    """
    app = client_app(org.portal)
    words = _words(org) | (app.words(org.portal.number) if app else NO_APP)
    in_xml = {name: escape(value) for name, value in words.items()} | {
        "field_permissions": _field_permissions(granted(org.portal.settings.mappings)),
        "flow_user": app.flow_user(escape(org.user)) if app else "",
    }
    found = {
        path.replace(_PORTAL_IN_NAME, str(org.portal.number)): Template(text).substitute(
            in_xml if path.endswith(".xml") else words
        )
        for path, text in _templates()
        if app or not path.startswith(_APP)
    }
    return found | {"manifest/package.xml": _manifest(found), ".gitignore": "*\n"}


def folder_of(portal: int) -> Path:
    """Where the project goes if nothing else is said."""
    return Path(f"diptych-salesforce-{portal}")


def flow_names(portal: int) -> list[str]:
    """The API names of the project's flows."""
    names = (
        path.rpartition("/")[2].partition(".flow-meta")[0] for path, _ in _templates() if ".flow-meta" in path
    )
    return sorted(name.replace(_PORTAL_IN_NAME, str(portal)) for name in names)


def write(found: Mapping[str, str], into: Path) -> None:
    """Write the files, readable by their owner only, since some hold a secret. Raises OSError."""
    into.mkdir(mode=0o700, parents=True, exist_ok=True)
    for path, text in found.items():
        file = into / path
        file.parent.mkdir(parents=True, exist_ok=True)
        # A file that is there keeps its mode when it is only opened: it is made anew.
        file.unlink(missing_ok=True)
        with os.fdopen(
            os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
        ) as out:
            out.write(text)


def _words(org: Org) -> dict[str, str]:
    salesforce = org.portal.salesforce
    if not re.fullmatch(r"[^\s@]+@[^\s@]+", org.user):
        raise InvalidInput(f"{org.user!r} is no Salesforce user name: it has the form of an e-mail address")
    secret = quote(salesforce.webhook_secret.reveal(), safe="")
    return {
        "alias": f"diptych-{org.portal.number}",
        "api_version": API_VERSION,
        "endpoint": f"{org.endpoint}/webhooks/salesforce/{secret}",
        "instance_url": salesforce.instance_url,
        "portal": str(org.portal.number),
        "user": org.user,
        "version": org.version,
    }


def _templates() -> Iterator[tuple[str, str]]:
    """Path and text of every template."""
    yield from _below(files("diptych.salesforce") / "templates", "")


def _below(folder: Traversable, prefix: str) -> Iterator[tuple[str, str]]:
    for entry in sorted(folder.iterdir(), key=lambda one: one.name):
        if entry.is_dir():
            yield from _below(entry, f"{prefix}{entry.name}/")
        else:
            yield f"{prefix}{entry.name}", entry.read_text(encoding="utf-8")


def _field_permissions(fields: Mapping[str, bool]) -> str:
    return "\n    ".join(
        "<fieldPermissions>\n"
        f"        <editable>{'true' if editable else 'false'}</editable>\n"
        f"        <field>{escape(name)}</field>\n"
        "        <readable>true</readable>\n"
        "    </fieldPermissions>"
        for name, editable in fields.items()
    )


def _component(path: str) -> tuple[str, str]:
    """Metadata type and full name of a file. A field stands under its object; ours brings its own along."""
    folders, _, file = path.removesuffix("-meta.xml").rpartition("/")
    name, _, suffix = file.rpartition(".")
    if suffix != "field":
        return _TYPES[suffix], name
    owner = folders.split("/")[-2]
    return ("CustomObject", owner) if owner.endswith("__mdt") else ("CustomField", f"{owner}.{name}")


def _manifest(paths: Iterable[str]) -> str:
    """package.xml of these files: what an earlier version left in the folder is not deployed.

    A workflow file adds its messages to those that the org has; it takes none away.
    """
    members: dict[str, set[str]] = {}
    for path in paths:
        if path.startswith(_SOURCE):
            kind, name = _component(path)
            members.setdefault(kind, set()).add(name)
    types = "".join(
        "    <types>\n"
        + "".join(f"        <members>{escape(name)}</members>\n" for name in sorted(names))
        + f"        <name>{kind}</name>\n    </types>\n"
        for kind, names in sorted(members.items())
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<Package xmlns="http://soap.sforce.com/2006/04/metadata">\n'
        f"{types}    <version>{API_VERSION}</version>\n</Package>\n"
    )
