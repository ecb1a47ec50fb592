"""The consent page and the token endpoints, of v3 and of v1, which HubSpot still keeps up."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from sandbox.hubspot.oauth import OAuthRefusal
from sandbox.hubspot.sandbox import HubSpotSandbox


def oauth_routes(sandbox: HubSpotSandbox) -> Blueprint:
    """None of these is an API call of an account: they want no token and count against no limit."""
    routes = Blueprint("oauth", __name__, url_prefix="/oauth")

    @routes.errorhandler(OAuthRefusal)
    def refused(refusal: OAuthRefusal) -> tuple[Response, int]:
        return jsonify(refusal.body), 400

    @routes.get("/authorize")
    def authorize() -> AnyResponse:
        with sandbox.lock:
            return redirect(sandbox.oauth.page(request.args))

    @routes.post("/v3/token")
    @routes.post("/v1/token")
    def token() -> Response:
        with sandbox.lock:
            return jsonify(sandbox.oauth.token(request.form))

    @routes.get("/v1/access-tokens/<token>")
    def about(token: str) -> tuple[Response, int]:
        with sandbox.lock:
            found = sandbox.oauth.about(token)
        if found is None:
            message = "The access token is invalid or expired."
            return jsonify({"status": "error", "message": message, "category": "INVALID_AUTHENTICATION"}), 404
        return jsonify(found), 200

    return routes
