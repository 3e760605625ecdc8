"""``outcomegap plan MODEL CUSTOMERS --actions FILE``: which actions for whom return most within a budget."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from outcomegap.cli.console import as_json, harmless, reported, say_json
from outcomegap.cli.customers import FILE, notes_of, of_customers, read_them, tell_and_exit, write_rejects
from outcomegap.listing import file_kind, write_table

if TYPE_CHECKING:
    from outcomegap.invest import Plan


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
def plan(model: str, *, as_json: bool, **options: Any) -> None:
    """Plan which actions, for which segments or customers, return most retained value within a budget.

    MODEL and CUSTOMERS are as in ``outcomegap score``. Effects are computed on the graph again for every combination;
    the plan says how far from the best it can be at most. Rows with something wrong are set aside and reported; then
    the exit code is 1.
    """
    from outcomegap.cli.models import load_model
    from outcomegap.invest import load_actions
    from outcomegap.invest import plan as planned
    from outcomegap.model import Column

    if options["overrides"] is not None:
        raise click.UsageError("a plan goes by computed scores, which no override changes; leave --overrides out")
    for name in ("output", "rejects"):
        if options[name] is not None:
            file_kind(options[name])  # before the work, not after it
    loaded = load_model(model)
    actions = load_actions(options["actions"], loaded)
    costs = [action.cost.name for action in actions if isinstance(action.cost, Column)]
    read = read_them(loaded, options, options["value"], *costs)
    asked = {name: options[name] for name in ("value", "budget", "per", "together")}
    found = planned(read.scores, actions, **asked)
    written = {}
    if options["output"] is not None:
        write_table(found.columns, options["output"], for_people=True)
        written["plan"] = str(options["output"])
    written |= write_rejects(read, options["rejects"])
    if as_json:
        say_json(
            {
                **read.to_dict(),
                **_data(found),
                "written": written,
            }
        )
    else:
        click.echo(harmless(f"{found}\n\n{found.by_action()}"))
        said = [*notes_of(read), *(f"{what} written to {path}" for what, path in written.items())]
        if said:
            click.echo("\n" + harmless("\n".join(said)))
    tell_and_exit(read)


def _data(found: Plan) -> dict[str, Any]:
    return {**found.facts, "plan": found.rows(), "actions": found.by_action().rows()}
