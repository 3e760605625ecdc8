"""``outcomegap score``, ``worklist`` and ``plan``: customers from files, and what to do about them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from outcomegap.cli.columns import columns_of
from outcomegap.cli.console import as_json, harmless, reported, width
from outcomegap.cli.customers import FILE, Run, of_customers
from outcomegap.listing import write_table

if TYPE_CHECKING:
    from outcomegap.model.check import Subject

#: How many customers of a worklist are printed where no limit is asked for.
SHOWN = 20


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
def score(model: str, **options: Any) -> None:
    """Score customers: how far each is from the desired outcome, and by what.

    MODEL is a model file, the name of a built-in example, or of a scorer that an installed package offers. CUSTOMERS is
    a file: csv, tsv, jsonl (each also with .gz), parquet or xlsx; or all tables that the model's inputs name: their
    files, or the folder they lie in. Rows with something wrong are set aside, reported, and not in the output; then
    the exit code is 1.
    """
    from outcomegap.present.report import must_be_html, report
    from outcomegap.scoring.saved import suffix_of

    value, weight = options["value"], options["weight"]
    if options["save"] is not None:
        suffix_of(options["save"])
    if options["report"] is not None:
        must_be_html(options["report"])
    only = "--save" if options["save"] is not None else ""
    run = Run(model, options, value, weight, *options["by"], only_models=only)
    scores, axes = run.scores, _axes(run.scores.model)
    grouped = scores.by(*(options["by"] or axes), weight=weight)
    by = (*options["by"], *axes, "segment")[0]
    run.write("scores", "output", lambda path: write_table(columns_of(scores, parts=options["gaps"]), path))
    run.write("worklist", "worklist", lambda path: _write_people(scores.worklist(value=value), path))
    run.write("report", "report", lambda path: report(scores, path, by=by, value=value, weight=weight))
    run.write("saved scores", "save", scores.save)
    if options["save"] is not None and scores.id_column is None:
        click.echo("note: no column names the customers (--id): what moved them cannot be told later", err=True)
    groups = [group.to_dict() for group in grouped] if grouped.names else []
    apart = [group.to_dict() for group in grouped.apart]
    run.answer(str(grouped), {"total": grouped.total.to_dict(), "groups": groups, "apart": apart})


def _axes(model: Subject) -> tuple[str, ...]:
    return ("segment",) if model.segments else ("stage",) if model.stages else ()


def _write_people(listing: Any, path: Path) -> None:
    """Write a listing for people: text that a spreadsheet may take for a formula is defused."""
    if path.suffix.lower() == ".json":
        listing.to_json(path)
    else:
        write_table(listing.columns, path, for_people=True)


@click.command()
@click.argument("model")
@of_customers
@click.option("--value", metavar="COLUMN", help="What a customer is worth: orders equals, and is shown.")
@click.option("--keep", multiple=True, metavar="COLUMN", help="Show this column; may stand several times.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="The first N customers only.")
@click.option("-o", "--output", type=FILE, help="Write the list: csv, tsv, jsonl, json, parquet, xlsx.")
@as_json
@reported
def worklist(model: str, **options: Any) -> None:
    """List customers in order of need: the gap to close first, where it stands, owner, remedy, what it would gain.

    MODEL and CUSTOMERS are as in ``outcomegap score``. Without --keep, the columns are shown that the model's inputs
    keep. Rows with something wrong are set aside and reported; then the exit code is 1.
    """
    run = Run(model, options, options["value"], *options["keep"])
    keep, limit = list(options["keep"]) or None, options["limit"]
    listed = run.scores.worklist(value=options["value"], keep=keep, limit=limit)
    run.write("worklist", "output", lambda path: _write_people(listed, path))
    run.answer(listed.text(limit or SHOWN, width=width()), {"worklist": json.loads(listed.to_json() or "[]")})


@click.command()
@click.argument("model")
@of_customers
@click.option(
    "--actions",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="What could be done: toml, json or yaml, see docs/invest.",
)
@click.option("--value", required=True, metavar="COLUMN", help="What a customer is worth, for the time of the costs.")
@click.option("--budget", type=float, metavar="AMOUNT", help="What may be spent; left out, any amount.")
@click.option(
    "--per",
    type=click.Choice(["segment", "customer"]),
    default="segment",
    show_default=True,
    help="Do an action for all of a segment whom it changes, or for single customers.",
)
@click.option(
    "--together",
    type=click.IntRange(min=1),
    default=2,
    show_default=True,
    metavar="N",
    help="Actions for one, at most.",
)
@click.option("-o", "--output", type=FILE, help="Write the plan: csv, tsv, jsonl, parquet, xlsx.")
@as_json
@reported
def plan(model: str, **options: Any) -> None:
    """Plan which actions, for which segments or customers, return most retained value within a budget.

    MODEL and CUSTOMERS are as in ``outcomegap score``. Effects are computed on the graph again for every combination;
    the plan says how far from the best it can be at most. Rows with something wrong are set aside and reported; then
    the exit code is 1.
    """
    from outcomegap.cli.models import load_model
    from outcomegap.invest import load_actions, plan as planned
    from outcomegap.model import Column

    if options["overrides"] is not None:
        raise click.UsageError("a plan goes by computed scores, which no override changes; leave --overrides out")
    actions = load_actions(options["actions"], load_model(model))
    costs = [action.cost.name for action in actions if isinstance(action.cost, Column)]
    run = Run(model, options, options["value"], *costs)
    asked = {name: options[name] for name in ("value", "budget", "per", "together")}
    found = planned(run.scores, actions, **asked)
    run.write("plan", "output", lambda path: write_table(found.columns, path, for_people=True))
    by_action = found.by_action()
    data = found.facts | {"plan": found.rows(), "actions": by_action.rows()}
    run.answer(harmless(f"{found}\n\n{by_action}"), data)
