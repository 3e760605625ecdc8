"""The CUSTOMERS argument: files are read by the model's inputs and scored; and options that commands share."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import attrs
import click
import numpy as np

from outcomegap.checks import Checks
from outcomegap.cli.console import (
    FILE,
    FOUND,
    as_json,
    outputs,
    refuse_overwriting,
    reported,
    say,
    say_error,
    say_json,
)
from outcomegap.cli.models import FORM, load_scorer
from outcomegap.errors import DataError, EngineError, OutcomeGapError
from outcomegap.frames import wrap
from outcomegap.frames.arrays import is_null, objects, plain_values
from outcomegap.listing import counted, file_kind, write_table
from outcomegap.model import Inputs
from outcomegap.scoring.groups import SegmentScores
from outcomegap.scoring.scores import CustomerScores
from outcomegap.scoring.states import FIELDS

if TYPE_CHECKING:
    from outcomegap.intake import Customers
    from outcomegap.model.model import OutcomeModel

#: The options that write tables.
OUTPUTS = ("output", "worklist", "rejects")
#: Endings of model files that no table has.
MODELS = (".toml", ".yaml", ".yml")
TABLE = "Add a table that the model's inputs name; repeatable."
SAID = "Overrides: customer, state, score, reason, author, until; valid on --as-of, or today."
#: What all commands over customers take.
SHARED = (
    click.argument("model"),
    click.argument("customers", nargs=-1, required=True),
    click.option("--table", "tables", multiple=True, metavar="NAME=FILE", help=TABLE),
    click.option("--rejects", type=FILE, help="Write the rows set aside, unchanged, each with its problem."),
    click.option("--id", "id_column", metavar="COLUMN", help="The column that names a customer."),
    click.option("--as-of", metavar="DATE", help="The moment of scoring: a date, or the number of a day."),
    click.option("--overrides", type=FILE, help=SAID),
    *FORM,
    as_json,
)


def over_customers(command: Callable[..., None]) -> click.Command:
    """Make a command of MODEL and CUSTOMERS, with the options to read them and its own options."""
    made = reported(command)
    for add in reversed(SHARED):
        made = add(made)
    return click.command()(made)


class Run:
    """One command over customers: it reads and scores them, writes files, answers, and exits.

    Parameters
    ----------
    model
        The MODEL argument.
    options
        The options of the command; an option in `OUTPUTS` is a file that it writes.
    *columns
        Columns of the customers' table that the command needs, besides those that the model's inputs keep.
    only_models
        The options that need a model, not a scorer that a package offers.
    scorer
        The scorer that MODEL names, if it was loaded already.

    Attributes
    ----------
    scores
        The scores, with overrides.
    problems, rejects, set_aside
        The problems of rows that were set aside, in reading and in scoring; these rows as columns; their number.
    aside
        The ids of the customers set aside, as text, each with its problem.
    gone
        The ids of the customers left out on purpose, each with the note that says why.
    notes
        What the command itself has to say, such as which overrides are of nobody who is scored.
    """

    def __init__(
        self,
        model: str,
        options: Mapping[str, Any],
        *columns: str | None,
        only_models: str = "",
        scorer: Any = None,
    ) -> None:
        self.options = options
        for name in OUTPUTS:
            path = options.get(name)
            if isinstance(path, Path) and not (name == "output" and path.suffix.lower() == ".json"):
                file_kind(path)  # before the work, not after it
        scorer = scorer_of(model, options) if scorer is None else scorer
        subject = subject_of(scorer)
        if only_models and not is_model(scorer):
            message = f"{only_models} is for models, whose scores can be computed again; {subject.name!r} is a scorer"
            raise click.UsageError(f"{message} of its own")
        source, tables = sources(subject, options["customers"], options["tables"])
        _refuse_overwriting(subject, source, tables)
        needed = [column for column in (*columns, options["id_column"]) if column is not None]
        try:
            customers, self.scores = read_and_score(scorer, options, source, tables, needed)
        except DataError as error:
            raise of_options(error, options) from error
        self.report, self.rejects = customers.report, rejects_of(customers, self.scores)
        self.problems, self.gone = (*self.report.problems, *self.scores.problems), dict(customers.gone)
        self.notes: list[str] = []
        why = self.rejects.get("problem", [])
        self.set_aside = len(why)
        own = subject.inputs.id_column if subject.inputs is not None else None
        names = (own, self.scores.id_column, "customer", "id")
        columns_of_names = [self.rejects[name] for name in names if name in self.rejects]
        self.aside = {str(who): said for each in columns_of_names for who, said in zip(each, why, strict=True)}
        if options["overrides"] is not None:
            numbered = subject.inputs is not None and subject.inputs.date_format == "days"
            day = None if numbered else options["as_of"]
            away = {"set aside": self.aside, "left out": self.gone}
            self.scores, self.notes = overridden(self.scores, away, options["overrides"], day)
        self.written: dict[str, str] = {}

    def write(self, what: str, option: str, write: Callable[[Path], object]) -> None:
        """Write a file if its option is given."""
        path = self.options[option]
        if path is not None:
            write(path)
            self.written[what] = str(path)

    def answer(self, text: str, data: dict[str, Any], *, alone: bool = False) -> NoReturn:
        """Print the answer, or its data with --json; report problems of rows on stderr, and exit.

        `alone` is for an answer about one customer: problems of others are not reported.
        """
        if self.rejects:
            self.write("rejects", "rejects", lambda path: write_table(self.rejects, path))
        if self.options["as_json"]:
            say_json(data if alone else self._about() | data)
        else:
            told = (
                *map(str, self.report.findings),
                *(f"note: {note}" for note in (*self.notes, *self.report.left_out)),
            )
            notes = () if alone else told
            say_with_files(text, notes, self.written)
        if alone:
            sys.exit(0)
        exit_with(list(map(str, self.problems)), self.set_aside, self.report.rows_in)

    def _about(self) -> dict[str, Any]:
        """Return what was read, the model, and the overrides: the beginning of every JSON answer."""
        scores = self.scores
        names = plain_values(scores.id[list(scores.overrides)])
        said = zip(names, scores.overrides.items(), strict=True)
        return {
            "model": scores.model.name,
            "fingerprint": scores.model.fingerprint,
            "rows": self.report.rows_in,
            "set_aside": self.set_aside,
            "problems": [problem.to_dict() for problem in self.problems],
            "reading": self.report.to_dict(),
            "checked": scores.model.checked,
            "notes": [*scores.notes, *self.notes],
            "overrides": [{"customer": n, "computed_state": scores.state[row]} | o.to_dict() for n, (row, o) in said],
            "written": self.written,
        }


def scorer_of(model: str, options: Mapping[str, Any]) -> Any:
    """Return the scorer that MODEL names."""
    if misplaced := [path for path in options["customers"] if Path(path).suffix.lower() in MODELS]:
        message = f"{misplaced[0]} is a model; the model comes first: MODEL CUSTOMERS, as in {misplaced[0]} {model}"
        raise click.UsageError(message)
    return load_scorer(model)


def of_options(error: DataError, options: Mapping[str, Any]) -> DataError:
    """Return an error that names the options, where it is about columns that they name."""
    given = {
        f"--{name.removesuffix('_column')}": options.get(name)
        for name in ("value", "weight", "id_column", "by", "keep")
    }
    said = {
        column: option for option, one in given.items() for column in ([one] if isinstance(one, str) else one or ())
    }
    problems = [
        attrs.evolve(problem, message=f"{said[problem.column]}: {problem.message.removeprefix('keep: ')}")
        if problem.column in said and problem.message.startswith(("keep:", "there is no column"))
        else problem
        for problem in error.problems
    ]
    return DataError.all("the customers' table", problems) if problems != [*error.problems] else error


def _refuse_overwriting(model: OutcomeModel, source: object, tables: Mapping[str, str]) -> None:
    """Refuse to overwrite a table that the model's inputs name, next to CUSTOMERS or in that folder."""
    from outcomegap.intake.loading import Tables

    context = click.get_current_context(silent=True)
    if context is not None and any(outputs(context)):
        inputs = model.inputs or Inputs()
        raw = Tables(inputs, source, tables)
        paths = {name: raw.path_of(name) for name in inputs.tables_read}
        refuse_overwriting(context, {path: f"table {name!r} is read from" for name, path in paths.items() if path})


def sources(model: OutcomeModel, paths: Sequence[str], tables: Iterable[str]) -> tuple[Any, dict[str, str]]:
    """Return the customers' table, or all tables by name, and further tables.

    Each of several files is the table with its file name or name; a file that remains is the customers' own table.

    Parameters
    ----------
    model
        The model, whose inputs name the tables.
    paths
        The CUSTOMERS arguments.
    tables
        The values of ``--table``: ``NAME=FILE``.

    Examples
    --------
    >>> import outcomegap as og
    >>> sources(og.gallery.load("email-marketing"), ["customers.csv"], [])
    ('customers.csv', {})
    """
    inputs, more, found = model.inputs or Inputs(), dict[str, str](), dict[str, str]()
    known = list(dict.fromkeys([*inputs.tables_read, *inputs.tables]))
    for text in tables:
        name, _, path = text.partition("=")
        if not (name and path):
            raise click.UsageError(f"--table wants NAME=FILE (got {text!r})")
        if name not in known:
            message = f"--table {text}: the model's inputs name no table {name!r}"
            raise DataError.of("unknown-table", message, value=name, options=known)
        more[name] = path
    if len(paths) == 1:
        return paths[0], more
    files = {Path(table.file).name: name for name, table in inputs.tables.items() if table.file is not None}
    for path in paths:
        called = Path(path).name
        stem = called.partition(".")[0]
        name = files.get(called) or (stem if stem in known else inputs.customers)
        if name in found:
            message = f"{found[name]} and {path} would both be table {name!r}; say --table NAME=FILE"
            raise DataError.of("two-tables", f"{message} (the model's inputs name {', '.join(map(repr, known))})")
        found[name] = path
    return found, more


# Read and scored


def read_and_score(
    scorer: Any, options: Mapping[str, Any], source: object, tables: Mapping[str, str], columns: Sequence[str]
) -> tuple[Customers, Any]:
    """Read customers from a file, or from several tables, and score them; rows with something wrong are set aside."""
    from outcomegap.intake.customers import keeping, read_customers

    model, id_column = subject_of(scorer), options["id_column"]
    how = {name: options[name] for name in ("as_of", "encoding", "separator", "sheet", "skip_rows")}

    def customers_of(subject: OutcomeModel) -> Customers:
        return read_customers(subject, source, tables=tables, on_bad="set_aside", **how)

    if is_model(scorer):
        customers = customers_of(keeping(model, columns))
        scores = scorer.score(customers, on_bad="set_aside", id=id_column)
        if lacking := scores.table.require(options[name] for name in ("value", "weight") if options.get(name)):
            raise DataError.all("the customers' table", lacking)
        return customers, scores
    try:
        customers = customers_of(keeping(model, columns))
    except DataError:  # they may be columns that the scorer makes
        customers = customers_of(model)
    scores = _scored_by(scorer, customers.frame).with_reading(customers.report)
    if lacking := scores.table.require(columns):
        raise DataError.all("the customers' table", lacking)
    return customers, scores if id_column is None else scores.named_by(id_column)


def _scored_by(scorer: Any, frame: Any) -> CustomerScores:
    """Return the scores of a frame by a scorer of the user's own.

    Raises
    ------
    EngineError
        If it fails, or its result cannot be shown.
    """
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


def is_model(scorer: object) -> bool:
    """Return whether a scorer is the scorer of a model."""
    from outcomegap.scoring import Scorer

    return isinstance(scorer, Scorer)


def subject_of(scorer: Any) -> OutcomeModel:
    """Return a scorer's model, or the outline of a scorer of the user's own."""
    from outcomegap.scoring.scores import outline_of

    return scorer.model if is_model(scorer) else outline_of(scorer)


def say_with_files(text: str, notes: Iterable[str], written: Mapping[str, str]) -> None:
    """Print an answer, and below it notes and which files were written."""
    below = "\n".join([*notes, *(f"{what} written to {path}" for what, path in written.items())])
    say(f"{text}\n\n{below}" if below else text)


def exit_with(problems: Sequence[str], set_aside: int, rows: int) -> NoReturn:
    """Report problems of rows on stderr, and exit."""
    for problem in problems:
        say_error(problem)
    if set_aside:
        say_error(f"{set_aside:,} of {rows:,} rows set aside because of these problems")
    sys.exit(FOUND if problems else 0)


def groups_data(grouped: SegmentScores) -> dict[str, Any]:
    """Return groups as data of a JSON answer."""
    return {
        "total": grouped.total.to_dict(),
        "groups": [group.to_dict() for group in grouped if grouped.names],
        "apart": [group.to_dict() for group in grouped.apart],
    }


def write_people(listing: Any, path: Path) -> None:
    """Write a listing for people: text that a spreadsheet may take for a formula gets an apostrophe."""
    if path.suffix.lower() == ".json":
        listing.to_json(path)
    else:
        write_table(listing.columns, path, for_people=True)


def rejects_of(customers: Customers, scores: CustomerScores) -> dict[str, Any]:
    """Return the rows set aside as columns, each with its problem; empty if there are none.

    Rows set aside in reading come first, as in the source; then rows set aside in scoring, as they were read.
    """
    parts: list[dict[str, list[Any]]] = []
    if customers.rejects is not None:
        table = wrap(customers.rejects)
        parts.append({name: plain_values(table.values(name)) for name in table.names})
    lost, every = np.flatnonzero(scores.cell < 0), sorted({problem.message for problem in scores.problems})
    if len(lost):
        table = scores.table
        parts.append({name: plain_values(table.values(name)[lost]) for name in table.names})
        known = ([problem.message for problem in scores.problems if row in problem.rows] for row in lost.tolist())
        parts[-1]["problem"] = ["; ".join(said or every) for said in known]
    names = dict.fromkeys(name for part in parts for name in part)
    blanks = [[None] * len(part["problem"]) for part in parts]
    return {
        name: objects([value for part, blank in zip(parts, blanks, strict=True) for value in part.get(name, blank)])
        for name in names
    }


# Overrides


def overridden(
    scores: CustomerScores, away: Mapping[str, Iterable[str]], path: Path, as_of: str | None
) -> tuple[CustomerScores, list[str]]:
    """Return scores with the overrides of a file, and notes of those that are of nobody who is scored.

    The file has the columns ``customer``, ``state``, ``score``, ``reason``...

    Parameters
    ----------
    scores
        The scores.
    away
        What happened to customers who are not scored, such as ``left out``, and their ids; their overrides are ignored.
    path
        A table of any format that customers can be read from.
    as_of
        The day on which to apply them; None means today.

    Raises
    ------
    DataError
        With every problem of the table.
    """
    from outcomegap.intake.layout import Told
    from outcomegap.intake.loading import load
    from outcomegap.model.inputs import TableInput

    told = Told(path.name, None, [], Checks())
    table = wrap(load(path, TableInput(skip_rows=0), told))
    if lacking := table.require([name for name in FIELDS if name not in ("state", "score")]):
        raise DataError.all(f"{path}", lacking)
    columns = {name: plain_values(table.values(name)) for name in FIELDS if name in table.names}
    if "score" in columns:
        columns["score"] = [*map(_number, columns["score"])]
    known = {str(name): name for name in plain_values(scores.id)}
    notes, gone = list[str](), set[str]()
    for what, ids in away.items():
        here = set(ids) - set(known) - gone
        names = [str(name) for name in columns["customer"] if str(name) in here]
        if names:
            of = f"is of a customer {what}" if len(names) == 1 else f"are of customers {what}"
            some = f"{', '.join(names[:3])}{', ...' if len(names) > 3 else ''}"
            notes.append(f"{counted(len(names), 'override')} {of}: {some}")
        gone |= here
    keep = [row for row, name in enumerate(columns["customer"]) if str(name) not in gone]
    columns["customer"] = [known.get(str(name), name) for name in columns["customer"]]
    made = {
        name: objects([None if is_null(values[row]) or values[row] == "" else values[row] for row in keep])
        for name, values in columns.items()
    }
    day = as_of if as_of is not None else dt.datetime.now().astimezone().date()
    return scores.with_overrides(made, as_of=day), notes


def _number(value: Any) -> Any:
    """Return text as a number if it is one; the override checks any other text."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return value
