"""No edit that the rules favour may be lost: every value is followed from whoever typed it in.

An edit knows the edits that stood where it was typed in. One that knew another replaces it; two that did
not know of each other are in conflict, and the mapping's rule says which of them may go.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from contract.mappings import MappingRule
from contract.records import Side, Value
from tests.acceptance.state_machine.fields import REQUIRED, Mapped
from tests.acceptance.state_machine.journal import Author, Journal, What
from tests.acceptance.state_machine.oracle.lines import Kind, Pair, Step, steps, value_at
from tests.acceptance.state_machine.oracle.past import STALE
from tests.acceptance.state_machine.oracle.run import Complaint, Run


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Edit:
    """A value and where it comes from. `knew` are the edits it was made over, directly or not."""

    value: Value
    step: Step | None
    side: Side
    knew: frozenset[Edit] = frozenset()

    @property
    def anyones(self) -> bool:
        """Whether a person stands behind it: not behind blanks nobody typed, nor behind made-up values."""
        if self.step is None or self.step.kind is Kind.RELINKED:
            return self.value not in {None, ""}
        return self.step.kind is Kind.TYPED


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """An edit of which no copy was left after this write of ours, and the edit that took its place."""

    lost: Edit
    winner: Edit
    write: Step


@dataclass(slots=True)
class Line:
    """One field of one pair, followed through its steps."""

    mapped: Mapped
    held: dict[Side, list[Edit]]
    """All that each side ever held, the newest last."""
    in_step: bool = False
    """Whether Diptych wrote it, or saw both sides agree, since these two became a pair."""
    losses: dict[Edit, Loss] = field(default_factory=dict)
    invented: list[Step] = field(default_factory=list)

    def take(self, step: Step) -> None:
        """Follow one step."""
        side, now = step.side, self.held[step.side][-1]
        if step.kind is Kind.RELINKED:
            across = self.held[side.other][-1]
            met = self._same(across.value, step.value)
            self.held[side].append(across if met else Edit(value=step.value, step=step, side=side))
            self.in_step = met
            return
        if step.kind is not Kind.BORN and self._same(now.value, step.value):
            return
        if step.kind is Kind.TYPED:
            knew = frozenset({now, *now.knew})
            self.held[side].append(Edit(value=step.value, step=step, side=side, knew=knew))
            return
        self.in_step = self.in_step or step.kind is Kind.CARRIED
        source = self._source(side, step.value)
        if source is None:
            if not self._blank(step.value):
                self.invented.append(step)
            source = Edit(value=step.value, step=step, side=side)
        self._replace(step, now, source)

    def lost(self) -> Iterator[Loss]:
        """Losses that no later edit made good."""
        final = [self.held[side][-1] for side in Side]
        for loss in self.losses.values():
            if not any(loss.lost is edit or loss.lost in edit.knew for edit in final):
                yield loss

    def _replace(self, step: Step, now: Edit, source: Edit) -> None:
        self.held[step.side].append(source)
        self.losses.pop(source, None)
        across = self.held[step.side.other][-1]
        held = now is source or now is across or now in across.knew or now in source.knew
        if now.anyones and not held:
            self.losses[now] = Loss(lost=now, winner=source, write=step)

    def _source(self, side: Side, value: Value) -> Edit | None:
        held = [*self.held[side], *self.held[side.other]]
        return next((edit for edit in reversed(held) if self._same(edit.value, value)), None)

    def _same(self, one: Value, other: Value) -> bool:
        return self.mapped.meaning(one) == self.mapped.meaning(other)

    def _blank(self, value: Value) -> bool:
        return self.mapped.meaning(value) is None


def follow(journal: Journal, pair: Pair, mapped: Mapped) -> Line:
    """The field's line from the birth of the pair to the end."""
    held = {}
    for side in Side:
        first = pair.spans[side][0].ref
        value = value_at(journal, first, mapped.name(first), pair.born)
        held[side] = [Edit(value=value, step=None, side=side)]
    if mapped.meaning(held[Side.HUBSPOT][0].value) == mapped.meaning(held[Side.SALESFORCE][0].value):
        held[Side.SALESFORCE] = [held[Side.HUBSPOT][0]]
    both = held[Side.SALESFORCE] == held[Side.HUBSPOT]
    blank = mapped.meaning(held[Side.HUBSPOT][0].value) is None
    line = Line(mapped, held, in_step=both and not (blank and _created(journal, pair)))
    for step in steps(journal, pair, mapped):
        line.take(step)
    return line


def _created(journal: Journal, pair: Pair) -> bool:
    """Whether Diptych made one of the pair: what was blank then, it never saw agree."""
    first = [pair.spans[side][0].ref for side in Side]
    return any(e.what is What.CREATED and e.author is Author.API for e in journal.of(*first))


def complaints(run: Run, pair: Pair, mapped: Mapped, rules: Sequence[MappingRule]) -> Iterator[Complaint]:
    """What went wrong with one field of one pair; `rules` are all that the field ever had."""
    line, rule = follow(run.journal, pair, mapped), "/".join(rules)
    for loss in line.lost():
        if not any(_excused(run.journal, pair, mapped, one, loss) for one in rules):
            lost, winner, write = loss.lost, loss.winner.value, loss.write
            says = (
                f"{mapped.key} ({rule}): {lost.value!r}, an edit in {lost.side}, was lost to {winner!r}"
                f" by the write at {write.seq} in {write.side}"
            )
            yield Complaint(says=says, refs=pair.refs)
    for step in line.invented:
        made_up = mapped.key in REQUIRED and step.side is Side.SALESFORCE
        if not made_up and not _was_there(run.journal, mapped, step):
            says = f"{mapped.key} ({rule}): {step.value!r}, written at {step.seq}, comes from nowhere"
            yield Complaint(says=says, refs=pair.refs)


def _was_there(journal: Journal, mapped: Mapped, step: Step) -> bool:
    """Whether some record of the other side held the value before: two pairs may have become one."""
    return any(
        event.field == mapped.name(event.ref) and mapped.meaning(event.value) == mapped.meaning(step.value)
        for event in journal.events
        if event.seq < step.seq and event.ref.side is not step.side and event.what is What.SET
    )


def _excused(journal: Journal, pair: Pair, mapped: Mapped, rule: MappingRule, loss: Loss) -> bool:
    """Whether the rule lets this edit go."""
    if rule is MappingRule.DONT_SYNC or _back(mapped, loss):
        return rule is not MappingRule.DONT_SYNC
    lost_blank = mapped.meaning(loss.lost.value) is None
    winner_blank = mapped.meaning(loss.winner.value) is None
    unaware = loss.winner not in loss.lost.knew
    if rule is MappingRule.TWO_WAY:
        if not unaware:
            return _raced(journal, loss) or _unheard(journal, pair, loss)
        met = pair.again or _two_way(loss, blank=lost_blank or winner_blank)
        return met and not _older_won(journal, pair, loss)
    favoured = _FAVOURED[rule]
    if loss.write.side is not favoured:
        return rule in _ALWAYS or not winner_blank or pair.again or _raced(journal, loss)
    if rule in _ALWAYS:
        return False
    return (lost_blank and not winner_blank and unaware) or _raced(journal, loss)


def _back(mapped: Mapped, loss: Loss) -> bool:
    """Whether it brought back what the winner had been typed over: nothing was edited, then."""
    meant = mapped.meaning(loss.lost.value)
    return any(mapped.meaning(one.value) == meant for one in loss.lost.knew & loss.winner.knew)


def _two_way(loss: Loss, *, blank: bool) -> bool:
    """The newer of two wins; where the two were never in step, Salesforce fills and outranks HubSpot."""
    first_meeting = _relinked(loss.winner) or (loss.lost.step is None and loss.winner.step is None)
    return blank or not first_meeting or loss.write.side is Side.HUBSPOT


def _older_won(journal: Journal, pair: Pair, loss: Loss) -> bool:
    """Whether the winner's record was last touched well before the edit that it beat."""
    step, batch = loss.lost.step, journal.batches.get(loss.write.batch)
    meeting = loss.winner.step is None or _relinked(loss.winner)
    if step is None or meeting or batch is None or _raced(journal, loss):
        return False
    spans = pair.spans[loss.write.side.other]
    ref = next(span.ref for span in reversed(spans) if span.start < loss.write.seq)
    touched = max((event.at for event in journal.of(ref) if event.seq < batch.seq), default=step.typed_at)
    return step.typed_at - touched > STALE * 2


def _relinked(edit: Edit) -> bool:
    return edit.step is not None and edit.step.kind is Kind.RELINKED


def _raced(journal: Journal, loss: Loss) -> bool:
    """Whether whoever decided the write cannot have seen the edit."""
    step, batch = loss.lost.step, journal.batches.get(loss.write.batch)
    if step is None or batch is None:
        return False
    return step.seq > batch.seq or step.at >= batch.at - STALE


def _unheard(journal: Journal, pair: Pair, loss: Loss) -> bool:
    """Whether nobody heard that the winner had been written before, so that both sides seemed edited."""
    before = [event for span in pair.spans[loss.write.side] for event in journal.of(span.ref)]
    return any(
        event.author is Author.API
        and event.value == loss.write.value
        and event.seq < loss.write.seq
        and not journal.batches[event.batch].told
        for event in before
    )


_ALWAYS = {MappingRule.ALWAYS_SALESFORCE, MappingRule.ALWAYS_HUBSPOT}
_FAVOURED = {
    MappingRule.PREFER_SALESFORCE: Side.SALESFORCE,
    MappingRule.ALWAYS_SALESFORCE: Side.SALESFORCE,
    MappingRule.PREFER_HUBSPOT: Side.HUBSPOT,
    MappingRule.ALWAYS_HUBSPOT: Side.HUBSPOT,
}
