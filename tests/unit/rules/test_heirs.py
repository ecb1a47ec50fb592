"""Who inherits a pair whose Salesforce record was deleted, when the person's address lives on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from contract.changes import Kind
from contract.decisions import Action, ReportKind
from contract.links import Ended, LinkState
from tests.fakes.people import contact, hs, in_step, lead, link, notice, sf_contact, world
from tests.unit.rules.test_deletion import BOXES, GONE, ONE, TIE, state


def test_an_heir_that_is_linked_already_is_no_heir() -> None:
    other, heir = contact(2, email="b@x.com"), lead(5, Email="a@x.com", LastName="L", Company="X")
    links = [TIE, in_step(other, heir).changed(id=2)]
    asked = world(ONE, other, GONE, heir, links=links)
    decision = asked.decide(notice(GONE.ref, Kind.DELETED), settings=BOXES)
    assert (decision.writes, state(decision)) == ((), (LinkState.ENDED, Ended.SALESFORCE_DELETED))
    (report,) = decision.reports
    assert (report.kind, report.refs) == (ReportKind.DUPLICATE, (ONE.ref, heir.ref))
    assert report.says == (
        f"{GONE.ref} was deleted, but its e-mail lives on in {heir.ref}, which another contact is linked "
        "with: the pair is unlinked and the HubSpot contact is kept"
    )


def test_an_heir_whose_own_contact_is_deleted_is_one() -> None:
    other, heir = contact(2, email="b@x.com"), lead(5, Email="a@x.com", LastName="L", Company="X")
    links = [TIE, in_step(other, heir).changed(id=2)]
    asked = world(ONE, replace(other, deleted=True), GONE, heir, links=links)
    decision = asked.decide(notice(GONE.ref, Kind.DELETED), settings=BOXES)
    assert decision.link is not None
    assert (decision.link.hubspot, decision.link.salesforce) == (ONE.ref, heir.ref)
    assert [(one.id, one.state, one.ended) for one in decision.others] == [
        (2, LinkState.ENDED, Ended.HUBSPOT_DELETED)
    ]


@pytest.mark.parametrize(
    "address",
    [{"email": "two@x.com"}, {"hs_additional_emails": "three@x.com;two@x.com"}],
    ids=["new", "second"],
)
def test_an_address_that_only_the_contact_holds_is_looked_for_before_it_is_archived(
    address: dict[str, str],
) -> None:
    one = contact(1, **{"email": "a@x.com", **address})
    heir = sf_contact(5, Email="two@x.com", LastName="L")
    decision = world(one, GONE, heir, links=[TIE]).decide(notice(GONE.ref, Kind.DELETED), settings=BOXES)
    assert Action.ARCHIVE not in {write.action for write in decision.writes}
    assert decision.link is not None
    assert decision.link.salesforce == heir.ref


def test_an_heir_whose_old_link_has_ended_is_one() -> None:
    heir = lead(5, Email="a@x.com", LastName="L", Company="X")
    links = [TIE, link(hs(3), heir.ref, id=2, state=LinkState.ENDED, ended=Ended.HUBSPOT_DELETED)]
    decision = world(ONE, GONE, heir, links=links).decide(notice(GONE.ref), settings=BOXES)
    assert decision.link is not None
    assert decision.link.salesforce == heir.ref
