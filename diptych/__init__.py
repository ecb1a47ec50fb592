"""The command line and the composition roots. May import everything; nothing imports it."""
