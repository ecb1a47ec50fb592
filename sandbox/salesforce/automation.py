"""Automation of other people in the org: some time after a save it touches the record again."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sandbox.salesforce.org import Org
from sandbox.salesforce.store import Saved
from sandbox.salesforce.writes import keep

LONGEST_SECONDS = 1.5
"""Asynchronous automation runs this long after the save at most."""
RECALCULATIONS = 0.3
"""Share of the touches that are recalculations, which move SystemModstamp alone and send no message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """A save that automation will do."""

    due: datetime
    object_name: str
    record_id: str
    recalculation: bool


@dataclass(slots=True)
class Automation:
    """The touches still to come."""

    org: Org
    waiting: list[Touch] = field(default_factory=list)

    def schedule(self, saved: list[Saved]) -> None:
        """Plan touches of saved records, by the faults' chance; a touch is not touched again."""
        for save in saved:
            if save.user_id != self.org.users.automation and self.org.chance(self.org.faults.automation):
                self.waiting.append(self._touch(save))

    def _touch(self, save: Saved) -> Touch:
        delay = timedelta(seconds=self.org.rng.uniform(0, LONGEST_SECONDS))
        recalculation = self.org.rng.random() < RECALCULATIONS
        return Touch(
            due=self.org.clock() + delay,
            object_name=save.object_name,
            record_id=save.record_id,
            recalculation=recalculation,
        )

    def settle(self, *, everything: bool = False) -> None:
        """Carry out what is due, or all of it."""
        if not self.waiting:
            return
        now = self.org.clock()
        due = [touch for touch in self.waiting if everything or touch.due <= now]
        self.waiting = [touch for touch in self.waiting if not (everything or touch.due <= now)]
        for touch in due:
            self._carry_out(touch)

    def _carry_out(self, touch: Touch) -> None:
        entry = self.org.store.entry(touch.object_name, touch.record_id)
        if entry is None or entry.row["IsDeleted"]:
            return
        with self.org.store.transaction():
            if touch.recalculation:
                row = {**entry.row, "SystemModstamp": self.org.stamp()}
                self.org.store.put(touch.object_name, row, self.org.clock())
            else:
                spec = self.org.objects[touch.object_name]
                keep(self.org, self.org.users.automation, spec, entry.row, "updated")
