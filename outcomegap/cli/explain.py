"""``outcomegap explain MODEL CUSTOMERS --customer ID``: one customer, gap by gap."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from outcomegap.cli.reporting import as_json, reported, say_json, width
from outcomegap.errors import DataError, Problem

if TYPE_CHECKING:
    from outcomegap.cli.reading import Read


@click.command()
@click.argument("model")
@click.argument("customers")
@click.option("--customer", required=True, metavar="ID", help="Whom to explain.")
@click.option("--id", "id_column", metavar="COLUMN", help="The column that names a customer.")
@click.option("--as-of", metavar="DATE", help="The moment of scoring, where the model's inputs need one.")
@as_json
@reported
def explain(
    model: str, customers: str, *, customer: str, id_column: str | None, as_of: str | None, as_json: bool
) -> None:
    """Explain one customer: the state, the score, every gap in its own units, and what is unknown.

    MODEL and CUSTOMERS are as in ``outcomegap score``.
    """
    from outcomegap.cli.models import load_model
    from outcomegap.cli.reading import read_and_score
    from outcomegap.present import one_customer

    read = read_and_score(load_model(model), customers, as_of=as_of, id_column=id_column)
    _refuse_set_aside(read, customer)
    one = one_customer(read.scores, customer)
    if as_json:
        say_json(one.to_dict())
    else:
        click.echo(one.text(width()))


def _refuse_set_aside(read: Read, customer: str) -> None:
    """Say why, if the customer's row was set aside."""
    from outcomegap.cli.reading import rejects_of

    rejects, inputs = rejects_of(read) or {}, read.scores.model.inputs
    names = {inputs.id if inputs is not None else None, read.scores._id_column} & set(rejects)
    for name in sorted(filter(None, names)):
        for who, problem in zip(rejects[name], rejects["problem"], strict=True):
            if str(who) == customer:
                message = f"customer {customer!r:.80} was set aside: {problem}"
                raise DataError(message, [Problem("set-aside", message, value=customer, count=1)])
