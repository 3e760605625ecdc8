"""The MODEL argument, and the commands on model files: ``outcomegap init``, ``check`` and ``convert``."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from outcomegap.cli.console import FILE, FOUND, as_json, reported, say, say_json
from outcomegap.errors import Finding, ModelError, hint
from outcomegap.listing import counted
from outcomegap.model import OutcomeModel
from outcomegap.replacing import replacing


def _mark(_context: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    """Return a mark as it is meant: a tab is hard to type."""
    return "\t" if value in ("\\t", "tab") else value


def _lines(_context: click.Context, option: click.Parameter, value: str | None) -> int | list[int] | None:
    """Return a number of lines, or in brackets or with commas the lines themselves."""
    if value is None:
        return None
    try:
        lines = [int(line) for line in value.strip("[] ,").split(",")]
    except ValueError:
        raise click.BadParameter("must be a number of lines, or lines such as [2,3,-1]", param=option) from None
    return lines if "," in value or "[" in value or lines[0] < 0 else lines[0]


#: How a file of customers is to be read.
FORM = (
    click.option("--encoding", help="Of a text file of customers, such as cp1252. [UTF-8]"),
    click.option(
        "--separator", metavar="MARK", callback=_mark, help="Between the columns of a text file of customers. [found]"
    ),
    click.option("--sheet", metavar="NAME", help="Of a workbook of customers. [the only one with a table]"),
    click.option("--skip-rows", metavar="LINES", callback=_lines, help="No data: the first 3, or [2,3,-1]. [found]"),
)


def in_form(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that say how a file of customers is to be read."""
    for add in reversed(FORM):
        command = add(command)
    return command


def load_model(name: str) -> OutcomeModel:
    """Load a model from a file, or by the name of a built-in example.

    Raises
    ------
    ModelError
        If there is no such file or example, or the file holds no valid model. The error lists every finding.

    Examples
    --------
    >>> load_model("email-marketing").name
    'E-mail marketing'
    """
    model, findings = read(name)
    if model is None:
        raise ModelError.all(name, [finding for finding in findings if finding.severity == "error"])
    return model


def load_scorer(name: str) -> Any:
    """Load a model and make its scorer, or load the scorer of that name that an installed package offers.

    Raises
    ------
    ModelError
        If there is none of that name, or it is invalid. The error lists every finding.
    """
    from outcomegap import gallery
    from outcomegap.scoring import Scorer
    from outcomegap.scoring.scores import load_scorer as installed, scorer_names

    if name in scorer_names() and name not in gallery.names() and not Path(name).is_file():
        return installed(name)
    return Scorer(load_model(name))


def read(name: str) -> tuple[OutcomeModel | None, Sequence[Finding]]:
    """Return the model (None if its file holds none), and the findings of reading it.

    A name with a suffix or a folder is a file; any other name is an example or a scorer.

    Raises
    ------
    ModelError
        If there is no such file or example.
    """
    from outcomegap import gallery
    from outcomegap.files.load import read_file
    from outcomegap.scoring.scores import scorer_names

    path = Path(name)
    if path.suffix or path.parent != Path() or path.is_file():
        return read_file(path)
    if name in gallery.names():
        return gallery.load(name), ()
    if name in scorer_names():
        message = "this is a scorer that a package offers; score, worklist and explain take it, models are needed here"
        raise ModelError.of("no-model", name, message)
    known = [*gallery.names(), *scorer_names()]
    message = f"there is no model file, and no built-in example, of that name{hint(name, known)}"
    raise ModelError.of("unknown-model", name, message)


@click.command()
@click.argument("customers")
@click.argument("tables", nargs=-1)
@click.option("-o", "--output", type=FILE, help="The file to write. [stdout]")
@click.option("--segment", metavar="COLUMN", help="The column with the segment. [guessed]")
@click.option("--stage", metavar="COLUMN", help="The column with the stage. [guessed]")
@click.option("--id", metavar="COLUMN", help="The column that names a customer. [guessed]")
@click.option("--name", help="The model's name. [the file's name]")
@in_form
@click.option("--force", is_flag=True, help="Replace an existing file.")
@reported
def init(customers: str, tables: Sequence[str], *, output: Path | None, force: bool, **said: Any) -> None:
    """Write a starter model for a table: measures, segments and stages guessed from its columns, each marked "guess".

    CUSTOMERS is a file with one row per customer: csv, tsv, jsonl (each also with .gz), parquet or xlsx. TABLES are
    further files, such as tickets or logins, with the customers' ids; a folder stands for all its files. You can
    score with the model at once; then correct its guesses.
    """
    from outcomegap.files import loads
    from outcomegap.intake import starter_model
    from outcomegap.intake.further import tables_in

    if output is not None and output.suffix.lower() != ".toml":
        held = "a starter model is full of comments, which only TOML holds"
        raise ModelError.of("format", str(output), f"{held}; say -o model.toml, then outcomegap convert")
    if output is not None:
        _refuse_to_replace(output, force=force)
    if Path(customers).is_dir():
        own, others = tables_in(Path(customers))
        customers, tables = str(own), [*map(str, others), *tables]
    text = starter_model(customers, tables={Path(table).name.partition(".")[0]: table for table in tables}, **said)
    if output is None:
        click.echo(text, nl=False)
        return
    with replacing(output) as file:
        file.write(text)
    made = loads(text)
    sizes = ((made.steps, "step"), (made.segments, "segment"), (made.stages, "stage"))
    kinds = [counted(len(found), what) for found, what in sizes]
    for line in text.splitlines():
        if line.startswith("# note: "):
            say(line.removeprefix("# "))
    guesses = sum("# guess" in line for line in text.splitlines())
    say(f"{output} written: {', '.join(kinds)}; {guesses} lines are marked as guesses.")
    say(f"Next: outcomegap check {output}; outcomegap score {output} {customers}")


@click.command()
@click.argument("model")
@as_json
@reported
def check(model: str, *, as_json: bool) -> None:
    """Check a model: MODEL is a model file, or the name of a built-in example.

    Prints every finding with its place. The exit code is 1 if one is an error, 0 if there are only warnings.
    """
    from outcomegap.model import check as check_model
    from outcomegap.scoring.scorer import Scorer

    try:
        made, read_findings = read(model)
    except ModelError as error:
        made, read_findings = None, error.findings
    findings = [*read_findings, *(() if made is None else check_model(made))]
    if made is not None and all(finding.severity != "error" for finding in findings):
        try:
            Scorer(made)
        except ModelError as error:  # what only scoring finds, such as a threshold out of reach
            findings += error.findings
    found = Counter(finding.severity for finding in findings)
    name, mark = (model, None) if made is None else (made.name, made.fingerprint)
    if as_json:
        said = [finding.to_dict() for finding in findings]
        say_json({"model": name, "fingerprint": mark, "ok": not found["error"], "findings": said})
    else:
        counts = [counted(many, kind, "info" if kind == "info" else None) for kind, many in sorted(found.items())]
        size = "" if made is None else f" ({counted(len(made.cells), 'cell')}, {counted(len(made.steps), 'step')})"
        say("\n".join([*map(str, findings), f"{name}: {', '.join(counts) or 'nothing wrong'}{size}"]))
    sys.exit(FOUND if found["error"] else 0)


@click.command()
@click.argument("model", metavar="IN")
@click.argument("output", metavar="OUT", type=FILE)
@click.option("--force", is_flag=True, help="Replace an existing file.")
@reported
def convert(model: str, output: Path, *, force: bool) -> None:
    """Convert a model; the suffix of OUT sets the format: toml, json, yaml, or csv or xlsx for a sheet.

    IN is a model file or the name of a built-in example. If a format cannot hold something, an error names it and
    nothing is written. Comments are lost.
    """
    from outcomegap.files import dump

    _refuse_to_replace(output, force=force)
    loaded = load_model(model)
    dump(loaded, output)
    size = f"{counted(len(loaded.steps), 'step')}, {counted(len(loaded.cells), 'cell')}"
    say(f"{output} written: {loaded.name} ({size})")


def _refuse_to_replace(output: Path, *, force: bool) -> None:
    """Refuse to replace an existing file, which somebody may have worked on."""
    if output.is_file() and not force:
        raise ModelError.of("file", str(output), "is there already; --force replaces it")
