"""The demo's stage: both stand-in CRMs and Diptych itself, each on a loopback port, in one process."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from contract.activity import ActivityEntry, DeadLetter, StoredReport
from contract.portal_file import load_portal
from diptych.clock import utc_now
from diptych.config import Config, ensure_keys, load
from diptych.demo.comparer import Picture, picture
from diptych.demo.hands import HubSpotHands, SalesforceHands
from diptych.demo.stand_ins import PORTAL, start
from diptych.wiring import Stores, build_webhooks, build_worker, open_stores, serving, working

SETTINGS = """\
sync:
  mode: on
contacts:
  create_as: lead
  create_as_when:
    - {property: lifecyclestage, value: customer, create_as: contact}
  create_in_hubspot: {from_leads: true, from_contacts: true}
  delete_when: {lead_deleted: true, contact_deleted: false}
mappings:
  - {hubspot: phone, rule: two_way}
  - {hubspot: mobilephone, rule: two_way}
  - {hubspot: jobtitle, rule: two_way}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Everything the script, the comparer and the table look at."""

    hubspot: HubSpotHands
    salesforce: SalesforceHands
    stores: Stores
    url: str
    data_dir: Path

    def picture(self) -> Picture:
        """Both CRMs as they stand."""
        sf = self.salesforce
        return picture(self.hubspot.all(), sf.all("Lead"), sf.all("Contact"))

    def activity(self) -> list[ActivityEntry]:
        """All that was decided so far, oldest first."""
        with self.stores.database.transaction() as tx:
            return tx.activity.history(PORTAL, limit=10_000)

    def reports(self) -> list[StoredReport]:
        """What people should look at."""
        with self.stores.database.transaction() as tx:
            return list(tx.activity.reports(PORTAL))

    def dead_letters(self) -> list[DeadLetter]:
        """The open ones."""
        with self.stores.database.transaction() as tx:
            return tx.dead_letters.find(portal=PORTAL, limit=10_000)

    def busy(self) -> bool:
        """Whether a notice waits in a CRM, a message in the broker or a row in the database."""
        if self.hubspot.waiting() or self.salesforce.waiting() or self.stores.broker.depth().inbox:
            return True
        with self.stores.database.transaction() as tx:
            return tx.counts(PORTAL, now=utc_now()).pending > 0

    def rest(self, *, at_least: float, at_most: float) -> bool:
        """Wait until nothing has moved for `at_least` seconds; False when `at_most` went by."""
        deadline = time.monotonic() + at_most
        calm_since = time.monotonic()
        while time.monotonic() < deadline:
            if self.busy():
                calm_since = time.monotonic()
            elif time.monotonic() - calm_since >= at_least:
                return True
            time.sleep(0.05)
        return False


@contextmanager
def open_stage(folder: Path, *, port: int, seed: int) -> Iterator[Stage]:
    """Start everything in `folder`, with the portal's file applied; stop it all at the end."""
    config = _config(folder, port)
    url = f"http://{config.bind_host}:{config.bind_port}"
    with ExitStack() as stack:
        crms = start(stack, ports=(0, 0), hostile=True, seed=seed, target=url, settings=SETTINGS)
        stores = stack.enter_context(open_stores(config))
        portal = load_portal(crms.portal_file)
        with stores.database.transaction() as tx:
            tx.portals.save(portal, author="demo", comment="the demo's portal", at=utc_now())
        worker = build_worker(config, stores, clocks_differ=timedelta(0))
        stack.enter_context(serving(build_webhooks(config, stores), config.bind_host, config.bind_port))
        stack.enter_context(working(worker))
        yield Stage(
            hubspot=HubSpotHands(crms.hubspot_url, PORTAL),
            salesforce=SalesforceHands(crms.salesforce_url),
            stores=stores,
            url=url,
            data_dir=config.data_dir,
        )


def _config(folder: Path, port: int) -> Config:
    config = load(
        {
            "DIPTYCH_DATA_DIR": str(folder / "data"),
            "DIPTYCH_BIND": f"127.0.0.1:{port}",
            "DIPTYCH_PUBLIC_URL": f"http://127.0.0.1:{port}",
        }
    )
    return replace(ensure_keys(config), sweep_every=timedelta(seconds=1))
