"""A preview as a job: from settings as plain values to the comparison as plain values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from consumers.deciding import Decide
from consumers.jobs import Plain, Progress
from consumers.lookout import Look
from consumers.preview import Previewer
from consumers.schemas import ask
from contract.mapping_check import check, workable
from contract.plain import from_plain, to_plain
from contract.ports import Database
from contract.settings import Portal, Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """What a preview is asked for: the settings to try, on so many persons of each group."""

    settings: Settings
    sample: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewWork:
    """A consumers.jobs.Work."""

    look: Look
    database: Database
    decide: Decide
    clock: Callable[[], datetime]

    def __call__(self, portal: Portal, asked: Plain, progress: Progress) -> Plain:
        """Raises CrmError where a CRM refuses to list its records."""
        proposed = from_plain(Proposed, asked)
        with self.look(portal) as lookout:
            answers = ask(portal, lookout.crms)
            previewer = Previewer(
                portal=replace(portal, settings=workable(portal.settings, answers.schemas)),
                lookout=lookout,
                database=self.database,
                decide=self.decide,
            )
            found = previewer.compare(
                workable(proposed.settings, answers.schemas),
                now=self.clock(),
                sample=proposed.sample,
                progress=progress,
            )
        misfits = check(proposed.settings, answers.schemas)
        found = replace(found, misfits=misfits, unanswered=answers.unanswered)
        plain: Plain = to_plain(found)
        return plain
