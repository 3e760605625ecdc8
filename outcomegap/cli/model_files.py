"""``outcomegap init``, ``check`` and ``convert``: model files."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click

from outcomegap.cli.console import FOUND, as_json, harmless, reported, say_json
from outcomegap.cli.models import load_model, read
from outcomegap.errors import Finding, ModelError
from outcomegap.listing import counted, replacing
from outcomegap.model import OutcomeModel


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

    if output is not None:
        _check_output(output, force=force)
    text = starter_model(customers, segment=segment, stage=stage, id=id_column, name=name)
    if output is None:
        click.echo(text, nl=False)
        return
    with replacing(output) as file:
        file.write(text)
    made = loads(text)
    sizes = ((made.steps, "step"), (made.segments, "segment"), (made.stages, "stage"))
    kinds = [counted(len(found), what) for found, what in sizes]
    guesses = sum("# guess" in line for line in text.splitlines())
    click.echo(harmless(f"{output} written: {', '.join(kinds)}; {guesses} lines are guesses, and say so."))
    click.echo(harmless(f"Next: outcomegap check {output}; outcomegap score {output} {customers}"))


def _check_output(output: Path, *, force: bool) -> None:
    """Refuse to replace a file that somebody may have worked on, and forms that hold no comments."""
    if output.suffix.lower() != ".toml":
        message = (
            "a starter model is full of comments, which only TOML holds; say -o model.toml, then outcomegap convert"
        )
        raise ModelError.of("format", str(output), message)
    if output.exists() and not force:
        raise ModelError.of("file", str(output), "is there already; --force replaces it")


@click.command()
@click.argument("model")
@as_json
@reported
def check(model: str, *, as_json: bool) -> None:
    """Check a model: MODEL is a TOML, JSON or YAML file, or the name of a built-in example.

    Prints every finding with its place. Exit code 1 where one is an error, 0 where there are warnings only.
    """
    from outcomegap.model import check as check_model

    made, found = read(model)
    findings = list(found) if made is None else [*found, *check_model(made)]
    errors = [finding for finding in findings if finding.severity == "error"]
    if as_json:
        say_json(_data(model, made, findings))
    else:
        for finding in findings:
            click.echo(harmless(str(finding)))
        click.echo(harmless(f"{model if made is None else made.name}: {_summary(made, findings)}"))
    sys.exit(FOUND if errors else 0)


def _data(name: str, made: OutcomeModel | None, findings: Sequence[Finding]) -> dict[str, object]:
    errors = any(finding.severity == "error" for finding in findings)
    return {
        "model": name if made is None else made.name,
        "fingerprint": None if made is None else made.fingerprint,
        "ok": not errors,
        "findings": [finding.to_dict() for finding in findings],
    }


def _summary(made: OutcomeModel | None, findings: Sequence[Finding]) -> str:
    found = Counter(finding.severity for finding in findings)
    kinds = [
        counted(found[kind], kind, "info" if kind == "info" else None)
        for kind in ("error", "warning", "info")
        if found[kind]
    ]
    size = "" if made is None else f" ({counted(len(made.cells), 'cell')}, {counted(len(made.steps), 'step')})"
    return (", ".join(kinds) or "nothing wrong") + size


@click.command()
@click.argument("model", metavar="IN")
@click.argument("output", metavar="OUT", type=click.Path(path_type=Path, dir_okay=False))
@reported
def convert(model: str, output: Path) -> None:
    """Write a model in another form: toml, json, yaml, or as a sheet in csv or xlsx; suffixes tell.

    IN is a model file or the name of a built-in example. OUT is replaced if it is there. What a form cannot hold is
    named, and nothing is written then. Comments are not kept.
    """
    from outcomegap.files import dump

    loaded = load_model(model)
    dump(loaded, output)
    size = f"{counted(len(loaded.steps), 'step')}, {counted(len(loaded.cells), 'cell')}"
    click.echo(harmless(f"{output} written: {loaded.name} ({size})"))
