"""The database behind contract.ports.Database: SQLAlchemy Core on SQLite or PostgreSQL."""

from adapters.database.database import SqlDatabase, open_database
from adapters.database.keys import Keys

__all__ = ["Keys", "SqlDatabase", "open_database"]
