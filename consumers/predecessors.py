"""Whom Salesforce records live on for: leads converted to them, records merged into them, in bulk."""

from __future__ import annotations

from collections.abc import Collection

from contract.facts import Predecessors
from contract.ports import Records
from contract.records import CONVERTED_TO, MERGED_INTO, SALESFORCE_CONTACT, SALESFORCE_LEAD, Record

_NAMED_IN = {
    SALESFORCE_LEAD: ((SALESFORCE_LEAD, MERGED_INTO),),
    SALESFORCE_CONTACT: ((SALESFORCE_LEAD, CONVERTED_TO), (SALESFORCE_CONTACT, MERGED_INTO)),
}
"""By the object of a record, in which object and field those are found who live on as it."""
_FIELDS = ("Email",)


def predecessors(
    asked: Collection[Predecessors], salesforce: Records
) -> dict[Predecessors, tuple[Record, ...]]:
    """An answer to each question, by one query for leads and two for contacts; raises CrmError.

    More queries only where the ids do not fit into one address, some 500 at a time.
    """
    found: dict[Predecessors, list[Record]] = {question: [] for question in asked}
    for object_type, places in _NAMED_IN.items():
        heirs = {question.ref.id: question for question in asked if question.ref.object_type == object_type}
        for holds, field in places:
            for record in salesforce.find(holds, field, heirs, _FIELDS):
                question = heirs.get(record.merged_into or record.converted_to or "")
                if question is not None:
                    found[question].append(record)
    return {question: tuple(sorted(records, key=_age)) for question, records in found.items()}


def _age(record: Record) -> tuple[object, str]:
    return record.created_at, record.ref.id
