"""What an operator reads of owners and opt-outs, word for word, and what the base keeps of both."""

from __future__ import annotations

from typing import Any

import pytest

from contract.changes import Kind
from contract.decisions import Action, Decision, Verdict
from contract.lifecycle import Standing
from contract.links import Link, Pair
from contract.mappings import OPT_OUT, OWNER
from contract.records import Record, Side
from contract.settings import Settings
from tests.fakes.people import contact, in_step, intent, lead, notice, sf_contact, world

H, S = Side.HUBSPOT, Side.SALESFORCE
YES, NO = True, False


def hubspot(**values: Any) -> Record:
    return contact(1, email="a@x.com", **values)


def salesforce(**values: Any) -> Record:
    return lead(1, **{"Email": "a@x.com", "LastName": "L", "Company": "X", **values})


def out(ours: Any, theirs: Any, base: Pair | None = None, **link_with: Any) -> tuple[Record, Record, Link]:
    """A pair of which each side says this about opting out."""
    one, other = hubspot(hs_email_optout=ours), salesforce(HasOptedOutOfEmail=theirs)
    known = {OPT_OUT.key: base} if base is not None else {}
    return one, other, in_step(one, other, **known).changed(**link_with)


def decided(one: Record, other: Record, tie: Link, *noticed: Record) -> Decision:
    return world(one, other, links=[tie]).decide(*(notice(record.ref) for record in noticed))


def words(decision: Decision, rule: str) -> list[Verdict]:
    return [verdict for verdict in decision.trace if verdict.rule == rule]


def test_who_opts_out_on_both_sides_at_once_is_out_in_the_base_on_both() -> None:
    one, other, tie = out("true", YES, Pair("false", NO))
    decision = decided(one, other, tie, one, other)
    assert decision.writes == ()
    assert decision.link is not None
    assert decision.link.base[OPT_OUT.key] == Pair("true", YES)


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("phone", ["opted in again in HubSpot: that never travels, Salesforce stays as it is"]),
        (OPT_OUT.key, []),  # our own opt-out does not show yet
    ],
)
def test_opting_in_again_is_told_unless_our_own_write_may_not_show_yet(key: str, said: list[str]) -> None:
    sent = intent(H, pairs={key: Pair("true", YES) if key == OPT_OUT.key else Pair(None, None)})
    one, other, tie = out("false", YES, Pair("true", YES), intents=(sent,))
    told = words(decided(one, other, tie, one), "opt-out")
    assert [verdict.says for verdict in told] == said
    assert all(verdict.field == OPT_OUT.key for verdict in told)


def test_another_sides_write_of_the_opt_out_hides_no_opting_in() -> None:
    sent = intent(S, pairs={OPT_OUT.key: Pair("true", YES)})
    one, other, tie = out("false", YES, Pair("true", YES), intents=(sent,))
    assert words(decided(one, other, tie, one), "opt-out") != []


@pytest.mark.parametrize(("ours", "kept"), [("TRUE", "TRUE"), ("true", "true")])
def test_the_base_keeps_what_a_side_says_in_its_own_form(ours: str, kept: str) -> None:
    one, other, tie = out(ours, NO, Pair(None, NO))
    (write,) = decided(one, other, tie, one).writes
    assert (write.values, write.keys) == (
        {"HasOptedOutOfEmail": True},
        {"HasOptedOutOfEmail": OPT_OUT.key},
    )
    assert write.pairs == {OPT_OUT.key: Pair(kept, YES)}
    assert write.reason == "opted out in HubSpot"


def test_an_opt_out_that_goes_along_with_other_values_has_its_key_like_them() -> None:
    one = hubspot(hs_email_optout="true", phone="2")
    other = salesforce(HasOptedOutOfEmail=False)
    tie = in_step(one, other, phone=Pair(None, None), **{OPT_OUT.key: Pair(None, NO)})
    (write,) = [write for write in decided(one, other, tie, one).writes if write.side is S]
    assert write.keys == {"Phone": "phone", "HasOptedOutOfEmail": OPT_OUT.key}


def test_an_opt_out_in_hubspot_is_a_call_about_the_contact_as_it_was_read() -> None:
    one, other, tie = out("false", YES, Pair("false", NO))
    decision = decided(one, other, tie, other)
    (write,) = decision.writes
    assert (write.action, write.record_id, write.before) == (Action.OPT_OUT, "1", one.modified_at)
    assert (write.email, write.reason) == ("a@x.com", "opted out in Salesforce")
    (verdict,) = words(decision, "opt-out")
    assert verdict == Verdict(
        rule="opt-out",
        says="opted out in Salesforce: so in HubSpot, too",
        field=OPT_OUT.key,
        writes=H,
        value="true",
    )


def test_without_an_address_nobody_can_be_opted_out_in_hubspot() -> None:
    one = contact(1, hs_email_optout="false")
    other = salesforce(Email=None, HasOptedOutOfEmail=True)
    tie = in_step(one, other, **{OPT_OUT.key: Pair("false", NO)})
    decision = decided(one, other, tie, other)
    assert [verdict.says for verdict in words(decision, "opt-out")] == [
        "opted out in Salesforce, but HubSpot has no address to opt out"
    ]


# --- owners ---


ADA, ADA_S, NEW, QUEUE = "11", "005A", "99", "00GQ"


def owned(record: Record, *beside: Record, links: Any = (), **settings: Any) -> Decision:
    """What becomes of this record, of whose owners one is known on both sides."""
    asked = world(record, *beside, links=links)
    asked.pairs_of_owners = {ADA: ADA_S}
    chosen = Settings(create_from_leads=True, **settings)
    return asked.decide(notice(record.ref, *([] if links else [Kind.CREATED])), settings=chosen)


def owner_word(decision: Decision) -> Verdict:
    (verdict,) = words(decision, "owner")
    assert verdict.field == OWNER.key
    return verdict


@pytest.mark.parametrize(
    ("record", "side", "counterpart"),
    [(hubspot(hubspot_owner_id=ADA), S, ADA_S), (salesforce(OwnerId=ADA_S), H, ADA)],
)
def test_the_owner_of_a_new_record_is_told(record: Record, side: Side, counterpart: str) -> None:
    verdict = owner_word(owned(record))
    assert (verdict.says, verdict.writes, verdict.value) == (
        "it gets the owner with the same e-mail",
        side,
        counterpart,
    )


def test_why_a_new_record_gets_no_owner_from_us_is_told() -> None:
    assert owner_word(owned(hubspot(hubspot_owner_id=NEW))).says == f"{NEW} is nobody there"
    chosen = owned(hubspot(hubspot_owner_id=ADA), use_assignment_rules=True)
    assert owner_word(chosen).says == "Salesforce's assignment rules choose the owner"


NOBODY = "nobody looks after it in HubSpot: he is left as is"
CHOSEN = "the owner in HubSpot has none in Salesforce, who chose its own: he is left as is"
LEFT = [
    # base, HubSpot's owner now, Salesforce's, whose notice -> what is said, the base then
    (Pair(ADA, ADA_S), None, ADA_S, H, NOBODY, Pair(None, ADA_S)),
    (Pair(ADA, ADA_S), NEW, ADA_S, H, f"{NEW} is nobody there: he is left as is", Pair(NEW, ADA_S)),
    (Pair(NEW, None), NEW, QUEUE, S, CHOSEN, Pair(NEW, QUEUE)),
    (None, NEW, ADA_S, H, f"{NEW} is nobody there: he is left as is", None),
]


@pytest.mark.parametrize(("base", "ours", "theirs", "side", "says", "then"), LEFT)
def test_why_an_owner_is_left_as_he_is_is_told_with_the_field(
    base: Pair | None, ours: Any, theirs: Any, side: Side, says: str, then: Pair | None
) -> None:
    one, other = hubspot(hubspot_owner_id=ours), salesforce(OwnerId=theirs)
    tie = in_step(one, other, **({OWNER.key: base} if base is not None else {}))
    noticed, beside = (one, other) if side is H else (other, one)
    decision = owned(noticed, beside, links=[tie])
    assert owner_word(decision).says == says
    if then is not None:
        assert decision.link is not None
        assert decision.link.base[OWNER.key] == then


def test_nobodys_owner_is_no_news_where_none_was_known() -> None:
    one, other = hubspot(hubspot_owner_id=None), salesforce(OwnerId=ADA_S)
    tie = in_step(one, other)
    tie = tie.changed(base={key: pair for key, pair in tie.base.items() if key != OWNER.key})
    assert words(owned(one, other, links=[tie]), "owner") == []


def test_an_opt_out_that_the_other_side_does_not_show_us_is_told() -> None:
    one, other = hubspot(hs_email_optout="true"), salesforce()
    tie = in_step(one, other, **{OPT_OUT.key: Pair("false", NO)})
    (verdict,) = words(decided(one, other, tie, one), "opt-out")
    assert (verdict.field, verdict.writes) == (OPT_OUT.key, None)
    assert verdict.says == "opted out in HubSpot, but we may not see the opt-out in Salesforce"


def test_why_a_stage_is_written_is_told_in_the_write() -> None:
    person = sf_contact(1, Email="a@x.com", LastName="L")
    one = hubspot(lifecyclestage="lead")
    asked = world(one, person, links=[in_step(one, person)])
    asked.roles, asked.stages = {person.ref.id: frozenset({Standing.OPEN})}, ("lead", "opportunity")
    (write,) = asked.decide(notice(person.ref), settings=Settings(automatic_stages=True)).writes
    assert write.values == {"lifecyclestage": "opportunity"}
    assert write.reason == "its contact roles in Salesforce earn it another lifecycle stage"
