"""What a column of a raw table suggests, by its heading and by its values: numbers, scales, yes / no, dates, text.

Only suggestions: whatever follows from them is marked as a guess.
"""

from __future__ import annotations

import datetime as dt
import decimal
import functools
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from importlib import resources
from typing import Any, Literal

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.frames import wrap
from outcomegap.frames.arrays import Array, Distinct
from outcomegap.intake.directions import words_of
from outcomegap.intake.reader import Numbers, Read, Reader, read_each, read_moment, text_of
from outcomegap.intake.written import how_written
from outcomegap.model.inputs import Inputs, MeasureInput

Part = Literal["functions", "gaps", "expectations"]
Kind = Literal["empty", "numbers", "infinite", "flag", "date", "text"]
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
#: Numbers beyond this may lie too far apart for their difference to be one.
HUGE = 1e300
#: The highest points of scales that are told by their values alone.
TOPS = (5.0, 7.0, 10.0)
#: So many columns of one scale are a questionnaire, whatever they are called; this share of its points are in use.
FAMILY, IN_USE = 3, 0.7
_DATE = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}([ T].*)?")
_SCALE = re.compile(r"(?<!\d)([01])\s*(?:-|\u2013|to|bis)\s*(5|7|10|100)(?!\d)")
_AGED = re.compile(r"\b(under|over|above|below) \d+$")


# What a heading suggests


@functools.cache
def vocabulary() -> dict[str, Any]:
    """Return the words that suggest something, by what they suggest: lists, and tables of them."""
    held = tomllib.loads((resources.files("outcomegap.intake") / "words.toml").read_text(encoding="utf-8"))
    held["units"] = {word: unit for unit, words in held["units"].items() for word in words.split()}
    return {key: value.split() if isinstance(value, str) else value for key, value in held.items()}


def has(name: str, *suggest: str) -> bool:
    """Return whether a name has a word, singular or plural, that suggests one of some things.

    Examples
    --------
    >>> has("monthly revenues", "worth"), has("seats", "worth")
    (True, False)
    """
    known = {word for key in suggest for word in vocabulary()[key]}
    return any(word in known or word.removesuffix("s") in known for word in words_of(name))


def tells_who(name: str) -> bool:
    """Return whether a name suggests who or where a customer is.

    Examples
    --------
    >>> tells_who("under_30"), tells_who("zip_code"), tells_who("seats")
    (True, True, False)
    """
    return has(name, "who") or bool(_AGED.search(" ".join(words_of(name))))


def tells_tenure(name: str) -> bool:
    """Return whether a name suggests how long somebody has been a customer.

    Examples
    --------
    >>> tells_tenure("tenure_months"), tells_tenure("account age"), tells_tenure("age")
    (True, True, False)
    """
    since = "since" in words_of(name) and has(name, "begun")
    return has(name, "tenure") or since or (has(name, "age") and has(name, "aged"))


def unit_of(name: str) -> str | None:
    """Guess what a measure counts.

    Examples
    --------
    >>> unit_of("Reply (h)"), unit_of("number_of_referrals"), unit_of("cleanliness")
    ('h', 'referrals', None)
    """
    units = vocabulary()["units"]
    return next((units[word] for word in reversed(words_of(name)) if word in units), None)


def part_of(name: str, *, asked: bool = False) -> Part:
    """Guess where a step belongs: what the product does, what lies between, or how it is done.

    Examples
    --------
    >>> part_of("uptime"), part_of("list_size"), part_of("first_reply_hours")
    ('functions', 'gaps', 'expectations')
    """
    if has(name, "manner"):
        return "expectations"
    if has(name, "does"):
        return "functions"
    return "expectations" if asked else "gaps"


def scale_of(name: str) -> tuple[float, float] | None:
    """Return the scale that a name spells out.

    Examples
    --------
    >>> scale_of("Rating (1-5)"), scale_of("NPS 0 to 10"), scale_of("seats")
    ((1.0, 5.0), (0.0, 10.0), None)
    """
    found = _SCALE.search(name)
    return (float(found[1]), float(found[2])) if found else None


# What values hold


@attrs.frozen(eq=False)
class Profile:
    """The kind of values in one column.

    Parameters
    ----------
    name
        The column.
    kind
        ``"empty"``, ``"numbers"``, ``"infinite"`` (numbers, some without end or nearly so), ``"flag"`` (yes / no),
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
        """Whether it holds only yes and no, or only 0 and 1."""
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

    def upper(self, share: float) -> float:
        """Return the largest value that at least this share of the rows with a value reach or exceed.

        Examples
        --------
        >>> profile("tickets", np.array([1.0, 2.0, 3.0, np.nan])).upper(0.1)
        3.0
        """
        reached = np.cumsum(self.counts[::-1]) >= share * self.counts.sum() - 1e-9
        return float(self.values[::-1][int(reached.argmax())])

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
    raw = wrap({name: values}).distinct(name)
    often = np.bincount(raw.codes[raw.codes >= 0], minlength=len(raw.values))
    plain = Profile(name, "empty", len(values), len(values) - int(often.sum()))
    if not raw.values:
        return plain
    texts, source = Counter[str](), dict[str, Any]()
    if all(isinstance(item, (int, float, decimal.Decimal)) for item in raw.values):
        numbers = np.array([_float(item) for item in raw.values])
    else:
        for item, count in zip(raw.values, often.tolist(), strict=True):
            texts[text_of(item)] += count
        read = _numbers_read(raw.values, often, first) or _flags(raw.values)
        if read is None:
            kind: Kind = "date" if all(isinstance(item, dt.date) for item in raw.values) or _dates(texts) else "text"
            return attrs.evolve(plain, kind=kind, texts=texts)
        source, numbers = read
    known = ~np.isnan(numbers)
    distinct, places = np.unique(numbers[known], return_inverse=True)
    counts = np.bincount(places, weights=often[known], minlength=len(distinct)).astype(np.int64)
    kind = "flag" if "values" in source else "numbers" if (np.abs(distinct) < HUGE).all() else "infinite"
    doubtful = how_written(texts, first).doubtful if kind == "numbers" else None
    if doubtful is not None:
        source = {"decimal": ".", **source}
    return attrs.evolve(plain, kind=kind, texts=texts, values=distinct, counts=counts, source=source, doubtful=doubtful)


def _read(items: list[Any], read: Callable[[Any], object], dtype: str = "f8") -> Read:
    return read_each(Distinct(items, np.arange(len(items), dtype=np.int32)), read, dtype)


def _float(item: Any) -> float:
    try:
        return float(item)
    except OverflowError:  # a whole number of hundreds of digits
        return np.inf


def _numbers_read(items: list[Any], often: NDArray[np.int64], first: str) -> tuple[dict[str, Any], Numbers] | None:
    """Return how a column of texts is read as numbers, and the number of each; None where it holds none."""
    sample = [item for item in items if isinstance(item, str)][:SAMPLE]
    percent = "points" if any("%" in text or "\u066a" in text for text in sample) else None

    def unreadable(marks: tuple[str, str | None]) -> int:
        return len(_read(sample, Reader(*marks, percent)).wrong)

    written = how_written(sample, first)
    shown = (written.decimal or first, written.thousands)
    best = min([shown, *sorted(MARKS, key=lambda marks: marks[0] != first)], key=unreadable)  # the first of equals
    if sample and unreadable(best) == len(sample):
        return None
    said = {"decimal": best[0] if best[0] != "." else None, "thousands": best[1], "percent": percent}
    source: dict[str, Any] = {key: value for key, value in said.items() if value is not None}
    found = _read(items, Reader.of(MeasureInput(**source), Inputs()))
    codes = vocabulary()["values"]["unanswered"]
    odd = {place: items[place] for place in found.wrong}
    unknown = {p: item for p, item in odd.items() if not isinstance(item, str) or item.strip().casefold() not in codes}
    few = often[list(unknown)].sum() <= CODE_SHARE * often.sum()
    if unknown and not (len(unknown) <= MOST_CODES and few and all(isinstance(item, str) for item in unknown.values())):
        return None
    return source | ({"missing": sorted(map(str, odd.values()))} if odd else {}), found.values


def _flags(items: list[Any]) -> tuple[dict[str, Any], Numbers] | None:
    """Return the mapping of a yes / no column and what each value means; ``No internet service`` is a no as well."""
    known = {text: meaning for meaning, texts in vocabulary()["values"].items() for text in texts}
    numbers: list[float] = []
    for item in items:
        word = text_of(item).strip().casefold()
        meaning = known.get(word) or ("no" if word.startswith("no ") else None)
        if meaning is None:
            return None
        numbers.append(np.nan if meaning == "unanswered" else float(meaning == "yes"))
    found = list(zip(map(text_of, items), numbers, strict=True))
    values = {text: int(number) for text, number in found if number == number}  # noqa: PLR0124 - not NaN
    if not 0 < len(values) <= 6 or len(set(values.values())) < min(2, len(values)):
        return None
    missing = sorted(text for text, _ in found if text not in values)
    ordered = dict(sorted(values.items(), key=lambda pair: (-pair[1], pair[0])))
    return ({"missing": missing} if missing else {}) | {"values": ordered}, np.array(numbers)


def _dates(texts: Iterable[str]) -> bool:
    sample = list(texts)[:SAMPLE]
    rest = [text for text in sample if not _DATE.fullmatch(text.strip())]
    return len(_read(rest, lambda text: read_moment(text, None), "M8[us]").wrong) <= (1 - MOSTLY) * len(sample)


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
