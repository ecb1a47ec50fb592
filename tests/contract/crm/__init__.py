"""One suite of duties over both CRM gateways, against the stand-in CRMs in this process."""
