"""Customers and what they then did: the outcome, weights, folds, a split in time, and refusal of what leaks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import in_range, whole
from outcomegap.errors import DataError, Finding
from outcomegap.frames import Table, wrap
from outcomegap.frames.arrays import Array, Mask, is_blank
from outcomegap.intake.customers import Customers
from outcomegap.intake.moments import interval
from outcomegap.intake.named_columns import Columns, as_date, number_customers
from outcomegap.intake.names import Wanted, lacking, text_of
from outcomegap.listing import counted, number
from outcomegap.model import OutcomeModel
from outcomegap.scoring.customers import AXES
from outcomegap.stats import auc

#: At least so many customers with the good outcome, and so many without.
FEWEST = 2
#: A measure likely holds the outcome if it alone tells good from bad this well (area under the curve), or if for this
#: share of customers their value alone decides which it is, both ways, right for that share; asked of `MANY` or more.
SEPARATES, DECIDED, RIGHT, MANY = 0.97, 0.5, 0.99, 40
#: Values of fewer customers are taken together.
COMMON = 20
#: Rows alike are duplicates, unless there are fewer different ones than this, or one is of a larger share of customers.
PATTERNS, LARGEST = 10, 0.1
#: The share of customers that a split in time tests, as nearly as their days allow.
TESTED = 0.3
#: How a value may be written that is true, or false.
TRUTHS = {"true": (True, 1.0), "1": (True, 1.0), "false": (False, 0.0), "0": (False, 0.0)}
DAY = np.timedelta64(1, "D")


@attrs.frozen(eq=False)
class Observed:
    """Customers whose outcome is known.

    Parameters
    ----------
    table
        Their rows.
    rows, of
        Where they stand in the frame that came in, and how many rows that has.
    good
        1 where the good outcome came about, else 0.
    weight
        One number a customer, 1 without weights.
    numbers
        The measures: name -> one number a customer, NaN where missing.
    alike
        The number of the group that a customer stays together with, in one fold.
    day
        The moment as of which a customer was measured, in days; None without `as_of`.
    horizon
        Within how many days of it the outcome was observed; None if nobody said.
    name, said
        The name of the outcome, and how its good value is written.
    notes
        What was left out, and what stays together.
    findings
        Measures that alone tell the outcomes apart.
    """

    table: Table
    rows: NDArray[np.int64]
    of: int
    good: Array
    weight: Array
    numbers: Mapping[str, Array]
    alike: NDArray[np.int64]
    day: Array | None
    horizon: float | None
    name: str
    said: str
    notes: tuple[str, ...]
    findings: tuple[Finding, ...]

    def __len__(self) -> int:
        return len(self.rows)

    def splits(self, folds: int = 5, seed: int = 0) -> list[tuple[Mask, Mask]]:
        """Return who is learnt from and who is tested: once, in time, where `as_of` was given, else fold by fold."""
        if self.day is None:
            fold = self.folds(folds, seed)
            return [(fold != each, fold == each) for each in range(int(fold.max()) + 1)]
        days = np.unique(self.day)[1:]
        if not len(days):
            raise DataError.of("as-of", "as_of is the same for all customers: there is no time to split by", "as_of")
        later = 1 - np.searchsorted(np.sort(self.day), days) / len(self.day)
        start = days[np.abs(later - TESTED).argmin()]
        tested = self.day >= start
        learnt = ~tested & (self.day + (self.horizon or 0.0) <= start) & ~np.isin(self.alike, self.alike[tested])
        if min(self.good[learnt].sum(), (1 - self.good[learnt]).sum()) < FEWEST:
            message = f"of the customers before {number(start)}, too few outcomes were known then to learn from"
            raise DataError.of("as-of", f"{message}; is the horizon longer than the data?", "as_of")
        return [(learnt, tested)]

    def folds(self, number: int = 5, seed: int = 0) -> NDArray[np.int64]:
        """Return the fold of each customer, from 0; groups stay together, and folds have outcomes alike.

        Raises
        ------
        DataError
            If there are fewer groups than folds, or fewer than 2 folds.
        """
        size = np.bincount(self.alike)
        if not 2 <= whole("folds", number, 2) <= len(size):
            message = f"folds must be a whole number from 2 to {len(size)}, so many customers differ"
            raise DataError.of("out-of-range", f"{message} (got {number!r:.20})", "folds", number)
        chance = np.random.default_rng(whole("seed", seed))
        order = np.lexsort((chance.random(len(size)), np.bincount(self.alike, self.good), -size))
        fold = np.empty(len(size), dtype=np.int64)
        fold[order] = np.arange(len(size)) % number
        return fold[self.alike]


def observe(
    customers: object,
    outcome: object,
    *,
    good: object = True,
    weight: object = None,
    as_of: object = None,
    horizon: object = None,
    by: str | Sequence[str] = (),
    measures: Sequence[str] | OutcomeModel = (),
    what: str = "observe",
) -> Observed:
    """Read what customers then did, beside what was measured of them before.

    Parameters
    ----------
    customers
        Any data frame, or what `outcomegap.read_customers` returns; a row a customer, or a customer at one moment.
    outcome
        The name of a column, or one value a customer. A customer without one is left out, and counted in a note.
    good
        The value, or values, that mean that the good outcome came about; true and 1 by default.
    weight
        A column of numbers, 0 or more, or one number a customer.
    as_of
        A column (or array) with the moment as of which a customer was measured: a date, or the number of a day.
    horizon
        Within how many days of it (a number or a `timedelta`) the outcome was observed.
    by
        Columns that name who rows are of: all rows of one stay in one fold. Rows alike in all measures, and in their
        cell, do so too, unless customers fall into so few patterns that this leaves no folds.
    measures
        Columns that a score rests on, or the model.
    what
        Who asks, for messages.

    Raises
    ------
    DataError
        With every problem: columns that are not there, no such good value, one outcome alone, the outcome itself among
        the measures, a measure known only after `as_of`.

    Examples
    --------
    >>> seen = observe({"calls": [1, 2, 3, 4, 5], "stays": ["no", "yes", "no", "yes", None]}, "stays", good="yes",
    ...                measures=["calls"])
    >>> seen.good.tolist(), seen.rows.tolist(), seen.notes
    ([0.0, 1.0, 0.0, 1.0], [0, 1, 2, 3], ('1 customer without an outcome is left out.',))
    """
    read = customers if isinstance(customers, Customers) else None
    reader = Observing(what, wrap(customers if read is None else read.frame))
    model, listed = (measures, ()) if isinstance(measures, OutcomeModel) else (None, measures)
    names = list(dict.fromkeys(listed if model is None else (each.name for each in model.measures)))
    ids = [by] if isinstance(by, str) else [*by]
    lacking(reader, reader.table.names, [*names, *ids], "measures or by")
    numbers = {name: reader.numbers("measures", name) for name in names if name in reader.table}
    goods, name, said = reader.outcome(outcome, good)
    known = ~np.isnan(goods)
    weights = np.ones(len(goods)) if weight is None else reader.numbers("weight", weight, least=0)
    reader.problem("weight", "weight: give every customer one", rows=np.isnan(weights) & known)
    day = None if as_of is None else reader.days("as_of", as_of)
    days = reader.horizon(horizon, as_of)
    own = {} if model is None or model.inputs is None else model.inputs.measures
    for each in (each for each in names if name == each or (each in own and name in own[each].reads)):
        message = f"measure {each!r} is read from column {name!r}, the outcome itself: it cannot foretell it"
        reader.problem("leakage", message, name)
    if day is not None and read is not None:
        reader.read_before(day, read.report.facts["as_of"], [each for each in own if own[each].time is not None])
    counts = {part: int(((goods == part) & (weights > 0)).sum()) for part in (1.0, 0.0)}
    if not reader.problems and min(counts.values()) < FEWEST:
        message = (
            f"outcome: {counts[1.0]:,} customers with {said}, {counts[0.0]:,} without; {FEWEST} of each are needed"
        )
        reader.problem("too-few", message, name)
    reader.done()
    rows = np.flatnonzero(known)
    table, goods, weights = reader.table.filter(known), goods[rows], weights[rows]
    numbers = {each: values[rows] for each, values in numbers.items()}
    left = counted(len(known) - len(rows), "customer without an outcome is", "customers without an outcome are")
    alike, notes = _alike(table, numbers, ids)
    findings = tuple(filter(None, (_leak(each, values, goods, weights) for each, values in numbers.items())))
    notes = [*([f"{left} left out."] if len(rows) < len(known) else []), *notes, *map(str, findings)]
    day = None if day is None else day[rows]
    return Observed(
        table, rows, len(known), goods, weights, numbers, alike, day, days, name, said, tuple(notes), findings
    )


class Observing(Columns):
    """Reads columns of customers, or arrays beside them; what is wrong is noted."""

    def __init__(self, what: str, table: Table) -> None:
        super().__init__(table, what)

    def column(self, argument: str, given: Any) -> str | None:
        """Return the name of a column; an array becomes one, called as the argument."""
        if given is None or isinstance(given, str):
            return self.name(argument, given)
        one = self.attempt(lambda: wrap({argument: given}))
        if one is None or len(one) != len(self.table):
            got = "" if one is None else f" (got {len(one)})"
            self.problem(argument, f"{argument}: give one value for each of {len(self.table)} customers{got}", argument)
            return None
        name = argument if argument not in self.table else f"{argument} (given)"
        self.table = self.table.widened({name: one.values(argument)})
        return name

    def numbers(
        self, argument: str, name: object, *, least: float | None = None, texts: Mapping[str, float] | None = None
    ) -> Array:
        """Read numbers, NaN where missing."""
        found = super().numbers(argument, self.column(argument, name), least=least, texts=texts)
        return np.full(len(self.table), np.nan) if found is None else found

    def days(self, argument: str, given: object) -> Array:
        """Read days: numbers as they are, dates as days since 1970."""
        name = self.column(argument, given)
        if name is None:
            return np.full(len(self.table), np.nan)
        found = self.table.floats(name)
        days = found.values.astype(np.float64)
        if found.bad is not None:
            days = interval(np.datetime64(0, "us"), self.dates(argument, name))
        if argument == "as_of":
            self.problem("missing-time", f"as_of: column {name!r} is empty", name, rows=~np.isfinite(days))
        return days

    def horizon(self, given: Any, as_of: object) -> float | None:
        """Return a horizon in days."""
        if given is not None and as_of is None:
            self.problem("as-of", "horizon: say from which day on, as_of=", "horizon")
        days = np.timedelta64(given) / DAY if isinstance(given, (dt.timedelta, np.timedelta64)) else given
        return None if given is None else self.attempt(lambda: in_range("horizon", days, 0))

    def outcome(self, given: object, good: Any, what: str = "outcome", say: str = "good") -> tuple[Array, str, str]:
        """Read outcomes: 1 good, 0 not, NaN unknown; with their name, and the good values as text.

        `what` and `say` are the arguments that named the outcome, and its good values.
        """
        several = hasattr(good, "__iter__") and not isinstance(good, str)
        wanted = [each for each in (good if several else [good]) if not is_blank(each)]
        said, name = " or ".join(map(text_of, wanted)), self.column(what, given)
        if name is None:
            return np.full(len(self.table), np.nan), what, said
        raw = self.table.distinct(name)
        spelled = [TRUTHS.get(text_of(each).strip().casefold(), ()) for each in wanted]
        codes = Wanted([*wanted, *(each for pair in spelled for each in pair)])
        is_good, texts = [each in codes for each in raw.values], [text_of(each).strip() for each in raw.values]
        odd = any(text.casefold() not in TRUTHS for text in texts)
        if (odd and good is True) or (texts and not any(is_good) and (odd or not wanted or not all(spelled))):
            message = f"{what}: column {name!r} holds {', '.join(texts[:5])}; say which value counts, {say}="
            self.problem(say, message, name, said, options=texts)
        return np.array([*map(float, is_good), np.nan])[raw.codes], name, said

    def read_before(self, day: Array, moment: str | None, timed: Sequence[str]) -> None:
        """Note measures that were read as of a moment after a customer's day, or from events of all times."""
        late = f"measures were read as of {moment}, after as_of: the outcome may be in them"
        if moment is not None:
            first = moment.partition(" to ")[0]
            read = float(first[4:]) if first.startswith("day ") else (as_date(first) or 0) / 86_400e6
            self.problem("leakage", late, rows=read > day)
        elif timed:
            late = f"{', '.join(timed)}: events of all times were read; say as_of in og.read_customers"
            self.problem("leakage", late, timed[0])


def _alike(table: Table, numbers: Mapping[str, Array], ids: Sequence[str]) -> tuple[NDArray[np.int64], list[str]]:
    """Return the group of each customer, and notes: alike in all measures and cell, or of one name."""
    from scipy.sparse import block_array, coo_array, hstack
    from scipy.sparse.csgraph import connected_components

    rows, notes, keys = np.arange(len(table)), list[str](), []
    if numbers:
        cells = [table.distinct(name).codes for name in AXES if name in table]
        held = np.column_stack([*numbers.values(), *cells]).astype(np.float64) + 0.0  # no negative zero
        held[np.isnan(held)] = np.nan  # one kind of NaN
        whole = held.view(np.dtype((np.void, held.shape[1] * 8))).reshape(-1)
        _, code, count = np.unique(whole, return_inverse=True, return_counts=True)
        groups, many = int((count > 1).sum()), int(count[count > 1].sum())
        if many and (len(count) < PATTERNS or count.max() > max(LARGEST * len(rows), 2)):
            notes.append(f"Customers fall into {counted(len(count), 'pattern')} of measures: folds part those alike.")
        elif many:
            are = f"{many:,} customers are alike in all measures ({counted(groups, 'group')})"
            notes, keys = [f"{are}: each group is in one fold."], [code.reshape(-1)]
    if ids:
        codes = np.column_stack([table.distinct(name).codes for name in ids])
        code = np.unique(codes, axis=0, return_inverse=True)[1].reshape(-1)
        keys.append(number_customers(np.where((codes < 0).any(axis=1), -1, code)))
        if (names := len(np.unique(keys[-1]))) < len(rows):
            notes.append(
                f"{len(rows):,} rows are of {names:,} names: intervals take rows as independent of one another."
            )
    if not keys:
        return rows, notes
    of = hstack([coo_array((np.ones(len(rows)), (rows, key))) for key in keys])
    found = connected_components(block_array([[None, of], [of.T, None]]), directed=False)[1]
    return found[: len(rows)].astype(np.int64), notes


def _leak(name: str, values: Array, good: Array, weight: Array) -> Finding | None:
    """Return the finding of a measure that alone tells the outcomes apart; that it is missing may tell as well."""
    if (weight > 0).sum() < MANY:
        return None
    known = ~np.isnan(values)
    few = (known & (weight > 0)).sum() < MANY
    areas = [np.nan if few else auc(values, good, weight).value, auc(known, good, weight).value]
    area, gone = np.abs(np.nan_to_num(areas, nan=0.5) - 0.5) + 0.5
    distinct, code, count = np.unique(values, return_inverse=True, return_counts=True)
    rare = (count < COMMON) & ~np.isnan(distinct)
    code = np.where(rare, len(distinct), np.arange(len(distinct)))[code.reshape(-1)]
    held = np.bincount(code, weight)
    rate = np.bincount(code, weight * good) / np.maximum(held, np.finfo(float).tiny)
    sure = [float(held[side & (held > 0)].sum() / held.sum()) for side in (rate > RIGHT, rate < 1 - RIGHT)]
    if max(area, gone) > SEPARATES:
        what = "alone tells" if area >= gone else "tells by being missing"
        told = f"{what} who has the good outcome (area {max(area, gone):.3f})"
    elif min(sure) > 0 and sum(sure) > DECIDED:
        told = f"alone decides the outcome of {100 * sum(sure):.0f} % of customers, some good and some not"
    else:
        return None
    return Finding("leakage", f"measures.{name}", f"{told}; is it known only afterwards?", "warning")
