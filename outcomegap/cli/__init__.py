"""The command line; each command imports what it needs when it runs."""

from __future__ import annotations

import click

from outcomegap import __version__
from outcomegap.cli.console import accept_any_text
from outcomegap.cli.learn import fit, validate
from outcomegap.cli.models import check, convert, init
from outcomegap.cli.score import demo, explain, plan, score, worklist
from outcomegap.cli.warehouse import sql


@click.group(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.version_option(__version__, prog_name="outcomegap")
def main() -> None:
    """Show how far each customer is from the desired outcome, and which gaps make up the distance.

    Exit codes: 0 success; 1 an error in the model or the data; 2 a wrong command line.
    """
    accept_any_text()


for command in (demo, init, check, convert, score, worklist, explain, plan, fit, validate, sql):
    main.add_command(command)
