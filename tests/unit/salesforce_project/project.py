"""A rendered project, read as Salesforce would read it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring

from contract.mappings import FieldMapping
from contract.secret import Secret
from contract.settings import AuthMethod, Portal, SalesforceAuth
from diptych.salesforce import Org, render
from tests.contract.crm.benches import portal as bench_portal
from tests.unit.salesforce_project.shapes import KINDS, NAMESPACE

SECRET = "s3cret & <path>/é"
USER = "o'neill&sons@acme.example"
SOURCE = "force-app/main/default/"


def a_portal(
    number: int = 4711,
    *mappings: FieldMapping,
    method: AuthMethod = AuthMethod.CLIENT_CREDENTIALS,
    secret: str = SECRET,
) -> Portal:
    """A portal whose secret and names ask for escaping; further mappings come after the standard ones."""
    made = bench_portal(SalesforceAuth(method=method))
    settings = replace(made.settings, mappings=(*made.settings.mappings, *mappings))
    salesforce = replace(made.salesforce, webhook_secret=Secret(secret))
    return replace(made, number=number, salesforce=salesforce, settings=settings)


def an_org(portal: Portal | None = None, user: str = USER) -> Org:
    """An org for the portal, in version 1.2.3."""
    return Org(portal=portal or a_portal(), user=user, endpoint="https://sync.acme.example", version="1.2.3")


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """One file of the source: its suffix names its kind; `root` has no namespaces left."""

    path: str
    suffix: str
    name: str
    root: Element


def components(files: Mapping[str, str]) -> list[Component]:
    """The components of a rendered project."""
    return [_component(path, text) for path, text in files.items() if path.startswith(SOURCE)]


def _component(path: str, text: str) -> Component:
    file = path.rpartition("/")[2].removesuffix("-meta.xml")
    name, _, suffix = file.rpartition(".")
    root = fromstring(text.encode(), forbid_dtd=True)
    for element in root.iter():
        assert element.tag.startswith(f"{{{NAMESPACE}}}"), f"{path}: {element.tag}"
        element.tag = element.tag.partition("}")[2]
    return Component(path=path, suffix=suffix, name=name, root=root)


def of(found: list[Component], suffix: str) -> list[Component]:
    """Those of one kind."""
    assert suffix in KINDS
    return [component for component in found if component.suffix == suffix]


def texts(root: Element, path: str) -> list[str]:
    """The texts of the elements at a path."""
    return [element.text or "" for element in root.findall(path)]


def text(root: Element, path: str) -> str:
    """The text of the one element at a path."""
    [found] = texts(root, path)
    return found


def paths_in(root: Element, prefix: str = "") -> Iterator[tuple[str, Element]]:
    """Every element with its path from the root."""
    path = f"{prefix}{root.tag}"
    yield path, root
    for child in root:
        yield from paths_in(child, f"{path}/")


def custom_fields(found: list[Component]) -> set[str]:
    """Custom fields of the project as "Lead.Diptych_Key__c"."""
    return {f"{_owner(component.path)}.{component.name}" for component in of(found, "field")}


def messages(found: list[Component]) -> Mapping[str, Element]:
    """Outbound messages by the name under which flows call them."""
    return {
        f"{component.name}.{text(message, 'fullName')}": message
        for component in of(found, "workflow")
        for message in component.root.findall("outboundMessages")
    }


def rendered(portal: Portal | None = None) -> list[Component]:
    """The components of a portal's project."""
    return components(render(an_org(portal)))


def _owner(path: str) -> str:
    [owner] = re.findall(r"/objects/([^/]+)/fields/", path)
    return str(owner)
