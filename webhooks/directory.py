"""Who may send us notices: the portals' webhook secrets, kept at hand so that no request waits for them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from contract.errors import DatabaseUnavailable
from contract.secret import Secret
from contract.settings import Portal

_log = structlog.get_logger()

FRESH = timedelta(seconds=5)
"""How old the known portals may be before they are read again."""
RETRY = timedelta(seconds=1)
"""How soon after a failed reading the next one is tried."""
PATIENCE = 0.5
"""Seconds a request waits for a fresh reading before it makes do with the last known portals."""
FIRST_PATIENCE = 0.9
"""Seconds a request waits when no portals are known at all; publishing may take 3 s more, and an answer is
due within 4 s."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HubSpotSender:
    """What proves a HubSpot delivery: the client secrets of the app (never empty texts) and its id."""

    client_secrets: tuple[Secret, ...]
    app_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesforceSender:
    """What proves an outbound message: the secret in its address, and the org it must come from."""

    webhook_secret: Secret
    org_id: str
    portal: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Senders:
    """All senders known at one moment. `hubspot` is keyed by portal number.

    Several portals may share one org and one webhook secret; each then has its own SalesforceSender.
    """

    hubspot: Mapping[int, HubSpotSender]
    salesforce: tuple[SalesforceSender, ...]

    @classmethod
    def of(cls, portals: Sequence[Portal]) -> Senders:
        """The senders of these portals. An empty secret proves nothing and is left out."""
        return cls(
            hubspot={
                portal.number: HubSpotSender(
                    client_secrets=tuple(secret for secret in portal.hubspot.client_secrets if secret),
                    app_id=portal.hubspot.app_id,
                )
                for portal in portals
            },
            salesforce=tuple(
                SalesforceSender(
                    webhook_secret=portal.salesforce.webhook_secret,
                    org_id=portal.salesforce.org_id,
                    portal=portal.number,
                )
                for portal in portals
                if portal.salesforce.webhook_secret
            ),
        )


class PortalDirectory(Protocol):
    """Knows who may send us notices. Usable from many threads; answers within 1 s."""

    def senders(self) -> Senders:
        """The senders, at most a few seconds old; DatabaseUnavailable when none could ever be read."""


class CachedDirectory:
    """Serves the portals that `load` gives, read again every 5 s, and the last known ones while it fails.

    `load` runs in a thread of its own, one at a time, so that a database that hangs does not hold up
    requests; it may raise anything. `clock` gives aware UTC.
    """

    def __init__(self, load: Callable[[], Sequence[Portal]], clock: Callable[[], datetime]) -> None:
        self._load = load
        self._clock = clock
        self._lock = threading.Lock()
        self._known: Senders | None = None
        self._next_at: datetime | None = None
        self._loading: threading.Event | None = None

    def senders(self) -> Senders:
        """See PortalDirectory."""
        loading = self._start_if_due()
        if loading is not None:
            loading.wait(FIRST_PATIENCE if self._known is None else PATIENCE)
        known = self._known
        if known is None:
            raise DatabaseUnavailable("the portals could not be read yet")
        return known

    def _start_if_due(self) -> threading.Event | None:
        """The reading under way, started here if one is due; None while the known portals are fresh."""
        with self._lock:
            if self._loading is None and self._due():
                self._loading = threading.Event()
                threading.Thread(
                    target=self._read, args=(self._loading,), name="portal-directory", daemon=True
                ).start()
            return self._loading

    def _due(self) -> bool:
        if self._next_at is None:
            return True
        left = self._next_at - self._clock()
        # A clock that was set back must not freeze the portals known now for as long as it jumped.
        return left <= timedelta(0) or left > FRESH

    def _read(self, done: threading.Event) -> None:
        try:
            known = Senders.of(self._load())
        except Exception as error:  # noqa: BLE001  # whatever is wrong with the database, the last known portals serve
            _log.warning("portals.not_read", error=type(error).__name__)
            self._finish(done, None)
        else:
            self._finish(done, known)

    def _finish(self, done: threading.Event, known: Senders | None) -> None:
        with self._lock:
            self._known = known or self._known
            self._next_at = self._clock() + (RETRY if known is None else FRESH)
            self._loading = None
        done.set()
