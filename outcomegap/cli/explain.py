"""``outcomegap explain MODEL CUSTOMERS``: one customer, gap by gap; or what moved the scores since they were saved."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from outcomegap.cli.console import as_json, harmless, reported, say_json, width
from outcomegap.cli.customers import FILE, notes_of, of_customers, read_them, tell_and_exit, write_rejects
from outcomegap.errors import DataError, Problem
from outcomegap.listing import file_kind, write_table

if TYPE_CHECKING:
    from outcomegap.cli.customers import Read
    from outcomegap.scoring.change import Change

SAVED = click.Path(path_type=Path, dir_okay=False)
#: How many customers are told who moved most.
BIGGEST = 10


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
def explain(model: str, *, as_json: bool, **options: Any) -> None:
    """Explain one customer: the state, the score, every gap in its own units, and what is unknown.

    With --since, say what moved the score since it was saved: the customer, our expectation, our model, another cell
    or missing data; without --customer, of all customers. MODEL and CUSTOMERS are as in ``outcomegap score``.
    """
    customer = options["customer"]
    if customer is None and options["since"] is None:
        raise click.UsageError("say --customer ID, or --since SAVED for all customers")
    if options["since"] is None and (options["output"] is not None or options["limit"] is not None):
        raise click.UsageError("--output and --limit tell what moved scores; say --since SAVED as well")
    read, change = _read(model, options)
    written = _write_change(change, options["output"]) | write_rejects(read, options["rejects"])
    if customer is None:
        assert change is not None
        _all(read, change, options["limit"] or BIGGEST, written, as_json=as_json)
        tell_and_exit(read)
    _one(read, change, customer, written, as_json=as_json)


def _read(model: str, options: dict[str, Any]) -> tuple[Read, Change | None]:
    from outcomegap.cli.models import load_scorer, needs_model
    from outcomegap.scoring.loading import load_scores

    for name in ("output", "rejects"):
        if options[name] is not None:
            file_kind(options[name])  # before the work, not after it
    scorer = load_scorer(model)
    if options["since"] is not None:
        needs_model(scorer, "--since")
    earlier = None if options["since"] is None else load_scores(options["since"])
    read = read_them(scorer, options)
    return read, None if earlier is None else read.scores.change_since(earlier)


def _write_change(change: Change | None, path: Path | None) -> dict[str, str]:
    from outcomegap.frames import wrap

    if change is None or path is None:
        return {}
    table = wrap(change.to_frame(steps=True))
    write_table({name: table.values(name) for name in table.names}, path)
    return {"changes": str(path)}


def _all(read: Read, change: Change, limit: int, written: dict[str, str], *, as_json: bool) -> None:
    from outcomegap.cli.moves import change_data

    aside = _set_aside(read) if read.set_aside else {}
    lost = sum(str(who) in aside for who in change.went.tolist())
    if as_json:
        reading = {"reading": read.customers.report.to_dict(), "written": written}
        say_json(change_data(change, limit) | {"went_set_aside": lost, "set_aside": read.set_aside} | reading)
        return
    click.echo(harmless(change.text(limit)))
    told = [f"note: {lost:,} of the {len(change.went):,} who went are among the rows set aside"] if lost else []
    said = [*told, *notes_of(read), *_written(written)]
    if said:
        click.echo("\n" + harmless("\n".join(said)))


def _one(read: Read, change: Change | None, customer: str, written: dict[str, str], *, as_json: bool) -> None:
    from outcomegap.cli.moves import move_data, move_text
    from outcomegap.present import one_customer

    _refuse_set_aside(read, customer)
    try:
        one = one_customer(read.scores, customer)
    except DataError as error:
        if read.scores.id_column is not None:
            raise
        message = f"{error}; no column is known to name customers, so they go by their row, from 0: say --id COLUMN"
        raise DataError(message, error.problems) from error
    if as_json:
        say_json(one.to_dict() | ({} if change is None else {"change": move_data(change, one.id)}))
        return
    click.echo(one.text(width=width()))
    if change is not None:
        click.echo("\n" + move_text(change, one.id, width()))
    if written:
        click.echo("\n" + harmless("\n".join(_written(written))))


def _written(written: dict[str, str]) -> list[str]:
    return [f"{what} written to {path}" for what, path in written.items()]


def _refuse_set_aside(read: Read, customer: str) -> None:
    """Say why, if the customer's row was set aside."""
    problem = _set_aside(read).get(customer)
    if problem is not None:
        message = f"customer {customer!r:.80} was set aside: {problem}"
        raise DataError(message, [Problem("set-aside", message, value=customer, count=1)])


def _set_aside(read: Read) -> dict[str, str]:
    """Return the names of the customers set aside, as text, each with its problem."""
    from outcomegap.cli.customers import rejects_of

    rejects, inputs = rejects_of(read) or {}, read.scores.model.inputs
    names = {inputs.id if inputs is not None else None, read.scores.id_column} & set(rejects)
    columns = [rejects[name] for name in sorted(filter(None, names))]
    return {str(who): problem for column in columns for who, problem in zip(column, rejects["problem"], strict=True)}
