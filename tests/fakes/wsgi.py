"""Calls a WSGI app through a requests session in this process: no socket, no thread, nothing to wait for."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from urllib.parse import urlsplit
from wsgiref.types import WSGIApplication

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from requests.utils import get_encoding_from_headers
from werkzeug.test import EnvironBuilder, run_wsgi_app

from sandbox.kit import ConnectionDropped


class WsgiAdapter(BaseAdapter):
    """Answers every request that it is mounted for from the app.

    ConnectionDropped, raised by a stand-in CRM that hangs up, becomes requests.ConnectionError, as a
    closed socket would. Differs from a server: times out never, and keeps no connection.
    """

    def __init__(self, app: WSGIApplication) -> None:
        super().__init__()
        self._app = app

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        try:
            chunks, status, headers = run_wsgi_app(self._app, _environ(request), buffered=True)
        except ConnectionDropped as dropped:
            raise requests.ConnectionError(str(dropped), request=request) from dropped
        response = requests.Response()
        response.status_code = int(status.split(" ", 1)[0])
        response.headers = CaseInsensitiveDict(headers)
        response.raw = BytesIO(b"".join(chunks))
        response.encoding = get_encoding_from_headers(response.headers)
        response.url = request.url or ""
        response.request = request
        return response

    def close(self) -> None:
        """There is nothing to give back."""


def _environ(request: requests.PreparedRequest) -> Any:
    parts = urlsplit(request.url or "")
    body = request.body or b""
    builder = EnvironBuilder(
        path=str(parts.path),
        base_url=f"{parts.scheme}://{parts.netloc}",
        query_string=str(parts.query),
        method=request.method or "GET",
        headers=list(request.headers.items()),
        data=body.encode() if isinstance(body, str) else body,
    )
    return builder.get_environ()
