"""Scoring as a function of Arrow record batches, the same for files, Spark, Dask and Ray."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property, lru_cache, partial
from typing import Any, Protocol

import attrs
import numpy as np

from outcomegap.checks import choice
from outcomegap.errors import DataError, library
from outcomegap.listing import beside
from outcomegap.model import OutcomeModel
from outcomegap.scoring.columns import COLUMNS, FRAMED
from outcomegap.scoring.customers import axes_of
from outcomegap.scoring.model_scores import ModelScores
from outcomegap.scoring.states import STATES

#: The columns of states, and the attribute that holds their codes.
CODES = {"state": "state_codes", "point_state": "point_codes"}
#: What a worker does with the batches of a partition.
Task = Callable[["BatchFunction", Iterator[Any]], Iterator[Any]]
#: How a worker makes a scorer of a model again: a function, and its keyword arguments.
Again = tuple[Callable[..., "Scoring"], tuple[tuple[str, object], ...]]


class Scoring(Protocol):
    """The parts of a scorer that a `BatchFunction` needs."""

    @property
    def model(self) -> OutcomeModel: ...
    @property
    def score(self) -> Callable[..., ModelScores]: ...


def _names(listed: str | Iterable[str] | None) -> tuple[str, ...] | None:
    return None if listed is None else tuple(dict.fromkeys([listed] if isinstance(listed, str) else listed))


@attrs.frozen(eq=False)
class Layout:
    """The columns that a `BatchFunction` reads, and those that it makes."""

    reads: tuple[str, ...]
    #: Columns of the batch that come out as they are.
    kept: tuple[str, ...]
    #: The columns of the score, as `ScoreColumns` names them.
    scores: tuple[str, ...]
    #: The PyArrow schema of what comes out: kept, scores, parts of the gap, the problem.
    schema: Any


@attrs.frozen(eq=False, repr=False, slots=False)
class BatchFunction:
    """Scores Arrow record batches: one batch of customers in, one batch of scores out, row for row.

    `Scorer.batch_function` makes it. It can be pickled: where it is unpickled, its scorer is made again, once in a
    process for each model, and uses one thread.

    The columns out have the names of `Scores.to_frame` and fixed types, whatever the data hold:

    - the column that names the customer, if the batches have one, and the kept columns, each as it came;
    - the state as string, counts as int64, all other columns of the score as double; null where there is no score;
    - with `attribution`, each step's part of the gap as double, named by the step;
    - with ``on_bad="set_aside"``, ``problem``: null, or the rules by which the row was set aside, such as
      ``"unknown-segment: segment; out-of-range: list_size"``.

    A column of the score whose name is kept already is called ``"state (score)"``, and a step ``"state (step)"``.

    Attributes
    ----------
    scorer
        The scorer.

    Examples
    --------
    >>> import outcomegap as og, pyarrow as pa
    >>> model = og.gallery.load("email-marketing")
    >>> customers = pa.table(og.simulate(model, 5, seed=1))
    >>> function = og.Scorer(model).batch_function(keep=["segment"], input_schema=customers.schema)
    >>> function.schema.names[:4], function.schema.field("desired").type
    (['customer', 'segment', 'state', 'desired'], DataType(double))
    >>> sum(batch.num_rows for batch in function.each(customers.to_batches(max_chunksize=2)))
    5
    """

    scorer: Scoring
    _again: Again
    #: Arguments of `Scorer.score`.
    _options: Mapping[str, Any]
    _keep: tuple[str, ...] | None = attrs.field(converter=_names)
    _columns: tuple[str, ...] | None = attrs.field(converter=_names)
    _attribution: bool
    _input_schema: Any = None

    def __attrs_post_init__(self) -> None:
        for name in self._columns or ():
            choice("columns", name, COLUMNS)
        if self._input_schema is not None:
            self.layout  # noqa: B018 - what is wrong with the schema is said now

    @property
    def schema(self) -> Any:
        """The PyArrow schema of what comes out.

        Raises
        ------
        DataError
            If the schema of the batches was not declared.
        """
        return self.layout.schema

    @property
    def reads(self) -> tuple[str, ...]:
        """The columns that it reads; a batch need not have others.

        Raises
        ------
        DataError
            If the schema of the batches was not declared.
        """
        return self.layout.reads

    def on(self, input_schema: Any) -> BatchFunction:
        """Return the same function for batches of a schema.

        Parameters
        ----------
        input_schema
            A PyArrow schema.

        Raises
        ------
        DataError
            If batches of that schema lack columns.
        """
        return attrs.evolve(self, input_schema=input_schema)

    def __call__(self, batch: Any) -> Any:
        """Score one batch.

        Parameters
        ----------
        batch
            A ``pyarrow.RecordBatch`` of any number of rows. If no schema was declared, its own counts.

        Raises
        ------
        DataError
            With every problem of the batch; with ``on_bad="set_aside"``, only with those that are not problems of
            single rows.
        """
        if self._input_schema is None:
            return self.on(batch.schema)(batch)
        return self.of_scores(batch, self.scores(batch))

    def of_scores(self, batch: Any, scores: ModelScores) -> Any:
        """Return what comes out for a batch that was scored with the same options.

        Parameters
        ----------
        batch
            The ``pyarrow.RecordBatch``, or a table of the same rows.
        scores
            Its scores.
        """
        pa, layout = _arrow(), self.layout
        made = [batch.column(name) for name in layout.kept]
        made += [_column(scores, name) for name in layout.scores]
        made += [*scores.attribution().values.T] if self._attribution else []
        made += [scores.set_aside_because()] if self._sets_aside else []
        typed = (_typed(values, field.type) for values, field in zip(made, layout.schema, strict=True))
        return pa.RecordBatch.from_arrays(list(typed), schema=layout.schema)

    def each(self, batches: Iterable[Any]) -> Iterator[Any]:
        """Score batches one by one, as Spark's ``mapInArrow`` asks for.

        Parameters
        ----------
        batches
            Record batches. If no schema was declared, that of the first counts for all.

        Yields
        ------
        RecordBatch
            The scores of each batch.

        Raises
        ------
        DataError
            With every problem of a batch.
        """
        function = None if self._input_schema is None else self
        for batch in batches:
            function = function or self.on(batch.schema)
            yield function(batch)

    def on_spark(self, frame: Any) -> Any:
        """Score a Spark frame where it is; nothing is computed before Spark is asked for rows.

        Parameters
        ----------
        frame
            A Spark ``DataFrame``, also one of Spark Connect. Every worker needs outcomegap, pyarrow, and the packages
            of the model's own curves and gates.

        Returns
        -------
        pyspark.sql.DataFrame
            One row for each row; the columns are those of `schema`.

        Raises
        ------
        DataError
            If the frame lacks columns. With ``on_bad="raise"``, invalid rows make the Spark job fail with the same
            error in its text.
        EngineError
            If pyspark or pyarrow is not installed.
        """
        types, pa, found = library("pyspark.sql.types", "scoring a Spark frame", "spark"), _arrow(), self._found(frame)
        own = {pa.string(): types.StringType(), pa.int64(): types.LongType(), pa.float64(): types.DoubleType()}
        kept = len(found.layout.kept)
        made = [types.StructField(field.name, own[field.type]) for field in found.schema]
        made[:kept] = [frame.schema[name] for name in found.layout.kept]
        return self.spread(frame, BatchFunction.each, types.StructType(made))

    def spread(self, frame: Any, task: Task, schema: Any) -> Any:
        """Run a task on the workers of a Spark frame, with this function and the batches of each partition.

        Parameters
        ----------
        frame
            A Spark ``DataFrame``.
        task
            A function of this function, as it is made again on the worker, and an iterator of record batches, which
            have the columns in `reads`. It returns an iterator of record batches.
        schema
            The Spark schema of what it returns.

        Returns
        -------
        pyspark.sql.DataFrame

        Raises
        ------
        DataError
            If the frame lacks columns.
        """
        names = self._found(frame).reads
        # mapInArrow takes a dot in a name for a field of a struct: the columns travel under plain names.
        plain = (f"`{name.replace('`', '``')}` as c{place}" for place, name in enumerate(names))
        return frame.selectExpr(*plain).mapInArrow(partial(_renamed, self, task, names), schema)

    def scores(self, batch: Any) -> ModelScores:
        """Return the scores of a batch themselves.

        Parameters
        ----------
        batch
            A ``pyarrow.RecordBatch``, or a frame of another kind.

        Raises
        ------
        DataError
            As for a call.
        """
        return self.scorer.score(batch, progress=False, **self._options)

    def _found(self, frame: Any) -> BatchFunction:
        """Find all columns of a Spark frame by name; the types of kept columns are known on the workers."""
        pa = _arrow()
        return self.on(pa.schema([(name, pa.float64()) for name in frame.columns]))

    @property
    def _sets_aside(self) -> bool:
        return bool(self._options["on_bad"] == "set_aside")

    @cached_property
    def layout(self) -> Layout:
        """Find all columns, by scoring no customers."""
        if self._input_schema is None:
            message = "the types of kept columns are those of the batches: pass input_schema=, or call .on(schema)"
            raise DataError(message)
        pa, model = _arrow(), self.scorer.model
        scores = self.scores(self._input_schema.empty_table())
        named = () if scores.id_column is None else (scores.id_column,)
        kept = tuple(dict.fromkeys((*named, *scores.kept_columns(self._keep))))
        columns = scores.having(FRAMED if self._columns is None else self._columns)
        types = {"": pa.string(), "count": pa.int64()}
        made = {name: self._input_schema.field(name).type for name in kept}
        made = beside(made, {name: types.get(COLUMNS[name].form, pa.float64()) for name in columns}, "score")
        if self._attribution:
            made = beside(made, {step.name: pa.float64() for step in model.steps}, "step")
        if self._sets_aside:
            made = beside(made, {"problem": pa.string()}, "score")
        axes = [self._options[axis] for axis in axes_of(model)]
        reads = dict.fromkeys((*kept, *axes, *(measure.name for measure in model.measures), *model.columns))
        return Layout(tuple(reads), kept, tuple(columns), pa.schema(list(made.items())))

    def __reduce__(self) -> Any:
        options = self._options, self._keep, self._columns, self._attribution, self._input_schema
        return _made_again, (self._again, self.scorer.model, *options)

    def __repr__(self) -> str:
        return f"<BatchFunction of {self.scorer!r}>"


def _renamed(function: BatchFunction, task: Task, names: tuple[str, ...], batches: Iterable[Any]) -> Iterator[Any]:
    return task(function, (batch.rename_columns(list(names)) for batch in batches))


def _made_again(again: Again, model: OutcomeModel, *options: Any) -> BatchFunction:
    make, said = again
    return BatchFunction(_scorer(make, said, model), again, *options)


@lru_cache(maxsize=8)  # Spark unpickles a function for every part of the data, and compiling a model takes time
def _scorer(make: Callable[..., Scoring], said: tuple[tuple[str, object], ...], model: OutcomeModel) -> Scoring:
    return make(model, **dict(said))


def _arrow() -> Any:
    return library("pyarrow", "scoring record batches", "parquet")


def _column(scores: ModelScores, name: str) -> Any:
    """Return a column of scores: no count of a row set aside; a state as text that Arrow makes, which is faster."""
    pa = _arrow()
    if COLUMNS[name].form == "count":
        return pa.array(getattr(scores, name), mask=scores.cell < 0)
    if name not in CODES:
        return getattr(scores, name)
    codes = getattr(scores, CODES[name])
    return pa.DictionaryArray.from_arrays(pa.array(codes, mask=codes < 0), pa.array(STATES))


def _typed(values: Any, kind: Any) -> Any:
    """Return a column as Arrow holds it, of a type; NaN is null."""
    pa = _arrow()
    if isinstance(values, np.ndarray):
        return pa.array(values, kind, from_pandas=True)
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    return values if values.type == kind else values.cast(kind)
