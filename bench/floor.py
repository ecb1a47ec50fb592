"""The floor under ingest: a receiver that only checks the signature and parses the body.

`python -m bench.floor HOST PORT` serves it as `diptych webhooks` serves the real one; gunicorn takes
`bench.floor:app` with the same settings file.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import sys
import threading

from flask import Flask, Response, request

from bench.crms import CLIENT_SECRET
from diptych.wiring import serving

app = Flask(__name__)


@app.get("/ready")
def ready() -> Response:
    """Always."""
    return Response("{}", content_type="application/json")


@app.post("/webhooks/hubspot")
def receive() -> Response:
    """200 where HubSpot's signature v3 holds and the body is JSON."""
    body = request.get_data()
    stamp = request.headers["X-HubSpot-Request-Timestamp"]
    signed = b"".join((b"POST", request.url.encode(), body, stamp.encode()))
    digest = base64.b64encode(hmac.new(CLIENT_SECRET.encode(), signed, hashlib.sha256).digest())
    if not hmac.compare_digest(digest, request.headers["X-HubSpot-Signature-v3"].encode()):
        return Response(status=401)
    return Response(json.dumps({"accepted": len(json.loads(body))}), content_type="application/json")


if __name__ == "__main__":
    with serving(app, sys.argv[1], int(sys.argv[2])):
        threading.Event().wait()
