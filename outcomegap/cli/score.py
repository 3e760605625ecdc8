"""Commands on customers: ``outcomegap score``, ``worklist``, ``plan`` and ``explain``; and ``demo``."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from outcomegap.cli.batches import in_batches, score_in_batches
from outcomegap.cli.console import FILE, FileOrNumber, reported, say, width
from outcomegap.cli.customers import Run, groups_data, over_customers, scorer_of, subject_of, write_people
from outcomegap.cli.models import load_model
from outcomegap.errors import DataError, Problem
from outcomegap.frames import wrap
from outcomegap.frames.arrays import plain_values
from outcomegap.listing import write_table
from outcomegap.scoring.customers import axes_of
from outcomegap.scoring.files import PART

if TYPE_CHECKING:
    from outcomegap.scoring import Scores
    from outcomegap.scoring.change import Change

#: How many customers of a worklist, and of the biggest changes, are printed by default.
SHOWN, BIGGEST = 20, 10


@over_customers
@click.option("-o", "--output", type=FILE, help="Write scores, one row per customer: csv, tsv, jsonl, parquet, xlsx.")
@click.option("--by", multiple=True, metavar="COLUMN", help="Group by this column; repeatable, or A,B. [segment]")
@click.option("--worklist", type=FileOrNumber(), help="Write the customers in order of need, or show the first N.")
@click.option("--report", type=FILE, help="Write an HTML page for people.")
@click.option("--save", type=FILE, help="Save the scores for `explain --since`: json, json.gz, parquet.")
@click.option("--gaps", is_flag=True, help="Add each step's part of the gap to the output.")
@click.option("--value", metavar="COLUMN", help="A customer's value: breaks ties in the worklist.")
@click.option("--weight", metavar="COLUMN", help="A customer's weight in means and shares.")
def score(model: str, **options: Any) -> None:
    """Score customers: how far each is from the desired outcome, and which gaps make up the distance.

    MODEL is a model file, or the name of a built-in example or of a scorer from an installed package. CUSTOMERS is a
    file (csv, tsv, jsonl, each also with .gz; parquet or xlsx), or all tables that the model's inputs name: their
    files or their folder. Several files of customers, a folder of them, or a large one, may be larger than memory:
    they are read in batches. Rows with a problem are set aside, reported and left out of the output; then the exit
    code is 1.
    """
    from outcomegap.present.report import must_be_html, report
    from outcomegap.scoring.saved import suffix_of

    value, weight = options["value"], options["weight"]
    if options["save"] is not None:
        suffix_of(options["save"])
    if options["report"] is not None:
        must_be_html(options["report"])
    scorer, named = scorer_of(model, options), [name for each in options["by"] for name in each.split(",")]
    axes = [axis for axis in axes_of(subject_of(scorer)) if axis != "goal"][:1]
    first = options["worklist"] if isinstance(options["worklist"], int) else 0
    if in_batches(scorer, options):
        score_in_batches(scorer, options, named or axes, first)
    only = "--save" if options["save"] is not None else ""
    run = Run(model, options, value, weight, *named, only_models=only, scorer=scorer)
    scores = run.scores
    grouped = scores.by(*(named or axes), weight=weight)
    by = named or axes or ["segment"]
    run.write("scores", "output", lambda path: write_table(columns_of(scores, parts=options["gaps"]), path))
    if not first:
        run.write("worklist", "worklist", lambda path: write_people(scores.worklist(value=value), path))
    run.write("report", "report", lambda path: report(scores, path, by=by, value=value, weight=weight))
    run.write("saved scores", "save", scores.save)
    if options["save"] is not None and scores.id_column is None:
        click.echo("note: no column names the customers (--id): what moved them cannot be told later", err=True)
    data = groups_data(grouped) if options["as_json"] else {}  # of many groups, more work than their table
    text = grouped.listing.text(width=width())
    if first:
        listed = scores.worklist(value=value, limit=first)
        text, data["worklist"] = f"{text}\n\n{listed.text(first, width=width())}", json.loads(listed.to_json() or "[]")
    run.answer(text, data)


def columns_of(scores: Scores, *, parts: bool = False) -> dict[str, Any]:
    """Return one row for each customer: id, columns kept, cell, score out of 100, and all columns of `Scores.to_frame`.

    Rows set aside are left out; the file of rejects holds them.

    Parameters
    ----------
    scores
        The scores.
    parts
        Whether to add, for each step, its part of the customer's gap.
    """
    model, given = scores.model, scores.framed()
    who = next(iter(given))
    columns: dict[str, Any] = {who: given.pop(who)}
    kept = model.inputs.keep if model.inputs is not None else {}
    columns |= {name: scores.table.values(name) for name in kept if name in scores.table.names}
    for axis in axes_of(model):
        named = [getattr(cell, axis) for cell in model.cells]
        columns[axis] = np.array([*named, None], dtype=object)[scores.cell]
    columns |= {"state": given.pop("state"), "score": 100.0 * scores.desired.astype(np.float64)}
    columns |= given
    if parts:
        values = scores.attribution().values
        columns |= {f"{PART}{step.name}": values[:, number] for number, step in enumerate(model.steps)}
    live = scores.cell >= 0
    return columns if live.all() else {name: values[live] for name, values in columns.items()}


def _columns(frame: Any) -> dict[str, Any]:
    table = wrap(frame)
    return {name: table.values(name) for name in table.names}


@over_customers
@click.option("--value", metavar="COLUMN", help="A customer's value: breaks ties, and is shown.")
@click.option("--keep", multiple=True, metavar="COLUMN", help="Show this column; repeatable.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="The first N customers only.")
@click.option("-o", "--output", type=FILE, help="Write the list: csv, tsv, jsonl, json, parquet, xlsx.")
def worklist(model: str, **options: Any) -> None:
    """List customers in order of need: the gap to close first, its current value, owner, remedy, gain if closed.

    MODEL and CUSTOMERS are as in ``outcomegap score``. Without --keep, it shows the columns that the model's
    inputs keep. Rows with a problem are set aside and reported; then the exit code is 1.
    """
    run = Run(model, options, options["value"], *options["keep"])
    keep, limit = list(options["keep"]) or None, options["limit"]
    listed = run.scores.worklist(value=options["value"], keep=keep, limit=limit)
    run.write("worklist", "output", lambda path: write_people(listed, path))
    run.answer(listed.text(limit or SHOWN, width=width()), {"worklist": json.loads(listed.to_json() or "[]")})


@over_customers
@click.option(
    "--actions",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="The possible actions: toml, json or yaml, see docs/invest.",
)
@click.option("--value", required=True, metavar="COLUMN", help="A customer's value, over the same time as the costs.")
@click.option("--budget", type=float, metavar="AMOUNT", help="The most to spend; left out, any amount.")
@click.option(
    "--per",
    type=click.Choice(["segment", "customer"]),
    default="segment",
    help="Choose actions for all customers of a segment whom they change, or for single customers.",
)
@click.option("--together", type=click.IntRange(min=1), default=2, metavar="N", help="The most actions for each.")
@click.option("-o", "--output", type=FILE, help="Write the plan: csv, tsv, jsonl, parquet, xlsx.")
def plan(model: str, **options: Any) -> None:
    """Plan which actions, for which segments or customers, return the most retained value within a budget.

    MODEL and CUSTOMERS are as in ``outcomegap score``. Effects are computed on the graph for every combination; the
    output has an upper bound for any such plan. Rows with a problem are set aside and reported; then the exit code
    is 1.
    """
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
    run.answer(f"{found.text(width=width())}\n\n{by_action.text(width=width())}", data)


# One customer, and what moved the scores


@over_customers
@click.option("--customer", metavar="ID", help="Whom to explain.")
@click.option("--since", type=FILE, metavar="SAVED", help="Show what moved the scores since `score --save` saved them.")
@click.option(
    "--limit", type=click.IntRange(min=1), metavar="N", help=f"With --since: the N biggest moves. [{BIGGEST}]"
)
@click.option("-o", "--output", type=FILE, help="With --since: write what moved each customer, one row per customer.")
def explain(model: str, **options: Any) -> None:
    """Explain one customer: the state, the score, every gap in its own units, and what is unknown.

    With --since, show what moved the score since it was saved: the customer, our expectation, our model, another cell
    or missing data; without --customer, for all customers. MODEL and CUSTOMERS are as in ``outcomegap score``.
    """
    from outcomegap.scoring.scorer import load_scores

    customer, since = options["customer"], options["since"]
    if customer is None and since is None:
        raise click.UsageError("say --customer ID, or --since SAVED for all customers")
    if since is None and (options["output"] is not None or options["limit"] is not None):
        raise click.UsageError("--output and --limit tell what moved scores; say --since SAVED as well")
    run = Run(model, options, only_models="" if since is None else "--since")
    change = None if since is None else run.scores.change_since(load_scores(since))
    if change is not None:
        run.write("changes", "output", lambda path: write_table(_columns(change.to_frame(steps=True)), path))
    if customer is not None:
        _explain_one(run, change, customer)
    elif change is not None:
        _explain_all(run, change, options["limit"] or BIGGEST)


def _explain_all(run: Run, change: Change, limit: int) -> None:
    lost = sum(str(who) in run.aside for who in change.went.tolist()) if run.set_aside else 0
    text = change.text(limit, width=width())
    if lost:
        text += f"\n\nnote: {lost:,} of the {len(change.went):,} who went are among the rows set aside"
    run.answer(text, _change_data(change, limit) | {"went_set_aside": lost})


def _explain_one(run: Run, change: Change | None, customer: str) -> None:
    from outcomegap.present import one_customer

    problem = run.aside.get(customer)
    if problem is not None:
        message = f"customer {customer!r:.80} was set aside: {problem}"
        raise DataError(message, [Problem("set-aside", message, value=customer, count=1)])
    if customer in run.gone:
        message = f"customer {customer!r:.80} was left out: {run.gone[customer]}"
        raise DataError.of("left-out", message, value=customer)
    try:
        one = one_customer(run.scores, customer)
    except DataError as error:
        if run.scores.id_column is not None:
            raise
        message = f"{error}; no column is known to name customers, so they go by their row, from 0: say --id COLUMN"
        raise DataError(message, error.problems) from error
    text, data = one.text(width=width()), one.to_dict()
    if change is not None:
        since, who, data["change"] = "Since the scores were saved", one.facts["id"], None
        if who in plain_values(change.id):
            moved = change.of(who)
            text += f"\n\n{since}, {moved.text(width=width())}"
            data["change"] = _of_ideal(moved.facts, "id") | {"parts": list(moved)}
        else:
            text += f"\n\n{since}: not among the saved scores, so nothing can be said of what moved."
    run.answer(text, data, alone=True)


def _change_data(change: Change, limit: int) -> dict[str, Any]:
    """Return what moved all customers as plain data, and the biggest changes."""
    known, models = change.total[~np.isnan(change.total)], (change.later.model, change.earlier.model)
    states = zip(change.state_before.tolist(), change.state_after.tolist(), strict=True)
    return {
        "model": models[0].name,
        "fingerprint": models[0].fingerprint,
        "saved_fingerprint": models[1].fingerprint,
        "customers": len(change),
        "came": len(change.came),
        "went": len(change.went),
        "mean": float(known.mean()) if len(known) else None,
        "causes": {each["cause"]: each for each in change.parts["by cause"]},
        "states": dict(Counter(f"{before} -> {after}" for before, after in states if before != after)),
        "biggest": [_of_ideal(one) for one in change.biggest(limit) if one["total"]],
        "not_compared": dict(Counter(reason for reason in change.reason.tolist() if reason is not None)),
    }


def _of_ideal(facts: dict[str, Any], *less: str) -> dict[str, Any]:
    """Return facts without those about ideal segments."""
    return {name: value for name, value in facts.items() if name not in ("ideal", *less)}


# A first look

MODEL, CUSTOMERS, SEED, FIRST = "email-marketing", 1000, 20, 8
#: From this R on, a customer is a good example.
PARTLY = 0.25


@click.command()
@click.option("--report", type=FILE, default=Path("outcomegap-demo.html"), help="The HTML page to write.")
@reported
def demo(*, report: Path) -> None:
    """Score a thousand simulated customers of the built-in e-mail example; print the result, write a report."""
    from outcomegap import gallery
    from outcomegap.present import one_customer, report as write_report
    from outcomegap.scoring import Scorer
    from outcomegap.scoring.simulate import simulate

    model = gallery.load(MODEL)
    scores = Scorer(model).score(simulate(model, CUSTOMERS, seed=SEED))
    say(f"{CUSTOMERS:,} simulated customers, invented from the model itself: no evidence about real ones.\n")
    say(f"{scores.by('segment').listing.text(width=width())}\n")
    listed = scores.worklist(value="mrr", limit=FIRST).text(width=width())
    say(f"Whom to turn to first (of {CUSTOMERS:,}, in order of need)\n\n{listed}\n")
    say(f"One customer explained\n\n{one_customer(scores, _telling(scores)).text(width=width())}\n")
    write_report(scores, report, title=f"{model.name}: {CUSTOMERS:,} simulated customers", value="mrr")
    say(f"The whole report: {report} (open it in a browser).")
    say(f"The same for your own customers: outcomegap score {MODEL} customers.csv -o scores.csv")


def _telling(scores: Scores) -> Any:
    """Return the first failing customer, in order of need, who has a part of the required outcome."""
    order = scores.order("mrr")
    partly = order[(scores.state[order] == "failing") & (scores.required[order] > PARTLY)]
    return plain_values(scores.id)[int(partly[0] if len(partly) else order[0])]
