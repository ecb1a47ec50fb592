"""Vaults on the database, wired for the running product."""

from __future__ import annotations

import time
import uuid
from datetime import UTC, datetime

from consumers.vault import DatabaseVault
from contract.ports import Database, Vault
from contract.records import Side
from contract.settings import Portal


def vault_of(database: Database, portal: Portal, side: Side) -> Vault:
    """Where the grant of one side of a portal is kept."""
    return DatabaseVault(
        database=database,
        portal=portal.number,
        side=side,
        clock=lambda: datetime.now(UTC),
        sleep=time.sleep,
        new_id=lambda: uuid.uuid4().hex,
    )
