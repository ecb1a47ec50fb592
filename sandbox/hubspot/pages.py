"""A few pages to look at the records of an account and to change them by hand, as a person would."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template_string, request, url_for
from markupsafe import escape
from werkzeug.wrappers import Response

from sandbox.hubspot.errors import ApiError, InvalidValues
from sandbox.hubspot.page_html import HOME, RECORD, STYLE
from sandbox.hubspot.portal import Portal
from sandbox.hubspot.records import Record
from sandbox.hubspot.sandbox import HubSpotSandbox
from sandbox.hubspot.standard import SYSTEM_MANAGED
from sandbox.hubspot.times import iso

COLUMNS = {
    "contacts": ("email", "firstname", "lastname", "company", "phone", "lifecyclestage"),
    "companies": ("name", "domain", "city", "country"),
    "deals": ("dealname", "amount", "dealstage", "closedate"),
    "tasks": ("hs_task_subject", "hs_task_status", "hs_timestamp"),
}
SHOWN = 200
"""Records on one page; the demo has fewer."""


def pages(sandbox: HubSpotSandbox) -> Blueprint:
    """The pages of one sandbox."""
    blueprint = Blueprint("pages", __name__)
    views = _Views(sandbox)
    one = "/portals/<int:portal>/<kind>/<ident>"
    blueprint.add_url_rule("/", "home", views.home)
    blueprint.add_url_rule("/portals/<int:portal>/<kind>", "create", views.create, methods=["POST"])
    blueprint.add_url_rule(one, "record", views.record)
    blueprint.add_url_rule(one, "update", views.update, methods=["POST"])
    blueprint.add_url_rule(f"{one}/act", "act", views.act, methods=["POST"])
    blueprint.register_error_handler(ApiError, _no_page)
    return blueprint


def _no_page(error: ApiError) -> tuple[str, int]:
    return f"{escape(error.message)}\n", error.status


class _Views:
    """The view functions; every change goes through what a person may do."""

    def __init__(self, sandbox: HubSpotSandbox) -> None:
        self._hs = sandbox

    def home(self) -> str:
        portal_id = request.args.get("portal", next(iter(self._hs.portals)), type=int)
        kind = request.args.get("kind", "contacts")
        return self._home(portal_id, kind, problem="")

    def create(self, portal: int, kind: str) -> str | Response:
        given = {name: value for name, value in request.form.items() if value}
        try:
            self._hs.ui_create(portal, kind, given)
        except ApiError as error:
            return self._home(portal, kind, problem=_words(error))
        return redirect(url_for("pages.home", portal=portal, kind=kind), 303)

    def record(self, portal: int, kind: str, ident: str, *, problem: str = "") -> str:
        with self._hs.lock:
            account = self._hs.portal(portal)
            record = account.shelf(kind).records.get(ident)
            if record is None:
                return self._home(portal, kind, problem=f"There is no record {ident} any more.")
            shown = _record_page(account, record)
        return render_template_string(
            RECORD, **self._frame(problem), portal=portal, kind=kind, ident=ident, **shown
        )

    def update(self, portal: int, kind: str, ident: str) -> str | Response:
        held = self._values(portal, kind, ident)
        changed = {name: value for name, value in request.form.items() if value != held.get(name, "")}
        try:
            self._hs.ui_update(portal, kind, ident, changed)
        except ApiError as error:
            return self.record(portal, kind, ident, problem=_words(error))
        return redirect(url_for("pages.record", portal=portal, kind=kind, ident=ident), 303)

    def act(self, portal: int, kind: str, ident: str) -> str | Response:
        action = request.form.get("action", "")
        try:
            if action == "merge":
                ident = self._hs.ui_merge(portal, kind, ident, request.form.get("other", ""))
                return redirect(url_for("pages.record", portal=portal, kind=kind, ident=ident), 303)
            if action == "gdpr-delete":
                self._hs.ui_gdpr_delete(portal, ident)
            elif action == "restore":
                self._hs.ui_restore(portal, kind, ident)
            elif action == "archive":
                self._hs.ui_delete(portal, kind, ident)
        except ApiError as error:
            return self.record(portal, kind, ident, problem=_words(error))
        return redirect(url_for("pages.home", portal=portal, kind=kind), 303)

    def _values(self, portal: int, kind: str, ident: str) -> dict[str, str]:
        with self._hs.lock:
            record = self._hs.portal(portal).shelf(kind).records.get(ident)
            return dict(record.now.values) if record is not None else {}

    def _frame(self, problem: str) -> dict[str, Any]:
        return {
            "style": STYLE,
            "waiting": len(self._hs.notices.waiting),
            "target": self._hs.target_url,
            "problem": problem,
        }

    def _home(self, portal_id: int, kind: str, *, problem: str) -> str:
        with self._hs.lock:
            account = self._hs.portal(portal_id)
            kind = account.shelf(kind).type.name
            records = list(account.shelf(kind).records.values())
            kinds = list(account.shelves)
        return render_template_string(
            HOME,
            **self._frame(problem),
            portals=list(self._hs.portals),
            portal=portal_id,
            kinds=kinds,
            kind=kind,
            columns=COLUMNS[kind],
            total=len(records),
            records=[_row(record) for record in reversed(records[-SHOWN:])],
            events=self._events(),
            calls=[{**call, "at": _clock(call["at"])} for call in reversed(list(self._hs.last_calls)[-30:])],
        )

    def _events(self) -> list[dict[str, Any]]:
        """The last 30 events sent, newest first."""
        rows = [
            {
                "at": _clock(delivery.at),
                "status": delivery.status or "no answer",
                "ok": 200 <= delivery.status < 300,
                "type": event["subscriptionType"],
                "object": event.get("objectId", event.get("newObjectId", event.get("fromObjectId", ""))),
                "detail": _detail(event),
            }
            for delivery in reversed(self._hs.deliveries)
            for event in delivery.events
        ]
        return rows[:30]


def _record_page(account: Portal, record: Record) -> dict[str, Any]:
    shelf = account.shelf_of(record)
    fields = [
        {
            "name": d.name,
            "label": d.label,
            "options": () if d.multiple else d.options,
            "value": record.now.values.get(d.name, ""),
        }
        for d in shelf.definitions.values()
        if d.name not in SYSTEM_MANAGED
    ]
    history = [
        (change.at, {"at": iso(change.at), "name": name, "value": change.value, "by": change.source.id})
        for name, changes in record.history.items()
        for change in changes
        if name not in SYSTEM_MANAGED
    ]
    others = [other for other in shelf.records.values() if other.live and other is not record]
    return {
        "name": _name(record),
        "state": _state(record),
        "fields": fields,
        "history": [row for _, row in sorted(history, key=lambda entry: entry[0], reverse=True)[:100]],
        "others": [{"id": other.id, "name": _name(other)} for other in others[-SHOWN:]],
    }


def _row(record: Record) -> dict[str, Any]:
    return {
        "id": record.id,
        "properties": record.now.values,
        "updated": _clock(record.now.updated_at),
        "state": _state(record),
    }


def _state(record: Record) -> str:
    if record.now.merged_into is not None:
        return f"merged into {record.now.merged_into}"
    return "live" if record.live else "archived"


def _name(record: Record) -> str:
    return " ".join(record.now.values.get(name, "") for name in COLUMNS[record.type.name][:3]).strip()


def _detail(event: dict[str, Any]) -> str:
    if "propertyName" in event:
        return f"{event['propertyName']} = {event['propertyValue']} ({event['changeSource']})"
    if "mergedObjectIds" in event:
        return f"{event['primaryObjectId']} took in {event['mergedObjectIds']}"
    return str(event["changeSource"])


def _clock(at: int) -> str:
    return iso(at)[11:]


def _words(error: ApiError) -> str:
    if isinstance(error, InvalidValues):
        return "\n".join(f"{fault.name}: {fault.message}" for fault in error.faults)
    return error.message
