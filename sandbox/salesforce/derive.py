"""Values that Salesforce computes from others at every save; nobody can write them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sandbox.salesforce.fields import Row

CONVERTED_STATUS = "Closed - Converted"
"""The one lead status that only conversion sets."""

STAGES: Mapping[str, tuple[int, str]] = MappingProxyType(
    {
        "Prospecting": (10, "Pipeline"),
        "Qualification": (10, "Pipeline"),
        "Needs Analysis": (20, "Pipeline"),
        "Proposal/Price Quote": (75, "Best Case"),
        "Negotiation/Review": (90, "Commit"),
        "Closed Won": (100, "Closed"),
        "Closed Lost": (0, "Omitted"),
    }
)
"""Opportunity stages of a new org: probability in percent, forecast category."""


def person_name(row: Row) -> Row:
    """Name of a lead, contact or user: its parts in the order a western org shows them."""
    parts = (row.get("FirstName"), row.get("LastName"))
    return {"Name": " ".join(part for part in parts if part)}


def opportunity_state(row: Row) -> Row:
    """Whether the stage means won or closed, and its forecast category."""
    stage = row.get("StageName") or ""
    percent, category = STAGES.get(stage, (0, "Pipeline"))
    probability = percent if row.get("Probability") is None else row["Probability"]
    return {
        "IsWon": stage == "Closed Won",
        "IsClosed": stage.startswith("Closed"),
        "ForecastCategory": category,
        "Probability": probability,
    }


def task_state(row: Row) -> Row:
    """Whether the task is done."""
    return {"IsClosed": row.get("Status") == "Completed"}


def label_name(row: Row) -> Row:
    """Names of a custom metadata record that follow from its developer name."""
    return {"MasterLabel": row.get("DeveloperName"), "QualifiedApiName": row.get("DeveloperName")}
