"""`diptych sandbox` and `diptych demo`: both CRMs as stand-ins, to try everything without an account."""

from __future__ import annotations

import signal
from contextlib import ExitStack
from urllib.parse import urlsplit

import click

from contract.errors import InvalidInput
from diptych import logs
from diptych.cli.processes import stopping
from diptych.cli.screen import Screen, marked_console
from diptych.cli.session import Session, pass_session
from diptych.demo import run as run_demo
from diptych.demo.stand_ins import StandIns, start

_PORT = click.IntRange(0, 65_535)


@click.command()
@click.option("--hubspot-port", type=_PORT, default=8401, show_default=True, help="0 takes a free one.")
@click.option("--salesforce-port", type=_PORT, default=8402, show_default=True, help="0 takes a free one.")
@click.option(
    "--hostile/--polite",
    default=False,
    show_default=True,
    help="Hostile stand-ins repeat, delay and drop notices, time out after writing, and rewrite values.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Makes the hostility repeatable.")
@click.option(
    "--target",
    default="http://127.0.0.1:8400",
    show_default=True,
    help="Where notices go: Diptych's address.",
)
@pass_session
def sandbox(
    session: Session, *, hubspot_port: int, salesforce_port: int, hostile: bool, seed: int, target: str
) -> None:
    """Start stand-ins for both CRMs. Each has pages to look at its records and to edit them."""
    target = target.rstrip("/")
    if urlsplit(target).scheme not in {"http", "https"}:
        raise click.UsageError("--target must be an address such as http://127.0.0.1:8400.")
    with stopping() as stop, ExitStack() as stack:
        try:
            running = start(
                stack, ports=(hubspot_port, salesforce_port), hostile=hostile, seed=seed, target=target
            )
        except OSError as error:
            raise InvalidInput(
                f"a stand-in cannot listen: {error.strerror}; "
                "choose other ports by --hubspot-port and --salesforce-port"
            ) from error
        _introduce(session.screen, running)
        stop.wait()


def _introduce(screen: Screen, running: StandIns) -> None:
    screen.raw(f"# HubSpot's stand-in:    {running.hubspot_url}")
    screen.raw(f"# Salesforce's stand-in: {running.salesforce_url}")
    screen.raw("# Save what follows as sandbox.yaml, and leave this running. In a second terminal:")
    screen.raw("#   diptych run")
    screen.raw("# In a third one, in the same folder:")
    screen.raw("#   diptych portals apply sandbox.yaml")
    screen.raw("#   diptych doctor")
    screen.raw("# Then create somebody on one page, and watch the other: both are empty at first.")
    screen.raw(running.portal_file)
    screen.out.file.flush()


@click.command()
@click.option("--headless", is_flag=True, help="Stop at the end, after one JSON line with the figures.")
@click.option("--port", type=_PORT, default=8400, show_default=True, help="Where Diptych itself listens.")
@click.option("--seed", type=int, default=1, show_default=True, help="Makes the day repeatable.")
def demo(*, headless: bool, port: int, seed: int) -> None:
    """Play a scripted day on stand-ins. Shows every change with its decisions and writes.

    Exit code 1 if anything was lost, duplicated or left apart.
    """
    logs.set_up("error", "console")
    # While the day is played, either signal ends it at once, and its folder is removed all the same.
    signal.signal(signal.SIGTERM, signal.default_int_handler)

    def wait() -> None:
        with stopping() as stop:
            stop.wait()

    code = run_demo(console=marked_console(), headless=headless, port=port, seed=seed, wait=wait)
    raise click.exceptions.Exit(code)
