"""Where a portal stands, in words: running, paused or suspended, what its guards hold, its credentials."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from rich.text import Text

from contract.grants import Consented
from contract.ports import Transaction
from contract.records import Side
from contract.settings import GUARD_WINDOW, GuardLimits, Portal, Suspension, SuspensionCause, SyncMode
from contract.standing import CredentialCheck, GuardedWork, Held, IdleMapping, Pause
from diptych.cli.checkup import Finding, Grade
from diptych.cli.screen import local

_STYLES = {SyncMode.ON: "green", SyncMode.OBSERVE: "yellow", SyncMode.OFF: "dim"}
_WORK = {
    GuardedWork.DELETIONS: ("deletion", "deletions"),
    GuardedWork.CREATES: ("new record", "new records"),
    GuardedWork.CLEARS: ("cleared value", "cleared values"),
}
_MINUTES = int(GUARD_WINDOW.total_seconds() // 60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One portal besides its settings, as the tables have it."""

    portal: Portal
    suspension: Suspension | None
    pause: Pause | None
    lifted: Pause | None
    """The last pause of all portals that is over."""
    held: Mapping[GuardedWork, Held]
    credentials: Mapping[Side, CredentialCheck]
    idle: Sequence[IdleMapping]
    consents: Mapping[Side, Consented]

    @property
    def held_records(self) -> int:
        """On how many records work waits for an operator."""
        return sum(held.records for held in self.held.values())


def standing_of(tx: Transaction, portal: Portal, now: datetime) -> Standing:
    """Where the portal stands now; a suspension that has ended by itself is none."""
    suspension = tx.portals.suspension(portal.number)
    if suspension and suspension.clears_at and suspension.clears_at <= now:
        suspension = None
    return Standing(
        portal=portal,
        suspension=suspension,
        pause=tx.pauses.current(),
        lifted=tx.pauses.lifted(),
        held=tx.held.standing(portal.number),
        credentials=tx.credentials.of(portal.number),
        idle=tx.idle.of(portal.number),
        consents=tx.grants.told(portal.number),
    )


def state(standing: Standing) -> Text:
    """One word, as for a table."""
    mode = standing.portal.settings.mode
    if standing.suspension:
        return Text("suspended", style="bold red")
    if standing.pause and mode is not SyncMode.OFF:
        return Text("paused", style="bold yellow")
    return Text(mode.value, style=_STYLES[mode])


def told(standing: Standing) -> Iterator[Text]:
    """What keeps the portal from working, what is held, and how its credentials were last found."""
    number = standing.portal.number
    if standing.pause:
        yield Text(told_pause(standing.pause), style="yellow")
    elif standing.lifted:
        yield Text(told_lifted(standing.lifted), style="dim")
    if standing.suspension:
        yield Text(told_suspension(standing.suspension, number), style="red")
    yield from told_held(standing)
    for says in told_idle(standing.idle):
        yield Text(says, style="yellow")
    for side in Side:
        yield _told_credentials(side, standing.credentials.get(side))
        if side in standing.consents:
            yield _told_consent(side, standing.consents[side])


def told_pause(pause: Pause) -> str:
    """Who stopped all portals, when and why."""
    why = f" ({pause.comment})" if pause.comment else ""
    return (
        f"all portals are paused since {local(pause.at)} by {pause.author}{why}: "
        "`diptych portals resume --all` lifts it"
    )


def told_lifted(pause: Pause) -> str:
    """Who had stopped all portals, when and why, and who let them go on."""
    why = f" ({pause.comment})" if pause.comment else ""
    return (
        f"all portals were paused from {local(pause.at)} by {pause.author}{why}; "
        f"{pause.ended_by} resumed them at {local(pause.ended_at)}"
    )


def told_suspension(suspension: Suspension, number: int) -> str:
    """Why, since when, and what clears it."""
    command = f"`diptych portals clear {number}`"
    ends = f"once the cause is gone, {command} lifts it; so do other credentials"
    if suspension.cause is SuspensionCause.INVISIBLE:
        ends = (
            f"it is looked for again each hour and whenever a portal file is applied; {command} lifts it now"
        )
    elif suspension.cause is SuspensionCause.CREDENTIALS:
        ends = f"they are tried again each hour and whenever a portal file is applied; {command} lifts it now"
    elif suspension.cause is SuspensionCause.ACCESS and suspension.clears_at:
        ends = f"it is tried again at {local(suspension.clears_at)}, or now by {command}"
    elif suspension.clears_at:
        ends = f"it ends by itself at {local(suspension.clears_at)}"
    return f"suspended since {local(suspension.since)}: {suspension.reason}; {ends}"


def told_held(standing: Standing) -> Iterator[Text]:
    """What waits for an operator, under which limit, and what lets it go."""
    for work, held in sorted(standing.held.items()):
        yield Text(_told_held(standing, work, held), style="yellow")


def _told_held(standing: Standing, work: GuardedWork, held: Held) -> str:
    limits: GuardLimits = standing.portal.settings.guards
    return (
        f"held by a guard since {local(held.since)}: {counted(work, held.amount)}"
        f"{on_records(work, held.records)} (guards.{work} is "
        f"{getattr(limits, work.value)} in {_MINUTES} minutes): look, then "
        f"`diptych portals release {standing.portal.number} --only {work}`"
    )


def told_idle(idle: Iterable[IdleMapping]) -> Iterator[str]:
    """Mappings that take no part, why and since when."""
    for one in idle:
        object_type = f" ({one.object_type})" if one.side is Side.SALESFORCE else ""
        where = f"the mapping of {one.mapping}{object_type}"
        if one.returned:
            yield f"{where} takes part again, and its pairs are about to be looked at"
        else:
            yield f"{where} takes no part since {local(one.since)}: {one.says}; it comes back by itself"


def counted(work: GuardedWork, amount: int) -> str:
    """`1 deletion`, `60 cleared values`."""
    return f"{amount} {_WORK[work][amount != 1]}"


def on_records(work: GuardedWork, count: int) -> str:
    """` on 20 records`, where one record may have several."""
    if work is not GuardedWork.CLEARS:
        return ""
    return " on 1 record" if count == 1 else f" on {count} records"


def _told_credentials(side: Side, check: CredentialCheck | None) -> Text:
    if check is None:
        return Text(f"{side.label} credentials: not checked yet")
    user = f" as {check.user}" if check.user else ""
    if check.valid:
        return Text(f"{side.label} credentials: valid{user}, last checked {local(check.checked_at)}")
    says = f"{side.label} credentials: invalid{user}, last checked {local(check.checked_at)}: {check.says}"
    return Text(says, style="red")


def _told_consent(side: Side, consented: Consented) -> Text:
    return Text(
        f"{side.label} was authorized at {local(consented.at)} by {consented.author}; "
        f"the token was last renewed at {local(consented.renewed_at)}"
    )


def findings(standing: Standing) -> Iterator[Finding]:
    """The same for `diptych doctor`."""
    subject = f"portal {standing.portal.number}"
    if standing.pause:
        yield Finding(subject=subject, says=told_pause(standing.pause), grade=Grade.WARNING)
    if standing.suspension:
        says = told_suspension(standing.suspension, standing.portal.number)
        yield Finding(subject=subject, says=f"it is {says}", grade=Grade.FAULT)
    for work, held in sorted(standing.held.items()):
        yield Finding(subject=subject, says=_told_held(standing, work, held), grade=Grade.WARNING)
    for says in told_idle(standing.idle):
        yield Finding(subject=subject, says=says, grade=Grade.WARNING)
    for side in Side:
        check = standing.credentials.get(side)
        grade = Grade.FAULT if check and not check.valid else Grade.OK
        yield Finding(subject=subject, says=_told_credentials(side, check).plain, grade=grade)
