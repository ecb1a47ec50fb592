"""Fixtures of the stand-in HubSpot's tests."""

from __future__ import annotations

import pytest

from tests.integration.sandbox_hubspot.harness import Api, World, make_world


@pytest.fixture
def world() -> World:
    """A polite stand-in with two accounts."""
    return make_world()


@pytest.fixture
def api(world: World) -> Api:
    """The first account's API."""
    return world.api
