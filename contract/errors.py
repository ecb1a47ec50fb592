"""One vocabulary of errors for both CRMs, and the exceptions that cross a boundary.

DiptychError
├── InvalidInput        the sender, file or operator gave something unusable: say what, change nothing
├── BrokerUnavailable   nothing was confirmed: answer 503 / <Ack>false, the sender comes again
├── DatabaseUnavailable nothing was committed: do not ack, try again later
├── LeaseLost           another worker owns the portal now: drop the work, settle nothing
└── CrmError            a whole call to a CRM failed: carries the Fault that says what to do
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from contract.records import Side


class ErrorClass(StrEnum):
    """What a failure asks for."""

    TRANSIENT = "transient"
    """Network, 5xx, lock contention: later, with back-off and jitter."""
    QUOTA = "quota"
    """The CRM wants fewer calls: the portal waits, not the row."""
    AUTH = "auth"
    """Refresh once, then suspend the portal."""
    WAITING = "waiting"
    """A parent is not linked yet, or an operator must decide: later."""
    STALE = "stale"
    """The read was older than what we know: read again shortly."""
    CONFLICT = "conflict"
    """Another record holds the unique value: links while creating, is reported on an update."""
    DATA = "data"
    PERMISSION = "permission"
    DUPLICATE = "duplicate"
    MAPPING = "mapping"
    UNKNOWN = "unknown"
    """The last five go to the dead letters at once: trying again cannot help."""

    @property
    def permanent(self) -> bool:
        """Whether trying the same again cannot help."""
        return self in _PERMANENT


_PERMANENT = frozenset(
    {ErrorClass.DATA, ErrorClass.PERMISSION, ErrorClass.DUPLICATE, ErrorClass.MAPPING, ErrorClass.UNKNOWN}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Why something could not be done.

    `code` is the CRM's own ("REQUIRED_FIELD_MISSING", "VALIDATION_ERROR", "HTTP 503"), `fields` the
    fields it named, `says` plain words without personal values, `retry_after` seconds when the CRM
    gave a time, `existing_id` the record that already holds a unique value. `maybe_done` is true
    when the write may have been carried out although no answer came.
    """

    error: ErrorClass
    code: str
    says: str
    side: Side | None = None
    fields: tuple[str, ...] = ()
    retry_after: float | None = None
    existing_id: str | None = None
    maybe_done: bool = False


class DiptychError(Exception):
    """Base of all exceptions that cross a boundary of Diptych."""


class InvalidInput(DiptychError):  # noqa: N818  # names the action to take, not the mechanism
    """Unusable input. `faults` maps a path such as "contacts.create_as" to a plain sentence."""

    def __init__(self, message: str, faults: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.faults: Mapping[str, str] = faults or {}


class BrokerUnavailable(DiptychError):  # noqa: N818
    """The broker did not confirm in time; nothing may be acknowledged to the sender."""


class DatabaseUnavailable(DiptychError):  # noqa: N818
    """The database did not commit; nothing may be acknowledged to the broker."""


class LeaseLost(DiptychError):  # noqa: N818
    """Another worker owns the portal; nothing of this batch may be settled."""


class CrmError(DiptychError):
    """A whole call failed; `fault` says what to do."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(f"{fault.side}: {fault.code}: {fault.says}")
        self.fault = fault
