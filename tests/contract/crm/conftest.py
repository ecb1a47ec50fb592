"""Each duty runs on both benches; what only one CRM can do runs on that one."""

from __future__ import annotations

import pytest

from tests.contract.crm.benches import Bench, HubSpotBench, SalesforceBench


@pytest.fixture
def hubspot() -> HubSpotBench:
    return HubSpotBench()


@pytest.fixture
def salesforce() -> SalesforceBench:
    return SalesforceBench()


@pytest.fixture(params=["hubspot", "salesforce"])
def bench(request: pytest.FixtureRequest) -> Bench:
    found: Bench = request.getfixturevalue(request.param)
    return found
