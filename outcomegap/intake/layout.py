"""Where the table lies in a file: what stands above its heading, below it and at its end, and that is told.

A row is left out only where nothing else makes sense of it. In doubt it counts, and a finding says so.
"""

from __future__ import annotations

import functools
import itertools
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeAlias

import attrs

from outcomegap.checks import Checks, number_of
from outcomegap.errors import SHOWN
from outcomegap.frames.arrays import is_blank
from outcomegap.intake.guesses import has, vocabulary
from outcomegap.listing import counted, shorten

#: So many rows at either end of a file are looked at.
LOOKED = 50
#: So many further rows of headings may stand below the first.
FURTHER = 2
#: From this share of numbers and dates on, a column holds them.
MOSTLY = 0.7
#: A number or date has at most so many letters, such as "Mar" or "AM".
LETTERS = 4
Skip: TypeAlias = "int | tuple[int, ...] | None"
#: Gives the cells of a column, from one row to before another.
Cells: TypeAlias = "Callable[[int, int, int], Sequence[Any]]"
_PERIOD = re.compile(r"(?:19|20)\d\d(?:\W|$)")
_ABSENT = re.compile(r"(not?|n/?a|k\. ?a|unknown|none|missing|pending|keine?)\b.*|\W+", re.IGNORECASE)
_COUNT = re.compile(r"[(:]\s*(\d[\d.,]*)\W*\w*\W*$")
_COUNTED = re.compile(r"\W*(\d[\d.,]*)(?:\s+[^\W\d]+){1,3}\W*")
_WORDY = re.compile(r"\w")


class NoTableError(ValueError):
    """Raised for a file that is empty, cut, broken, or not plain."""


@attrs.frozen
class Row:
    """A row of a file: its cells, the line on which it begins (from 1), and the byte."""

    line: int
    cells: Sequence[Any]
    at: int = 0

    @functools.cached_property
    def filled(self) -> int:
        """How many cells hold something."""
        return sum(not is_blank(cell) for cell in self.cells)

    def cell(self, place: int) -> Any:
        """Return a cell; None beyond the last."""
        return self.cells[place] if place < len(self.cells) else None

    def __str__(self) -> str:
        place = f"line {self.line}" if self.line > 0 else f"line {-self.line} from the end"
        return f"{place} ({shorten(', '.join(repr(str(cell)) for cell in self.cells if not is_blank(cell)), 80)})"


@attrs.frozen
class Told:
    """What is told of a file: what was left out on purpose goes to `notes`, what is in doubt to the findings.

    `table` is the name that the inputs describe it by, if they can; `options` tells whether those of the command line
    say how it is read. `lines` takes, by table, the line of each row, where it is known. `filled` are the lines of rows
    that hold something, `out` those of them that are left out; `doubts` wait until both are known.
    """

    file: str
    table: str | None
    notes: list[str]
    checks: Checks
    options: bool = False
    lines: dict[str | None, Sequence[int]] = attrs.field(factory=dict)
    filled: list[int] = attrs.field(factory=list)
    out: set[int] = attrs.field(factory=set)
    doubts: list[tuple[Sequence[Row], str, str | None]] = attrs.field(factory=list)

    def key(self, key: str, value: object) -> str:
        """Return what to say, and where, about how the file is read."""
        if self.table is None:
            return "save it in a plain form: csv in UTF-8, a heading, one row below another"
        said = json.dumps(value, ensure_ascii=False)
        typed = f'"{said}"' if isinstance(value, list) else said
        option = f" (on the command line: --{key.replace('_', '-')} {typed})" if self.options else ""
        return f"say {key} = {said} under [inputs.tables.{self.table}]{option}"

    def note(self, message: str) -> None:
        """Note what was done."""
        self.notes.append(f"{self.file}: {message}")

    def left_out(self, rows: Sequence[Row], what: str) -> None:
        """Note rows that are no data."""
        if rows:
            self.note(f"{counted(len(rows), 'row')} {what} left out: {_shown(rows)}")

    def doubt(self, rows: Sequence[Row], what: str, advice: str | None = None) -> None:
        """Note rows that may be no data, though they count, or the other way round."""
        if rows:
            self.doubts.append((rows, what, advice))

    def settle(self, rows: Sequence[Row], kept: Iterable[Row]) -> None:
        """Tell the doubts, now that it is known which rows of a file are kept."""
        self.filled[:] = [row.line for row in rows if row.filled]
        self.out.clear()
        self.out.update(set(self.filled).difference(row.line for row in kept))
        for doubtful, what, advice in self.doubts:
            message = f"{self.file}: {counted(len(doubtful), 'row')} {what}: {_shown(doubtful)}"
            message += f"; {advice or f'if that is no data, {self.skip(doubtful)}'}"
            self.checks.finding("doubtful-row", f"tables.{self.table}", message, "warning")
        self.doubts.clear()

    def skip(self, rows: Sequence[Row]) -> str:
        """Return what to say if rows are no data: all lines to leave out, those at the end counted from there."""
        lines, end = {*self.out, *(row.line for row in rows)}, 0
        while end < len(self.filled) and self.filled[-1 - end] in lines:
            end += 1
        above = lines.difference(self.filled[len(self.filled) - end :])
        return self.key("skip_rows", [*sorted(above), *range(-end, 0)])


def _shown(rows: Sequence[Row]) -> str:
    return "; ".join(map(str, rows[:3])) + ("; ..." if len(rows) > 3 else "")


def named(cells: Sequence[Any], told: Told) -> list[str]:
    """Return the names of the columns: blank ones go by their place, repeated ones get a number."""
    texts = ["" if is_blank(cell) else str(cell).strip("\ufeff") for cell in cells]
    taken, seen, often, names = set(texts), set[str](), Counter[str](), list[str]()
    for place, text in enumerate(texts, start=1):
        name = base = text or f"column {place}"
        while name in (seen if name == text else taken):
            often[base] += 1
            name = f"{base} {often[base] + 1}"
        seen.add(name)
        taken.add(name)
        names.append(name)
    told_names = [name for name, text in zip(names, texts, strict=True) if name != text]
    if told_names:
        some = ", ".join(map(repr, told_names[:5])) + (", ..." if len(told_names) > 5 else "")
        told.note(f"{counted(len(told_names), 'heading')} blank or repeated; these columns are called {some}")
    return names


def table_of(
    rows: Sequence[Row], skip: Skip, told: Told, *, loose: bool = False, cells: Cells | None = None
) -> tuple[list[str], list[Row]]:
    """Return the names of the columns and the rows of the table, but for blank ones.

    Parameters
    ----------
    rows
        All rows of a file, or those at either end.
    skip
        What `skip_rows` says; None where rows are recognised.
    told
        Takes what is left out, and what is in doubt.
    loose
        Whether cells to the right of the table belong to no row, as in a workbook.
    cells
        Gives the cells of a column, where not all rows are at hand.

    Raises
    ------
    NoTableError
        If there is no heading.
    """
    given, rows = rows, without(rows, skip)
    heading = next((place for place, row in enumerate(rows) if row.filled), -1)
    if heading < 0:
        raise NoTableError("it is empty")
    start = heading + 1
    if skip is None:
        heading, start = top(rows[: heading + LOOKED], heading, told)
    if loose:
        wide = _edge(rows, heading, told)
        rows = [Row(row.line, row.cells[:wide]) for row in rows]
        rows[heading] = Row(rows[heading].line, [rows[heading].cell(place) for place in range(wide)])
    titles = rows[heading].cells
    names = named(titles, told)
    if skip is not None:
        body = [row for row in rows[start:] if row.filled]
        _tell_skipped(given, body, {row.line for row in rows}, told)
        return names, body
    usual = usual_of(rows[heading : heading + LOOKED])
    end = bottom(rows, start, len(names), usual, told, cells)
    body = [row for row in rows[start:end] if row.filled]
    told.left_out([row for row in body if row.cells == titles], "of further headings")
    totals = [row for row in body if _word("total").fullmatch(next(_words(row), ""))]
    told.doubt(totals if len(totals) < max(SHOWN, len(body) // 2) else [], "called a total, but counted")
    body = [row for row in body if row.cells != titles]
    told.settle(given, [rows[heading], *body])
    return names, body


def at_hand(rows: Sequence[Row], place: int) -> Sequence[Any]:
    """Return the cells of a column."""
    return [row.cell(place) for row in rows if row.filled]


def _edge(rows: Sequence[Row], heading: int, told: Told) -> int:
    """Return how wide a table is: to its last heading, or a column that most rows fill; cells beyond are no data.

    Beyond a blank column stands another table, if it has few rows.
    """
    below, places = rows[heading + 1 :], range(len(rows[heading].cells))
    wide = 1 + max(n for n in places if not is_blank(rows[heading].cell(n)))
    while 2 * sum(not is_blank(row.cell(wide)) for row in below) > len(below):
        wide += 1
    ends = [max((n for n, cell in enumerate(row.cells) if not is_blank(cell)), default=0) for row in below]
    blank = (n for n in range(wide) if all(is_blank(row.cell(n)) for row in rows[heading:]))
    wide = next((n for n in blank if 2 * sum(end > n for end in ends) <= len(ends)), wide)
    beyond = [Row(row.line, row.cells[wide:]) for row in rows[heading:]]
    told.left_out([row for row in beyond if row.filled], "of cells to the right of the table")
    return wide


# The top


def top(rows: Sequence[Row], first: int, told: Told) -> tuple[int, int]:
    """Return the places of the heading and of the first row below; `first` is the first row that holds something."""
    usual = usual_of(rows)
    filled = 1 + max(n for row in rows for n, cell in enumerate(row.cells) if not is_blank(cell))
    wide = Counter(min(len(row.cells), filled) for row in rows if row.filled == usual).most_common(1)[0][0]
    heading, numbers = first, number_columns(_sample(rows[first + 1 :]))
    bare = not _names(rows[first], numbers, rows[first + 1 :]) and any(measured(rows[first].cell(n)) for n in numbers)
    sums = bare and not any(_words(rows[first]))
    if sums or _apart(rows[first], usual, wide) or not all(row.filled for row in rows[first : first + 2]):
        later = range(first + 1, len(rows))
        found = next((n for n in later if not _apart(rows[n], usual, wide)), first)
        named = 2 * rows[first].filled > usual and any(_is_word(rows[first].cell(n)) for n in numbers)
        data = named and any(measured(rows[found].cell(n)) for n in numbers)
        if found > first and not data and _heads(rows[found], rows[found + 1 :], rows[first:found]):
            heading = found
    above = [row for row in rows[:heading] if row.filled]
    full = [row for row in above if row.filled >= usual and not _apart(row, usual, wide)]
    told.left_out([row for row in above if row not in full], "above the heading")
    advice = f"if that is the heading or data, {told.key('skip_rows', 0)}"
    told.doubt(full, "above the heading left out, though full", advice)
    if bare and heading == first:
        advice = "if it is a row of data, write the names of the columns above it"
        told.doubt([rows[first]], "of numbers taken for the heading", advice)
    sample = _sample(rows[heading + 1 :])
    start, numbers = heading + 1, number_columns(sample)
    while sample and rows[start] is not sample[0]:
        sure = not rows[start].filled or _further(rows[start], rows[heading], sample, numbers)
        if sure is None:
            told.doubt([rows[start]], "like a second heading, but counted")
        if not sure:
            break
        start += 1
    told.left_out([row for row in rows[heading + 1 : start] if row.filled], "of further headings")
    return heading, start


def _apart(row: Row, usual: int, wide: int) -> bool:
    """Return whether a row is blank, or unlike those of the table."""
    return 2 * row.filled <= usual or len(row.cells) < wide or not all(map(is_blank, row.cells[wide:]))


def measured(cell: Any) -> bool:
    """Return whether a cell holds a number or a date, as data do and headings do not.

    Examples
    --------
    >>> [measured(cell) for cell in ("-1,234.50", "2026-03-01 10:00", "(5 %)", "5 - Very satisfied", 3, None)]
    [True, True, True, False, True, False]
    """
    if not isinstance(cell, str):
        return not is_blank(cell)
    bare = cell.strip().lstrip("+-\u2212<>~($\u20ac\u00a3\u00a5., ")
    return bare[:1].isdigit() and sum(map(str.isalpha, bare)) <= LETTERS


def _is_word(cell: Any) -> bool:
    return isinstance(cell, str) and not is_blank(cell) and not measured(cell)


def number_columns(rows: Sequence[Row]) -> list[int]:
    """Return the places of the columns that hold numbers or dates."""
    found = []
    for place in range(max((len(row.cells) for row in rows), default=0)):
        there = [cell for row in rows if not is_blank(cell := row.cell(place))]
        if len(there) > 1 and sum(map(measured, there)) >= MOSTLY * len(there):
            found.append(place)
    return found


def usual_of(rows: Iterable[Row]) -> int:
    """Return how many cells a row of the table fills, as a rule."""
    often = Counter(row.filled for row in rows if row.filled)
    return max(often, key=lambda filled: filled * often[filled], default=0)


def _sample(below: Sequence[Row]) -> Sequence[Row]:
    """Return rows that are data, whatever the first ones below the heading are."""
    filled = [row for row in below if row.filled]
    return filled[min(FURTHER, max(len(filled) - 2, 0)) :]


def _names(row: Row, numbers: Sequence[int], below: Sequence[Row]) -> bool:
    """Return whether a row names columns of numbers: half of its cells there are words, or periods that head them."""
    cells = {place: cell for place in numbers if not is_blank(cell := row.cell(place))}
    periods = all(_PERIOD.match(str(cell)) and cell not in at_hand(below, place) for place, cell in cells.items())
    words = [cell for cell in cells.values() if not measured(cell) and not _ABSENT.fullmatch(cell.strip())]
    return bool(cells) and (periods or 2 * len(words) >= len(cells))


def _heads(row: Row, below: Sequence[Row], above: Sequence[Row]) -> bool:
    """Return whether a row that is not the first is the heading."""
    if numbers := number_columns(_sample(below)):
        return _names(row, numbers, below)
    apart = not above[-1].filled or all(len(each.cells) < len(row.cells) for each in above)
    return apart and all(each.filled <= 1 for each in above)


def _further(row: Row, heading: Row, sample: Sequence[Row], numbers: Sequence[int]) -> bool | None:
    """Return whether a row below the heading is one more heading; None where that is in doubt."""
    cells = {place: str(cell).strip() for place, cell in enumerate(row.cells) if not is_blank(cell)}
    same = sum(str(heading.cell(place)).strip().casefold() == cell.casefold() for place, cell in cells.items())
    if '{"ImportId"' in "".join(cells.values()) or same == len(cells) > 1 or not _WORDY.search("".join(cells.values())):
        return True
    if any(map(measured, row.cells)):
        return False
    columns = [at_hand(sample, place) for place in range(len(heading.cells))]
    names = [
        place for place, ids in enumerate(columns) if len(set(ids)) == len(ids) > 1 and not any(map(is_blank, ids))
    ]
    unnamed = any(not _WORDY.search(cells.get(place, "")) for place in names[:1])
    if (unnamed or 0 not in cells) and all(map(_word("answer").fullmatch, cells.values())):
        return True
    if unnamed and any(is_blank(heading.cell(place)) for place in cells):
        return True  # the choices of a question, whose columns have no heading of their own
    texts = [cells[place] for place in numbers if place in cells]
    shared = any(cell in columns[place] for place, cell in enumerate(row.cells[: len(columns)]) if place in cells)
    if not texts or shared or any(map(_ABSENT.fullmatch, texts)):
        return False  # a customer's answers
    phrases = sum(" " in text for text in texts)
    called = cells.get(names[0], "") if names else ""
    own_heading = called.casefold() == str(heading.cell(names[0])).strip().casefold() if names else bool(same)
    asked = len(set(texts)) == len(texts) > 1 and 2 * phrases >= len(texts)
    plain = not any(" " in text for text in texts)
    units = all(text.strip("()[]").casefold() in vocabulary()["units"] for text in texts)
    nameless = unnamed and (units or (plain and names[0] in cells))  # a mark such as "-" stands for no name
    if (
        nameless
        or own_heading
        or (asked and (not names or any(has(cells.get(place, ""), "id", "customer", "naming") for place in names)))
    ):
        return True
    return None


# The end


def bottom(rows: Sequence[Row], start: int, wide: int, usual: int, told: Told, cells: Cells | None) -> int:
    """Return the place after the last row of a table: below it are totals, and a footer.

    Parameters
    ----------
    rows, start
        The rows of a file, or those at either end, and where those of the table begin.
    wide, usual
        How many columns there are, and how many cells a row fills as a rule.
    told
        Takes what is left out, and what is in doubt.
    cells
        Gives the cells of a column from one row to another, where not all rows are at hand.
    """
    end = next((place for place in range(len(rows), start, -1) if rows[place - 1].filled), start)
    foot = _footer(rows[:end], start, wide, usual)
    sums = foot
    while sums > start and (not rows[sums - 1].filled or _is_total(rows[sums - 1])):
        sums -= 1
    above = functools.partial(cells, start, sums) if cells else functools.partial(at_hand, rows[start:sums])
    totals, last = [row for row in rows[sums:foot] if row.filled], rows[foot - 1]
    proven = any(_sums_up(row, above) for row in totals)
    told.left_out(totals if proven else [], "of totals")
    told.left_out([row for row in rows[foot:end] if row.filled], "below the table")
    if foot == end > start and usual > 1 and last.filled == 1 and len(last.cells) >= wide and not totals:
        told.doubt([last], "of one cell only, but counted")
    return sums if proven else foot


def _words(row: Row) -> Iterator[str]:
    """Yield the words of a row; a mark alone, such as a dash, is none."""
    return (str(cell).strip() for cell in row.cells if not measured(cell) and _WORDY.search(str(cell or "")))


def _is_total(row: Row) -> bool:
    """Return whether a row may be a total: it holds no word but that, or none where customers have their name."""
    words = list(_words(row))
    counts = all(map(_COUNTED.fullmatch, words[1:]))
    named = bool(words) and counts and _word("total").match(words[0]) is not None
    return named or (not words and is_blank(row.cell(0)) and row.filled > 0)


def _footer(rows: Sequence[Row], start: int, wide: int, usual: int) -> int:
    """Return the place from which on lines of a footer stand, each of few cells; the last row holds something."""
    end = block = len(rows)
    few = max(1, usual // 2) if usual > 1 else 0
    while block > max(start, end - LOOKED) and (rows[block - 1].filled <= few or _says(rows[block - 1])):
        block -= 1
    once = all(row.filled for row in rows[start:block])  # elsewhere no blank line stands between rows
    for place in range(block if block > start else end, end):
        rest, apart = [row for row in rows[place:] if row.filled], once and not rows[place].filled
        if any(map(measured, itertools.chain.from_iterable(row.cells[1:] for row in rest if not _says(row)))):
            continue  # a number below a heading belongs to a customer
        if all(_closes(row, wide) for row in rest) or (apart and any(_closes(row, wide, apart=True) for row in rest)):
            return place
    return end


def _says(row: Row) -> bool:
    """Return whether the first cell of a row says what the next one is."""
    return str(row.cell(0)).strip().endswith(":")


def _closes(row: Row, wide: int, *, apart: bool = False) -> bool:
    """Return whether a line of few cells says that it belongs to a footer; `apart`, below a blank line."""
    text = next(str(cell).strip() for cell in row.cells if not is_blank(cell))
    cut, words, said = len(row.cells) < wide, len(text.split()), _word("footer").match(text) is not None
    marked = ":" in text
    if apart and (marked or words > (2 if cut else 3 if said else 6)):
        return True
    return (said and (marked or (cut and (words > 3 or not text[0].isalpha())))) or (cut and not _WORDY.search(text))


@functools.cache
def _word(what: str) -> re.Pattern[str]:
    words = "|".join(map(re.escape, sorted(vocabulary()[what], key=len, reverse=True)))
    return re.compile(rf"[\W\d]*(?:{words})(?!\w)\W*(\(.*\))?\W*", re.IGNORECASE)


def _sums_up(row: Row, above: Callable[[int], Sequence[Any]]) -> bool:
    """Return whether most numbers of a row are sums or means of those above, and not zeros alone."""
    label, *further = [*_words(row)] or [""]
    places = [place for place, cell in enumerate(row.cells) if measured(cell)]
    is_total = _word("total").fullmatch
    counts = [_whole(said[1]) == len(above(0)) for word in further if (said := _COUNTED.fullmatch(word))]
    if (said := _COUNT.search(label)) and is_total(label[: said.start()]):
        counts.append(_whole(said[1]) == len(above(0)))
    if counts and (all(counts) or further):
        return all(counts)
    found = {place: hit for place in places if (hit := _is_sum(row.cell(place), above(place))) is not None}
    if is_total(label):  # it may hold the number of customers too
        found = {place: hit for place, hit in found.items() if hit or _whole(row.cell(place)) != len(above(0))}
    telling = sum(hit and re.search("[1-9]", str(row.cell(place))) is not None for place, hit in found.items())
    if not label:  # no word says that it is a total
        return telling == len(found) > 1 and len(above(0)) > FURTHER and not any(map(is_blank, above(0)))
    there = len(found) - (sum(found.values()) - telling)  # sums of zeros prove nothing
    return 2 * telling > there if is_total(label) else telling == there > 1


def _whole(cell: Any) -> int | None:
    """Return the digits of a cell as a number; None where there are none."""
    digits = re.sub(r"\D", "", str(cell))
    return int(digits) if digits.isdecimal() else None


def _is_sum(cell: Any, above: Sequence[Any]) -> bool | None:
    """Return whether a number is the sum or the mean of those above; None where there are none."""
    found, often = None, Counter(above).items()
    for mark in ".,":
        numbers = [(number, times) for each, times in often if (number := _amount(each, mark)[0]) is not None]
        total, many = sum(number * times for number, times in numbers), sum(times for _, times in numbers)
        for said, digits in {_amount(cell, own) for own in ".,"}:
            if said is not None and many > 1:
                near = 0.5 * 10.0**-digits + 1e-9 * abs(said)
                found = found or abs(said - total) < near or (digits > 0 and abs(said - total / many) < near)
    return found


def _amount(cell: Any, mark: str) -> tuple[float | None, int]:
    """Return the number in a cell, by its decimal mark and whatever stands around it; and its decimals."""
    if not isinstance(cell, str):
        number = number_of(cell)
        return number, 12
    whole, _, fraction = re.sub(rf"[^\d{mark}]", "", cell).partition(mark)
    if not (whole + fraction).isdecimal():
        return None, 0
    sign = -1.0 if re.match(r"\W*[-\u2212(]", cell) else 1.0
    return sign * float(f"{whole or 0}.{fraction or 0}"), len(fraction)


# What the user says


def without(rows: Sequence[Row], skip: Skip) -> Sequence[Row]:
    """Return the rows but for those that `skip_rows` names: the first ones, or lines (from the end below 0)."""
    if skip is None:
        return rows
    if isinstance(skip, int):
        return [row for row in rows if not 0 < row.line <= skip]
    filled = [row.line for row in rows if row.filled]
    lines = {filled[line] if -len(filled) <= line < 0 else line for line in skip}
    return [row for row in rows if row.line not in lines]


def _tell_skipped(rows: Sequence[Row], body: Sequence[Row], kept: set[int], told: Told) -> None:
    """Note the rows that `skip_rows` names; those that look like data are in doubt."""
    skipped = [row for row in rows if row.filled and row.line not in kept]
    told.left_out(skipped, "that skip_rows names")
    numbers = number_columns([*body[:LOOKED], *skipped[:LOOKED]])
    like = [
        row
        for row in skipped
        if not is_blank(row.cell(0))
        and not _word("total").match(next(_words(row), ""))
        and 2 * sum(measured(row.cell(place)) for place in numbers) > len(numbers)
    ]
    told.doubt(like, "that skip_rows names, though like data", "if that is data, take it out of skip_rows")
    told.settle(rows, body)
