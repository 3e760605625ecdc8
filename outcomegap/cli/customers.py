"""What commands over customers share: the CUSTOMERS argument, the options to read them, and what is told at the end."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import attrs
import click

from outcomegap.cli.outputs import outputs, refuse_tables
from outcomegap.cli.reporting import FOUND, rows_set_aside, say_error
from outcomegap.errors import DataError, Problem, hint, nearest

if TYPE_CHECKING:
    from outcomegap.cli.reading import Read
    from outcomegap.model.inputs import Inputs
    from outcomegap.model.outline import Subject

FILE = click.Path(path_type=Path, dir_okay=False)
_SHARED = (
    click.argument("customers", nargs=-1, required=True),
    click.option(
        "--table",
        "tables",
        multiple=True,
        metavar="NAME=FILE",
        help="A further table that the model's inputs name; may stand several times.",
    ),
    click.option("--rejects", type=FILE, help="Write the rows set aside, as they came, each with its problem."),
    click.option("--id", "id_column", metavar="COLUMN", help="The column that names a customer."),
    click.option("--as-of", metavar="DATE", help="The moment of scoring, where the model's inputs need one."),
    click.option(
        "--overrides",
        type=FILE,
        help="What somebody says instead: customer, state, score, reason, author, until; on --as-of, or today.",
    ),
)


def of_customers(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the CUSTOMERS argument, and the options to read them."""
    for add in reversed(_SHARED):
        command = add(command)
    return command


def read_them(scorer: Any, options: Mapping[str, Any], *columns: str | None) -> Read:
    """Read and score the customers of a command.

    Parameters
    ----------
    scorer
        The model's scorer, or one of the user's own.
    options
        Those of `of_customers`.
    *columns
        Columns of the customers' table that the command needs beside what the model's inputs hand on.
    """
    from outcomegap.cli.overriding import overridden
    from outcomegap.cli.reading import read_and_score, subject_of

    model = subject_of(scorer)
    source, tables = sources(model, options["customers"], options["tables"])
    _refuse_overwriting(model, source, tables)
    read = read_and_score(
        scorer,
        source,
        tables=tables,
        as_of=options["as_of"],
        id_column=options["id_column"],
        columns=[column for column in (*columns, options["id_column"]) if column is not None],
    )
    return attrs.evolve(read, scores=overridden(read, options["overrides"], options["as_of"]))


def _refuse_overwriting(model: Subject, source: Any, tables: Mapping[str, str]) -> None:
    """Refuse to write over a table that the model's inputs name, beside CUSTOMERS or in that folder."""
    from outcomegap.intake.gather import tables_needed
    from outcomegap.intake.tables import Tables
    from outcomegap.model import Inputs

    context = click.get_current_context(silent=True)
    if context is None or not any(outputs(context)):
        return
    inputs = model.inputs or Inputs()
    raw = Tables(inputs, source, tables)
    found = {name: raw.path_of(name) for name in tables_needed(inputs)}
    refuse_tables(context, {name: path for name, path in found.items() if path is not None})


def write_rejects(read: Read, path: Path | None) -> dict[str, str]:
    """Write the rows set aside, where a file is asked for and there are any; return what was written where."""
    from outcomegap.cli.reading import rejects_of
    from outcomegap.cli.writing import write

    if path is None or (rejects := rejects_of(read)) is None:
        return {}
    write(rejects, path)
    return {"rejects": str(path)}


def tell_and_exit(read: Read) -> NoReturn:
    """Tell on stderr what was wrong with rows; exit with 1 where something was."""
    for problem in read.problems:
        say_error(str(problem))
    if read.set_aside:
        say_error(rows_set_aside(read.set_aside, read.customers.report.rows_in))
    sys.exit(FOUND if read.problems else 0)


def notes_of(read: Read) -> list[str]:
    """Return what reading found odd, and what it left out, line by line."""
    report = read.customers.report
    return [*(f"note: {finding}" for finding in report.findings), *(f"note: {note}" for note in report.notes)]


def sources(model: Subject, paths: Sequence[str], tables: Iterable[str]) -> tuple[Any, dict[str, str]]:
    """Return the customers' table, or all tables by name, and further tables.

    Of several files each is the table whose file, or whose name, it bears; one that is left is the customers' own.

    Parameters
    ----------
    model
        The model, whose inputs name the tables.
    paths
        What stands for CUSTOMERS.
    tables
        What stands after ``--table``: ``NAME=FILE``.

    Examples
    --------
    >>> import outcomegap as og
    >>> sources(og.gallery.load("email-marketing"), ["customers.csv"], [])
    ('customers.csv', {})
    """
    from outcomegap.model import Inputs

    inputs = model.inputs or Inputs()
    more = dict(_named(inputs, text) for text in tables)
    if len(paths) == 1:
        return paths[0], more
    found: dict[str, str] = {}
    for path in paths:
        name = _table_of(inputs, Path(path)) or inputs.customers
        if name in found:
            known = ", ".join(repr(table) for table in _known(inputs))
            message = f"{found[name]} and {path} would both be table {name!r}; say --table NAME=FILE"
            raise DataError.all("CUSTOMERS", [Problem("two-tables", f"{message} (the model's inputs name {known})")])
        found[name] = path
    return found, more


def _named(inputs: Inputs, text: str) -> tuple[str, str]:
    name, sign, path = text.partition("=")
    if not (name and sign and path):
        raise click.UsageError(f"--table wants NAME=FILE (got {text!r})")
    known = _known(inputs)
    if name not in known:
        message = f"--table {text}: the model's inputs name no table {name!r}{hint(name, known)}"
        raise DataError.all("--table", [Problem("unknown-table", message, value=name, suggestion=nearest(name, known))])
    return name, path


def _known(inputs: Inputs) -> list[str]:
    from outcomegap.intake.gather import tables_needed

    return list(dict.fromkeys([*tables_needed(inputs), *inputs.tables]))


def _table_of(inputs: Inputs, path: Path) -> str | None:
    """Return the table whose file a path is, or else whose name it bears."""
    for name, table in inputs.tables.items():
        if table.file is not None and Path(table.file).name == path.name:
            return name
    stem = path.name.partition(".")[0]
    return stem if stem in _known(inputs) else None
