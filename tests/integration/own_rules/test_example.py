"""The example of docs/own-rules: installed as its README says, found, and obeyed by a whole office."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from diptych import own_rules
from rules import decide
from sandbox.kit import Faults
from tests.fakes.office import ON, Office, opened

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "docs" / "own-rules" / "example"
NAMES = ("no-competitors", "tidy-titles")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The example, copied and installed into a folder of its own on the path; nothing is downloaded."""
    folder = tmp_path_factory.mktemp("own-rules")
    source = folder / "source"
    source.mkdir()
    for path in filter(Path.is_file, EXAMPLE.iterdir()):
        (source / path.name).write_bytes(path.read_bytes())
    target = folder / "installed"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps"]
    subprocess.run([*pip, "--no-build-isolation", "--target", str(target), str(source)], check=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(target))
        yield


@pytest.fixture
def office(installed: None) -> Iterator[Office]:  # must be there
    """An office whose portal names both rules."""
    with opened(faults=Faults()) as office:
        office.reconciler = replace(office.reconciler, decide=partial(decide, own=own_rules.installed()))
        office.change_settings(replace(ON, own_rules=NAMES))
        yield office


def test_both_rules_are_found(installed: None) -> None:  # must be there
    assert set(NAMES) <= set(own_rules.installed())


def test_nobody_of_a_competitor_is_created_and_everybody_else_is(office: Office) -> None:
    office.add_contact("spy@Rival.example", lastname="Spy")
    friend = office.add_contact("ann@friend.example", lastname="Ann")
    office.rest()
    assert [link.hubspot for link in office.links()] == [friend]


def test_a_title_reaches_salesforce_spelled_out_and_hubspot_keeps_its_own(office: Office) -> None:
    contact = office.add_contact("ann@friend.example", lastname="Ann", jobtitle="VP")
    office.rest()
    (link,) = office.links()
    assert link.salesforce is not None
    assert office.row(link.salesforce)["Title"] == "Vice President"
    assert office.contact(contact)["jobtitle"] == "VP"


def test_a_rule_that_is_not_installed_makes_the_portals_notices_wait(office: Office) -> None:
    office.change_settings(replace(ON, own_rules=("gone",)))
    office.add_contact("ann@friend.example", lastname="Ann")
    office.deliver()
    office.receive()
    office.step()
    assert (office.links(), office.counts().pending) == ([], 1)
    assert own_rules.missing(office.portal, own_rules.installed())
