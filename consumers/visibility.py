"""What the integration user may not see: no reason to stop whatever does not depend on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from contract.errors import CrmError, ErrorClass

T = TypeVar("T")


def visible(ask: Callable[[], T]) -> T | None:
    """What is answered; None where we may not see it. Raises CrmError for any other refusal.

    What moves stages alone must not stop a person's other fields.
    """
    try:
        return ask()
    except CrmError as error:
        if error.fault.error is not ErrorClass.PERMISSION:
            raise
        return None
