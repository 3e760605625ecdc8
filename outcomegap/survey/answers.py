"""Answers of respondents, read in one place for every method; and estimates from them, each with its interval."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any, TypedDict, Unpack

import attrs
import numpy as np

from outcomegap.checks import Checks, in_range, number_of
from outcomegap.errors import DataError
from outcomegap.frames import Table, wrap
from outcomegap.frames.arrays import Array, Mask, objects
from outcomegap.listing import Listing, counted
from outcomegap.stats import weighted_mean_interval, wilson, z_of

Columns = Mapping[str, Array]


class Asked(TypedDict, total=False):
    """How answers are read: the keywords that every method of this room takes.

    `frame`: any data frame, a row a respondent; then an argument maps an attribute to a column of it, or names columns.
    `by`: a column, or one value a respondent: every estimate is made within each segment.
    `weight`: a column, or one number of 0 or more a respondent. `missing`: answers that mean "none given".
    `scale`: the lowest and the highest answer; an answer outside is an error. `values`: text -> the number it means.
    """

    frame: object
    by: object
    weight: object
    missing: object
    scale: tuple[float, float] | None
    values: Mapping[Any, float] | None


class Estimated(Asked, total=False):
    """The same, and the confidence of every interval; 0.95 unless it is given."""

    confidence: float


@attrs.frozen(eq=False)
class Estimate:
    """Estimates of the shape (segments, attributes), from so many answers.

    `number` is their effective number, which weights make smaller.
    """

    answers: Array
    value: Array
    low: Array
    high: Array
    deviation: Array
    number: Array

    def columns(self, name: str, end: str = "") -> dict[str, Array]:
        """Return the columns of a listing: the value, and the ends of its interval."""
        return {name: self.value, f"{end}low": self.low, f"{end}high": self.high}


@attrs.frozen(eq=False)
class Answers:
    """What respondents answered to one or several questions about the same attributes.

    Parameters
    ----------
    attributes
        Their names, in order.
    given
        Argument -> numbers of the shape (respondents, attributes), NaN where any of the questions about an attribute
        has no answer: an attribute rests on those who answered all of them.
    known
        Who answered all of them.
    weight
        One number a respondent.
    segments, codes
        The segments, and which of them each respondent is in; one segment, None, if nobody asked for them.
    like
        The frame that came in.
    notes
        What was left out.
    confidence
        Of every interval.

    Examples
    --------
    >>> answers = read(Checks("example"), {"importance": {"speed": [5, 4, None], "price": [3, 9, 3]}}, missing=[9])
    >>> answers.attributes, answers.mean(answers["importance"]).value.tolist()
    (('speed', 'price'), [[4.5, 3.0]])
    """

    attributes: tuple[str, ...]
    given: Mapping[str, Array]
    known: Mask
    weight: Array
    segments: tuple[Any, ...]
    codes: Array
    like: Table | None
    notes: tuple[str, ...]
    confidence: float

    def __getitem__(self, argument: str) -> Array:
        return self.given[argument]

    def sums(self, values: Array) -> Array:
        """Return the sums of values (respondents, attributes) over each segment: (segments, attributes)."""
        return np.array([np.bincount(self.codes, column, len(self.segments)) for column in values.T]).T

    def mean(self, values: Array) -> Estimate:
        """Return means over the respondents who answered; with Student's interval, for weights its approximation.

        See `stats.weighted_mean_interval`. The standard deviation has n - 1 below, n the effective number of answers.
        Where all answer alike, their spread is not known, and neither is the interval: NaN.
        """
        known, weight = ~np.isnan(values), (self.weight / self.weight.max())[:, None]  # no power of it overflows
        w, w2 = self.sums(known * weight), self.sums(known * weight**2)
        with np.errstate(all="ignore"):
            middle = np.where(known, values, 0.0).sum(axis=0) / known.sum(axis=0)  # digits are lost far from it
            around = np.where(known, values - middle, 0.0)
            total, squares = self.sums(around * weight), self.sums(around**2 * weight)
            low, high = weighted_mean_interval(w, w2, total, squares, self.confidence)
            n, variance = w * w / w2, np.maximum(squares / w - (total / w) ** 2, 0.0)
            alike = variance <= 1e-12 * (total / w) ** 2 + 1e-28 * middle**2  # what is left is rounding
            reach = np.where(alike, np.nan, (high - low) / 2)
            spread = np.where(alike, 0.0, variance) * np.where(n > 1 + 1e-9, n / (n - 1), np.nan)
            mean = self.sums(np.where(known, values, 0.0) * weight) / w
        return Estimate(self.sums(known & (weight > 0)), mean, mean - reach, mean + reach, np.sqrt(spread), n)

    def share(self, having: Mask, whole: float = 1.0) -> Estimate:
        """Return the shares of the respondents who answered that `having` marks, with Wilson's interval, times `whole`.

        With weights it is that of the effective number: see `stats.wilson` and `stats.weighted_wilson`.
        """
        mean = self.mean(np.where(self.known, having, np.nan))
        n, share = np.nan_to_num(mean.number), np.minimum(np.nan_to_num(mean.value), 1.0)
        low, high = (np.where(n > 0, whole * end, np.nan) for end in wilson(share * n, n, self.confidence))
        return attrs.evolve(mean, value=whole * mean.value, low=low, high=high)

    def rows(self, columns: Columns, names: Sequence[str] | None = None, of: str = "attribute") -> dict[str, Array]:
        """Return the columns of a listing with a row a segment and attribute, from arrays (segments, attributes)."""
        named = names or self.attributes
        found = {} if self.segments == (None,) else {"segment": np.repeat(objects(self.segments), len(named))}
        found[of] = objects([*named] * len(self.segments))
        return found | {name: np.asarray(values).reshape(-1) for name, values in columns.items()}

    def listing(self, title: str, columns: Columns, names: Sequence[str] | None = None, **form: Any) -> Listing:
        """Return these rows as a listing; deviations and the ends of other intervals stay in frames and files."""
        notes = [*form.pop("notes", ()), *self.notes]
        hide = [name for name in columns if name.endswith(("_low", "_high", "_deviation"))]
        return Listing(title, self.rows(columns, names), like=self.like, notes=notes, hide=hide, **form)

    def ranked(
        self, title: str, columns: Columns, names: Sequence[str] | None = None, by: str | None = None, **form: Any
    ) -> Listing:
        """Return the listing, printed in each segment with the highest of a column, else of the first one, first."""
        first = columns[by or next(iter(columns))]
        order = np.lexsort((-first.reshape(-1), np.repeat(range(len(first)), first.shape[1])))
        return self.listing(title, columns, names, order=order, **form)


def lacking(checks: Checks, what: str, names: Iterable[str], asked: Iterable[str]) -> None:
    """Note what is asked for and not there, with the nearest name."""
    for name in dict.fromkeys(name for name in asked if name not in names):
        checks.problem("unknown-name", f"{what}: there is no {name!r:.60}", value=name, options=names)


def mapping(argument: str, given: object, each: str, to: str) -> None:
    """Raise an error unless an argument maps each of something to something else."""
    if not isinstance(given, Mapping):
        raise DataError.of(argument, f"{argument} maps each {each} to {to} (got {given!r:.100})")


def shares_of(checks: Checks, argument: str, names: Sequence[str], weights: Mapping[str, float] | None) -> Array:
    """Return one weight for each name, of the sum 1; alike if there are none. Problems are raised."""
    weights = dict.fromkeys(names, 1.0) if weights is None else weights
    mapping(argument, weights, "name", "its weight")
    lacking(checks, "answers", names, weights)
    lacking(checks, argument, weights, names)
    checks.done()
    numbers = np.array([in_range(argument, weights[name], 0) for name in names])
    return numbers / in_range(f"the sum of {argument}", float(numbers.sum()), 0, above=True)


def read(checks: Checks, given: Mapping[str, object], **asked: Unpack[Estimated]) -> Answers:
    """Read the answers to several questions about the same attributes; every mistake is noted, and raised at once.

    Parameters
    ----------
    checks
        Where problems are noted; those in it already are raised too.
    given
        The name of the argument -> its answers: a frame with a column an attribute and a row a respondent; a mapping
        attribute -> answers (a single number is the answer of one respondent, such as a mean that was published); a
        list of answers, to one attribute named after the first argument; with `frame`, also a mapping attribute ->
        column, the name of a column, or a list of names. Columns that `by` and `weight` name are no attributes.
    **asked
        See `Asked`.

    Raises
    ------
    DataError
        With every problem: a column that is not there, attributes that differ, answers that are no numbers, infinite or
        outside the scale, weights below 0, nobody at all.
    """
    lacking(checks, "keywords", Estimated.__optional_keys__, asked)
    reader, confidence = _Reader(checks, asked, next(iter(given))), asked.get("confidence", 0.95)
    if (frame := asked.get("frame")) is not None:
        reader.tables.append(wrap(frame))
    beside = {name: {name: each} for name, each in asked.items() if name in ("by", "weight") and each is not None}
    named = [name for each in beside.values() for name in each.values() if isinstance(name, str)]
    columns = {argument: reader.columns(argument, answers, named) for argument, answers in given.items()}
    columns |= {argument: reader.columns(argument, column) for argument, column in beside.items()}
    first, *others = given
    for other in others if all(columns.values()) else ():
        lacking(checks, other, columns[other], columns[first])
        lacking(checks, first, columns[first], columns[other])
    sizes = {argument: {len(table) for table, _ in found.values()} or {0} for argument, found in columns.items()}
    if not checks.problems and (len(set.union(*sizes.values())) > 1 or {0} in sizes.values()):
        said = ", ".join(f"{name} {' and '.join(map(str, size))}" for name, size in sizes.items())
        checks.problem("ragged-columns", f"give one answer a respondent, and one respondent or more (got {said})")
    checks.attempt(lambda: z_of(confidence))
    limits = checks.attempt(lambda: scale_of(asked))
    checks.done()
    names = tuple(columns[first])
    matrices = {
        argument: np.column_stack([reader.numbers(argument, name, *columns[argument][name], limits) for name in names])
        for argument in given
    }
    weight, place, segments = np.ones(len(matrices[first])), np.zeros(len(matrices[first]), dtype=np.int32), [None]
    if "by" in beside:
        distinct = columns["by"]["by"][0].distinct(columns["by"]["by"][1])
        segments, place = distinct.values, distinct.codes
    if "weight" in beside:
        weight = reader.numbers("weight", "weight", *columns["weight"]["weight"], (0.0, np.inf))
        checks.problem("missing-value", "weight: weigh every respondent", rows=np.isnan(weight))
        if not (weight > 0).any():
            checks.problem("no-answers", "weight: nobody weighs more than 0")
    there = place >= 0
    if all(np.isnan(matrix[there]).all() for matrix in matrices.values()):
        checks.problem("no-answers", f"{first}: there is no answer at all")
    checks.done()
    notes = [] if there.all() else [f"{counted(int((~there).sum()), 'respondent')} in no segment left out."]
    known = ~np.isnan(sum(matrices.values()))[there]
    if (least := known.sum(axis=0).min()) < len(known):
        notes.append(f"An attribute rests on those who answered all about it, at least {least:,} of {len(known):,}.")
    kept = {argument: np.where(known, matrix[there], np.nan) for argument, matrix in matrices.items()}
    about = (weight[there], tuple(segments), place[there], reader.tables[0], tuple(notes), confidence)
    return Answers(names, kept, known, *about)


def scale_of(asked: Asked, default: tuple[float, float] | None = None) -> tuple[float, float]:
    """Return the lowest and the highest answer, those by default if none are asked for, and note them in `asked`."""
    scale = asked["scale"] = asked.get("scale") or default
    if scale is None:
        return -np.inf, np.inf
    if not isinstance(scale, (tuple, list)) or len(scale) != 2:
        raise DataError.of("scale", f"scale is the lowest and the highest answer, such as (1, 5) (got {scale!r:.60})")
    return in_range("scale", scale[0]), in_range("scale", scale[1], scale[0], above=True)


@attrs.define
class _Reader:
    """Finds the columns of answers, and reads them."""

    checks: Checks
    asked: Asked
    single: str
    tables: list[Table] = attrs.field(factory=list)

    def columns(self, argument: str, answers: Any, aside: Sequence[str] = ()) -> dict[str, tuple[Table, str]]:
        """Return attribute -> a table and its column: by name in a table that is known already, or in a new one."""
        listed = [answers] if isinstance(answers, str) else answers
        named = isinstance(listed, (list, tuple)) and all(isinstance(name, str) for name in listed)
        if named and self.asked.get("frame") is not None:
            answers = {name: name for name in listed}
        framed = isinstance(answers, Table) or hasattr(answers, "columns") or hasattr(answers, "column_names")
        if isinstance(answers, Mapping):
            if self.tables and answers and all(isinstance(name, str) for name in answers.values()):
                table = next((each for each in self.tables if not each.require(answers.values())), self.tables[0])
                lacking = table.require(answers.values())
                self.checks.problems += [attrs.evolve(each, message=f"{argument}: {each.message}") for each in lacking]
                return {str(attribute): (table, name) for attribute, name in answers.items() if name in table}
            answers = {key: [each] if number_of(each) is not None else each for key, each in answers.items()}
        elif not framed and not (isinstance(answers, list) and answers and isinstance(answers[0], Mapping)):
            answers = {self.single: answers}
        made = self.checks.attempt(lambda: wrap(answers))
        self.tables += [] if made is None else [made]
        return {} if made is None else {name: (made, name) for name in made.names if name not in aside}

    def numbers(self, argument: str, attribute: str, table: Table, column: str, limits: Any) -> Array:
        """Read a column of answers as numbers, NaN where none was given."""
        missing, means = self.asked.get("missing", ()), self.asked.get("values") or {}
        codes = list(missing) if isinstance(missing, Iterable) and not isinstance(missing, str) else [missing]
        distinct, said = table.distinct(column), f"{argument}: {attribute!r}"
        numbers = np.full(len(distinct.values) + 1, np.nan)
        for place, value in enumerate(distinct.values):
            key = value.strip() if isinstance(value, str) else value
            meant = means.get(key, key) if isinstance(key, Hashable) else key
            number = np.nan if key in codes else float(meant) if isinstance(meant, bool) else number_of(meant)
            if number is None:
                message = f"{said} holds {value!r:.60}, no finite number; say what it means with values or missing"
                words = [str(word) for word in means]
                self.checks.problem("not-a-number", message, column, value, rows=distinct.codes == place, options=words)
            numbers[place] = np.nan if number is None else number
        values: Array = numbers[distinct.codes]
        self.checks.within(said, attribute, values, *limits)
        return values
