"""A few pages to look at the org's records and to change them by hand, as a person would."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template_string, request, url_for
from werkzeug.wrappers import Response

from sandbox.salesforce.errors import SalesforceError
from sandbox.salesforce.fields import FieldSpec, ObjectSpec, Row
from sandbox.salesforce.page_html import HOME, RECORD
from sandbox.salesforce.sandbox import SalesforceSandbox

COLUMNS = {
    "Lead": ("Name", "Company", "Title", "Email", "Phone", "Status"),
    "Contact": ("Name", "Email", "Phone", "AccountId", "OwnerId"),
    "Account": ("Name", "Website", "Industry", "OwnerId"),
    "Opportunity": ("Name", "StageName", "Amount", "CloseDate", "AccountId"),
    "OpportunityContactRole": ("OpportunityId", "ContactId", "Role", "IsPrimary"),
    "Task": ("Subject", "Status", "WhoId", "WhatId"),
    "User": ("Name", "Username", "Email", "IsActive"),
    "Group": ("Name", "Type"),
    "Diptych_Release__mdt": ("DeveloperName", "Version__c"),
    "Organization": ("Name", "OrganizationType", "IsSandbox"),
}
SHOWN = 200
"""Records on one page; the demo has fewer."""


def page_routes(sf: SalesforceSandbox) -> Blueprint:
    """All pages of one org."""
    routes, views = Blueprint("pages", __name__), _Views(sf)
    one = "/records/<object>/<record_id>"
    routes.add_url_rule("/", "home", views.home)
    routes.add_url_rule("/deliver", "deliver", views.deliver, methods=["POST"])
    routes.add_url_rule("/records/<object>", "create", views.create, methods=["POST"])
    routes.add_url_rule(one, "record", views.record)
    routes.add_url_rule(one, "update", views.update, methods=["POST"])
    routes.add_url_rule(f"{one}/act", "act", views.act, methods=["POST"])
    return routes


class _Views:
    """The view functions; every change goes through what a person may do."""

    def __init__(self, sf: SalesforceSandbox) -> None:
        self._sf = sf

    def home(self) -> str | Response:
        name = request.args.get("object", "Lead")
        return self._home(name) if name in self._sf.org.objects else _gone()

    def deliver(self) -> Response:
        self._sf.pump(everything=True)
        return redirect(url_for("pages.home"), 303)

    def create(self, object: str) -> str | Response:  # noqa: A002 - the name in the path
        if object not in self._sf.org.objects:
            return _gone()
        fields = {name: value for name, value in request.form.items() if value}
        try:
            self._sf.ui_create(object, fields)
        except SalesforceError as error:
            return self._home(object, problem=error.message)
        return redirect(url_for("pages.home", object=object), 303)

    def record(self, object: str, record_id: str) -> str | Response:  # noqa: A002 - the name in the path
        return self._record(object, record_id)

    def update(self, object: str, record_id: str) -> str | Response:  # noqa: A002 - the name in the path
        row = self._row(object, record_id)
        if row is None:
            return _gone()
        fields = {
            name: value
            for name, value in request.form.items()
            if _one_line_end(value) != _one_line_end(_shown(row.get(name)))
        }
        try:
            self._sf.ui_update(object, record_id, fields)
        except SalesforceError as error:
            return self._record(object, record_id, problem=error.message)
        return redirect(url_for("pages.record", object=object, record_id=record_id), 303)

    def act(self, object: str, record_id: str) -> str | Response:  # noqa: A002 - the name in the path
        try:
            self._do(object, record_id)
        except SalesforceError as error:
            return self._record(object, record_id, problem=error.message)
        return redirect(url_for("pages.record", object=object, record_id=record_id), 303)

    def _do(self, name: str, record_id: str) -> None:
        act = request.form.get("act")
        if act == "delete":
            self._sf.ui_delete(name, record_id)
        elif act == "undelete":
            self._sf.ui_undelete(name, record_id)
        elif act == "convert":
            self._sf.ui_convert(record_id)
        elif act == "merge":
            self._sf.ui_merge(name, record_id, [request.form.get("loser", "").strip()])

    def _home(self, name: str, problem: str = "") -> str:
        spec, rows = self._sf.org.objects[name], self._sf.state(name)
        columns = COLUMNS.get(name, ())
        asked = [
            field
            for field in _enterable(spec)
            if field.name in {*columns, "FirstName"} or field.required or field.type == "email"
        ]
        return render_template_string(
            HOME,
            **self._frame(name, problem),
            fields=asked if spec.writable else [],
            columns=columns,
            rows=rows[: -SHOWN - 1 : -1],
            total=len(rows),
            deliveries=list(self._sf.outbound.sent)[:-21:-1],
            calls=list(self._sf.recent_calls)[:-21:-1],
        )

    def _record(self, name: str, record_id: str, problem: str = "") -> str | Response:
        row = self._row(name, record_id)
        if row is None:
            return _gone()
        spec = self._sf.org.objects[name]
        return render_template_string(
            RECORD,
            **self._frame(name, problem),
            row=row,
            values={field: _shown(value) for field, value in row.items()},
            fields=[field for field in _enterable(spec) if field.updateable],
            kept=[field for field in spec.fields.values() if not field.updateable],
            deletable=spec.writable,
            writable=spec.writable and not row.get("IsConverted"),
            mergeable=spec.mergeable,
        )

    def _row(self, name: str, record_id: str) -> Row | None:
        try:
            return self._sf.record(name, record_id)
        except (KeyError, SalesforceError):
            return None

    def _frame(self, name: str, problem: str) -> dict[str, Any]:
        sf = self._sf
        return {
            "object": name,
            "objects": [*sf.org.objects],
            "org_id": sf.org.org_id,
            "waiting": len(sf.outbound.notices.waiting),
            "target": sf.target_url and f"{sf.target_url.rpartition('/')[0]}/…",
            "problem": problem,
            "state": _state,
        }


def _gone() -> Response:
    return Response("There is no such record or object.\n", status=404, content_type="text/plain")


def _enterable(spec: ObjectSpec) -> list[FieldSpec]:
    return [field for field in spec.fields.values() if field.createable]


def _shown(value: object) -> str:
    """A value as a form holds it."""
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def _one_line_end(text: str) -> str:
    """Text as it compares: browsers send line ends of two characters."""
    return text.replace("\r\n", "\n")


def _state(row: Row) -> str:
    """What became of a record, in words."""
    if row.get("MasterRecordId"):
        return f"merged into {row['MasterRecordId']}"
    if row["IsDeleted"]:
        return "in the recycle bin"
    if row.get("IsConverted"):
        return f"converted into {row['ConvertedContactId']}"
    return ""
