"""No dead letter stays open that what people typed and did does not explain."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from contract.activity import DeadLetter
from tests.acceptance.state_machine.crms import BAD
from tests.acceptance.state_machine.geography import NOWHERE
from tests.acceptance.state_machine.journal import What
from tests.acceptance.state_machine.oracle.run import Complaint, Run


def complaints(run: Run) -> Iterator[Complaint]:
    """Open dead letters that nobody can explain."""
    for letter in run.letters:
        codes = {one.code for one in run.letters if one.ref == letter.ref}
        if letter.error == "transient" and "NOT_VISIBLE_YET" in codes:
            continue  # tried so often that it met a CRM's bad day, too
        explained = _EXPLAINED.get(letter.code)
        if explained is None or not explained(run, letter):
            refs = (letter.ref,) if letter.ref else ()
            yield Complaint(says=f"a dead letter about {letter.ref}: {letter.code}, {letter.says}", refs=refs)


def _erased(run: Run, _: DeadLetter) -> bool:
    return any(event.what is What.ERASED for event in run.journal.events)


def _bad_phone(run: Run, _: DeadLetter) -> bool:
    return any(str(event.value).strip().startswith(BAD) for event in run.journal.events)


def _no_form(run: Run, letter: DeadLetter) -> bool:
    """Something typed that is no number, no country, or no state of its country."""
    field = letter.field or ""
    if field.endswith("StateCode"):
        return any(event.field == "state" and event.value for event in run.journal.events)
    name, bad = ("country", NOWHERE) if field.endswith("CountryCode") else ("annualrevenue", ("v",))
    values = {str(event.value) for event in run.journal.events if event.field == name}
    return any(value.startswith(bad) for value in values)


_EXPLAINED: Mapping[str, Callable[[Run, DeadLetter], bool]] = {
    "BLOCKLISTED_EMAIL": _erased,
    "NOT_VISIBLE": _erased,
    "NOT_VISIBLE_YET": _erased,
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": _bad_phone,
    "UNCONVERTIBLE": _no_form,
}
