"""Holding a portal's mappings against both CRMs' schemas before its settings are saved.

What must fail refuses the save. A CRM that does not answer refuses it, too, where the portal is at work; one
that is off may be stored before its accounts work, or nobody could set one up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import click
from rich.text import Text

from consumers.schemas import Answers, ask
from contract.errors import InvalidInput
from contract.mapping_check import Misfit, check
from contract.ports import Database
from contract.records import Side
from contract.settings import Portal, Settings, SyncMode
from diptych.config import Config
from diptych.consents import client_id
from diptych.lookout import looking

unchecked_option = click.option(
    "--unchecked", is_flag=True, help="Do not hold the mappings against both CRMs' schemas first."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What the schemas say of a portal's mappings, and which side did not tell its own, and why."""

    misfits: tuple[Misfit, ...] = ()
    unanswered: Mapping[Side, str] = field(default_factory=dict)


def examine(portal: Portal, config: Config, database: Database) -> Examined:
    """Ask both accounts of this portal, stored or not."""
    with looking(portal, config, database) as lookout:
        return examined(portal.settings, ask(portal, lookout.crms))


def examined(settings: Settings, answers: Answers) -> Examined:
    """The settings, held against what was told."""
    return Examined(misfits=check(settings, answers.schemas), unanswered=answers.unanswered)


def calls_for_a_check(old: Portal | None, new: Portal) -> bool:
    """Whether the schemas may bear what is new otherwise than what is stored; if not, nobody is asked."""
    return old is None or _checked(old) != _checked(new)


def _checked(portal: Portal) -> object:
    settings = portal.settings
    created = settings.create_as, settings.create_as_when
    return portal.hubspot, portal.salesforce, settings.rows, created, settings.mode is SyncMode.OFF


def consent_first(found: Examined, old: Portal | None, new: Portal) -> Iterator[str]:
    """The way out where a person must let us in to what is not stored yet: `authorize` knows only what is."""
    if old and (old.hubspot, old.salesforce) == (new.hubspot, new.salesforce):
        return
    commands = [
        f"`diptych authorize {new.number} {side}`" for side in found.unanswered if client_id(new, side)
    ]
    if commands:
        yield (
            "apply the file with `sync.mode: off` first, for only what is stored can be authorized; then run "
            f"{' and '.join(commands)}, and `diptych portals resume {new.number} --{new.settings.mode}`"
        )


def refuse(found: Examined, portal: Portal, *, what: str, hints: Iterable[str] = ()) -> None:
    """Raise InvalidInput with every fault where the settings must not be saved; `what` would have been.

    `hints` say how else they can be, where a CRM did not answer.
    """
    sure = [f"  {misfit.path}: {misfit.says}" for misfit in found.misfits if misfit.sure]
    if sure:
        lines = "\n".join(sure)
        raise InvalidInput(
            f"the two CRMs cannot carry out what the mappings say, and nothing was {what}:\n{lines}"
        )
    if found.unanswered and portal.settings.mode is not SyncMode.OFF:
        lines = "\n".join(f"  {says}" for says in [*found.unanswered.values(), *hints])
        raise InvalidInput(
            f"the mappings could not be checked, and nothing was {what}:\n{lines}\n"
            "  --unchecked goes on without: a worker leaves out what it then finds amiss"
        )


def told(found: Examined) -> Iterator[Text]:
    """Doubts, and what could not be checked."""
    for misfit in found.misfits:
        yield Text(f"  {misfit.path}: {misfit.says}", style="red" if misfit.sure else "yellow")
    for says in found.unanswered.values():
        text = f"  the mappings are not checked there: {says}; `diptych doctor` does it once it answers"
        yield Text(text, style="yellow")
