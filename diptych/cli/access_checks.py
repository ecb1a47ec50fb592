"""What `diptych doctor` looks at beyond fields: objects that a setting needs, flows that must be active."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from adapters.crm.salesforce_api import SalesforceApi
from adapters.crm.salesforce_flows import active_flows
from adapters.crm.salesforce_roles import SalesforceRoles
from contract.errors import CrmError, ErrorClass
from contract.settings import Portal
from diptych.accounts import Accounts, open_accounts
from diptych.cli.checkup import Finding, Grade
from diptych.config import Config
from diptych.salesforce import flow_names
from diptych.wiring import Stores


def check_access(portal: Portal, config: Config, stores: Stores) -> Iterator[Finding]:
    """The findings for one portal. What keeps a side from answering at all was told before."""
    accounts = open_accounts(portal, config, stores.ledger, stores.database)
    try:
        yield from role_findings(portal, accounts.salesforce, datetime.now(UTC))
        yield from flow_findings(portal, accounts)
    except CrmError:
        return


def role_findings(portal: Portal, api: SalesforceApi, now: datetime) -> Iterator[Finding]:
    """Whether contact roles and their opportunities can be read, where stages are automatic.

    Asked as the sweep asks, but for nothing that there is. Raises CrmError.
    """
    if not portal.settings.automatic_stages:
        return
    subject = f"portal {portal.number}"
    try:
        for _ in SalesforceRoles(api=api).roles_changed(now):
            pass
    except CrmError as error:
        if error.fault.error is not ErrorClass.PERMISSION:
            raise
        says = (
            "lifecycle.automatic is on, but we may not see opportunities and their contact roles "
            f"({error.fault.code}), so no stage moves: grant the integration user read access to "
            "Opportunity, as the permission set `Diptych` does"
        )
        yield Finding(subject=subject, says=says, grade=Grade.FAULT)
        return
    yield Finding(subject=subject, says="opportunities and contact roles can be read, which moves stages")


def flow_findings(portal: Portal, accounts: Accounts) -> Iterator[Finding]:
    """Whether the flows that `diptych setup` had deployed are active. Raises CrmError.

    Without them Salesforce tells nothing, and what changes there is found by the sweep alone.
    """
    names = flow_names(portal.number)
    found = active_flows(accounts.salesforce, names)
    subject = f"portal {portal.number}"
    if found is None:
        says = "we may not see Salesforce's flows: look in Setup > Flows whether those of Diptych are active"
        yield Finding(subject=subject, says=says, grade=Grade.WARNING)
        return
    for state, wrong in (
        ("not active: activate", [name for name in names if found.get(name) is False]),
        ("not there: deploy", [name for name in names if name not in found]),
    ):
        if wrong:
            says = (
                f"Salesforce flows {', '.join(wrong)} are {state} them, or Salesforce tells nothing and only "
                "the sweep finds what changes there"
            )
            yield Finding(subject=subject, says=says, grade=Grade.WARNING)
    if found and all(found.values()) and len(found) == len(names):
        yield Finding(subject=subject, says="the Salesforce flows that tell of changes are active")
