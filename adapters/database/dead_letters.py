"""What could not be carried out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, select, text, update

from adapters.database.column_types import ref_text
from adapters.database.keys import Cipher
from adapters.database.statements import Store, chunks, greater, insert_into, lesser, merge_key
from adapters.database.tables import dead_letters
from contract.activity import DeadLetter, DeadLetterScope, DeadLetterState
from contract.records import RecordRef, Side

_OPEN = dead_letters.c.state == DeadLetterState.OPEN.value
_OPEN_LITERALLY = text("state = 'open'")
_NEWEST_WINS = ("scope", "side", "error", "rule", "says", "fix", "settings_version")


class DeadLetterStore(Store):
    """Implements contract.ports.DeadLetterStore. Raw messages are stored encrypted."""

    def __init__(self, connection: Connection, cipher: Cipher) -> None:
        super().__init__(connection)
        self._cipher = cipher

    def add(self, letters: Sequence[DeadLetter]) -> None:
        """Attempts add up, first and last sight widen, the newest explanation and message stand."""
        statement = insert_into(self._connection, dead_letters)
        new, old = statement.excluded, dead_letters.c
        upsert = statement.on_conflict_do_update(
            index_elements=[old.merge_key],
            index_where=_OPEN_LITERALLY,
            set_={
                "attempts": old.attempts + new.attempts,
                "first_seen": lesser(old.first_seen, new.first_seen),
                "last_seen": greater(old.last_seen, new.last_seen),
                "raw": func.coalesce(new.raw, old.raw),
                **{name: new[name] for name in _NEWEST_WINS},
            },
        )
        for chunk in chunks(_folded(letters)):
            self._connection.execute(upsert, [self._to_row(*item) for item in chunk])

    def find(
        self,
        *,
        portal: int | None = None,
        state: DeadLetterState | None = DeadLetterState.OPEN,
        code: str | None = None,
        refs: Collection[RecordRef] | None = None,
        limit: int = 100,
    ) -> list[DeadLetter]:
        conditions = [] if portal is None else [dead_letters.c.portal == portal]
        conditions += [] if state is None else [dead_letters.c.state == state.value]
        conditions += [] if code is None else [dead_letters.c.code == code]
        found: list[DeadLetter] = []
        for chunk in [None] if refs is None else chunks(sorted(set(refs), key=ref_text)):
            among = conditions if chunk is None else [*conditions, dead_letters.c.ref.in_(chunk)]
            found += self._select(*among, limit=limit)
        return sorted(found, key=_seen, reverse=True)[:limit]

    def get(self, ids: Collection[int]) -> list[DeadLetter]:
        """The letters that there are, ordered by id."""
        found: list[DeadLetter] = []
        for chunk in chunks(ids):
            found += self._select(dead_letters.c.id.in_(chunk), limit=len(chunk))
        return sorted(found, key=lambda letter: letter.id or 0)

    def settle(self, ids: Collection[int], state: DeadLetterState, *, note: str, at: datetime) -> int:
        return sum(self._settle(chunk, state, at, {"note": note}) for chunk in chunks(sorted(set(ids))))

    def resolve(
        self, portal: int, agreed: Mapping[RecordRef, Collection[str | None]], *, at: datetime
    ) -> None:
        ids: list[int] = []
        for chunk in chunks(agreed):
            rows = self._connection.execute(
                select(dead_letters.c.id, dead_letters.c.ref, dead_letters.c.field).where(
                    dead_letters.c.portal == portal, dead_letters.c.ref.in_(chunk), _OPEN
                )
            )
            ids += [row.id for row in rows if row.field in agreed[row.ref]]
        for piece in chunks(sorted(ids)):
            self._settle(piece, DeadLetterState.RESOLVED, at, {})

    def forget_raw(self, before: datetime) -> int:
        """Delete the messages that could not be read; what a record's letter keeps holds no values."""
        unread = dead_letters.c.scope == DeadLetterScope.CHANGE.value
        old = (dead_letters.c.last_seen < before, dead_letters.c.raw.is_not(None), unread)
        return self._connection.execute(update(dead_letters).where(*old).values(raw=None)).rowcount

    def _select(self, *conditions: ColumnElement[bool], limit: int) -> list[DeadLetter]:
        newest_first = (dead_letters.c.last_seen.desc(), dead_letters.c.id.desc())
        statement = select(dead_letters).where(*conditions).order_by(*newest_first).limit(limit)
        return [self._from_row(row) for row in self._connection.execute(statement)]

    def _settle(
        self, ids: Sequence[int], state: DeadLetterState, at: datetime, values: Mapping[str, str]
    ) -> int:
        locked = select(dead_letters.c.id).where(dead_letters.c.id.in_(ids), _OPEN)
        open_ids = self._connection.scalars(locked.order_by(dead_letters.c.merge_key).with_for_update()).all()
        if open_ids:
            self._connection.execute(
                update(dead_letters)
                .where(dead_letters.c.id.in_(open_ids))
                .values(state=state.value, settled_at=at, **values)
            )
        return len(open_ids)

    def _to_row(self, key: str, letter: DeadLetter) -> dict[str, Any]:
        return {
            "merge_key": key,
            "portal": letter.portal,
            "scope": letter.scope.value,
            "ref": letter.ref,
            "field": letter.field,
            "side": letter.side.value if letter.side else None,
            "error": letter.error,
            "code": letter.code,
            "rule": letter.rule,
            "says": letter.says,
            "fix": letter.fix,
            "attempts": letter.attempts,
            "first_seen": letter.first_seen,
            "last_seen": letter.last_seen,
            "settings_version": letter.settings_version,
            "state": letter.state.value,
            "note": letter.note,
            "raw": None if letter.raw is None else self._cipher.encrypt(letter.raw),
        }

    def _from_row(self, row: Row[Any]) -> DeadLetter:
        return DeadLetter(
            id=row.id,
            portal=row.portal,
            scope=DeadLetterScope(row.scope),
            ref=row.ref,
            field=row.field,
            side=Side(row.side) if row.side else None,
            error=row.error,
            code=row.code,
            rule=row.rule,
            says=row.says,
            fix=row.fix,
            attempts=row.attempts,
            first_seen=row.first_seen,
            last_seen=row.last_seen,
            settings_version=row.settings_version,
            state=DeadLetterState(row.state),
            note=row.note,
            raw=None if row.raw is None else self._cipher.decrypt(row.raw),
        )


def _folded(letters: Iterable[DeadLetter]) -> list[tuple[str, DeadLetter]]:
    """One letter per key, in the order in which rows are locked."""
    folded: dict[str, DeadLetter] = {}
    for letter in letters:
        key = _merge_key(letter)
        before = folded.get(key)
        folded[key] = _merged(before, letter) if before else letter
    return sorted(folded.items())


def _merged(before: DeadLetter, letter: DeadLetter) -> DeadLetter:
    return replace(
        letter,
        attempts=before.attempts + letter.attempts,
        first_seen=min(before.first_seen, letter.first_seen),
        last_seen=max(before.last_seen, letter.last_seen),
        raw=before.raw if letter.raw is None else letter.raw,
    )


def _merge_key(letter: DeadLetter) -> str:
    ref = ref_text(letter.ref) if letter.ref else None
    return merge_key(letter.portal, ref, letter.field, letter.code)


def _seen(letter: DeadLetter) -> tuple[datetime, int]:
    return letter.last_seen, letter.id or 0
