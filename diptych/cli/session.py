"""What a command has at hand: the configuration, the screen, the database."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property

import click

from contract.errors import InvalidInput
from contract.ports import Database, Transaction
from contract.settings import Portal
from diptych import logs
from diptych.cli.screen import Screen
from diptych.config import Config, ensure_keys, load
from diptych.errors_to_sentry import init_sentry
from diptych.wiring import open_config_database


@dataclass(kw_only=True)
class Session:
    """One run of the command line. The configuration is read when a command first asks for it."""

    debug: bool
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    screen: Screen = field(default_factory=Screen)

    @cached_property
    def bare_config(self) -> Config:
        """The configuration without keys made up for the embedded database."""
        return load(self.environ)

    @cached_property
    def config(self) -> Config:
        """The configuration as every process uses it."""
        bare = self.bare_config
        # Relative by default: whoever works in another folder than yesterday must notice.
        begins = bare.database_url is None and not bare.database_file.exists()
        if begins and self.screen.err.is_terminal:
            self.screen.note(f"a new database begins in {bare.data_dir.resolve()}")
        try:
            return ensure_keys(bare)
        except (FileExistsError, NotADirectoryError) as error:
            raise InvalidInput(f"DIPTYCH_DATA_DIR: {error.filename} is not a folder") from error
        except OSError as error:
            raise InvalidInput(f"DIPTYCH_DATA_DIR: {error.filename}: {error.strerror}") from error

    def start(self, process: str) -> Config:
        """The configuration of a process that goes on running: its logs and its error reports are set up."""
        config = self.config
        logs.set_up(config.log_level, config.log_format)
        init_sentry(config, process)
        return config

    @contextmanager
    def database(self) -> Iterator[Database]:
        """The database, migrated."""
        database = open_config_database(self.config)
        try:
            database.migrate()
            yield database
        finally:
            database.close()

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """One transaction on the database, committed at the end."""
        with self.database() as database, database.transaction() as tx:
            yield tx


pass_session = click.make_pass_decorator(Session)


def operator() -> str:
    """Who gives the order, as far as the system knows; kept with the settings version."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "operator"


def known_portal(tx: Transaction, number: int) -> Portal:
    """The portal, or InvalidInput that lists those there are."""
    portal = tx.portals.get(number)
    if portal is None:
        there = ", ".join(str(known.number) for known in tx.portals.all()) or "none yet"
        raise InvalidInput(f"there is no portal {number} (known: {there})")
    return portal
