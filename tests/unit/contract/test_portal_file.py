"""A portal's file becomes a portal, and a portal its file."""

from __future__ import annotations

from contract.portal_file import dump_portal, load_portal
from tests.unit.contract.portals import PORTAL_FILE, SECRETS


def test_an_exported_file_applies_to_the_same_portal_and_holds_no_secret() -> None:
    portal = load_portal(PORTAL_FILE)
    exported = dump_portal(portal)
    assert load_portal(exported, portal) == portal
    assert not [secret for secret in SECRETS if secret in exported]
