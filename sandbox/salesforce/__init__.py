"""A stand-in Salesforce org in memory: REST, OAuth and outbound messages as the real one has them."""

from sandbox.salesforce.errors import SalesforceError
from sandbox.salesforce.sandbox import SalesforceSandbox
from sandbox.salesforce.web import create_app

__all__ = ["SalesforceError", "SalesforceSandbox", "create_app"]
