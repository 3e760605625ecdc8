"""Raw tables of any kind, opened for the engine to work on."""

from __future__ import annotations

import datetime as dt
import decimal
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from outcomegap.errors import DataError, EngineError, Problem, hint
from outcomegap.frames import Table, wrap
from outcomegap.intake.events import Events
from outcomegap.intake.ledger import Ledger, counted
from outcomegap.intake.load import best_library, in_library
from outcomegap.intake.values import is_blank, text_of

if TYPE_CHECKING:
    import narwhals as nw


def open_table(name: str, native: Any) -> Table:
    """Look at a table as a whole; what its engine cannot read is a problem."""
    import narwhals as nw

    found: Any = nw.from_native(native, pass_through=True)
    if isinstance(found, nw.LazyFrame) and found.implementation.is_polars():
        return wrap(collected(found, name).to_native())
    return wrap(native)


def open_events(
    name: str, native: Any, columns: Iterable[str], ledger: Ledger, *, date_format: str | None, as_of: int | None
) -> Events | None:
    """Look at the columns of an event table that are needed.

    A Polars frame, lazy or not, a pandas frame, a PyArrow table and a DuckDB relation stay what they are; only the
    columns named are read. A dict of columns goes into the best library there is.

    Returns
    -------
    Events or None
        None where a column is missing; the ledger says which.
    """
    import narwhals as nw

    wanted = list(dict.fromkeys(columns))
    found: Any = nw.from_native(native, pass_through=True)
    names = list(found.collect_schema()) if isinstance(found, nw.LazyFrame) else list(wrap(native).names)
    lacking = [column for column in wanted if column not in names]
    for column in lacking:
        message = f"table {name!r} has no column {column!r}{hint(column, names)}"
        ledger.whole("missing-column", message, f"{name}.{column}")
    if lacking:
        return None
    if isinstance(found, nw.LazyFrame):
        chosen = found.select(*wanted)
        lazy = collected(chosen, name).lazy() if found.implementation.is_polars() else chosen
    else:
        lazy = eager(name, native, wanted).lazy()
    return Events(name, lazy, date_format, as_of)


def collected(frame: nw.LazyFrame[Any], name: str) -> nw.DataFrame[Any]:
    """Run a lazy frame; what its engine cannot read is a problem of the table."""
    try:
        return frame.collect()
    except Exception as error:
        if type(error).__module__.partition(".")[0] not in ("polars", "narwhals"):
            raise
        text = f"table {name!r} cannot be read: {str(error).partition(chr(10))[0]}"
        raise DataError.all(name, [Problem("unreadable-table", text)]) from error


def eager(name: str, native: Any, columns: list[str]) -> nw.DataFrame[Any]:
    """Return columns of a frame that is there already, each of one type."""
    import narwhals as nw

    table = wrap(native).take(columns)
    if table.kind in ("dict", "records"):
        return _in_best_library(name, table)
    frame: nw.DataFrame[Any] = nw.maybe_reset_index(nw.from_native(table.native(), eager_only=True))
    odd = [column for column in columns if frame.schema[column] in (nw.Object, nw.Unknown)]
    plain = [
        nw.new_series(column, of_one_kind(frame[column].to_list()), backend=frame.implementation) for column in odd
    ]
    return frame.with_columns(*plain) if plain else frame


def _in_best_library(name: str, table: Table) -> nw.DataFrame[Any]:
    import narwhals as nw

    if best_library() is None:
        raise EngineError(
            f"{name}: joining {counted(len(table), 'row')} of events to customers needs polars, pyarrow or pandas; "
            "pip install polars"
        )
    columns = {}
    for column in table.names:
        array = table.values(column)
        columns[column] = of_one_kind((array.astype("M8[us]") if array.dtype.kind == "M" else array).tolist())
    frame: nw.DataFrame[Any] = nw.from_native(in_library(columns), eager_only=True)
    return frame


def of_one_kind(values: list[Any]) -> list[Any]:
    """Return values as numbers, times or texts, all of one type; None is missing.

    Examples
    --------
    >>> of_one_kind([1, None, 2.5]), of_one_kind([True, None]), of_one_kind(["a", 3.0])
    ([1.0, None, 2.5], ['True', None], ['a', '3'])
    """
    there = [None if is_blank(value) or value != value else value for value in values]  # noqa: PLR0124 - NaT
    kinds = {type(value) for value in there if value is not None}
    if kinds <= {int}:
        return there if None not in there else [None if value is None else float(value) for value in there]
    if kinds <= {int, float, decimal.Decimal}:
        return [None if value is None else float(value) for value in there]
    if kinds == {dt.date}:
        return [None if value is None else dt.datetime(value.year, value.month, value.day) for value in there]  # noqa: DTZ001
    if len(kinds) == 1 and kinds != {bool}:
        return there
    return [None if value is None else text_of(value) for value in there]
