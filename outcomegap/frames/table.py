"""Any data frame in, the same kind out: `wrap` looks at it as a `Table`, which builds frames of the kind that came."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from outcomegap.errors import DataError, EngineError, Problem, hint, nearest
from outcomegap.frames import arrays, texts
from outcomegap.frames.arrays import Array, Codes, Column, Distinct, Floats, Gapped, Mask

if TYPE_CHECKING:
    import narwhals as nw

#: Kinds of frame that `make_frame` makes.
MADE = ("dict", "pandas", "polars", "pyarrow")
KNOWN = (
    "a dict of arrays or lists, a list of dicts, a pandas or Polars frame, a PyArrow table, a DuckDB relation, "
    "or anything that exports Arrow data"
)


class Table:
    """Columns of one length, whatever kind of frame they came in; made by `wrap`.

    Rows are never dropped or reordered. Arrays handed out are read-only, and views of the user's own data
    wherever the source allows.

    Attributes
    ----------
    kind
        ``"dict"``, ``"records"``, ``"pandas"``, ``"polars"``, ``"pyarrow"``, ``"duckdb"``, ``"modin"``, ``"cudf"``.
    names
        Names of the columns, in order.
    """

    def __init__(
        self,
        source: dict[str, Column] | nw.DataFrame[Any],
        kind: str,
        finish: Callable[[Any], Any] | None = None,
        more: Mapping[str, Array] | None = None,
    ) -> None:
        self._source = source
        self._more = more or {}  # columns beside those of the source
        self._finish = finish  # turns a frame that was made into the kind that came in
        self.kind = kind
        self.names: tuple[str, ...] = (*(source if isinstance(source, dict) else source.columns), *self._more)
        self._known = frozenset(self.names)

    def __len__(self) -> int:
        source = self._source
        return len(next(iter(source.values()))) if isinstance(source, dict) else len(source)

    def __contains__(self, name: object) -> bool:
        return name in self._known

    def _column(self, name: str) -> Column:
        if problems := self.require([name]):
            raise DataError.all(f"this {self.kind} frame", problems)
        return self._more[name] if name in self._more else self._source[name]

    def floats(self, name: str) -> Floats:
        """Read a column as numbers.

        Integers, truth values (0 and 1), decimals and fractions become float64; null and NaN become NaN;
        infinities stay. Text is bad even where it spells a number; so are dates and other objects.

        Raises
        ------
        DataError
            If there is no such column.

        Examples
        --------
        >>> from outcomegap.frames import wrap
        >>> wrap({"seats": [3, None, "12"]}).floats("seats")
        Floats(values=array([ 3., nan, nan]), bad=array([False, False,  True]), first_bad='12')
        """
        return arrays.floats_of(self._column(name))

    def gapped(self, name: str) -> Gapped | None:
        """Return a column of floats with nulls as Arrow holds it; None if it has none, or lies in another way."""
        return arrays.gapped(self._column(name))

    def codes(self, name: str, categories: Sequence[str]) -> Codes:
        """Read a column as categories: position in `categories`, -1 for null or blank, -2 for unknown.

        Text must match exactly. What is no text is compared by ``str(value)``, so that a segment may be called
        ``"1"``; a float that is a whole number also by that number (``"1"`` for 1.0).

        Raises
        ------
        DataError
            If there is no such column.

        Examples
        --------
        >>> from outcomegap.frames import wrap
        >>> plans = wrap({"plan": ["pro", "", "prp", "pro"]}).codes("plan", ["basic", "pro"])
        >>> plans.codes, plans.unknown
        (array([ 1, -1, -2,  1], dtype=int32), {'prp': [2]})
        """
        return arrays.codes_of(self._column(name), categories)

    def distinct(self, name: str, among: Mask | None = None) -> Distinct:
        """Return the distinct values of a column, and which of them stands in each row; or of some rows alone.

        Examples
        --------
        >>> from outcomegap.frames import wrap
        >>> plans = wrap({"plan": ["pro", "", "basic", "pro"]}).distinct("plan")
        >>> plans.values, plans.codes
        (['pro', 'basic'], array([ 0, -1,  1,  0], dtype=int32))
        """
        return arrays.distinct_of(self._column(name), among)

    def numbers_at_once(
        self,
        name: str,
        decimal: str = ".",
        thousands: str | None = None,
        apart: Sequence[str] = (),
        money: str | None = None,
    ) -> tuple[Array, Mask] | None:
        """Return a column of text as numbers, and the rows in no usual form (NaN); None where that cannot be done."""
        return texts.numbers_at_once(self._column(name), decimal, thousands, apart, money)

    def plain_numbers(self, name: str) -> Array | None:
        """Return a column of text as numbers where every text is as a machine writes numbers; else None."""
        return texts.plain_numbers(self._column(name))

    def grouped(self, name: str) -> bool:
        """Tell whether a column of text has points, and no number of it shows that they stand before decimals."""
        return texts.grouped(self._column(name))

    def moments_at_once(self, name: str, form: str | None = None) -> Array | None:
        """Return a column of text as moments, NaT where they are in no usual form; None where that cannot be done."""
        return texts.moments_at_once(self._column(name), form)

    def values(self, name: str) -> Array:
        """Return a column as a read-only array, as near to its own type as NumPy can hold it.

        Text is an object array with None for null; so are whole numbers and truth values that have gaps.
        Floats have NaN there, dates NaT.
        """
        return arrays.values_of(self._column(name))

    def series(self, name: str) -> Any:
        """Return a column in the frame's own kind (for a dict, the array), to hand it to `build` untouched."""
        column = self._column(name)
        return arrays.locked(column) if isinstance(column, np.ndarray) else column.to_native()

    def filter(self, mask: Mask) -> Table:
        """Return a table of the rows where `mask` is True, same kind, same order."""
        keep, source = np.asarray(mask), self._source
        if keep.dtype != np.bool_ or keep.shape != (len(self),):
            message = f"a mask holds one truth value for each of the {len(self)} rows (got {keep.dtype} of shape "
            raise arrays.failure("mask", f"{message}{keep.shape})")
        rows = np.flatnonzero(keep)
        some = {name: c[rows] for name, c in source.items()} if isinstance(source, dict) else source[rows]
        return Table(some, self.kind, self._finish, {name: column[rows] for name, column in self._more.items()})

    def widened(self, columns: Mapping[str, Array]) -> Table:
        """Return a table that has some more columns; what `build` makes is of the same kind."""
        return Table(self._source, self.kind, self._finish, {**self._more, **columns}) if columns else self

    def native(self) -> Any:
        """Return the frame itself, of the kind that came in."""
        if isinstance(self._source, dict):
            return self.build({name: self.series(name) for name in self.names})
        frame = self._source.to_native()
        return self._finish(frame) if self._finish else frame

    def build(self, columns: Mapping[str, object], *, index_like: bool = True) -> Any:
        """Make a new frame of the kind that came in.

        Parameters
        ----------
        columns
            Arrays, lists, or what `series` returned, all of one length.
        index_like
            The rows are this table's own rows: the lengths must match, and pandas keeps its index. With False
            the rows are others, such as one a segment.

        Returns
        -------
        frame
            A dict of arrays, a list of dicts, or a frame. NaN in arrays becomes null in Polars, Arrow and DuckDB,
            where NaN is a number larger than all others.

        Examples
        --------
        >>> from outcomegap.frames import wrap
        >>> wrap({"id": [7, 8]}).build({"gap": [0.5, 0.25]})
        {'gap': array([0.5 , 0.25])}
        """
        made = {str(name): arrays.column_of(str(name), value) for name, value in columns.items()}
        expected = len(self) if index_like else len(next(iter(made.values()), ()))
        for name, column in made.items():
            if len(column) != expected:
                raise arrays.failure(
                    "ragged-columns", f"column {name!r} has {len(column)} rows, {expected} are needed", name
                )
        plain = {name: c if isinstance(c, np.ndarray) else c.to_native() for name, c in made.items()}
        frame: object = plain
        if not isinstance(self._source, dict):
            index = getattr(self._source.to_native(), "index", None) if index_like else None
            frame = _frame(plain, self._source.implementation.to_native_namespace(), index)
        return self._finish(frame) if self._finish else frame

    def require(self, names: Iterable[str]) -> list[Problem]:
        """List the columns that are missing, each as a problem with the nearest name there is.

        Examples
        --------
        >>> from outcomegap.frames import wrap
        >>> [str(problem) for problem in wrap({"list size": [1]}).require(["list_size"])]
        ["there is no column 'list_size' (did you mean 'list size'?) [missing-column]"]
        """
        lacking = [name for name in dict.fromkeys(names) if name not in self._known]
        said = {name: f"there is no column {name!r}{hint(name, self.names)}" for name in lacking}
        near = {name: nearest(name, self.names) for name in lacking}
        return [Problem("missing-column", said[name], name, suggestion=near[name]) for name in lacking]

    def __repr__(self) -> str:
        return f"<Table of {len(self)} rows, {len(self.names)} columns, from {self.kind}>"


def wrap(data: object) -> Table:
    """Look at any kind of data frame as a `Table`; nothing is copied yet.

    Parameters
    ----------
    data
        A dict of one-dimensional arrays, lists or series; a list of dicts; a pandas, Polars (a lazy one is
        collected), PyArrow or narwhals frame; a DuckDB relation (run once, in the order it yields its rows);
        anything that narwhals knows, or that exports Arrow data (``__arrow_c_stream__``).

    Returns
    -------
    Table
        The columns by name. A `Table` is returned as it is.

    Raises
    ------
    DataError
        If it is no frame, has no columns, two of one name, or columns that differ in length or are no columns.

    Examples
    --------
    >>> table = wrap({"customer": ["a", "b"], "seats": [3, None]})
    >>> table.names, len(table), table.kind, table.floats("seats").values
    (('customer', 'seats'), 2, 'dict', array([ 3., nan]))
    """
    if isinstance(data, Table):
        return data
    if isinstance(data, Mapping):
        return _of_dict(data)
    return _of_records(data) if isinstance(data, (list, tuple)) else _of_frame(data)


def is_spark(data: object) -> bool:
    """Tell whether something is a Spark frame, of a session of its own or of Spark Connect, without loading Spark."""
    return any(
        kind.__name__ == "DataFrame" and kind.__module__.startswith("pyspark.sql.") for kind in type(data).__mro__
    )


def _of_dict(data: Mapping[object, object], kind: str = "dict", finish: Callable[[Any], Any] | None = None) -> Table:
    names = _checked(data, kind)
    columns = {name: arrays.column_of(name, value) for name, value in zip(names, data.values(), strict=True)}
    (few, shortest), *_, (many, longest) = sorted((len(columns[name]), name) for name in [names[0], *names])
    if many > few:
        message = f"columns differ in length: {longest!r} has {many} rows, {shortest!r} has {few}"
        raise arrays.failure("ragged-columns", f"{message}; give every column one value a row", shortest)
    return Table(columns, kind, finish)


def _of_records(data: Sequence[Mapping[object, object]]) -> Table:
    """Look at a list of dicts, one a row; a key that a row lacks is null there."""
    for row, record in enumerate(data):
        if not isinstance(record, Mapping):
            raise arrays.failure(
                "not-a-frame", f"row {row} of the list is {record!r:.60}, not a dict of column and value"
            )
    keys = dict.fromkeys(key for record in data for key in record)
    names = _checked(keys, "records")
    columns = {
        name: arrays.as_array([record.get(key) for record in data]) for name, key in zip(names, keys, strict=True)
    }
    return Table(dict(columns), "records", _rows)


def _rows(columns: Mapping[str, object]) -> list[dict[str, object]]:
    made: list[Any] = [arrays.column_of("", column) for column in columns.values()]
    lists = [column.tolist() if isinstance(column, np.ndarray) else column.to_list() for column in made]
    return [dict(zip(columns, row, strict=True)) for row in zip(*lists, strict=True)]


def _of_frame(data: Any) -> Table:
    import narwhals as nw
    from narwhals import dependencies as known

    if is_spark(data):
        message = "a Spark frame stays on its cluster: score it there (Scorer.score), or fetch it with .toArrow() first"
        raise arrays.failure("spark", message)
    if isinstance(data, (nw.DataFrame, nw.LazyFrame)):
        return _of_narwhals(data, nw.from_native)
    if known.is_narwhals_dataframe(data) or known.is_narwhals_lazyframe(data):  # one of narwhals' stable versions
        return _of_frame(data.to_native())
    if known.is_duckdb_relation(data):
        return _of_relation(data)
    if known.is_pandas_like_dataframe(data):
        names = _checked(data.columns, "pandas")
        data = data if list(data.columns) == list(names) else data.set_axis(list(names), axis=1)
    elif known.is_pyarrow_table(data):
        _checked(data.column_names, "pyarrow")
    elif type(data).__module__.partition(".")[0] == "pyarrow" and type(data).__name__ == "RecordBatch":
        import pyarrow as pa  # loaded already; batches are as Spark hands rows over, and what is built is one again

        _checked(data.schema.names, "pyarrow")
        frame = nw.from_native(pa.Table.from_batches([data]), eager_only=True)
        return _of_narwhals(
            frame, lambda made: pa.RecordBatch.from_struct_array(made.to_struct_array().combine_chunks())
        )
    frame = nw.from_native(data, pass_through=True)
    if isinstance(frame, (nw.DataFrame, nw.LazyFrame)):
        return _of_narwhals(frame)
    if hasattr(data, "__arrow_c_stream__"):
        return _of_capsule(data)
    raise _no_frame(data)


def _of_narwhals(
    data: nw.DataFrame[Any] | nw.LazyFrame[Any], finish: Callable[[Any], Any] | None = None, kind: str | None = None
) -> Table:
    import narwhals as nw

    frame = data.collect() if isinstance(data, nw.LazyFrame) else data
    if frame.implementation.is_pyarrow():
        native = frame.to_native()
        views = [name for name in native.column_names if str(native[name].type) == "string_view"]
        # Arrow can hardly compute with views
        frame = frame.with_columns(**{name: arrays.column_of(name, native[name]) for name in views}) if views else frame
    kind = kind or frame.implementation.value
    _checked(frame.columns, kind)
    return Table(frame, kind, finish)


def _of_relation(relation: Any) -> Table:
    """Look at a DuckDB relation: run it once, keep the order in which it yields its rows."""
    import narwhals as nw

    _checked(relation.columns, "duckdb")

    def finish(outcomegap_made: object) -> Any:  # noqa: ARG001
        # DuckDB finds the rows by the name of this variable, once no table is called so; the relation keeps them alive.
        made = relation.query("outcomegap_relation", "select * from outcomegap_made").set_alias("outcomegap_made")
        # DuckDB 1 steps a temporary view behind.
        relation.query("outcomegap_relation", "drop view if exists outcomegap_relation")
        return made

    if find_spec("pyarrow") is None:
        return Table(
            {name: arrays.column_of(name, value) for name, value in relation.fetchnumpy().items()}, "duckdb", finish
        )
    arrow = (getattr(relation, "to_arrow_table", None) or relation.fetch_arrow_table)()
    return _of_narwhals(nw.from_native(arrow, eager_only=True), finish, "duckdb")


def _of_capsule(data: Any) -> Table:
    """Read Arrow data from an object of a library unknown here, with PyArrow or else Polars."""
    for module, kind in (("pyarrow", "table"), ("polars", "DataFrame")):
        if find_spec(module) is not None:
            try:
                return _of_frame(getattr(import_module(module), kind)(data))
            except (TypeError, ValueError) as error:  # a stream of values, not of rows
                raise _no_frame(data) from error
    message = f"reading Arrow data from {type(data).__name__} needs pyarrow; install outcomegap[parquet]"
    raise arrays.failure("needs-pyarrow", message)


def _no_frame(data: object) -> DataError:
    return arrays.failure("not-a-frame", f"{type(data).__name__} ({data!r:.60}) is not a data frame; give {KNOWN}")


def _checked(names: Iterable[object], kind: str) -> tuple[str, ...]:
    """Return column names as text, or say that there are none, or that one stands twice."""
    listed = list(names)
    if not listed:
        raise arrays.failure("no-columns", f"the {kind} frame has no columns; give one column a measure")
    for name in listed:
        if isinstance(name, tuple):
            raise arrays.failure("column-levels", f"column {name!r} has several levels; join them into one text first")
    texts = tuple(map(str, listed))
    if len(set(texts)) < len(texts):
        name = next(name for name in texts if texts.count(name) > 1)
        message = f"{texts.count(name)} columns of the {kind} frame are called {name!r}; rename or drop one"
        raise arrays.failure("duplicate-column", message, name)
    return texts


def make_frame(columns: Mapping[str, object], kind: str) -> Any:
    """Make a frame out of arrays where there is none yet to be like.

    Parameters
    ----------
    columns
        Arrays or lists of one length.
    kind
        One of `MADE`: ``"dict"``, ``"pandas"``, ``"polars"``, ``"pyarrow"``.

    Raises
    ------
    DataError
        If `kind` is none of these.
    EngineError
        If that library is not installed.

    Examples
    --------
    >>> make_frame({"a": [1, 2]}, "dict")
    {'a': array([1, 2])}
    """
    if kind not in MADE:
        raise DataError(f"kind must be one of {', '.join(map(repr, MADE))} (got {kind!r}){hint(kind, MADE)}")
    made = {name: arrays.column_of(name, values) for name, values in columns.items()}
    if kind == "dict":
        return made
    if find_spec(kind) is None:
        raise EngineError(f"kind {kind!r} needs {kind}, which is not installed; install it or choose 'dict'")
    return _frame(made, import_module(kind))


def _frame(columns: Mapping[str, object], library: ModuleType, index: Any = None) -> Any:
    """Make a frame of a library out of arrays and its own columns; NaN is null where both are known."""
    if library.__name__ == "polars":
        return library.DataFrame([_polars_series(library, name, values) for name, values in columns.items()])
    if library.__name__ == "pyarrow":
        own = {name: values for name, values in columns.items() if isinstance(values, np.ndarray)}
        kinds = {name: library.string() if _blank(values) else None for name, values in own.items()}
        made = {name: library.array(values, type=kinds[name], from_pandas=True) for name, values in own.items()}
        return library.table({**columns, **made})
    # pandas, or one like it; an array has no index of its own that it could align by
    plain = {name: getattr(values, "array", values) for name, values in columns.items()}
    return library.DataFrame(plain, index=index)


def _polars_series(polars: ModuleType, name: str, values: object) -> Any:
    if not isinstance(values, np.ndarray):
        return polars.Series(name, values)
    if values.dtype.kind == "O":
        return polars.Series(name, values.tolist(), dtype=polars.String if _blank(values) else None)
    return polars.Series(name, values, nan_to_null=True)


def _blank(values: Array) -> bool:
    """Tell whether a column of objects, which holds text as a rule, holds nothing: it is text even so.

    A column of nulls without a type cannot be put below one of another month that holds some text.
    """
    return values.dtype.kind == "O" and all(value is None for value in values.tolist())
