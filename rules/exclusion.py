"""Never sync this record: whom an operator keeps out takes no part, until an operator says otherwise.

`diptych records never-sync` keeps a person out under every id that it goes by; where the record is merged,
converted or tied anew, the new ids are kept out, too. Notices and reads go on. Nothing is written, created,
linked, merged, opted out or deleted on either side because of such a record; an erasure alone outranks it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from contract.exclusions import Cover, Exclusion
from contract.facts import Excluded
from contract.links import Ended, Link
from contract.records import Record, RecordRef
from rules.freshness import read
from rules.person import Person, Stop, losers, stop, successor

RULE = "never sync"
_LONGEST_CHAIN = 10


def decide(person: Person) -> Person:
    """Stop where the person, or who it lives on as, is kept out under one id, and keep it out under all."""
    refs = _names(person)
    found = _exclusion(person, refs) or _exclusion(person, _lives_on(person))
    if found is not None:
        raise _kept_out(person, found, (*refs, *_heirs(person)))
    return person


def decide_again(person: Person) -> Person:
    """Stop where a record that was found since is kept out: it is not linked, nor is another one created."""
    asked = {*(notice.ref for notice in person.facts.notices), *_ends(person.facts.link)}
    refs = (*(record.ref for record in person.records), *_ends(person.link))
    guard(person, *(ref for ref in refs if ref not in asked))
    return person


def guard(person: Person, *refs: RecordRef) -> None:
    """Stop, with nothing done, if one of these records is kept out."""
    exclusions = person.facts.need(*map(Excluded, refs))
    for ref, found in zip(refs, exclusions, strict=True):
        if found is not None:
            raise stop(
                _silent(person), RULE, f"{ref} is never synced {_since(found)}: nothing is written or linked"
            )


def inherit(person: Person, ref: RecordRef, predecessors: Collection[Record]) -> None:
    """Stop if a record lives on for somebody who is kept out: it is kept out, too."""
    refs = [one.ref for one in predecessors]
    found = _exclusion(person, refs)
    if found is not None:
        raise _kept_out(_silent(person), found, (*refs, ref))


def first_questions(person: Person) -> list[Excluded]:
    """What can be asked before anything was read."""
    return [Excluded(ref) for ref in (*(notice.ref for notice in person.facts.notices), *_ends(person.link))]


def _names(person: Person) -> tuple[RecordRef, ...]:
    """The ids by which the person is known: noticed, linked, and those that lost a merge to them."""
    refs = [*(notice.ref for notice in person.facts.notices), *_ends(person.link)]
    for notice in person.facts.notices:
        record = person.facts.record(notice.ref)
        lost = notice.merged_ids | set(record.merged_ids if record is not None else ())
        refs += losers(notice.ref, lost) if lost else ()
    return tuple(dict.fromkeys(refs))


def _ends(link: Link | None) -> tuple[RecordRef, ...]:
    """Both ends of a link; one that ended in a merge names somebody else's record by now."""
    return () if link is None or link.ended is Ended.MERGED else link.ends


def _exclusion(person: Person, refs: Iterable[RecordRef]) -> Exclusion | None:
    found = person.facts.need(*map(Excluded, refs))
    return min((one for one in found if one is not None), key=lambda one: one.id, default=None)


def _lives_on(person: Person) -> list[RecordRef]:
    """What the noticed records became, by whatever read: no merge and no conversion is taken back."""
    return [ref for notice in person.facts.notices for ref in _chain(person, person.facts.record(notice.ref))]


def _heirs(person: Person) -> tuple[RecordRef, ...]:
    """What the noticed records live on as; asked of a read that is not known to lag behind its notice."""
    refs: list[RecordRef] = []
    for notice in person.facts.notices:
        record = person.facts.record(notice.ref)
        if record is not None:
            read(person, notice.ref, notice)
            refs += _chain(person, record)
    return tuple(refs)


def _chain(person: Person, record: Record | None) -> list[RecordRef]:
    refs: list[RecordRef] = []
    while record is not None and len(refs) < _LONGEST_CHAIN and (onward := successor(record)) is not None:
        refs.append(onward)
        record = person.facts.record(onward)
    return refs


def _kept_out(person: Person, found: Exclusion, known: Iterable[RecordRef]) -> Stop:
    """Nothing is done, but that this person's ids are covered which are not yet."""
    further = tuple(ref for ref in dict.fromkeys(known) if ref not in found.refs)
    if further:
        names = ", ".join(map(str, further))
        person = person.changed(covers=(Cover(exclusion=found.id, refs=further),))
        person = person.says(RULE, f"{names}: the same person, so never synced either")
    return stop(person, RULE, f"never synced {_since(found)}: nothing is written on either side")


def _silent(person: Person) -> Person:
    return person.changed(link=None, writes=(), others=(), reports=(), look_at=(), field_faults=())


def _since(found: Exclusion) -> str:
    reason = f": {found.reason}" if found.reason else ""
    return f"since {found.since:%Y-%m-%d %H:%M} UTC, by {found.author}{reason}"
