"""No dead letter stays open that what people typed and did does not explain."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from tests.acceptance.state_machine.crms import BAD
from tests.acceptance.state_machine.journal import What
from tests.acceptance.state_machine.oracle.run import Complaint, Run


def complaints(run: Run) -> Iterator[Complaint]:
    """Open dead letters that nobody can explain."""
    for letter in run.letters:
        codes = {one.code for one in run.letters if one.ref == letter.ref}
        if letter.error == "transient" and "NOT_VISIBLE_YET" in codes:
            continue  # tried so often that it met a CRM's bad day, too
        explained = _EXPLAINED.get(letter.code)
        if explained is None or not explained(run):
            refs = (letter.ref,) if letter.ref else ()
            yield Complaint(says=f"a dead letter about {letter.ref}: {letter.code}, {letter.says}", refs=refs)


def _erased(run: Run) -> bool:
    return any(event.what is What.ERASED for event in run.journal.events)


def _bad_phone(run: Run) -> bool:
    return any(str(event.value).strip().startswith(BAD) for event in run.journal.events)


def _no_number(run: Run) -> bool:
    values = {str(event.value) for event in run.journal.events if event.field == "annualrevenue"}
    return any(value.startswith("v") for value in values)


_EXPLAINED: Mapping[str, Callable[[Run], bool]] = {
    "BLOCKLISTED_EMAIL": _erased,
    "NOT_VISIBLE": _erased,
    "NOT_VISIBLE_YET": _erased,
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": _bad_phone,
    "UNCONVERTIBLE": _no_number,
}
