"""The API calls of the stand-in HubSpot, one module per family, each ending in its literal route table."""
