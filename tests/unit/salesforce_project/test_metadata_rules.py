"""Every rendered file against the Metadata API, as written down here and as in Salesforce's own WSDL."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, SubElement

import pytest
import simple_salesforce
from lxml import etree  # type: ignore[import-untyped]

from contract.settings import AuthMethod
from diptych.salesforce import render
from tests.unit.salesforce_project.project import Component, a_portal, an_org, paths_in, rendered
from tests.unit.salesforce_project.shapes import KINDS, NAMESPACE, SHAPES, VALUES

XSD = "http://www.w3.org/2001/XMLSchema"
DEVELOPER_NAME = re.compile(r"[A-Za-z](?:_?[A-Za-z0-9])*", re.ASCII)
LONGEST = {"field": 40, "object": 40, "md": 81}
"""Characters; 80 for all other kinds."""


def shape_faults(root: Element) -> list[str]:
    """Where elements are unknown, out of order, missing, or say what they may not."""
    faults = []
    for path, element in paths_in(root):
        if path in SHAPES:
            faults += _children_faults(path, element)
        elif len(element):
            faults.append(f"{path} has children that nobody knows")
        if path in VALUES and element.text not in VALUES[path]:
            faults.append(f"{path} says {element.text}")
    return faults


def _children_faults(path: str, element: Element) -> list[str]:
    order = [name.rstrip("!*") for name in SHAPES[path]]
    tags = [child.tag for child in element]
    unknown = [f"{path}/{tag} is unknown" for tag in tags if tag not in order]
    if unknown:
        return unknown
    faults = [] if tags == sorted(tags, key=order.index) else [f"{path}: {tags} is not the order {order}"]
    for name in SHAPES[path]:
        count = tags.count(name.rstrip("!*"))
        if (name.endswith("!") and not count) or (not name.endswith("*") and count > 1):
            faults.append(f"{path}/{name} stands there {count} times")
    return faults


@pytest.fixture(scope="module")
def wsdl() -> Any:
    """Salesforce's own schema of the Metadata API (v63), with our root elements declared."""
    text = Path(simple_salesforce.__file__).with_name("metadata.wsdl").read_text(encoding="utf-8")
    found = re.search(r"<xsd:schema .*?</xsd:schema>", text, re.DOTALL)
    assert found is not None
    spaces = f'<xsd:schema xmlns:xsd="{XSD}" xmlns:tns="{NAMESPACE}" '
    schema = etree.fromstring(found.group().replace("<xsd:schema ", spaces, 1))
    for root in ("Package", *(kind.root for kind in KINDS.values())):
        etree.SubElement(schema, f"{{{XSD}}}element", name=root, type=f"tns:{root}")
    return etree.XMLSchema(etree.fromstring(etree.tostring(schema)))


@pytest.mark.parametrize("component", rendered(), ids=lambda one: one.path.rpartition("/")[2])
def test_a_component_stands_in_its_folder_and_has_the_shape_of_its_kind(component: Component) -> None:
    kind = KINDS[component.suffix]
    assert component.path.startswith(f"force-app/main/default/{kind.folder}/")
    assert component.root.tag == kind.root
    assert shape_faults(component.root) == []


@pytest.mark.parametrize("path", [path for path in render(an_org()) if path.endswith(".xml")])
def test_salesforces_own_schema_takes_the_file(wsdl: Any, path: str) -> None:
    assert wsdl.validate(etree.fromstring(render(an_org())[path].encode())), wsdl.error_log


def test_the_app_of_the_web_server_flow_is_as_sound(wsdl: Any) -> None:
    portal = a_portal(method=AuthMethod.WEB_SERVER)
    assert [fault for one in rendered(portal) for fault in shape_faults(one.root)] == []
    for path, text in render(an_org(portal)).items():
        if path.endswith(".xml"):
            assert wsdl.validate(etree.fromstring(text.encode())), wsdl.error_log


def test_every_kind_is_there() -> None:
    assert {component.suffix for component in rendered()} == set(KINDS)


@pytest.mark.parametrize("component", rendered(), ids=lambda one: one.path.rpartition("/")[2])
def test_api_names_are_valid(component: Component) -> None:
    for part in component.name.split("."):
        bare = re.sub(r"__(?:c|mdt)$", "", part)
        assert DEVELOPER_NAME.fullmatch(bare), part
    assert len(component.name) <= LONGEST.get(component.suffix, 80)
    for path, element in paths_in(component.root):
        if path in {"Flow/actionCalls/name", "Flow/recordUpdates/name", "Workflow/outboundMessages/fullName"}:
            assert DEVELOPER_NAME.fullmatch(element.text or "")
            assert len(element.text or "") <= 80


def test_a_field_is_named_as_its_file() -> None:
    for component in rendered():
        if component.suffix == "field":
            assert component.root.findtext("fullName") == component.name


def _message() -> Element:
    [found] = [one for one in rendered() if one.path.endswith("Lead.workflow-meta.xml")]
    return found.root


def test_a_missing_user_a_wrong_order_and_an_unknown_element_are_found(wsdl: Any) -> None:
    """The check itself: what it is for, it sees."""
    without, disordered, unknown = _message(), _message(), _message()
    [message] = without.findall("outboundMessages")
    message.remove(message.findall("integrationUser")[0])
    [message] = disordered.findall("outboundMessages")
    message.append(message[0])
    message.remove(message[0])
    SubElement(unknown, "rules")
    assert [fault.partition(" ")[0] for fault in shape_faults(without)] == [
        "Workflow/outboundMessages/integrationUser!"
    ]
    assert "is not the order" in shape_faults(disordered)[0]
    assert shape_faults(unknown) == ["Workflow/rules is unknown"]
