"""A stand-in HubSpot: its API, its webhooks, its pages, as far as a sync with another CRM touches them.

Paths, limits, statuses, categories and field names are HubSpot's. Its own choices, where HubSpot's
behaviour is not published: the order of checks within a call, the words of most messages, some codes of
refused values (INVALID_NUMBER, INVALID_OWNER_ID, VALUE_TOO_LONG, BLOCKLISTED_EMAIL,
REQUIRED_PROPERTIES_MISSING), and that an update to a value already held leaves the stamp alone.
"""

from sandbox.hubspot.app import create_app
from sandbox.hubspot.sandbox import HubSpotSandbox
from sandbox.hubspot.world import PortalAccount

__all__ = ["HubSpotSandbox", "PortalAccount", "create_app"]
