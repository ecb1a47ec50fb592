"""The morning: people arrive on both sides and are edited, sometimes on both sides at once."""

from __future__ import annotations

from diptych.demo.comparer import Expect
from diptych.demo.hands import HubSpotHands, SalesforceHands
from diptych.demo.script import NEWCOMERS, SELLERS_LEADS, Scene, Step, hs, mail, sf


def arrivals() -> Scene:
    """New contacts in HubSpot become leads, or contacts where the portal says so."""
    return Scene(
        title="08:30  People arrive in HubSpot",
        steps=[*(_newcomer(*who) for who in NEWCOMERS), *_odd_arrivals()],
        differs={"hello@day.example": {"lastname", "company"}},
    )


def _newcomer(first: str, last: str, company: str) -> Step:
    return Step(
        says=f"HubSpot: a form brings {first} {last} of {company}",
        email=mail(first),
        act=lambda h, _s: h.create(
            email=mail(first), firstname=first, lastname=last, company=company, phone="+33 1 00 00 00"
        ),
        expect=[sf(mail(first), kind="Lead", LastName=last, Company=company)],
    )


def _odd_arrivals() -> list[Step]:
    return [
        Step(
            says="HubSpot: a customer signs up (the exception makes her a Salesforce contact)",
            email="ruth@day.example",
            act=lambda h, _s: h.create(
                email="ruth@day.example", firstname="Ruth", lastname="Stone", lifecyclestage="customer"
            ),
            expect=[sf("ruth@day.example", kind="Contact", LastName="Stone")],
        ),
        Step(
            says="HubSpot: somebody leaves only an e-mail (Salesforce wants a name and a company)",
            email="hello@day.example",
            act=lambda h, _s: h.create(email="hello@day.example"),
            expect=[
                sf("hello@day.example", kind="Lead", LastName="hello"),
                hs("hello@day.example", lastname="", company=""),
            ],
        ),
        Step(
            says="HubSpot: a contact without an e-mail (never created on the other side)",
            email="",
            act=lambda h, _s: h.create(firstname="Nameless", lastname="Caller"),
            expect=[Expect(side="salesforce", email="", count=0)],
        ),
    ]


def sellers_arrivals() -> Scene:
    """New records in Salesforce become HubSpot contacts."""

    def lead(name: str) -> Step:
        first, last = name.split()
        return Step(
            says=f"Salesforce: a seller enters the lead {name}",
            email=mail(first),
            act=lambda _h, s: s.create(
                "Lead", FirstName=first, LastName=last, Company=f"{last} AG", Email=mail(first).upper()
            ),
            expect=[hs(mail(first), lastname=last, company=f"{last} AG")],
        )

    def known(_h: HubSpotHands, s: SalesforceHands) -> None:
        s.create("Contact", LastName="Kerr", FirstName="Ann", Email="ann@day.example", Title="CFO")

    return Scene(
        title="09:10  Sellers enter leads in Salesforce",
        steps=[
            *(lead(name) for name in SELLERS_LEADS),
            Step(
                says="Salesforce: a contact Ann Kerr, CFO",
                email="ann@day.example",
                act=known,
                expect=[hs("ann@day.example", lastname="Kerr", jobtitle="CFO")],
            ),
        ],
    )


def edits() -> Scene:
    """One-sided edits, both directions."""
    return Scene(
        title="10:00  Ordinary edits, both directions",
        twice={"ann@day.example": 2},
        steps=[
            *(_phone(first, f"+33 1 11 11 {n:02}") for n, (first, _, _) in enumerate(NEWCOMERS[:6])),
            *(_title(name.split()[0], f"Head of {n}") for n, name in enumerate(SELLERS_LEADS[:4])),
            *_single_edits(),
        ],
    )


def _phone(first: str, number: str) -> Step:
    return Step(
        says=f"HubSpot: {first}'s phone changes",
        email=mail(first),
        act=lambda h, _s: h.edit(mail(first), phone=number),
        expect=[sf(mail(first), Phone=number)],
    )


def _title(first: str, text: str) -> Step:
    return Step(
        says=f"Salesforce: {first}'s title becomes {text}",
        email=mail(first),
        act=lambda _h, s: s.edit("Lead", mail(first), Title=text),
        expect=[hs(mail(first), jobtitle=text)],
    )


def _single_edits() -> list[Step]:
    return [
        Step(
            says="Salesforce: Ann is entered a second time, as a lead (reported, never paired twice)",
            email="ann@day.example",
            act=lambda _h, s: s.create("Lead", LastName="Kerr", Company="Kerr", Email="ANN@day.example"),
            expect=[hs("ann@day.example", jobtitle="CFO"), sf("ann@day.example", count=2)],
        ),
        Step(
            says="Salesforce: Marie's city is filled in",
            email="marie@day.example",
            act=lambda _h, s: s.edit("Lead", "marie@day.example", City="Lyon"),
            expect=[hs("marie@day.example", city="Lyon")],
        ),
        Step(
            says="HubSpot: Jonas's website, blank in Salesforce, is filled in",
            email="jonas@day.example",
            act=lambda h, _s: h.edit("jonas@day.example", website="https://blaufeld.example"),
            expect=[sf("jonas@day.example", Website="https://blaufeld.example")],
        ),
        Step(
            says="Salesforce: Ida's revenue, with more decimals than anybody keeps",
            email="ida@day.example",
            act=lambda _h, s: s.edit("Lead", "ida@day.example", AnnualRevenue=1234567.891),
            expect=[hs("ida@day.example", annualrevenue="1234567.89")],
        ),
    ]


def clashes() -> Scene:
    """Both sides edited between two looks; the mapping rules say who wins."""
    return Scene(
        title="11:00  Two people edit the same person at once",
        steps=[*_edits_of_both(), *_edits_that_give_way()],
    )


def _edits_of_both() -> list[Step]:
    def both(h: HubSpotHands, s: SalesforceHands) -> None:
        h.edit("aiko@day.example", phone="+81 3 9999")
        s.edit("Lead", "aiko@day.example", Title="CTO")

    def same_field(h: HubSpotHands, s: SalesforceHands) -> None:
        h.edit("marie@day.example", city="Paris")
        s.edit("Lead", "marie@day.example", City="Grenoble")

    return [
        Step(
            says="Both: Aiko's phone in HubSpot, her title in Salesforce (both edits stay)",
            email="aiko@day.example",
            act=both,
            expect=[
                sf("aiko@day.example", Phone="+81 3 9999", Title="CTO"),
                hs("aiko@day.example", phone="+81 3 9999", jobtitle="CTO"),
            ],
        ),
        Step(
            says="Both: Marie's city in both CRMs (the default rule prefers Salesforce)",
            email="marie@day.example",
            act=same_field,
            expect=[hs("marie@day.example", city="Grenoble"), sf("marie@day.example", City="Grenoble")],
        ),
    ]


def _edits_that_give_way() -> list[Step]:
    return [
        Step(
            says="HubSpot: Emma's company is overwritten (Salesforce is preferred, so it goes back)",
            email="emma@day.example",
            act=lambda h, _s: h.edit("emma@day.example", company="Somebody Else"),
            expect=[
                hs("emma@day.example", company="Praha Soft"),
                sf("emma@day.example", Company="Praha Soft"),
            ],
        ),
        Step(
            says="Salesforce: Noah's phone is cleared (a clear travels too)",
            email="noah@day.example",
            act=lambda _h, s: s.edit("Lead", "noah@day.example", Phone=None),
            expect=[hs("noah@day.example", phone="")],
        ),
        Step(
            says="HubSpot: Luis gets a new e-mail address (Salesforce is preferred again) and a phone",
            email="luis@day.example",
            act=lambda h, _s: h.edit("luis@day.example", email="luis.ortega@day.example", phone="777"),
            expect=[
                sf("luis.ortega@day.example", count=0),
                hs("luis@day.example"),
                sf("luis@day.example", Phone="777"),
            ],
        ),
    ]
