"""What a column of a raw table suggests, by its heading and by its values: numbers, scales, yes / no, dates, text.

Only suggestions: whatever follows from them is marked as a guess.
"""

from __future__ import annotations

import datetime as dt
import decimal
import functools
import itertools
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import resources
from typing import Any, Literal

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.frames import wrap
from outcomegap.frames.arrays import Array, Distinct
from outcomegap.intake.date_formats import formats_of
from outcomegap.intake.lexicon import Lexicon, words_of
from outcomegap.intake.moments import read_moment
from outcomegap.intake.names import text_of
from outcomegap.intake.reader import Numbers, Read, Reader, read_each
from outcomegap.intake.written import how_written, label_of, length_of
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
#: Seconds since 1970 of the years 2000 to 2039.
EPOCH = (9.4e8, 2.2e9)
#: The highest points of scales that are told by their values alone.
TOPS = (5.0, 7.0, 10.0)
#: Units of time; a count may be one in such a time.
TIMES = ("h", "min", "s", "d", "weeks", "months", "years")
#: So many columns of one scale are a questionnaire, whatever they are called; this share of its points are in use.
FAMILY, IN_USE = 3, 0.7
_DATE = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}([ T].*)?")
_SCALE = re.compile(r"(?<!\d)([01])\s*(?:-|\u2013|to|bis)\s*(5|7|10|100)(?!\d)")
_OF_DAY = re.compile(r"\s*([01]\d|2[0-3]):[0-5]\d(:00)?\s*")
_SERIES = re.compile(r"(\D*[^\W\d_])[ _.-]*\d")
_AGED = re.compile(r"\b(under|over|above|below) \d+$")


# What a heading suggests


@functools.cache
def vocabulary() -> dict[str, Any]:
    """Return the words that suggest something, by what they suggest: lists, and tables of them."""
    held = tomllib.loads((resources.files("outcomegap.intake") / "words.toml").read_text(encoding="utf-8"))
    held["units"] = {word: unit for unit, words in held["units"].items() for word in words.split()}
    return {key: value.split() if isinstance(value, str) else value for key, value in held.items()}


def has(name: str, *suggest: str) -> bool:
    """Return whether a name has a word that suggests one of some things.

    Examples
    --------
    >>> has("monthly revenues", "worth"), has("seats", "worth")
    (True, False)
    """
    return not Lexicon.of("words.toml").roles(name).isdisjoint(suggest)


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
    >>> tells_tenure("tenure_months"), tells_tenure("account age"), tells_tenure("Customer_Age")
    (True, True, False)
    """
    roles = Lexicon.of("words.toml").roles(name)
    since = "since" in words_of(name) and "begun" in roles
    aged = "aged" in roles or ("customer" in roles and unit_of(name) is not None)
    return "tenure" in roles or since or ("age" in roles and aged)


def unit_of(name: str) -> str | None:
    """Guess what a measure counts.

    Examples
    --------
    >>> unit_of("Reply (h)"), unit_of("number_of_referrals"), unit_of("cleanliness")
    ('h', 'referrals', None)
    >>> unit_of("Shipments (last 90 days)"), unit_of("Orders per hour"), unit_of("Reply hours, last 4 weeks")
    (None, 'orders', 'h')
    """
    units, words = vocabulary()["units"], words_of(name)
    for before, word in reversed(list(zip(["", *words], words, strict=False))):
        if (unit := units.get(word)) is not None and not (unit in TIMES and _opens_window(before)):
            return str(unit)
    return None


def _opens_window(word: str) -> bool:
    """Return whether a unit of time after this word is when it was counted: last 30 days, per hour."""
    return word.isdigit() or not Lexicon.of("directions.toml").roles(word).isdisjoint(("last", "each"))


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
    serial
        Whether the numbers grow or fall by the same step from row to row.
    reading
        How it is read, if it is no column of the customers' own table.
    forms
        Every way to write dates that reads all texts of a date; None is ISO 8601.
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
    serial: bool = False
    reading: Mapping[str, Any] | None = None
    forms: Sequence[str | None] = ()

    @property
    def is_flag(self) -> bool:
        """Whether it holds only yes and no, or only 0 and 1."""
        return self.kind == "flag" or set(self.values.tolist()) <= {0.0, 1.0}

    @property
    def texts_held(self) -> int:
        """In how many rows there is a text."""
        return sum(self.texts.values())

    def quantile(self, share: float, *, above: bool = False) -> float:
        """Return the smallest value that at least this share of the rows with a value reach; the largest from above.

        Examples
        --------
        >>> seats = profile("seats", np.array([1.0, 2.0, 3.0, np.nan]))
        >>> seats.quantile(0.5), seats.quantile(0.1, above=True)
        (2.0, 3.0)
        """
        step = -1 if above else 1
        reached = np.cumsum(self.counts[::step]) >= share * self.counts.sum() - 1e-9
        return float(self.values[::step][int(reached.argmax())])

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
    empty = Profile(name, "empty", len(values), len(values) - int(often.sum()))
    if not raw.values:
        return empty
    texts, source = Counter[str](), dict[str, Any]()
    if all(isinstance(item, (int, float, decimal.Decimal)) for item in raw.values):
        numbers = np.array([_float(item) for item in raw.values])
    else:
        for item, count in zip(raw.values, often.tolist(), strict=True):
            texts[text_of(item)] += count
        read = _numbers_read(name, raw.values, often, first) or _lengths(name, raw.values) or _flags(raw.values)
        if read is None:
            dates = all(isinstance(item, dt.date) for item in raw.values)
            answers = [text for text in list(texts)[:SAMPLE] if meaning_of(text) != "unanswered"]
            forms = [] if dates or not answers else formats_of(answers)
            kind: Kind = "date" if dates or forms or _dates(texts) else "text"
            return attrs.evolve(empty, kind=kind, texts=texts, forms=forms)
        source, numbers = read
    known = ~np.isnan(numbers)
    distinct, places = np.unique(numbers[known], return_inverse=True)
    counts = np.bincount(places, weights=often[known], minlength=len(distinct)).astype(np.int64)
    kind = "flag" if "values" in source else "numbers" if (np.abs(distinct) < HUGE).all() else "infinite"
    found = attrs.evolve(empty, kind=kind, texts=texts, values=distinct, counts=counts, source=source)
    if kind != "numbers":
        return found
    if form := _form_of_numbers(name, distinct):
        return attrs.evolve(found, kind="date", forms=[form])
    steps = np.diff(numbers[raw.codes]) if not empty.blank else np.empty(0)
    serial = len(steps) > 1 and steps[0] != 0.0 and bool((steps == steps[0]).all())
    doubtful = how_written(texts, first).doubtful
    source = source if doubtful is None else {"decimal": ".", **source}
    return attrs.evolve(found, source=source, doubtful=doubtful, serial=serial)


def _form_of_numbers(name: str, values: Numbers) -> str | None:
    """Return how numbers tell dates: as day, seconds or milliseconds, in a column called like a time."""
    if not has(name, "dated") or not (values == values.round()).all():
        return None
    for form, unit in (("seconds", 1.0), ("milliseconds", 1000.0)):
        if (values >= EPOCH[0] * unit).all() and (values <= EPOCH[1] * unit).all():
            return form
    if (values < 1e7).any() or (values > 1e8).any():
        return None
    return "%Y%m%d" if "%Y%m%d" in formats_of(str(int(value)) for value in values[:SAMPLE]) else None


def _read(items: list[Any], read: Callable[[Any], object], dtype: str = "f8") -> Read:
    return read_each(Distinct(items, np.arange(len(items), dtype=np.int32)), read, dtype)


def _float(item: Any) -> float:
    try:
        return float(item)
    except OverflowError:  # a whole number of hundreds of digits
        return np.inf


def _numbers_read(
    name: str, items: list[Any], often: NDArray[np.int64], first: str
) -> tuple[dict[str, Any], Numbers] | None:
    """Return how a column of texts is read as numbers, and the number of each; None where it holds none."""
    sample = [item for item in items if isinstance(item, str)][:SAMPLE]
    percent = "points" if any("%" in text or "\u066a" in text for text in sample) else None

    @functools.cache
    def unreadable(marks: tuple[str, str | None]) -> int:
        return len(_read(sample, Reader(*marks, percent).as_written(written)).wrong)

    written = how_written(sample, first)
    if written.labels and not _are_ratings(name, written.labels):
        return None
    shown = (written.decimal or first, written.thousands)
    best = shown
    if unreadable(shown):
        best = min([shown, *sorted(MARKS, key=lambda marks: marks[0] != first)], key=unreadable)  # the first of equals
    if sample and unreadable(best) == len(sample):
        return None
    said = {"decimal": best[0] if best[0] != "." else None, "thousands": best[1], "percent": percent}
    source: dict[str, Any] = {key: value for key, value in said.items() if value is not None}
    return _without_codes(items, often, source, Reader.of(MeasureInput(**source), Inputs()).as_written(written))


def _are_ratings(name: str, labels: Mapping[str, str]) -> bool:
    """Return whether texts of a number and words are ratings, and no names such as ``1 - Basic`` of a plan."""
    if has(name, "stage") or not set(words_of(name)).isdisjoint(vocabulary()["segment"]):
        return False
    loosely = any(label.loosely for text in labels if (label := label_of(text)) is not None)
    return not loosely or has(name, "asked") or max(float(each.replace(",", ".")) for each in labels.values()) in TOPS


def _says_nothing(text: str) -> bool:
    label = label_of(text)
    return label is not None and meaning_of(label.words) == "unanswered"


def _is_length(item: object) -> bool:
    return isinstance(item, (str, dt.timedelta, np.timedelta64)) and length_of(item) is not None


def _without_codes(
    items: list[Any], often: NDArray[np.int64], source: dict[str, Any], read: Reader
) -> tuple[dict[str, Any], Numbers] | None:
    """Return how a column is read and its numbers, with the few texts that are none as codes; None if they are many."""
    silent = [item for item in items if isinstance(item, str) and _says_nothing(item)]
    found = _read(items, attrs.evolve(read, missing=tuple(silent)))
    odd = {place: items[place] for place in found.wrong}
    unknown = {p: item for p, item in odd.items() if not isinstance(item, str) or meaning_of(item) != "unanswered"}
    few = often[list(unknown)].sum() <= CODE_SHARE * often.sum()
    if unknown and not (len(unknown) <= MOST_CODES and few and all(isinstance(item, str) for item in unknown.values())):
        return None
    codes = sorted({*map(str, odd.values()), *silent})
    return source | ({"missing": codes} if codes else {}), found.values


def _lengths(name: str, items: list[Any]) -> tuple[dict[str, Any], Numbers] | None:
    """Return the hours that lengths of time mean; None where some are none, or all may be times of the day."""
    silent = {item for item in items if isinstance(item, str) and meaning_of(item) == "unanswered"}
    lengths = [item for item in items if not (isinstance(item, str) and item in silent)]
    if not lengths or not all(map(_is_length, lengths)):
        return None
    of_day = all(isinstance(item, str) and _OF_DAY.fullmatch(item) for item in lengths)
    if of_day and not Lexicon.of("directions.toml").roles(name) & {"times", "taking"}:
        return None
    missing = sorted(silent)
    found = _read(items, Reader(unit="hours", missing=tuple(missing)))
    return {"unit": "hours"} | ({"missing": missing} if missing else {}), found.values


def meaning_of(text: str) -> str | None:
    """Return what a text among yes and no means: ``"yes"``, ``"no"``, ``"unanswered"``, or None.

    Examples
    --------
    >>> meaning_of("Ja"), meaning_of("No internet service"), meaning_of("No opinion"), meaning_of("N/A - not used")
    ('yes', 'no', 'unanswered', 'unanswered')
    """
    word, known = " ".join(text.casefold().split()), vocabulary()["values"]
    if word in known["unanswered"] or re.match(r"(n/a|n\.a\.|k\.a\.)\W", word):
        return "unanswered"
    for meaning in ("yes", "no"):
        if word in known[meaning]:
            return meaning
    lacks = next((word.removeprefix(none) for none in known["none"] if word.startswith(none)), None)
    return None if lacks is None else "unanswered" if has(lacks, "silent") else "no"


def _flags(items: list[Any]) -> tuple[dict[str, Any], Numbers] | None:
    """Return the mapping of a yes / no column and what each value means; ``No internet service`` is a no as well."""
    numbers: list[float] = []
    for item in items:
        meaning = meaning_of(text_of(item))
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


def plain(value: float) -> float:
    """Return a whole number as one, to be written so."""
    return int(value) if float(value).is_integer() and abs(value) < 1e15 else value


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
    open_: list[Profile] = []
    for one in profiles:
        if one.kind != "numbers":
            continue
        if (named := scale_of(one.name)) is not None:
            inside = (one.values >= named[0]) & (one.values <= named[1])
            if (inside | (one.values == 0.0)).all():
                found[one.name] = named
        elif not has(one.name, "counted") and bool((one.values == one.values.round()).all()):
            open_.append(one)
    alike = {one.name: scale for one in open_ if (scale := _by_values(one)) is not None}
    alike |= _of_series(open_)
    families = Counter(alike.values())
    sure = {name: scale for name, scale in alike.items() if has(name, "asked") or families[scale] >= FAMILY}
    return found | _beside(open_, sure) | sure


def _of_series(profiles: Sequence[Profile]) -> dict[str, Scale]:
    """Return the scale of columns called alike, such as Q1 to Q9, whose answers together are one."""
    series: dict[str, list[Profile]] = {}
    for one in profiles:
        if (series_of := _SERIES.match(one.name.strip()[:SAMPLE])) is not None:
            series.setdefault(series_of[1].casefold(), []).append(one)
    found: dict[str, Scale] = {}
    for items in series.values():
        if len(items) >= FAMILY and (scale := _by_values(_together(items))) is not None:
            found |= dict.fromkeys((one.name for one in items), scale)
    return found


def _beside(profiles: Sequence[Profile], sure: Mapping[str, Scale]) -> dict[str, Scale]:
    """Return the scale of columns between two questions of one scale, if their answers lie on it."""
    found: dict[str, Scale] = {}
    told = [place for place, one in enumerate(profiles) if one.name in sure]
    for first, last in itertools.pairwise(told):
        low, high = scale = sure[profiles[first].name]
        between = profiles[first + 1 : last] if sure[profiles[last].name] == scale else []
        if all(((one.values >= low) & (one.values <= high)).all() and not one.is_flag for one in between):
            found |= dict.fromkeys((one.name for one in between), scale)
    return found


def _together(items: Sequence[Profile]) -> Profile:
    """Return the answers to several questions as those to one."""
    counts = Counter[float]()
    for one in items:
        counts.update(dict(zip(one.values.tolist(), one.counts.tolist(), strict=True)))
    return attrs.evolve(items[0], values=np.array(sorted(counts)), counts=np.array([counts[v] for v in sorted(counts)]))


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
