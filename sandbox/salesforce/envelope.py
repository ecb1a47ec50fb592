"""Outbound messages on the wire: the SOAP envelope that is sent, and the acknowledgement that comes back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import ParseError
from xml.sax.saxutils import escape

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from sandbox.salesforce.fields import ObjectSpec, Row

OUTBOUND = "http://soap.sforce.com/2005/09/outbound"
SOBJECT = "urn:sobject.enterprise.soap.sforce.com"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
SCHEMA_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
API_VERSION = "68.0"

_NO_XML = re.compile(r"[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")
"""Characters that XML 1.0 cannot carry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One notification: its own id, the same in every repetition; the record's id; its row if it lives."""

    notification_id: str
    record_id: str
    row: Row | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """What the head of an envelope says."""

    org_id: str
    action_id: str
    base_url: str
    xsi_first: bool
    """Which of the two attribute orders seen in real messages is written."""


def envelope(sender: Sender, spec: ObjectSpec, fields: Sequence[str], told: Sequence[Notification]) -> bytes:
    """A whole message of 1 to 100 notifications about one object. Null fields are left out."""
    soap = f"{sender.base_url}/services/Soap"
    short_org = sender.org_id[:15]
    head = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<soapenv:Envelope xmlns:soapenv="{SOAP}" xmlns:xsd="http://www.w3.org/2001/XMLSchema" '
        f'xmlns:xsi="{SCHEMA_INSTANCE}">\n <soapenv:Body>\n  <notifications xmlns="{OUTBOUND}">\n'
        f"   <OrganizationId>{sender.org_id}</OrganizationId>\n   <ActionId>{sender.action_id}</ActionId>\n"
        '   <SessionId xsi:nil="true"/>\n'
        f"   <EnterpriseUrl>{escape(soap)}/c/{API_VERSION}/{short_org}</EnterpriseUrl>\n"
        f"   <PartnerUrl>{escape(soap)}/u/{API_VERSION}/{short_org}</PartnerUrl>\n"
    )
    body = "".join(_notification(sender, spec, fields, one) for one in told)
    return f"{head}{body}  </notifications>\n </soapenv:Body>\n</soapenv:Envelope>\n".encode()


def _notification(sender: Sender, spec: ObjectSpec, fields: Sequence[str], one: Notification) -> str:
    kind, space = f'xsi:type="sf:{spec.name}"', f'xmlns:sf="{SOBJECT}"'
    attributes = f"{kind} {space}" if sender.xsi_first else f"{space} {kind}"
    values = {} if one.row is None else {name: one.row.get(name) for name in sorted(fields) if name != "Id"}
    elements = "".join(
        f"     <sf:{name}>{xml_value(spec, name, value)}</sf:{name}>\n"
        for name, value in {"Id": one.record_id, **values}.items()
        if value is not None
    )
    return (
        f"   <Notification>\n    <Id>{one.notification_id}</Id>\n    <sObject {attributes}>\n"
        f"{elements}    </sObject>\n   </Notification>\n"
    )


def xml_value(spec: ObjectSpec, name: str, value: Any) -> str:
    """A stored value as XML text: true, 45000.0, 2026-11-24T10:00:00.000Z."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if spec.fields[name].type == "datetime":
        return str(value).replace("+0000", "Z")
    return escape(_NO_XML.sub("", str(value)), {"\r": "&#13;"})


def acknowledged(status: int, body: bytes) -> bool:
    """Whether an answer takes the message: 200, and a SOAP body with notificationsResponse / Ack true."""
    if status != 200:
        return False
    try:
        root = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError):
        return False
    path = f"{{{SOAP}}}Body/{{{OUTBOUND}}}notificationsResponse/{{{OUTBOUND}}}Ack"
    ack = root.find(path) if root.tag == f"{{{SOAP}}}Envelope" else None
    return ack is not None and (ack.text or "").strip() in ("true", "1")
