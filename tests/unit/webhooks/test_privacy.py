"""No secret and no personal value in what is published, logged or counted."""

from __future__ import annotations

from structlog.testing import capture_logs

from tests.unit.webhooks.kit import (
    OTHER_PATH_SECRET,
    OTHER_SECRET,
    PATH_SECRET,
    SECRET,
    Desk,
    event,
    message,
    notification,
    payload,
)

FIELDS = "<sf:LastName>{0}</sf:LastName><sf:SystemModstamp>{0}</sf:SystemModstamp>"
PERSONAL = "Lovelace"
UNWANTED = (
    PERSONAL,
    "ada@example.org",
    "grace@example.org",
    "Grace",
    "7946",
    SECRET,
    OTHER_SECRET,
    PATH_SECRET,
    OTHER_PATH_SECRET,
)


def test_deliveries_of_every_kind_leave_no_value_and_no_secret_behind() -> None:
    desk = Desk()
    with capture_logs() as logs:
        for name in ("contact_property_change", "contact_creation_burst", "object_events"):
            desk.hubspot(payload(f"hubspot/{name}.json"))
        desk.hubspot([event(), event(objectId=PERSONAL, subscriptionType=f"contact.{PERSONAL} "), PERSONAL])
        desk.hubspot([event(objectId=PERSONAL + "@")])
        desk.hubspot([event()], secret=OTHER_SECRET)
        desk.salesforce(payload("salesforce/contact_updated.xml"))
        desk.salesforce(message([notification(), notification(fields=FIELDS.format(PERSONAL + " "))]))
        desk.salesforce(message([notification(PERSONAL)]))
        desk.salesforce(message([notification()], org=PERSONAL))
        desk.salesforce(message([notification()]), secret=OTHER_PATH_SECRET)
        desk.publisher.away = True
        desk.salesforce(message([notification()]))
    left = repr(desk.publisher.sent) + repr(logs) + repr(desk.counters.snapshot())
    assert [word for word in UNWANTED if word in left] == []
    assert {log["event"] for log in logs} == {
        "webhook.accepted",
        "webhook.malformed",
        "webhook.refused",
        "webhook.wrong_org",
        "webhook.postponed",
    }
