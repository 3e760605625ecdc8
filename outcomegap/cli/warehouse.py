"""The command ``outcomegap sql``: a model as a query for a data warehouse."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from outcomegap.cli.console import FILE, reported
from outcomegap.cli.models import load_model
from outcomegap.replacing import replacing


def _pairs(_context: click.Context, option: click.Parameter, value: Sequence[str]) -> dict[str, str]:
    found = dict(each.partition("=")[::2] for each in value)
    if not all(found.values()):
        raise click.BadParameter("must be NAME=COLUMN, such as list_size=LIST_SIZE", param=option)
    return found


def _listed(_context: click.Context, _option: click.Parameter, value: Sequence[str]) -> list[str]:
    return [name.strip() for each in value for name in each.split(",")]


@click.command()
@click.argument("model")
@click.option("--table", required=True, help="The customers' table, or a query in brackets, as the dialect writes it.")
@click.option("--dialect", default="duckdb", help="duckdb, postgres, snowflake, bigquery, spark or databricks.")
@click.option("--id", metavar="COLUMN", help="The column that names a customer.")
@click.option("--keep", multiple=True, metavar="COLUMN", help="Select this column too; repeatable.")
@click.option("--attribution", is_flag=True, help="Add each step's part of the gap.")
@click.option("--by", multiple=True, callback=_listed, metavar="COLUMNS", help="Select groups, by segment,stage.")
@click.option("--weight", metavar="COLUMN", help="A customer's weight in means and shares of groups.")
@click.option(
    "--column", "columns", multiple=True, callback=_pairs, metavar="NAME=COLUMN", help="The table's name for it."
)
@click.option("--boolean", "booleans", multiple=True, metavar="MEASURE", help="The table holds true or false here.")
@click.option("-o", "--output", type=FILE, help="The file to write. [stdout]")
@reported
def sql(model: str, *, table: str, output: Path | None, **said: Any) -> None:
    """Write a model as one SQL query, which scores customers in a data warehouse.

    MODEL is a model file, or the name of a built-in example.
    """
    from outcomegap.scoring import Scorer

    query = Scorer(load_model(model)).to_sql(table, **said)
    if output is None:
        click.echo(query, nl=False)
        return
    with replacing(output) as file:
        file.write(query)
