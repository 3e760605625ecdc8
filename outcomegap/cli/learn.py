"""Commands on customers whose outcome is known: ``outcomegap fit`` and ``validate``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import attrs
import click

from outcomegap.cli.console import FILE, width
from outcomegap.cli.customers import Run, over_customers, subject_of
from outcomegap.cli.models import load_model, load_scorer
from outcomegap.errors import DataError

#: Those of `outcomegap.learn.fit`, which is loaded only where it is asked for.
STRUCTURES = ("as given", "find ways")


def outcome_of(text: str) -> tuple[str, Any]:
    """Return the column of an outcome, and which of its values is good.

    Examples
    --------
    >>> outcome_of("churned=0"), outcome_of("result=Pass|Distinction"), outcome_of("stays")
    (('churned', '0'), ('result', ['Pass', 'Distinction']), ('stays', True))
    """
    column, said, value = text.partition("=")
    good = value.split("|") if "|" in value else value
    return column, good if said else True


def is_moment(text: str) -> bool:
    """Return whether text is a date or the number of a day; else it is the name of a column."""
    from outcomegap.intake.moments import as_moment

    try:
        as_moment(text, "days")
    except DataError:
        return False
    return True


def no_sheet(_: click.Context, __: click.Parameter, path: Path | None) -> Path | None:
    """Refuse a sheet as the file of a model with its verdict, which a sheet does not hold."""
    if path is not None and path.suffix.lower() in (".csv", ".xlsx"):
        raise click.BadParameter("a sheet holds no verdict; write toml, json or yaml, and convert that for editing")
    return path


def over_outcomes(command: Callable[..., None]) -> click.Command:
    """Make a command over customers whose outcome is known."""
    folds = click.option("--folds", type=int, help="How many folds; customers are foretold by fits to other folds. [5]")
    weight = click.option("--weight", metavar="COLUMN", help="A customer's weight in all figures.")
    by = click.option(
        "--by", multiple=True, metavar="COLUMN", help="Rows of one customer stay in one fold; repeatable."
    )
    within = "Within how many days of --as-of the outcome was observed."
    horizon = click.option("--horizon", type=float, metavar="DAYS", help=within)
    then = "What customers then did; VALUE is good: A|B names two."
    outcome = click.option("--outcome", required=True, metavar="COLUMN[=VALUE]", help=then)
    for add in (folds, weight, by, horizon, outcome):
        command = add(command)
    return over_customers(command)


def observed(model: str, options: Mapping[str, Any], output: str) -> tuple[Run, tuple[Any, str], dict[str, Any]]:
    """Read customers with their outcomes; return the run, and what the functions of `outcomegap.learn` take."""
    column, good = outcome_of(options["outcome"])
    day, weight, by = options["as_of"], options["weight"], options["by"]
    of_each = None if day is None or is_moment(day) else day
    read = dict(options) | {"as_of": None if of_each else day}
    run = Run(model, read, column, weight, of_each, *by, only_models=output)
    customers = run.scores.table.filter(run.scores.cell >= 0).native()
    asked = {"good": good, "weight": weight, "as_of": of_each, "horizon": options["horizon"], "by": by}
    return run, (customers, column), asked | {"data": Path(options["customers"][0]).name}


@over_outcomes
@click.option(
    "-o",
    "--output",
    "checked",
    type=FILE,
    callback=no_sheet,
    help="Write the model with its verdict: toml, json, yaml.",
)
def validate(model: str, **options: Any) -> None:
    """Check a score against what customers then did, beside what simpler scores make of the same customers.

    MODEL and CUSTOMERS are as in ``outcomegap score``; CUSTOMERS has a column with the outcome. --as-of may name a
    column with the day as of which each customer was measured: then customers are split in time.
    """
    from outcomegap import learn
    from outcomegap.files import dump

    run, (customers, column), asked = observed(model, options, "" if options["checked"] is None else "--output")
    scorer = load_scorer(model)
    found = learn.validate(scorer, customers, column, **asked, folds=options["folds"])
    subject = subject_of(scorer)
    run.write("model", "checked", lambda path: dump(subject.with_verdict(found.verdict), path))
    data = {"scores": found.rows(), "verdict": attrs.asdict(found.verdict) | {"figures": dict(found.verdict.figures)}}
    run.answer(found.text(width=width()), data | {name: part.rows() for name, part in found.parts.items()})


@over_outcomes
@click.option("--structure", type=click.Choice(STRUCTURES), default=STRUCTURES[0], help="Which gates the model gets.")
@click.option("--ways", type=int, default=3, help="How many ways are sought at most.")
@click.option("--most-steps", type=int, default=12, help="Over how many steps of a cell ways go at most.")
@click.option(
    "-o", "--output", "checked", type=FILE, callback=no_sheet, required=True, help="The fitted model: toml, json, yaml."
)
def fit(model: str, **options: Any) -> None:
    """Fit a model to what customers then did: floors, targets, weights and what is necessary.

    MODEL and CUSTOMERS are as in ``outcomegap score``; CUSTOMERS has a column with the outcome. The fitted model keeps
    the steps and the direction of each; with --structure "find ways" the gate of the experience is found too.
    """
    from outcomegap import learn
    from outcomegap.files import dump

    run, (customers, column), asked = observed(model, options, "MODEL")
    more = {name: options[name] for name in ("structure", "ways", "most_steps")}
    folds = {} if options["folds"] is None else {"folds": options["folds"]}
    found = learn.fit(load_model(model), customers, column, **asked, **more, **folds)
    run.write("model", "checked", lambda path: dump(found.model, path))
    numbers = {"numbers": found.report.parts["numbers"].rows()}
    run.answer(found.report.text(width=width()), {"steps": found.report.rows()} | numbers)
