"""Waiting at the transport: a job that only reads takes a refused call up again a moment later."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter

from adapters.crm import hubspot_oauth, salesforce_login

PASSING = frozenset({429, 502, 503, 504})
_WAITS = (1.0, 2.0, 4.0, 8.0)
"""Seconds before each repetition, where the answer names none; HubSpot's searches count by the second."""
_LONGEST = 15.0
_ONCE = (hubspot_oauth.TOKEN_PATH, salesforce_login.TOKEN_PATH)
"""A refresh must end within its turn among all processes, which patience would outlast: another process would
then use a refresh token that is rotated away by ours, and Salesforce revokes them all."""


class WaitingAdapter(BaseAdapter):
    """Sends by `beyond`, and again after a while where the CRM wants fewer calls or is away for a moment.

    `again` is told the status of each answer that is followed by another try: such calls count, too. Only
    for sessions that read, for a repeated write may be carried out twice.
    """

    def __init__(
        self, beyond: BaseAdapter, *, again: Callable[[int], None], sleep: Callable[[float], None]
    ) -> None:
        super().__init__()
        self._beyond = beyond
        self._again = again
        self._sleep = sleep

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        """The first answer that is not passing, else the last one; of a token endpoint the only one."""
        once = urlsplit(request.url or "").path.endswith(_ONCE)
        for wait in () if once else _WAITS:
            response = self._beyond.send(request, *args, **options)
            if response.status_code not in PASSING:
                return response
            response.close()
            self._sleep(_asked(response) or wait)
            self._again(response.status_code)
        return self._beyond.send(request, *args, **options)

    def close(self) -> None:
        self._beyond.close()


def waiting(
    session: requests.Session, *, again: Callable[[int], None], sleep: Callable[[float], None]
) -> requests.Session:
    """The session, patient from now on."""
    for prefix in ("https://", "http://"):
        session.mount(prefix, WaitingAdapter(session.get_adapter(prefix), again=again, sleep=sleep))
    return session


def _asked(response: requests.Response) -> float | None:
    """The seconds that the answer asks for, as far as a person can be kept waiting."""
    text = response.headers.get("Retry-After", "")
    return min(float(text), _LONGEST) if text.isdigit() else None
