"""Reads outbound messages as the schema of Salesforce's WSDL defines them."""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring

OUTBOUND = "{http://soap.sforce.com/2005/09/outbound}"
SOBJECT = "{urn:sobject.enterprise.soap.sforce.com}"
SOAP = "{http://schemas.xmlsoap.org/soap/envelope/}"
XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One notification: its id, the type in xsi:type, and the record's values in the order sent."""

    notification_id: str
    kind: str
    values: dict[str, str]


def notifications_element(body: bytes) -> Element:
    """The one child of the SOAP body."""
    root: Element = fromstring(body, forbid_dtd=True)
    found = root.find(f"{SOAP}Body/{OUTBOUND}notifications")
    assert root.tag == f"{SOAP}Envelope"
    assert found is not None
    return found


def told(body: bytes) -> list[Told]:
    """All notifications of an envelope."""
    return [_one(element) for element in notifications_element(body).findall(f"{OUTBOUND}Notification")]


def _one(element: Element) -> Told:
    head, record = element
    assert (head.tag, record.tag) == (f"{OUTBOUND}Id", f"{OUTBOUND}sObject")
    values = {child.tag.removeprefix(SOBJECT): child.text or "" for child in record}
    return Told(notification_id=head.text or "", kind=record.attrib[XSI_TYPE], values=values)
