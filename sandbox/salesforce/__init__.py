"""A stand-in Salesforce org in memory: REST, OAuth and outbound messages as the real one has them.

Not modelled: SOAP calls, Bulk API, composite graph, batch and tree, SOSL, SOQL aggregates and date words
such as TODAY, FIELDS(), sub-queries in SELECT, record types, several currencies, state and country
picklists, field history. What is not modelled is refused, as the real API refuses what it does not know.
"""

from sandbox.salesforce.errors import SalesforceError
from sandbox.salesforce.sandbox import SalesforceSandbox
from sandbox.salesforce.web import create_app

__all__ = ["SalesforceError", "SalesforceSandbox", "create_app"]
