"""Opting out of e-mail through the API."""

from __future__ import annotations

from tests.integration.sandbox_hubspot.harness import World

STATUSES = "/communication-preferences/v4/statuses"


def test_an_app_opts_a_contact_out_and_it_is_told(world: World) -> None:
    ident = world.api.create(email="ada@example.org")
    path = f"{STATUSES}/ada@example.org/unsubscribe-all?channel=EMAIL"
    assert world.api.get(path).body["results"] == []
    world.forget()
    answer = world.api.post(path, {})
    assert answer.body["results"][0]["status"] == "UNSUBSCRIBED"
    assert world.api.read(ident, "hs_email_optout")["hs_email_optout"] == "true"
    assert world.api.get(path).body["results"][0]["subscriberIdString"] == "ada@example.org"
    assert [(e["propertyName"], e["propertyValue"]) for e in world.deliver()] == [("hs_email_optout", "true")]


def test_many_addresses_at_once_known_or_not(world: World) -> None:
    ident = world.api.create(email="ada@example.org")
    body = {"inputs": ["ada@example.org", "eve@example.org"]}
    answer = world.api.post(f"{STATUSES}/batch/unsubscribe-all?channel=EMAIL", body)
    assert [row["subscriberIdString"] for row in answer.body["results"]] == body["inputs"]
    assert world.api.read(ident, "hs_email_optout")["hs_email_optout"] == "true"
    too_many = {"inputs": [f"{n}@example.org" for n in range(101)]}
    assert world.api.post(f"{STATUSES}/batch/unsubscribe-all?channel=EMAIL", too_many).status == 400


def test_the_channel_must_be_named_and_the_property_itself_is_read_only(world: World) -> None:
    ident = world.api.create(email="ada@example.org")
    assert world.api.post(f"{STATUSES}/ada@example.org/unsubscribe-all", {}).status == 400
    assert world.api.update(ident, hs_email_optout="true").status == 400


def test_a_contact_is_opted_out_as_long_as_its_address_is(world: World) -> None:
    ident = world.api.create(email="ada@example.org")
    out = f"{STATUSES}/batch/unsubscribe-all?channel=EMAIL"
    world.api.post(out, {"inputs": ["Ada@Example.org", "later@example.org"]})

    def said() -> object:
        return world.api.read(ident, "hs_email_optout")["hs_email_optout"]

    assert said() == "true"
    world.api.update(ident, email="other@example.org")
    assert said() is None
    world.api.update(ident, email="ada@example.org")
    assert said() == "true"
    later = world.api.create(email="later@example.org")
    assert world.api.read(later, "hs_email_optout")["hs_email_optout"] == "true"
