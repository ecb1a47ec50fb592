"""Whatever the values, the order and the state of things: both sides come to rest, and nobody is harmed."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from contract.changes import Kind
from contract.decisions import Action
from contract.links import Ended, Link, LinkState, Pair
from contract.mappings import DEFAULT_MAPPINGS, Converter, MappingRule
from contract.records import Record, RecordRef, Side, Value
from contract.settings import CreateAs, Settings
from tests.fakes.people import (
    KEY_FIELD,
    ago,
    contact,
    contact_ref,
    hs,
    in_step,
    intent,
    lead,
    lead_ref,
    link,
    notice,
    sf_contact,
    world,
)
from tests.unit.rules.simulation import Simulation, as_sent, normalised

KEYS = {"phone": "Phone", "city": "City", "jobtitle": "Title", "annualrevenue": "AnnualRevenue"}
texts = st.one_of(
    st.none(),
    st.sampled_from(
        ["", " ", "a", "b", " a", "A", "0", "false", "x" * 41, "x" * 200, "12", "12.0", "1\r\n2"]
    ),
    st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), max_size=50),
)
revenues = st.one_of(st.none(), st.integers(-(10**9), 10**9), st.floats(-1e9, 1e9))
rules = st.sampled_from(list(MappingRule))


def _as_hubspot(value: Value) -> Value:
    return None if value is None else str(value)


@st.composite
def sides(draw: st.DrawFn) -> tuple[dict[str, Value], dict[str, Value]]:
    hubspot: dict[str, Value] = {key: draw(texts) for key in KEYS if key != "annualrevenue"}
    salesforce: dict[str, Value] = {KEYS[key]: draw(texts) for key in KEYS if key != "annualrevenue"}
    hubspot["annualrevenue"] = _as_hubspot(draw(revenues))
    salesforce["AnnualRevenue"] = draw(revenues)
    return hubspot, salesforce


@st.composite
def some_settings(draw: st.DrawFn) -> Settings:
    mappings = tuple(
        replace(mapping, rule=draw(rules)) if mapping.key in KEYS else mapping for mapping in DEFAULT_MAPPINGS
    )
    return Settings(mappings=mappings, create_from_leads=True, create_from_contacts=True)


def _simulation(
    before: tuple[dict[str, Any], dict[str, Any]], chosen: Settings, store: Any, *, tied: bool
) -> Simulation:
    one = contact(1, email="a@x.com", lastname="L", company="X", **before[0])
    other = lead(1, Email="a@x.com", LastName="L", Company="X", **before[1])
    simulation = Simulation(settings=chosen, store=store)
    simulation.add(one, other)
    if tied:
        simulation.links = [in_step(one, other)]
    return simulation


@given(
    before=sides(),
    after=sides(),
    chosen=some_settings(),
    tied=st.booleans(),
    store=st.sampled_from([as_sent, normalised]),
)
@settings(max_examples=150, deadline=None)
def test_after_its_writes_are_echoed_a_pair_comes_to_rest(
    before: tuple[dict[str, Value], dict[str, Value]],
    after: tuple[dict[str, Value], dict[str, Value]],
    chosen: Settings,
    tied: bool,  # noqa: FBT001  # drawn
    store: Any,
) -> None:
    simulation = _simulation(before, chosen, store, tied=tied)
    simulation.edit(hs(1), **after[0])
    simulation.edit(lead_ref(1), **after[1])
    assert simulation.drain() <= 2
    at_rest = {ref: simulation.values(ref) for ref in simulation.records}
    for refs in permutations(at_rest):
        assert simulation.look(*refs).writes == ()
    assert {ref: simulation.values(ref) for ref in simulation.records} == at_rest


@given(before=sides(), after=sides(), chosen=some_settings(), tied=st.booleans())
@settings(max_examples=150, deadline=None)
def test_the_order_of_notices_does_not_matter(
    before: tuple[dict[str, Value], dict[str, Value]],
    after: tuple[dict[str, Value], dict[str, Value]],
    chosen: Settings,
    tied: bool,  # noqa: FBT001  # drawn
) -> None:
    results = []
    for order in ([hs(1), lead_ref(1)], [lead_ref(1), hs(1)], [hs(1), hs(1), lead_ref(1), hs(1)]):
        simulation = _simulation(before, chosen, as_sent, tied=tied)
        simulation.edit(hs(1), **after[0])
        simulation.edit(lead_ref(1), **after[1])
        simulation.queue = order
        simulation.drain()
        results.append({ref: simulation.values(ref) for ref in simulation.records})
    assert results[0] == results[1] == results[2]


@given(st.permutations([lead_ref(1), contact_ref(1), hs(1), lead_ref(1)]), st.booleans())
@settings(max_examples=40, deadline=None)
def test_a_conversion_keeps_one_pair_in_whatever_order_it_is_noticed(
    order: list[RecordRef],
    boxes: bool,  # noqa: FBT001  # drawn
) -> None:
    simulation = _simulation(
        ({}, {}),
        Settings(create_from_contacts=True, create_from_leads=True, delete_when_lead_deleted=boxes),
        as_sent,
        tied=True,
    )
    simulation.edit(lead_ref(1), converted=True, converted_to=contact_ref(1).id)
    simulation.add(sf_contact(1, Email="a@x.com", LastName="L", Phone="5"))
    simulation.edit(hs(1), city="Rome")
    simulation.queue = list(order)
    simulation.drain()
    (tie,) = [one for one in simulation.links if one.state is LinkState.LIVE]
    assert (tie.hubspot, tie.salesforce) == (hs(1), contact_ref(1))
    assert simulation.values(hs(1))["phone"] == "5"
    assert simulation.values(contact_ref(1))["MailingCity"] == "Rome"
    assert len(simulation.records) == 3


@given(st.permutations([lead_ref(1), lead_ref(2), hs(1), hs(2)]))
@settings(max_examples=24, deadline=None)
def test_merges_on_both_sides_at_once_leave_one_pair(order: list[RecordRef]) -> None:
    simulation = _simulation(
        ({}, {}), Settings(delete_when_lead_deleted=True, create_from_leads=True), as_sent, tied=True
    )
    two, twin = (
        contact(2, email="b@x.com", lastname="L", company="X"),
        lead(2, Email="b@x.com", LastName="L", Company="X"),
    )
    simulation.add(two, twin)
    simulation.links.append(in_step(two, twin).changed(id=2))
    simulation.edit(hs(2), merged_into="1", email=None)
    simulation.edit(hs(1), merged_ids=("2",))
    simulation.edit(lead_ref(1), deleted=True, merged_into=lead_ref(2).id)
    simulation.edit(lead_ref(2), Phone="7", Email="a@x.com")
    simulation.queue = list(order)
    simulation.drain()
    for ref in order:
        simulation.look(ref)
    (tie,) = [one for one in simulation.links if one.state is LinkState.LIVE]
    assert (tie.hubspot, tie.salesforce) == (hs(1), lead_ref(2))
    assert simulation.values(hs(1))["phone"] == "7"
    assert all(write.action is Action.UPDATE for write in simulation.writes)


EMAILS = ("a@x.com", "b@x.com", "", None)
HUBSPOT_REFS = tuple(hs(number) for number in (1, 2, 3))
SALESFORCE_REFS = (lead_ref(1), lead_ref(2), contact_ref(1), contact_ref(2))


@st.composite
def any_record(draw: st.DrawFn, ref: RecordRef) -> Record:
    dead = draw(st.sampled_from(["", "", "", "deleted", "merged", "converted"]))
    values: dict[str, Any] = {"deleted": dead == "deleted", "modified_at": ago(draw(st.integers(0, 120)))}
    values["modified_by_us"] = draw(st.sampled_from([None, True, False]))
    if ref.side is Side.HUBSPOT:
        mates = [one for one in HUBSPOT_REFS if one != ref]
        values |= {"email": draw(st.sampled_from(EMAILS)), "phone": draw(texts)}
        if draw(st.booleans()):
            values["merged_ids"] = (draw(st.sampled_from(mates)).id,)
        record = contact(1, **values)
    else:
        mates = [one for one in SALESFORCE_REFS if one != ref and one.object_type == ref.object_type]
        values |= {"Email": draw(st.sampled_from(EMAILS)), "Phone": draw(texts), "LastName": "L"}
        values[KEY_FIELD] = draw(st.sampled_from([None, "4242-1", "4242-2"]))
        values["person_account"] = draw(st.integers(0, 9)) == 0
        if dead == "converted" and ref.object_type == "Lead":
            values |= {"converted": True, "converted_to": draw(st.sampled_from([None, contact_ref(1).id]))}
        record = lead(1, **values) if ref.object_type == "Lead" else sf_contact(1, **values)
    if dead == "merged":
        record = replace(
            record, merged_into=draw(st.sampled_from(mates)).id, deleted=ref.side is Side.SALESFORCE
        )
    return replace(record, ref=ref)


@st.composite
def any_link(draw: st.DrawFn, number: int, hubspot: RecordRef, salesforce: RecordRef) -> Link:
    state = draw(st.sampled_from(list(LinkState)))
    values: dict[str, Any] = {"state": state, "email": draw(st.sampled_from(["", "a@x.com"]))}
    keys = draw(st.lists(st.sampled_from(["phone", "email", "lastname"]), unique=True))
    values["base"] = {key: Pair(draw(texts), draw(texts)) for key in keys}
    values["intents"] = tuple(
        intent(
            side,
            id=f"{number}-{index}",
            settled=draw(st.booleans()),
            seconds_ago=draw(st.integers(0, 150)),
            before=draw(st.sampled_from([None, ago(60)])),
            pairs={"phone": Pair(draw(texts), draw(texts))},
        )
        for index, side in enumerate(draw(st.lists(st.sampled_from(list(Side)), max_size=3)))
    )
    if state is LinkState.ENDED:
        values["ended"] = draw(st.sampled_from(list(Ended)))
    if state is LinkState.CREATING:
        missing = draw(st.sampled_from(list(Side)))
        values["seen"] = None
        hubspot_end = None if missing is Side.HUBSPOT else hubspot
        salesforce_end = None if missing is Side.SALESFORCE else salesforce
        values.pop("seen")
        return link(hubspot_end, salesforce_end, id=number, **values)
    return link(hubspot, salesforce, id=number, **values)


@st.composite
def any_settings(draw: st.DrawFn) -> Settings:
    return Settings(
        create_from_leads=draw(st.booleans()),
        create_from_contacts=True,
        delete_when_lead_deleted=draw(st.booleans()),
        delete_when_contact_deleted=True,
        create_as=draw(st.sampled_from(list(CreateAs))),
        inclusion_list=draw(st.sampled_from([None, "7"])),
        mappings=tuple(
            replace(m, rule=draw(rules)) if m.key in {"phone", "lastname"} else m for m in DEFAULT_MAPPINGS
        ),
    )


@given(st.data())
@settings(max_examples=600, deadline=None)
def test_nothing_dead_converted_or_erased_is_ever_written(data: st.DataObject) -> None:
    refs = [ref for ref in (*HUBSPOT_REFS, *SALESFORCE_REFS) if data.draw(st.integers(0, 3))]
    records = [data.draw(any_record(ref)) for ref in refs]
    numbers = data.draw(st.permutations(range(len(HUBSPOT_REFS))))
    links = [
        data.draw(any_link(number + 1, HUBSPOT_REFS[number], SALESFORCE_REFS[other]))
        for number, other in enumerate(numbers)
        if data.draw(st.booleans())
    ]
    whom: list[RecordRef | str] = [*HUBSPOT_REFS, *SALESFORCE_REFS, "a@x.com"]
    erased = data.draw(st.lists(st.sampled_from(whom), max_size=2))
    chosen = data.draw(any_settings())
    noticed = data.draw(st.sampled_from([*HUBSPOT_REFS, *SALESFORCE_REFS]))
    kinds = data.draw(st.lists(st.sampled_from(list(Kind)), min_size=1, max_size=2))
    said = notice(noticed, *kinds, seconds_ago=data.draw(st.sampled_from([1, 15, 70])))
    asked = world(*records, links=links, members={"1"}, erased=erased)
    decision = asked.decide(said, settings=chosen)
    assert asked.rounds <= 16
    assert decision.trace
    assert decision.link is not None or not decision.writes
    living = {record.ref: record for record in records}
    for write in decision.writes:
        if write.record_id is not None:
            target = RecordRef(side=write.side, object_type=write.object_type, id=write.record_id)
            assert living[target].live
            assert not living[target].person_account
            assert target not in erased
        else:
            assert write.email
            assert write.email not in erased
    if decision.link is not None:
        ended = decision.link.state is LinkState.ENDED
        assert not decision.writes or not ended or decision.writes[0].action is Action.ARCHIVE
        assert ended or not {decision.link.hubspot, decision.link.salesforce} & set(erased)


@given(texts, texts, st.sampled_from([Converter.TEXT, Converter.MULTI_SELECT]), rules)
@settings(max_examples=100, deadline=None)
def test_deciding_twice_on_the_same_facts_decides_the_same(
    hubspot: Value, salesforce: Value, converter: Converter, rule: MappingRule
) -> None:
    mappings = tuple(
        replace(m, rule=rule, converter=converter) if m.key == "phone" else m for m in DEFAULT_MAPPINGS
    )
    one = contact(1, email="a@x.com", phone=hubspot)
    other = lead(1, Email="a@x.com", LastName="L", Company="X", Phone=salesforce)
    asked = world(one, other, links=[in_step(one, other, phone=Pair("p", "p"))])
    first = asked.decide(notice(one.ref), settings=Settings(mappings=mappings))
    assert asked.decide(notice(one.ref), settings=Settings(mappings=mappings)) == first
