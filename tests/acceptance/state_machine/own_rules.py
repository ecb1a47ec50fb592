"""The documented example of users' own rules, loaded from where it is documented."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from contract.own_rules import OwnRule

RIVAL = "rival.example"
"""The example never syncs who has an address there."""
_EXAMPLE = Path(__file__).parents[3] / "docs" / "own-rules" / "example" / "example_rules.py"


@cache
def example() -> Mapping[str, OwnRule]:
    """The example's two rules by the names under which it announces them."""
    spec = importlib.util.spec_from_file_location(_EXAMPLE.stem, _EXAMPLE)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(_EXAMPLE)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return {"no-competitors": module.NO_COMPETITORS, "tidy-titles": module.TIDY_TITLES}
