"""Two rules: people of competitors are never synced, and Salesforce gets job titles in one spelling."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from contract.own_rules import Place, Proposal, Seen, SetField, Veto
from contract.records import Record, Side

COMPETITORS = ("rival.example", "other-rival.example")
SPELLINGS = {"vp": "Vice President", "v.p.": "Vice President", "ceo": "Chief Executive Officer"}


@dataclass(frozen=True)
class NoCompetitors:
    """Nobody with an address of a competitor is linked, created or written."""

    place: Place = Place.BEFORE_MATCHING

    def decide(self, seen: Seen) -> Iterable[Proposal]:
        """A veto, by the address of whichever record was read."""
        addresses = (record.text("email") or record.text("Email") for record in _records(seen))
        for address in addresses:
            if address.strip().lower().endswith(tuple(f"@{domain}" for domain in COMPETITORS)):
                yield Veto(says="this person works for a competitor")


@dataclass(frozen=True)
class TidyTitles:
    """A title on its way to Salesforce that we know by another spelling is written in ours."""

    place: Place = Place.AFTER_MAPPING

    def decide(self, seen: Seen) -> Iterable[Proposal]:
        """What the mapping is about to write, spelled out."""
        for write in seen.writes:
            title = write.values.get("Title") if write.side is Side.SALESFORCE else None
            known = SPELLINGS.get(str(title or "").strip().lower())
            if known:
                yield SetField(
                    side=Side.SALESFORCE, field="Title", value=known, says=f"{title} is spelled {known}"
                )


def _records(seen: Seen) -> Iterator[Record]:
    return (record for record in (seen.hubspot, seen.salesforce) if record is not None)


NO_COMPETITORS = NoCompetitors()
TIDY_TITLES = TidyTitles()
