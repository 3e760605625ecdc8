"""Where the table lies in a file: what stands above its heading, below it and at its end, and that is told.

A row is left out only where nothing else makes sense of it. In doubt it counts, and a finding says so.
"""

from __future__ import annotations

import functools
import itertools
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

import attrs

from outcomegap.checks import Checks, number_of
from outcomegap.frames.arrays import is_blank
from outcomegap.intake.guesses import vocabulary
from outcomegap.listing import counted, shorten

#: So many rows at either end of a file are looked at.
LOOKED = 50
#: So many further rows of headings may stand below the first.
FURTHER = 2
#: From this share of numbers and dates on, a column holds them.
MOSTLY = 0.7
#: A number or date has at most so many letters (such as "Mar" or "AM"), and characters.
LETTERS, LENGTH = 4, 32
Skip: TypeAlias = "int | tuple[int, ...] | None"
_ABSENT = re.compile(r"(not?|n/?a|k\. ?a|unknown|none|missing|pending|keine?)\b.*|\W+", re.IGNORECASE)
_COUNT = re.compile(r"[(:]\s*(\d[\d.,]*)\W*\w*\W*$")
_WORDY = re.compile(r"\w")


class EmptyError(ValueError):
    """Raised where there is no table."""


@attrs.frozen
class Row:
    """A row of a file: its cells, the line on which it begins (from 1), and the byte."""

    line: int
    cells: Sequence[Any]
    at: int = 0

    @property
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
    say how it is read.
    """

    file: str
    table: str | None
    notes: list[str]
    checks: Checks
    options: bool = False

    def key(self, key: str, value: object) -> str:
        """Return what to say, and where, about how the file is read."""
        if self.table is None:
            return "save it in a plain form: csv in UTF-8, a heading, one row below another"
        said = json.dumps(value, ensure_ascii=False)
        option = f" (on the command line: --{key.replace('_', '-')} {said})" if self.options else ""
        return f"say {key} = {said} under [inputs.tables.{self.table}]{option}"

    def note(self, message: str) -> None:
        """Note what was done."""
        self.notes.append(f"{self.file}: {message}")

    def left_out(self, rows: Sequence[Row], what: str) -> None:
        """Note rows that are no data."""
        if rows:
            lines = "; ".join(map(str, rows[:3])) + ("; ..." if len(rows) > 3 else "")
            self.note(f"{counted(len(rows), 'row')} {what} left out: {lines}")

    def doubt(self, row: Row, what: str) -> None:
        """Note a row that counts, though it may be no data."""
        message = f"{self.file}: {row} {what}, but counts; if it is no data, {self.skip(row)}"
        self.checks.finding("doubtful-row", f"tables.{self.table}", message, "warning")

    def skip(self, row: Row) -> str:
        """Return what to say if a row is no data."""
        return f"{self.key('skip_rows', [row.line])}, with every other line that is no data"


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


def table_of(rows: Sequence[Row], skip: Skip, told: Told, *, loose: bool = False) -> tuple[list[str], list[Row]]:
    """Return the names of the columns and the rows of the table, but for blank ones.

    In a workbook (`loose`), cells to the right of the table belong to no row.

    Raises
    ------
    EmptyError
        If there is no heading.
    """
    rows, cut = without(rows, skip), 0
    if not any(row.filled for row in rows):
        raise EmptyError("it is empty")
    heading, start = top(rows, skip, told)
    if loose:
        rows = _narrowed(rows, heading, start, told)
    names = named(rows[heading].cells, told)
    if skip is None:
        tail = max(start, len(rows) - LOOKED)
        usual = usual_of(rows[heading:tail][:LOOKED] or rows)
        cut = bottom(rows[tail:], len(names), usual, told, lambda row: Body.of(rows[start : rows.index(row)]))
    return names, [row for row in rows[start : len(rows) - cut] if row.filled]


def _narrowed(rows: Sequence[Row], heading: int, start: int, told: Told) -> list[Row]:
    """Return the rows without cells to the right of the last heading, or of a column that most rows fill."""
    cells, sample = rows[heading].cells, rows[start : start + LOOKED]
    wide = max(place for place, cell in enumerate(cells, start=1) if not is_blank(cell))
    while 2 * sum(not is_blank(row.cell(wide)) for row in sample) > len(sample):
        wide += 1
    wider = [row for row in rows if len(row.cells) > wide]
    beyond = [Row(row.line, row.cells[wide:]) for row in wider if row.line > rows[heading].line]
    told.left_out([row for row in beyond if row.filled], "of cells to the right of the table")
    made = [Row(row.line, row.cells[:wide]) if len(row.cells) > wide else row for row in rows]
    made[heading] = Row(rows[heading].line, [rows[heading].cell(place) for place in range(wide)])
    return made


# The top


def top(rows: Sequence[Row], skip: Skip, told: Told) -> tuple[int, int]:
    """Return the places of the heading and of the first row below, in a file that holds some."""
    first = next(place for place, row in enumerate(rows) if row.filled)
    if skip is not None:
        return first, first + 1
    rows = rows[: first + LOOKED]
    usual = usual_of(rows)
    wide = Counter(len(row.cells) for row in rows if row.filled > 1).most_common(1)

    def short(row: Row) -> bool:
        return 2 * row.filled <= usual or bool(wide and len(row.cells) < wide[0][0])

    heading = first
    if short(rows[first]) or not all(row.filled for row in rows[first : first + 2]):
        found = next((n for n, row in enumerate(rows) if n > first and row.filled and not short(row)), first)
        if found > first and _heads(rows[found], rows[found + 1 :], rows[first:found]):
            heading = found
    told.left_out([row for row in rows[:heading] if row.filled], "above the heading")
    start, below = heading + 1, [row for row in rows[heading + 1 :] if 2 * row.filled > usual or row.filled > 1]
    sample = _sample(below)
    numbers, further = number_columns(sample), []
    for row in below[: max(len(below) - len(sample), 0)]:
        sure = _further(row, rows[heading], sample, numbers)
        if sure is None:
            told.doubt(row, "looks like a second heading")
        if not sure:
            break
        further.append(row)
        start = rows.index(row) + 1
    told.left_out(further, "of further headings")
    return heading, start


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
    return bare[:1].isdigit() and len(bare) <= LENGTH and sum(map(str.isalpha, bare)) <= LETTERS


def number_columns(rows: Sequence[Row]) -> list[int]:
    """Return the places of the columns that hold numbers or dates."""
    found = []
    for place in range(max((len(row.cells) for row in rows), default=0)):
        cells = [row.cell(place) for row in rows]
        there = [cell for cell in cells if not is_blank(cell)]
        if len(there) > 1 and sum(map(measured, there)) >= MOSTLY * len(there):
            found.append(place)
    return found


def usual_of(rows: Iterable[Row]) -> int:
    """Return how many cells a row of the table fills, as a rule."""
    often = Counter(row.filled for row in rows if row.filled)
    return max(often, key=lambda filled: filled * often[filled], default=0)


def _sample(below: Sequence[Row]) -> Sequence[Row]:
    """Return rows that are data, whatever the first ones below the heading are."""
    return below[min(FURTHER, max(len(below) - 2, 0)) :]


def _heads(row: Row, below: Sequence[Row], above: Sequence[Row]) -> bool:
    """Return whether a row that is not the first is the heading: text, above columns of numbers."""
    cells = [cell for cell in row.cells if not is_blank(cell)]
    if any(map(measured, cells)):
        return False
    if numbers := number_columns(_sample([each for each in below if each.filled > 1])):
        return any(not is_blank(row.cell(place)) for place in numbers)
    apart = not above[-1].filled or all(len(each.cells) < len(row.cells) for each in above)
    return apart and len(set(cells)) == len(cells) and all(each.filled <= 1 for each in above)


def _further(row: Row, heading: Row, sample: Sequence[Row], numbers: Sequence[int]) -> bool | None:
    """Return whether a row below the heading is one more heading; None where that is in doubt."""
    cells = {place: str(cell).strip() for place, cell in enumerate(row.cells) if not is_blank(cell)}
    same = sum(str(heading.cell(place)).strip().casefold() == cell.casefold() for place, cell in cells.items())
    if '{"ImportId"' in "".join(cells.values()) or same == len(cells) > 1 or not _WORDY.search("".join(cells.values())):
        return True
    columns = {place: [each.cell(place) for each in sample] for place in range(len(heading.cells))}
    names = [place for place, ids in columns.items() if len(set(ids)) == len(ids) > 1 and not any(map(is_blank, ids))]
    unnamed = any(not _WORDY.search(cells.get(place, "")) for place in names[:1])
    if unnamed and not any(map(measured, row.cells)) and any(is_blank(heading.cell(place)) for place in cells):
        return True  # the choices of a question, whose columns have no heading of their own
    texts = [cells[place] for place in numbers if place in cells]
    if not texts or any(measured(row.cell(place)) or _ABSENT.fullmatch(cells.get(place, "")) for place in numbers):
        return False
    if any(row.cell(place) in columns[place] for place in cells if place in columns):  # what a customer holds too
        return False
    phrases = sum(" " in text for text in texts)
    if same or unnamed or (len(set(texts)) == len(texts) > 1 and 2 * phrases >= len(texts)):
        return True
    return None if len(set(texts)) > 1 else False


# The end


def bottom(rows: Sequence[Row], wide: int, usual: int, told: Told, above: Callable[[Row], Body]) -> int:
    """Return how many of the last rows are no data: totals, and a footer.

    Parameters
    ----------
    rows
        The last rows of the table, with what stands below it.
    wide, usual
        How many columns there are, and how many cells a row fills as a rule.
    told
        Takes what is left out, and what is in doubt.
    above
        Gives what stands in the table above a row.
    """
    end, start = _end(rows), _footer(rows, wide, usual)
    looks = list(itertools.takewhile(is_total, (row for row in reversed(rows[:start]) if row.filled)))[::-1]
    body = above(looks[0]) if looks else None
    sums: list[Row] = []
    while looks and body is not None and body.rows and _sums_up(looks[-1], body):
        sums.insert(0, looks.pop())
    for row in looks:
        if _word("total").fullmatch(_label(row)):
            told.doubt(row, "is called a total, though its numbers are no sums")
    told.left_out(sums, "of totals")
    told.left_out([row for row in rows[start:end] if row.filled], "below the table")
    if start == end > 0 and usual > 1 and not sums and rows[end - 1].filled == 1 and len(rows[end - 1].cells) >= wide:
        told.doubt(rows[end - 1], "fills one cell only")
    return len(rows) - max(
        (n for n, row in enumerate(rows[:start], start=1) if row.filled and row not in sums), default=0
    )


def is_total(row: Row) -> bool:
    """Return whether a row calls itself a total."""
    return _word("total").match(_label(row)) is not None


def _end(rows: Sequence[Row]) -> int:
    return next((place for place in range(len(rows), 0, -1) if rows[place - 1].filled), 0)


def _footer(rows: Sequence[Row], wide: int, usual: int) -> int:
    """Return the place from which on lines of a footer stand, each of few cells."""
    end = block = _end(rows)
    if usual < 2:
        return end
    while block and rows[block - 1].filled <= max(1, usual // 2) and not is_total(rows[block - 1]):
        block -= 1
    if not block:
        return end
    apart = next((place for place in range(block, end) if not rows[place].filled), end)
    once = all(row.filled for row in rows[:block])  # elsewhere no blank line stands between rows
    start = apart if once and any(_closes(row, wide) for row in rows[apart:end] if row.filled) else end
    while start > block and (not rows[start - 1].filled or _closes(rows[start - 1], wide, alone=True)):
        start -= 1
    return start


def _closes(row: Row, wide: int, *, alone: bool = False) -> bool:
    """Return whether a line of few cells says that it belongs to a footer; `alone`, with nothing else to go by."""
    text, cut = _label(row), len(row.cells) < wide
    words, marked = len(text.split()), ":" in text or "\u00a9" in text
    if _word("footer").match(text) and (
        marked or (words > 3 and (cut or not alone)) or (cut and text[0] in "(0123456789")
    ):
        return True
    return not alone and (marked or words > (2 if cut else 6))


def _label(row: Row) -> str:
    return next((str(cell).strip() for cell in row.cells if not is_blank(cell)), "")


@functools.cache
def _word(what: str) -> re.Pattern[str]:
    words = "|".join(map(re.escape, sorted(vocabulary()[what], key=len, reverse=True)))
    return re.compile(rf"[\W\d]*(?:{words})(?!\w)\W*(\(.*\))?\W*", re.IGNORECASE)


@attrs.frozen
class Body:
    """The table above a total: how many rows it has, and what gives the sum of a column and how many numbers it has."""

    rows: int
    sum_of: Callable[[int, str], tuple[float, int]]

    @classmethod
    def of(cls, rows: Iterable[Row]) -> Body:
        """Sum up rows that are at hand."""
        data = [row for row in rows if row.filled]

        def sum_of(place: int, mark: str) -> tuple[float, int]:
            amounts = [amount for row in data if (amount := _amount(row.cell(place), mark)[0]) is not None]
            return sum(amounts), len(amounts)

        return cls(len(data), sum_of)


def _sums_up(row: Row, body: Body) -> bool:
    """Return whether the numbers of a row sum up the rows above: most of them, and not zeros alone."""
    label = next(place for place, cell in enumerate(row.cells) if not is_blank(cell))
    if any(_WORDY.search(str(cell)) and not measured(cell) for cell in row.cells[label + 1 :] if not is_blank(cell)):
        return False  # a word of a customer
    places = [place for place in range(label + 1, len(row.cells)) if measured(row.cell(place))]
    counted_rows = _COUNT.search(_label(row))
    if counted_rows and int(re.sub(r"\D", "", counted_rows[1])) == body.rows:
        return True
    return any(_agree(row, body, places, mark) for mark in ".,")


def _agree(row: Row, body: Body, places: Sequence[int], mark: str) -> bool:
    """Return whether more than half of the numbers are sums, counts or means, and one is a sum or means tell so."""
    hits, sums = 0, 0
    for place in places:
        said, digits = _amount(row.cell(place), mark)
        total, many = body.sum_of(place, mark)
        if said is not None and many > 1:
            near = 0.5 * 10.0**-digits + 1e-9 * abs(said)
            is_sum, is_mean = abs(said - total) < near, abs(said - total / many) < near
            hits += is_sum or is_mean or said == many
            sums += (is_sum and said != 0) or (is_mean and digits > 0)
    enough = 1 if _word("total").fullmatch(_label(row)) else 2
    return sums >= enough and 2 * hits > len(places)


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
        return [row for row in rows if row.line > skip]
    filled = [row.line for row in rows if row.filled]
    lines = {filled[line] if -len(filled) <= line < 0 else line for line in skip}
    return [row for row in rows if row.line not in lines]
