"""``outcomegap score MODEL CUSTOMERS``: score customers from a file, write scores, print segments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from outcomegap.cli.console import as_json, harmless, reported, say_json
from outcomegap.cli.customers import (
    FILE,
    notes_of,
    of_customers,
    overrides_data,
    read_them,
    tell_and_exit,
    write_rejects,
)
from outcomegap.listing import file_kind, write_table

if TYPE_CHECKING:
    from outcomegap.cli.customers import Read
    from outcomegap.model.outline import Subject


@click.command()
@click.argument("model")
@of_customers
@click.option("-o", "--output", type=FILE, help="Write scores, a row a customer: csv, tsv, jsonl, parquet, xlsx.")
@click.option("--by", multiple=True, metavar="COLUMN", help="Group by this; may stand several times. [segment]")
@click.option("--worklist", type=FILE, help="Write the customers in order of need, with what to do next.")
@click.option("--report", type=FILE, help="Write an HTML page for people.")
@click.option("--save", type=FILE, help="Save the scores, to say later what moved them: json, json.gz, parquet.")
@click.option("--gaps", is_flag=True, help="Write each step's part of the gap to the output as well.")
@click.option("--value", metavar="COLUMN", help="What a customer is worth: orders equals in the worklist.")
@click.option("--weight", metavar="COLUMN", help="What a customer weighs in means and shares.")
@as_json
@reported
def score(model: str, *, as_json: bool, **options: Any) -> None:
    """Score customers: how far each is from the desired outcome, and by what.

    MODEL is a model file, the name of a built-in example, or of a scorer that an installed package offers. CUSTOMERS is
    a file: csv, tsv, jsonl (each also with .gz), parquet or xlsx; or all tables that the model's inputs name: their
    files, or the folder they lie in. Rows with something wrong are set aside, reported, and not in the output; then
    the exit code is 1.
    """
    from outcomegap.cli.models import load_scorer, needs_model
    from outcomegap.present.report import must_be_html
    from outcomegap.scoring.saved import suffix_of

    for name in ("output", "worklist", "rejects"):
        if options[name] is not None:
            file_kind(options[name])  # before the work, not after it
    if options["save"] is not None:
        suffix_of(options["save"])
    if options["report"] is not None:
        must_be_html(options["report"])
    scorer = load_scorer(model)
    if options["save"] is not None:
        needs_model(scorer, "--save")
    read = read_them(scorer, options, options["value"], options["weight"], *options["by"])
    grouped = read.scores.by(*(options["by"] or _axes(read.scores.model)), weight=options["weight"])
    written = _write(read, options)
    if as_json:
        say_json(_data(read, grouped, written))
    else:
        _say(read, grouped, written)
    tell_and_exit(read)


def _axes(model: Subject) -> tuple[str, ...]:
    return ("segment",) if model.segments else ("stage",) if model.stages else ()


def _write(read: Read, options: dict[str, Any]) -> dict[str, str]:
    """Write what was asked for; return what was written where."""
    from outcomegap.cli.columns import columns_of
    from outcomegap.present import report

    scores, written = read.scores, {}
    if (path := options["output"]) is not None:
        write_table(columns_of(scores, parts=options["gaps"]), path)
        written["scores"] = str(path)
    if (path := options["worklist"]) is not None:
        write_table(scores.worklist(value=options["value"]).columns, path, for_people=True)
        written["worklist"] = str(path)
    if (path := options["report"]) is not None:
        by = (*options["by"], *_axes(scores.model), "segment")[0]
        report(scores, path, by=by, value=options["value"], weight=options["weight"])
        written["report"] = str(path)
    if (path := options["save"]) is not None:
        scores.save(path)
        written["saved scores"] = str(path)
        if scores.id_column is None:
            click.echo("note: no column names the customers (--id): what moved them cannot be told later", err=True)
    return written | write_rejects(read, options["rejects"])


def _data(read: Read, grouped: Any, written: dict[str, str]) -> dict[str, Any]:
    scores = read.scores
    return {
        **read.to_dict(),
        "total": grouped.total.to_dict(),
        "groups": [group.to_dict() for group in grouped] if grouped.names else [],
        "apart": [group.to_dict() for group in grouped.apart],
        "overrides": overrides_data(scores),
        "written": written,
    }


def _say(read: Read, grouped: Any, written: dict[str, str]) -> None:
    click.echo(str(grouped))
    if said := notes_of(read):
        click.echo("\n" + harmless("\n".join(said)))
    if written:
        click.echo("\n" + harmless("\n".join(f"{what} written to {path}" for what, path in written.items())))
