"""What a link still knows once its Salesforce end is another record: base, intents, placeholders."""

from __future__ import annotations

from typing import Any

import pytest

from contract.links import Pair
from contract.records import Side
from contract.settings import Settings
from rules.moves import retarget
from tests.fakes.people import contact, in_step, intent, lead, sf_contact

ONE, PLAIN = contact(1, email="a@x.com", lastname="L", phone="1"), Settings()


@pytest.mark.parametrize(
    ("told", "old", "new", "kept"),
    [
        (True, True, True, True),
        (True, True, False, False),
        (True, False, False, True),
        (True, None, True, True),
        (True, None, False, False),
        (False, None, False, True),
    ],
)
def test_whether_an_opt_out_is_as_if_never_in_step_with_the_new_record(
    *, told: bool, old: bool | None, new: bool, kept: bool
) -> None:
    """`told` when in step, `old` as the old record shows it (None: it does not), `new` by the new one."""
    shown: dict[str, Any] = {} if old is None else {"HasOptedOutOfEmail": old}
    there = sf_contact(1, **shown)
    pair = Pair(str(told).lower(), told)
    moved = retarget(
        in_step(contact(1, hs_email_optout="true"), there, opt_out=pair),
        sf_contact(2, HasOptedOutOfEmail=new),
        PLAIN,
        there,
    )
    assert moved.base.get("opt_out") == (pair if kept else None)


@pytest.mark.parametrize(("phone", "kept"), [(None, True), ("1", False)])
def test_what_we_meant_is_kept_where_the_old_record_was_cleared_and_not_where_it_was_left_behind(
    phone: str | None, *, kept: bool
) -> None:
    """A write to HubSpot just before the move; the new record has no phone."""
    pairs = {"phone": Pair("1", "1")}
    tie = in_step(ONE, sf_contact(1), **pairs).changed(intents=(intent(Side.HUBSPOT, pairs=pairs),))
    moved = retarget(tie, sf_contact(2), PLAIN, sf_contact(1, LastName="L", Phone=phone))
    assert ("phone" in moved.base, "phone" in moved.intents[0].pairs) == (kept, kept)


def test_a_placeholder_goes_where_the_new_record_holds_something_else() -> None:
    made_up = {"LastName": "ann", "Company": "x.com"}
    tie = in_step(ONE, lead(1)).changed(placeholders=made_up)
    assert retarget(tie, sf_contact(2, LastName="ann"), PLAIN).placeholders == {"LastName": "ann"}
    assert retarget(tie, sf_contact(2, LastName="Lee"), PLAIN).placeholders == {}
    assert retarget(tie, sf_contact(2, hidden={"LastName"}), PLAIN).placeholders == {"LastName": "ann"}


@pytest.mark.parametrize(("side", "kept"), [(Side.HUBSPOT, True), (Side.SALESFORCE, False)])
def test_what_the_old_record_shows_of_a_field_that_was_out_of_sight_there_tells_nothing(
    side: Side, *, kept: bool
) -> None:
    """It is blank on both records; only where Salesforce showed it all along has somebody cleared it."""
    tie = in_step(ONE, sf_contact(1), phone=Pair("1", "1")).changed(out_of_sight=frozenset({(side, "phone")}))
    assert ("phone" in retarget(tie, sf_contact(2), PLAIN, sf_contact(1)).base) is kept
