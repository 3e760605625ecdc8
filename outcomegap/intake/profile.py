"""What a column of a raw table holds, seen from its values: numbers however written, scales, yes / no, dates, text."""

from __future__ import annotations

import datetime as dt
import decimal
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Literal

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.frames.arrays import Array, plain_values
from outcomegap.intake.columns import hashable
from outcomegap.intake.heading import has, scale_of, vocabulary
from outcomegap.intake.reader import Reader, is_blank, meant, read_moment, text_of
from outcomegap.model.inputs import Inputs, MeasureInput

Kind = Literal["empty", "numbers", "infinite", "flag", "date", "text"]
Numbers = NDArray[np.float64]
Scale = tuple[float, float]

#: Ways to write numbers, the commonest first: decimal mark, thousands mark.
MARKS: tuple[tuple[str, str | None], ...] = (
    *((".", None), (".", ","), (",", None), (",", "."), (".", " "), (",", " ")),
    *((".", "'"), (",", "'")),
)
#: So many different texts decide how numbers and dates are written.
SAMPLE = 2000
#: Texts other than numbers are taken for codes up to so many different ones, and this share of the rows.
MOST_CODES, CODE_SHARE = 3, 0.05
#: This share of a column's texts must look like dates.
MOSTLY = 0.95
#: The highest points of scales that are told by their values alone.
TOPS = (5.0, 7.0, 10.0)
#: So many columns of one scale are a questionnaire, whatever they are called; this share of its points are in use.
FAMILY, IN_USE = 3, 0.7
_EITHER = re.compile(r"[-+]?[1-9]\d{0,2}[.,]\d{3}( ?%)?")
_DATE = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}([ T].*)?")


@attrs.frozen(eq=False)
class Profile:
    """What one column holds.

    Parameters
    ----------
    name
        The column.
    kind
        ``"empty"``, ``"numbers"``, ``"infinite"`` (numbers, some of them without end), ``"flag"`` (yes / no),
        ``"date"`` or ``"text"``.
    rows, blank
        How many rows there are, and in how many the column is empty.
    texts
        Distinct values as texts, with their counts; empty for numbers that came as numbers.
    values, counts
        Distinct numbers in order, with their counts; those of a flag are 0 and 1.
    source
        How a `MeasureInput` reads it: ``decimal``, ``thousands``, ``percent``, ``missing``, ``values``.
    doubtful
        A text that may mean another number: ``1.234`` where nothing tells what the mark is.
    """

    name: str
    kind: Kind
    rows: int
    blank: int
    texts: Mapping[str, int] = attrs.field(factory=dict)
    values: Numbers = attrs.field(factory=lambda: np.empty(0))
    counts: NDArray[np.int64] = attrs.field(factory=lambda: np.empty(0, dtype=np.int64))
    source: Mapping[str, Any] = attrs.field(factory=dict)
    doubtful: str | None = None

    @property
    def is_flag(self) -> bool:
        """Whether it holds yes and no, or 0 and 1, alone."""
        return self.kind == "flag" or set(self.values.tolist()) <= {0.0, 1.0}

    def quantile(self, share: float) -> float:
        """Return the smallest value that at least this share of the rows with a value reach.

        Examples
        --------
        >>> profile("seats", np.array([1.0, 2.0, 3.0, np.nan])).quantile(0.5)
        2.0
        """
        reached = np.cumsum(self.counts) >= share * self.counts.sum() - 1e-9
        return float(self.values[int(reached.argmax())])

    def without_zero(self) -> Profile:
        """Return the same column with 0 taken for a missing value."""
        kept = self.values != 0.0
        blank = self.blank + int(self.counts[~kept].sum())
        source = {**self.source, "missing": [*self.source.get("missing", []), 0]}
        return attrs.evolve(self, blank=blank, values=self.values[kept], counts=self.counts[kept], source=source)


def profiles_of(columns: Mapping[str, Array]) -> list[Profile]:
    """Look at the columns of one table, in which numbers are written alike.

    Examples
    --------
    >>> columns = {"contacts": ["120", "2.450"], "reply": ["12,5", "3"]}
    >>> [one.values.tolist() for one in profiles_of({name: np.array(texts) for name, texts in columns.items()})]
    [[120.0, 2450.0], [3.0, 12.5]]
    """
    found = [profile(name, values) for name, values in columns.items()]
    if not any(one.source.get("decimal") == "," for one in found):
        return found
    return [profile(one.name, columns[one.name], first=",") if one.doubtful else one for one in found]


def profile(name: str, values: Array, *, first: str = ".") -> Profile:
    """Look at a column; `first` is the decimal mark to think of first.

    Examples
    --------
    >>> found = profile("Reply (h)", np.array(["12,5", "3", None, "n/a"], dtype=object))
    >>> found.kind, found.values.tolist(), found.source, found.blank
    ('numbers', [3.0, 12.5], {'decimal': ',', 'missing': ['n/a']}, 1)
    """
    found = Counter(item for item in hashable(plain_values(values)) if not is_blank(item))
    plain = Profile(name, "empty", len(values), len(values) - found.total())
    if not found:
        return plain
    texts, source = Counter[str](), dict[str, Any]()
    numbers: Mapping[object, float | None]
    if all(isinstance(item, (int, float, decimal.Decimal)) for item in found):
        numbers = {item: _float(item) for item in found}
    else:
        for item, count in found.items():
            texts[text_of(item)] += count
        read = _numbers_read(found, first) or _flags(found)
        if read is None:
            kind: Kind = "date" if all(isinstance(item, dt.date) for item in found) or _dates(texts) else "text"
            return attrs.evolve(plain, kind=kind, texts=texts)
        source, numbers = read
    often = Counter[float]()
    for item, number in numbers.items():
        if number is not None:
            often[number] += found[item]
    distinct = np.array(sorted(often), dtype=np.float64)
    counts = np.array([often[number] for number in distinct.tolist()], dtype=np.int64)
    kind = "flag" if "values" in source else "numbers" if np.isfinite(distinct).all() else "infinite"
    doubtful = _doubtful(texts) if kind == "numbers" else None
    return attrs.evolve(plain, kind=kind, texts=texts, values=distinct, counts=counts, source=source, doubtful=doubtful)


def _doubtful(texts: Iterable[str]) -> str | None:
    """Return a text whose mark may be either: all that have one have it before three digits, and only there."""
    marked = [text for text in texts if "." in text or "," in text]
    either = [text for text in marked if _EITHER.fullmatch(text.strip())]
    alike = len({mark for text in marked for mark in ".," if mark in text}) == 1
    return either[0] if either and len(either) == len(marked) and alike else None


def _float(item: Any) -> float:
    try:
        return float(item)
    except OverflowError:  # a whole number of hundreds of digits
        return np.inf


def _numbers_read(found: Mapping[object, int], first: str) -> tuple[dict[str, Any], dict[object, float | None]] | None:
    """Return how a column of texts is read as numbers, and the number of each; None where it holds none."""
    sample = [item for item in found if isinstance(item, str)][:SAMPLE]
    percent = "points" if any("%" in text or "\u066a" in text for text in sample) else None

    def readable(marks: tuple[str, str | None]) -> int:
        return len(meant(sample, Reader(*marks, percent))[0])

    best = max(sorted(MARKS, key=lambda marks: marks[0] != first), key=readable)  # the first of equals
    if sample and not readable(best):
        return None
    said = {"decimal": best[0] if best[0] != "." else None, "thousands": best[1], "percent": percent}
    source: dict[str, Any] = {key: value for key, value in said.items() if value is not None}
    numbers, odd = meant(found, Reader.of(MeasureInput(**source), Inputs()))
    codes = vocabulary()["values"]["unanswered"]
    unknown = [item for item in odd if not isinstance(item, str) or item.strip().casefold() not in codes]
    few = sum(found[item] for item in unknown) <= CODE_SHARE * sum(found.values())
    if unknown and not (len(unknown) <= MOST_CODES and few and all(isinstance(item, str) for item in unknown)):
        return None
    return source | ({"missing": sorted(map(str, odd))} if odd else {}), numbers


def _flags(found: Iterable[object]) -> tuple[dict[str, Any], dict[object, float | None]] | None:
    """Return the mapping of a yes / no column and what each value means; ``No internet service`` is a no as well."""
    numbers: dict[object, float | None] = {}
    known = {text: meaning for meaning, texts in vocabulary()["values"].items() for text in texts}
    for item in found:
        word = text_of(item).strip().casefold()
        meaning = known.get(word) or ("no" if word.startswith("no ") else None)
        if meaning is None:
            return None
        numbers[item] = None if meaning == "unanswered" else float(meaning == "yes")
    values = {text_of(item): int(number) for item, number in numbers.items() if number is not None}
    if not 0 < len(values) <= 6 or len(set(values.values())) < min(2, len(values)):
        return None
    missing = sorted(text_of(item) for item, number in numbers.items() if number is None)
    ordered = dict(sorted(values.items(), key=lambda pair: (-pair[1], pair[0])))
    return ({"missing": missing} if missing else {}) | {"values": ordered}, numbers


def _dates(texts: Iterable[str]) -> bool:
    sample = list(texts)[:SAMPLE]
    rest = [text for text in sample if not _DATE.fullmatch(text.strip())]
    return len(sample) - len(rest) + len(meant(rest, lambda text: read_moment(text, None))[0]) >= MOSTLY * len(sample)


# Rating scales


def scales_of(profiles: Iterable[Profile]) -> dict[str, Scale]:
    """Find the rating scales of a table: column -> (lowest, highest answer).

    A scale is told by its column's name (``Rating (1-5)``), or by whole numbers up to 5, 7 or 10 in a column that is
    called like a question, or in one of several that are alike. A 0 on a scale from 1 is left out of it.

    Examples
    --------
    >>> scales_of([profile("ease", np.array([0, 1, 1, 2, 3, 4, 5, 5])), profile("seats", np.array([1, 2, 3, 4, 5]))])
    {'ease': (1.0, 5.0)}
    """
    found: dict[str, Scale] = {}
    alike: dict[str, Scale] = {}
    for one in profiles:
        if one.kind != "numbers":
            continue
        if (named := scale_of(one.name)) is not None:
            inside = (one.values >= named[0]) & (one.values <= named[1])
            if (inside | (one.values == 0.0)).all():
                found[one.name] = named
        elif (scale := _by_values(one)) is not None and not has(one.name, "counted"):
            alike[one.name] = scale
    families = Counter(alike.values())
    return found | {name: scale for name, scale in alike.items() if has(name, "asked") or families[scale] >= FAMILY}


def _by_values(one: Profile) -> Scale | None:
    points = dict(zip(one.values.tolist(), one.counts.tolist(), strict=True))
    top = max(points)
    if top not in TOPS or min(points) < 0 or not all(value.is_integer() for value in points):
        return None
    if sum(value >= 1.0 for value in points) < IN_USE * top:
        return None
    if top == 10.0 and 0.0 in points:
        return (0.0, top)  # 0 to 10 is as common a scale as 1 to 10
    # Fewer zeros than gave the lowest answer: people who gave none. Otherwise it may be a count.
    return (1.0, top) if points.get(0.0, 0) < points.get(1.0, 0) or 0.0 not in points else None
