"""Where the tokens are kept that a person's consent gave us."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from contract.grants import Consented, Grant
from contract.records import Side


class GrantStore(Protocol):
    """One grant per portal and side, encrypted; part of a transaction."""

    def get(self, portal: int, side: Side) -> Grant | None:
        """The newest. Raises InvalidInput where no key decrypts."""

    def told(self, portal: int) -> Mapping[Side, Consented]:
        """What may be said of the grants that are stored."""

    def forget(self, portal: int, side: Side) -> None:
        """Keep none of this side any more."""

    def put(self, portal: int, side: Side, grant: Grant, *, author: str, at: datetime) -> None:
        """A person consented anew: this takes the place of whatever is stored."""

    def renew(self, portal: int, side: Side, grant: Grant, *, at: datetime) -> bool:
        """Store what a refresh of `grant.version` gave; False where another one is stored by now."""


class Vault(Protocol):
    """The grant of one side of one portal, as its gateway holds it. Usable from many threads.

    All may raise DatabaseUnavailable.
    """

    def read(self) -> Grant | None:
        """The newest, as every process sees it."""

    def keep(self, renewed: Grant) -> None:
        """Commit what a refresh of the grant of this version gave.

        Where somebody stored another one meanwhile that one stays: its tokens are the ones to use.
        """

    def turn(self) -> AbstractContextManager[None]:
        """One process at a time refreshes. Raises CrmError (transient) where that would take too long."""
