"""With the picklists on, places agree by their codes, or the value that has none is reported."""

from __future__ import annotations

from collections.abc import Iterator

from contract.mappings import MappingRule
from contract.records import Side
from tests.acceptance.state_machine import geography
from tests.acceptance.state_machine.fields import COUNTRY_CODE, STATE_CODE
from tests.acceptance.state_machine.journal import What
from tests.acceptance.state_machine.oracle.agreement import left_alone, listed
from tests.acceptance.state_machine.oracle.lines import Pair, pairs
from tests.acceptance.state_machine.oracle.run import Complaint, Run
from tests.acceptance.state_machine.setup import Extra


def complaints(run: Run) -> Iterator[Complaint]:
    """States that do not agree; countries are followed like any other field."""
    if Extra.PLACES not in run.setup.extras or not run.settings.picklists:
        return
    rules = run.rules(STATE_CODE.key)
    if MappingRule.DONT_SYNC in rules:
        return
    for pair in pairs(run.journal):
        alive = all(run.live(ref) for ref in pair.ends.values())
        if alive and listed(run, pair) and not run.silenced(*pair.refs):
            yield from _state(run, pair, rules[-1])


def _state(run: Run, pair: Pair, rule: MappingRule) -> Iterator[Complaint]:
    hubspot, salesforce = (run.journal.states[pair.ends[side]].fields for side in Side)
    contact, person = pair.ends[Side.HUBSPOT], pair.ends[Side.SALESFORCE]
    country = str(salesforce.get(COUNTRY_CODE.name(person) or "") or "")
    code = salesforce.get(STATE_CODE.name(person) or "")
    text = str(hubspot.get(STATE_CODE.hubspot) or "").strip()
    meant = geography.state(text, country)
    if meant == code or left_alone(run, pair, STATE_CODE, rule):
        return
    if run.refused(STATE_CODE, contact, person) or run.refused(COUNTRY_CODE, contact, person):
        return
    if code is None and text and (meant is None or _moved(run, pair)):
        return  # Salesforce lost it with its country, where HubSpot keeps its text
    says = f"the state is {text!r} in HubSpot, {code!r} of {country!r} in Salesforce"
    yield Complaint(says=says, refs=pair.refs)


def _moved(run: Run, pair: Pair) -> bool:
    """Whether the Salesforce record changed its country after HubSpot's state was written."""
    typed = [e.seq for e in run.journal.of(pair.ends[Side.HUBSPOT]) if e.field == STATE_CODE.hubspot]
    name = COUNTRY_CODE.name(pair.ends[Side.SALESFORCE])
    moves = [
        event.seq
        for event in run.journal.of(pair.ends[Side.SALESFORCE])
        if event.field == name and event.what is What.SET
    ]
    return bool(moves) and moves[-1] > max(typed, default=0)
