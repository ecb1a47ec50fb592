"""Asking both CRMs for the schemas that a portal's mappings are held against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from consumers.reconcile import Crms
from contract.errors import CrmError, Fault
from contract.kinds import KINDS
from contract.mapping_check import Schemas
from contract.ports import Account
from contract.records import Side
from contract.settings import Portal


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What the CRMs told, and for each side that could not be asked, why."""

    schemas: Schemas
    unanswered: Mapping[Side, str]


def ask(portal: Portal, crms: Crms) -> Answers:
    """Both schemas, each from the account that the portal names and no other."""
    found: Schemas = {}
    unanswered: dict[Side, str] = {}
    for side, crm in crms.by_side().items():
        try:
            told = crm.check()
            if told.account[:15] != expected_account(portal, side)[:15]:
                unanswered[side] = told.says
                continue
            found = {**found, **described(side, crm)}
        except CrmError as error:
            unanswered[side] = in_words(side, error.fault)
    return Answers(schemas=found, unanswered=unanswered)


def expected_account(portal: Portal, side: Side) -> str:
    """The number of the account that this side's credentials must belong to."""
    return str(portal.number) if side is Side.HUBSPOT else portal.salesforce.org_id


def described(side: Side, account: Account) -> Schemas:
    """The objects of every kind as this side describes them to us. Raises CrmError."""
    return {
        (side, object_type): {field.name: field for field in account.schema(object_type)}
        for kind in KINDS
        for object_type in kind.types(side)
    }


def in_words(side: Side, fault: Fault) -> str:
    """The refusal, with the side's name and the code."""
    words = f"{fault.says} ({fault.code})"
    return words if side.label in words else f"{side.label}: {words}"
