"""What a column of a raw table holds, seen from its values alone: numbers however written, yes / no, dates, text."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Literal

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.intake.numbers import parse_number
from outcomegap.intake.reader import Reader, UnreadableError, is_blank, text_of
from outcomegap.intake.times import parse_time
from outcomegap.model.inputs import Inputs
from outcomegap.model.mapping import MeasureInput

Kind = Literal["empty", "numbers", "infinite", "flag", "date", "text"]
Numbers = NDArray[np.float64]

#: Texts that stand for no answer, in small letters.
CODES = frozenset(["n/a", "#n/a", "na", "n.a.", "nan", "null", "none", "nil", "-", "--", "?", "missing", "unknown"])
CODES |= {"not available", "not applicable", "not answered", "no answer", "k.a.", "keine angabe"}
YES = frozenset(["yes", "y", "true", "t", "on", "x", "active", "enabled", "done", "complete", "completed", "passed"])
NO = frozenset(["no", "n", "false", "f", "off", "inactive", "disabled", "open", "incomplete", "failed"])
YES |= {"ja", "j", "oui", "si", "sí", "sim", "wahr", "بله"}
NO |= {"nein", "non", "não", "falsch", "خیر"}
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
    def measurable(self) -> bool:
        """Whether it can be measured as it is."""
        return self.kind in ("numbers", "flag")

    def quantile(self, share: float) -> float:
        """Return the smallest value that at least this share of the rows with a value reach.

        Examples
        --------
        >>> profile("seats", np.array([1.0, 2.0, 3.0, np.nan])).quantile(0.5)
        2.0
        """
        reached = np.cumsum(self.counts) >= share * self.counts.sum() - 1e-9
        return float(self.values[int(reached.argmax())])

    def without(self, code: float) -> Profile:
        """Return the same column with one number taken for a missing value."""
        kept = self.values != code
        gone = int(self.counts[~kept].sum())
        source = {**self.source, "missing": [*self.source.get("missing", []), code]}
        return attrs.evolve(
            self, blank=self.blank + gone, values=self.values[kept], counts=self.counts[kept], source=source
        )


def profiles_of(columns: Mapping[str, NDArray[Any]]) -> list[Profile]:
    """Look at the columns of one table, in which numbers are written alike.

    Examples
    --------
    >>> columns = {"contacts": ["120", "2.450"], "reply": ["12,5", "3"]}
    >>> [one.values.tolist() for one in profiles_of({name: np.array(texts) for name, texts in columns.items()})]
    [[120.0, 2450.0], [3.0, 12.5]]
    """
    found = [profile(name, values) for name, values in columns.items()]
    comma = any(one.source.get("decimal") == "," for one in found)
    if not comma:
        return found
    pairs = zip(found, columns.values(), strict=True)
    return [profile(one.name, values, decimal=",") if one.doubtful else one for one, values in pairs]


def profile(name: str, values: NDArray[Any], *, decimal: str = ".") -> Profile:
    """Look at a column.

    Parameters
    ----------
    name
        The column.
    values
        Its values, as a `Table` hands them out.
    decimal
        The mark to think of first.

    Examples
    --------
    >>> found = profile("Reply (h)", np.array(["12,5", "3", None, "n/a"], dtype=object))
    >>> found.kind, found.values.tolist(), found.source, found.blank
    ('numbers', [3.0, 12.5], {'decimal': ',', 'missing': ['n/a']}, 1)
    """
    rows = len(values)
    if values.dtype.kind in "fiub":
        numbers = values.astype(np.float64)
        there = numbers[~np.isnan(numbers)]
        return _of_numbers(name, rows, *np.unique(there, return_counts=True))
    if values.dtype.kind == "M":
        return Profile(name, "date" if not np.isnat(values).all() else "empty", rows, int(np.isnat(values).sum()))
    found = _distinct(values.tolist())
    blank = rows - sum(found.values())
    if not found:
        return Profile(name, "empty", rows, blank)
    if all(isinstance(item, (int, float, np.number)) or type(item).__name__ == "Decimal" for item in found):
        return _of_numbers(name, rows, *_merged((_float(item), count) for item, count in found.items()))
    return _of_texts(Profile(name, "text", rows, blank), found, decimal)


def _distinct(items: list[Any]) -> dict[Any, int]:
    """Return the distinct values with their counts, empty ones left out."""
    try:
        counts = Counter(items)
    except TypeError:  # a list or a dict in a cell
        counts = Counter(item if isinstance(item, str) or is_blank(item) else repr(item) for item in items)
    return {item: count for item, count in counts.items() if not is_blank(item) and item == item}  # noqa: PLR0124 - NaT


def _of_numbers(name: str, rows: int, values: Numbers, counts: NDArray[np.int64]) -> Profile:
    blank = rows - int(counts.sum())
    kind: Kind = "empty" if not len(values) else "numbers" if np.isfinite(values).all() else "infinite"
    return Profile(name, kind, rows, blank, values=values, counts=counts)


def _of_texts(plain: Profile, found: dict[Any, int], decimal: str) -> Profile:
    texts = Counter[str]()
    for item, count in found.items():
        texts[text_of(item)] += count
    plain = attrs.evolve(plain, texts=texts)
    read = _numbers_read(found, decimal)
    if read is None:
        if all(isinstance(item, dt.date) for item in found) or _dates(texts):
            return attrs.evolve(plain, kind="date")
        source = _flags(texts)
        if source is None:
            return plain
        reads = Reader.of(MeasureInput(**source), Inputs())
        read = source, {item: reads(item) for item in found}
    source, numbers = read
    values, counts = _merged((numbers.get(item), count) for item, count in found.items())
    if not len(values):
        return plain
    kind: Kind = "flag" if "values" in source else "numbers"
    doubtful = _doubtful(texts) if kind == "numbers" else None
    return attrs.evolve(plain, kind=kind, values=values, counts=counts, source=source, doubtful=doubtful)


def _doubtful(texts: Iterable[str]) -> str | None:
    """Return a text whose mark may be either: all that have one have it before three digits, and only there."""
    marked = [text for text in texts if "." in text or "," in text]
    either = [text for text in marked if _EITHER.fullmatch(text.strip())]
    alike = len({mark for text in marked for mark in ".," if mark in text}) == 1
    return either[0] if either and len(either) == len(marked) and alike else None


def _merged(pairs: Iterable[tuple[float | None, int]]) -> tuple[Numbers, NDArray[np.int64]]:
    """Return distinct numbers in order, and how often each stands; None is left out."""
    merged = Counter[float]()
    for number, count in pairs:
        if number is not None:
            merged[number] += count
    values = np.array(sorted(merged), dtype=np.float64)
    return values, np.array([merged[value] for value in values.tolist()], dtype=np.int64)


def _float(item: Any) -> float:
    try:
        return float(item)
    except OverflowError:  # a whole number of hundreds of digits
        return np.inf


def _numbers_read(found: Mapping[Any, int], decimal: str) -> tuple[dict[str, Any], dict[Any, float | None]] | None:
    """Return how a column of texts is read as numbers, and the number of each; None where it holds none."""
    texts = [item for item in found if isinstance(item, str)]
    sample = texts[:SAMPLE]
    percent = "points" if any("%" in text or "\u066a" in text for text in sample) else None
    ways = sorted(MARKS, key=lambda marks: marks[0] != decimal)
    best = max(ways, key=lambda marks: _readable(sample, marks, percent))  # the first of equals
    if sample and not _readable(sample, best, percent):
        return None
    source: dict[str, Any] = {}
    if best[0] != ".":
        source["decimal"] = best[0]
    if best[1] is not None:
        source["thousands"] = best[1]
    if percent is not None:
        source["percent"] = percent
    numbers, odd = _read(found, Reader.of(MeasureInput(**source), Inputs()))
    unknown = [item for item in odd if not isinstance(item, str) or item.strip().casefold() not in CODES]
    few = sum(found[item] for item in unknown) <= CODE_SHARE * sum(found.values())
    if unknown and not (len(unknown) <= MOST_CODES and few and all(isinstance(item, str) for item in unknown)):
        return None
    return source | ({"missing": sorted(odd)} if odd else {}), numbers


def _read(items: Iterable[Any], read: Any) -> tuple[dict[Any, float | None], list[Any]]:
    """Return the number of each item, and the items that are none."""
    numbers: dict[Any, float | None] = {}
    odd = []
    for item in items:
        try:
            numbers[item] = read(item)
        except UnreadableError:
            odd.append(item)
    return numbers, odd


def _readable(texts: Iterable[str], marks: tuple[str, str | None], percent: str | None) -> int:
    return sum(_parses(text, marks, percent) for text in texts)


def _parses(text: str, marks: tuple[str, str | None], percent: str | None) -> bool:
    try:
        parse_number(text, *marks, percent)
    except ValueError:
        return False
    return True


def _flags(texts: Mapping[str, int]) -> dict[str, Any] | None:
    """Return the mapping of a yes / no column; ``No internet service`` is a no as well."""
    values: dict[str, float] = {}
    missing: list[str] = []
    for text in texts:
        word = text.strip().casefold()
        if word in CODES:
            missing.append(text)
        elif word in YES:
            values[text] = 1.0
        elif word in NO or word.startswith("no "):
            values[text] = 0.0
        else:
            return None
        if len(values) > 6:
            return None
    if len(set(values.values())) < min(2, len(texts) - len(missing)) or not values:
        return None
    ordered = dict(sorted(values.items(), key=lambda pair: (-pair[1], pair[0])))
    return {"values": ordered} | ({"missing": sorted(missing)} if missing else {})


def _dates(texts: Mapping[str, int]) -> bool:
    sample = list(texts)[:SAMPLE]
    return sum(map(_dated, sample)) >= MOSTLY * len(sample)


def _dated(text: str) -> bool:
    if _DATE.fullmatch(text.strip()):
        return True
    try:
        parse_time(text)
    except ValueError:
        return False
    return True
