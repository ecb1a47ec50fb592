"""OAuth's authorization code flow, as far as both CRMs have it alike: state, PKCE, the way back, refusals."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from adapters.crm.http import SERVER_ERROR, Http
from contract.errors import CrmError, ErrorClass, Fault, InvalidInput

_OK = 200
_TOO_MANY = 429
_WORD = re.compile(r"[a-z_]{1,40}", re.ASCII)


class ConsentRefused(InvalidInput):
    """The person said no, or the CRM did: the answer is to us, and no other one will come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """One attempt to be let in: `state` proves that an answer belongs to it, `verifier` that a code does."""

    redirect_uri: str
    state: str
    verifier: str

    @property
    def challenge(self) -> str:
        """PKCE's S256 of the verifier (RFC 7636)."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    def code_in(self, address: str) -> str:
        """The code in the address that the CRM sent the person's browser to.

        Raises InvalidInput for one that is no answer to us, and ConsentRefused.
        """
        given = _query(address.strip())
        if "state" not in given:
            raise InvalidInput(
                f"that is not the address that the browser was sent to: it begins with {self.redirect_uri}? "
                "and is wanted whole"
            )
        if not hmac.compare_digest(given["state"].encode(errors="replace"), self.state.encode()):
            raise InvalidInput("that is the answer to another attempt (its state differs): begin anew")
        if "code" not in given:
            error = given.get("error", "")
            word = error if _WORD.fullmatch(error) else "no reason told"
            raise ConsentRefused(f"we were not let in: {word}")
        return given["code"]


def _query(address: str) -> Mapping[str, str]:
    """What the address brings; nothing where it is none, such as one with half of a bracketed host."""
    try:
        return {name: values[-1] for name, values in parse_qs(urlsplit(address).query).items()}
    except ValueError:
        return {}


def new_consent(redirect_uri: str, random: Callable[[int], str] = secrets.token_urlsafe) -> Consent:
    """One that nobody can guess. `random` makes a URL-safe text of so many random bytes."""
    return Consent(redirect_uri=redirect_uri, state=random(32), verifier=random(48))


def page(address: str, values: Mapping[str, str]) -> str:
    """The consent page at this address, with these values; a space is `%20`, which any page reads."""
    return f"{address}?{urlencode(values, quote_via=quote)}"


def ask(
    http: Http,
    url: str,
    form: Mapping[str, str],
    *,
    refused: Callable[[Mapping[str, Any]], Fault],
    headers: Mapping[str, str] | None = None,
) -> Mapping[str, Any]:
    """What a token endpoint answers. Raises CrmError: transient, or the fault that a refusal stands for."""
    path = urlsplit(url).path
    response = http.request("POST", url, template=path, data=form, headers=headers)
    if response.status_code >= SERVER_ERROR or response.status_code == _TOO_MANY:
        raise CrmError(
            Fault(
                error=ErrorClass.TRANSIENT,
                code=f"HTTP {response.status_code}",
                says=f"{http.side.label}'s login is not available",
                side=http.side,
            )
        )
    answer = http.json(response)
    if response.status_code != _OK or "access_token" not in answer:
        raise CrmError(refused(answer))
    return answer
