"""`diptych why RECORD`: everything that is known about one person, in plain words."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import click
from rich.text import Text

from contract.activity import ActivityEntry, DeadLetter, StoredReport
from contract.errors import InvalidInput
from contract.exclusions import Exclusion
from contract.kinds import SALESFORCE_OBJECTS
from contract.links import Ended, Link
from contract.ports import Transaction
from contract.records import HUBSPOT_CONTACT, RecordRef, Side, email_key
from contract.salesforce_ids import is_id, long_id
from diptych.cli.history import told, told_exclusion, told_letter, told_link, told_report
from diptych.cli.session import Session, known_portal, pass_session
from diptych.cli.standing import told_idle

_PREFIXES = {one.prefix: one.name for one in SALESFORCE_OBJECTS.values()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Whom the operator means: an e-mail address or record ids."""

    refs: frozenset[RecordRef] = frozenset()
    email: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one portal's tables say about the person."""

    links: Sequence[Link]
    entries: Sequence[ActivityEntry]
    letters: Sequence[DeadLetter]
    reports: Sequence[StoredReport]
    exclusions: Sequence[Exclusion]
    erased: bool

    @property
    def empty(self) -> bool:
        """Whether nothing at all is known."""
        known = (self.links, self.entries, self.letters, self.reports, self.exclusions)
        return not (any(known) or self.erased)


@click.command()
@click.argument("record")
@click.option("--portal", type=int, help="Only in this portal.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="Newest entries.")
@pass_session
def why(session: Session, record: str, portal: int | None, limit: int) -> None:
    """Why somebody looks as they do. RECORD is an e-mail address, a HubSpot id or a Salesforce id."""
    question = parse(record)
    silent = True
    with session.transaction() as tx:
        portals = tx.portals.all() if portal is None else [known_portal(tx, portal)]
        for one in portals:
            answer = ask(tx, one.number, question, limit)
            if answer.empty:
                continue
            silent = False
            session.screen.say(f"portal {one.number} ({one.name})", style="bold")
            for line in _lines(answer):
                session.screen.say(line)
            for says in told_idle(tx.idle.of(one.number)):
                session.screen.say(says, style="yellow")
            session.screen.say()
    if silent:
        session.screen.say(
            "Nothing is known about this record: no notice, no link, no decision, no tombstone."
        )
        raise click.exceptions.Exit(1)


def parse(text: str) -> Question:
    """What the operator typed; InvalidInput if it can be no e-mail address and no id."""
    text = text.strip()
    if "@" in text:
        return Question(email=email_key(text))
    if text.isascii() and text.isdigit() and not is_id(text):
        return Question(refs=frozenset({_hubspot(text)}))
    if not is_id(text):
        raise InvalidInput(f"{text[:40]!r} is neither an e-mail address nor a HubSpot or Salesforce id")
    # Fifteen digits may be either CRM's id.
    both = {_hubspot(text)} if text.isdigit() else set()
    object_type = _PREFIXES.get(text[:3])
    types = [object_type] if object_type else list(SALESFORCE_OBJECTS)
    found = {RecordRef(side=Side.SALESFORCE, object_type=name, id=long_id(text)) for name in types}
    return Question(refs=frozenset(both | found))


def meant(tx: Transaction, portal: int, question: Question) -> frozenset[RecordRef]:
    """The records of the person whom the operator means: those named, and what they are tied to now.

    What a merge has left over is tied to nothing: its old partner lives on in somebody else's pair.
    """
    links = _links(tx, portal, question.refs, question.email)
    tied = [link for link in links if link.ended not in {Ended.MERGED, Ended.ERASED}]
    return question.refs.union(*(link.ends for link in tied))


def ask(tx: Transaction, portal: int, question: Question, limit: int) -> Answer:
    """All that the tables say about the person, under whatever ids it went by.

    A record's link and history name its other records (a lead the contact it became, a merge its loser),
    and their links and history may name more: after two rounds the person is complete.
    """
    refs = set(question.refs)
    links: list[Link] = []
    entries: list[ActivityEntry] = []
    for _ in range(2):
        links = _links(tx, portal, refs, question.email)
        refs.update(*(link.ends for link in links))
        entries = tx.activity.history(portal, refs=refs, email=question.email, limit=limit)
        refs |= {ref for entry in entries for ref in entry.refs}
    erased = tx.tombstones.erased_refs(portal, refs) if refs else set()
    emails = tx.tombstones.erased_emails(portal, {question.email}) if question.email else set()
    return Answer(
        links=links,
        entries=entries,
        letters=tx.dead_letters.find(portal=portal, state=None, refs=refs) if refs else [],
        reports=[report for report in tx.activity.reports(portal) if refs & set(report.refs)],
        exclusions=list({one.id: one for one in tx.exclusions.of(portal, refs).values()}.values()),
        erased=bool(erased or emails),
    )


def _links(tx: Transaction, portal: int, refs: Collection[RecordRef], email: str) -> list[Link]:
    found = list(tx.links.of(portal, refs).values()) if refs else []
    if email:
        found += tx.links.by_email(portal, {email})
    return list({link.id: link for link in found}.values())


def _lines(answer: Answer) -> Iterable[Text]:
    if answer.erased:
        yield Text("This person was erased: nothing is kept, and nothing creates it again.", style="bold red")
    for exclusion in answer.exclusions:
        yield told_exclusion(exclusion)
    for link in answer.links:
        yield told_link(link)
    for letter in answer.letters:
        yield told_letter(letter)
    for report in answer.reports:
        yield told_report(report)
    for entry in answer.entries:
        yield from told(entry)


def _hubspot(number: str) -> RecordRef:
    return RecordRef(side=Side.HUBSPOT, object_type=HUBSPOT_CONTACT, id=number)
