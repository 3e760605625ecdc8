"""``outcomegap explain MODEL CUSTOMERS``: one customer, gap by gap; or what moved the scores since they were saved."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from outcomegap.cli.console import as_json, harmless, reported, width
from outcomegap.cli.customers import FILE, Run, of_customers
from outcomegap.errors import DataError, Problem
from outcomegap.frames import wrap
from outcomegap.frames.arrays import plain_values
from outcomegap.listing import write_table

if TYPE_CHECKING:
    from outcomegap.scoring.change import Change

SAVED = click.Path(path_type=Path, dir_okay=False)
#: How many customers are told who moved most.
BIGGEST = 10
#: A part below this is rounding.
NOTHING = 1e-12


@click.command()
@click.argument("model")
@of_customers
@click.option("--customer", metavar="ID", help="Whom to explain.")
@click.option("--since", type=SAVED, metavar="SAVED", help="Say what moved the scores since `score --save` saved them.")
@click.option(
    "--limit", type=click.IntRange(min=1), metavar="N", help=f"With --since: the N biggest moves. [{BIGGEST}]"
)
@click.option("-o", "--output", type=FILE, help="With --since: write what moved each customer, a row a customer.")
@as_json
@reported
def explain(model: str, **options: Any) -> None:
    """Explain one customer: the state, the score, every gap in its own units, and what is unknown.

    With --since, say what moved the score since it was saved: the customer, our expectation, our model, another cell
    or missing data; without --customer, of all customers. MODEL and CUSTOMERS are as in ``outcomegap score``.
    """
    from outcomegap.scoring.loading import load_scores

    customer, since = options["customer"], options["since"]
    if customer is None and since is None:
        raise click.UsageError("say --customer ID, or --since SAVED for all customers")
    if since is None and (options["output"] is not None or options["limit"] is not None):
        raise click.UsageError("--output and --limit tell what moved scores; say --since SAVED as well")
    run = Run(model, options, only_models="" if since is None else "--since")
    change = None if since is None else run.scores.change_since(load_scores(since))
    if change is not None:
        run.write("changes", "output", lambda path: _write_change(change, path))
    if customer is not None:
        _explain_one(run, change, customer)
    elif change is not None:
        _explain_all(run, change, options["limit"] or BIGGEST)


def _write_change(change: Change, path: Path) -> None:
    table = wrap(change.to_frame(steps=True))
    write_table({name: table.values(name) for name in table.names}, path)


def _explain_all(run: Run, change: Change, limit: int) -> None:
    lost = sum(str(who) in run.read.aside for who in change.went.tolist()) if run.read.set_aside else 0
    text = harmless(change.text(limit))
    if lost:
        text += f"\n\nnote: {lost:,} of the {len(change.went):,} who went are among the rows set aside"
    run.answer(text, change_data(change, limit) | {"went_set_aside": lost})


def _explain_one(run: Run, change: Change | None, customer: str) -> None:
    from outcomegap.present import one_customer

    problem = run.read.aside.get(customer)
    if problem is not None:
        message = f"customer {customer!r:.80} was set aside: {problem}"
        raise DataError(message, [Problem("set-aside", message, value=customer, count=1)])
    try:
        one = one_customer(run.scores, customer)
    except DataError as error:
        if run.scores.id_column is not None:
            raise
        message = f"{error}; no column is known to name customers, so they go by their row, from 0: say --id COLUMN"
        raise DataError(message, error.problems) from error
    text, data = one.text(width=width()), one.to_dict()
    if change is not None:
        text += f"\n\n{move_text(change, one.facts['id'], width())}"
        data["change"] = move_data(change, one.facts["id"])
    run.answer(text, data, alone=True)


def move_text(change: Change, customer: object, width: int | None) -> str:
    """Say what moved one customer."""
    since = "Since the scores were saved"
    if not _is_in(change, customer):
        return f"{since}: not among the saved scores, so nothing can be said of what moved."
    return f"{since}, {change.of(customer).text(width=width)}"


def move_data(change: Change, customer: object) -> dict[str, Any] | None:
    """Return what moved one customer as plain data; None where the saved scores do not have them."""
    if not _is_in(change, customer):
        return None
    found = change.of(customer)
    return {name: value for name, value in found.facts.items() if name not in ("id", "ideal")} | {"parts": list(found)}


def change_data(change: Change, limit: int) -> dict[str, Any]:
    """Return what moved all customers as plain data, and the biggest moves."""
    known = ~np.isnan(change.total)
    earlier, later = change.earlier, change.later
    states = Counter(zip(change.state_before.tolist(), change.state_after.tolist(), strict=True))
    return {
        "model": later.model.name,
        "fingerprint": later.model.fingerprint,
        "saved_fingerprint": earlier.model.fingerprint,
        "customers": len(change),
        "came": len(change.came),
        "went": len(change.went),
        "mean": _plain(float(change.total[known].mean()) if known.any() else math.nan),
        "causes": {cause: _cause(parts[known]) for cause, parts in change.causes.items()},
        "states": [
            {"before": before, "after": after, "customers": count}
            for (before, after), count in states.most_common()
            if before != after
        ],
        "biggest": [
            {key: value for key, value in one.items() if key != "ideal"}
            for one in change.biggest(limit)
            if one["total"]
        ],
        "not_compared": dict(Counter(str(reason) for reason in change.reason.tolist() if reason is not None)),
    }


def _cause(parts: Any) -> dict[str, Any]:
    mean = float(parts.mean()) if len(parts) else math.nan
    return {"up": int((parts > NOTHING).sum()), "down": int((parts < -NOTHING).sum()), "mean": _plain(mean)}


def _is_in(change: Change, customer: object) -> bool:
    return customer in plain_values(change.id)


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and math.isnan(value) else value
