"""What a person's consent gave us for one side of a portal: the tokens of OAuth's authorization code flow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from contract.secret import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A refresh token, and the access token that it last gave.

    Both are good for one app (`client_id`) and travel to the portal's addresses of that side alone, joined
    by a space in `addresses`: with other ones the grant is void. `user_id` is Salesforce's (18 characters),
    "" for HubSpot. `expires_at` is None where the CRM does not tell. `version` counts what was stored.
    """

    client_id: str
    addresses: str
    refresh: Secret
    access: Secret
    user_id: str = ""
    expires_at: datetime | None = None
    version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Consented:
    """Who had which app let in when, and when its tokens were last renewed; nothing secret."""

    client_id: str
    author: str
    at: datetime
    renewed_at: datetime
