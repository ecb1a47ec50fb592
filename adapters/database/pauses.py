"""The one switch that stops all portals: the row of its table that has not ended, if there is one."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert, select, update

from adapters.database.standing_tables import pauses
from adapters.database.statements import Store
from contract.standing import Pause

_OPEN = pauses.c.ended_at.is_(None)


class PauseStore(Store):
    """Implements contract.ports.PauseStore."""

    def current(self) -> Pause | None:
        row = self._connection.execute(select(pauses).where(_OPEN).order_by(pauses.c.id).limit(1)).first()
        return Pause(author=row.author, comment=row.comment, at=row.at) if row else None

    def lifted(self) -> Pause | None:
        row = self._connection.execute(
            select(pauses).where(pauses.c.ended_at.is_not(None)).order_by(pauses.c.id.desc()).limit(1)
        ).first()
        if row is None:
            return None
        return Pause(
            author=row.author,
            comment=row.comment,
            at=row.at,
            ended_by=row.ended_by or "",
            ended_at=row.ended_at,
        )

    def begin(self, *, author: str, comment: str, at: datetime) -> None:
        """Two at the same moment may both set it: the first one is told, and one `end` ends both."""
        if self.current() is None:
            self._connection.execute(insert(pauses).values(author=author, comment=comment, at=at))

    def end(self, *, author: str, at: datetime) -> None:
        self._connection.execute(update(pauses).where(_OPEN).values(ended_at=at, ended_by=author))
