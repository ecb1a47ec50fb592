"""The integration version of a portal, as `diptych doctor` and `diptych portals show` tell it."""

from __future__ import annotations

from collections.abc import Iterator

from contract.errors import CrmError
from contract.ports import Database
from contract.records import Side
from contract.settings import Portal
from diptych.accounts import Accounts, accounts_of, open_accounts
from diptych.cli.checkup import Finding, Grade
from diptych.config import Config
from diptych.releases import Standing, integration, this_build, words
from diptych.wiring import Stores


def check_versions(portal: Portal, config: Config, stores: Stores) -> Iterator[Finding]:
    """A finding per side. The sync works without the latest, so the worst is a warning."""
    yield from _findings(portal, open_accounts(portal, config, stores.ledger, stores.database))


def version_lines(portal: Portal, config: Config, database: Database) -> Iterator[str]:
    """A sentence per side; a side that cannot be asked says so."""
    with accounts_of(portal, config, database) as accounts:
        yield from (finding.says for finding in _findings(portal, accounts))


def _findings(portal: Portal, accounts: Accounts) -> Iterator[Finding]:
    for side in (Side.SALESFORCE, Side.HUBSPOT):
        grade = Grade.WARNING
        try:
            found = integration(side, accounts.installed(side), build=this_build())
            says = words(found, portal.number)
            grade = Grade.OK if found.standing is Standing.LATEST else Grade.WARNING
        except CrmError as error:
            says = f"the integration version cannot be read: {error.fault.says} ({error.fault.code})"
        yield Finding(subject=f"portal {portal.number}", says=f"{side.label}: {says}", grade=grade)
