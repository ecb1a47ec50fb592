"""Stand-in HubSpot and Salesforce servers for the demo, the tests and the benchmarks."""
