"""What a rule of a user's own may propose, what comes of it, and what is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest

from contract.decisions import Action, Decision
from contract.links import LinkState, Pair
from contract.mappings import MappingRule
from contract.own_rules import LeaveField, Place, Proposal, Seen, SetField, Veto
from contract.records import Record, Side
from contract.settings import Settings
from tests.fakes.people import contact, in_step, lead, notice, said, sf_contact, world
from tests.unit.rules.kit import settings

HS, SF = Side.HUBSPOT, Side.SALESFORCE
ONE = contact(1, email="a@x.com", phone="2", jobtitle="VP")
OTHER = lead(1, Email="a@x.com", LastName="L", Company="X", Phone="1", Title="VP")
TIE = in_step(ONE, OTHER, phone=Pair("1", "1"))
NEW = contact(1, email="a@x.com", phone="2", lastname="L", company="X")


@dataclass(frozen=True)
class Own:
    """A rule that proposes what it is given."""

    proposals: Iterable[Any] = ()
    place: Place = Place.AFTER_MAPPING
    seen: list[Seen] = field(default_factory=list)

    def decide(self, seen: Seen) -> Iterable[Proposal]:
        self.seen.append(seen)
        return self.proposals


@dataclass(frozen=True)
class Broken(Own):
    """A rule with a fault of its own."""

    def decide(self, seen: Seen) -> Iterable[Proposal]:
        raise KeyError(seen.portal)


def decide(*records: Record, rule: Own, links: Any = (TIE,), named: tuple[str, ...] = ("mine",)) -> Decision:
    chosen = settings(MappingRule.PREFER_HUBSPOT, own_rules=named)
    asked = world(*records, links=links)
    return asked.decide(notice(records[0].ref), settings=chosen, own={"mine": rule})


def values(decision: Decision, side: Side = SF) -> dict[str, Any]:
    return {name: v for write in decision.writes if write.side is side for name, v in write.values.items()}


def base(decision: Decision) -> dict[str, Pair]:
    return {key: pair for write in decision.writes for key, pair in write.pairs.items()}


def test_a_rule_that_proposes_nothing_changes_nothing() -> None:
    assert decide(ONE, OTHER, rule=Own()) == decide(ONE, OTHER, rule=Own(), named=())


@pytest.mark.parametrize(
    ("rule", "letter"),
    [
        (Own([Veto(says="no")], Place.BEFORE_MATCHING), None),
        (Own(["nonsense"], Place.BEFORE_MATCHING), "OWN_RULE_REFUSED"),
        (Broken(place=Place.BEFORE_MATCHING), "OWN_RULE_FAILED"),
    ],
)
def test_a_conversion_stands_that_was_settled_before_a_veto_or_a_failure(
    rule: Own, letter: str | None
) -> None:
    heir = sf_contact(7, Email="a@x.com", LastName="L", Phone="1")
    gone = lead(1, Email="a@x.com", LastName="L", Company="X", converted=True, converted_to=heir.ref.id)
    decision = decide(gone, ONE, heir, rule=rule)
    assert (decision.fault.code if decision.fault else None) == letter
    assert decision.link is not None
    assert (decision.writes, decision.link.ends, decision.link.state) == ((), (ONE.ref, heir.ref), TIE.state)


@pytest.mark.parametrize("place", Place)
def test_a_veto_stops_everything_and_says_why(place: Place) -> None:
    decision = decide(ONE, OTHER, rule=Own([Veto(says="a competitor")], place))
    assert (decision.writes, decision.link, decision.fault) == ((), None, None)
    assert "veto: a competitor" in said(decision)


def test_a_veto_before_matching_links_nobody() -> None:
    decision = decide(ONE, OTHER, rule=Own([Veto(says="no")], Place.BEFORE_MATCHING), links=())
    assert (decision.writes, decision.link) == ((), None)
    linked = decide(ONE, OTHER, rule=Own(place=Place.BEFORE_MATCHING), links=()).link
    assert linked is not None
    assert linked.state is LinkState.LIVE


def test_a_field_is_set_in_place_of_what_the_mapping_decided() -> None:
    decision = decide(ONE, OTHER, rule=Own([SetField(side=SF, field="Phone", value="9", says="ours")]))
    assert values(decision) == {"Phone": "9"}
    assert base(decision) == {"phone": Pair("2", "9")}
    assert "ours" in said(decision)


def test_a_field_is_set_that_the_mapping_leaves_alone() -> None:
    rule = Own([SetField(side=SF, field="Title", value="Vice President", says="spelled out")])
    decision = decide(ONE, OTHER, rule=rule)
    assert values(decision) == {"Phone": "2", "Title": "Vice President"}
    assert base(decision)["jobtitle"] == Pair("VP", "Vice President")


def test_a_field_is_set_on_the_side_that_nothing_else_is_written_to() -> None:
    decision = decide(ONE, OTHER, rule=Own([SetField(side=HS, field="jobtitle", value="Chief", says="x")]))
    assert values(decision, HS) == {"jobtitle": "Chief"}
    (write,) = [write for write in decision.writes if write.side is HS]
    assert (write.action, write.record_id, write.before) == (Action.UPDATE, "1", ONE.modified_at)


def test_both_sides_of_a_field_may_be_set_and_the_base_is_what_both_then_hold() -> None:
    rule = Own(
        [
            SetField(side=SF, field="Title", value="a", says="x"),
            SetField(side=HS, field="jobtitle", value="b", says="x"),
        ]
    )
    assert {w.side: w.pairs["jobtitle"] for w in decide(ONE, OTHER, rule=rule).writes} == dict.fromkeys(
        Side, Pair("b", "a")
    )


def test_what_a_side_holds_already_is_not_written() -> None:
    same = in_step(ONE, OTHER, phone=Pair("2", "1"))
    rule = Own([SetField(side=SF, field="Title", value="VP", says="x")])
    assert decide(ONE, OTHER, rule=rule, links=[same]).writes == ()


def test_a_new_record_is_created_with_what_the_rule_sets() -> None:
    decision = decide(NEW, rule=Own([SetField(side=SF, field="Title", value="t", says="x")]), links=())
    (write,) = decision.writes
    assert (write.action, write.values["Title"], write.pairs["jobtitle"]) == (
        Action.CREATE,
        "t",
        Pair(None, "t"),
    )


def test_a_field_is_left_out_and_the_rest_is_written() -> None:
    other = lead(1, Email="a@x.com", LastName="L", Company="X", Phone="1")
    tie = in_step(ONE, other, phone=Pair("1", "1"), jobtitle=Pair("old", None))
    left = LeaveField(side=SF, field="Phone", says="not now")
    assert values(decide(ONE, other, rule=Own(), links=[tie])) == {"Phone": "2", "Title": "VP"}
    decision = decide(ONE, other, rule=Own([left]), links=[tie])
    assert values(decision) == {"Title": "VP"}
    assert set(base(decision)) == {"jobtitle"}
    assert "not now" in said(decision)


def test_a_write_of_which_nothing_is_left_is_not_made() -> None:
    left = LeaveField(side=SF, field="Phone", says="not now")
    assert decide(ONE, OTHER, rule=Own([left])).writes == ()


REFUSED: dict[str, Callable[[], Own]] = {
    "only a veto": lambda: Own(
        [SetField(side=SF, field="Phone", value="9", says="x")], Place.BEFORE_MATCHING
    ),
    "mapped to nothing": lambda: Own([SetField(side=SF, field="Fancy__c", value="9", says="x")]),
    "who is who": lambda: Own([SetField(side=SF, field="Email", value="b@x.com", says="x")]),
    "no value of a field": lambda: Own([SetField(side=SF, field="Phone", value=["9"], says="x")]),  # type: ignore[arg-type]  # what a stranger may send
    "no proposal": lambda: Own(["veto"]),
}


@pytest.mark.parametrize("why", REFUSED)
def test_what_a_rule_may_not_do_is_a_dead_letter_that_says_why(why: str) -> None:
    decision = decide(ONE, OTHER, rule=REFUSED[why]())
    assert (decision.writes, decision.link) == ((), None)
    assert decision.fault is not None
    assert decision.fault.code == "OWN_RULE_REFUSED"
    assert why in decision.fault.says
    assert "mine" in decision.fault.says


@pytest.mark.parametrize(
    "proposal",
    [
        SetField(side=SF, field="LastName", value=None, says="x"),
        LeaveField(side=SF, field="LastName", says="x"),
    ],
)
def test_what_salesforce_requires_is_neither_cleared_nor_left_out(proposal: Proposal) -> None:
    fault = decide(NEW, rule=Own([proposal]), links=()).fault
    assert fault is not None
    assert "LastName is required" in fault.says


def test_a_rule_with_a_fault_stops_its_person_alone_and_tells_no_value() -> None:
    fault = decide(ONE, OTHER, rule=Broken()).fault
    assert fault is not None
    assert (fault.code, fault.says) == ("OWN_RULE_FAILED", "the own rule mine failed: KeyError")


def test_a_rule_that_is_named_and_not_installed_makes_the_person_wait() -> None:
    decision = decide(ONE, OTHER, rule=Own(), named=("yours",))
    assert decision.again is not None
    assert "'yours', which is not installed" in decision.again.because


def test_rules_speak_in_the_order_of_the_settings_and_see_what_was_decided_before() -> None:
    first = Own([SetField(side=SF, field="Phone", value="9", says="x")])
    second = Own()
    chosen = settings(MappingRule.PREFER_HUBSPOT, own_rules=("mine", "second"))
    world(ONE, OTHER, links=[TIE]).decide(
        notice(ONE.ref), settings=chosen, own={"second": second, "mine": first}
    )
    (write,) = second.seen[-1].writes
    assert write.values == {"Phone": "9"}
    assert second.seen[-1].linked


def test_no_rule_is_asked_about_fields_where_one_side_was_looked_at_and_nothing_differs() -> None:
    rule = Own()
    decide(ONE, OTHER, rule=rule, links=[in_step(ONE, OTHER)])
    assert rule.seen == []


def test_the_inclusion_list_has_the_last_word() -> None:
    rule = Own([SetField(side=SF, field="Phone", value="9", says="x")])
    asked = world(ONE, OTHER, links=[TIE], members=set())
    chosen = Settings(inclusion_list="7", own_rules=("mine",))
    assert asked.decide(notice(ONE.ref), settings=chosen, own={"mine": rule}).writes == ()
