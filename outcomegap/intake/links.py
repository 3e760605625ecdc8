"""Which rows of an event table belong to which customer."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.errors import Problem, hint, nearest
from outcomegap.frames import Table, wrap
from outcomegap.intake.columns import Sheet
from outcomegap.intake.events import Events
from outcomegap.intake.ledger import Ledger, counted
from outcomegap.intake.opening import open_table
from outcomegap.intake.tables import Tables
from outcomegap.intake.times import NOT_A_TIME
from outcomegap.intake.values import is_blank, text_of
from outcomegap.model.inputs import Inputs

if TYPE_CHECKING:
    import narwhals as nw

Rows = NDArray[np.int64]
#: Beyond this, floats do not hold every whole number.
_WHOLE = 1e15
KEY, ROW, PLACE, EXTRA = "outcomegap_key", "outcomegap_row", "outcomegap_place", "outcomegap_extra"


class Links:
    """The customers' ids, and the tables that lead to them.

    Parameters
    ----------
    inputs
        What the model says of the tables.
    tables
        The raw tables.
    table
        The customers' own.
    ledger
        Takes what is wrong.
    """

    def __init__(self, inputs: Inputs, tables: Tables, table: Table, ledger: Ledger) -> None:
        self.inputs = inputs
        self.tables = tables
        self.table = table
        self.ledger = ledger
        self._frames: dict[Any, Any] = {}
        self._owners: dict[tuple[str, str], dict[str, int]] = {}
        self._opened: dict[str, Table] = {}

    def check_ids(self) -> None:
        """Note customers without an id, and ids that stand twice: events could not be told apart."""
        name = self.inputs.id
        if name is None or not Sheet(self.table, self.ledger, None, None).has(name, "id"):
            return
        if self._all_different():
            return
        ids = self.texts()
        missing = np.fromiter((text is None for text in ids), dtype=bool, count=len(ids))
        message = f"column {name!r} is empty for {counted(int(missing.sum()), 'customer')}; every customer needs an id"
        self.ledger.rows("missing-id", message, name, missing)
        if len(set(ids)) == len(ids):
            return
        places: dict[str, list[int]] = {}
        for row, text in enumerate(ids):
            if text is not None:
                places.setdefault(text, []).append(row)
        for text, rows in places.items():
            if len(rows) > 1:
                message = f"column {name!r}: {text!r} stands {len(rows)} times; every customer needs an id of their own"
                self.ledger.rows("duplicate-id", message, name, np.array(rows), value=text)

    def texts(self) -> list[str | None]:
        """Return the ids as texts."""
        assert self.inputs.id is not None
        return texts_of(self.table, self.inputs.id)

    def rows(self, keys: nw.Series[Any]) -> Rows:
        """Return which customer each id means; -1 is none."""
        import narwhals as nw

        keys = quick(keys)
        whole = keys.dtype.is_integer() and self._whole_ids()
        if not (whole or keys.dtype == nw.String):
            texts = [None if is_blank(value) else text_of(value) for value in keys.to_list()]
            keys = nw.new_series(KEY, texts, nw.String(), backend=keys.implementation)
        places = nw.new_series(PLACE, np.arange(len(keys)), nw.Int64(), backend=keys.implementation)
        left = keys.alias(KEY).to_frame().with_columns(places)
        if whole:
            left = left.with_columns(nw.col(KEY).cast(nw.Int64))
        found = left.join(self._frame(keys.implementation, whole=whole), on=KEY, how="inner")
        rows = np.full(len(keys), -1, dtype=np.int64)
        rows[found[PLACE].to_numpy()] = found[ROW].to_numpy()
        return rows

    def by_customer(self, events: Events, frame: Any, by: str) -> tuple[Any, str]:
        """Add the column to group events by: the customer's row where other tables are on the way, else the id."""
        import narwhals as nw

        via = self.inputs.table(events.name).via
        if via is None:
            return frame.with_columns(nw.col(by).alias(KEY)), KEY
        owners = self.owners(via, self.key_of(via, by))
        table = lookup_frame(frame, {KEY: list(owners), ROW: list(owners.values())})
        return frame.with_columns(self.text_key(events, by).alias(KEY)).join(table, on=KEY, how="left"), ROW

    def owners_of(self, keys: nw.Series[Any]) -> Rows:
        """Return which customer each group of `by_customer` belongs to; -1 is none."""
        import narwhals as nw

        return keys.fill_null(-1).cast(nw.Int64).to_numpy() if keys.name == ROW else self.rows(keys)

    @staticmethod
    def text_key(events: Events, by: str) -> nw.Expr:
        """Return an event table's key as text."""
        import narwhals as nw

        kind = events.schema[by]
        if kind == nw.String:
            return nw.col(by)
        if not kind.is_float():
            return nw.col(by).cast(nw.String)
        # Whole numbers become floats where a pandas column has gaps; what is no whole number is no key.
        number = nw.col(by)
        fits = (number == number.floor()) & (number.abs() < _WHOLE)
        whole = nw.when(fits).then(number).otherwise(nw.lit(0.0)).cast(nw.Int64).cast(nw.String)
        return nw.when(fits).then(whole)

    def owners(self, table: str, key: str) -> dict[str, int]:
        """Return which customer each row of a table on the way belongs to, by that row's key."""
        if (table, key) not in self._owners:
            self._owners[table, key] = self._resolve(table, key)
        return self._owners[table, key]

    def key_of(self, via: str, by: str) -> str:
        """Return the column by which other tables name rows of a table on the way."""
        return self.inputs.table(via).key or by

    def by_of(self, table: str) -> str:
        """Return the column by which a table names its customer."""
        by = self.inputs.table(table).by or self.inputs.id
        assert by is not None
        return by

    def dates_by_key(self, table: str, column: str, key: str, sheet: Sheet) -> dict[str, int]:
        """Return a date of each row of a table on the way, by its key."""
        opened = self._open(table)
        own = Sheet(opened, self.ledger, sheet.date_format, sheet.as_of)
        if not (own.has(column, f"expect: table {table!r}") and own.has(key, f"expect: table {table!r}")):
            return {}
        moments = own.moments(column, None, f"expect: table {table!r}").tolist()
        pairs = zip(texts_of(opened, key), moments, strict=True)
        return {text: when for text, when in pairs if text is not None and when != NOT_A_TIME}

    def _resolve(self, table: str, key: str) -> dict[str, int]:
        opened, by = self._open(table), self.by_of(table)
        lacking = [name for name in (key, by) if name not in opened.names]
        for name in lacking:
            message = f"table {table!r} has no column {name!r}{hint(name, opened.names)}; other tables go via it"
            self.ledger.whole("missing-column", message, f"{table}.{name}", nearest(name, opened.names))
        if lacking:
            return {}
        above = self.inputs.table(table).via
        known = self._own_ids() if above is None else self.owners(above, self.key_of(above, by))
        found: dict[str, int] = {}
        lost = 0
        for text, owner in zip(texts_of(opened, key), texts_of(opened, by), strict=True):
            row = known.get(owner, -1) if owner is not None else -1
            if text is None or row < 0:
                lost += 1
            elif found.setdefault(text, row) != row:
                self._two_owners(table, key, text, (found[text], row))
        if lost:
            message = f"{counted(lost, 'row')} of {len(opened):,} belong to no customer"
            self.ledger.finding("no-customer", f"tables.{table}", message)
        return found

    def _two_owners(self, table: str, key: str, text: str, rows: tuple[int, int]) -> None:
        message = f"table {table!r}: {key} {text!r} belongs to two customers; each may belong to one"
        self.ledger.events(Problem("two-customers", message, f"{table}.{key}", text, count=1), np.array(rows))

    def _open(self, table: str) -> Table:
        if table not in self._opened:
            with self.tables.reading(table):
                self._opened[table] = open_table(table, self.tables[table])
        return self._opened[table]

    def _own_ids(self) -> dict[str, int]:
        return {text: row for row, text in enumerate(self.texts()) if text is not None}

    def _series(self) -> Any:
        """Return the ids as the engine holds them, where that is text or whole numbers; else None."""
        import narwhals as nw

        assert self.inputs.id is not None
        native = self.table.series(self.inputs.id)
        if isinstance(native, np.ndarray):
            return None
        series = quick(nw.maybe_reset_index(nw.from_native(native, series_only=True)))
        return series if series.dtype == nw.String or series.dtype.is_integer() else None

    def _all_different(self) -> bool:
        """Tell, by the engine's own means, whether every customer has an id of their own."""
        import narwhals as nw

        ids = self._series()
        if ids is None or ids.null_count() or ids.n_unique() < len(ids):
            return False
        return ids.dtype != nw.String or not bool((ids.str.strip_chars() == "").any())

    def _whole_ids(self) -> bool:
        ids = self._series()
        if ids is None:
            return np.asarray(self.table.values(self.inputs.id or "")).dtype.kind in "iu"
        return bool(ids.dtype.is_integer())

    def _frame(self, library: Any, *, whole: bool) -> nw.DataFrame[Any]:
        """Return ids and rows as a frame of a library: of customers whose ids are theirs alone."""
        import narwhals as nw

        if (library, whole) not in self._frames:
            good = ~self.ledger.bad
            rows = nw.new_series(ROW, np.flatnonzero(good), nw.Int64(), backend=library)
            ids = self._series()
            if ids is not None and ids.implementation == library and (ids.dtype == nw.String) != whole:
                keys = ids if good.all() else ids.filter(good.tolist())
                keys = keys.cast(nw.Int64) if whole else keys
            elif whole:
                keys = nw.new_series(KEY, self.table.values(self.inputs.id or "")[good], nw.Int64(), backend=library)
            else:
                texts = self.texts()
                keys = nw.new_series(
                    KEY, [t for t, g in zip(texts, good, strict=True) if g], nw.String(), backend=library
                )
            self._frames[library, whole] = keys.alias(KEY).to_frame().with_columns(rows)
        return self._frames[library, whole]  # type: ignore[no-any-return]


def quick(series: nw.Series[Any]) -> nw.Series[Any]:
    """Return an Arrow column as a Polars one where Polars is there: nothing is copied, and joins are faster."""
    import narwhals as nw

    if not series.implementation.is_pyarrow() or find_spec("polars") is None:
        return series
    return nw.from_arrow(series.alias(KEY).to_frame(), backend="polars")[KEY].alias(series.name)


def texts_of(table: Table, column: str) -> list[str | None]:
    """Return a column as texts, None where empty."""
    values = table.values(column).tolist()
    if set(map(type, values)) <= {str, type(None)}:
        return [value if value and not value.isspace() else None for value in values]
    return [None if is_blank(value) else text_of(value) for value in values]


def lookup_frame(like: Any, columns: dict[str, list[Any]]) -> Any:
    """Return a lazy frame that can be joined to `like`, of the same engine and connection."""
    import narwhals as nw

    library = like.implementation
    if library.is_duckdb():
        plain = {name: np.array(values, dtype=object if name == KEY else np.int64) for name, values in columns.items()}
        return nw.from_native(wrap(like.to_native().limit(0)).build(plain, index_like=False))
    kinds = {name: nw.String() if name == KEY else nw.Int64() for name in columns}
    made = [nw.new_series(name, values, kinds[name], backend=library) for name, values in columns.items()]
    return made[0].to_frame().with_columns(*made[1:]).lazy()
