"""The WSGI app: REST and OAuth as Salesforce has them, the control API, and the pages."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from flask import Flask, Response, request

from sandbox.salesforce.control import control_routes
from sandbox.salesforce.errors import OAuthError, SalesforceError
from sandbox.salesforce.pages import page_routes
from sandbox.salesforce.rest import Request
from sandbox.salesforce.rest_about import versions
from sandbox.salesforce.sandbox import SalesforceSandbox
from sandbox.salesforce.wire import Answer

DATA = "/services/data/"
_METHODS = ["GET", "POST", "PATCH", "PUT", "DELETE", "HEAD"]


def create_app(sf: SalesforceSandbox) -> Flask:
    """The app of one org. ConnectionDropped passes through it, for the server to close the socket."""
    app = Flask("sandbox.salesforce", static_folder=None)
    app.config["PROPAGATE_EXCEPTIONS"] = True
    app.json.sort_keys = False  # type: ignore[attr-defined]  # Flask's default provider has it
    _oauth_routes(app, sf)
    _data_routes(app, sf)
    app.register_blueprint(control_routes(sf))
    app.register_blueprint(page_routes(sf))
    return app


def _data_routes(app: Flask, sf: SalesforceSandbox) -> None:
    @app.get("/services/data", strict_slashes=False)
    def list_versions() -> Response:
        return _response(Answer(body=versions()))

    @app.route(f"{DATA}<path:rest>", methods=_METHODS)
    def data(rest: str) -> Response:
        del rest
        return _response(sf.handle(_request()))


def _oauth_routes(app: Flask, sf: SalesforceSandbox) -> None:
    @app.get("/services/oauth2/authorize")
    def authorize() -> Response:
        with sf.org.lock:
            try:
                return Response(status=302, headers={"Location": sf.auth.consents.page(request.args)})
            except OAuthError as error:
                return Response(_query(error.body), status=400, content_type="text/html")

    @app.post("/services/oauth2/token")
    def token() -> Response:
        with sf.org.lock:
            try:
                body = sf.auth.token(request.form, request.headers.get("Authorization"))
            except OAuthError as error:
                return _response(Answer(status=error.status, body=error.body))
        return _response(Answer(body=body))

    @app.route("/services/oauth2/userinfo", methods=["GET", "POST"])
    def userinfo() -> Response:
        with sf.org.lock:
            try:
                sf.auth.demand(request.headers.get("Authorization"))
            except SalesforceError:
                return Response("Bad_OAuth_Token", status=403, content_type="text/html")
            return _response(Answer(body=sf.auth.userinfo()))

    @app.get("/id/<org_id>/<user_id>")
    def identity(org_id: str, user_id: str) -> Response:
        del org_id, user_id
        return userinfo()


def _query(body: dict[str, Any]) -> str:
    """An error page, such as `error=redirect_uri_mismatch&error_description=…`."""
    return "&".join(f"{name}={quote(str(value))}" for name, value in body.items())


def _request() -> Request:
    path, query = _raw_path(), request.query_string
    return Request(
        method=request.method,
        raw_path=path[len(DATA) :],
        url_length=len(path) + len(query) + bool(query),
        args=request.args.to_dict(),
        headers={name.lower(): value for name, value in request.headers.items()},
        raw_body=request.get_data(cache=False),
    )


def _raw_path() -> str:
    """The path as sent, still percent-encoded, so that %2F within an external id stays one segment."""
    sent = request.environ.get("REQUEST_URI") or request.environ.get("RAW_URI") or ""
    path = str(sent).partition("?")[0]
    return path if path.startswith(DATA) else quote(request.path)


def _response(answer: Answer) -> Response:
    body = b"" if answer.body is None else _dumped(answer.body)
    response = Response(body, status=answer.status, content_type="application/json;charset=UTF-8")
    for name, value in answer.headers.items():
        response.headers[name] = value
    return response


def _dumped(body: Any) -> bytes:
    """JSON in UTF-8; half a surrogate pair, which JSON can name and UTF-8 cannot hold, becomes a `?`."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")
