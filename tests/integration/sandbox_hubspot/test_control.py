"""The control API and the pages: what a person does by hand."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.sandbox_hubspot.harness import PORTAL, TARGET, Answer, World

BASE = f"/_sandbox/portals/{PORTAL}"


def _post(world: World, path: str, body: Any) -> Answer:
    return world.api.call("POST", path, body)


def test_a_person_creates_edits_archives_and_restores(world: World) -> None:
    ident = _post(world, f"{BASE}/contacts", {"properties": {"firstname": "Ada"}, "user": 4}).body["id"]
    world.clock.move(1)
    edited = world.api.call("PATCH", f"{BASE}/contacts/{ident}", {"properties": {"firstname": "Augusta"}})
    assert edited.status == 200
    (state,) = world.api.get(f"{BASE}/contacts").body
    assert (state["id"], state["properties"]["firstname"]) == (ident, "Augusta")
    assert (state["archived"], state["merged_into"]) == (False, None)
    assert state["updated_at"] == state["created_at"] + 1000
    world.api.call("DELETE", f"{BASE}/contacts/{ident}")
    assert world.api.get(f"{BASE}/contacts").body[0]["archived"] is True
    assert _post(world, f"{BASE}/contacts/{ident}/restore", {}).status == 200
    assert world.api.get(f"{BASE}/contacts").body[0]["archived"] is False


def test_a_person_merges_and_erases(world: World) -> None:
    one, two = world.api.create(firstname="a"), world.api.create(firstname="b")
    survivor = _post(world, f"{BASE}/contacts/merge", {"primary": one, "other": two}).body["id"]
    merged = {record["id"]: record["merged_into"] for record in world.hs.state(PORTAL)}
    assert merged == {one: survivor, two: survivor, survivor: None}
    assert _post(world, f"{BASE}/contacts/{survivor}/gdpr-delete", {}).status == 200
    assert world.hs.state(PORTAL) == []


def test_a_person_may_move_the_stage_back_and_opt_someone_out(world: World) -> None:
    ident = world.api.create(firstname="a", lifecyclestage="customer")
    world.hs.ui_update(PORTAL, "contacts", ident, {"lifecyclestage": "lead", "hs_email_optout": "true"})
    held = world.api.read(ident, "lifecyclestage", "hs_email_optout")
    assert (held["lifecyclestage"], held["hs_email_optout"]) == ("lead", "true")
    assert world.api.update(ident, hs_email_optout="false").status == 400


def test_what_hubspot_refuses_a_person_is_refused_here(world: World) -> None:
    world.api.create(email="ada@example.org")
    assert _post(world, f"{BASE}/contacts", {"properties": {"email": "ada@example.org"}}).status == 409
    assert world.api.call("PATCH", f"{BASE}/contacts/7", {"properties": {}}).status == 404
    assert world.api.get("/_sandbox/portals/1/contacts").status == 404
    assert _post(world, "/_sandbox/refuse", {"portal": PORTAL}).status == 400


def test_faults_target_notices_and_pump_are_set_and_told(world: World) -> None:
    assert world.api.call("PUT", "/_sandbox/faults", {"stale_read": 0.5}).body["stale_read"] == 0.5
    assert world.hs.faults.stale_read == 0.5
    assert world.api.call("PUT", "/_sandbox/faults", {"nonsense": 1}).status == 400
    assert world.api.call("PUT", "/_sandbox/target", {"url": TARGET}).body == {"url": TARGET}
    world.api.create(firstname="a")
    assert world.api.get("/_sandbox/notices").body["waiting"] == 2
    assert _post(world, "/_sandbox/pump", {"everything": True}).body == {"waiting": 0}
    assert world.api.get("/_sandbox/notices").body["counts"]["delivered"] == 2


def test_refusals_errors_lists_owners_and_calls_are_controlled(world: World) -> None:
    _post(world, "/_sandbox/refuse", {"portal": PORTAL, "seconds": 5})
    assert world.api.get("/crm/v3/owners").status == 429
    world.clock.move(5)
    _post(world, "/_sandbox/errors", {"status": 423, "body": {"status": "error"}})
    assert world.api.get("/crm/v3/owners").status == 423
    rule = {"portal": PORTAL, "name": "French", "property": "country", "operator": "EQ", "value": "France"}
    assert _post(world, "/_sandbox/lists", rule).body == {"id": "1"}
    owner = _post(world, f"{BASE}/owners", {"email": "olga@example.org"}).body["id"]
    assert world.api.get(f"/crm/v3/owners/{owner}").status == 200
    assert world.api.get("/_sandbox/calls").body["total"] == 3
    assert world.api.call("DELETE", "/_sandbox/calls").body["total"] == 0


def _page(world: World, method: str, path: str, **form: str) -> str:
    response = world.app.test_client().open(path, method=method, data=form, follow_redirects=True)
    assert response.status_code == 200
    return response.get_data(as_text=True)


def test_the_home_page_shows_records_webhooks_and_calls(world: World) -> None:
    world.api.create(email="ada@example.org", firstname="<b>Ada</b>")
    world.deliver()
    html = _page(world, "GET", "/")
    assert "&lt;b&gt;Ada&lt;/b&gt;" in html
    assert "contact.creation" in html
    assert "/crm/v3/objects/contacts" in html


def test_records_are_created_edited_merged_and_archived_on_the_pages(world: World) -> None:
    base = f"/portals/{PORTAL}/contacts"
    _page(world, "POST", base, firstname="Ada", email="")
    _page(world, "POST", base, firstname="Bob")
    one, two = (record["id"] for record in world.hs.state(PORTAL))
    _page(world, "POST", f"{base}/{one}", firstname="Augusta", phone="1")
    assert world.api.read(one)["firstname"] == "Augusta"
    assert "Augusta" in _page(world, "POST", f"{base}/{one}/act", action="merge", other=two)
    survivor = str(world.api.get(f"/crm/v3/objects/contacts/{two}").body["id"])
    _page(world, "POST", f"{base}/{survivor}/act", action="archive")
    assert "Restore" in _page(world, "GET", f"{base}/{survivor}")
    _page(world, "POST", f"{base}/{survivor}/act", action="restore")
    _page(world, "POST", f"{base}/{survivor}/act", action="gdpr-delete")
    assert world.hs.state(PORTAL) == []
    assert f"There is no record {survivor}" in _page(world, "GET", f"{base}/{survivor}")


@pytest.mark.parametrize("kind", ["contacts", "companies", "deals", "tasks"])
def test_every_record_type_has_a_page(world: World, kind: str) -> None:
    assert "Nothing here yet" in _page(world, "GET", f"/?portal={PORTAL}&kind={kind}")


def test_what_is_refused_is_said_on_the_page(world: World) -> None:
    base = f"/portals/{PORTAL}/contacts"
    assert "Email address nonsense is invalid" in _page(world, "POST", base, email="nonsense")
    ident = world.api.create(firstname="Ada")
    assert "was not one of the allowed options" in _page(
        world, "POST", f"{base}/{ident}", hs_lead_status="WRONG"
    )
    assert world.app.test_client().get("/portals/1/contacts/1").status_code == 404
