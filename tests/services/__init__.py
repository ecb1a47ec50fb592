"""Real servers for tests, as private child processes: private loopback ports, data in a temporary folder.

Every server offers the same handful of verbs (`process.Server`), so that a test can kill, freeze and bring
back whatever it depends on. tests/conftest.py hands them out as fixtures.
"""
