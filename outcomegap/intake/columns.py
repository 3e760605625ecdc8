"""The customers' own table while it is read: its columns as numbers, as moments, and as names of cells."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import Checks
from outcomegap.frames import Table
from outcomegap.frames.arrays import Array, objects
from outcomegap.intake.reader import Reader, is_blank, matches, meant, note_unreadable, read_moment, text_of
from outcomegap.intake.times import NOT_A_TIME, Moments, interval
from outcomegap.model.inputs import ANY, CellInput, Code, Inputs, Pattern, Source

Numbers = NDArray[np.float64]
Names = NDArray[np.object_]
Mask = NDArray[np.bool_]
#: A column as numbers, NaN where missing, and how many values were read by an explicit mapping or a code.
Column = tuple[Numbers, int]
#: A number as a machine writes it: nothing is lost by reading it, unlike ``007`` or ``1e5``.
_MACHINE = re.compile(r"-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,15})?")


@attrs.define(eq=False)
class Sheet:
    """The customers' own table while it is read.

    Parameters
    ----------
    table
        The table.
    inputs
        What the model says of the raw tables.
    as_of
        The moment of scoring in microseconds, or None.
    checks
        Takes what is wrong with customers.
    notes
        What was left out on purpose.
    told
        What the report says of each column of the result.
    """

    table: Table
    inputs: Inputs
    as_of: int | None
    checks: Checks = attrs.field()
    notes: list[str] = attrs.field(factory=list)
    told: list[dict[str, Any]] = attrs.field(factory=list)
    _moments: dict[tuple[str, str | None], Moments] = attrs.field(factory=dict)

    @checks.default
    def _checks(self) -> Checks:
        return Checks(bad=np.zeros(len(self.table), dtype=bool))

    def __len__(self) -> int:
        return len(self.table)

    def has(self, name: str, what: str) -> bool:
        """Tell whether there is such a column; note it as a problem if not."""
        for problem in self.table.require([name]):
            self.checks.problems.append(attrs.evolve(problem, message=f"{what} needs {name!r}: {problem.message}"))
        return name in self.table.names

    def texts(self, name: str) -> list[str | None]:
        """Return a column as texts, None where empty."""
        return texts_of(self.table, name)

    def ids(self) -> dict[str, int]:
        """Return the row of each id; note customers without one, and ids that stand twice: nothing can be joined."""
        name = self.inputs.id
        if name is None or not self.has(name, "id"):
            return {}
        texts = self.texts(name)
        found = {text: row for row, text in enumerate(texts) if text is not None}
        if len(found) == len(texts):
            return found
        for text, rows in _places(texts, dict.fromkeys(texts)).items():
            if text is None:
                message = f"column {name!r} is empty; every customer needs an id"
                self.checks.problem("missing-id", message, name, rows=rows)
            elif len(rows) > 1:
                del found[text]
                message = f"column {name!r}: {text!r} stands {len(rows)} times; every customer needs an id of their own"
                self.checks.problem("duplicate-id", message, name, text, rows=rows)
        return found

    # Numbers and moments

    def numbers(self, name: str, read: Reader, what: str) -> Column:
        """Read a column as numbers."""
        if not self.has(name, what):
            return np.full(len(self), np.nan), 0
        found = None if read.values is not None else self.table.floats(name)
        if found is None or found.bad is not None:
            items, table = self._each(name, read)
            mapped = {item for item, number in table.items() if not is_blank(item) and (number is None or read.values)}
            return np.array([table[item] for item in items], dtype=np.float64), sum(item in mapped for item in items)
        values = found.values.astype(np.float64)
        coded = np.isin(values, read.missing_numbers)
        infinite = np.isinf(values) & ~coded
        if infinite.any():
            message = f"column {name!r} holds an infinity; leave a missing value empty"
            self.checks.problem("infinite", message, name, float(values[infinite][0]), rows=infinite)
        values[coded | infinite] = np.nan
        return read.scaled(read.of_number(values)), int(coded.sum())

    def source(self, source: Source, name: str, read: Reader, what: str) -> Column:
        """Read what a source says: a column, or the time between two dates (left out, the moment of scoring)."""
        if not source.dated:
            return self.numbers(source.column or name, read, what)
        now = np.full(len(self), NOT_A_TIME if self.as_of is None else self.as_of, dtype=np.int64)
        start, end = (
            now if column is None else self.moments(column, what, source.date_format)
            for column in (source.start, source.end)
        )
        return read.scaled(interval(start, end, source.unit)), 0

    def moments(self, name: str, what: str, date_format: str | None = None) -> Moments:
        """Read a column as moments."""
        date_format = date_format or self.inputs.date_format
        if (name, date_format) not in self._moments:
            there = self.has(name, what)
            nothing = np.full(len(self), NOT_A_TIME, dtype=np.int64)
            self._moments[name, date_format] = self._times(name, date_format) if there else nothing
        return self._moments[name, date_format]

    def _times(self, name: str, date_format: str | None) -> Moments:
        array = self.table.values(name)
        if array.dtype.kind == "M":
            return np.where(np.isnat(array), NOT_A_TIME, array.astype("datetime64[us]").astype(np.int64))
        items, table = self._each(name, lambda value: read_moment(value, date_format))
        moments = {item: NOT_A_TIME if when is None else when for item, when in table.items()}
        return np.array([moments[item] for item in items], dtype=np.int64)

    def _each(self, name: str, read: Callable[[Any], float | None]) -> tuple[list[Any], dict[Any, float | None]]:
        """Return the raw values, and what each distinct one means; those that mean nothing are problems."""
        items = self._items(name)
        table, wrong = meant(dict.fromkeys(items), read)
        places = _places(items, wrong) if wrong else {}
        note_unreadable(
            self.checks, name, wrong, lambda some: {"rows": np.sort(np.concatenate([places[v] for v in some]))}
        )
        return items, {**dict.fromkeys(wrong), **table}

    def _items(self, name: str) -> list[Any]:
        return hashable(self.table.values(name).tolist())

    def fitting(self, where: Mapping[str, Sequence[Code]], what: str) -> Mask:
        """Return the customers who have one of the values wanted in every column."""
        fits = np.ones(len(self), dtype=bool)
        for column, codes in where.items():
            if self.has(column, what):
                items = self._items(column)
                wanted = {item for item in set(items) if any(matches(item, code) for code in codes)}
                fits &= np.array([item in wanted for item in items], dtype=bool)
        return fits

    # Cells, and columns that are kept

    def cells(
        self, what: str, source: CellInput | None, valid: tuple[str, ...], *, read: Reader, taken: Numbers | None
    ) -> Names:
        """Return the segment, stage or goal of each customer; None where a problem is noted.

        Parameters
        ----------
        what
            ``"segment"``, ``"stage"`` or ``"goal"``.
        source
            Where it comes from; None is the column of that name.
        valid
            The names the model knows.
        read
            How numbers are read.
        taken
            What an aggregate gave, where the source is one.
        """
        source = source or CellInput(column=what)
        if source.bands is not None:
            return self._banded(what, source, self.source(source, what, read, what)[0] if taken is None else taken)
        columns = source.columns or (source.column or what,)
        if not all([self.has(column, what) for column in columns]):  # noqa: C419 - each is told
            return np.full(len(self), None, dtype=object)
        meant = {pattern: name for name, pattern in source.patterns} or {(name,): name for name in valid}
        if len(columns) == 1 and (ANY,) not in meant:  # by the engine's own means
            codes = self.table.codes(columns[0], [pattern[0] for pattern in meant]).codes
            if (codes >= 0).all():
                return objects(list(meant.values()))[codes]
        rows = list(zip(*map(self._items, columns), strict=True))
        names = {row: _name(meant, row) or source.otherwise for row in dict.fromkeys(rows)}
        unknown = [row for row, name in names.items() if name is None]
        places = _places(rows, unknown) if unknown else {}
        column = " + ".join(columns)
        for row in unknown:
            shown = ", ".join("" if is_blank(value) else text_of(value) for value in row)
            message = f"{what}: {shown!r} in column {column!r} means no {what}"
            known: list[str] | None = [", ".join(pattern) for pattern in meant]
            if all(map(is_blank, row)):
                message, known = f"{what}: column {column!r} is empty; {_OTHERWISE.format(what)}", None
            self.checks.problem(f"unknown-{what}", message, column, shown, rows=places[row], options=known)
        return objects([names[row] for row in rows])

    def _banded(self, what: str, source: CellInput, numbers: Numbers) -> Names:
        names = np.full(len(numbers), source.otherwise, dtype=object)
        limits = []
        for name, low, below in source.bands or ():
            names[(numbers >= (-np.inf if low is None else low)) & (numbers < (np.inf if below is None else below))] = (
                name
            )
            ends = ("" if low is None else f"from {low:g}", "" if below is None else f"below {below:g}")
            limits.append(f"{name} ({' '.join(filter(None, ends))})")
        lost, empty, column = names == np.array(None), np.isnan(numbers), source.column or what
        message = f"{what}: {column!r} is empty; {_OTHERWISE.format(what)}"
        self.checks.problem(f"unknown-{what}", message, column, rows=lost & empty)
        if (outside := lost & ~empty).any():
            first = float(numbers[outside][0])
            message = f"{what}: {first:g} of {column!r} lies in none of the bands {', '.join(limits)}"
            self.checks.problem(f"unknown-{what}", message, column, first, rows=outside)
        return names

    def kept(self, name: str, *, text: bool) -> Any:
        """Return a column as it is; from a table of text alone, as numbers where it holds nothing else."""
        numbers = plain_numbers(self.table.values(name)) if text else None
        return self.table.series(name) if numbers is None else numbers


_OTHERWISE = "say otherwise = a {} for those, or mend the data"


def texts_of(table: Table, name: str) -> list[str | None]:
    """Return a column as texts, None where empty."""
    values = table.values(name).tolist()
    if set(map(type, values)) <= {str, type(None)}:
        return [value if value and not value.isspace() else None for value in values]
    return [None if is_blank(value) else text_of(value) for value in values]


def plain_numbers(values: Array) -> Array | None:
    """Return texts as numbers where every one is written as a machine writes numbers; else None.

    Examples
    --------
    >>> plain_numbers(np.array(["12", "-0.5", None], dtype=object)), plain_numbers(np.array(["007"], dtype=object))
    (array([12. , -0.5,  nan]), None)
    """
    items = values.tolist()
    there = [item for item in items if not is_blank(item)]
    if not there or not all(isinstance(item, str) and _MACHINE.fullmatch(item) for item in there):
        return None
    if len(there) == len(items) and not any("." in item for item in there):
        return np.array([int(item) for item in items], dtype=np.int64)
    return np.array([np.nan if is_blank(item) else float(item) for item in items])


def _name(meant: Mapping[Pattern, str], row: tuple[object, ...]) -> str | None:
    """Return the name one combination of raw values stands for; the first pattern that fits wins."""
    for pattern, name in meant.items():
        if all(p == ANY or matches(value, p) for p, value in zip(pattern, row, strict=True)):
            return name
    return None


def hashable(items: list[Any]) -> list[Any]:
    """Return values that can be looked up: a list or a dict in a cell as its text."""
    try:
        set(items)
    except TypeError:
        return [item if is_blank(item) or isinstance(item, (str, float, int)) else repr(item) for item in items]
    return items


def _places(items: Sequence[Any], wanted: Iterable[Any]) -> dict[Any, list[int]]:
    """Return the rows of each value that is wanted."""
    places: dict[Any, list[int]] = {item: [] for item in wanted}
    for row, item in enumerate(items):
        if item in places:
            places[item].append(row)
    return places
