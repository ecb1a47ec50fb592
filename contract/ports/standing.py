"""The part of the database that says where a portal stands: guards, pauses, credentials, exclusions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from contract.exclusions import Cover, Exclusion
from contract.mapping_check import Place
from contract.records import RecordRef, Side
from contract.standing import CredentialCheck, GuardedWork, Held, HeldWork, IdleMapping, Pause, Release


class GuardStore(Protocol):
    """How much of each guarded kind of work a portal has done lately."""

    def lately(
        self, portal: int, *, since: datetime, besides: Collection[RecordRef]
    ) -> Mapping[GuardedWork, int]:
        """The amounts counted after `since`, without those of the records in `besides`."""

    def count(
        self, portal: int, done: Mapping[tuple[GuardedWork, RecordRef], int], *, at: datetime, since: datetime
    ) -> None:
        """Count work on each record, once however often it is tried; forget what is as old as `since`."""


class HeldStore(Protocol):
    """Work that waits for an operator, each with a pending row, and with it until that is done."""

    def hold(self, portal: int, held: Sequence[HeldWork], *, at: datetime) -> None:
        """Keep each as held. What its row held before, `released` or not, is replaced, but not its age."""

    def drop(self, portal: int, held: Sequence[HeldWork]) -> None:
        """Forget these: the work is done or not called for any more."""

    def of(self, portal: int, refs: Collection[RecordRef]) -> list[HeldWork]:
        """What waits or was let go at the rows of these records, or is to be done to them."""

    def standing(self, portal: int) -> Mapping[GuardedWork, Held]:
        """All that waits for an operator, by kind; what was let go already is not in it."""

    def release(
        self, portal: int, works: Collection[GuardedWork], *, author: str, comment: str, at: datetime
    ) -> list[Release]:
        """Let all go that is held of these kinds; returns what that was. The rows are woken by the caller."""

    def releases(self, portal: int) -> list[Release]:
        """Every release there ever was, oldest first."""


class PauseStore(Protocol):
    """The one switch that stops all portals, kept with its history."""

    def current(self) -> Pause | None: ...

    def lifted(self) -> Pause | None:
        """The last one that ended."""

    def begin(self, *, author: str, comment: str, at: datetime) -> None:
        """Set the switch; one that is set stays as it is."""

    def end(self, *, author: str, at: datetime) -> None: ...


class CredentialStore(Protocol):
    """What was last learnt of each side's credentials."""

    def keep(self, portal: int, checks: Collection[CredentialCheck]) -> None:
        """Keep each; a user that is not told now stays as it was known."""

    def of(self, portal: int) -> Mapping[Side, CredentialCheck]: ...

    def forget(self, portal: int) -> None:
        """Know nothing of either side, so that both are checked soon."""


class IdleStore(Protocol):
    """Mappings that take no part for the time being."""

    def keep(self, portal: int, idle: Collection[IdleMapping]) -> None:
        """Keep each, by mapping, side and object; one that had returned is kept anew.

        Any other one that is known keeps its age, and that it was gone once.
        """

    def of(self, portal: int) -> Sequence[IdleMapping]:
        """All of them, sorted by mapping, side and object."""

    def drop(self, portal: int, idle: Collection[IdleMapping]) -> None:
        """Forget these."""

    def lost_sight(self, portal: int, places: Collection[Place], *, after: int, limit: int) -> int | None:
        """Note on links, of any state and with id > after, that we could not see the fields in these places.

        Goes by id, and returns the last one of so many, None after the last of all. The links' versions grow.
        """


class ExclusionStore(Protocol):
    """Whom an operator keeps out of the sync, kept with its history."""

    def begin(
        self, portal: int, refs: Collection[RecordRef], *, author: str, reason: str, at: datetime
    ) -> Exclusion:
        """Keep these records out, which are one person's; where one is kept out already, as it was then.

        Whoever has decided about their links just now may not store them any more.
        """

    def cover(self, portal: int, covers: Iterable[Cover]) -> None:
        """Keep further records out with those of an exclusion that there is."""

    def end(
        self, portal: int, refs: Collection[RecordRef], *, author: str, at: datetime
    ) -> Sequence[Exclusion]:
        """Lift every exclusion that covers one of these; returns what they were."""

    def of(self, portal: int, refs: Collection[RecordRef]) -> Mapping[RecordRef, Exclusion]:
        """Those of these records that are kept out, each with the oldest exclusion that covers it."""

    def standing(self, portal: int) -> Sequence[Exclusion]:
        """All that stand, the oldest first."""
