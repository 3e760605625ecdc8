"""Answers of respondents, read in one place for every method; and estimates from them, each with its interval."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypedDict

import attrs
import numpy as np

from outcomegap.checks import Checks, in_range, number_of
from outcomegap.errors import DataError
from outcomegap.frames import Table, wrap
from outcomegap.frames.arrays import Array, Mask, objects
from outcomegap.listing import counted
from outcomegap.stats import weighted_mean_interval, wilson


class Asked(TypedDict, total=False):
    """How answers are read: the keywords that every method of this room takes, with `confidence`.

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


class Estimate(NamedTuple):
    """Estimates of the shape (segments, attributes), from so many answers (respondents, not weights)."""

    answers: Array
    value: Array
    low: Array
    high: Array
    deviation: Array


@attrs.frozen(eq=False)
class Answers:
    """What respondents answered to one or several questions about the same attributes.

    Parameters
    ----------
    attributes
        Their names, in order.
    given
        Argument -> numbers of the shape (respondents, attributes), NaN where no answer was given.
    weight
        One number a respondent.
    segments, codes
        The segments, and which of them each respondent is in; one segment, None, if nobody asked for them.
    like
        The frame that came in.
    notes
        What was left out.

    Examples
    --------
    >>> answers = read(Checks("example"), {"importance": {"speed": [5, 4, None], "price": [3, 9, 3]}}, missing=[9])
    >>> answers.attributes, answers.mean(answers.given["importance"]).value.tolist()
    (('speed', 'price'), [[4.5, 3.0]])
    """

    attributes: tuple[str, ...]
    given: Mapping[str, Array]
    weight: Array
    segments: tuple[Any, ...]
    codes: Array
    like: Table | None
    notes: tuple[str, ...] = ()

    def __getitem__(self, argument: str) -> Array:
        return self.given[argument]

    def sums(self, values: Array) -> Array:
        """Return the sum of values (respondents, anything) over each segment: (segments, anything)."""
        columns = values.astype(np.float64).reshape(len(self.codes), -1).T
        found = [np.bincount(self.codes, column, len(self.segments)) for column in columns]
        return np.array(found, dtype=np.float64).T.reshape(len(self.segments), *values.shape[1:])

    def mean(self, values: Array, confidence: float = 0.95) -> Estimate:
        """Return means over the respondents who answered; with Student's interval, for weights its approximation.

        See `stats.weighted_mean_interval`. The standard deviation has n - 1 below, n the effective number of answers.
        """
        known, weight = ~np.isnan(values), self.weight[:, None]
        counts, held = self.sums(known & (weight > 0)), np.where(known, values, 0.0)
        w, w2 = self.sums(known * weight), self.sums(known * weight**2)
        with np.errstate(all="ignore"):
            middle = held.sum(axis=0) / known.sum(axis=0)  # sums of squares around it lose no digits
            around = np.where(known, values - middle, 0.0)
            total, squares = self.sums(around * weight), self.sums(around**2 * weight)
            low, high = weighted_mean_interval(w, w2, total, squares, confidence)
            mean, n = total / w, w * w / w2
            deviation = np.sqrt(np.maximum(squares / w - mean**2, 0.0) * np.where(n > 1 + 1e-9, n / (n - 1), np.nan))
        return Estimate(counts, mean + middle, low + middle, high + middle, deviation)

    def share(self, having: Mask, known: Mask, confidence: float = 0.95) -> Estimate:
        """Return shares of the respondents who answered, with Wilson's interval; for weights of their effective number.

        See `stats.wilson` and `stats.weighted_wilson`. Both masks have the shape (respondents, anything).
        """
        weight = self.weight.reshape(-1, *[1] * (known.ndim - 1))
        w, w2, part = (self.sums(each) for each in (known * weight, known * weight**2, (known & having) * weight))
        with np.errstate(all="ignore"):
            share, n = part / w, np.where(w2 > 0, w * w / w2, 0.0)
            low, high = wilson(np.minimum(np.nan_to_num(share) * n, n), n, confidence)
            deviation = np.sqrt(share * (1 - share))
        low, high = np.where(w > 0, low, np.nan), np.where(w > 0, high, np.nan)
        return Estimate(self.sums(known & (weight > 0)), share, low, high, deviation)

    def rows(self, columns: Mapping[str, Array], names: Sequence[str] | None = None, of: str = "attribute") -> Any:
        """Return the columns of a listing, a row a segment and attribute, from arrays (segments, attributes)."""
        named = self.attributes if names is None else tuple(names)
        found = {}
        if self.segments != (None,):
            found["segment"] = np.repeat(objects(self.segments), len(named))
        found[of] = objects([*named] * len(self.segments))
        return found | {name: np.asarray(values).reshape(-1) for name, values in columns.items()}

    def left_out(self, known: Mask) -> list[str]:
        """Return the notes, and how many answers are missing; `known` says of which attribute who answered."""
        fewest, most, of = int(known.sum(axis=0).min()), int(known.sum(axis=0).max()), len(known)
        if fewest == of:
            return list(self.notes)
        how = f"{fewest:,} of {of:,}" if fewest == most else f"{fewest:,} to {most:,} of {of:,}"
        return [*self.notes, f"{how} respondents answered all that is asked about an attribute; no others count there."]


def read(
    checks: Checks,
    given: Mapping[str, object],
    *,
    frame: object = None,
    by: object = None,
    weight: object = None,
    missing: object = (),
    scale: tuple[float, float] | None = None,
    values: Mapping[Any, float] | None = None,
) -> Answers:
    """Read the answers to several questions about the same attributes; every mistake is noted, and raised at once.

    Parameters
    ----------
    checks
        Where problems are noted; those in it already are raised too.
    given
        The name of the argument -> its answers: a frame with a column an attribute and a row a respondent; a mapping
        attribute -> answers (a single number is the answer of one respondent, such as a mean that was published); a
        list of answers, to one attribute with the argument's name; with `frame`, also a mapping attribute -> column,
        the name of a column, or a list of names. Columns that `by` and `weight` name are no attributes.
    frame, by, weight, missing, scale, values
        See `Asked`.

    Raises
    ------
    DataError
        With every problem: a column that is not there, attributes that differ, answers that are no numbers, infinite or
        outside the scale, weights below 0, nobody at all.
    """
    codes = list(missing) if isinstance(missing, Iterable) and not isinstance(missing, str) else [missing]
    reader = _Reader(checks, codes, values or {})
    table = None if frame is None else checks.attempt(lambda: wrap(frame))
    reader.tables += [] if table is None else [table]
    columns = {name: reader.columns(name, answers, names=frame is not None) for name, answers in given.items()}
    beside = {"by": by, "weight": weight}
    named = [each for each in beside.values() if isinstance(each, str)]
    aside = {name: reader.columns(name, {name: each}) for name, each in beside.items() if each is not None}
    for name, found in columns.items() if frame is None else ():
        columns[name] = {attribute: at for attribute, at in found.items() if attribute not in named}
    (first, one), *others = columns.items()
    for other, another in others:
        for name in set(one) ^ set(another) if one and another else ():
            have, lack, options = (first, other, another) if name in one else (other, first, one)
            message = f"{lack} has no attribute {name!r}, {have} has"
            checks.problem("unknown-attribute", message, name, name, options=options)
    sizes = {name: len(table) for name, found in (columns | aside).items() for table, _ in found.values()}
    if len(set(sizes.values())) > 1 or 0 in sizes.values() or not one:
        said = ", ".join(f"{name} {size}" for name, size in sizes.items())
        checks.problem("ragged-columns", f"give one answer a respondent, and one respondent or more (got {said})")
    low, high = checks.attempt(lambda: _limits(scale)) or (None, None)
    checks.done()
    matrices = {
        argument: np.column_stack([reader.numbers(argument, name, *found[name], low, high) for name in one])
        for argument, found in columns.items()
    }
    respondents = sizes[first]
    weighing, place = np.ones(respondents), np.zeros(respondents, dtype=np.intp)
    segments: tuple[Any, ...] = (None,)
    if weight is not None:
        weighing = reader.numbers("weight", "weight", *aside["weight"]["weight"], 0.0, None)
        checks.problem("missing-value", "weight: weigh every respondent", rows=np.isnan(weighing))
    if by is not None:
        table, name = aside["by"]["by"]
        distinct = table.distinct(name)
        segments, place = tuple(distinct.values), distinct.codes.astype(np.intp)
    there = place >= 0
    if all(np.isnan(matrix[there]).all() for matrix in matrices.values()):
        checks.problem("no-answers", f"{first}: there is no answer at all")
    checks.done()
    notes = () if there.all() else (f"{counted(int((~there).sum()), 'respondent')} in no segment left out.",)
    kept = {argument: matrix[there] for argument, matrix in matrices.items()}
    return Answers(tuple(one), kept, weighing[there], segments, place[there], reader.tables[0], notes)


def _limits(scale: tuple[float, float] | None) -> tuple[float | None, float | None]:
    """Return the lowest and the highest answer."""
    if scale is None:
        return None, None
    if not isinstance(scale, (tuple, list)) or len(scale) != 2:
        raise DataError.of("scale", f"scale is the lowest and the highest answer, such as (1, 5) (got {scale!r:.60})")
    low = in_range("scale", scale[0])
    return low, in_range("scale", scale[1], low, above=True)


@attrs.define
class _Reader:
    """Finds the columns of answers, and reads them."""

    checks: Checks
    missing: Collection[Any]
    values: Mapping[Any, float]
    tables: list[Table] = attrs.field(factory=list)

    def columns(self, argument: str, answers: Any, *, names: bool = False) -> dict[str, tuple[Table, str]]:
        """Return attribute -> a table and its column; with `names`, lists hold names of columns."""
        listed = [answers] if isinstance(answers, str) else answers
        if names and isinstance(listed, (list, tuple)) and all(isinstance(name, str) for name in listed):
            answers = {name: name for name in listed}
        framed = isinstance(answers, Table) or hasattr(answers, "columns") or hasattr(answers, "column_names")
        if isinstance(answers, Mapping):
            if self.tables and answers and all(isinstance(name, str) for name in answers.values()):
                table = next((each for each in self.tables if not each.require(answers.values())), self.tables[0])
                for problem in table.require(answers.values()):
                    self.checks.problems.append(attrs.evolve(problem, message=f"{argument}: {problem.message}"))
                return {str(attribute): (table, name) for attribute, name in answers.items() if name in table}
            answers = {key: [each] if number_of(each) is not None else each for key, each in answers.items()}
        elif not framed and not (isinstance(answers, list) and answers and isinstance(answers[0], Mapping)):
            answers = {argument: answers}
        made = self.checks.attempt(lambda: wrap(answers))
        if made is None:
            return {}
        self.tables.append(made)
        return {name: (made, name) for name in made.names}

    def numbers(
        self, argument: str, attribute: str, table: Table, column: str, low: float | None, high: float | None
    ) -> Array:
        """Read a column of answers as numbers, NaN where none was given."""
        distinct, said = table.distinct(column), f"{argument}: {attribute!r}"
        means = [self._meant(value) for value in distinct.values]
        found: Array = np.array([*(np.nan if mean is None else mean for mean in means), np.nan])[distinct.codes]
        for place, (value, mean) in enumerate(zip(distinct.values, means, strict=True)):
            if mean is None:
                message = f"{said} holds {value!r:.60}, no finite number; say what it means with values or missing"
                self.checks.problem("not-a-number", message, column, value, rows=distinct.codes == place)
        self.checks.within(said, attribute, found, low, high)
        return found

    def _meant(self, value: Any) -> float | None:
        """Return the number that an answer means, NaN for none, None where it is not known."""
        key = value.strip() if isinstance(value, str) else value
        if not isinstance(key, Hashable) or key in self.missing:
            return np.nan if isinstance(key, Hashable) else None
        meant = self.values.get(key, key)
        return float(meant) if isinstance(meant, bool) else number_of(meant)
