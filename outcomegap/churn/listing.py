"""A list for people and programs: rows of plain values, a frame of the kind that came in, a table to read."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.errors import DataError
from outcomegap.frames import Table, html_table, text_table
from outcomegap.frames.text import display_width
from outcomegap.scoring.sheets import cells

Array = NDArray[Any]
Show = Callable[[Any], Any]
#: How many rows a table to read shows.
SHOWN = 20
#: How wide a text that somebody wrote may be in a table to read.
LONGEST = 60


class Listing:
    """Rows under headings, in an order that means something.

    It is a sequence of dicts of plain Python values, None for what is missing.

    Attributes
    ----------
    title
        One line that says what is listed.
    columns
        Heading -> one value a row.
    notes
        What a reader must know beside the rows.

    Examples
    --------
    >>> from outcomegap.frames import wrap
    >>> listing = Listing("two plans", {"plan": ["pro", "basic"], "share": [0.75, 0.25]}, wrap({"any": [1]}),
    ...                   show={"share": percent})
    >>> listing[0], listing.to_frame()["share"].tolist()
    ({'plan': 'pro', 'share': 0.75}, [0.75, 0.25])
    >>> print(listing)
    two plans
    <BLANKLINE>
    plan    share
    -----  ------
    pro    75.0 %
    basic  25.0 %
    """

    def __init__(
        self,
        title: str,
        columns: Mapping[str, Any],
        table: Table,
        *,
        notes: Sequence[str] = (),
        show: Mapping[str, Show] | None = None,
        hide: Sequence[str] = (),
    ) -> None:
        self.title, self.notes = title, tuple(notes)
        self.columns: dict[str, Array] = {name: as_column(values) for name, values in columns.items()}
        self.table, self._show, self._hide = table, dict(show or {}), tuple(hide)

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), ()))

    def __getitem__(self, place: int) -> dict[str, Any]:
        if isinstance(place, bool) or not isinstance(place, (int, np.integer)):
            raise DataError(f"a row is asked for by its number, from 0 (got {place!r:.60}); rows() returns all of them")
        return {name: cells(values[[place]])[0] for name, values in self.columns.items()}

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.rows())

    def rows(self) -> list[dict[str, Any]]:
        """Return a dict a row."""
        columns = [cells(values) for values in self.columns.values()]
        return [dict(zip(self.columns, row, strict=True)) for row in zip(*columns, strict=True)]

    def to_frame(self) -> Any:
        """Return the rows as the same kind of frame that came in."""
        return self.table.build(self.columns, index_like=False)

    def _shown(self) -> tuple[list[str], list[list[Any]], list[str]]:
        names = [name for name in self.columns if name not in self._hide]
        listed = [[self._cell(name, v) for v in cells(self.columns[name][:SHOWN])] for name in names]
        more = len(self) - SHOWN
        notes = [*([f"... and {more:,} more; to_frame() has them all."] if more > 0 else []), *self.notes]
        return names, [list(row) for row in zip(*listed, strict=True)], notes

    def _cell(self, name: str, value: Any) -> Any:
        if value is None:
            return "-"
        return self._show[name](value) if name in self._show else value

    def __str__(self) -> str:
        names, rows, notes = self._shown()
        numeric = [self.columns[name].dtype.kind in "fiu" for name in names]
        body = [text_table(names, rows, align=["r" if n else "l" for n in numeric])] if rows else []
        return "\n\n".join([self.title, *body, *(["\n".join(notes)] if notes else [])])

    def _repr_html_(self) -> str:
        names, rows, notes = self._shown()
        return html_table(names, rows, caption=self.title) + "".join(f"<p>{html.escape(note)}</p>" for note in notes)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self)} rows: {self.title}>"


def as_column(values: Any) -> Array:
    """Return values as an array; text, and what holds None, as objects.

    Examples
    --------
    >>> as_column(["a", None]).dtype, as_column([1, 2]).dtype.kind
    (dtype('O'), 'i')
    """
    if isinstance(values, np.ndarray):
        return values
    listed = list(values)
    if listed and all(isinstance(value, (bool, int, float, np.number, np.bool_)) for value in listed):
        return np.asarray(listed)
    column = np.empty(len(listed), dtype=object)
    column[:] = listed
    return column


def percent(share: float) -> str:
    """Return a share as a percentage.

    Examples
    --------
    >>> percent(0.283), percent(float("nan"))
    ('28.3 %', '-')
    """
    return "-" if share != share else f"{100 * share:.1f} %"  # noqa: PLR0124 - only NaN differs from itself


def mark_of(ideal: bool) -> str:  # noqa: FBT001 - one cell of a column
    """Return what stands in a table to read for a customer of an ideal segment, or of one that is not.

    Examples
    --------
    >>> mark_of(True), mark_of(False)
    ('yes', '(not ideal)')
    """
    return "yes" if ideal else "(not ideal)"


def span(low: float, high: float) -> str:
    """Return two shares as a range of percentages.

    Examples
    --------
    >>> span(0.4, 0.8)
    '40.0 to 80.0 %'
    """
    return "-" if low != low or high != high else f"{100 * low:.1f} to {100 * high:.1f} %"  # noqa: PLR0124


def shorten(text: str, width: int = LONGEST) -> str:
    """Return a text on one line that is no wider than a table to read has room for, with an ellipsis if it was.

    Examples
    --------
    >>> shorten("too expensive for us, and never set up", 24), shorten("bugs "), shorten("two  blanks")
    ('too expensive for us, a…', 'bugs', 'two blanks')
    """
    line = " ".join(text[: 10 * width].split())
    if len(text) <= 10 * width and display_width(line) <= width:
        return line
    room = width - 1
    for place, char in enumerate(line):
        room -= display_width(char)
        if room < 0:
            return f"{line[:place].rstrip()}…"
    return f"{line}…"


def counted(count: int, one: str, more: str | None = None) -> str:
    """Return a number and what is counted, in the singular where it is one.

    Examples
    --------
    >>> counted(1, "customer"), counted(1_200, "customer"), counted(2, "loss", "losses")
    ('1 customer', '1,200 customers', '2 losses')
    """
    return f"{count:,} {one if count == 1 else more or f'{one}s'}"
