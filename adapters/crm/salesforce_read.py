"""Reading Salesforce: records by id, by field, by time; deleted, merged and converted ones told apart."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from urllib.parse import quote_plus

from simple_salesforce.format import format_soql

from adapters.crm.parts import chunks, packed
from adapters.crm.salesforce_api import Json, SalesforceApi
from adapters.crm.salesforce_errors import not_readable
from adapters.crm.salesforce_objects import parse_time, record_of
from adapters.crm.salesforce_schema import ObjectSchema, Schemas
from contract.errors import CrmError, ErrorClass
from contract.mappings import CREATION_KEY
from contract.records import CONVERTED_TO, MERGED_INTO, SALESFORCE_LEAD, Record
from contract.salesforce_ids import is_id, long_id

RETRIEVE = 2_000
URL_LENGTH = 15_000
"""A query travels in the URL, and Salesforce takes 16,384 characters of URL and headers together."""

EMAIL = "Email"
_DEAD_ONES_TOO = frozenset({CREATION_KEY, MERGED_INTO, CONVERTED_TO})
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesforceReader:
    """The reading half of the gateway; see contract.ports.Records.

    `our_user` tells the id of the user we are logged in as, None when it cannot be learned.
    """

    api: SalesforceApi
    schemas: Schemas
    our_user: Callable[[], str | None]

    def read(self, object_type: str, ids: Collection[str], fields: Collection[str]) -> dict[str, Record]:
        """Live records by one retrieve of up to 2,000; what it does not show is looked for in the bin."""
        return self._with_schema(object_type, lambda schema: self._read(schema, object_type, ids, fields))

    def find(
        self, object_type: str, field: str, values: Collection[str], fields: Collection[str]
    ) -> list[Record]:
        """Raises CrmError (permission) when the field is hidden: "nothing found" would be untrue."""
        wanted = sorted({value.strip() for value in values if value.strip()})
        if not wanted:
            return []
        return self._with_schema(
            object_type, lambda schema: self._find(schema, object_type, field, wanted, fields)
        )

    def edited(
        self, object_type: str, fields: Mapping[str, Collection[str]]
    ) -> dict[tuple[str, str], datetime]:
        """By the newest entry of a tracked field's history, else by LastModifiedDate."""
        rows = self._retrieved(object_type, fields, ["Id", "LastModifiedDate"])
        stamps = {long_id(row["Id"]): parse_time(row["LastModifiedDate"]) for row in rows}
        found = {(id_, name): stamps[id_] for id_, names in fields.items() for name in names if id_ in stamps}
        for id_, name, at in self._history(object_type, fields):
            if (id_, name) in found:
                found[id_, name] = at
        return found

    def _history(
        self, object_type: str, fields: Mapping[str, Collection[str]]
    ) -> Iterator[tuple[str, str, datetime]]:
        """(Record id, field, when), oldest first; nothing where the org tracks no field of the object."""
        parent = f"{object_type}Id"
        select = f"SELECT {parent}, Field, CreatedDate FROM {object_type}History"  # noqa: S608  # names of our own
        names = format_soql("{}", sorted({name for names in fields.values() for name in names}))
        try:
            for condition in conditions(select, parent, sorted(fields)):
                soql = f"{condition} AND Field IN {names} ORDER BY CreatedDate, Id"
                for rows in self.api.query(soql, subject=f"{object_type}History"):
                    yield from (
                        (long_id(row[parent]), row["Field"], parse_time(row["CreatedDate"])) for row in rows
                    )
        except CrmError as error:
            if error.fault.error is not ErrorClass.PERMISSION:
                raise

    def _retrieved(self, object_type: str, ids: Collection[str], names: Sequence[str]) -> Iterator[Json]:
        for part in chunks(sorted(ids), RETRIEVE):
            rows = self.api.call(
                "POST",
                f"composite/sobjects/{object_type}",
                template="composite/sobjects/<type>",
                subject=object_type,
                body={"ids": part, "fields": names},
                sent=names,
            )
            yield from (row for row in rows or () if row)

    def changed(self, object_type: str, since: datetime, fields: Collection[str]) -> Iterator[list[Record]]:
        """By SystemModstamp, which also moves on deletion, merge, conversion and undeletion."""
        names = self.schemas.of(object_type).readable(fields)
        soql = format_soql(
            f"SELECT {', '.join(names)} FROM {object_type} "  # noqa: S608  # names come from describe
            "WHERE SystemModstamp >= {} ORDER BY SystemModstamp, Id",
            since,
        )
        try:
            for rows in self.api.query(soql, subject=object_type, sent=names, deleted_too=True):
                if rows:
                    yield list(self._by_id(object_type, rows, fields).values())
        except CrmError as error:
            self._doubt(error)
            raise

    def _with_schema(self, object_type: str, work: Callable[[ObjectSchema], T]) -> T:
        """Do the work; once more with a new description when a field was hidden since it was described."""
        try:
            return work(self.schemas.of(object_type))
        except CrmError as error:
            if not self._doubt(error):
                raise
        return work(self.schemas.of(object_type))

    def _doubt(self, error: CrmError) -> bool:
        """Whether the descriptions in use are out of date, which are then forgotten."""
        outdated = error.fault.code == "INVALID_FIELD"
        if outdated:
            self.schemas.forget()
        return outdated

    def _read(
        self, schema: ObjectSchema, object_type: str, ids: Collection[str], fields: Collection[str]
    ) -> dict[str, Record]:
        asked = {long_id(id_): id_ for id_ in ids if is_id(id_) and id_.startswith(schema.prefix)}
        names = schema.readable(fields)
        found: dict[str, Record] = {}
        found.update(self._by_id(object_type, list(self._retrieved(object_type, asked, names)), fields))
        missing = [id_ for id_ in asked if id_ not in found]
        for condition in conditions(_select(object_type, names), "Id", missing):
            for rows in self.api.query(condition, subject=object_type, sent=names, deleted_too=True):
                found.update(self._by_id(object_type, rows, fields))
        return {asked[id_]: record for id_, record in found.items() if id_ in asked}

    def _find(
        self,
        schema: ObjectSchema,
        object_type: str,
        field: str,
        values: Sequence[str],
        fields: Collection[str],
    ) -> list[Record]:
        if field not in schema.fields:
            raise CrmError(not_readable(object_type, field))
        names = schema.readable(fields)
        live_only = object_type == SALESFORCE_LEAD and field == EMAIL
        records: dict[str, Record] = {}
        for condition in conditions(_select(object_type, names), field, values):
            soql = f"{condition} AND IsConverted = false" if live_only else condition
            for rows in self.api.query(
                soql, subject=object_type, sent=names, deleted_too=field in _DEAD_ONES_TOO
            ):
                records.update(self._by_id(object_type, rows, fields))
        return list(records.values())

    def _by_id(self, object_type: str, rows: Sequence[Json], fields: Collection[str]) -> dict[str, Record]:
        records = [record_of(object_type, row, fields, self.our_user()) for row in rows]
        return {record.ref.id: record for record in records}


def _select(object_type: str, names: Collection[str]) -> str:
    return f"SELECT {', '.join(names)} FROM {object_type}"  # noqa: S608  # names come from describe


def conditions(select: str, field: str, values: Sequence[str]) -> Iterator[str]:
    """The query for as many values at a time as a URL takes."""
    room = URL_LENGTH - len(quote_plus(f"{select} WHERE {field} IN () AND IsConverted = false"))
    for part in packed(values, lambda value: len(quote_plus(format_soql("{},", value))), room):
        yield f"{select} WHERE {field} IN {format_soql('{}', part)}"
