"""What a scripted day is made of: changes, the expectations each must meet, and the cast."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from diptych.demo.comparer import Expect
from diptych.demo.hands import HubSpotHands, SalesforceHands

Act = Callable[[HubSpotHands, SalesforceHands], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One change somebody makes, and the expectations it must meet once the scene has come to rest.

    `email` tells whom it is about, `also` who is drawn into it.
    """

    says: str
    email: str
    act: Act
    expect: Sequence[Expect]
    also: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Changes that happen together; the day goes on when both CRMs have come to rest."""

    title: str
    steps: Sequence[Step]
    before: Act | None = None
    after: Act | None = None
    dead_letters: int = 0
    differs: dict[str, set[str]] = field(default_factory=dict)
    twice: dict[str, int] = field(default_factory=dict)
    """Live Salesforce records that people themselves entered under one e-mail."""


def hs(email: str, *, count: int = 1, **values: str) -> Expect:
    """HubSpot must show this."""
    return Expect(side="hubspot", email=email, values=values, count=count)


def sf(email: str, *, kind: str | None = None, count: int = 1, **values: str | float) -> Expect:
    """Salesforce must show this."""
    return Expect(side="salesforce", email=email, values=values, count=count, kind=kind)


NEWCOMERS = (
    ("Marie", "Laurent", "Nova"),
    ("Jonas", "Weber", "Blaufeld"),
    ("Aiko", "Tanaka", "Kumo"),
    ("Luis", "Ortega", "Mirador"),
    ("Emma", "Novak", "Praha Soft"),
    ("Noah", "Berg", "Fjell"),
    ("Zoé", "Martin", "Atelier Z"),
    ("Omar", "Haddad", "Cedar"),
    ("Priya", "Nair", "Kochi Labs"),
    ("Tom", "O'Neil", "Quay & Sons"),
)
SELLERS_LEADS = ("Ida Holm", "Paul Roux", "Vera Conti", "Max Braun", "Lena Vogel", "Ugo Serra")


def mail(first: str) -> str:
    """The e-mail of somebody of the cast."""
    return f"{first.lower().replace('é', 'e')}@day.example"
