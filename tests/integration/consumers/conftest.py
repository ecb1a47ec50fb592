"""An office where the most recent edit wins in every field."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from contract.mappings import MappingRule
from contract.settings import Settings
from tests.fakes.office import ON, Office, opened

TWO_WAY: Settings = replace(ON, mappings=tuple(replace(row, rule=MappingRule.TWO_WAY) for row in ON.mappings))


@pytest.fixture
def office() -> Iterator[Office]:
    with opened(TWO_WAY) as found:
        yield found
