"""The command line called in this process, and a stored portal to call it about."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import structlog
from click.testing import CliRunner, Result

from contract.ports import Transaction
from diptych.cli import main
from diptych.config import ensure_keys, load
from diptych.wiring import open_config_database

PORTAL = 4242
PORTAL_FILE = """\
portal: 4242
name: Nova
hubspot:
  base_url: {hubspot}
  access_token: pat-in-the-clear-0001
  app_id: 77
  client_secrets: [client-secret-in-the-clear]
salesforce:
  org_id: 00DDp0000000001MAA
  login_url: {salesforce}
  instance_url: {salesforce}
  auth:
    method: client_credentials
    client_id: sandbox-consumer-key
    client_secret: sandbox-consumer-secret
  webhook_secret: webhook-secret-in-the-clear
sync:
  mode: off
"""
SECRETS = (
    "pat-in-the-clear-0001",
    "client-secret-in-the-clear",
    "sandbox-consumer-secret",
    "webhook-secret-in-the-clear",
)


@dataclass(kw_only=True)
class Cli:
    """Calls `diptych` on an embedded installation in `folder`."""

    folder: Path
    environ: dict[str, str] = field(default_factory=dict)

    def __call__(self, *arguments: str | int, typed: str = "") -> Result:
        """Run a command; neither secrets nor colours ever show in a pipe."""
        result = CliRunner().invoke(main, [str(one) for one in arguments], env=self.variables, input=typed)
        for secret in SECRETS:
            assert secret not in result.output
        assert "\x1b[" not in result.output
        return result

    @property
    def variables(self) -> dict[str, str]:
        """The environment of the command."""
        return {"DIPTYCH_DATA_DIR": str(self.folder / "data"), **self.environ}

    def ok(self, *arguments: str | int) -> str:
        """Run a command that must succeed; what it printed."""
        result = self(*arguments)
        assert result.exit_code == 0, result.output
        return result.stdout

    def refused(self, *arguments: str | int) -> str:
        """Run a command that must fail; its complaint, which is no traceback."""
        result = self(*arguments)
        assert result.exit_code == 1, result.output
        assert "Traceback" not in result.output
        return result.stderr

    def write(self, text: str, name: str = "portal.yaml") -> str:
        """A file in the folder; its path."""
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    @contextmanager
    def tables(self) -> Iterator[Transaction]:
        """A transaction beside the command line, to arrange and to look."""
        database = open_config_database(ensure_keys(load(self.variables)))
        try:
            database.migrate()
            with database.transaction() as tx:
                yield tx
        finally:
            database.close()


def portal_text(hubspot: str = "http://127.0.0.1:9", salesforce: str = "http://127.0.0.1:9") -> str:
    """The portal's file, for CRMs at these addresses."""
    return PORTAL_FILE.format(hubspot=hubspot, salesforce=salesforce)


@pytest.fixture
def cli(tmp_path: Path) -> Iterator[Cli]:
    """The command line on an installation of its own; logging is as before afterwards."""
    handlers, level = logging.getLogger().handlers, logging.getLogger().level
    yield Cli(folder=tmp_path)
    structlog.reset_defaults()
    logging.getLogger().handlers, logging.getLogger().level = handlers, level


@pytest.fixture
def nova(cli: Cli) -> Cli:
    """The same with the portal applied."""
    cli.ok("portals", "apply", "--unchecked", cli.write(portal_text()))
    return cli


@pytest.fixture(autouse=True)
def no_width_of_the_runner(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test runner of several processes gives them a narrow window; users' pipes have none."""
    monkeypatch.delenv("COLUMNS", raising=False)
