"""``outcomegap init CUSTOMERS``: a commented starter model from a table."""

from __future__ import annotations

from pathlib import Path

import click

from outcomegap.cli.reporting import harmless, reported
from outcomegap.errors import ModelError


@click.command()
@click.argument("customers")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Where the model goes. [stdout]")
@click.option("--segment", metavar="COLUMN", help="The column that tells the segment. [guessed]")
@click.option("--stage", metavar="COLUMN", help="The column that tells the stage. [guessed]")
@click.option("--id", "id_column", metavar="COLUMN", help="The column that names a customer. [guessed]")
@click.option("--name", help="What the model is called. [the file's name]")
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@reported
def init(
    customers: str,
    *,
    output: Path | None,
    segment: str | None,
    stage: str | None,
    id_column: str | None,
    name: str | None,
    force: bool,
) -> None:
    """Write a starter model for a table: measures, segments and stages guessed from its columns, each marked "guess".

    CUSTOMERS is a file with a row a customer: csv, tsv, jsonl (each also with .gz), parquet or xlsx. The model can be
    scored at once; what it says is up to you.
    """
    from outcomegap.files import loads
    from outcomegap.intake import starter_model
    from outcomegap.intake.ledger import counted

    if output is not None:
        _check(output, force=force)
    text = starter_model(customers, segment=segment, stage=stage, id=id_column, name=name)
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise ModelError.of("file", str(output), f"cannot be written: {error.strerror or error}") from error
    made = loads(text)
    sizes = ((made.steps, "step"), (made.segments, "segment"), (made.stages, "stage"))
    kinds = [counted(len(found), what) for found, what in sizes]
    guesses = sum("# guess" in line for line in text.splitlines())
    click.echo(harmless(f"{output} written: {', '.join(kinds)}; {guesses} lines are guesses, and say so."))
    click.echo(harmless(f"Next: outcomegap check {output}; outcomegap score {output} {customers}"))


def _check(output: Path, *, force: bool) -> None:
    """Refuse to replace a file that somebody may have worked on, and forms that hold no comments."""
    if output.suffix.lower() != ".toml":
        message = (
            "a starter model is full of comments, which only TOML holds; say -o model.toml, then outcomegap convert"
        )
        raise ModelError.of("format", str(output), message)
    if output.exists() and not force:
        raise ModelError.of("file", str(output), "is there already; --force replaces it")
