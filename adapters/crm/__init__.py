"""The gateways to both CRMs, behind contract.ports.Crm."""

from adapters.crm.hubspot import open_hubspot
from adapters.crm.salesforce import open_salesforce

__all__ = ["open_hubspot", "open_salesforce"]
