"""``outcomegap score MODEL CUSTOMERS``: score customers from a file, write scores, print segments."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from outcomegap.cli.reporting import (
    FOUND,
    as_json,
    harmless,
    reported,
    rows_set_aside,
    say_error,
    say_json,
)

if TYPE_CHECKING:
    from outcomegap.cli.reading import Read
    from outcomegap.model import OutcomeModel

FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("model")
@click.argument("customers")
@click.option("-o", "--output", type=FILE, help="Write scores, a row a customer: csv, tsv, jsonl, parquet, xlsx.")
@click.option("--by", multiple=True, metavar="COLUMN", help="Group by this; may stand several times. [segment]")
@click.option("--worklist", type=FILE, help="Write the customers in order of need, with what to do next.")
@click.option("--report", type=FILE, help="Write an HTML page for people.")
@click.option("--rejects", type=FILE, help="Write the rows set aside, as they came, each with its problem.")
@click.option("--gaps", is_flag=True, help="Write each step's part of the gap to the output as well.")
@click.option("--value", metavar="COLUMN", help="What a customer is worth: orders equals in the worklist.")
@click.option("--weight", metavar="COLUMN", help="What a customer weighs in means and shares.")
@click.option("--id", "id_column", metavar="COLUMN", help="The column that names a customer.")
@click.option("--as-of", metavar="DATE", help="The moment of scoring, where the model's inputs need one.")
@as_json
@reported
def score(model: str, customers: str, *, as_json: bool, **options: Any) -> None:
    """Score customers: how far each is from the desired outcome, and by what.

    MODEL is a model file or the name of a built-in example, CUSTOMERS a file: csv, tsv, jsonl (each also with .gz),
    parquet or xlsx; or a folder with the tables that the model's inputs name. Rows with something wrong are set
    aside, reported, and not in the output; then the exit code is 1.
    """
    from outcomegap.cli.models import load_model
    from outcomegap.cli.reading import read_and_score
    from outcomegap.cli.writing import kind_of

    for name in ("output", "worklist", "rejects"):
        if options[name] is not None:
            kind_of(options[name])  # before the work, not after it
    loaded = load_model(model)
    read = read_and_score(loaded, customers, as_of=options["as_of"], id_column=options["id_column"])
    grouped = read.scores.by(*(options["by"] or _axes(loaded)), weight=options["weight"])
    written = _write(read, options)
    if as_json:
        say_json(_data(read, grouped, written))
    else:
        _say(read, grouped, written)
    for problem in read.problems:
        say_error(str(problem))
    if read.set_aside:
        say_error(rows_set_aside(read.set_aside, read.customers.report.rows_in))
    sys.exit(FOUND if read.problems else 0)


def _axes(model: OutcomeModel) -> tuple[str, ...]:
    return ("segment",) if model.segments else ("stage",) if model.stages else ()


def _write(read: Read, options: dict[str, Any]) -> dict[str, str]:
    """Write what was asked for; return what was written where."""
    from outcomegap.cli.columns import columns_of
    from outcomegap.cli.reading import rejects_of
    from outcomegap.cli.writing import write
    from outcomegap.present import report

    scores, written = read.scores, {}
    if (path := options["output"]) is not None:
        write(columns_of(scores, parts=options["gaps"]), path)
        written["scores"] = str(path)
    if (path := options["worklist"]) is not None:
        write(scores.worklist(value=options["value"]).columns, path, for_people=True)
        written["worklist"] = str(path)
    if (path := options["report"]) is not None:
        by = (*options["by"], *_axes(scores.model), "segment")[0]
        report(scores, path, by=by, value=options["value"], weight=options["weight"])
        written["report"] = str(path)
    if (path := options["rejects"]) is not None and (rejects := rejects_of(read)) is not None:
        write(rejects, path)
        written["rejects"] = str(path)
    return written


def _data(read: Read, grouped: Any, written: dict[str, str]) -> dict[str, Any]:
    scores = read.scores
    return {
        "model": scores.model.name,
        "fingerprint": scores.model.fingerprint,
        "rows": read.customers.report.rows_in,
        "set_aside": read.set_aside,
        "problems": [problem.to_dict() for problem in read.problems],
        "reading": read.customers.report.to_dict(),
        "total": grouped.total.to_dict(),
        "groups": [group.to_dict() for group in grouped] if grouped.names else [],
        "apart": [group.to_dict() for group in grouped.apart],
        "written": written,
    }


def _say(read: Read, grouped: Any, written: dict[str, str]) -> None:
    report = read.customers.report
    click.echo(str(grouped))
    said = [*(f"note: {finding}" for finding in report.findings), *(f"note: {note}" for note in report.notes)]
    if said:
        click.echo("\n" + harmless("\n".join(said)))
    if written:
        click.echo("\n" + harmless("\n".join(f"{what} written to {path}" for what, path in written.items())))
