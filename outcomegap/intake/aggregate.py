"""Many events to one number a customer: every measure of a table in one pass of the table's own engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.intake.events import Events
from outcomegap.intake.ledger import Ledger, counted
from outcomegap.intake.links import ROW, Links
from outcomegap.intake.medians import medians
from outcomegap.intake.times import NOT_A_TIME, as_datetime, interval, shown
from outcomegap.intake.values import Reader
from outcomegap.model.source import OF_TIME, Source

if TYPE_CHECKING:
    import narwhals as nw

    Expr = nw.Expr

Numbers = NDArray[np.float64]
DAY = 86_400_000_000
_TIME, _ROWS = "outcomegap_time", "outcomegap_rows"
#: Aggregates that one word of the engine says.
_SIMPLE = ("sum", "mean", "median", "min", "max")


@attrs.frozen
class Wanted:
    """One measure to take of a table's events: its path in the inputs, its column, and how that is read."""

    path: str
    source: Source
    column: str | None
    read: Reader


class Aggregation:
    """Every measure that one table gives by one way of naming the customer and one column of times.

    Parameters
    ----------
    events, links, ledger
        The table, the customers, and what takes notes.
    by, time
        Its column that names the customer, and its column of times or None.
    wanted
        The measures.
    """

    def __init__(self, events: Events, links: Links, ledger: Ledger, by: str, time: str | None) -> None:
        self.events = events
        self.links = links
        self.ledger = ledger
        self.by = by
        self.time = time
        self.as_of = events.as_of
        self.size = len(links.table)

    def run(self, wanted: Sequence[Wanted]) -> dict[str, Numbers]:
        """Return one number a customer for each measure."""
        import narwhals as nw

        frame = self.events.frame
        if self.time is not None:
            frame = self._before(frame.with_columns(self.events.time(self.time).alias(_TIME)))
        elif self.as_of is not None:
            self.ledger.notes.append(f"table {self.events.name!r} has no time column: all its rows count")
        made: dict[str, Expr] = {}
        aggregates: dict[str, Expr] = {_ROWS: nw.len()}
        for number, want in enumerate(wanted):
            self._plan(f"m{number}", want, made, aggregates)
        frame, key = self.links.by_customer(self.events, frame, self.by)
        computed = frame.with_columns(**made) if made else frame
        exact = [name for name in aggregates if name.endswith("_median")] if self._approximates() else []
        plain = [expr.alias(name) for name, expr in aggregates.items() if name not in exact]
        grouped = computed.group_by(key).agg(*plain).collect()
        rows = self.links.owners_of(grouped[key])
        self._unmatched(grouped, rows)
        found = {name: self._spread(rows, grouped[name]) for name in grouped.columns if name != key}
        for name in exact:
            found[name] = self._exact_median(computed, key, name.removesuffix("_median"))
        for number, want in enumerate(wanted):
            if want.source.aggregate in ("latest", "first"):
                found |= self._at_the_end(computed, key, f"m{number}", last=want.source.aggregate == "latest")
        return {want.path: self._finish(f"m{number}", want, found) for number, want in enumerate(wanted)}

    def _before(self, frame: Any) -> Any:
        """Leave out events that are not before the moment of scoring, and say how many."""
        import narwhals as nw

        if self.as_of is None:
            return frame
        limit = nw.lit(as_datetime(self.as_of), dtype=nw.Datetime("us"))
        early = nw.col(_TIME) < limit
        one, none = nw.lit(1), nw.lit(0)
        late = nw.when(nw.col(_TIME) >= limit).then(one).otherwise(none).sum().alias("late")
        lost = nw.when(nw.col(_TIME).is_null()).then(one).otherwise(none).sum().alias("lost")
        counts = frame.select(late, lost).collect()
        for column, what in (("late", f"at or after {shown(self.as_of)}"), ("lost", f"without a {self.time}")):
            if count := int(counts[column].to_list()[0] or 0):
                self.ledger.notes.append(f"table {self.events.name!r}: {counted(count, 'row')} {what} left out")
        return frame.filter(early)

    def _plan(self, name: str, want: Wanted, made: dict[str, Expr], aggregates: dict[str, Expr]) -> None:
        """Add the columns to compute, and what to take of each."""
        import narwhals as nw

        source, fits = want.source, self._fits(want.source)
        col = nw.col(name)
        if source.aggregate == "count" and want.column is not None:
            there = self.events.is_there(want.column)
            fits = there if fits is None else fits & there
        if fits is not None:
            one = nw.when(fits).then(nw.lit(1)).otherwise(nw.lit(0))
            made[f"{name}_fits"] = one
            aggregates[f"{name}_rows"] = nw.col(f"{name}_fits").sum()
        if source.aggregate == "count":
            return
        value = self._value(want)
        made[name] = value if fits is None else nw.when(fits).then(value)
        aggregate = source.aggregate or ""
        if aggregate in ("distinct", "sum", "only", "time_between"):
            aggregates[f"{name}_there"] = col.count()
        if aggregate == "distinct":
            aggregates[f"{name}_distinct"] = col.n_unique()
        if aggregate in ("time_since", "time_between"):
            aggregates[f"{name}_max"] = col.max()
        if aggregate in ("time_since_first", "time_between"):
            aggregates[f"{name}_min"] = col.min()
        word = {"only": "max", "share": "mean"}.get(aggregate, aggregate)
        if word in _SIMPLE:
            aggregates[f"{name}_{word}"] = getattr(col, word)()

    def _value(self, want: Wanted) -> Expr:
        import narwhals as nw

        source = want.source
        if source.aggregate in OF_TIME:
            return nw.col(_TIME)
        if source.aggregate == "share":
            there = None
            for column in source.matching:
                known = self.events.is_there(column)
                there = known if there is None else there & known
            hit = self.events.row_fits(source.matching.items())
            assert there is not None
            assert hit is not None
            blank = any("" in codes for codes in source.matching.values())
            share = nw.when(hit).then(nw.lit(1.0)).otherwise(nw.lit(0.0))
            return share if blank else nw.when(there).then(share)
        if source.aggregate == "distinct" and not source.dated and want.read.values is None:
            assert want.column is not None
            there = self.events.is_there(want.column)
            if want.read.missing:
                unnamed = self.events.row_fits([(want.column, want.read.missing)])
                assert unnamed is not None
                there = there & ~unnamed
            return nw.when(there).then(nw.col(want.column))
        return self.events.value(source, want.column or "", want.read)

    def _fits(self, source: Source) -> Expr | None:
        import narwhals as nw

        fits = self.events.row_fits(source.where.items())
        if source.within_days is not None:
            assert self.as_of is not None
            first = as_datetime(self.as_of - round(source.within_days * DAY))
            recent = nw.col(_TIME) >= nw.lit(first, dtype=nw.Datetime("us"))
            fits = recent if fits is None else fits & recent
        return fits

    def _unmatched(self, grouped: nw.DataFrame[Any], rows: NDArray[np.int64]) -> None:
        counts = np.array(grouped[_ROWS].to_list(), dtype=np.int64)
        lost = rows < 0
        if lost.any():
            names = [] if grouped.columns[0] == ROW else grouped[grouped.columns[0]].to_list()
            strangers = sorted(
                str(names[place]) for place in np.flatnonzero(lost) if names and names[place] is not None
            )
            some = (
                f" ({self.by} {', '.join(strangers[:3])}{', ...' if len(strangers) > 3 else ''})" if strangers else ""
            )
            message = f"{counts[lost].sum():,} of {counted(int(counts.sum()), 'row')} belong to no customer{some}"
            self.ledger.finding("no-customer", f"tables.{self.events.name}", message)

    def _spread(self, rows: NDArray[np.int64], column: nw.Series[Any]) -> Any:
        """Return one value a customer: moments as whole numbers, everything else as floats."""
        known = rows >= 0
        if column.dtype.is_temporal():
            found = np.full(self.size, NOT_A_TIME, dtype=np.int64)
            times = column.to_numpy().astype("datetime64[us]")
            found[rows[known]] = np.where(np.isnat(times), NOT_A_TIME, times.astype(np.int64))[known]
            return found
        numbers = np.full(self.size, np.nan)
        numbers[rows[known]] = _floats(column)[known]
        return numbers

    def _approximates(self) -> bool:
        """Tell whether the engine's median is only near it."""
        return bool(self.events.frame.implementation.is_pyarrow())

    def _exact_median(self, computed: Any, key: str, name: str) -> Numbers:
        import narwhals as nw

        there = computed.filter(~nw.col(name).is_null()).select(key, name).collect()
        rows = self.links.owners_of(there[key])
        known = rows >= 0
        return medians(rows[known], _floats(there[name])[known], self.size)

    def _at_the_end(self, computed: Any, key: str, name: str, *, last: bool) -> dict[str, Any]:
        """Return the value of the last (or first) event with a value; of several at once, the greatest."""
        import narwhals as nw

        there = computed.filter(~nw.col(name).is_null() & ~nw.col(_TIME).is_null()).select(key, _TIME, name)
        time = nw.col(_TIME).max() if last else nw.col(_TIME).min()
        at = there.with_columns(time.over(key).alias(ROW + "_end")).filter(nw.col(_TIME) == nw.col(ROW + "_end"))
        ends = at.group_by(key).agg(nw.col(name).max()).collect()
        return {f"{name}_end": self._spread(self.links.owners_of(ends[key]), ends[name])}

    def _finish(self, name: str, want: Wanted, found: dict[str, Any]) -> Numbers:
        """Turn what the engine counted into the measure, and say what no event means."""
        source = want.source
        events = np.nan_to_num(found.get(f"{name}_rows", found[_ROWS]))
        there = np.nan_to_num(found.get(f"{name}_there", events))
        value = self._raw(name, want, found, events, there)
        if source.aggregate == "sum":
            value = np.where(there > 0, value, np.nan)
        if source.aggregate in ("count", "distinct", "share", *OF_TIME):
            value = np.asarray(want.read.scaled(value))
        empty = events == 0
        value[empty] = np.nan if source.of_none is None else source.of_none
        return value

    def _raw(self, name: str, want: Wanted, found: dict[str, Any], events: Numbers, there: Numbers) -> Numbers:
        source = want.source
        if source.aggregate == "count":
            return events.copy()
        if source.aggregate == "distinct":  # engines count null as a value of its own
            whole = np.nan_to_num(found[_ROWS])
            distinct: Numbers = np.nan_to_num(found[f"{name}_distinct"]) - (there < whole)
            return distinct
        if source.aggregate in ("latest", "first"):
            return np.asarray(found[f"{name}_end"])
        if source.aggregate in OF_TIME:
            return self._of_time(source, found.get(f"{name}_min"), found.get(f"{name}_max"), there)
        if source.aggregate == "only":
            self._more_than_one(want, there)
        word = {"only": "max", "share": "mean"}.get(source.aggregate or "", source.aggregate)
        return np.asarray(found[f"{name}_{word}"]).copy()

    def _of_time(self, source: Source, first: Any, last: Any, there: Numbers) -> Numbers:
        if source.aggregate == "time_between":
            with np.errstate(invalid="ignore", divide="ignore"):
                mean: Numbers = np.where(there > 1, interval(first, last, source.unit) / (there - 1), np.nan)
            return mean
        assert self.as_of is not None
        since: Numbers = interval(last if source.aggregate == "time_since" else first, self.as_of, source.unit)
        return since

    def _more_than_one(self, want: Wanted, there: Numbers) -> None:
        many = there > 1
        if many.any():
            where = f"{self.events.name}.{want.column}"
            who = counted(int(many.sum()), "customer")
            message = f'{where}: {who} with more than one value, where aggregate = "only" expects one'
            self.ledger.rows("more-than-one", message, where, many)


def _floats(column: nw.Series[Any]) -> Numbers:
    import narwhals as nw

    return column.cast(nw.Float64).to_numpy().astype(np.float64)
