"""Units of the CRM gateways, on answers written by hand."""
