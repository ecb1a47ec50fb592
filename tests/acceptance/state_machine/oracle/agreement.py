"""In the end both ends of a pair show the same, but for what the rules leave alone or a CRM refuses."""

from __future__ import annotations

from collections.abc import Iterator

from contract.mappings import MappingRule
from contract.records import RecordRef, Side
from tests.acceptance.state_machine.fields import MEMBER, MEMBERSHIP, REQUIRED, Mapped
from tests.acceptance.state_machine.journal import What
from tests.acceptance.state_machine.oracle.edits import complaints as edit_complaints
from tests.acceptance.state_machine.oracle.edits import follow
from tests.acceptance.state_machine.oracle.lines import Pair, pairs
from tests.acceptance.state_machine.oracle.members import was_listed
from tests.acceptance.state_machine.oracle.past import lineage
from tests.acceptance.state_machine.oracle.run import Complaint, Run


def complaints(run: Run) -> Iterator[Complaint]:
    """What is wrong with the pairs held in the end."""
    for pair in pairs(run.journal):
        dead = [ref for ref in pair.ends.values() if not run.live(ref)]
        heirs = (ref for ref in run.refs if set(dead) & lineage(run.journal, ref))
        vetoed = any(run.vetoed(ref) or run.kept_out(ref) for ref in (*pair.refs, *heirs))
        if dead and not vetoed and not run.reported(*pair.ends.values()):
            yield Complaint(says=f"a pair is held although {dead[0]} is not there any more", refs=pair.refs)
        if dead or run.silenced(*pair.ends.values()) or not listed(run, pair):
            continue
        for field in run.fields:
            rules = run.rules(field.key)
            if len(rules) > 1 and MappingRule.DONT_SYNC in rules:
                continue  # what was typed meanwhile travels when somebody edits the field again
            if always_listed(run, pair):
                yield from edit_complaints(run, pair, field, rules)
            yield from _apart(run, pair, field)


def listed(run: Run, pair: Pair) -> bool:
    """Whether the contact is on the inclusion list in the end: whoever joins is brought in step."""
    contact = run.journal.states[pair.ends[Side.HUBSPOT]]
    return run.settings.inclusion_list is None or contact.fields.get(MEMBERSHIP) == MEMBER


def always_listed(run: Run, pair: Pair) -> bool:
    """Whether the contact was on the inclusion list all the time, so that all values had to travel."""
    return run.settings.inclusion_list is None or all(
        was_listed(run.journal, span.ref, max(span.start, pair.born), span.end)
        for span in pair.spans[Side.HUBSPOT]
    )


def _apart(run: Run, pair: Pair, field: Mapped) -> Iterator[Complaint]:
    hubspot, salesforce = pair.ends[Side.HUBSPOT], pair.ends[Side.SALESFORCE]
    name, rule = field.name(salesforce), run.rule(field.key)
    if name is None or rule is MappingRule.DONT_SYNC:
        return
    left, right = run.value(hubspot, field), run.value(salesforce, field)
    if left == right or left_alone(run, pair, field, rule) or run.refused(field, hubspot, salesforce):
        return
    if field.key == "email" and _taken(run, hubspot, right):
        return
    says = f"{field.key} ({rule}) differs: {left!r} in HubSpot, {right!r} in Salesforce"
    yield Complaint(says=says, refs=pair.refs)


def left_alone(run: Run, pair: Pair, field: Mapped, rule: MappingRule) -> bool:
    """Where the table says that nothing is written, or Salesforce demands a value."""
    left, right = run.value(pair.ends[Side.HUBSPOT], field), run.value(pair.ends[Side.SALESFORCE], field)
    if field.key in REQUIRED and left is None:
        return True
    line = follow(run.journal, pair, field)
    if line.in_step:
        return False
    if rule is MappingRule.ALWAYS_SALESFORCE:
        return right is None
    return rule is MappingRule.ALWAYS_HUBSPOT and left is None


def _taken(run: Run, hubspot: RecordRef, address: object) -> bool:
    """Whether another contact holds, or held, the address that would have to be written."""
    return any(
        event.what is What.SET
        and event.field in {"email", "hs_additional_emails"}
        and event.ref != hubspot
        and event.ref.side is Side.HUBSPOT
        and str(address) in str(event.value).strip().casefold()
        for event in run.journal.events
    )
