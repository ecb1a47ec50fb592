"""What a person does in the CRM's pages, and what lies in its tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.salesforce import people, writes
from sandbox.salesforce.errors import no_such_type, row_error
from sandbox.salesforce.fields import ObjectSpec, Row
from sandbox.salesforce.ids import long_id
from sandbox.salesforce.org import Actor, Org


class PersonActs:
    """Acts that obey the CRM's checks and raise SalesforceError when refused, but know no hidden fields.

    `user` is a user's id, by default that of a person who is not the API's user. Safe from any thread.
    """

    org: Org

    def ui_create(self, object_name: str, fields: Mapping[str, Any], user: str | None = None) -> str:
        """Create a record; its id."""
        with self.org.lock:
            return writes.create(self.org, self._person(user), self._spec(object_name), fields)

    def ui_update(
        self, object_name: str, record_id: str, fields: Mapping[str, Any], user: str | None = None
    ) -> None:
        """Change a record."""
        with self.org.lock:
            writes.update(self.org, self._person(user), self._spec(object_name), record_id, fields)

    def ui_delete(self, object_name: str, record_id: str, user: str | None = None) -> None:
        """Put a record into the recycle bin, with what hangs on it."""
        with self.org.lock:
            writes.delete(self.org, self._person(user), self._spec(object_name), record_id)

    def ui_undelete(self, object_name: str, record_id: str, user: str | None = None) -> None:
        """Bring a record back from the recycle bin."""
        with self.org.lock:
            people.undelete(self.org, self._person(user), self._spec(object_name), record_id)

    def ui_purge(self, object_name: str, record_id: str) -> None:
        """Take a deleted record out of the recycle bin, so that its row can be read no more."""
        with self.org.lock:
            people.purge(self.org, self._spec(object_name), record_id)

    def ui_merge(
        self,
        object_name: str,
        master: str,
        losers: Sequence[str],
        fields: Mapping[str, Any] | None = None,
        user: str | None = None,
    ) -> None:
        """Merge one or two losers into the master, which gets the chosen `fields`."""
        with self.org.lock:
            spec = self._spec(object_name)
            people.merge(self.org, self._person(user), spec, master, losers, fields or {})

    def ui_convert(
        self,
        lead_id: str,
        account_id: str | None = None,
        contact_id: str | None = None,
        opportunity_name: str | None = None,
        user: str | None = None,
    ) -> dict[str, str | None]:
        """Convert a lead, into the named account or contact if any; the ids of what it became."""
        with self.org.lock:
            actor = self._person(user)
            return people.convert(self.org, actor, lead_id, account_id, contact_id, opportunity_name)

    def state(self, object_name: str) -> list[Row]:
        """All rows of an object as they truly are, deleted ones too, with all fields."""
        with self.org.lock:
            return [dict(row) for row in self.org.store.rows(self._spec(object_name).name)]

    def record(self, object_name: str, record_id: str) -> Row:
        """One row as it truly is. Raises KeyError when there is none."""
        with self.org.lock:
            entry = self.org.store.entry(self._spec(object_name).name, long_id(record_id) or "")
            if entry is None:
                raise KeyError(record_id)
            return dict(entry.row)

    def _person(self, user: str | None) -> Actor:
        whole = self.org.users.person if user is None else long_id(user)
        if whole is None or self.org.store.entry("User", whole) is None:
            raise row_error("INVALID_CROSS_REFERENCE_KEY", f"no such user: {user}")
        return Actor(user_id=whole, allow_duplicates=True)

    def _spec(self, object_name: str) -> ObjectSpec:
        spec = self.org.objects.get(object_name)
        if spec is None:
            raise no_such_type(object_name)
        return spec
