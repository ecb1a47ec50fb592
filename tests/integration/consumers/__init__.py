"""Inbox and reconciler over a real database and a ledger in the process."""
