"""The hands of the demo's people: they work in the stand-in CRMs' pages, over HTTP, knowing e-mails only."""

from __future__ import annotations

from typing import Any

import requests

Row = dict[str, Any]


class Hands:
    """Calls one stand-in CRM's control API."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self._session = requests.Session()
        self._session.trust_env = False

    def call(self, method: str, path: str, body: Row | None = None) -> Any:
        """The JSON answer; raises requests.HTTPError for a refusal."""
        answer = self._session.request(method, f"{self.base_url}/_sandbox{path}", json=body or {}, timeout=10)
        answer.raise_for_status()
        return answer.json()

    def misbehave(self, **faults: Any) -> None:
        """Change how badly the CRM behaves from now on."""
        self.call("PUT", "/faults", faults)

    def waiting(self) -> int:
        """Notices that are still to be told."""
        waiting = self.call("GET", "/notices")["waiting"]
        return waiting if isinstance(waiting, int) else len(waiting)


class HubSpotHands(Hands):
    """A marketer in HubSpot."""

    def __init__(self, base_url: str, portal: int) -> None:
        super().__init__(base_url)
        self._portal = portal
        self._contacts = f"/portals/{portal}/contacts"

    def all(self) -> list[Row]:
        """Every contact as it stands, archived ones too."""
        rows: list[Row] = self.call("GET", self._contacts)
        return rows

    def id(self, email: str) -> str:
        """The live contact with this e-mail; raises LookupError."""
        for row in self.all():
            if not row["archived"] and (row["properties"].get("email") or "").lower() == email:
                return str(row["id"])
        message = f"no live HubSpot contact {email}"
        raise LookupError(message)

    def create(self, **properties: str) -> None:
        """A new contact."""
        self.call("POST", self._contacts, {"properties": properties})

    def edit(self, email: str, /, **properties: str) -> None:
        """Change some properties."""
        self.call("PATCH", f"{self._contacts}/{self.id(email)}", {"properties": properties})

    def delete(self, email: str) -> None:
        """Into the recycle bin."""
        self.call("DELETE", f"{self._contacts}/{self.id(email)}")

    def erase(self, email: str) -> None:
        """For good, as privacy law asks."""
        self.call("POST", f"{self._contacts}/{self.id(email)}/gdpr-delete")

    def merge(self, email: str, other: str) -> None:
        """Two contacts become one."""
        self.call("POST", f"{self._contacts}/merge", {"primary": self.id(email), "other": self.id(other)})

    def refuse(self, seconds: float) -> None:
        """Answer 429 for a while."""
        self.call("POST", "/refuse", {"portal": self._portal, "seconds": seconds})


class SalesforceHands(Hands):
    """A seller in Salesforce."""

    def all(self, kind: str) -> list[Row]:
        """Every row as it stands, deleted ones too."""
        rows: list[Row] = self.call("GET", f"/sobjects/{kind}")
        return rows

    def id(self, kind: str, email: str) -> str:
        """The live row with this e-mail; raises LookupError."""
        for row in self.all(kind):
            gone = row["IsDeleted"] or row.get("IsConverted")
            if not gone and (row.get("Email") or "").lower() == email:
                return str(row["Id"])
        message = f"no live Salesforce {kind} {email}"
        raise LookupError(message)

    def create(self, kind: str, **fields: Any) -> None:
        """A new lead or contact."""
        self.call("POST", f"/sobjects/{kind}", {"fields": fields})

    def edit(self, kind: str, email: str, /, **fields: Any) -> None:
        """Change some fields."""
        self.call("PATCH", f"/sobjects/{kind}/{self.id(kind, email)}", {"fields": fields})

    def delete(self, kind: str, email: str) -> None:
        """Into the recycle bin."""
        self.call("DELETE", f"/sobjects/{kind}/{self.id(kind, email)}")

    def merge(self, kind: str, email: str, other: str) -> None:
        """The other becomes part of this one."""
        body = {"object": kind, "master": self.id(kind, email), "losers": [self.id(kind, other)]}
        self.call("POST", "/merge", body)

    def convert(self, email: str) -> None:
        """A lead becomes a contact."""
        self.call("POST", "/convert", {"lead": self.id("Lead", email)})

    def refuse(self, seconds: float) -> None:
        """Answer REQUEST_LIMIT_EXCEEDED for a while."""
        self.call("POST", "/refuse", {"seconds": seconds})

    def forbid(self, kind: str, field: str, pattern: str, message: str) -> None:
        """A validation rule: the field must match the pattern."""
        rule = {"object": kind, "field": field, "regex": pattern, "message": message}
        self.call("POST", "/validation-rules", rule)
