"""Commands on customers whose outcome is known: ``outcomegap validate``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import click

from outcomegap.cli.console import FILE, width
from outcomegap.cli.customers import Run, over_customers, subject_of
from outcomegap.cli.models import load_scorer
from outcomegap.errors import DataError


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


@over_customers
@click.option(
    "--outcome", required=True, metavar="COLUMN[=VALUE]", help="What customers then did; VALUE is good: A|B names two."
)
@click.option("--horizon", type=float, metavar="DAYS", help="Within how many days of --as-of the outcome was observed.")
@click.option("--by", multiple=True, metavar="COLUMN", help="Rows of one customer stay in one fold; repeatable.")
@click.option("--weight", metavar="COLUMN", help="A customer's weight in all figures.")
@click.option("--folds", type=int, help="How many folds baselines are fitted in. [5]")
@click.option("-o", "--output", "checked", type=FILE, help="Write the model with its verdict: toml, json, yaml.")
def validate(model: str, **options: Any) -> None:
    """Check a score against what customers then did, beside what simpler scores make of the same customers.

    MODEL and CUSTOMERS are as in ``outcomegap score``; CUSTOMERS has a column with the outcome. --as-of may name a
    column with the day as of which each customer was measured: then customers are split in time.
    """
    from outcomegap import learn
    from outcomegap.files import dump

    column, good = outcome_of(options["outcome"])
    day, weight, by = options["as_of"], options["weight"], options["by"]
    of_each = None if day is None or is_moment(day) else day
    read = options | {"as_of": None if of_each else day}
    run = Run(model, read, column, weight, of_each, *by, only_models="" if options["checked"] is None else "--output")
    scorer, scores = load_scorer(model), run.scores
    found = learn.validate(
        scorer,
        scores.table.filter(scores.cell >= 0).native(),
        column,
        good=good,
        weight=weight,
        as_of=of_each,
        horizon=options["horizon"],
        by=by,
        folds=options["folds"],
        data=Path(options["customers"][0]).name,
    )
    subject = subject_of(scorer)
    run.write("model", "checked", lambda path: dump(subject.with_verdict(found.verdict), path))
    data = {"scores": found.rows(), "verdict": attrs.asdict(found.verdict) | {"figures": dict(found.verdict.figures)}}
    run.answer(found.text(width=width()), data | {name: part.rows() for name, part in found.parts.items()})
