"""What the processes need from the outside. Adapters implement these; nothing else crosses."""

from contract.ports.broker import Broker, Delivery, Publisher, QueueDepth, Subscriber
from contract.ports.crm import Account, AccountCheck, CallMeter, Crm, Histories, Records, Usage
from contract.ports.database import (
    ActivityStore,
    ClaimStore,
    Database,
    DeadLetterStore,
    LeaseStore,
    LinkStore,
    PendingStore,
    PortalStore,
    TombstoneStore,
    Transaction,
    WatermarkStore,
)
from contract.ports.ledger import Cache, Ledger, Marks, RateLimit, RecordKey
from contract.ports.standing import CredentialStore, GuardStore, HeldStore, PauseStore

__all__ = [
    "Account",
    "AccountCheck",
    "ActivityStore",
    "Broker",
    "Cache",
    "CallMeter",
    "ClaimStore",
    "CredentialStore",
    "Crm",
    "Database",
    "DeadLetterStore",
    "Delivery",
    "GuardStore",
    "HeldStore",
    "Histories",
    "LeaseStore",
    "Ledger",
    "LinkStore",
    "Marks",
    "PauseStore",
    "PendingStore",
    "PortalStore",
    "Publisher",
    "QueueDepth",
    "RateLimit",
    "RecordKey",
    "Records",
    "Subscriber",
    "TombstoneStore",
    "Transaction",
    "Usage",
    "WatermarkStore",
]
