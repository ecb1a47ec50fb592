"""Composite: up to 25 calls in one, each able to use what earlier ones answered by `@{reference.path}`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from sandbox.salesforce.errors import MalformedJsonError, SalesforceError
from sandbox.salesforce.org import Org
from sandbox.salesforce.wire import Answer, Call, refused

MOST_CALLS, MOST_HEAVY = 25, 5
"""Subrequests, and those of them that are queries or collections."""

Dispatch = Callable[[Org, Call], Answer]
_REFERENCE = re.compile(r"@\{(\w+)((?:\[\d+\]|\.\w+)*)\}", re.ASCII)
_STEP = re.compile(r"\[(\d+)\]|\.(\w+)", re.ASCII)
_URL = re.compile(r"/services/data/(v\d+\.0)/([^?]*)(?:\?(.*))?", re.DOTALL)


class _RolledBackError(Exception):
    """Undoes an allOrNone composite."""


class _UnresolvedError(Exception):
    """A reference to something an earlier call did not answer."""


@dataclass(slots=True, kw_only=True)
class _Run:
    org: Org
    outer: Call
    dispatch: Dispatch
    answers: dict[str, Answer] = field(default_factory=dict)

    def one(self, part: dict[str, Any]) -> Answer:
        """Run one subrequest; a bad reference halts it."""
        try:
            call = self._call(self._filled(part))
        except _UnresolvedError as error:
            return _halted(str(error))
        except SalesforceError as error:
            return refused(error)
        return self.dispatch(self.org, call)

    def _filled(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: self._filled(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [self._filled(inner) for inner in value]
        return self._text(value) if isinstance(value, str) else value

    def _text(self, text: str) -> Any:
        whole = _REFERENCE.fullmatch(text)
        if whole is not None:
            return self._value(whole)
        return _REFERENCE.sub(lambda match: str(self._value(match)), text)

    def _value(self, match: re.Match[str]) -> Any:
        answer = self.answers.get(match[1])
        if answer is None or answer.status >= 400:
            message = f"The request failed because of a failure of, or no earlier request named, {match[1]}"
            raise _UnresolvedError(message)
        value = answer.body
        for index, name in _STEP.findall(match[2]):
            try:
                value = value[int(index)] if index else value[name]
            except (KeyError, IndexError, TypeError):
                message = f"Invalid reference specified. No value for {match[0]} found in {match[1]}."
                raise _UnresolvedError(message) from None
        return value

    def _call(self, part: dict[str, Any]) -> Call:
        match = _URL.fullmatch(str(part.get("url", "")))
        if match is None:
            message = "The url must begin with /services/data/ and a version"
            raise SalesforceError("INVALID_INPUT", message)
        headers = {str(name).lower(): str(value) for name, value in (part.get("httpHeaders") or {}).items()}
        return Call(
            method=str(part.get("method", "GET")).upper(),
            version=match[1],
            path=match[2].rstrip("/"),
            args=dict(parse_qsl(match[3] or "", keep_blank_values=True)),
            headers={**self.outer.headers, **headers},
            body=part.get("body"),
        )


def composite(org: Org, call: Call, dispatch: Dispatch) -> Answer:
    """POST composite {allOrNone, compositeRequest}: 200, with a status for each subrequest."""
    members = call.members()
    parts = _parts(members)
    run = _Run(org=org, outer=call, dispatch=dispatch)
    try:
        with org.store.transaction():
            for part in parts:
                run.answers[part["referenceId"]] = run.one(part)
            if members.get("allOrNone") is True:
                _demand_all(run)
    except _RolledBackError:
        run.answers = {name: _undone(answer) for name, answer in run.answers.items()}
    return Answer(body={"compositeResponse": [_told(name, answer) for name, answer in run.answers.items()]})


def _demand_all(run: _Run) -> None:
    if any(answer.status >= 400 for answer in run.answers.values()):
        raise _RolledBackError


def _parts(members: dict[str, Any]) -> list[dict[str, Any]]:
    parts = members.get("compositeRequest")
    if not isinstance(parts, list) or not all(isinstance(part, dict) for part in parts):
        raise MalformedJsonError("compositeRequest must be a list of objects at [line:1, column:1]")
    if len(parts) > MOST_CALLS:
        message = f"Limit exceeded: a composite request has at most {MOST_CALLS} subrequests"
        raise SalesforceError("LIMIT_EXCEEDED", message)
    if sum(_heavy(part) for part in parts) > MOST_HEAVY:
        message = f"Limit exceeded: at most {MOST_HEAVY} subrequests are queries or collections"
        raise SalesforceError("LIMIT_EXCEEDED", message)
    names = [part.get("referenceId") for part in parts]
    if len({*names}) != len(names) or not all(
        isinstance(name, str) and name.isidentifier() for name in names
    ):
        raise SalesforceError("INVALID_INPUT", "Each subrequest needs a referenceId of its own")
    return parts


def _heavy(part: dict[str, Any]) -> bool:
    return re.search(r"/v\d+\.0/(query|composite/sobjects)", str(part.get("url"))) is not None


def _halted(message: str) -> Answer:
    return refused(SalesforceError("PROCESSING_HALTED", message))


def _undone(answer: Answer) -> Answer:
    if answer.status >= 400:
        return answer
    return _halted("The transaction was rolled back since another operation in the same transaction failed.")


def _told(name: str, answer: Answer) -> dict[str, Any]:
    return {
        "body": answer.body,
        "httpHeaders": dict(answer.headers),
        "httpStatusCode": answer.status,
        "referenceId": name,
    }
