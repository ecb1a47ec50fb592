"""Preview: the same persons decided under the settings as they are and under others. Nothing is written.

Both are asked of the same reads: what the one settings need to know serves the other, too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from consumers.deciding import Decide, decide_all
from consumers.effects import Act, Effect, Key, effects_of
from consumers.facts import FactReader, Failed, Found
from consumers.jobs import Progress
from consumers.lookout import Lookout
from consumers.people import Person, serialise
from consumers.reconcile import Crms
from consumers.sampling import Sample, deletions, pairs, unlinked
from contract.facts import Member, Question
from contract.mapping_check import Misfit
from contract.mappings import MappingRule
from contract.ports import Database
from contract.records import Side
from contract.settings import Portal, Settings


def _silent(_done: int, _total: int) -> None:
    """Nobody asks how far it has come."""


SAMPLE = 200
"""Persons of each group, unless asked otherwise."""
EXAMPLES = 3


class Group(StrEnum):
    """What is looked at, in words."""

    PAIRS = "linked pairs"
    HUBSPOT = "HubSpot contacts without a link"
    SALESFORCE = "Salesforce leads and contacts without a link"
    DELETIONS = "deletions in Salesforce of linked records"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """How often each settings would do one thing, and examples of where only one of them would."""

    key: Key
    now: int
    proposed: int
    only_now: tuple[Effect, ...]
    only_proposed: tuple[Effect, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What came of it. `undecided` counts persons by the reason why they could not be decided.

    `settings_version` is that of the present settings, `calls` those made, by side. `misfits` are what both
    schemas say against the mappings proposed, `unanswered` why a side did not tell its own.
    """

    settings_version: int
    looked_at: Mapping[Group, int]
    differences: tuple[Difference, ...]
    undecided: Mapping[str, int]
    calls: Mapping[Side, int]
    misfits: tuple[Misfit, ...] = ()
    unanswered: Mapping[Side, str] = field(default_factory=dict)

    @property
    def alike(self) -> bool:
        """Whether both settings would do the very same."""
        return not any(one.only_now or one.only_proposed for one in self.differences)


@dataclass(frozen=True, slots=True, kw_only=True)
class Previewer:
    """Looks at one portal as it is, from `lookout`."""

    portal: Portal
    lookout: Lookout
    database: Database
    decide: Decide

    def compare(
        self, proposed: Settings, *, now: datetime, sample: int = SAMPLE, progress: Progress = _silent
    ) -> Preview:
        """Decide `sample` persons of each group twice. Raises CrmError where a listing is refused."""
        progress(0, 3)
        samples = self._samples(sample)
        verdicts: list[list[Person]] = []
        for reader, settings in zip(self._readers(proposed), (self.portal.settings, proposed), strict=True):
            progress(len(verdicts) + 1, 3)
            verdicts.append(_decided(samples, reader, settings, self.decide, self.portal.number, now))
        unsure = {place: why for people in verdicts for place, one in enumerate(people) if (why := _why(one))}
        before, after = ([one for i, one in enumerate(p) if i not in unsure] for p in verdicts)
        return Preview(
            settings_version=self.portal.settings.version,
            looked_at={group: len(found.people(self.portal.number, now)) for group, found in samples.items()},
            differences=_differences(_effects(before), _effects(after)),
            undecided=Counter(unsure.values()),
            calls=dict(self.lookout.calls),
        )

    def _samples(self, limit: int) -> Mapping[Group, Sample]:
        number, database, surveys = self.portal.number, self.database, self.lookout.surveys
        return {
            Group.PAIRS: pairs(database, number, limit),
            Group.HUBSPOT: unlinked(database, number, surveys[Side.HUBSPOT], Side.HUBSPOT, limit),
            Group.SALESFORCE: unlinked(database, number, surveys[Side.SALESFORCE], Side.SALESFORCE, limit),
            Group.DELETIONS: deletions(database, number, surveys[Side.SALESFORCE], limit),
        }

    def _readers(self, proposed: Settings) -> tuple[FactReader, FactReader]:
        """One reader for both settings, but for the list's members where they choose different lists.

        Rules of users' own see whole records, so each settings' must hold just the fields that it maps.
        """
        current = self.portal.settings
        if current.own_rules or proposed.own_rules:
            return self._reader(current), self._reader(proposed)
        shared = self._reader(_all_fields(current, proposed))
        if current.inclusion_list == proposed.inclusion_list:
            return shared, shared
        return shared, _OtherList(shared, self.portal, proposed, self.lookout.crms, self.database)

    def _reader(self, settings: Settings) -> FactReader:
        return FactReader(
            portal=replace(self.portal, settings=settings),
            hubspot=self.lookout.crms.hubspot,
            salesforce=self.lookout.crms.salesforce,
            database=self.database,
        )


class _OtherList(FactReader):
    """Knows who is on the one list; all else it has of the reader that knows the other."""

    def __init__(
        self, shared: FactReader, portal: Portal, settings: Settings, crms: Crms, database: Database
    ) -> None:
        other = replace(portal, settings=settings)
        super().__init__(portal=other, hubspot=crms.hubspot, salesforce=crms.salesforce, database=database)
        self._shared = shared

    def answer(self, questions: Collection[Question]) -> tuple[Found, Failed]:
        found, failed = super().answer([each for each in questions if isinstance(each, Member)])
        rest, refused = self._shared.answer([each for each in questions if not isinstance(each, Member)])
        return found | rest, failed | refused


def _all_fields(current: Settings, proposed: Settings) -> Settings:
    """Settings under which a reader reads what either needs; nothing is decided under them."""
    return replace(
        current,
        mappings=tuple(dict.fromkeys((*current.rows, *proposed.rows))),
        create_as_when=(*current.create_as_when, *proposed.create_as_when),
        picklists=False,
    )


def cost(portal: Portal, proposed: Settings, *, links: int, sample: int = SAMPLE) -> Mapping[Side, int]:
    """API calls of each side that a preview takes at most, unless the newest records are all linked.

    HubSpot reads 100 records a call and 50 histories; Salesforce takes as many values as fit into an address.
    """
    both = (portal.settings, proposed)
    linked, hundreds = min(links, sample), -(-sample // 100)
    lists = {one.inclusion_list for one in both if one.inclusion_list}
    newest_wins = any(row.rule is MappingRule.TWO_WAY for one in both for row in one.rows)
    hubspot = 2 * -(-linked // 100) + 5 * hundreds + -(-sample // 200) + 4
    hubspot += len(lists) * (-(-linked // 100) + 3 * hundreds)
    queries = -(-sample // 200)
    salesforce = 14 + 2 * -(-linked // 200) + 8 * queries
    if newest_wins:
        hubspot += -(-linked // 50)
        salesforce += 2 + 2 * -(-linked // 200)
    if any(one.create_from_leads or one.create_from_contacts for one in both):
        salesforce += 6 * queries
    if any(one.automatic_stages for one in both):
        hubspot += 1
        salesforce += 2 + (linked + sample) // 200
    reads = 2 if any(one.own_rules for one in both) else 1
    return {Side.HUBSPOT: reads * hubspot, Side.SALESFORCE: reads * salesforce}


def _decided(
    samples: Mapping[Group, Sample],
    reader: FactReader,
    settings: Settings,
    decide: Decide,
    portal: int,
    now: datetime,
) -> list[Person]:
    people = [person for sample in samples.values() for person in sample.people(portal, now)]
    decide_all(people, reader, settings, decide)
    return people


def _why(person: Person) -> str:
    """Why nothing could be decided; "" where it was."""
    if person.decision.fault:
        return person.decision.fault.code
    return "changed a moment ago, or waits for another record" if person.decision.again else ""


def _effects(people: Iterable[Person]) -> list[Effect]:
    """Of those who would go ahead: who meets the same record later is decided anew after them.

    A merge meets the pair that it goes into, which would hide it.
    """
    ahead, _ = serialise(sorted(people, key=lambda one: not any(w.into for w in one.decision.writes)))
    return [effect for person in ahead for effect in effects_of(person)]


def _differences(now: Sequence[Effect], proposed: Sequence[Effect]) -> tuple[Difference, ...]:
    counts = Counter(one.key for one in now), Counter(one.key for one in proposed)
    return tuple(
        Difference(
            key=key,
            now=counts[0][key],
            proposed=counts[1][key],
            only_now=_without(now, proposed, key),
            only_proposed=_without(proposed, now, key),
        )
        for key in sorted(counts[0].keys() | counts[1].keys(), key=_order)
    )


def _without(these: Iterable[Effect], those: Iterable[Effect], key: Key) -> tuple[Effect, ...]:
    """Those that are not among the others; only the first few, which are shown, keep their values."""
    known = {(one.ref, one.after) for one in those if one.key == key}
    found = [one for one in these if one.key == key and (one.ref, one.after) not in known]
    return (*found[:EXAMPLES], *(Effect(key=one.key, ref=one.ref) for one in found[EXAMPLES:]))


def _order(key: Key) -> tuple[int, Side, str, str]:
    return list(Act).index(key.act), key.side, key.object_type, key.field
