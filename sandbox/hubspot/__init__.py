"""A stand-in HubSpot: its API, its webhooks, its pages, as far as a sync with another CRM touches them."""

from sandbox.hubspot.app import create_app
from sandbox.hubspot.sandbox import HubSpotSandbox
from sandbox.hubspot.world import PortalAccount

__all__ = ["HubSpotSandbox", "PortalAccount", "create_app"]
