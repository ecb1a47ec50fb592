"""One suite over both databases: what contract.ports.Database promises."""
