"""pages"""

from flask import Blueprint

from sandbox.hubspot.sandbox import HubSpotSandbox


def pages(sandbox: HubSpotSandbox) -> Blueprint:
    """X"""
    return Blueprint("pages", __name__)
