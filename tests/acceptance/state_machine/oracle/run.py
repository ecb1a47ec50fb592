"""A finished run as the oracle sees it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from contract.activity import DeadLetter
from contract.mappings import MappingRule
from contract.records import RecordRef
from contract.settings import Settings
from tests.acceptance.state_machine.fields import Mapped, fields_of
from tests.acceptance.state_machine.journal import Journal, What
from tests.acceptance.state_machine.oracle.past import lineage, partners
from tests.acceptance.state_machine.own_rules import RIVAL
from tests.acceptance.state_machine.setup import OWN_RULES, Extra, Setup
from tests.acceptance.state_machine.staff import Staff

TAKEN_UP = timedelta(seconds=5)
"""For so long workers may go by older settings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """What is wrong, and the records it is about."""

    says: str
    refs: tuple[RecordRef, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The journal, what the run was drawn to be, and the dead letters that are open in the end.

    `standings` are the kinds of opportunities on which each Salesforce contact has a role in the end.
    """

    journal: Journal
    setup: Setup
    letters: Sequence[DeadLetter]
    staff: Staff
    standings: Mapping[RecordRef, set[str]]

    @property
    def settings(self) -> Settings:
        """The newest version."""
        return self.versions[-1]

    @property
    def versions(self) -> list[Settings]:
        """All that ever held, oldest first."""
        return [order.settings for order in self.journal.orders if order.settings is not None]

    def in_force(self, since: datetime, until: int) -> list[Settings]:
        """The versions by which a worker may have gone from a moment on until a place in the order."""
        saved = [one for one in self.journal.orders if one.settings is not None and one.seq < until]
        late = [one.settings for one in saved if one.at > since - TAKEN_UP]
        before = [one.settings for one in saved if one.at <= since - TAKEN_UP][-1:]
        return [settings for settings in (*before, *late) if settings is not None]

    @property
    def fields(self) -> tuple[Mapped, ...]:
        """The fields that are followed one by one."""
        return fields_of(self.setup.settings)

    def rules(self, key: str) -> list[MappingRule]:
        """All rules that the field ever had."""
        rows = (row for settings in self.versions for row in settings.mappings if row.key == key)
        return list(dict.fromkeys(row.rule for row in rows))

    @property
    def refs(self) -> tuple[RecordRef, ...]:
        """All records there ever were."""
        return tuple(dict.fromkeys(event.ref for event in self.journal.events))

    def rule(self, key: str) -> MappingRule:
        """The field's mapping rule in the end."""
        return next(mapping.rule for mapping in self.settings.mappings if mapping.key == key)

    def live(self, ref: RecordRef) -> bool:
        """Whether the record stands there, neither deleted, merged, converted nor erased."""
        state = self.journal.states.get(ref)
        return state is not None and state.live

    def value(self, ref: RecordRef, field: Mapped) -> object:
        """What a live record's field means in the end."""
        return field.meaning(self.journal.states[ref].fields.get(field.name(ref) or ""))

    def address(self, ref: RecordRef) -> str:
        """The address that a record holds in the end; "" without one."""
        fields = self.journal.states[ref].fields
        return str(fields.get("email") or fields.get("Email") or "").strip().casefold()

    def partner(self, ref: RecordRef) -> RecordRef | None:
        """The other end of the pair that the record belongs to in the end."""
        last = {tie.link: tie.ends for tie in self.journal.ties}
        found = (ends[ref.side.other] for ends in last.values() if ends and ends[ref.side] == ref)
        return next(found, None)

    def namesakes(self, ref: RecordRef) -> list[RecordRef]:
        """Other live records that hold one of its addresses, in HubSpot also as a further one."""
        return [
            other
            for other, state in self.journal.states.items()
            if state.live and other != ref and self._addresses(other) & self._addresses(ref)
        ]

    def ever_shared(self, ref: RecordRef) -> bool:
        """Whether a record of the other side ever held one of its addresses, so that it was left aside."""
        others = {event.ref for event in self.journal.events if event.ref.side is not ref.side}
        return any(self.emails(other) & self._addresses(ref) for other in others)

    def _addresses(self, ref: RecordRef) -> set[str]:
        fields = self.journal.states[ref].fields
        texts = [str(fields[name]) for name in ("email", "hs_additional_emails", "Email") if name in fields]
        return {part.strip().casefold() for text in texts for part in text.split(";")}

    def emails(self, ref: RecordRef) -> set[str]:
        """All addresses that a record ever held."""
        names = {"email", "hs_additional_emails", "Email"}
        texts = [
            str(e.value) for e in self.journal.of(ref) if e.what is What.SET and e.field in names and e.value
        ]
        return {part.strip().casefold() for text in texts for part in text.split(";")}

    def erased_emails(self) -> set[str]:
        """All addresses of erased persons."""
        return {
            email
            for event in self.journal.events
            if event.what is What.ERASED
            for email in self.emails(event.ref)
        }

    def silenced(self, *refs: RecordRef) -> bool:
        """Whether nothing is written to one of them: an erased or vetoed address, or never synced."""
        return self.erased(*refs) or any(self.vetoed(ref) or self.kept_out(ref) for ref in refs)

    def erased(self, *refs: RecordRef) -> bool:
        """Whether one of them is what remains of somebody erased, had their address or lives on for them."""
        emails = self.erased_emails()
        kin = {one for ref in refs for one in lineage(self.journal, ref)} if emails else set[RecordRef]()
        return any(self.emails(ref) & emails or ref in self._survivors() for ref in kin)

    def kept_out(self, ref: RecordRef) -> bool:
        """Whether the record is never synced in the end."""
        return any(ref in one.refs for one in self.journal.kept_out[-1:])

    def vetoed(self, ref: RecordRef) -> bool:
        """Whether a rule of users' own had a word against the record at some time."""
        rule = Extra.OWN_RULES in self.setup.extras and OWN_RULES[0] in self.setup.settings.own_rules
        return rule and any(email.endswith(f"@{RIVAL}") for email in self.emails(ref))

    def _survivors(self) -> set[RecordRef]:
        """The Salesforce records of erased persons."""
        gone = (event.ref for event in self.journal.events if event.what is What.ERASED)
        return {partner for ref in gone for partner in partners(self.journal, ref)}

    def reported(self, *refs: RecordRef) -> bool:
        """Whether an operator was told that one of the records cannot be seen."""
        return any(letter.ref in refs and letter.code == "NOT_VISIBLE" for letter in self.letters)

    def refused(self, field: Mapped, *refs: RecordRef) -> bool:
        """Whether an open dead letter tells of this field of one of these records, or of a whole record."""
        return self.refused_names({field.name(ref) for ref in refs}, *refs)

    def refused_names(self, names: Collection[str | None], *refs: RecordRef) -> bool:
        """As `refused`, by the CRM's own names of the fields."""
        return any(
            letter.ref in refs and (letter.field is None or letter.field in names) for letter in self.letters
        )
