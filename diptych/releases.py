"""Which version of Diptych's parts each CRM has, which is the latest, and what an update would bring.

The parts change more seldom than Diptych: a side is up to date when nothing newer than its version changed
anything there, whatever the version of the build is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import version

from contract.records import Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What a version of Diptych changed in the CRMs; sides that it left alone are not there."""

    version: str
    brings: Mapping[Side, Sequence[str]]


RELEASES: Sequence[Release] = (
    Release(
        version="0.1.0",
        brings={
            Side.SALESFORCE: (
                "outbound messages and flows for leads and contacts",
                "a flow for new contact roles",
                "the creation key as an external id",
                "a permission set",
                "an external client app",
            ),
            Side.HUBSPOT: ("a property group with the version, and the mapped properties that are missing",),
        },
    ),
)
"""Every version that changed something in a CRM, oldest first. Whoever changes the templates of
diptych/salesforce or what `diptych setup` makes in HubSpot adds a line."""


class Standing(StrEnum):
    """How what is installed stands to the latest."""

    LATEST = "up to date"
    OLDER = "an update is there"
    NEWER = "newer than this build"
    MISSING = "not installed"
    UNKNOWN = "of unknown version"


@dataclass(frozen=True, slots=True, kw_only=True)
class Integration:
    """The integration version of one side. `brings` is what an update would bring there."""

    side: Side
    standing: Standing
    installed: str
    latest: str
    brings: Sequence[str] = ()


def this_build() -> str:
    """The version of the installed Diptych."""
    return version("diptych")


def integration(
    side: Side, installed: str | None, *, build: str, releases: Sequence[Release] = RELEASES
) -> Integration:
    """Compare what a side has with what this build ships. `installed` is None for nothing, "" for unknown."""
    changes = [one for one in releases if side in one.brings and _order(one.version) <= _order(build)]
    latest = changes[-1].version
    have = _order(installed or "")
    missing = [
        change for one in changes if not have or _order(one.version) > have for change in one.brings[side]
    ]
    standing = _standing(installed, have, latest=latest, build=build)
    return Integration(
        side=side, standing=standing, installed=installed or "", latest=latest, brings=tuple(missing)
    )


def _standing(installed: str | None, have: tuple[int, ...], *, latest: str, build: str) -> Standing:
    if installed is None:
        return Standing.MISSING
    if not have:
        return Standing.UNKNOWN
    if have < _order(latest):
        return Standing.OLDER
    return Standing.NEWER if have > _order(build) else Standing.LATEST


def _order(text: str) -> tuple[int, ...]:
    """The numbers at the beginning of a version, by which versions are compared; () where there are none."""
    found = re.match(r"\d+(?:\.\d+)*", text, re.ASCII)
    return tuple(int(part) for part in found.group().split(".")) if found else ()


def words(found: Integration, portal: int) -> str:
    """The row in one sentence, without the name of the side."""
    setup = f"`diptych setup {portal}`"
    update = f"the latest, {found.latest}, brings {', '.join(found.brings)}: {setup}"
    return {
        Standing.LATEST: f"integration version {found.installed} is installed, which is up to date",
        Standing.OLDER: f"integration version {found.installed} is installed; {update}",
        Standing.NEWER: f"integration version {found.installed} is installed, newer than this build knows "
        f"({found.latest}): somebody updated it from a newer Diptych",
        Standing.MISSING: f"no integration version is installed, or we may not see it; {update}",
        Standing.UNKNOWN: f"something is installed that does not tell its version; {update}",
    }[found.standing]
