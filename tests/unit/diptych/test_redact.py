from __future__ import annotations

import pytest

from diptych.redact import redact


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("mail to Ada.L+x@Example.co.uk failed", "mail to [e-mail] failed"),
        ("GET /contacts/ada%40example.com", "GET [e-mail]"),
        ("'ada@example.com' is taken", "'[e-mail]' is taken"),
        ("ö@exämple.de!", "[e-mail]!"),
        (
            "Exception on /webhooks/salesforce/s3cret [POST]",
            "Exception on /webhooks/salesforce/<webhook_secret> [POST]",
        ),
        ("amqp://user:pass@mq:5672/%2F is away", "amqp://mq:5672/%2F is away"),
        ("Authorization: Bearer abc.def-123456", "Authorization: Bearer [token]"),
        ("https://h.example.com/a?email=x&t=1 failed", "https://h.example.com/a failed"),
        ("token pat-na1-1234abcd-12ab-34cd-56ef-1234567890ab", "token [token]"),
        (
            "session 00DDp0000000001!AQEAQH0dMHZfz972Szmpkb58urFRkgeBGsxL_QJWwYMfAbUeeG7c1E6",
            "session [token]",
        ),
    ],
)
def test_what_looks_personal_or_secret_is_taken_out(text: str, left: str) -> None:
    assert redact(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "lead 00QDp0000hp2cEZMAY of portal 8400001 is converted",
        "REQUIRED_FIELD_MISSING: LastName",
        "the lease on portal 7 ran out before the writes",
        "/webhooks/hubspot answered 503",
        "2026-11-24T06:33:13.064827Z",
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST in 3 of 200 rows",
    ],
)
def test_ids_codes_and_plain_words_stay(text: str) -> None:
    assert redact(text) == text
