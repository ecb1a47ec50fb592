"""The stand-in Salesforce as one object: what tests and the demo hold in their hands."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sandbox.kit import CallLog, Clock, Faults, utc_now
from sandbox.salesforce import people, writes
from sandbox.salesforce.access import Permission
from sandbox.salesforce.auth import Auth
from sandbox.salesforce.automation import Automation
from sandbox.salesforce.checks import pattern_rule
from sandbox.salesforce.errors import no_such_type
from sandbox.salesforce.fields import FieldSpec, ObjectSpec, Row
from sandbox.salesforce.ids import IdMaker, long_id
from sandbox.salesforce.objects import OBJECTS
from sandbox.salesforce.org import Actor, DuplicateRule, Org, ValidationRule
from sandbox.salesforce.outbound import Outbound, Post
from sandbox.salesforce.rest import Request, serve
from sandbox.salesforce.seed import fill, new_users, set_release
from sandbox.salesforce.store import Saved, Store
from sandbox.salesforce.wire import Answer


class SalesforceSandbox:
    """One org. Every method may be called from any thread; `create_app` serves it over WSGI.

    `ui_*` methods do what a person does in the CRM's pages: they obey its checks, raise SalesforceError
    when refused, know no hidden fields, and never meet the API's faults. `user` is a user's id, by default
    that of a person who is not the API's user.
    """

    def __init__(
        self,
        *,
        org_id: str = "00DDp0000000001MAA",
        consumer_key: str = "sandbox-consumer-key",
        consumer_secret: str = "sandbox-consumer-secret",  # noqa: S107 - a stand-in guards nothing
        session_token: str | None = None,
        clock: Clock = utc_now,
        seed: int = 1,
        faults: Faults | None = None,
        post: Post | None = None,
        base_url: str = "http://127.0.0.1:8090",
        sleep: Callable[[float], None] = time.sleep,
        refresh_token: str | None = None,
        jwt_public_key: str | None = None,
        release: str | None = "0.1.0",
    ) -> None:
        self.org = _new_org(org_id, clock, seed, faults or Faults(), base_url, self._committed)
        self.outbound = Outbound(self.org, post, seed=seed)
        self.automation = Automation(self.org)
        self.sleep = sleep
        fill(self.org, release=release)
        self.auth = Auth(
            org=self.org,
            consumer_key=consumer_key,
            consumer_secret=consumer_secret,
            username=str(self.record("User", self.integration_user_id)["Username"]),
            refresh_token=refresh_token,
            jwt_public_key=jwt_public_key,
            valid=set() if session_token is None else {session_token},
        )

    def _committed(self, saved: list[Saved]) -> None:
        self.outbound.raise_notices(saved)
        self.automation.schedule(saved)

    @property
    def faults(self) -> Faults:
        """How badly it behaves; may be replaced at any time."""
        return self.org.faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        self.org.faults = faults

    @property
    def target_url(self) -> str | None:
        """Where outbound messages go; None keeps them queued."""
        return self.outbound.target_url

    @target_url.setter
    def target_url(self, url: str | None) -> None:
        self.outbound.target_url = url

    @property
    def base_url(self) -> str:
        """What it calls itself in token answers and messages; set it once the port is known."""
        return self.org.base_url

    @base_url.setter
    def base_url(self, url: str) -> None:
        self.org.base_url = url.rstrip("/")

    @property
    def calls(self) -> CallLog:
        """API calls by method and path below /services/data/<version>."""
        return self.org.calls

    @property
    def integration_user_id(self) -> str:
        """The user all API calls act as."""
        return self.org.users.integration

    def handle(self, request: Request) -> Answer:
        """One API call. Raises ConnectionDropped when the fault of a timeout after a write strikes."""
        if self.org.faults.latency_seconds:
            self.sleep(self.org.faults.latency_seconds)
        with self.org.lock:
            self.automation.settle()
            return serve(self.org, self.auth, request)

    def pump(self, *, everything: bool = False) -> int:
        """Deliver due outbound messages, all if `everything`; how many, with automation, still wait."""
        with self.org.lock:
            self.automation.settle(everything=everything)
        waiting = self.outbound.pump(everything=everything)
        return waiting + len(self.automation.waiting)

    # What a person does

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

    # What an administrator or an outage does

    def deny_field(self, object_name: str, field_name: str, *, read_only: bool = False) -> None:
        """Hide a field from the API's user, or only keep it from writing it."""
        access = self.org.access
        fields = access.fixed_fields if read_only else access.hidden_fields
        fields[self._spec(object_name).name].add(field_name)

    def allow_field(self, object_name: str, field_name: str) -> None:
        """Undo `deny_field`."""
        for fields in (self.org.access.fixed_fields, self.org.access.hidden_fields):
            fields[self._spec(object_name).name].discard(field_name)

    def deny_object(self, object_name: str, *permissions: Permission) -> None:
        """Take object permissions from the API's user; no permissions given gives all back."""
        self.org.access.denied_objects[self._spec(object_name).name] = set(permissions)

    def hide_record(self, record_id: str) -> None:
        """Sharing no longer shows the record to the API's user."""
        self.org.access.hidden_records.add(long_id(record_id) or record_id)

    def lock_record(self, record_id: str) -> None:
        """The API's user may read but no longer change the record."""
        self.org.access.fixed_records.add(long_id(record_id) or record_id)

    def add_field(self, object_name: str, field: FieldSpec) -> None:
        """Add a custom field, blank on the records there are."""
        with self.org.lock, self.org.store.transaction():
            spec = self._spec(object_name)
            self.org.objects[spec.name] = spec.with_fields(field)
            for row in self.org.store.rows(spec.name):
                self.org.store.put(spec.name, {**row, field.name: field.default}, self.org.clock())

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
        """Install a version of the package's release record; None takes it away."""
        with self.org.lock:
            set_release(self.org, version)

    def refuse_for(self, seconds: float) -> None:
        """Answer every call with 403 REQUEST_LIMIT_EXCEEDED for so long."""
        self.org.usage.refuse_until(self.org.clock(), seconds)

    def expire_tokens(self) -> None:
        """No token works any more, the session token neither; the token endpoint gives new ones."""
        self.auth.expire()

    def accept_token(self, token: str) -> None:
        """Let this session token work."""
        self.auth.valid.add(token)

    def _person(self, user: str | None) -> Actor:
        return Actor(user_id=user or self.org.users.person, allow_duplicates=True)

    def _spec(self, object_name: str) -> ObjectSpec:
        spec = self.org.objects.get(object_name)
        if spec is None:
            raise no_such_type(object_name)
        return spec


def _from_pattern(rule: Mapping[str, str]) -> ValidationRule:
    pattern = re.compile(rule["regex"], re.DOTALL)
    return pattern_rule(rule["object"], rule["field"], pattern.fullmatch, rule["message"])


def _new_org(
    org_id: str,
    clock: Clock,
    seed: int,
    faults: Faults,
    base_url: str,
    on_commit: Callable[[list[Saved]], None],
) -> Org:
    rng = random.Random(seed)
    ids = IdMaker(number=rng.randrange(62**5, 62**6))
    objects = dict(OBJECTS)
    users = new_users(ids)
    whole = long_id(org_id)
    if whole is None:
        message = f"{org_id!r} is not an organization id of 15 or 18 characters"
        raise ValueError(message)
    return Org(
        org_id=whole,
        clock=clock,
        rng=rng,
        faults=faults,
        base_url=base_url.rstrip("/"),
        objects=objects,
        store=Store(objects=objects, on_commit=on_commit),
        ids=ids,
        users=users,
        assignment_rules={"Lead": users.queue},
    )
