"""Everything that touches the outside, each behind a port of contract.ports."""
