"""A finished run as the oracle sees it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from contract.activity import DeadLetter
from contract.mappings import MappingRule
from contract.records import RecordRef
from contract.settings import Settings
from tests.acceptance.state_machine.fields import Mapped
from tests.acceptance.state_machine.journal import Journal, What
from tests.acceptance.state_machine.oracle.past import partners


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """What is wrong, and the records it is about."""

    says: str
    refs: tuple[RecordRef, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The journal, the settings, and the dead letters that are open in the end."""

    journal: Journal
    settings: Settings
    letters: Sequence[DeadLetter]

    @property
    def refs(self) -> tuple[RecordRef, ...]:
        """All records there ever were."""
        return tuple(dict.fromkeys(event.ref for event in self.journal.events))

    def rule(self, key: str) -> MappingRule:
        """The field's mapping rule."""
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
        """Whether one of these records has an address of an erased person, so that nothing is written."""
        erased = self.erased_emails()
        return any(self.emails(ref) & erased or ref in self._survivors() for ref in refs)

    def _survivors(self) -> set[RecordRef]:
        """The Salesforce records of erased persons."""
        gone = (event.ref for event in self.journal.events if event.what is What.ERASED)
        return {partner for ref in gone for partner in partners(self.journal, ref)}

    def reported(self, *refs: RecordRef) -> bool:
        """Whether an operator was told that one of the records cannot be seen."""
        return any(letter.ref in refs and letter.code == "NOT_VISIBLE" for letter in self.letters)

    def refused(self, field: Mapped, *refs: RecordRef) -> bool:
        """Whether an open dead letter tells of this field of one of these records, or of a whole record."""
        names = {field.name(ref) for ref in refs}
        return any(
            letter.ref in refs and (letter.field is None or letter.field in names) for letter in self.letters
        )
