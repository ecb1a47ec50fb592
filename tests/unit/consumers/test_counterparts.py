"""Counterparts: one person on both sides is known by e-mail."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from consumers.counterparts import counterparts
from contract.errors import CrmError, ErrorClass, Fault
from contract.facts import OwnerAcross
from contract.ports import Owner
from contract.records import Side

H, S = Side.HUBSPOT, Side.SALESFORCE


class Users:
    """One side's users; notes what it was asked."""

    def __init__(self, *users: Owner) -> None:
        self.users = users
        self.asked: list[tuple[set[str], set[str]]] = []

    def owners(self, *, ids: Collection[str] = (), emails: Collection[str] = ()) -> list[Owner]:
        self.asked.append((set(ids), set(emails)))
        return [user for user in self.users if user.id in ids or user.email in emails]


def user(id_: str, name: str, *, active: bool = True) -> Owner:
    return Owner(id=id_, email=f"{name}@x.com" if name else "", active=active)


HUBSPOT = (user("1", "ada"), user("2", "bob"), user("3", "cyd"), user("4", ""))
SALESFORCE = (
    user("005I", "ada", active=False),
    user("005A", "ada"),
    user("005T", "ada"),
    user("005B", "bob", active=False),
    user("005N", ""),
)


@pytest.mark.parametrize(
    ("question", "id_", "says"),
    [
        (OwnerAcross(H, "1"), "005A", ""),  # active, and of two the older one
        (OwnerAcross(H, "2"), None, "nobody active in Salesforce has the e-mail of its owner"),
        (OwnerAcross(H, "3"), None, "nobody active in Salesforce has the e-mail of its owner"),
        (OwnerAcross(H, "4"), None, "nobody active in Salesforce has the e-mail of its owner"),
        (OwnerAcross(H, "9"), None, "its owner in HubSpot is nobody whom we may see as active"),
        (OwnerAcross(S, "005T"), "1", ""),
        (OwnerAcross(S, "005B"), None, "its owner in Salesforce is not active"),
        (OwnerAcross(S, "00G1"), None, "its owner in Salesforce is a queue"),
        (OwnerAcross(S, "005N"), None, "nobody active in HubSpot has the e-mail of its owner"),
    ],
)
def test_who_stands_for_whom(question: OwnerAcross, id_: str | None, says: str) -> None:
    found = counterparts([question], {H: Users(*HUBSPOT), S: Users(*SALESFORCE)})[question]
    assert (found.id, found.says) == (id_, says)


def test_any_number_of_questions_is_asked_in_two_calls_per_side() -> None:
    hubspot, salesforce = Users(*HUBSPOT), Users(*SALESFORCE)
    asked = [OwnerAcross(H, "1"), OwnerAcross(H, "2"), OwnerAcross(S, "005A"), OwnerAcross(S, "00G1")]
    assert len(counterparts(asked, {H: hubspot, S: salesforce})) == 4
    assert hubspot.asked == [({"1", "2"}, set()), (set(), {"ada@x.com"})]
    assert salesforce.asked == [(set(), {"ada@x.com", "bob@x.com"}), ({"005A", "00G1"}, set())]


def test_nobody_is_asked_when_there_is_no_question() -> None:
    hubspot, salesforce = Users(), Users()
    assert counterparts([], {H: hubspot, S: salesforce}) == {}
    assert hubspot.asked == salesforce.asked == []


class Refusing(Users):
    """One side that does not tell of its users."""

    def __init__(self, error: ErrorClass) -> None:
        super().__init__()
        self.error = error

    def owners(self, *, ids: Collection[str] = (), emails: Collection[str] = ()) -> list[Owner]:
        raise CrmError(Fault(error=self.error, code="MISSING_SCOPES", says="the app lacks a scope"))


def test_where_we_may_not_see_owners_nobody_has_a_counterpart_and_that_is_said() -> None:
    question = OwnerAcross(H, "1")
    found = counterparts([question], {H: Refusing(ErrorClass.PERMISSION), S: Users(*SALESFORCE)})
    assert found[question].id is None
    assert "the app lacks a scope" in found[question].says


def test_a_side_that_is_away_is_asked_again_later() -> None:
    with pytest.raises(CrmError):
        counterparts([OwnerAcross(H, "1")], {H: Refusing(ErrorClass.TRANSIENT), S: Users()})
