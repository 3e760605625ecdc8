"""``outcomegap worklist MODEL CUSTOMERS``: customers in order of need, and for each what to do next."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from outcomegap.cli.console import as_json, harmless, reported, say_json, width
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
    from outcomegap.scoring.worklist import Worklist

#: How many customers are printed where no limit is asked for.
SHOWN = 20


@click.command()
@click.argument("model")
@of_customers
@click.option("--value", metavar="COLUMN", help="What a customer is worth: orders equals, and is shown.")
@click.option("--keep", multiple=True, metavar="COLUMN", help="Show this column; may stand several times.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="The first N customers only.")
@click.option("-o", "--output", type=FILE, help="Write the list: csv, tsv, jsonl, json, parquet, xlsx.")
@as_json
@reported
def worklist(model: str, *, as_json: bool, **options: Any) -> None:
    """List customers in order of need: the gap to close first, where it stands, owner, remedy, what it would gain.

    MODEL and CUSTOMERS are as in ``outcomegap score``. Without --keep, the columns are shown that the model's inputs
    keep. Rows with something wrong are set aside and reported; then the exit code is 1.
    """
    from outcomegap.cli.models import load_scorer

    for name in ("output", "rejects"):
        if options[name] is not None and not (name == "output" and _is_json(options[name])):
            file_kind(options[name])  # before the work, not after it
    read = read_them(load_scorer(model), options, options["value"], *options["keep"])
    listed = read.scores.worklist(value=options["value"], keep=list(options["keep"]) or None, limit=options["limit"])
    written = _write(listed, options["output"]) | write_rejects(read, options["rejects"])
    if as_json:
        say_json(
            {
                **read.to_dict(),
                "overrides": overrides_data(read.scores),
                "worklist": _rows(listed),
                "written": written,
            }
        )
    else:
        click.echo(listed.text(options["limit"] or SHOWN, width=width()))
        said = [*notes_of(read), *(f"{what} written to {path}" for what, path in written.items())]
        if said:
            click.echo("\n" + harmless("\n".join(said)))
    tell_and_exit(read)


def _is_json(path: Path) -> bool:
    return path.suffix.lower() == ".json"


def _write(listed: Worklist, path: Path | None) -> dict[str, str]:
    from outcomegap.errors import DataError

    if path is None:
        return {}
    if not _is_json(path):
        write_table(listed.columns, path, for_people=True)
    else:
        try:
            listed.to_json(path)
        except OSError as error:
            raise DataError(f"{path} cannot be written: {error.strerror or error}") from error
    return {"worklist": str(path)}


def _rows(listed: Worklist) -> list[Any]:
    import json

    rows: list[Any] = json.loads(listed.to_json() or "[]")
    return rows
