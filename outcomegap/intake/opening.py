"""Raw tables of any kind, opened for the engine to work on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from outcomegap.errors import DataError, EngineError, Problem, hint
from outcomegap.frames import Table, wrap
from outcomegap.intake.events import Events
from outcomegap.intake.kinds import of_one_kind
from outcomegap.intake.ledger import Ledger, counted
from outcomegap.intake.load import best_library, in_library

if TYPE_CHECKING:
    import narwhals as nw


def open_table(name: str, native: Any) -> Table:
    """Look at a table as a whole; what its engine cannot read is a problem."""
    found = _lazy(native)
    if found is None or found.implementation.is_duckdb():
        return wrap(native)
    return wrap(collected(found, name).to_native())


def _lazy(native: Any) -> Any:
    """Return a frame that is not there yet as narwhals sees it; None for one that is."""
    import narwhals as nw
    from narwhals import dependencies as known

    if known.is_into_dataframe(native):
        return None
    found: Any = nw.from_native(native, pass_through=True)
    return found if isinstance(found, nw.LazyFrame) else None


def open_events(
    name: str, native: Any, columns: Iterable[str], ledger: Ledger, *, date_format: str | None, as_of: int | None
) -> Events | None:
    """Look at the columns of an event table that are needed.

    A Polars frame, a pandas frame, a PyArrow table and a DuckDB relation stay what they are; only the columns named
    are read. Of another lazy frame those columns are collected; a dict of columns goes into the best library there is.

    Returns
    -------
    Events or None
        None where a column is missing; the ledger says which.
    """
    wanted = list(dict.fromkeys(columns))
    found = _lazy(native)
    names = list(wrap(native).names) if found is None else list(found.collect_schema())
    lacking = [column for column in wanted if column not in names]
    for column in lacking:
        message = f"table {name!r} has no column {column!r}{hint(column, names)}"
        ledger.whole("missing-column", message, f"{name}.{column}")
    if lacking:
        return None
    if found is None:
        lazy = eager(name, native, wanted).lazy()
    else:
        chosen = found.select(*wanted)
        lazy = chosen if found.implementation.is_duckdb() else collected(chosen, name).lazy()
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
