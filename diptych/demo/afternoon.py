"""The afternoon: a nervous editor, merges, a conversion, refusals, deletions and an erasure."""

from __future__ import annotations

from diptych.demo.hands import HubSpotHands, SalesforceHands
from diptych.demo.script import Act, Scene, Step, hs, sf


def _unruly(chance: float) -> Act:
    """Both CRMs repeat and delay their notices with this chance."""

    def act(h: HubSpotHands, s: SalesforceHands) -> None:
        h.misbehave(duplicate_notice=chance, late_notice=chance)
        s.misbehave(duplicate_notice=chance, late_notice=chance)

    return act


def burst() -> Scene:
    """Ten edits of one field within seconds: only the last one may stay."""
    numbers = [f"+47 {n}" for n in range(10)]

    def nervous(number: str) -> Step:
        return Step(
            says=f"HubSpot: Zoé's phone becomes {number}",
            email="zoe@day.example",
            act=lambda h, _s: h.edit("zoe@day.example", phone=number),
            expect=[sf("zoe@day.example", Phone=numbers[-1])],
        )

    return Scene(
        title="12:00  A nervous editor: ten edits in a row, told twice, late and out of order",
        before=_unruly(0.7),
        after=_unruly(0.15),
        steps=[nervous(number) for number in numbers],
    )


def merges() -> Scene:
    """Merges on both sides, and a lead that becomes a contact."""
    return Scene(
        title="13:30  Merges and a conversion",
        steps=[
            Step(
                says="HubSpot: Omar and Priya turn out to be one person and are merged",
                email="omar@day.example",
                also=["priya@day.example"],
                act=lambda h, _s: h.merge("omar@day.example", "priya@day.example"),
                expect=[hs("omar@day.example"), hs("priya@day.example", count=0), sf("omar@day.example")],
            ),
            Step(
                says="Salesforce: Max is merged into Lena",
                email="lena@day.example",
                also=["max@day.example"],
                act=lambda _h, s: s.merge("Lead", "lena@day.example", "max@day.example"),
                expect=[sf("max@day.example", count=0), hs("lena@day.example"), sf("lena@day.example")],
            ),
            Step(
                says="Salesforce: Vera's lead is converted",
                email="vera@day.example",
                act=lambda _h, s: s.convert("vera@day.example"),
                expect=[
                    sf("vera@day.example", kind="Contact"),
                    sf("vera@day.example", kind="Lead", count=0),
                    hs("vera@day.example"),
                ],
            ),
        ],
    )


def after_merges() -> Scene:
    """Edits of those who were merged or converted."""
    return Scene(
        title="14:00  Life goes on after merging and converting",
        steps=[
            Step(
                says="HubSpot: Vera's phone (now on a Salesforce contact)",
                email="vera@day.example",
                act=lambda h, _s: h.edit("vera@day.example", phone="+39 02 1"),
                expect=[sf("vera@day.example", kind="Contact", Phone="+39 02 1")],
            ),
            Step(
                says="Salesforce: Lena's title",
                email="lena@day.example",
                act=lambda _h, s: s.edit("Lead", "lena@day.example", Title="Owner"),
                expect=[hs("lena@day.example", jobtitle="Owner")],
            ),
            Step(
                says="HubSpot: the merged Omar's mobile",
                email="omar@day.example",
                act=lambda h, _s: h.edit("omar@day.example", mobilephone="+961 3 5"),
                expect=[sf("omar@day.example", MobilePhone="+961 3 5")],
            ),
        ],
    )


def _refused_by_hubspot(h: HubSpotHands, s: SalesforceHands) -> None:
    h.refuse(3)
    s.edit("Lead", "paul@day.example", Phone="+33 6 1")


def _refused_by_salesforce(h: HubSpotHands, s: SalesforceHands) -> None:
    s.refuse(2)
    h.edit("ann@day.example", phone="+44 20 7")


def _entered_twice(h: HubSpotHands, s: SalesforceHands) -> None:
    h.create(email="mila@day.example", firstname="Mila", lastname="Horn", jobtitle="Buyer")
    s.create("Lead", FirstName="Mila", LastName="Horn", Company="Horn", Email="Mila@day.example")


def bad_value() -> Scene:
    """A field that is refused, and CRMs that refuse everything for a while."""
    return Scene(
        title="15:00  A value that Salesforce refuses, and a CRM that wants to be left alone",
        before=lambda _h, s: s.forbid("Lead", "Website", "^(https?://.*)?$", "A website begins with http"),
        steps=[
            Step(
                says="HubSpot: Tom's website is nonsense, his title is not (one bad field sinks no record)",
                email="tom@day.example",
                act=lambda h, _s: h.edit("tom@day.example", website="n/a", jobtitle="Skipper"),
                expect=[sf("tom@day.example", Title="Skipper", Website="")],
            ),
            Step(
                says="HubSpot: answers 429 for three seconds while Paul's phone changes in Salesforce",
                email="paul@day.example",
                act=_refused_by_hubspot,
                expect=[hs("paul@day.example", phone="+33 6 1")],
            ),
            Step(
                says="Salesforce: is over its limit for two seconds while Ann's phone changes in HubSpot",
                email="ann@day.example",
                act=_refused_by_salesforce,
                expect=[sf("ann@day.example", kind="Contact", Phone="+44 20 7")],
            ),
            Step(
                says="Both: meanwhile Mila fills in a form and a seller enters her (they become one pair)",
                email="mila@day.example",
                act=_entered_twice,
                expect=[
                    hs("mila@day.example", company="Horn"),
                    sf("mila@day.example", kind="Lead", Title="Buyer"),
                ],
            ),
        ],
        dead_letters=1,
        differs={"tom@day.example": {"website"}},
    )


def endings() -> Scene:
    """People who go: deleted here, deleted there, erased."""
    return Scene(
        title="16:30  Deletions and an erasure",
        steps=[
            Step(
                says="Salesforce: Ugo's lead is deleted (the box is ticked: HubSpot archives him)",
                email="ugo@day.example",
                act=lambda _h, s: s.delete("Lead", "ugo@day.example"),
                expect=[hs("ugo@day.example", count=0)],
            ),
            Step(
                says="HubSpot: Noah is deleted (Salesforce keeps its lead)",
                email="noah@day.example",
                act=lambda h, _s: h.delete("noah@day.example"),
                expect=[sf("noah@day.example", kind="Lead"), hs("noah@day.example", count=0)],
            ),
            Step(
                says="HubSpot: Emma asks to be forgotten",
                email="emma@day.example",
                act=lambda h, _s: h.erase("emma@day.example"),
                expect=[hs("emma@day.example", count=0)],
            ),
        ],
    )


def after_endings() -> Scene:
    """Edits after the end."""
    return Scene(
        title="17:30  The forgotten stay forgotten",
        steps=[
            Step(
                says="Salesforce: somebody edits Emma's surviving lead (she must not come back)",
                email="emma@day.example",
                act=lambda _h, s: s.edit("Lead", "emma@day.example", Title="Ghost"),
                expect=[hs("emma@day.example", count=0), sf("emma@day.example", Title="Ghost")],
            ),
            Step(
                says="HubSpot: Jonas's last call of the day",
                email="jonas@day.example",
                act=lambda h, _s: h.edit("jonas@day.example", phone="+49 30 1"),
                expect=[sf("jonas@day.example", Phone="+49 30 1")],
            ),
        ],
    )
