"""Who looks after a record on the other side: the active user with the same e-mail, in bulk."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from contract.facts import Counterpart, OwnerAcross
from contract.ports import Owner, Owners
from contract.records import Side

_QUEUE = "00G"


def counterparts(
    asked: Collection[OwnerAcross], crms: Mapping[Side, Owners]
) -> dict[OwnerAcross, Counterpart]:
    """An answer to each question, in two calls for each side that owners are asked of; raises CrmError."""
    found: dict[OwnerAcross, Counterpart] = {}
    for side in Side:
        questions = [question for question in asked if question.side is side]
        if questions:
            ours = {one.id: one for one in crms[side].owners(ids={question.id for question in questions})}
            theirs = _by_email(crms[side.other], ours.values())
            found |= {question: _counterpart(question, ours, theirs) for question in questions}
    return found


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
