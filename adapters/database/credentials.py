"""What was last learnt of the credentials of each portal's two sides."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import case, delete, select

from adapters.database.standing_tables import credentials
from adapters.database.statements import Store, insert_into
from contract.records import Side
from contract.standing import CredentialCheck


class CredentialStore(Store):
    """Implements contract.ports.CredentialStore."""

    def keep(self, portal: int, checks: Collection[CredentialCheck]) -> None:
        if not checks:
            return
        statement = insert_into(self._connection, credentials)
        new, old = statement.excluded, credentials.c
        upsert = statement.on_conflict_do_update(
            index_elements=[old.portal, old.side],
            set_={
                "valid": new.valid,
                "account_user": case((new.account_user == "", old.account_user), else_=new.account_user),
                "says": new.says,
                "checked_at": new.checked_at,
            },
        )
        rows = [
            {
                "portal": portal,
                "side": check.side.value,
                "valid": check.valid,
                "account_user": check.user,
                "says": check.says,
                "checked_at": check.checked_at,
            }
            for check in checks
        ]
        self._connection.execute(upsert, rows)

    def of(self, portal: int) -> Mapping[Side, CredentialCheck]:
        rows = self._connection.execute(select(credentials).where(credentials.c.portal == portal))
        return {
            Side(row.side): CredentialCheck(
                side=Side(row.side),
                valid=row.valid,
                user=row.account_user,
                says=row.says,
                checked_at=row.checked_at,
            )
            for row in rows
        }

    def forget(self, portal: int) -> None:
        self._connection.execute(delete(credentials).where(credentials.c.portal == portal))
