"""The people of both companies: they create and edit in the CRMs' pages and remember what they last wrote.

Every value is new and unlike all others, so that an edit that got lost, or came back, can be told.
"""

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from tests.acceptance.kills.crms import PORTAL, Crms
from tests.acceptance.kills.judge import FIELDS, Word, live_contacts, live_persons

_EDITORS: dict[str, tuple[str, ...]] = {
    "jobtitle": ("hubspot",),
    "phone": ("salesforce",),
    "mobilephone": ("hubspot", "salesforce"),
}
"""Who edits what: the first two have one editor, so the last edit must stand; the third has two."""


@dataclass(slots=True, kw_only=True)
class Somebody:
    """One person, with the record of each side once it is known: an id, or an object and an id."""

    email: str
    contact: str | None = None
    person: tuple[str, str] | None = None
    said: dict[tuple[str, str], str] = field(default_factory=dict)
    """(field, side) -> what people last wrote there."""

    def word(self) -> Word:
        """What the judge must know."""
        fields = {name for name, _ in self.said}
        allowed = {
            name: {value for (own, _), value in self.said.items() if own == name} for name in sorted(fields)
        }
        return Word(email=self.email, allowed=allowed)


class Office:
    """Changes in both CRMs, seeded. One thread works at a time."""

    def __init__(self, crms: Crms, *, seed: int) -> None:
        self._crms = crms
        self._rng = random.Random(seed)
        self._people: list[Somebody] = []
        self.changes = 0

    def words(self) -> list[Word]:
        """What must come of everybody."""
        return [somebody.word() for somebody in self._people]

    def create(self, side: str | None = None) -> Somebody:
        """Somebody new on one side, drawn where not given."""
        number = len(self._people)
        somebody = Somebody(email=f"P{number}@kills.example")
        values = {"firstname": f"Pia{number}", "lastname": f"Quist{number}", "company": f"Company {number}"}
        side = side or self._rng.choice(("hubspot", "salesforce"))
        if side == "hubspot":
            values["jobtitle"] = f"first title {number}"
            properties = {"email": somebody.email, **values}
            somebody.contact = self._crms.hubspot.ui_create(PORTAL, "contacts", properties)
        else:
            values["phone"] = f"first phone {number}"
            kind = self._rng.choice(("Lead", "Lead", "Lead", "Contact"))
            if kind == "Contact":
                del values["company"]
            fields = {FIELDS[name]: value for name, value in values.items()}
            somebody.person = (
                kind,
                self._crms.salesforce.ui_create(kind, {"Email": somebody.email, **fields}),
            )
        somebody.said = {(name, side): value for name, value in values.items()}
        self._people.append(somebody)
        self.changes += 1
        return somebody

    def edit(self, somebody: Somebody | None = None, name: str | None = None, side: str | None = None) -> str:
        """Somebody's field gets a new value on one side, both drawn where not given; the value."""
        somebody = somebody or self._rng.choice(self._people)
        wanted = [
            one for one in self._editable(somebody) if name in {None, one[0]} and side in {None, one[1]}
        ]
        name, side = self._rng.choice(wanted)
        self.changes += 1
        value = f"{name} {self.changes}"
        if side == "hubspot":
            self._crms.hubspot.ui_update(PORTAL, "contacts", str(somebody.contact), {name: value})
        elif somebody.person:
            kind, record_id = somebody.person
            self._crms.salesforce.ui_update(kind, record_id, {FIELDS[name]: value})
        somebody.said[name, side] = value
        return value

    def anybody(self) -> Somebody:
        """Somebody who has a record on both sides."""
        return self._rng.choice([one for one in self._people if one.contact and one.person])

    def meet(self) -> None:
        """Look up the records that the sync made since."""
        contacts = live_contacts(self._crms.hubspot)
        persons = live_persons(self._crms.salesforce)
        for somebody in self._people:
            email = somebody.email.casefold()
            if somebody.contact is None and contacts[email]:
                somebody.contact = contacts[email][0]["id"]
            if somebody.person is None and persons[email]:
                found, row = persons[email][0]
                somebody.person = (found, row["Id"])

    @staticmethod
    def _editable(somebody: Somebody) -> list[tuple[str, str]]:
        """(field, side) pairs that somebody may edit, as far as the record there is known."""
        there = {"hubspot": somebody.contact is not None, "salesforce": somebody.person is not None}
        return [(name, side) for name, sides in _EDITORS.items() for side in sides if there[side]]


class Bustle:
    """Works in an office from a thread of its own: a creation now and then, edits all the time."""

    def __init__(self, office: Office, *, people: int, changes: int, per_second: float) -> None:
        self._office = office
        self._people = people
        self._changes = changes
        self._pause = 1 / per_second
        self._stop = threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def done(self) -> bool:
        """Whether all changes were made."""
        return not self._thread.is_alive()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self._stop.set()
        self._thread.join(timeout=120)
        if self._error is not None and error is None:
            raise self._error

    def _run(self) -> None:
        try:
            self._work()
        except BaseException as error:  # noqa: BLE001  # the test's own thread raises it
            self._error = error

    def _work(self) -> None:
        began = time.monotonic()
        for made in range(self._changes):
            if self._stop.is_set():
                return
            if made * self._people % self._changes < self._people:  # evenly, the first change among them
                self._office.create()
            else:
                self._office.edit()
            if made % 50 == 0:
                self._office.meet()
            ahead = began + (made + 1) * self._pause - time.monotonic()
            if ahead > 0:
                time.sleep(ahead)
