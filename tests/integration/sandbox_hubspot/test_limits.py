"""Rate limits, their headers, and answers given instead of the real one."""

from __future__ import annotations

from typing import Any

from tests.integration.sandbox_hubspot.harness import PORTAL, Answer, World, make_world

CONTACTS = "/crm/v3/objects/contacts"


def _calls(world: World, count: int) -> list[int]:
    return [world.api.get(CONTACTS).status for _ in range(count)]


def test_the_burst_limit_refuses_and_fills_up_again() -> None:
    world = make_world(account={"burst_per_ten_seconds": 20})
    assert _calls(world, 21) == [200] * 20 + [429]
    world.clock.move(5)
    assert _calls(world, 11) == [200] * 10 + [429]


def test_headers_tell_what_is_left_and_a_429_names_the_policy() -> None:
    world = make_world(account={"burst_per_ten_seconds": 2, "daily_limit": 100})
    headers = world.api.get(CONTACTS).headers
    assert headers["X-HubSpot-RateLimit-Max"] == "2"
    assert headers["X-HubSpot-RateLimit-Remaining"] == "1"
    assert headers["X-HubSpot-RateLimit-Interval-Milliseconds"] == "10000"
    assert headers["X-HubSpot-RateLimit-Daily"] == "100"
    assert headers["X-HubSpot-RateLimit-Daily-Remaining"] == "99"
    world.api.get(CONTACTS)
    refused = world.api.get(CONTACTS)
    assert refused.status == 429
    assert (refused.body["errorType"], refused.body["policyName"]) == ("RATE_LIMIT", "TEN_SECONDLY_ROLLING")
    assert refused.headers["X-HubSpot-RateLimit-Remaining"] == "0"
    assert "Retry-After" not in refused.headers


def test_searches_have_a_limit_of_their_own_and_no_headers() -> None:
    world = make_world(account={"searches_per_second": 5, "burst_per_ten_seconds": 100})

    def search() -> Answer:
        return world.api.search()

    answers = [search() for _ in range(6)]
    assert [answer.status for answer in answers] == [200] * 5 + [429]
    assert not any(name.startswith("X-HubSpot-RateLimit") for name, _ in answers[0].headers.items())
    assert answers[5].body["policyName"] == "SECONDLY"
    assert world.api.get(CONTACTS).headers["X-HubSpot-RateLimit-Remaining"] == "99"
    world.clock.move(1)
    assert search().status == 200


def test_the_daily_limit_ends_at_midnight_where_the_account_lives() -> None:
    world = make_world(account={"daily_limit": 2})
    assert _calls(world, 2) == [200, 200]
    assert world.api.get(CONTACTS).body["policyName"] == "DAILY"
    world.clock.move(14 * 3600 - 1)
    assert _calls(world, 1) == [429]
    world.clock.move(1)
    assert _calls(world, 1) == [200]


def test_an_account_can_be_refused_for_a_while_and_the_other_is_not() -> None:
    world = make_world()
    world.hs.refuse_for(PORTAL, 30)
    assert (world.api.get(CONTACTS).status, world.other.get(CONTACTS).status) == (429, 200)
    world.clock.move(30)
    assert world.api.get(CONTACTS).status == 200


def test_the_next_answers_can_be_given_in_advance() -> None:
    world = make_world()
    locked: dict[str, Any] = {"status": "error", "message": "This record is locked."}
    world.hs.next_errors.append((423, locked, {}))
    world.hs.next_errors.append((477, {"status": "error"}, {"Retry-After": "86400"}))
    first, second, third = (world.api.post(CONTACTS, {"properties": {"firstname": "x"}}) for _ in range(3))
    assert (first.status, first.body) == (423, locked)
    assert (second.status, second.headers["Retry-After"]) == (477, "86400")
    assert third.status == 201
    assert len(world.hs.state(PORTAL)) == 1


def test_calls_are_counted_by_template_and_control_calls_are_not() -> None:
    world = make_world()
    world.api.get(f"{CONTACTS}/1")
    world.api.get(f"{CONTACTS}/2")
    world.api.get("/_sandbox/notices")
    assert world.hs.calls.counts == {"GET /crm/v3/objects/{kind}/{ident}": 2}


def test_the_accounts_own_figures_count_its_calls() -> None:
    world = make_world(account={"daily_limit": 1000})
    _calls(world, 3)
    (row,) = world.api.get("/account-info/v3/api-usage/daily/private-apps").body["results"]
    assert (row["usageLimit"], row["currentUsage"]) == (1000, 4)
    assert row["resetsAt"] == "2026-11-24T23:00:00.000Z"
