"""Erased persons, as keyed hashes."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import Connection, delete, select

from adapters.database.column_types import ref_text
from adapters.database.erasure import forget
from adapters.database.keys import Hasher
from adapters.database.statements import Store, chunks, insert_into
from adapters.database.tables import tombstones
from contract.decisions import Erasure
from contract.records import RecordRef, email_key


class TombstoneStore(Store):
    """Implements contract.ports.TombstoneStore. A hash holds for one portal alone.

    `erased` is true once something was erased in this transaction.
    """

    def __init__(self, connection: Connection, hasher: Hasher) -> None:
        super().__init__(connection)
        self._hasher = hasher
        self.erased = False

    def erase(self, portal: int, erasure: Erasure, *, at: datetime) -> None:
        """Call it last: what the transaction stores after it, stays."""
        self.erased = True
        names = {_of_ref(portal, ref) for ref in erasure.refs}
        names |= {_of_email(portal, email) for email in erasure.emails if email_key(email)}
        statement = insert_into(self._connection, tombstones).on_conflict_do_nothing()
        for chunk in chunks(sorted(self._hasher.newest(name) for name in names)):
            rows = [{"portal": portal, "hash": digest, "at": at} for digest in chunk]
            self._connection.execute(statement, rows)
        forget(self._connection, portal, erasure, at=at)

    def erased_refs(self, portal: int, refs: Collection[RecordRef]) -> set[RecordRef]:
        found = self._standing(portal, (_of_ref(portal, ref) for ref in refs))
        return {ref for ref in refs if _of_ref(portal, ref) in found}

    def erased_emails(self, portal: int, emails: Collection[str]) -> set[str]:
        """Those of the given texts whose e-mail key is erased."""
        found = self._standing(portal, (_of_email(portal, email) for email in emails))
        return {email for email in emails if _of_email(portal, email) in found}

    def lift(self, portal: int, *, refs: Collection[RecordRef], emails: Collection[str]) -> int:
        """Returns how many of these records and addresses were erased and are not any more."""
        names = {_of_ref(portal, ref) for ref in refs} | {_of_email(portal, email) for email in emails}
        found = self._standing(portal, names)
        for chunk in chunks(sorted(digest for name in found for digest in self._hasher.all(name))):
            gone = (tombstones.c.portal == portal, tombstones.c.hash.in_(chunk))
            self._connection.execute(delete(tombstones).where(*gone))
        return len(found)

    def _standing(self, portal: int, names: Iterable[str]) -> set[str]:
        """Which of these have a tombstone, under whichever key."""
        by_hash = self._hasher.by_hash(names)
        found: set[str] = set()
        for chunk in chunks(by_hash):
            standing = select(tombstones.c.hash).where(
                tombstones.c.portal == portal, tombstones.c.hash.in_(chunk)
            )
            found.update(by_hash[digest] for digest in self._connection.scalars(standing))
        return found


def _of_ref(portal: int, ref: RecordRef) -> str:
    return f"{portal}/ref/{ref_text(ref)}"


def _of_email(portal: int, email: str) -> str:
    return f"{portal}/email/{email_key(email)}"
