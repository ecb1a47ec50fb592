"""The public process: takes the notices of both CRMs and makes them durable. Knows no CRM token, no rules."""

from webhooks.app import create_app
from webhooks.directory import CachedDirectory, PortalDirectory
from webhooks.wire import MAX_BODY

__all__ = ["MAX_BODY", "CachedDirectory", "PortalDirectory", "create_app"]
