"""Messages that are not what they should be, by mistake or on purpose."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.webhooks.kit import Desk, message, notification

SOUND = message([notification()])


def fault(body: bytes | str) -> str:
    """The fault's words, where it is a well-formed SOAP fault with status 400."""
    desk = Desk()
    answer = desk.salesforce(body)
    assert answer.status_code == 400
    assert answer.content_type == "text/xml; charset=utf-8"
    assert desk.publisher.sent == []
    return str(answer.data.decode().partition("<faultstring>")[2].partition("</faultstring>")[0])


@pytest.mark.parametrize(
    "body",
    [
        "",
        " \n",
        "not xml",
        '{"json": true}',
        SOUND[:-20],
        SOUND.replace("</sObject>", "</sObjec>"),
        SOUND.replace("<sf:Id>", "<sf:Id>\x00"),
        SOUND.replace("<sf:Id>", "<sf:Id>&#0;"),
        SOUND.replace("<sf:Id>", "<sf:Id>&eacute;"),
        SOUND.replace("xmlns:sf=", "xmlns:other="),
        SOUND.replace('encoding="UTF-8"', 'encoding="klingon"'),
        SOUND.replace('encoding="UTF-8"', 'encoding="utf-7"'),
        SOUND.replace('encoding="UTF-8"', 'encoding="shift_jis"').replace("<sf:Id>", "<sf:Id>é"),
        b"\xff\xfe<",
        b"\xef\xbb\xbf",
        SOUND.encode().replace(b"<sf:Id>", b"<sf:Id>\xff"),
    ],
)
def test_what_is_not_well_formed_gets_a_fault(body: bytes | str) -> None:
    assert fault(body).startswith("the XML is not well-formed")


ENTITIES = (
    '<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">'
)


@pytest.mark.parametrize(
    "doctype",
    [
        "<!DOCTYPE x>",
        f"<!DOCTYPE x [{ENTITIES}]>",
        '<!DOCTYPE x SYSTEM "file:///etc/passwd">',
        '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x">%p;]>',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_doctype_is_refused(doctype: str, encoding: str) -> None:
    text = SOUND.replace("?><soap", f"?>{doctype}<soap").replace("UTF-8", encoding)
    assert fault(text.encode(encoding)) == "the XML is not well-formed: a DOCTYPE is not allowed"


def test_trees_of_unreasonable_size_are_refused() -> None:
    assert fault("<a>" * 40 + "</a>" * 40) == "the XML is not well-formed: it has too many elements"
    assert fault("<a>" + "<b/>" * 100_001 + "</a>") == "the XML is not well-formed: it has too many elements"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("<a/>", "this is no SOAP 1.1 envelope"),
        (
            SOUND.replace("schemas.xmlsoap.org/soap/envelope", "www.w3.org/2003/05/soap-envelope"),
            "this is no SOAP",
        ),
        (SOUND.replace("2005/09/outbound", "2006/08/apex"), "the envelope holds no outbound message"),
        (SOUND.replace("OrganizationId", "OrgId"), "the message names no OrganizationId"),
        (message([notification()], org=""), "the message names no OrganizationId"),
        (message([]), "a message holds 1 to 100 notifications, not 0"),
        (message([notification()] * 101), "a message holds 1 to 100 notifications, not 101"),
        (message([notification("")]), "no notification is well-formed: its Id is missing"),
    ],
)
def test_what_is_no_outbound_message_gets_a_fault_that_says_so(body: str, says: str) -> None:
    assert fault(body).startswith(says)


def test_a_hundred_notifications_are_one_message() -> None:
    desk = Desk()
    body = message([notification(f"0031t00000Ab{number:03}") for number in range(100)])
    assert desk.salesforce(body).status_code == 200
    (change_set,) = desk.publisher.change_sets()
    assert len({change.ref.id for change in change_set.changes}) == 100


STAMP = "<sf:SystemModstamp>{}</sf:SystemModstamp>"


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ("<Notification/>", "its Id is missing or not a Salesforce id"),
        ("<Notification><Id>04l1t000000XyZaAAK</Id></Notification>", "its Id is missing"),
        (notification("ada@example.org"), "its Id is missing or not"),
        (notification("0031t00000AbCdE1"), "its Id is missing or not"),
        (notification(xsi_type=' xsi:type="sf:Lead"'), "its xsi:type and its Id name different types"),
        (notification("0011t00000AbCdE"), "its xsi:type and its Id name different types"),
        (notification(xsi_type=' xsi:type="Contact"'), "its xsi:type is not a type of Salesforce records"),
        (notification(xsi_type=' xsi:type="no:Contact"'), "its xsi:type is not a type of Salesforce records"),
        (notification(fields=STAMP.format("yesterday")), "its SystemModstamp is not a time"),
        (notification(fields=STAMP.format("2026-11-20T11:59:50")), "its SystemModstamp has no time zone"),
        (notification(fields=STAMP.format("0001-01-01T00:00:00+14:00")), "its SystemModstamp is not a time"),
        (notification(fields=STAMP.format("2027-11-20T11:59:50Z")), "its time lies in the future"),
    ],
)
def test_one_malformed_notification_costs_none_of_the_others(bad: str, why: str) -> None:
    desk = Desk()
    sound = [notification(f"0031t00000Ab{number:03}") for number in range(99)]
    assert desk.salesforce(message([*sound[:50], bad, *sound[50:]])).status_code == 200
    assert len({change.ref.id for change in desk.publisher.changes()}) == 99
    (kept,) = desk.publisher.malformed()
    assert kept["why"].startswith(why)


def test_what_is_kept_of_a_malformed_notification_holds_no_personal_value() -> None:
    desk = Desk()
    personal = "<sf:Email>ada@example.org</sf:Email><sf:LastName>Lovelace</sf:LastName>" + STAMP.format(
        "ada lovelace"
    )
    desk.salesforce(message([notification(), notification("00Q1t000002AbCd", fields=personal, xsi_type="")]))
    (kept,) = desk.publisher.malformed()
    assert kept["seen"] == {
        "Notification": "04l1t000000XyZaAAK",
        "type": "",
        "Id": "00Q1t000002AbCd",
        "SystemModstamp": "(str)",
    }
    assert "ovelace" not in json.dumps(kept)


def test_fields_that_look_like_the_envelope_are_only_fields() -> None:
    desk = Desk()
    inner = "<sf:OrganizationId>x</sf:OrganizationId><sf:Notification>1</sf:Notification>"
    desk.salesforce(message([notification(fields=inner + STAMP.format("2026-11-20T11:00:00Z"))]))
    assert {change.ref.id for change in desk.publisher.changes()} == {"0031t00000AbCdEAAV"}


MARKUP = st.sampled_from(
    ["<sf:Id>", "</sf:Id>", "<Notification>", "</Notification>", "<!--", "-->", "<![CDATA[", "]]>", "&lt;",
     "&x;", "<?pi ?>", "<!DOCTYPE a>", "\x00", "\x0b", "<soapenv:Body>", ' xsi:nil="true"', "xmlns:sf=", "=",
     "'", '"', "<"]
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(where=st.integers(0, len(SOUND)), what=MARKUP | st.text(max_size=8), cut=st.integers(0, 30))
def test_no_message_however_it_is_damaged_is_answered_with_a_server_error(
    where: int, what: str, cut: int
) -> None:
    body = (SOUND[:where] + what + SOUND[where + cut :]).encode("utf-8", "surrogatepass")
    assert Desk().salesforce(body).status_code in {200, 400, 403}


@settings(max_examples=100, deadline=None)
@given(
    body=st.binary(max_size=80),
    start=st.sampled_from([b"", b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<", b"<?xml "]),
)
def test_no_bytes_whatever_they_are_are_answered_with_a_server_error(body: bytes, start: bytes) -> None:
    assert Desk().salesforce(start + body).status_code == 400
