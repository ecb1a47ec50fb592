"""The command line `diptych`."""

from __future__ import annotations

import sys
from typing import Any

import click

from contract.errors import DiptychError
from diptych import logs
from diptych.cli.adopt import adopt
from diptych.cli.authorize import authorize
from diptych.cli.backfill import backfill
from diptych.cli.doctor import doctor
from diptych.cli.jobs import jobs
from diptych.cli.letters import letters
from diptych.cli.portals import portals
from diptych.cli.preview import preview
from diptych.cli.processes import consumers, run, webhooks
from diptych.cli.records import records
from diptych.cli.screen import Screen, sentences
from diptych.cli.session import Session
from diptych.cli.setup import setup
from diptych.cli.stand_ins import demo, sandbox
from diptych.cli.upkeep import keys, migrate
from diptych.cli.why import why
from diptych.errors_to_sentry import report

COMMANDS: tuple[click.Command, ...] = (
    run,
    webhooks,
    consumers,
    portals,
    authorize,
    setup,
    adopt,
    backfill,
    preview,
    jobs,
    letters,
    records,
    why,
    doctor,
    keys,
    migrate,
    sandbox,
    demo,
)


class _Plain(click.Group):
    """Tells faults as sentences, a traceback only under --debug; lists its commands in our order."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.exceptions.Exit, click.ClickException, click.Abort, BrokenPipeError):
            raise
        except DiptychError as error:
            if ctx.params["debug"]:
                raise
            for line in sentences(error):
                Screen().complain(line)
        except OSError as error:
            if ctx.params["debug"]:
                raise
            place = f"{error.filename}: " if error.filename else ""
            Screen().complain(f"{place}{error.strerror or type(error).__name__}")
        except Exception as error:
            report(error)
            if ctx.params["debug"]:
                raise
            Screen().complain(f"something unforeseen happened ({type(error).__name__}); --debug shows where")
        sys.exit(1)


@click.group(
    "diptych", cls=_Plain, commands=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.option("--debug", is_flag=True, help="Show a traceback when something goes wrong.")
@click.version_option(package_name="diptych")
@click.pass_context
def main(ctx: click.Context, *, debug: bool) -> None:
    """Keep HubSpot contacts and Salesforce leads and contacts in step.

    The configuration is read from the environment: deploy/diptych.env documents every key.
    """
    # A process sets its logs up as configured; any other command is quiet but for warnings.
    logs.set_up("warning", "console")
    ctx.obj = Session(debug=debug)
