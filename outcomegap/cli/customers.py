"""The CUSTOMERS argument: files read as the model's inputs say, and scored; options that commands share."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import attrs
import click
import numpy as np

from outcomegap.cli.console import FOUND, outputs, refuse_tables, rows_set_aside, say_error
from outcomegap.errors import DataError, EngineError, OutcomeGapError, Problem, hint, nearest
from outcomegap.frames import wrap
from outcomegap.frames.arrays import is_null, objects, plain_values
from outcomegap.listing import write_table
from outcomegap.model import Inputs, OutcomeModel

if TYPE_CHECKING:
    from outcomegap.intake import Customers
    from outcomegap.model.outline import Subject
    from outcomegap.scoring.scores import CustomerScores

from outcomegap.scoring.customers import AXES
from outcomegap.scoring.groups import names_of
from outcomegap.scoring.overrides import FIELDS

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
    from outcomegap.intake.loading import Tables, tables_needed

    context = click.get_current_context(silent=True)
    if context is None or not any(outputs(context)):
        return
    inputs = model.inputs or Inputs()
    raw = Tables(inputs, source, tables)
    found = {name: raw.path_of(name) for name in tables_needed(inputs)}
    refuse_tables(context, {name: path for name, path in found.items() if path is not None})


def write_rejects(read: Read, path: Path | None) -> dict[str, str]:
    """Write the rows set aside, where a file is asked for and there are any; return what was written where."""
    if path is None or (rejects := rejects_of(read)) is None:
        return {}
    write_table(rejects, path)
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
    from outcomegap.intake.loading import tables_needed

    return list(dict.fromkeys([*tables_needed(inputs), *inputs.tables]))


def _table_of(inputs: Inputs, path: Path) -> str | None:
    """Return the table whose file a path is, or else whose name it bears."""
    for name, table in inputs.tables.items():
        if table.file is not None and Path(table.file).name == path.name:
            return name
    stem = path.name.partition(".")[0]
    return stem if stem in _known(inputs) else None


# Read and scored


@attrs.frozen(eq=False)
class Read:
    """Customers read from a file, and their scores."""

    customers: Customers
    scores: Any  # Scores, or those of a scorer of the user's own

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Why rows were set aside, on reading and on scoring."""
        return (*self.customers.report.problems, *self.scores.problems)

    @property
    def set_aside(self) -> int:
        """How many rows were."""
        return self.customers.report.set_aside + int((self.scores.cell < 0).sum())

    def to_dict(self) -> dict[str, Any]:
        """Return what was read and by what it was scored: where every answer in JSON begins."""
        return {
            "model": self.scores.model.name,
            "fingerprint": self.scores.model.fingerprint,
            "rows": self.customers.report.rows_in,
            "set_aside": self.set_aside,
            "problems": [problem.to_dict() for problem in self.problems],
            "reading": self.customers.report.to_dict(),
        }


def read_and_score(
    scorer: Any,
    source: Any,
    *,
    tables: Mapping[str, str] | None = None,
    as_of: str | None = None,
    id_column: str | None = None,
    columns: Sequence[str] = (),
) -> Read:
    """Read customers from a file, or from several tables, and score them; rows with something wrong are set aside.

    Parameters
    ----------
    scorer
        A `Scorer`, a model to make one of, or a scorer of the user's own.
    source, tables, as_of
        As in `outcomegap.read_customers`.
    id_column
        The column of the frame that names a customer.
    columns
        Columns to hand on beside those that the model's inputs keep.

    Raises
    ------
    DataError
        If a file, or a whole column, cannot be used.
    """
    from outcomegap.intake import read_customers
    from outcomegap.scoring import Scorer

    scorer = Scorer(scorer) if isinstance(scorer, OutcomeModel) else scorer
    model = subject_of(scorer)
    outside = not isinstance(scorer, Scorer)
    told: DataError | None = None
    try:
        customers = read_customers(_keeping(model, columns), source, tables=tables, as_of=as_of, on_bad="set_aside")
    except DataError as error:
        told = _asked_for(error, columns)
        if not outside or told is error:
            raise told from error
        # They may be columns that the scorer makes.
        customers = read_customers(model, source, tables=tables, as_of=as_of, on_bad="set_aside")
    if isinstance(scorer, Scorer):
        return Read(customers, scorer.score(customers.frame, on_bad="set_aside", id=id_column))
    scores = _scored_by(scorer, customers.frame)
    if told is not None and scores.table.require(columns):
        raise told
    return Read(customers, scores if id_column is None else scores.named_by(id_column))


def _scored_by(scorer: Any, frame: Any) -> CustomerScores:
    """Return what a scorer of the user's own makes of a frame.

    Raises
    ------
    EngineError
        If it fails, or returns no scores that can be shown.
    """
    from outcomegap.scoring.scores import CustomerScores

    try:
        scores = scorer.score(frame)
    except OutcomeGapError:
        raise
    except Exception as error:
        raise EngineError(f"scorer {scorer.name!r} fails: {type(error).__name__}: {error}") from error
    if not isinstance(scores, CustomerScores):
        message = f"scorer {scorer.name!r} returns {type(scores).__name__}; the command line needs og.OutcomeScores"
        raise EngineError(message)
    return scores


def _asked_for(error: DataError, columns: Sequence[str]) -> DataError:
    """Return the error with columns that an option names called so, not as what the inputs keep."""

    def said(problem: Problem) -> Problem:
        if problem.column not in columns or not problem.message.startswith("keep needs"):
            return problem
        message = problem.message.replace("keep needs", "an option names", 1)
        return attrs.evolve(problem, message=message)

    problems = [said(problem) for problem in error.problems]
    if problems == list(error.problems):
        return error
    return DataError.all("the customers' table", problems)


def subject_of(scorer: Any) -> Subject:
    """Return a model, a scorer's model, or what a scorer of the user's own says of itself."""
    from outcomegap.scoring import Scorer
    from outcomegap.scoring.outcome_scorer import outline_of

    if isinstance(scorer, OutcomeModel):
        return scorer
    return scorer.model if isinstance(scorer, Scorer) else outline_of(scorer)


def _keeping(model: Subject, columns: Sequence[str]) -> Subject:
    """Return the model with inputs that hand on some columns more; without inputs all are handed on."""
    if model.inputs is None:
        return model
    cells = [axis for axis in AXES if names_of(model, axis) or getattr(model.inputs, axis) is not None]
    measures = (*model.inputs.measures, *model.columns, *(measure.name for measure in model.measures))
    there = {"id", *cells, *model.inputs.keep, *measures}
    more = {column: column for column in columns if column not in there}
    if not more:
        return model
    return attrs.evolve(model, inputs=attrs.evolve(model.inputs, keep={**model.inputs.keep, **more}))


def rejects_of(read: Read) -> dict[str, Any] | None:
    """Return the rows set aside as columns, each with its problem; None where there is none.

    Rows set aside on reading stand as they came, those set aside on scoring after them, as they were read.
    """
    parts: list[dict[str, Any]] = []
    if read.customers.rejects is not None:
        table = wrap(read.customers.rejects)
        parts.append({name: table.values(name) for name in table.names})
    lost = np.flatnonzero(read.scores.cell < 0)
    if len(lost):
        table = read.scores.table
        reasons = [_reason(read.scores, row) for row in lost.tolist()]
        parts.append({name: table.values(name)[lost] for name in table.names} | {"problem": objects(reasons)})
    names = dict.fromkeys(name for part in parts for name in part)
    return {name: _joined(parts, name) for name in names} or None


def _joined(parts: list[dict[str, Any]], name: str) -> Any:
    """Return one column of all parts, None where a part does not have it."""
    found: list[Any] = []
    for part in parts:
        found += plain_values(part[name]) if name in part else [None] * len(part["problem"])
    return objects(found)


def _reason(scores: CustomerScores, row: int) -> str:
    known = [problem.message for problem in scores.problems if row in problem.rows]
    return "; ".join(known or sorted({problem.message for problem in scores.problems}))


# Overrides


def overridden(read: Read, path: Path | None, as_of: str | None) -> Any:
    """Return scores with the overrides of a file: the columns ``customer``, ``state``, ``score``, ``reason``...

    Parameters
    ----------
    read
        The customers, and their scores. An override of somebody whose row was set aside is passed over.
    path
        A table of any kind that customers can be read from; None overrides nothing.
    as_of
        The day to look at them; None means today.

    Raises
    ------
    DataError
        With everything that is wrong with the table.
    """
    scores = read.scores
    if path is None:
        return scores
    from outcomegap.intake.loading import load
    from outcomegap.model.inputs import TableInput

    table = wrap(load(path, TableInput(), "overrides"))
    if lacking := table.require([name for name in FIELDS if name not in ("state", "score")]):
        raise DataError.all(f"{path}", lacking)
    known = {str(name): name for name in plain_values(scores.id)}
    columns = {name: plain_values(table.values(name)) for name in FIELDS if name in table.names}
    columns["customer"] = [known.get(str(name), name) for name in columns["customer"]]
    aside = _set_aside(read) - set(known)
    keep = [row for row, name in enumerate(columns["customer"]) if str(name) not in aside]
    columns = {name: [values[row] for row in keep] for name, values in columns.items()}
    if "score" in columns:
        columns["score"] = _numbers(path, columns["score"])
    made = {name: objects([None if is_null(v) or v == "" else v for v in values]) for name, values in columns.items()}
    return scores.with_overrides(made, as_of=as_of if as_of is not None else dt.datetime.now().astimezone().date())


def _set_aside(read: Read) -> set[str]:
    """Return the names of customers whose rows were set aside, as text."""
    rejects, inputs = rejects_of(read) or {}, read.scores.model.inputs
    names = {inputs.id if inputs is not None else None, read.scores.id_column, "customer", "id"} & set(rejects)
    return {str(who) for name in names for who in rejects[name]}


def _numbers(path: Path, values: list[Any]) -> list[Any]:
    found: list[Any] = []
    problems: list[Problem] = []
    for row, value in enumerate(values):
        try:
            found.append(None if is_null(value) or str(value).strip() == "" else float(value))
        except (TypeError, ValueError):
            message = f"score in row {row} is D, a number in [0, 1] (got {value!r:.60})"
            problems.append(Problem("override", message, column="score", rows=(row,), count=1))
    if problems:
        raise DataError.all(f"{path}", problems)
    return found


def overrides_data(scores: CustomerScores) -> list[dict[str, Any]]:
    """Return the overrides that hold as plain data."""
    ids = plain_values(scores.id[list(scores.overrides)])
    return [
        {
            "customer": name if isinstance(name, (str, int, float)) else str(name),
            "computed_state": scores.state[row],
            "state": said.state,
            "score": None if said.score is None else float(said.score),
            "reason": said.reason,
            "author": said.author,
            "until": said.until.isoformat(),
        }
        for name, (row, said) in zip(ids, scores.overrides.items(), strict=True)
    ]
