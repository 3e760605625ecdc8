"""``outcomegap convert IN OUT``: a model from one form of file into another."""

from __future__ import annotations

from pathlib import Path

import click

from outcomegap.cli.reporting import harmless, reported


@click.command()
@click.argument("model", metavar="IN")
@click.argument("output", metavar="OUT", type=click.Path(path_type=Path, dir_okay=False))
@reported
def convert(model: str, output: Path) -> None:
    """Write a model in another form: toml, json, yaml, or as a sheet in csv or xlsx; suffixes tell.

    IN is a model file or the name of a built-in example. OUT is replaced if it is there. What a form cannot hold is
    named, and nothing is written then. Comments are not kept.
    """
    from outcomegap.cli.models import load_model
    from outcomegap.files import dump
    from outcomegap.intake.ledger import counted

    loaded = load_model(model)
    dump(loaded, output)
    size = f"{counted(len(loaded.steps), 'step')}, {counted(len(loaded.cells), 'cell')}"
    click.echo(harmless(f"{output} written: {loaded.name} ({size})"))
