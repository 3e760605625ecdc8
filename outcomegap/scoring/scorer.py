"""The scorer: a compiled model, ready for any number of customers."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np

from outcomegap.engines.numpy_blocks import NumpyBlocks
from outcomegap.errors import ModelError
from outcomegap.frames import wrap
from outcomegap.model import OutcomeModel
from outcomegap.program import compile_model
from outcomegap.scoring.customers import OnBad, prepare
from outcomegap.scoring.score_one import Absent, RowScorer, Score
from outcomegap.scoring.scores import Scores

DTYPES = ("float64", "float32")
#: From how many customers on a progress bar is worth showing.
LONG = 1_000_000


class Scorer:
    """Scores customers against a model; compiled once, safe to share between threads, picklable.

    Parameters
    ----------
    model
        The `OutcomeModel`.
    dtype
        ``"float64"``, or ``"float32"`` for half the memory at about seven digits.
    threads
        How many threads to use on large frames; None means one a processor.

    Attributes
    ----------
    model
        The model it was made from.
    name, description, steps, segments, stages, inputs
        Those of the model.

    Raises
    ------
    ModelError
        If the model has findings that are errors (see `outcomegap.check`); all of them at once.
    EngineError
        If its steps are shared in too entangled a way to be computed exactly.

    Examples
    --------
    >>> import outcomegap as og
    >>> model = og.gallery.load("email-validation")
    >>> scorer = og.Scorer(model)
    >>> scores = scorer.score(og.simulate(model, 100, seed=7))
    >>> len(scores), bool((scores.low <= scores.high).all())
    (100, True)
    """

    def __init__(self, model: OutcomeModel, *, dtype: str = "float64", threads: int | None = None) -> None:
        if str(dtype) not in DTYPES:
            raise ModelError.of("dtype", "Scorer", f"dtype must be one of {DTYPES} (got {dtype!r})")
        if threads is not None and threads < 1:
            raise ModelError.of("threads", "Scorer", f"threads must be 1 or more, or None (got {threads!r})")
        self.compiled = compile_model(model)
        self.model, self.name, self.description, self.inputs = model, model.name, model.description, model.inputs
        self.steps, self.segments, self.stages = model.steps, model.segments, model.stages
        self.engine = NumpyBlocks(self.compiled, np.dtype(dtype), threads)
        self._again = partial(type(self), dtype=str(dtype), threads=threads)
        self.row_scorer = RowScorer(self.compiled)

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
            A frame: pandas, polars, pyarrow, a DuckDB relation, a dict of arrays, or anything with the Arrow
            PyCapsule interface. It holds a column for each measure, and ``segment``, ``stage`` and ``goal`` where
            the model has them. Null and NaN mean missing.
        segment, stage, goal
            What those columns are called.
        id
            The column that names a customer; by default the model's own, or ``"customer"`` or ``"id"`` if there.
        on_bad
            ``"raise"``, or ``"set_aside"``: rows with problems get nulls, the problems are in ``scores.problems``.
        progress
            Whether to show a progress bar; None means on a terminal, for a million customers or more.

        Returns
        -------
        Scores
            In the order of the rows.

        Raises
        ------
        DataError
            With every problem of the frame.
        """
        table = wrap(customers)
        names = {"segment": segment, "stage": stage, "goal": goal}
        prepared = prepare(self.compiled, table, names, on_bad, also=() if id is None else (id,))
        with progress_bar(len(table), show=progress) as advance:
            result = self.engine.score(prepared.batch, advance)
        return Scores(self, table, prepared, result, self._id(table.names, id))

    def score_one(
        self,
        row: Mapping[str, Any],
        *,
        absent: Absent = "missing",
        segment: str = "segment",
        stage: str = "stage",
        goal: str = "goal",
    ) -> Score:
        """Score one customer, in microseconds; always in double precision.

        Parameters
        ----------
        row
            The customer: a mapping from column to value. None and NaN mean missing. What the model does not know
            is left alone, unless it looks like a slip for a measure that is not there.
        absent
            What a measure that the mapping does not hold is: ``"missing"``, or an ``"error"``.
        segment, stage, goal
            What those columns are called.

        Returns
        -------
        Score
            In plain Python numbers. The first customer of a cell takes some milliseconds: the cell's functions are
            made then, and kept.

        Raises
        ------
        DataError
            With every problem of the row: `problems` says column, value and the nearest valid name.

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
        return self.row_scorer.score(row, absent, segment, stage, goal)

    def _id(self, names: tuple[str, ...], asked: str | None) -> str | None:
        if asked is not None:
            return asked
        own = self.model.inputs.id if self.model.inputs is not None else None
        return next((name for name in (own, "customer", "id") if name in names), None)

    def __reduce__(self) -> Any:
        return self._again, (self.model,)

    def __repr__(self) -> str:
        return f"<Scorer {self.model.name!r}: {len(self.model.steps)} steps, {len(self.model.cells)} cells>"


@contextmanager
def progress_bar(total: int, *, show: bool | None) -> Iterator[Callable[[int], object] | None]:
    """Yield a function that advances a bar on a terminal, or None where there is none to show."""
    wanted = show if show is not None else total >= LONG and sys.stderr.isatty()
    if not wanted:
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task("customers", total=total)
        yield lambda count: shown.update(task, advance=count)
