"""The mapping table, cell by cell: who gives way when which side has changed.

A side has changed when it differs from its own half of the base. Blank is null, "", white space or a
placeholder; never false or 0. Two blanks are in step and never get here.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, StrEnum
from typing import NamedTuple

from contract.mappings import MappingRule


class Situation(StrEnum):
    """What has changed since both sides were last in step."""

    ONLY_SALESFORCE = "only Salesforce changed"
    ONLY_HUBSPOT = "only HubSpot changed"
    BOTH = "both sides changed"
    NO_BASE = "the two were never in step before"


class Move(Enum):
    """Which side takes the other's value."""

    HUBSPOT = "HubSpot takes the Salesforce value"
    SALESFORCE = "Salesforce takes the HubSpot value"
    NEWER = "the side changed last gives its value to the other; a tie goes to Salesforce"
    LEAVE = "both are left as they are"


class Cell(NamedTuple):
    """A cell of the table, by which side is blank."""

    both_set: Move
    hubspot_blank: Move
    salesforce_blank: Move


def _always(move: Move) -> Cell:
    return Cell(move, move, move)


HUBSPOT, SALESFORCE = _always(Move.HUBSPOT), _always(Move.SALESFORCE)
NEWER = _always(Move.NEWER)
HUBSPOT_UNLESS_BLANK = Cell(Move.HUBSPOT, Move.HUBSPOT, Move.SALESFORCE)
SALESFORCE_UNLESS_BLANK = Cell(Move.SALESFORCE, Move.HUBSPOT, Move.SALESFORCE)

CELLS: Mapping[MappingRule, Mapping[Situation, Cell]] = {
    MappingRule.PREFER_SALESFORCE: {
        Situation.ONLY_SALESFORCE: HUBSPOT,
        Situation.ONLY_HUBSPOT: HUBSPOT_UNLESS_BLANK,
        Situation.BOTH: HUBSPOT_UNLESS_BLANK,
        Situation.NO_BASE: HUBSPOT_UNLESS_BLANK,
    },
    MappingRule.ALWAYS_SALESFORCE: {
        Situation.ONLY_SALESFORCE: HUBSPOT,
        Situation.ONLY_HUBSPOT: HUBSPOT,
        Situation.BOTH: HUBSPOT,
        Situation.NO_BASE: Cell(Move.HUBSPOT, Move.HUBSPOT, Move.LEAVE),
    },
    MappingRule.TWO_WAY: {
        Situation.ONLY_SALESFORCE: HUBSPOT,
        Situation.ONLY_HUBSPOT: SALESFORCE,
        Situation.BOTH: NEWER,
        Situation.NO_BASE: HUBSPOT_UNLESS_BLANK,
    },
    MappingRule.PREFER_HUBSPOT: {
        Situation.ONLY_SALESFORCE: SALESFORCE_UNLESS_BLANK,
        Situation.ONLY_HUBSPOT: SALESFORCE,
        Situation.BOTH: SALESFORCE_UNLESS_BLANK,
        Situation.NO_BASE: SALESFORCE_UNLESS_BLANK,
    },
    MappingRule.ALWAYS_HUBSPOT: {
        Situation.ONLY_SALESFORCE: SALESFORCE,
        Situation.ONLY_HUBSPOT: SALESFORCE,
        Situation.BOTH: SALESFORCE,
        Situation.NO_BASE: Cell(Move.SALESFORCE, Move.LEAVE, Move.SALESFORCE),
    },
}
"""`dont_sync` has no cells: such a mapping takes no part at all."""

IN_WORDS: Mapping[MappingRule, str] = {
    MappingRule.PREFER_SALESFORCE: "Salesforce is preferred unless blank",
    MappingRule.ALWAYS_SALESFORCE: "Salesforce always wins",
    MappingRule.TWO_WAY: "the most recent change wins",
    MappingRule.PREFER_HUBSPOT: "HubSpot is preferred unless blank",
    MappingRule.ALWAYS_HUBSPOT: "HubSpot always wins",
}


def cell(
    rule: MappingRule, situation: Situation, *, hubspot_blank: bool = False, salesforce_blank: bool = False
) -> Move:
    """The move for one field."""
    row = CELLS[rule][situation]
    if salesforce_blank:
        return row.salesforce_blank
    return row.hubspot_blank if hubspot_blank else row.both_set
