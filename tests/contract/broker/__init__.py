"""One suite over both brokers, and what is special about each."""
