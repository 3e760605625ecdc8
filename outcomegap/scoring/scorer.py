"""The scorer: a compiled model that scores many customers, or one customer in plain Python numbers."""

from __future__ import annotations

import decimal
import difflib
import math
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property, lru_cache, partial
from operator import itemgetter
from os import PathLike
from pathlib import Path
from types import NoneType
from typing import Any, Literal

import attrs
import numpy as np

from outcomegap.checks import Checks, choice
from outcomegap.engines.compiled import CompiledBlocks, engine_for
from outcomegap.engines.numpy_blocks import SET_ASIDE, NumpyBlocks, Progress, Result
from outcomegap.errors import DataError, ModelError, Problem, hint, library, nearest
from outcomegap.explanation.change import in_double
from outcomegap.frames import Table, is_spark, make_frame, wrap
from outcomegap.frames.arrays import objects, plain_values
from outcomegap.listing import Listing
from outcomegap.model import Curve, CustomGate, Join, OutcomeModel, Verdict
from outcomegap.model.inputs import parts_of
from outcomegap.program import compile_model
from outcomegap.scoring.customers import AXES, Customers, OnBad, axes_of, prepare, unchecked
from outcomegap.scoring.files import Files, files_of
from outcomegap.scoring.groups import QUANTILES
from outcomegap.scoring.model_scores import Place, Score
from outcomegap.scoring.record_batches import BatchFunction
from outcomegap.scoring.saved import (
    FORM,
    HEADER,
    ROUNDING,
    SCORED,
    SavedScores,
    same,
    saved_model,
    suffix_of,
    undamaged,
)
from outcomegap.scoring.scores import Scores
from outcomegap.scoring.states import BLANK, TOLERANCE, Override
from outcomegap.scoring.tally import Tally

Absent = Literal["missing", "error"]
DTYPES = ("float64", "float32")
#: A progress bar is shown from this many customers on.
LONG = 1_000_000
#: Keys of a row that name the customer or the cell, so they cannot be misspelt measures.
NAMING = frozenset({*AXES, "id", "customer"})
#: From this likeness (of 1) on, an unknown key counts as a misspelt measure.
SLIP = 0.8
#: Types that the kernels take without conversion.
NUMBERS = frozenset({float, int})
#: The same, and what is missing; and of so many kinds of rows the keys are remembered.
GAPPY, KINDS_OF_ROWS = NUMBERS | {NoneType}, 256
#: Types that can become a float without loss; `prepare` checks all other types.
KNOWN = NUMBERS | {NoneType, bool, decimal.Decimal, *(np.dtype(code).type for code in "?bhilqBHILQefd")}


class Scorer:
    """Scores customers against a model; compiled once, safe to share between threads, picklable.

    Parameters
    ----------
    model
        The `OutcomeModel`.
    dtype
        ``"float64"``, or ``"float32"`` for half the memory at about seven digits.
    threads
        How many threads to use on large frames; None means one for each processor.
    engine
        ``"numpy"`` scores batches by NumPy. ``"compiled"`` scores them by compiled code, several times as fast and with
        the same bits (extra ``fast``: Numba; gates of numbers still go through NumPy). ``"auto"`` uses compiled code
        where Numba is installed and so many customers are scored that loading it is worth while.

    Attributes
    ----------
    model
        The model that it scores by.
    name, description, steps, segments, stages, inputs
        Those of the model.

    Raises
    ------
    ModelError
        If the model has findings that are errors (see `outcomegap.check`). The error lists all of them.
    EngineError
        If the steps are shared in so many ways that they cannot be computed exactly, or if compiled code is asked for
        and Numba is not installed.

    Examples
    --------
    >>> import outcomegap as og
    >>> model = og.gallery.load("email-validation")
    >>> scorer = og.Scorer(model)
    >>> scores = scorer.score(og.simulate(model, 100, seed=7))
    >>> len(scores), bool((scores.low <= scores.high).all())
    (100, True)
    """

    def __init__(
        self, model: OutcomeModel, *, dtype: str = "float64", threads: int | None = None, engine: str = "auto"
    ) -> None:
        if str(dtype) not in DTYPES:
            raise ModelError.of("dtype", "Scorer", f"dtype must be one of {DTYPES} (got {dtype!r})")
        if threads is not None and threads < 1:
            raise ModelError.of("threads", "Scorer", f"threads must be 1 or more, or None (got {threads!r})")
        self.compiled = compile_model(model)
        self.model, self.name, self.description, self.inputs = model, model.name, model.description, model.inputs
        self.steps, self.segments, self.stages = model.steps, model.segments, model.stages
        self.engine = engine_for(self.compiled, np.dtype(dtype), threads, engine)
        self._within_reach()
        self._again = partial(type(self), dtype=str(dtype), threads=threads, engine=engine)
        self._axes, inputs = tuple(axes_of(model)), model.inputs
        self._names = (*(measure.name for measure in model.measures), *model.columns)
        #: Keys of customers, in their order, among which none looks like a misspelt measure.
        self._accepted: set[tuple[str, ...]] = set()
        self._naming = NAMING if inputs is None else NAMING | {*parts_of(inputs.id), *inputs.keep}
        self._cells = {_reader(self._axes)(attrs.asdict(cell)): n for n, cell in enumerate(model.cells)}
        self._places: dict[Any, Place] = {}
        #: Name of each cell column -> how to find a customer's cell by it.
        self._readers: dict[tuple[str, str, str], tuple[tuple[str, ...], Callable[[Mapping[str, Any]], Any]]] = {}

    def _within_reach(self) -> None:
        """Raise an error for a threshold that nobody reaches, since weights of AnyOf keep that much out of reach."""
        compiled, checks = self.compiled, Checks(f"model {self.name!r} cannot be scored")
        limits = {"achieved_at": compiled.achieved_at, "appropriate_at": compiled.appropriate_at}
        for (field, limit), most in zip(limits.items(), in_double(self.engine).reach(), strict=True):
            for cell in np.flatnonzero(limit > most + TOLERANCE).tolist():
                outcome = compiled.programs[compiled.program_of[cell]].outcome
                where, here = f"desired_outcomes.{outcome.name}.{field}", self.model.cells[cell]
                side = "required outcome" if field == "achieved_at" else "experience"
                message = (
                    f"{limit[cell]:g} in {here} is out of reach: with every step attained the {side} is "
                    f"{most[cell]:.4g}, as the weights of any_of say; lower it, or raise a weight"
                )
                checks.finding("out-of-reach", where, message)
        checks.done()

    def score(
        self,
        customers: Any,
        *,
        segment: str = "segment",
        stage: str = "stage",
        goal: str = "goal",
        id: str | None = None,  # noqa: A002 - the contract's own name
        on_bad: OnBad = "raise",
        progress: bool | None = None,
    ) -> Scores:
        """Score many customers.

        Parameters
        ----------
        customers
            A frame: pandas, polars, pyarrow, a DuckDB relation, a dict of arrays, or any object with the Arrow
            PyCapsule interface. Or what `outcomegap.read_customers` returns: then the scores keep the report of how
            the customers were read. The frame must have a column for each measure, and ``segment``, ``stage`` and
            ``goal`` where the model has them. Null and NaN mean missing. A Spark frame is scored where it is, and a
            Spark frame comes back (see `BatchFunction.on_spark`).
        segment, stage, goal
            The names of those columns.
        id
            The column that names a customer. The default is the column that the model's inputs name, or a column
            ``"customer"`` or ``"id"``.
        on_bad
            ``"raise"`` raises an error; ``"set_aside"`` gives nulls to rows with problems and lists the problems in
            ``scores.problems``.
        progress
            Whether to show a progress bar. None shows one on a terminal for a million customers or more.

        Returns
        -------
        Scores
            One for each row, in the order of the rows. For a Spark frame instead a Spark frame, which has the columns
            of `Scores.to_frame`, and with ``"set_aside"`` a column ``problem``.

        Raises
        ------
        DataError
            With every problem of the frame.
        """
        if is_spark(customers):
            function = self.batch_function(segment=segment, stage=stage, goal=goal, id=id, on_bad=on_bad)
            return function.on_spark(customers)  # type: ignore[no-any-return]
        reading = getattr(customers, "report", None)
        read = isinstance(reading, Listing)
        table = wrap(customers.frame if read else customers)
        names = {"segment": segment, "stage": stage, "goal": goal}
        with progress_bar(len(table), show=progress) as advance:
            batch, result = self._scored(table, names, on_bad, () if id is None else (id,), advance)
        scores = Scores(self, table, batch, result, self._id(table.names, id))
        return scores.with_reading(reading) if read else scores

    def _scored(
        self, table: Table, names: Mapping[str, str], on_bad: OnBad, also: Sequence[str], advance: Progress
    ) -> tuple[Customers, Result]:
        """Check customers and score them: at once where compiled code does it, and finds nothing wrong."""
        choice("on_bad", on_bad, ("raise", "set_aside"))
        engine = self.engine
        if isinstance(engine, CompiledBlocks) and engine.worth(len(table)):
            batch = unchecked(self.compiled, table, names, also)
            found = None if batch is None else engine.look(batch, advance)
            if batch is not None and found is not None and found.allowed:
                return attrs.evolve(batch, complete=found.complete), found.result
        batch = prepare(self.compiled, table, names, on_bad, also)
        return batch, engine.score(batch, advance)

    def batch_function(
        self,
        *,
        input_schema: Any = None,
        keep: Sequence[str] = (),
        columns: Sequence[str] | None = None,
        attribution: bool = False,
        segment: str = "segment",
        stage: str = "stage",
        goal: str = "goal",
        id: str | None = None,  # noqa: A002 - as in score
        on_bad: OnBad = "raise",
    ) -> BatchFunction:
        """Return a function that scores Arrow record batches, for files, Spark, Dask and Ray.

        Parameters
        ----------
        input_schema
            The PyArrow schema of the batches. With it, the schema of the scores is known before any data, and columns
            that are missing are reported now. Without it, the schema of the first batch counts.
        keep
            Columns of the batches that come out beside the scores.
        columns
            The columns of the score, such as ``["desired", "state"]``; None means those of `Scores.to_frame`.
        attribution
            Whether to add each step's part of the gap, one column for each step.
        segment, stage, goal, id, on_bad
            As in `score`. With ``"set_aside"`` there is a column ``problem``.

        Returns
        -------
        BatchFunction

        Raises
        ------
        DataError
            If the input schema lacks columns, or there is no such column of the score.
        EngineError
            If pyarrow is not installed.

        Examples
        --------
        >>> import outcomegap as og, pyarrow as pa
        >>> model = og.gallery.load("email-marketing")
        >>> batch = pa.RecordBatch.from_pydict(og.simulate(model, 3, seed=1))
        >>> function = og.Scorer(model).batch_function(columns=["state"], input_schema=batch.schema)
        >>> function(batch).to_pydict()["state"]
        ['successful', 'failing', 'successful']
        """
        said = tuple(sorted({**self._again.keywords, "threads": 1}.items()))
        options = {"segment": segment, "stage": stage, "goal": goal, "id": id, "on_bad": on_bad}
        return BatchFunction(self, (type(self), said), options, keep, columns, attribution, input_schema)

    def score_batches(
        self,
        batches: Iterable[Any],
        *,
        segment: str = "segment",
        stage: str = "stage",
        goal: str = "goal",
        id: str | None = None,  # noqa: A002 - as in score
        on_bad: OnBad = "raise",
    ) -> Iterator[Scores]:
        """Score batches of customers one by one; a batch is scored when its scores are asked for.

        Parameters
        ----------
        batches
            Frames of any kind, such as record batches; a batch may have no rows.
        segment, stage, goal, id, on_bad
            As in `score`.

        Yields
        ------
        Scores
            Of each batch. `Tally` adds them up. In problems, rows and batches count from 0: "batch 2: ... (1 row: 0)".

        Raises
        ------
        DataError
            With every problem of a batch.

        Examples
        --------
        >>> import outcomegap as og
        >>> scorer = og.Scorer(og.gallery.load("email-marketing"))
        >>> months = (og.simulate(scorer.model, 50, seed=month) for month in range(3))
        >>> [len(scores) for scores in scorer.score_batches(months)]
        [50, 50, 50]
        """
        asked: dict[str, Any] = {"segment": segment, "stage": stage, "goal": goal, "id": id, "on_bad": on_bad}
        for number, batch in enumerate(batches):
            try:
                scores = self.score(batch, progress=False, **asked)
            except DataError as error:
                raise error.inside(f"batch {number}") from error
            scores.problems = tuple(problem.inside(f"batch {number}") for problem in scores.problems)
            yield scores

    def score_files(
        self,
        sources: str | PathLike[str] | Sequence[str | PathLike[str]],
        to: str | PathLike[str] | None = None,
        *,
        by: str | Sequence[str] = (),
        weight: str | None = None,
        worklist: int = 0,
        value: str | None = None,
        keep: Sequence[str] = (),
        top: int = 1,
        quantiles: Sequence[float] = QUANTILES,
        gaps: bool = True,
        attribution: bool = False,
        points: bool = False,
        segment: str = "segment",
        stage: str = "stage",
        goal: str = "goal",
        id: str | None = None,  # noqa: A002 - as in score
        on_bad: OnBad = "raise",
        as_of: object = None,
        encoding: str | None = None,
        separator: str | None = None,
        skip_rows: int | None = None,
        progress: bool | None = None,
    ) -> Tally:
        """Score files that may be larger than memory, batch by batch, while the next batches are being read.

        Parameters
        ----------
        sources
            Files (parquet, csv, tsv, txt; text also with .gz), patterns such as ``"june/*.parquet"``, or folders.
        to
            The file of scores, parquet, csv or tsv, in the order of the rows; it is there whole or not at all. Its
            columns are those of `batch_function`, whose types are known before any data. Rows set aside are left out.
        by, weight, worklist, value, top, quantiles, gaps
            What the tally holds; see `Tally`.
        keep
            Columns of the customers to write and to list, beside those that the model's inputs keep.
        attribution
            Whether to write each step's part of the gap.
        points
            Whether to write ``score``, D in points of 100, too, and to call parts ``gap: `` and the step.
        segment, stage, goal, id, on_bad
            As in `score`. Problems say the file, and the row of the file where their batch begins.
        as_of, encoding, separator, skip_rows
            As in `outcomegap.read_customers`. A model with inputs reads each batch by them, row by row: what needs
            another table, or a column as a whole, is refused. Repeated ids are seen within a batch alone.
        progress
            Whether to show a progress bar. None shows one on a terminal.

        Returns
        -------
        Tally
            Its ``by()``, ``worklist()``, ``problems`` and ``set_aside``.

        Raises
        ------
        DataError
            If there is no such file, one cannot be read, or customers cannot be scored. Then nothing is written.
        EngineError
            If pyarrow is not installed.

        Examples
        --------
        >>> import outcomegap as og, pathlib, tempfile
        >>> scorer = og.Scorer(og.gallery.load("email-marketing"))
        >>> folder = pathlib.Path(tempfile.mkdtemp())
        >>> for month in ("may", "june"):
        ...     og.Listing(month, og.simulate(scorer.model, 40, seed=1)).to_csv(folder / f"{month}.csv")
        >>> tally = scorer.score_files(folder, folder / "scores.parquet", by="segment", worklist=5)
        >>> tally.by().total.customers, len(tally.worklist())
        (80, 5)
        """
        form = {"encoding": encoding, "separator": separator, "skip_rows": skip_rows}
        said = {key: value for key, value in form.items() if value is not None}
        listed = (*(self.inputs.keep if self.inputs else ()), *keep)
        tally = Tally(self, by, weight, worklist, value=value, keep=listed, top=top, quantiles=quantiles, gaps=gaps)
        options = {"segment": segment, "stage": stage, "goal": goal, "id": id, "on_bad": on_bad}
        numbers = tuple(name for name in (weight, value) if name is not None)
        function = self.batch_function(attribution=attribution, **{**options, "on_bad": "raise"})  # type: ignore[arg-type]
        files = Files(self.model, self.score, function, files_of(sources), tally.columns, numbers, options, as_of, said)
        with progress_bar(None, show=sys.stderr.isatty() if progress is None else progress) as advance:
            files.run(
                tally, None if to is None else Path(to), keep, attribution=attribution, points=points, advance=advance
            )
        return tally

    def to_sql(
        self,
        table: str,
        dialect: str = "duckdb",
        *,
        id: str | None = None,  # noqa: A002 - as in score
        keep: Sequence[str] = (),
        attribution: bool = False,
        by: Sequence[str] = (),
        weight: str | None = None,
        columns: Mapping[str, str] | None = None,
        booleans: Sequence[str] = (),
    ) -> str:
        """Write the model as one SQL query, which scores customers where they are: in a data warehouse.

        The query gives the same numbers as `score` (docs/warehouse.md says how exactly), and only reads. What people
        named is quoted or escaped in the dialect; the text grows linearly with steps and cells.

        Parameters
        ----------
        table
            The customers' table as the dialect names it, such as ``"crm.customers"``; a query in brackets; or for dbt
            ``"{{ ref('customers') }}"``.
        dialect
            ``"duckdb"``, ``"postgres"``, ``"snowflake"``, ``"bigquery"``, ``"spark"`` or ``"databricks"``.
        id
            The column that names a customer. A warehouse keeps no order of rows, so that only this tells them apart.
        keep
            Other columns of the table that come out beside the scores.
        attribution
            Whether to add each step's part of the gap, one column for each step.
        by
            Instead of customers, select groups of them: ``"segment"``, ``"stage"``, ``"goal"``, or columns.
        weight
            The column with a customer's weight in means and shares of groups; a missing one counts as 0.
        columns
            The names in the table, where they are not those in the model: ``{"list_size": "LIST_SIZE"}``. Keys are
            measures, columns of floors and targets, ``"segment"``, ``"stage"`` and ``"goal"``.
        booleans
            The measures that the table holds as true or false; not every warehouse makes numbers of them by itself.

        Returns
        -------
        str
            The query. Its columns are `id`, `keep`, those of `Scores.to_frame`, and ``problem``: NULL, or the rules
            by which a row has no score, such as ``"unknown-segment: segment; out-of-range: list_size"``. Groups have
            those columns of `SegmentScores.to_frame` that are counts, means and shares.

        Raises
        ------
        DataError
            If the dialect is unknown, `table` is no table, or a warehouse cannot tell two columns apart.
        EngineError
            If a curve, gate or join of your own has no ``sql``, or sqlglot is not installed.

        Examples
        --------
        >>> import outcomegap as og
        >>> query = og.Scorer(og.gallery.load("email-marketing")).to_sql("crm.customers", "snowflake", id="account")
        >>> query.startswith("WITH og_rows AS ("), "FROM crm.customers" in query
        (True, True)
        """
        library("sqlglot", "writing SQL", "warehouse")
        from outcomegap.scoring.warehouse import Asked, to_sql

        listed = (((each,) if isinstance(each, str) else tuple(each)) for each in (keep, by, booleans))
        kept, keys, flags = listed
        said = dict(columns or {})
        return to_sql(self.compiled, Asked(table, dialect, id, kept, attribution, keys, weight, said, flags))

    def score_one(
        self,
        row: Mapping[str, Any],
        *,
        absent: Absent = "missing",
        segment: str = "segment",
        stage: str = "stage",
        goal: str = "goal",
    ) -> Score:
        """Score one customer, in microseconds and always in double precision.

        Parameters
        ----------
        row
            The customer: a mapping from column to value. None and NaN mean missing. Keys that the model does not know
            are ignored, unless one looks like a misspelt measure that is not there.
        absent
            What to do if the mapping lacks a measure: ``"missing"`` treats it as missing, ``"error"`` raises an error.
        segment, stage, goal
            The names of those columns.

        Returns
        -------
        Score
            The score, in plain Python numbers. The first customer of a cell takes some milliseconds, since the
            functions of the cell are compiled then.

        Raises
        ------
        DataError
            With every problem of the row; `problems` give the column, the value and the nearest valid name.

        Examples
        --------
        >>> import outcomegap as og
        >>> calls = og.SuccessGap("calls made", og.Measure("calls", low=0), floor=0, target=4)
        >>> reply = og.Expectation("support replies", og.Measure("reply_hours", low=0), floor=48, target=24)
        >>> sales, suits = og.RequiredOutcome("sales", needs=calls), og.AppropriateExperience("how", expects=reply)
        >>> model = og.OutcomeModel("phone", segments=["startup", "enterprise"],
        ...                         desired_outcomes=[og.DesiredOutcome(sales, suits)])
        >>> scorer = og.Scorer(model)
        >>> scorer.score_one({"segment": "startup", "calls": 2, "reply_hours": 36}).desired
        0.25
        >>> scorer.score_one({"segment": "enterprize", "calls": 2})  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        ...
        outcomegap.errors.DataError: model 'phone' cannot score this customer: ... (did you mean 'enterprise'?) [...]
        """
        if type(row) is dict and (absent == "missing" or absent == "error"):  # noqa: PLR1714 - the fastest way to say it
            try:
                place = self._places[self._readers[segment, stage, goal][1](row)]
                values: tuple[Any, ...] = tuple(map(row.get, self._names))
                if NUMBERS.issuperset(map(type, values)):
                    found = place.complete(values) or place.score(values)
                elif absent == "missing" and tuple(row) in self._accepted and GAPPY.issuperset(map(type, values)):
                    values = tuple([math.nan if value is None else value for value in values])
                    found = place.score(values)
                else:
                    found = None
                if found is not None:
                    return Score(place, values, found)
            except (LookupError, TypeError, ArithmeticError):
                pass  # a value is not a number, or the cell is new
        return self._carefully(row, absent, (segment, stage, goal))

    @property
    def engine_name(self) -> str:
        """``"compiled"`` if large batches are scored by compiled code, else ``"numpy"``."""
        return self.engine.name

    @property
    def verdict(self) -> Verdict | None:
        """What a check of the scores against outcomes found; None if nobody checked this version of the model."""
        found = self.model.verdict
        return found if found is not None and found.fingerprint == self.model.fingerprint else None

    # One customer

    @cached_property
    def _double(self) -> NumpyBlocks:
        return in_double(self.engine)

    def _carefully(self, row: Mapping[str, Any], absent: Absent, names: tuple[str, str, str]) -> Score:
        """Score a customer with a missing value, or raise an error with every problem."""
        choice("absent", absent, ("missing", "error"))
        checks = Checks(f"model {self.name!r} cannot score this customer")
        if not isinstance(row, Mapping):
            kind = type(row).__name__
            message = f"takes one customer as a mapping, column to value (got {kind})"
            checks.problem("not-a-mapping", message, value=kind)
            checks.done()
        if names not in self._readers:
            columns = tuple(name for axis, name in zip(AXES, names, strict=True) if axis in self._axes)
            self._readers[names] = columns, _reader(columns)
        columns, _ = self._readers[names]
        wanted = dict.fromkeys((*columns, *self._names))
        lacking = tuple(name for name in wanted if name not in row)
        known = self._naming.union(wanted) if lacking else row
        spare = tuple(key for key in row if isinstance(key, str) and key not in known)
        # A key that looks like a misspelt measure: if it were ignored, its value would be lost.
        for key, meant in _meaning(spare, lacking, self._names) if spare and absent == "missing" else ():
            message = f"there is a column {key!r}, which the model does not know, but no {meant!r}{hint(key, [meant])}"
            checks.problems.append(Problem("unknown-column", message, key, count=1, suggestion=meant))
        for name in lacking if absent == "error" else ():
            near = nearest(name, spare)
            message = f"there is no column {name!r}{hint(name, [near]) if near else ''}"
            checks.problems.append(Problem("missing-column", message, name, count=1, suggestion=near))
        place, values = self._find(row, names), self._floats(row)
        if not checks.problems and absent == "missing" and len(self._accepted) < KINDS_OF_ROWS:
            self._accepted.add(tuple(row))
        if place is not None and values is not None and not checks.problems:
            found = place.score(values)
            if found is not None:
                return Score(place, values, found)
        # Read it as a frame of one row, whose rules decide.
        said = {problem.column for problem in checks.problems}
        table = wrap({name: objects([row.get(name)]) for name in wanted})
        batch = prepare(self.compiled, table, dict(zip(AXES, names, strict=True)), "set_aside")
        for problem in (each for each in batch.problems if each.column not in said):
            near = nearest(problem.column, spare) if problem.column in lacking else None
            message = problem.message.removesuffix(" (1 row: 0)") + (hint(problem.column, [near]) if near else "")
            here = attrs.evolve(problem, message=message, rows=(), count=1, suggestion=near or problem.suggestion)
            checks.problems.append(here)
        checks.done()
        result = self._double.score(batch)
        ends = [part[side, 0].item() for part in (result.point, result.low, result.high) for side in (0, 1)]
        values = tuple(float(each[0]) for each in (*batch.columns, *batch.own))
        return Score(Place(self, int(batch.cells[0])), values, (*ends, *result.observed[:, 0].tolist()))

    def _find(self, row: Mapping[str, Any], names: tuple[str, str, str]) -> Place | None:
        """Return the place of a customer if all names are plain; None leaves it to `prepare`."""
        columns, read = self._readers[names]
        key = read({column: row.get(column) for column in columns})
        try:
            cell = self._cells.get(key)
        except TypeError:
            return None
        if cell is not None and key not in self._places:
            self._places[key] = Place(self, cell)
        return None if cell is None else self._places[key]

    def _floats(self, row: Mapping[str, Any]) -> tuple[float, ...] | None:
        """Return the customer's values, NaN where missing; None leaves it to `prepare`."""
        values = [row.get(name) for name in self._names]
        if not KNOWN.issuperset(map(type, values)):
            return None
        try:
            return tuple([math.nan if value is None else float(value) for value in values])
        except (ValueError, OverflowError):
            return None

    def _id(self, names: tuple[str, ...], asked: str | None) -> str | None:
        if asked is not None:
            return asked
        own = self.model.inputs.id_column if self.model.inputs is not None else None
        return next((name for name in (own, "customer", "id") if name in names), None)

    def __reduce__(self) -> Any:
        return self._again, (self.model,)

    def __repr__(self) -> str:
        return f"<Scorer {self.model.name!r}: {len(self.model.steps)} steps, {len(self.model.cells)} cells>"


def _reader(columns: tuple[str, ...]) -> Callable[[Mapping[str, Any]], Any]:
    """Return a function that reads the names of a cell from a mapping."""
    return itemgetter(*columns) if columns else lambda _row: ()


@lru_cache(maxsize=256)  # rows of one source have the same keys, and comparing names is slow
def _meaning(spare: tuple[str, ...], lacking: tuple[str, ...], names: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return each unknown key that looks like a missing name, with that name."""
    pairs = [(key, nearest(key, names)) for key in spare]
    return [
        (key, name)
        for key, name in pairs
        if name in lacking and difflib.SequenceMatcher(None, key.casefold(), name.casefold()).ratio() >= SLIP
    ]


@contextmanager
def progress_bar(total: int | None, *, show: bool | None) -> Iterator[Callable[[int], object] | None]:
    """Yield a function that advances a progress bar on a terminal, or None if no bar is shown."""
    wanted = show if show is not None else total is not None and total >= LONG and sys.stderr.isatty()
    if not wanted:
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress, TextColumn, TimeElapsedColumn

    said = TextColumn("{task.completed:,} customers, {task.fields[rate]:,.0f} a second")
    bars = Progress.get_default_columns() if total is not None else (TimeElapsedColumn(),)
    with Progress(*bars, said, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task("customers", total=total, rate=0.0)
        yield lambda count: shown.update(task, advance=count, rate=shown.tasks[task].speed or 0.0)


# Saved scores


def load_scores(
    path: str | PathLike[str],
    *,
    curves: Mapping[str, Curve] | None = None,
    gates: Mapping[str, CustomGate] | None = None,
    joins: Mapping[str, Join] | None = None,
) -> Scores:
    """Load scores that `Scores.save` saved, in any process, and check that they still hold.

    The model in the file scores the customers again. The result must equal the scores in the file within rounding
    (1e-12; in single precision 1e-5). Nothing in the file is ever run as code.

    Parameters
    ----------
    path
        A file that ends in ``.parquet``, ``.json`` or ``.json.gz``.
    curves, gates, joins
        The model's own curves, gates and joins, by name, as in `outcomegap.load`.

    Returns
    -------
    Scores
        They have the same methods as before: `change_since`, `attribution`, `by`, `worklist`. Frames made from them
        are PyArrow tables if the file is Parquet, else dicts of arrays. They hold the id, the cells, all measures, and
        the columns that were kept.

    Raises
    ------
    DataError
        If the file is missing or damaged, its model has another fingerprint than the file names (or a curve differs),
        or the model no longer gives the scores in the file.
    EngineError
        If the file is Parquet and pyarrow is not installed.

    Examples
    --------
    >>> import outcomegap as og, pathlib, tempfile
    >>> calls = og.SuccessGap("calls made", og.Measure("calls", low=0), floor=0, target=4)
    >>> reply = og.Expectation("support replies", og.Measure("reply_hours", low=0), floor=48, target=24)
    >>> sales, suits = og.RequiredOutcome("sales", needs=calls), og.AppropriateExperience("how", expects=reply)
    >>> scorer = og.Scorer(og.OutcomeModel("phone", desired_outcomes=[og.DesiredOutcome(sales, suits)]))
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "june.json"
    >>> scorer.score({"id": ["Acme"], "calls": [1.0], "reply_hours": [24.0]}).save(path)
    >>> june = load_scores(path)
    >>> june.desired.tolist(), june.model == scorer.model
    ([0.25], True)
    """
    file = Path(path)
    saved = SavedScores.read(file)
    with undamaged(file, "its header cannot be read: "):
        form, fingerprint, dtype, name, problems, overrides, text = (saved.header[key] for key in HEADER)
        if form != FORM or dtype not in ROUNDING or not isinstance(name, (str, type(None))) or type(text) is not str:
            raise ValueError(f"form {form!r:.40}, precision {dtype!r:.40}, id {name!r:.40}")
        known = tuple(Problem(**{**one, "rows": tuple(one["rows"])}) for one in problems)
    model = saved_model(file, text, {"curves": curves, "gates": gates, "joins": joins}, "load_scores")
    if model.fingerprint != fingerprint:
        message = f"{file}: the model in it has the fingerprint {model.fingerprint}, the file says {fingerprint!r:.40}"
        raise DataError(f"{message}; the file was changed, or a curve of your own differs")
    scorer = Scorer(model, dtype=dtype)
    with undamaged(file):
        table = wrap(make_frame(saved.columns(name), "pyarrow" if suffix_of(file) == ".parquet" else "dict"))
        batch = prepare(scorer.compiled, table, dict(zip(AXES, AXES, strict=True)), "set_aside")
        aside = saved.group("customer")["set_aside"]
        if aside.dtype.kind != "b" or ((batch.cells == SET_ASIDE) & ~aside).any():
            raise ValueError("it holds customers that its model cannot score")
        batch = attrs.evolve(batch, cells=np.where(aside, SET_ASIDE, batch.cells).astype(np.int32), problems=known)
        scores = Scores(scorer, table, batch, scorer.engine.score(batch), name)
        for each in scores.having(SCORED):
            if not same(saved.group("scores")[each], getattr(scores, each), ROUNDING[dtype]):
                raise ValueError(f"its model does not give the values of {each!r} in the file")
    with undamaged(file, "its overrides cannot be read: "):
        if overrides is None:
            return scores
        ids = dict(enumerate(plain_values(scores.id)))
        said = [(each["row"], {name: each[name] for name in BLANK}) for each in overrides["said"]]
        if any(type(row) is not int for row, _ in said):
            raise ValueError("a row is not a whole number")
        return scores.with_overrides([Override(ids[row], **each) for row, each in said], as_of=overrides["as_of"])
