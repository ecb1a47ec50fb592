"""A token that HubSpot refuses once is tried once more, and no oftener."""

from __future__ import annotations

import pytest

from contract.errors import CrmError, ErrorClass
from tests.contract.crm.benches import HubSpotBench, update
from tests.fakes.canned import answer

REFUSAL = {"status": "error", "category": "INVALID_AUTHENTICATION", "message": "no"}


def test_a_single_refusal_of_the_token_is_no_refusal(hubspot: HubSpotBench) -> None:
    contact = hubspot.add("a@example.com")
    hubspot.wire.answers.append(answer(401, REFUSAL))
    assert list(hubspot.crm.read("contact", [contact], [])) == [contact]
    hubspot.wire.answers.append(answer(401, REFUSAL))
    (outcome,) = hubspot.crm.apply([update(hubspot, contact, first="Zoe")])
    assert (outcome.fault, hubspot.stored(contact, "first")) == (None, "Zoe")


def test_a_token_refused_twice_is_refused(hubspot: HubSpotBench) -> None:
    hubspot.wire.answers.extend(answer(401, REFUSAL) for _ in range(3))
    with pytest.raises(CrmError) as caught:
        hubspot.crm.check()
    assert (caught.value.fault.error, len(hubspot.wire.seen)) == (ErrorClass.AUTH, 2)
