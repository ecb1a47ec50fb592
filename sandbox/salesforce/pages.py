"""The page for people."""

from __future__ import annotations

from flask import Blueprint

from sandbox.salesforce.sandbox import SalesforceSandbox


def page_routes(sf: SalesforceSandbox) -> Blueprint:
    """All pages of one org."""
    del sf
    return Blueprint("pages", __name__)
