"""Customers and what they then did: the outcome, weights, folds, a split in time, and refusal of what leaks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import Checks, number_of, within
from outcomegap.errors import DataError, Finding
from outcomegap.frames import Table, wrap
from outcomegap.frames.arrays import Array, Mask
from outcomegap.intake.moments import interval, read_moments
from outcomegap.intake.names import Wanted, lacking, text_of
from outcomegap.learn.figures import auc
from outcomegap.listing import Listing, counted, number
from outcomegap.model import OutcomeModel

#: The columns that name a cell.
CELL = ("segment", "stage", "goal")
#: At least so many customers with the good outcome, and so many without.
FEWEST = 2
#: A measure likely holds the outcome if it alone tells good from bad this well (area under the curve), or if for this
#: share of customers their value alone decides which it is, both ways, right for that share; asked of `MANY` or more.
SEPARATES, DECIDED, RIGHT, MANY = 0.97, 0.5, 0.99, 40
#: Values of fewer customers are taken together.
COMMON = 20
#: The share of customers that a split in time tests, as nearly as their days allow.
TESTED = 0.3
#: How a value may be written that is true, or false.
TRUTHS = {"true": (True, 1.0), "1": (True, 1.0), "false": (False, 0.0), "0": (False, 0.0)}
#: Days since 1970.
EPOCH = np.datetime64(0, "us")


@attrs.frozen(eq=False)
class Observed:
    """Customers whose outcome is known.

    Parameters
    ----------
    table
        Their rows.
    rows
        Where they stand in the frame that came in.
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
        days = np.unique(self.day)
        later = 1 - np.searchsorted(np.sort(self.day), days[1:]) / len(self.day)
        if not len(later):
            raise DataError.of("as-of", "as_of is the same for all customers: there is no time to split by", "as_of")
        start = days[1:][np.abs(later - TESTED).argmin()]
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
        groups = int(self.alike.max()) + 1
        if not 2 <= number <= groups:
            message = f"folds must be a whole number from 2 to {groups}, the customers that differ (got {number!r:.20})"
            raise DataError.of("out-of-range", message, "folds", number)
        size = np.bincount(self.alike, minlength=groups)
        rate = np.bincount(self.alike, self.good, groups) / size
        order = np.lexsort((np.random.default_rng(seed).random(groups), rate, -size))
        fold = np.empty(groups, dtype=np.int64)
        fold[order] = np.arange(groups) % number
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
    known_at: Mapping[str, str] | None = None,
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
    known_at
        Measure -> the column that says when it was known; after `as_of` is an error.
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
    reading = getattr(customers, "report", None)
    reading = reading if isinstance(reading, Listing) else None
    table = wrap(customers if reading is None else customers.frame)  # type: ignore[attr-defined]
    reader = _Observing(what, table=table)
    model, listed = (measures, ()) if isinstance(measures, OutcomeModel) else (None, measures)
    names = [*listed] if model is None else [each.name for each in model.measures]
    ids = [by] if isinstance(by, str) else [*by]
    lacking(reader, table.names, [*names, *ids], "measures or by")
    numbers = {name: reader.numbers("measures", name) for name in dict.fromkeys(names) if name in table}
    goods, name, said = reader.outcome(outcome, good)
    weights = np.ones(len(table)) if weight is None else reader.numbers("weight", weight)
    reader.problem("weight", "weight must be a number, 0 or more, of every customer", rows=~(weights >= 0))
    reader.problem("weight", "weight must be finite", rows=np.isinf(weights))
    day, days = None if as_of is None else reader.days("as_of", as_of), _days(reader, horizon, as_of)
    reader.known_before(day, reading, known_at or {}, names)
    reader.not_among(name, names, model)
    known = ~np.isnan(goods)
    total = (weights > 0) & known
    for part, word in ((goods > 0, "with"), (goods == 0, "without")):
        if not reader.problems and (part & total).sum() < FEWEST:
            least = f"{counted(int((part & total).sum()), 'customer')} {word} the good outcome ({said})"
            reader.problem("too-few", f"outcome: {least}; {FEWEST} or more with it and without it are needed", name)
    reader.done()
    rows, notes = np.flatnonzero(known), []
    if len(rows) < len(known):
        count = len(known) - len(rows)
        notes.append(f"{counted(count, 'customer')} without an outcome {'is' if count == 1 else 'are'} left out.")
    kept = table if len(rows) == len(table) else table.filter(known)
    held = {each: values[rows] for each, values in numbers.items()}
    alike, told = _alike(kept, held, ids)
    goods, weights = goods[rows], weights[rows]
    findings = tuple(filter(None, (_leak(each, values, goods, weights) for each, values in held.items())))
    notes += told + [f"{each.where}: {each.message}" for each in findings]
    own = None if day is None else day[rows]
    return Observed(kept, rows, goods, weights, held, alike, own, days, name, said, tuple(notes), findings)


class _Observing(Checks):
    """Reads columns of customers, or arrays beside them; what is wrong is noted."""

    def __init__(self, what: str, table: Table) -> None:
        super().__init__(what)
        self.table = table

    def column(self, what: str, given: Any) -> tuple[Table, str] | None:
        """Return the table and the name under which a column, or an array, is found."""
        if isinstance(given, str):
            return None if lacking(self, self.table.names, [given], what) else (self.table, given)
        one = self.attempt(lambda: wrap({what: given}))
        if one is not None and len(one) != len(self.table):
            self.problem(what, f"{what}: give one value for each of {len(self.table)} customers (got {len(one)})", what)
            return None
        return None if one is None else (one, what)

    def numbers(self, what: str, given: object) -> Array:
        """Read numbers, NaN where missing."""
        held = self.column(what, given)
        if held is None:
            return np.ones(len(self.table))
        table, name = held
        found = table.floats(name)
        if found.bad is not None:
            message = f"{what}: column {name!r} must hold numbers (got {found.first_bad!r:.60})"
            self.problem("not-a-number", message, name, found.first_bad, rows=found.bad)
        values = found.values.astype(np.float64, copy=False)
        self.problem("infinite", f"{what}: column {name!r} holds an infinite number", name, rows=np.isinf(values))
        return values

    def days(self, what: str, given: object) -> Array:
        """Read days: numbers as they are, dates as days since 1970."""
        held = self.column(what, given)
        if held is None:
            return np.zeros(len(self.table))
        table, name = held
        found = table.floats(name)
        values = found.values.astype(np.float64, copy=False)
        if found.bad is not None:
            read = read_moments(table, name)
            read.note(self.problem, name, f"{what}: column {name!r}")
            values = np.asarray(interval(EPOCH, read.values))
        if what == "as_of":
            self.problem("missing-time", f"as_of: column {name!r} is empty", name, rows=~np.isfinite(values))
        return values

    def outcome(self, given: object, good: Any) -> tuple[Array, str, str]:
        """Read outcomes: 1 good, 0 not, NaN unknown; with their name, and the good values as text."""
        wanted = [good] if isinstance(good, (str, bytes)) or not hasattr(good, "__iter__") else list(good)
        said = " or ".join(map(text_of, wanted))
        held = self.column("outcome", given)
        if held is None:
            return np.full(len(self.table), np.nan), "outcome", said
        table, name = held
        raw = table.distinct(name)
        spelled = [TRUTHS.get(text_of(each).strip().casefold()) for each in wanted]
        codes = Wanted([*wanted, *(each for pair in spelled if pair for each in pair)])
        is_good = [each in codes for each in raw.values]
        texts = list(map(text_of, raw.values))
        truths = all(spelled) and wanted
        odd = [text for text in texts if truths and text.strip().casefold().removesuffix(".0") not in TRUTHS]
        if odd and (good is True or not any(is_good)):
            message = f"outcome: column {name!r} holds {', '.join(odd[:3])}; say which value is good, good="
            self.problem("good", message, name, odd[0])
        elif raw.values and not any(is_good):
            message = f"outcome: no customer has {said}, the good value; column {name!r} holds {', '.join(texts[:5])}"
            self.problem("good", message, name, said, options=texts)
        return np.array([*map(float, is_good), np.nan])[raw.codes], name, said

    def not_among(self, outcome: str, names: Sequence[str], model: OutcomeModel | None) -> None:
        """Note measures that are the outcome's own column."""
        inputs = {} if model is None or model.inputs is None else model.inputs.measures
        for name in names:
            if outcome == name or (name in inputs and outcome in inputs[name].reads):
                message = f"measure {name!r} is read from column {outcome!r}, the outcome itself: it cannot foretell it"
                self.problem("leakage", message, outcome)

    def known_before(
        self, day: Array | None, reading: Listing | None, known_at: Mapping[str, str], names: Sequence[str]
    ) -> None:
        """Note measures that were known only after the moment as of which a customer counts."""
        for name, column in known_at.items():
            if name not in names:
                self.problem("unknown-measure", f"known_at: {name!r:.60} is no measure", value=name, options=names)
            if day is None:
                self.problem("as-of", f"known_at: say as of when customers count, as_of=, beside {column!r}", column)
            elif (when := self.days("known_at", column)) is not None:
                late = f"measure {name!r} was known only after as_of, by column {column!r}"
                self.problem("leakage", late, name, rows=when > day)
        read = None if reading is None else reading.facts.get("as_of")
        if day is None or not isinstance(read, str):
            return
        first = read.partition(" to ")[0]
        number = number_of_day(first)
        if number is not None:
            late = f"measures were read as of {first}, after as_of: they may hold what was known only later"
            self.problem("leakage", late, "as_of", rows=day < number)


def number_of_day(text: str) -> float | None:
    """Return the day of a report's moment of scoring: the number that it says, or days since 1970."""
    if text.startswith("day "):
        return float(text.removeprefix("day "))
    try:
        return float(interval(EPOCH, np.datetime64(text.replace(" ", "T"), "us")))
    except ValueError:
        return None


def _days(checks: Checks, horizon: object, as_of: object) -> float | None:
    """Return a horizon in days."""
    if horizon is None:
        return None
    if as_of is None:
        checks.problem("as-of", "horizon: say from which day on, as_of=", "horizon")
    if isinstance(horizon, np.timedelta64):
        horizon = horizon.astype("m8[us]").item()
    days = horizon / dt.timedelta(days=1) if isinstance(horizon, dt.timedelta) else number_of(horizon)
    if within(days, 0) is None:
        checks.problem("out-of-range", f"horizon must be days, 0 or more (got {horizon!r:.60})", "horizon")
    return days


def _alike(table: Table, numbers: Mapping[str, Array], ids: Sequence[str]) -> tuple[NDArray[np.int64], list[str]]:
    """Return the group of each customer, and notes: alike in all measures and cell, or of one name."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    size, notes, keys = len(table), list[str](), []
    cells = [table.distinct(name).codes for name in CELL if name in table]
    if numbers:
        held = np.column_stack([*numbers.values(), *cells]).astype(np.float64) + 0.0  # no negative zero
        held[np.isnan(held)] = np.nan  # one kind of NaN
        whole = np.ascontiguousarray(held).view(np.dtype((np.void, held.shape[1] * 8))).reshape(-1)
        _, code, count = np.unique(whole, return_inverse=True, return_counts=True)
        many = int(count[count > 1].sum())
        if many and len(count) >= 10 and count.max() <= max(0.1 * size, 2):
            groups = counted(int((count > 1).sum()), "group")
            notes.append(
                f"{counted(many, 'customer')} are alike in all measures ({groups}): each group is in one fold."
            )
            keys.append(code.reshape(-1))
        elif many:
            notes.append(f"Customers fall into {counted(len(count), 'pattern')} of measures: folds part those alike.")
    if ids:
        codes = np.column_stack([table.distinct(name).codes for name in ids])
        _, code = np.unique(codes, axis=0, return_inverse=True)
        nameless = (codes < 0).any(axis=1)
        keys.append(np.where(nameless, len(code) + np.arange(size), code.reshape(-1)))
    if not keys:
        return np.arange(size), notes
    numbered = [np.unique(key, return_inverse=True)[1].reshape(-1) for key in keys]
    starts = size + np.cumsum([0, *(int(key.max(initial=-1)) + 1 for key in numbered)])
    ends = np.concatenate([key + start for key, start in zip(numbered, starts, strict=False)])
    rows = np.tile(np.arange(size), len(keys))
    graph = coo_array((np.ones(len(rows)), (rows, ends)), shape=(starts[-1], starts[-1]))
    return connected_components(graph, directed=False)[1][:size].astype(np.int64), notes


def _leak(name: str, values: Array, good: Array, weight: Array) -> Finding | None:
    """Return the finding of a measure that alone tells the outcomes apart."""
    known = ~np.isnan(values) & (weight > 0)
    if known.sum() < MANY or good[known].min() == good[known].max():
        return None
    area = auc(values[known], good[known], weight[known]).value
    area = max(area, 1 - area)
    distinct, code, count = np.unique(values, return_inverse=True, return_counts=True)
    rare = (count < COMMON) & ~np.isnan(distinct)
    code = np.where(rare, len(distinct), np.arange(len(distinct)))[code.reshape(-1)]
    held = np.bincount(code, weight)
    rate = np.bincount(code, weight * good) / np.maximum(held, np.finfo(float).tiny)
    sure = [float(held[side & (held > 0)].sum() / held.sum()) for side in (rate > RIGHT, rate < 1 - RIGHT)]
    if area > SEPARATES:
        told = f"alone tells who has the good outcome (area {area:.3f})"
    elif min(sure) > 0 and sum(sure) > DECIDED:
        told = f"alone decides the outcome of {100 * sum(sure):.0f} % of customers, some good and some not"
    else:
        return None
    return Finding("leakage", f"measures.{name}", f"{told}; is it known only afterwards?", "warning")
