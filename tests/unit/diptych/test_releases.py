from __future__ import annotations

import pytest

from contract.records import Side
from diptych.releases import RELEASES, Release, Standing, integration, this_build, words

TABLE = (
    Release(version="0.1.0", brings={Side.SALESFORCE: ("flows",), Side.HUBSPOT: ("a group",)}),
    Release(version="0.2.0", brings={Side.HUBSPOT: ("a property",)}),
    Release(version="0.10.0", brings={Side.SALESFORCE: ("a field", "a permission")}),
    Release(version="0.11.0", brings={Side.SALESFORCE: ("not in this build",)}),
)


@pytest.mark.parametrize(
    ("side", "installed", "standing", "brings"),
    [
        (Side.SALESFORCE, None, Standing.MISSING, ("flows", "a field", "a permission")),
        (Side.SALESFORCE, "", Standing.UNKNOWN, ("flows", "a field", "a permission")),
        (Side.SALESFORCE, "nightly", Standing.UNKNOWN, ("flows", "a field", "a permission")),
        (Side.SALESFORCE, "0.1.0", Standing.OLDER, ("a field", "a permission")),
        (Side.SALESFORCE, "0.9.9", Standing.OLDER, ("a field", "a permission")),
        (Side.SALESFORCE, "0.10.0", Standing.LATEST, ()),
        (Side.SALESFORCE, "0.10.3", Standing.LATEST, ()),
        (Side.SALESFORCE, "0.10.4", Standing.NEWER, ()),
        (Side.HUBSPOT, "0.2.0", Standing.LATEST, ()),
        (Side.HUBSPOT, "0.1.7", Standing.OLDER, ("a property",)),
    ],
)
def test_what_is_installed_is_compared_by_what_changed_on_that_side(
    side: Side, installed: str | None, standing: Standing, brings: tuple[str, ...]
) -> None:
    found = integration(side, installed, build="0.10.3", releases=TABLE)
    assert (found.standing, found.brings) == (standing, brings)
    assert found.latest == {Side.SALESFORCE: "0.10.0", Side.HUBSPOT: "0.2.0"}[side]


@pytest.mark.parametrize(
    ("installed", "says"),
    [
        ("0.10.0", "integration version 0.10.0 is installed, which is up to date"),
        (
            "0.1.0",
            (
                "integration version 0.1.0 is installed; the latest, 0.10.0, brings a field, a permission: "
                "`diptych setup 7`"
            ),
        ),
        (
            None,
            (
                "no integration version is installed, or we may not see it; the latest, 0.10.0, brings "
                "flows, a field, a permission: `diptych setup 7`"
            ),
        ),
        (
            "1.0",
            (
                "integration version 1.0 is installed, newer than this build knows (0.10.0): somebody "
                "updated it from a newer Diptych"
            ),
        ),
    ],
)
def test_the_row_says_what_is_there_and_what_an_update_brings(installed: str | None, says: str) -> None:
    assert words(integration(Side.SALESFORCE, installed, build="0.10.3", releases=TABLE), 7) == says


def test_this_build_is_listed_and_up_to_date_with_itself() -> None:
    versions = [release.version for release in RELEASES]
    assert len(set(versions)) == len(versions)
    for side in Side:
        assert integration(side, this_build(), build=this_build()).standing is Standing.LATEST
