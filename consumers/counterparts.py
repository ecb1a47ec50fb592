"""Who looks after a record on the other side: the active user with the same e-mail, in bulk."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from contract.errors import CrmError, ErrorClass
from contract.facts import Counterpart, OwnerAcross
from contract.ports import Owner, Owners
from contract.records import Side

_QUEUE = "00G"


def counterparts(
    asked: Collection[OwnerAcross], crms: Mapping[Side, Owners]
) -> dict[OwnerAcross, Counterpart]:
    """An answer to each question, in two calls for each side that owners are asked of; raises CrmError.

    Where we may not see a side's owners, nobody has a counterpart: that must not stop the other fields.
    """
    found: dict[OwnerAcross, Counterpart] = {}
    for side in Side:
        questions = [question for question in asked if question.side is side]
        try:
            found |= _on_side(questions, side, crms) if questions else {}
        except CrmError as error:
            if error.fault.error is not ErrorClass.PERMISSION:
                raise
            unseen = Counterpart(says=f"owners cannot be told from each other ({error.fault.says})")
            found |= dict.fromkeys(questions, unseen)
    return found


def _on_side(
    questions: Collection[OwnerAcross], side: Side, crms: Mapping[Side, Owners]
) -> dict[OwnerAcross, Counterpart]:
    ours = {one.id: one for one in crms[side].owners(ids={question.id for question in questions})}
    theirs = _by_email(crms[side.other], ours.values())
    return {question: _counterpart(question, ours, theirs) for question in questions}


def _by_email(crm: Owners, ours: Iterable[Owner]) -> dict[str, Owner]:
    """The active ones with these e-mails; of several with one e-mail the oldest."""
    emails = {one.email for one in ours if one.active and one.email}
    active = [one for one in crm.owners(emails=emails) if one.active] if emails else []
    return {one.email: one for one in reversed(active)}


def _counterpart(
    question: OwnerAcross, ours: Mapping[str, Owner], theirs: Mapping[str, Owner]
) -> Counterpart:
    own, side = ours.get(question.id), question.side
    if own is None:
        kind = "a queue" if question.id.startswith(_QUEUE) else "nobody whom we may see as active"
        return Counterpart(says=f"its owner in {side.label} is {kind}")
    if not own.active:
        return Counterpart(says=f"its owner in {side.label} is not active")
    other = theirs.get(own.email)
    if other is None:
        return Counterpart(says=f"nobody active in {side.other.label} has the e-mail of its owner")
    return Counterpart(id=other.id)
