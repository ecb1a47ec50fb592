"""Portals: versions that are only ever added, encrypted secrets, suspension."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from adapters.database.keys import Cipher
from adapters.database.portal_json import from_json, to_json
from adapters.database.statements import Store, insert_into
from adapters.database.tables import portal_versions, portals
from contract.settings import Portal, SettingsVersion, Suspension, SuspensionCause, SyncMode

_NEWEST = (
    select(portal_versions)
    .join(portals, portals.c.number == portal_versions.c.portal)
    .where(portal_versions.c.version == portals.c.version)
    .order_by(portal_versions.c.portal)
)


class PortalStore(Store):
    """Implements contract.ports.PortalStore. Reading raises InvalidInput where no key decrypts."""

    def __init__(self, connection: Connection, cipher: Cipher) -> None:
        super().__init__(connection)
        self._cipher = cipher

    def save(self, portal: Portal, *, author: str, comment: str, at: datetime) -> int:
        """Versions count from 1. Counting up locks the portal, so that two savers get two versions."""
        statement = insert_into(self._connection, portals).values(number=portal.number, version=1)
        version: int = self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=[portals.c.number], set_={"version": portals.c.version + 1}
            ).returning(portals.c.version)
        ).scalar_one()
        plain, secrets = to_json(portal)
        self._connection.execute(
            insert(portal_versions).values(
                portal=portal.number,
                version=version,
                plain=plain,
                secrets=self._cipher.encrypt(secrets),
                author=author,
                comment=comment,
                at=at,
            )
        )
        return version

    def get(self, number: int) -> Portal | None:
        row = self._connection.execute(_NEWEST.where(portals.c.number == number)).first()
        return self._portal(row) if row else None

    def all(self) -> list[Portal]:
        return [self._portal(row) for row in self._connection.execute(_NEWEST)]

    def versions(self, number: int) -> list[SettingsVersion]:
        rows = self._connection.execute(
            select(portal_versions)
            .where(portal_versions.c.portal == number)
            .order_by(portal_versions.c.version)
        )
        return [
            SettingsVersion(portal=self._portal(row), author=row.author, comment=row.comment, at=row.at)
            for row in rows
        ]

    def suspension(self, number: int) -> Suspension | None:
        row = self._connection.execute(select(portals).where(portals.c.number == number)).first()
        if row is None or row.suspension_reason is None:
            return None
        return Suspension(
            reason=row.suspension_reason,
            since=row.suspended_since,
            clears_at=row.suspension_clears_at,
            cause=SuspensionCause(row.suspension_cause or SuspensionCause.OTHER),
        )

    def suspend(self, number: int, suspension: Suspension | None) -> None:
        """Raise KeyError for a portal that was never saved."""
        values = _columns(suspension) if suspension else _NOT_SUSPENDED
        changed = self._connection.execute(update(portals).where(portals.c.number == number).values(values))
        if changed.rowcount == 0:
            raise KeyError(number)

    def clear(self, number: int, cause: SuspensionCause) -> bool:
        suspended = (portals.c.number == number, portals.c.suspension_cause == cause.value)
        return self._connection.execute(update(portals).where(*suspended).values(_NOT_SUSPENDED)).rowcount > 0

    def clear_passed(self, now: datetime) -> None:
        passed = portals.c.suspension_clears_at <= now
        self._connection.execute(update(portals).where(passed).values(_NOT_SUSPENDED))

    def set_mode(self, number: int, mode: SyncMode, *, author: str, comment: str = "", at: datetime) -> int:
        self._connection.execute(select(portals).where(portals.c.number == number).with_for_update())
        portal = self.get(number)
        if portal is None:
            raise KeyError(number)
        changed = replace(portal, settings=replace(portal.settings, mode=mode))
        says = f"sync.mode: {mode.value}" + (f" ({comment})" if comment else "")
        return self.save(changed, author=author, comment=says, at=at)

    def mode(self, number: int) -> SyncMode | None:
        plain = self._connection.scalar(
            select(portal_versions.c.plain)
            .join(portals, portals.c.number == portal_versions.c.portal)
            .where(portals.c.number == number, portal_versions.c.version == portals.c.version)
        )
        return None if plain is None else _mode_in(plain)

    def mode_before_off(self, number: int) -> SyncMode | None:
        versions = self._connection.scalars(
            select(portal_versions.c.plain)
            .where(portal_versions.c.portal == number)
            .order_by(portal_versions.c.version.desc())
        )
        return next((mode for plain in versions if (mode := _mode_in(plain)) is not SyncMode.OFF), None)

    def _portal(self, row: Row[Any]) -> Portal:
        portal = from_json(row.plain, self._cipher.decrypt(row.secrets))
        return replace(portal, settings=replace(portal.settings, version=row.version))


_NOT_SUSPENDED = dict.fromkeys(
    ("suspension_reason", "suspended_since", "suspension_clears_at", "suspension_cause")
)


def _columns(suspension: Suspension) -> dict[str, Any]:
    return {
        "suspension_reason": suspension.reason,
        "suspended_since": suspension.since,
        "suspension_clears_at": suspension.clears_at,
        "suspension_cause": suspension.cause.value,
    }


def _mode_in(plain: Mapping[str, Any]) -> SyncMode:
    return SyncMode(plain["settings"]["mode"])
