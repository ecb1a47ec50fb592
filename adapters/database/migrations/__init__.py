"""The tables' revisions, carried out by adapters.database.migrate."""
