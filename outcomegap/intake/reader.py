"""What raw values mean: numbers, nothing, or mistakes. Every raw column is read here, value by value.

A column comes as its distinct values (`outcomegap.frames.arrays.Distinct`); each is read once. What means nothing is
noted with its rows.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import show
from outcomegap.errors import SHOWN, DataError, folded, hint
from outcomegap.frames import Table
from outcomegap.frames.arrays import Array, Distinct, Mask, is_blank
from outcomegap.intake.names import UnreadableError, Wanted, name_of, number_of, text_of
from outcomegap.intake.written import Writing, answers_in, how_written, label_of, length_of, parse_number
from outcomegap.model.declaration import FrozenMap
from outcomegap.model.inputs import OF_TIME, UNITS, Code, Inputs, MeasureInput, Source

Numbers = NDArray[np.float64]
Rows = NDArray[np.int64]
#: The raw values of a column that held numbers or times already.
NOTHING = Distinct([], np.empty(0, dtype=np.int32))
#: What a `MeasureInput` says of answers that are texts.
ANSWERS = ("values", "split", "contains")


@attrs.frozen
class Reader:
    """How the values of one column are read.

    Parameters
    ----------
    decimal, thousands, percent, missing, values
        As in `outcomegap.model.inputs.Source` and `outcomegap.model.inputs.MeasureInput`.
    scale
        What the number is multiplied by at the end, and divided by.
    unit
        The unit of lengths of time: the column holds them, such as ``0:45:10``, and no plain numbers.
    open
        Whether nobody said the marks, so that the texts of the column may show them.
    split, contains
        As in `outcomegap.model.inputs.MeasureInput`.
    money
        The one sign or code of money in the column, if there is one.
    brackets, labels
        As in `outcomegap.intake.written.Writing`.
    """

    decimal: str = "."
    thousands: str | None = None
    percent: str | None = None
    missing: tuple[Code, ...] = ()
    values: FrozenMap[float] | None = None
    scale: tuple[float, float] = (1.0, 1.0)
    unit: str | None = None
    open: bool = False
    split: str | None = None
    contains: str | None = None
    money: str | None = None
    brackets: bool = True
    labels: Mapping[str, str] = attrs.field(factory=dict, eq=False)

    @cached_property
    def codes(self) -> Wanted:
        """The codes for missing."""
        return Wanted(self.missing)

    @cached_property
    def accepted(self) -> Wanted:
        """The texts that stand for a number."""
        return Wanted(self.values or ())

    @cached_property
    def missing_numbers(self) -> tuple[float, ...]:
        """What the codes for missing mean as numbers."""
        mean = number_of if self.unit is None else length_of
        codes = (code for code in self.missing if not isinstance(code, bool))
        return tuple(number for code in codes if (number := mean(code)) is not None)

    @classmethod
    def of(cls, source: Source | None, inputs: Inputs, table: str | None = None) -> Reader:
        """Return how a source is read; what it does not say, its table does, or the inputs as a whole."""
        source = source or MeasureInput()
        decimal, thousands, missing = (
            inputs.said(key, source, table)[0] for key in ("decimal", "thousands", "missing")
        )
        return cls(
            decimal=decimal or ".",
            thousands=None if thousands == (decimal or ".") else thousands,  # the nearer one has the mark
            percent=source.percent,
            missing=missing,
            **({key: getattr(source, key) for key in ANSWERS} if isinstance(source, MeasureInput) else {}),
            scale=(source.times or 1.0, source.divided_by or 1.0),
            unit=None if source.dated or source.aggregate in OF_TIME else source.unit,
            open=not (decimal or thousands),
        )

    def as_written(self, found: Writing) -> Reader:
        """Return the reader for a column that is written so."""
        shown = self.open and found.shown
        return attrs.evolve(
            self,
            decimal=found.decimal or "." if shown else self.decimal,
            thousands=found.thousands if shown else self.thousands,
            brackets=found.brackets,
            labels=found.labels,
            money=found.money[0] if len(found.money) == 1 else None,
        )

    def __call__(self, value: object) -> float | None:
        """Return the number that a raw value means; None is missing.

        Raises
        ------
        UnreadableError
            If it stands for none.

        Examples
        --------
        >>> read = Reader(decimal=",", missing=(0.0,))
        >>> read("12,5"), read("0"), read(" "), read(3)
        (12.5, None, None, 3.0)
        """
        if is_blank(value):
            meant = self.accepted.codes_of(None)  # by values = { "" = 0 }
            return float(self.scaled(self.values[str(meant[0])])) if self.values and meant else None
        if self.is_missing(value):
            return None
        if self.split is not None:
            answers = self.answers(value)
            return float(self.scaled(self._chosen(answers))) if answers else None
        if self.values is not None:
            return float(self.scaled(self._mapped(value, self.values)))
        if self.unit is not None:
            length = length_of(value)
            if length is None:
                plain = number_of(text_of(value)) is not None
                help_ = "; a plain number needs no unit here, but times or divided_by" if plain else ""
                raise UnreadableError(f"is not a length of time, such as 0:45:10 or 45 min{help_}")
            return None if length in self.missing_numbers else float(self.scaled(length / UNITS[self.unit]))
        number = self._parsed(value) if isinstance(value, str) else _finite(value)
        return None if number in self.missing_numbers else float(self.scaled(self.of_number(number)))

    def is_missing(self, value: object) -> bool:
        """Return whether a value, or the words beside a number, are a code for missing."""
        if not self.missing or value in self.codes:
            return bool(self.missing)
        label = label_of(value) if isinstance(value, str) else None
        return label is not None and label.words in self.missing

    def scaled(self, number: Any) -> Any:
        """Return a number, or an array or expression of numbers, in its final unit."""
        times, divided_by = self.scale
        if times != 1.0:
            number = number * times
        return number / divided_by if divided_by != 1.0 else number

    def of_number(self, number: Any) -> Any:
        """Return a number, or an array or expression of numbers, as a fraction where it is a percentage."""
        return number / 100.0 if self.percent == "fraction" else number

    def answers(self, value: object) -> list[str]:
        """Return the answers in one cell, but for those that are codes for missing."""
        known = (*(self.values or ()), *filter(None, [self.contains]))
        if isinstance(value, (list, tuple)):  # as JSON and Parquet hold several answers
            found = list(dict.fromkeys(text_of(answer) for answer in value if not is_blank(answer)))
        else:
            found = answers_in(text_of(value), self.split or "", known)
        return [answer for answer in found if answer not in self.codes]

    def doubts(self, values: Iterable[object]) -> Iterator[str]:
        """Yield what is doubtful about the answers in all values of a column, or the one that is looked for."""
        if self.split is not None and self.values is None:
            for answer, before in _inseparable(self.answers(value) for value in values if isinstance(value, str)):
                one = f"{before}{self.split} {answer}"
                yield f"{answer!r} only follows {before!r}: if they are one answer, list {one!r} in values"
        if self.contains is None:
            return
        others = dict.fromkeys(answer for value in values for answer in self.answers(value))
        like = sorted(answer for answer in others if folded(answer) == folded(self.contains))
        if self.contains not in others:
            yield f"no cell holds the answer {self.contains!r}{hint(self.contains, others)}"
        elif len(like) > 1:
            said = f"the answers {' and '.join(map(repr, like))} differ only in case, spaces or width"
            yield f"{said}; {self.contains!r} alone is looked for"

    def _chosen(self, answers: list[str]) -> float:
        if self.contains is not None or self.values is None:
            return float(len(answers) if self.contains is None else self.contains in answers)
        total = 0.0
        for answer in answers:
            try:
                total += self._mapped(answer, self.values)
            except UnreadableError as error:
                raise UnreadableError(f"holds {answer!r}, which {error}", error.near, error.rule) from None
        return total

    def _mapped(self, value: object, table: Mapping[str, float]) -> float:
        for key in self.accepted.codes_of(value) or self.accepted.codes_of(name_of(value)):
            return table[str(key)]
        names = ", ".join(repr(name) for name in list(table)[:12])
        more = f" and {len(table) - 12} more" if len(table) > 12 else ""
        near = (text_of(value), table)
        raise UnreadableError(f"is not among the accepted values {names}{more}", near, "unmapped-value")

    def _parsed(self, text: str) -> float:
        percent = "points" if self.percent else None
        try:
            number = self.labels.get(text, text)
            return parse_number(number, self.decimal, self.thousands, percent, brackets=self.brackets)
        except ValueError as error:
            raise UnreadableError(f"is not a number: {error}") from None


def _inseparable(cells: Iterable[Sequence[str]]) -> Iterator[tuple[str, str]]:
    """Yield each answer that follows one and the same other in at least two different cells, and never stands alone."""
    before: dict[str, list[str]] = {}
    for answers in cells:
        for one, other in zip(["", *answers], answers, strict=False):
            before.setdefault(other, []).append(one)
    yield from ((answer, ones[0]) for answer, ones in before.items() if ones[0] and len(ones) > 1 == len({*ones}))


def _finite(value: Any) -> float:
    if isinstance(value, (dt.time, dt.timedelta, np.timedelta64)):
        raise UnreadableError('is a length of time: say unit = "hours", or another unit')
    if isinstance(value, (dt.date, np.datetime64)):
        raise UnreadableError("is a date or time, no number: say start and end for the time between two")
    if isinstance(value, (list, tuple)):
        raise UnreadableError('is not a number, but several answers: say split = ","')
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        raise UnreadableError("is not a number") from None
    if math.isinf(number):
        raise UnreadableError("is infinite; leave a missing value empty", rule="infinite")
    return number


@attrs.frozen(eq=False)
class Read:
    """A raw column, read.

    Parameters
    ----------
    values
        What stands in each row: numbers, moments or names; NaN, NaT or None where nothing does.
    raw
        The distinct raw values.
    wrong
        What is wrong with those that mean nothing, by their places among the distinct; -1 is an empty cell.
    coded
        In how many rows an explicit mapping, or a code for missing, said what the value means.
    doubts
        What may mean something else than what was read.
    together
        What is wrong with all of them, where that is told in one sentence.
    """

    values: Array
    raw: Distinct
    wrong: Mapping[int, UnreadableError] = attrs.field(factory=dict)
    coded: int = 0
    doubts: tuple[str, ...] = ()
    together: str | None = None

    @property
    def unread(self) -> Mask:
        """The rows whose value means nothing."""
        found: Mask = (
            np.isin(self.raw.codes, list(self.wrong)) if self.wrong else np.zeros(len(self.values), dtype=bool)
        )
        return found

    def of(self, rows: Rows | slice) -> Read:
        """Return what was read in some rows; a slice means all."""
        if isinstance(rows, slice):
            return self
        codes = self.raw.codes[rows] if len(self.raw.codes) else self.raw.codes
        values = self.values[rows] if len(self.values) else self.values
        return attrs.evolve(self, values=values, raw=Distinct(self.raw.values, codes))

    def note(self, problem: Callable[..., None], column: str, said: str | None = None) -> None:
        """Note with `Checks.problem`, or what works like it, values that mean nothing: the first ones one by one."""
        said, places = said or f"column {column!r}", list(self.wrong)
        if self.together is not None:
            first, rows = self.wrong[places[0]], np.flatnonzero(self.unread)
            problem(first.rule, f"{said}: {self.together}", column, self.raw.values[places[0]], rows=rows)
            return
        values = {place: None if place < 0 else self.raw.values[place] for place in places[: SHOWN + 1]}
        for place in places[:SHOWN]:
            error, value = self.wrong[place], values[place]
            what = "an empty cell" if is_blank(value) else show(value)
            near = error.suggestion
            rows = self.raw.rows(place)
            problem(error.rule, f"{said}: {what} {error}", column, value, rows=rows, options=near and [near])
        if rest := places[SHOWN:]:
            value = values[rest[0]]
            message = f"{said}: {len(rest):,} further values mean nothing, such as {show(value)}"
            rows = np.flatnonzero(np.isin(self.raw.codes, rest))
            problem(self.wrong[rest[0]].rule, message, column, value, rows=rows)


def read_each(raw: Distinct, read: Callable[[Any], object], dtype: str = "f8") -> Read:
    """Read a column, each distinct value once.

    Examples
    --------
    >>> found = read_each(Distinct(["3", "soon"], np.array([0, 1, -1, 0])), Reader())
    >>> found.values, {place: str(error) for place, error in found.wrong.items()}
    (array([ 3., nan, nan,  3.]), {1: 'is not a number: give its meaning in values, or list it in missing'})
    """
    made: list[object] = []
    wrong: dict[int, UnreadableError] = {}
    for place, value in enumerate(raw.values):
        try:
            made.append(read(value))
        except UnreadableError as error:
            made.append(None)
            wrong[place] = error
    made.append(read(None))  # of an empty cell, whose code is -1
    return Read(np.array(made, dtype=dtype)[raw.codes], raw, wrong)


def beside(table: Table, name: str, read: Callable[[Any], object], usual: Array, left: Mask | None) -> Read:
    """Read what is left of a column, each value by itself, beside its usual values."""
    if left is None or not left.any():
        return Read(usual, NOTHING)
    found = read_each(table.distinct(name, None if left.all() else left), read, usual.dtype.str)
    return attrs.evolve(found, values=np.where(left, found.values, usual))


def read_numbers(table: Table, name: str, read: Reader, *, alone: bool = False) -> Read:
    """Read a column as numbers: numbers as they are, usual texts all at once, what is left one by one.

    A column is `alone` if it is a batch of a larger one: then it is refused if its texts show how it is written.
    """
    if read.values is not None or read.unit is not None or read.split is not None:
        found = read_each(table.distinct(name), read)
        coded = np.where(np.isnan(found.values), found.raw.codes >= 0, read.values is not None)
        return attrs.evolve(found, coded=int(coded.sum()), doubts=tuple(read.doubts(found.raw.values)))
    (usual, left), doubts = usual_numbers(table, name, read), tuple[str, ...]()
    if left is not None:
        fit, doubts = _as_written(table, name, read, left)
        if alone and (fit != attrs.evolve(read, money=fit.money) or fit.labels or doubts):
            message = f"column {name!r} shows only as a whole how its numbers are written, and this is a batch of it"
            say = "say decimal and thousands, or values, in the model's [inputs], or write plain numbers"
            raise DataError.of("not-by-row", f"{message}; {say}", name)
        if (fit.decimal, fit.thousands, fit.money) != (read.decimal, read.thousands, None):
            usual, left = usual_numbers(table, name, fit)
        read = fit
    with np.errstate(over="ignore"):  # a number too large is infinite here as it is alone
        values: Numbers = read.scaled(read.of_number(usual))
    missing = np.isin(usual, read.missing_numbers) if read.missing else np.zeros(len(usual), dtype=bool)
    if left is not None and read.missing and (read.decimal, read.thousands) != (".", None):
        codes = [float(code) for code in read.missing if not isinstance(code, (str, bool))]
        if codes and (as_code := table.numbers_at_once(name)) is not None:  # a code has marks of its own
            missing |= ~left & np.isin(as_code[0], codes)
    found = beside(table, name, read, np.where(missing, np.nan, values) if missing.any() else values, left)
    there = found.raw.codes >= 0
    silent = int(missing.sum()) + int((there & np.isnan(found.values[: len(there)])).sum())
    return attrs.evolve(found, coded=silent, doubts=doubts)


def _as_written(table: Table, name: str, read: Reader, left: Mask) -> tuple[Reader, tuple[str, ...]]:
    """Return the reader that fits how the texts of a column are written, and what is doubtful about them."""

    def judged(among: Mask | None) -> Writing:
        texts = (text for text in table.distinct(name, among).values if isinstance(text, str))
        return how_written(text for text in texts if not read.is_missing(text))

    found, doubts = judged(left) if left.any() else Writing(), []
    unlike = found.doubtful is not None or (found.decimal != "." and {found.decimal, found.thousands} != {None})
    if read.open and not left.all() and (unlike or table.grouped(name)):
        found = judged(None)
    if len({word.rstrip(".").casefold() for word in found.money}) > 1:
        doubts.append(
            f"holds money in {', '.join(found.money)}, and no amount is converted; give one currency a column"
        )
    fit = read.as_written(found)
    if read.open and found.doubtful is not None:
        with contextlib.suppress(UnreadableError):  # which says the same
            said = f"{found.doubtful!r} is read as {fit(found.doubtful):.10g}"
            mark = fit.thousands or "."
            doubts.append(f"{said}; say thousands = {mark!r} or decimal = {mark!r}")
    return fit, tuple(doubts)


def usual_numbers(table: Table, name: str, read: Reader) -> tuple[Numbers, Mask | None]:
    """Return the numbers of a column that need no closer look, and the rows that do, if any can."""
    texts = [code for code in read.missing if isinstance(code, str)]
    usual = table.numbers_at_once(name, read.decimal, read.thousands, texts, read.money)
    if usual is not None:
        return usual
    floats = table.floats(name)
    numbers = floats.values.astype(np.float64)
    truth = any(isinstance(code, bool) for code in read.missing) and np.isin(numbers, (0.0, 1.0)).any()
    plain = floats.bad is None and not np.isinf(numbers).any() and not truth
    return numbers, None if plain else np.ones(len(numbers), dtype=bool)
