"""Answers HTTP calls from a list, at the transport: what no stand-in CRM can be brought to say."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping
from io import BytesIO
from typing import Any

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

Answer = requests.Response | Exception


def answer(status: int, body: Any = None, headers: Mapping[str, str] | None = None) -> requests.Response:
    """An answer with a JSON body, or with a text one where `body` is text."""
    response = requests.Response()
    response.status_code = status
    response.headers = CaseInsensitiveDict(headers or {})
    text = body if isinstance(body, str) else "" if body is None else json.dumps(body)
    response.raw = BytesIO(text.encode())
    response.encoding = "utf-8"
    return response


class Canned(BaseAdapter):
    """Gives the queued answers, then those of `beyond`; keeps every request in `seen`."""

    def __init__(self, *answers: Answer, beyond: BaseAdapter | None = None) -> None:
        super().__init__()
        self.answers = deque(answers)
        self.seen: list[requests.PreparedRequest] = []
        self._beyond = beyond

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        self.seen.append(request)
        if not self.answers and self._beyond is not None:
            return self._beyond.send(request, *args, **options)
        given = self.answers.popleft()
        if isinstance(given, Exception):
            raise given
        given.request = request
        given.url = request.url or ""
        return given

    def close(self) -> None:
        """There is nothing to give back."""

    def sent(self, number: int = -1) -> Any:
        """The JSON body of a request, by default the last."""
        return json.loads(self.seen[number].body or "null")

    def headers(self, name: str) -> list[str | None]:
        """One header of all requests, None where it was not sent."""
        found = [request.headers.get(name) for request in self.seen]
        return [value.decode() if isinstance(value, bytes) else value for value in found]
