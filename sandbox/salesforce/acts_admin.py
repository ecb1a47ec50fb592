"""What an administrator of the org does, and what outages do to it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from sandbox.salesforce import places
from sandbox.salesforce.access import Permission
from sandbox.salesforce.auth import Auth
from sandbox.salesforce.checks import pattern_rule
from sandbox.salesforce.errors import no_such_type
from sandbox.salesforce.fields import FieldSpec, flag, read_only
from sandbox.salesforce.ids import long_id
from sandbox.salesforce.org import DuplicateRule, Org, ValidationRule
from sandbox.salesforce.seed import set_flows, set_release
from sandbox.salesforce.store import Entry


class AdminActs:
    """Permissions, rules, limits. Object names are exact: an unknown one raises INVALID_TYPE."""

    org: Org
    auth: Auth

    def deny_field(self, object_name: str, field_name: str, *, read_only: bool = False) -> None:
        """Hide a field from the API's user, or only keep it from writing it."""
        access = self.org.access
        fields = access.fixed_fields if read_only else access.hidden_fields
        fields[self._known(object_name)].add(field_name)

    def allow_field(self, object_name: str, field_name: str) -> None:
        """Undo `deny_field`."""
        for fields in (self.org.access.fixed_fields, self.org.access.hidden_fields):
            fields[self._known(object_name)].discard(field_name)

    def deny_object(self, object_name: str, *permissions: Permission) -> None:
        """Take object permissions from the API's user; no permissions given gives all back."""
        self.org.access.denied_objects[self._known(object_name)] = set(permissions)

    def hide_record(self, record_id: str) -> None:
        """Sharing no longer shows the record to the API's user."""
        self.org.access.hidden_records.add(long_id(record_id) or record_id)

    def lock_record(self, record_id: str) -> None:
        """The API's user may read but no longer change the record."""
        self.org.access.fixed_records.add(long_id(record_id) or record_id)

    def add_field(self, object_name: str, field: FieldSpec) -> None:
        """Add a custom field, blank on the records there are."""
        with self.org.lock, self.org.store.transaction():
            spec = self.org.objects[self._known(object_name)]
            self.org.objects[spec.name] = spec.with_fields(field)
            for record_id, entry in list(self.org.store.tables[spec.name].items()):
                self.org.store.put_entry(spec.name, record_id, _widened(entry, field))

    def enable_person_accounts(self) -> None:
        """Accounts and contacts get IsPersonAccount, by which an org with person accounts is known."""
        for object_name in ("Account", "Contact"):
            self.add_field(object_name, read_only(flag("IsPersonAccount")))

    def enable_places(self) -> None:
        """Addresses get codes of state and country, and take no other texts than their labels any more.

        Texts of the records there are stay as they are, as in an org that has not converted them.
        """
        for object_name in places.OBJECTS:
            for field in places.code_fields(self.org.spec(object_name)):
                self.add_field(object_name, field)
        self.org.places = True

    def add_validation_rule(self, rule: ValidationRule | Mapping[str, str]) -> None:
        """A rule in Python, or {object, field, regex, message}: text that is there must match in full."""
        self.org.validation_rules.append(_from_pattern(rule) if isinstance(rule, Mapping) else rule)

    def add_duplicate_rule(self, object_name: str, field: str = "Email", *, block: bool = True) -> None:
        """From now on refuse a second record with the same value, or with `block` False alert to it."""
        self.org.duplicate_rules.append(DuplicateRule(object_name=object_name, field=field, block=block))

    def set_assignment_rule(self, object_name: str, owner_id: str | None) -> None:
        """Who owns what is saved under the assignment rule; None switches it off. For leads it is a queue."""
        self.org.assignment_rules.pop(object_name, None)
        if owner_id is not None:
            self.org.assignment_rules[object_name] = owner_id

    def set_release(self, version: str | None) -> None:
        """Deploy a version of the package's release record; None takes it and its type away."""
        with self.org.lock:
            set_release(self.org, version)

    def set_flows(self, flows: Mapping[str, bool]) -> None:
        """Show the integration user these flows, by API name, and whether each is active."""
        with self.org.lock:
            set_flows(self.org, flows)

    def refuse_for(self, seconds: float) -> None:
        """Answer every call with 403 REQUEST_LIMIT_EXCEEDED for so long."""
        self.org.usage.refuse_until(self.org.clock(), seconds)

    def expire_tokens(self) -> None:
        """No token works any more, the session token neither; the token endpoint gives new ones."""
        self.auth.expire()

    def accept_token(self, token: str) -> None:
        """Let this session token work."""
        self.auth.valid.add(token)

    def _known(self, object_name: str) -> str:
        if object_name not in self.org.objects:
            raise no_such_type(object_name)
        return object_name


def _widened(entry: Entry, field: FieldSpec) -> Entry:
    new = {field.name: field.default}
    previous = None if entry.previous is None else {**entry.previous, **new}
    return replace(entry, row={**entry.row, **new}, previous=previous)


def _from_pattern(rule: Mapping[str, str]) -> ValidationRule:
    pattern = re.compile(rule["regex"], re.DOTALL)
    return pattern_rule(rule["object"], rule["field"], pattern.fullmatch, rule["message"])
