"""Records that are held back or taken over: nothing of what was decided before is left on them."""

from __future__ import annotations

from contract.changes import Kind
from contract.decisions import Verdict
from contract.links import LinkState, Pair
from contract.records import Side
from contract.settings import Settings
from tests.fakes.people import contact, hs, in_step, intent, lead, notice, said, world

LISTED = Settings(inclusion_list="77")


def test_of_what_is_held_back_for_a_non_member_only_the_words_stay() -> None:
    one = contact(1, email="a@x.com", phone="1", annualrevenue="much")
    other = lead(1, Email="a@x.com", LastName="L", Company="X", Phone="2")
    tie = in_step(one, other, phone=Pair("1", "1"), annualrevenue=Pair(None, None))
    asked = world(one, other, links=[tie])
    assert asked.decide(notice(one.ref), notice(other.ref)).field_faults != ()
    decision = asked.decide(notice(one.ref), notice(other.ref), settings=LISTED)
    assert (decision.writes, decision.field_faults) == ((), ())
    told = [verdict for verdict in decision.trace if verdict.field == "phone"]
    assert told == [
        Verdict(rule="mapping", says=told[0].says, field="phone", hubspot="1", salesforce="2"),
    ]
    assert said(decision).endswith(
        f"{hs(1)} is not on the inclusion list: the pair stays linked, but no value travels either way"
    )


def test_a_non_member_that_would_be_created_says_so() -> None:
    decision = world(contact(1, email="a@x.com")).decide(notice(hs(1)), settings=LISTED)
    assert said(decision).endswith(f"{hs(1)} is not on the inclusion list: it is not created in Salesforce")


def test_a_link_taken_over_from_a_deleted_contact_keeps_only_what_was_made_up_in_salesforce() -> None:
    """Another contact with the same address takes the lead's link."""
    gone, other = (
        contact(1, email="a@x.com", deleted=True),
        lead(1, Email="a@x.com", LastName="L", Company="X"),
    )
    tie = in_step(contact(1, email="a@x.com"), other).changed(
        placeholders={"Company": "X"}, intents=(intent(Side.SALESFORCE, pairs={"phone": Pair("9", "9")}),)
    )
    heir = contact(2, email="a@x.com")
    decision = world(gone, other, heir, links=[tie]).decide(notice(heir.ref, Kind.CREATED))
    assert decision.link is not None
    assert (decision.link.id, decision.link.hubspot, decision.link.state) == (1, heir.ref, LinkState.LIVE)
    assert (dict(decision.link.placeholders), decision.link.intents) == ({"Company": "X"}, ())
    assert decision.link.hubspot_seen == heir.modified_at
    assert "never in step before" in said(decision)
    assert f"{gone.ref} was deleted: the link of {other.ref} moves to {heir.ref}" in said(decision)
