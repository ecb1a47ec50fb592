"""Who is on a list, and who joined it when."""

from __future__ import annotations

from tests.contract.crm.benches import NUMBER, HubSpotBench


def test_members_are_those_on_the_list(hubspot: HubSpotBench) -> None:
    ids = [
        hubspot.add(f"p{number}@example.com", first="In" if number % 2 else "Out") for number in range(150)
    ]
    chosen = hubspot.sandbox.add_dynamic_list(NUMBER, "Chosen", "firstname", "EQ", "In")
    hubspot.sandbox.add_dynamic_list(NUMBER, "All", "firstname", "HAS_PROPERTY")

    assert hubspot.crm.members(chosen, [*ids, "999999999"]) == set(ids[1::2])


def test_a_list_is_read_in_the_order_in_which_its_members_joined_and_on_from_any_page(
    hubspot: HubSpotBench,
) -> None:
    chosen = hubspot.sandbox.add_dynamic_list(NUMBER, "Chosen", "lastname", "EQ", "In")
    ids = [hubspot.add(f"p{number}@example.com", last="Out") for number in range(252)]
    for id_ in reversed(ids):
        hubspot.clock.sleep(1)
        hubspot.sandbox.ui_update(NUMBER, "contacts", id_, {"lastname": "In"})

    first = hubspot.crm.joined(chosen, None)
    last = hubspot.crm.joined(chosen, first.after)

    assert [id_ for id_, _ in (*first.members, *last.members)] == ids[::-1]
    assert (len(first.members), last.after) == (250, None)
    assert last.members[-1][1] == hubspot.clock()
