"""A listing: columns, the format of each, and notes. Every answer for people is a listing; only this module renders it.

`Listing.columns` (and `to_frame`, csv, json, xlsx) keep full precision; a `Show` says how text and HTML show a column.
A listing may have parts: listings that are printed below it.
"""

from __future__ import annotations

import csv
import datetime as dt
import html
import io
import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import show
from outcomegap.errors import DataError, EngineError, hint
from outcomegap.frames import Table, make_frame
from outcomegap.frames.arrays import is_missing_type, objects, plain_values
from outcomegap.replacing import replacing

if TYPE_CHECKING:
    from jinja2 import Template
    from matplotlib.axes import Axes
    from rich.console import Console, ConsoleOptions, Group

Array = NDArray[Any]
Format = str | Callable[..., Any]
#: How many rows a printed table shows, and how wide its cells may be.
SHOWN, WIDEST = 20, 100
#: Text up to this width stays on one line in a narrow table; how many blanks stand between its columns.
WHOLE, GAP = 10, 2
#: Width of a bar in its own units; the page scales it.
WIDE = 1000.0
#: On a page, in rem: the room of a letter, of the space beside a column, and of a drawing, in print of the usual size
#: and in small print; and the widths at which `present/report.css` changes a table that needs more room: to small
#: print, and from that to one block for each row.
USUAL, SMALL = (0.5, 0.8, 9.0), (0.42, 0.55, 6.0)
ROOMS = (*range(12, 120, 4), 10**9)
#: The columns that have no room on a page of this width, that of A4, in small print stand below their row; at least so
#: many stand side by side.
PAPER, BESIDES = 56, 4
#: A table of so many rows is not parted by the end of a page.
SHORT = 6
SUFFIXES = (".csv", ".tsv", ".jsonl", ".ndjson", ".csv.gz", ".tsv.gz", ".jsonl.gz", ".ndjson.gz", ".parquet", ".xlsx")
#: Libraries that file formats need, and the extras that install them.
NEEDED = {".parquet": ("pyarrow", "parquet"), ".xlsx": ("openpyxl", "excel")}
#: Characters that a spreadsheet may take for the start of a formula (the wide forms too, in East Asian settings), and
#: control characters that may come before them.
FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", *map(chr, range(0x20)))
#: The most rows and columns of an Excel sheet, the longest text of a cell, the largest integer that it keeps exactly,
#: and the first year of its dates.
MOST_ROWS, MOST_COLUMNS, LONGEST, LARGEST, FIRST_YEAR = 1_048_576, 16_384, 32_767, 10**15, 1901
#: How many rows are turned into Python values at a time.
PIECE = 1 << 16


def number(value: float, digits: int = 3) -> str:
    """Return a number for people: whole numbers in full, others with some significant digits.

    Examples
    --------
    >>> [number(x) for x in (50_000, 1234.56, 0.0295, 12.0, 1e20, 0.00000123, float("nan"))]
    ['50,000', '1,235', '0.0295', '12', '1e+20', '1.23e-06', '-']
    """
    size = abs(value)
    if math.isnan(value):
        return "-"
    if size >= 1e15 or 0 < size < 1e-4:
        return f"{value:.{digits}g}"
    if size == math.floor(size):
        return f"{value + 0.0:,.0f}"  # no negative zero
    text = f"{value:,.{max(0, digits - 1 - math.floor(math.log10(size)))}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def percent(share: float) -> str:
    """Return a share as a percentage.

    Examples
    --------
    >>> percent(0.283), percent(float("nan"))
    ('28.3 %', '-')
    """
    return "-" if math.isnan(share) else f"{100 * share:.1f} %"


def span(low: float, high: float) -> str:
    """Return two shares as a range of percentages.

    Examples
    --------
    >>> span(0.4, 0.8), span(float("nan"), 0.8)
    ('40.0 to 80.0 %', '-')
    """
    return "-" if math.isnan(low) or math.isnan(high) else f"{100 * low:.1f} to {percent(high)}"


def points(share: float) -> str:
    """Return a part of the desired outcome, in [0, 1], as points of a score out of 100.

    Examples
    --------
    >>> points(0.344), points(float("nan"))
    ('34.4', '-')
    """
    return "-" if math.isnan(share) else f"{100 * share:.1f}"


def by_column(rows: Sequence[Mapping[str, Any]]) -> dict[str, Array]:
    """Return the columns of rows that all have the same names.

    Examples
    --------
    >>> by_column([{"plan": "pro", "share": 0.75}, {"plan": "basic", "share": 0.25}])["share"].tolist()
    [0.75, 0.25]
    """
    return {name: as_column([row[name] for row in rows]) for name in rows[0]}


def counted(count: int, one: str, more: str | None = None) -> str:
    """Return a number and the thing counted, in the singular for 1.

    Examples
    --------
    >>> counted(1, "customer"), counted(1_200, "customer"), counted(2, "loss", "losses")
    ('1 customer', '1,200 customers', '2 losses')
    """
    return f"{count:,} {one if count == 1 else more or f'{one}s'}"


def named(name: object, *, ideal: bool = True) -> str:
    """Return a name, marked if it is of a segment that is not ideal.

    Examples
    --------
    >>> named("enterprise"), named("hobby", ideal=False)
    ('enterprise', 'hobby (not ideal)')
    """
    return str(name) if ideal else f"{name} (not ideal)"


#: Formats of values, by name; a function may be given instead. "points" and "change" take numbers in [0, 1] and show
#: points of 100; "score" and "gain" take points.
FORMATS: dict[str, Callable[[Any], str]] = {
    "number": number,
    "count": lambda value: f"{value:,.0f}" if value == value else "-",  # noqa: PLR0124 - NaN differs from itself
    "percent": percent,
    "points": points,
    "change": lambda share: "-" if math.isnan(share) else f"{100 * share:+.1f}",
    "score": lambda value: points(value / 100),
    "gain": lambda value: FORMATS["change"](value / 100),
    "money": lambda value: "-" if math.isnan(value) else f"{value:,.2f}",
    "days": lambda value: "-" if math.isnan(value) else f"{value:,.1f}",
    "yes": lambda value: "yes" if value else "no",
    "ideal": lambda value: "yes" if value else "(not ideal)",
}


@attrs.frozen
class Show:
    """One column of a table for people.

    Parameters
    ----------
    heading
        The heading of the column.
    of
        The column that it shows, or several, whose values `form` takes together. The default is the heading's name.
    form
        A name in `FORMATS`, or a function of the values. By default numbers have four significant digits.
    right
        Whether it is aligned right; by default, if its values are numbers.
    drawn
        Whether it is a drawing, only for HTML: `form` returns an object with ``__html__``, such as a `Bar`.
    """

    heading: str
    of: str | tuple[str, ...] = ""
    form: Format | None = None
    right: bool | None = None
    drawn: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The columns it shows."""
        return self.of if isinstance(self.of, tuple) else (self.of or self.heading,)


@attrs.frozen
class Bar:
    """A horizontal bar in a table of HTML.

    Parameters
    ----------
    pieces
        (CSS class, length) of each piece, from the left; NaN has no length.
    label
        The text for readers who cannot see the bar.
    of
        The length of the whole track.

    Examples
    --------
    >>> Bar([("bar", 0.25)], "a quarter").__html__().count("<rect")
    2
    """

    pieces: Sequence[tuple[str, float]]
    label: str
    of: float = 1.0

    def __html__(self) -> str:
        drawn, start = [f'<rect class="track" width="{WIDE:g}" height="10"/>'], 0.0
        for kind, length in self.pieces:
            long = 0.0 if math.isnan(length) or self.of <= 0 else WIDE * max(length, 0.0) / self.of
            if long > 0:
                drawn.append(f'<rect class="{kind}" x="{start:.2f}" width="{long:.2f}" height="10"/>')
            start += long
        label = html.escape(harmless(self.label))
        return (
            f'<svg viewBox="0 0 {WIDE:g} 10" preserveAspectRatio="none" role="img" aria-label="{label}">'
            f"<title>{label}</title>{''.join(drawn)}</svg>"
        )


class Listing(Sequence[dict[str, Any]]):
    """Rows under headings, in a meaningful order: for people, frames, and files.

    It is a sequence of dicts of plain Python values, None for what is missing.

    Parameters
    ----------
    title
        One line: what is listed.
    columns
        Name -> one value for each row.
    like
        The table that came in; `to_frame` makes the same kind.
    same_rows
        Whether the rows are those of `like`, in its order; then `to_frame` keeps its index.
    show
        The columns of the printed table, each a `Show` or a name. The default is all but those in `hide`.
    formats
        Column -> its format, for columns that are shown by name.
    hide
        Columns that are only in frames and files.
    notes
        Lines below the rows.
    parts
        Listings that are printed below, by name; those given as a list are named by their titles.
    facts
        Single values, by name: a verdict, a total. They are for programs; `notes` give them to people.
    first
        How many rows are printed; frames and files hold all.
    order
        The positions of the rows in printed order, if it differs.
    drawing
        The name of its picture, if it has one, in ``outcomegap.present.plots.DRAWINGS``.

    Examples
    --------
    >>> listing = Listing("two plans", {"plan": ["pro", "basic"], "share": [0.75, 0.25]}, formats={"share": "percent"})
    >>> listing[0], listing.to_frame()["share"].tolist()
    ({'plan': 'pro', 'share': 0.75}, [0.75, 0.25])
    >>> print(listing)
    two plans
    <BLANKLINE>
    plan    share
    -------------
    pro    75.0 %
    basic  25.0 %
    """

    #: The name of its picture.
    drawing: str | None = None

    def __init__(
        self,
        title: str,
        columns: Mapping[str, Any],
        *,
        like: Table | None = None,
        same_rows: bool = False,
        show: Sequence[Show | str] | None = None,
        formats: Mapping[str, Format] | None = None,
        hide: Sequence[str] = (),
        notes: Sequence[str] = (),
        parts: Mapping[str, Listing] | Sequence[Listing] = (),
        facts: Mapping[str, Any] | None = None,
        first: int = SHOWN,
        order: object = None,
        drawing: str | None = None,
    ) -> None:
        self.title, self.notes, self.first = title, tuple(notes), first
        self._rows_shown = slice(None) if order is None else np.asarray(order, dtype=np.intp)
        self.facts: dict[str, Any] = dict(facts or {})
        named = parts if isinstance(parts, Mapping) else {part.title: part for part in parts}
        self.parts: dict[str, Listing] = dict(named)
        self.columns: dict[str, Array] = {name: as_column(values) for name, values in columns.items()}
        said = formats or {}
        listed = [name for name in self.columns if name not in hide] if show is None else show
        shows = (Show(each, form=said.get(each)) if isinstance(each, str) else each for each in listed)
        self.show: tuple[Show, ...] = tuple(shows)
        self._like, self._same_rows = like, same_rows
        self.drawing = drawing or self.drawing

    # A sequence of rows

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), ()))

    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice):
            return self.rows(range(len(self))[place])
        return self.rows([range(len(self))[place]])[0]

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.rows())

    def rows(self, which: Sequence[int] | None = None) -> list[dict[str, Any]]:
        """Return one dict for each row, of all rows or of some."""
        chosen = slice(None) if which is None else np.asarray(which, dtype=np.intp)
        columns = [cells(values[chosen]) for values in self.columns.values()]
        return [dict(zip(self.columns, row, strict=True)) for row in zip(*columns, strict=True)]

    def find(self, value: object) -> dict[str, Any]:
        """Return the first row whose first column has a value, such as the row of one customer.

        Raises
        ------
        DataError
            If there is no such row.

        Examples
        --------
        >>> Listing("two plans", {"plan": ["pro", "basic"], "share": [0.75, 0.25]}).find("basic")
        {'plan': 'basic', 'share': 0.25}
        """
        name, *_ = self.columns
        held = cells(self.columns[name])
        if value not in held:
            message = f"no {name} {show(value)} is listed"
            raise DataError.of("unknown-value", message, name, value, options=map(str, held))
        found: dict[str, Any] = self[held.index(value)]
        return found

    # For programs

    def to_frame(self, kind: str | None = None) -> Any:
        """Return the rows as the same kind of frame that came in, or as another: pandas, polars, pyarrow, dict."""
        if kind is not None or self._like is None:
            return make_frame(self.columns, kind or "dict")
        return self._like.build(self.columns, index_like=self._same_rows)

    def to_json(self, path: str | Path | None = None) -> str | None:
        """Write the rows as a JSON array with one object for each row, or return it as text; missing is null."""
        text = json.dumps(list(map(_finite, self.rows())), ensure_ascii=False, indent=1, default=as_text)
        return _text_or_file(path, "utf-8", lambda file: file.write(text))

    def to_csv(self, path: str | Path | None = None, *, encoding: str = "utf-8") -> str | None:
        """Write the rows as CSV, or return it as text.

        Text that a spreadsheet may take for a formula gets an apostrophe before it. Numbers are written in full.

        Parameters
        ----------
        path
            The file; None returns the text.
        encoding
            Excel recognizes UTF-8 in a CSV file only with ``"utf-8-sig"``.
        """
        return _text_or_file(path, encoding, lambda file: _write_csv(self.columns, file, ",", for_people=True))

    def to_excel(self, path: str | Path) -> None:
        """Write the rows as one sheet of an Excel workbook (extra ``excel``); text never becomes a formula."""
        file_kind("listing.xlsx")  # needs its library
        with replacing(path, None) as file:
            _write_excel(self.columns, file, self.title)

    # For people

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the listing's picture with matplotlib (extra ``plots``).

        Parameters
        ----------
        ax
            The axes to draw into. By default a new figure is made.

        Returns
        -------
        matplotlib.axes.Axes
            The axes, to change or save: ``listing.plot().figure.savefig("picture.png")``.

        Raises
        ------
        DataError
            If this listing has no picture.
        EngineError
            If matplotlib is not installed.
        """
        if self.drawing is None:
            raise DataError.of("no-picture", f"there is no picture of this listing: {self.title:.100}")
        if find_spec("matplotlib") is None:
            raise EngineError("plot needs matplotlib: install the extra outcomegap[plots]")
        axes: Axes = import_module("outcomegap.present.plots").draw(self, ax)  # that room is above this one
        return axes

    def text(self, first: int | None = None, *, width: int | None = None) -> str:
        """Return the listing as text for a terminal.

        Parameters
        ----------
        first
            How many rows to show. The default is the listing's own number.
        width
            Columns to fit into; None means no limit.
        """
        from rich.console import Console

        out = io.StringIO()
        console = Console(file=out, width=width or 10_000, color_system=None, legacy_windows=False)
        shown = self.renderable(first, width=width)
        console.print(shown, markup=False, highlight=False, emoji=False, soft_wrap=width is None)
        return "\n".join(line.rstrip() for line in out.getvalue().splitlines())

    def renderable(self, first: int | None = None, *, width: int | None = None) -> Group:
        """Return the rich form: title, table, notes, and the same of each part.

        A table that is too wide leaves out its last columns, and a note names them; no word is split.
        """
        from rich.box import Box
        from rich.console import Group
        from rich.table import Table as RichTable
        from rich.text import Text

        pieces: list[Any] = [Text(harmless(self.title), style="bold")] if self.title else []
        shows = [show for show in self.show if not show.drawn]
        rows, notes = self._shown(shows, first)
        if rows:
            grid = RichTable(
                box=Box(_LINES), show_edge=False, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold"
            )
            columns = [self._space(show, [row[place] for row in rows]) for place, show in enumerate(shows)]
            widths = fitted(columns, width)
            for show, wide in zip(shows, widths, strict=False):
                side: Any = "right" if self._right(show) else "left"
                grid.add_column(Text(harmless(show.heading)), justify=side, overflow="fold", width=wide)
            for row in rows:
                grid.add_row(*map(Text, row[: len(widths)]))
            pieces.append(grid)
            if left := [show.heading for show in shows[len(widths) :]]:
                enough = sum(column.least + GAP for column in columns) - GAP
                notes.append(f"Left out to fit {width} columns: {', '.join(left)}; {enough} columns show all.")
        if notes:
            pieces.append(Text("\n".join(map(harmless, notes))))
        pieces += [part.renderable(first, width=width) for part in self.parts.values()]
        spaced = [item for piece in pieces for item in (piece, Text(""))]
        return Group(*spaced[:-1])

    def _space(self, show: Show, texts: Sequence[str]) -> Space:
        """Return the width that a column needs so that no word is split, and the width that it has use for."""
        from rich.cells import cell_len

        heading = harmless(show.heading)
        wide = min(max(map(cell_len, texts), default=0), WIDEST)
        longest = max((cell_len(word) for text in (heading, *texts) for word in text.split()), default=1)
        whole = wide if self._right(show) else min(wide, WHOLE)
        return Space(max(longest, whole, 1), wide, cell_len(heading))

    def html(self, first: int | None = None) -> str:
        """Return the listing as HTML; everything is escaped."""
        rows, notes = self._shown(self.show, first)
        sides = ["drawn" if show.drawn else "number" if self._right(show) else "" for show in self.show]
        names = sides.index("") if "" in sides else 0  # the column that names the row
        heads = [(harmless(show.heading), side) for show, side in zip(self.show, sides, strict=True)]
        leasts = [
            None if show.drawn else self._space(show, [str(row[at]) for row in rows]).least
            for at, show in enumerate(self.show)
        ]
        usual, small = (
            np.cumsum([0.0, *(drawn if least is None else least * letter + beside for least in leasts)])
            for letter, beside, drawn in (USUAL, SMALL)
        )
        there = int((small[1:] <= PAPER).sum())
        there = there if there >= BESIDES else len(heads)
        rooms = (ROOMS[np.searchsorted(ROOMS, need[there])] for need in (usual, small))
        kinds = "usual-{} small-{}".format(*rooms) + (" short" if len(rows) <= SHORT else "")
        said = {"title": harmless(self.title), "notes": map(harmless, notes)}
        body = _template().render(**said, heads=heads, names=names, rows=rows, there=there, kinds=kinds)
        return body + "".join(part.html(first) for part in self.parts.values())

    def _shown(self, shows: Sequence[Show], first: int | None) -> tuple[list[list[Any]], list[str]]:
        """Return the cells that are shown, and the notes."""
        most = self.first if first is None else first
        found = [self._cells(show, most) for show in shows]
        more = len(self) - most if self.show else 0
        notes = [*([f"... and {more:,} more."] if more > 0 else []), *self.notes]
        return [list(row) for row in zip(*found, strict=True)], notes

    def _cells(self, show: Show, most: int) -> list[Any]:
        form = FORMATS[show.form] if isinstance(show.form, str) else show.form
        values = list(zip(*(cells(self.columns[name][self._rows_shown][:most]) for name in show.names), strict=True))
        if form is None:
            return [cell_text(row[0]) for row in values]
        if show.drawn:
            return [form(*row) for row in values]
        return ["-" if all(value is None for value in row) else cell_text(form(*row)) for row in values]

    def _right(self, show: Show) -> bool:
        if show.right is not None:
            return show.right
        return all(self.columns[name].dtype.kind in "fiu" for name in show.names)

    def __str__(self) -> str:
        return self.text()

    def __rich_console__(self, _: Console, options: ConsoleOptions) -> Iterator[Group]:
        yield self.renderable(width=options.max_width)

    def _repr_html_(self) -> str:
        return self.html()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {counted(len(self), 'row')}: {self.title}>"


class Space(NamedTuple):
    """The width of a column: what it needs so that no word is split; the width of its widest cell, and heading."""

    least: int
    widest: int
    heading: int


def fitted(columns: Sequence[Space], width: int | None) -> list[int]:
    """Return the widths of the first columns that fit side by side, with blanks between them.

    Columns that do not fit are left out from the end; no column takes more than half the width to keep a word whole.
    Room that is left goes to the cells that wrap most, and then to the headings.

    Examples
    --------
    >>> fitted([Space(4, 4, 4), Space(8, 30, 8), Space(6, 6, 4)], 30)
    [4, 16, 6]
    >>> fitted([Space(4, 4, 4), Space(8, 30, 8), Space(6, 6, 4)], 18)
    [4, 12]
    """
    if width is None:
        return [max(column) for column in columns]
    leasts = [min(column.least, max(width // 2, 1)) for column in columns]
    kept = len(columns)
    while kept > 1 and sum(leasts[:kept]) + GAP * (kept - 1) > width:
        kept -= 1
    widths = leasts[:kept]

    def wraps(place: int) -> tuple[float, float]:
        column, wide = columns[place], widths[place]
        return max(column.widest / wide, 1.0), max(column.heading / wide, 1.0)

    for _ in range(width - sum(widths) - GAP * (kept - 1)):
        place = max(range(kept), key=wraps)
        widths[place] += wraps(place) > (1.0, 1.0)
    return widths


#: The lines of a table in a terminal: one below the headings.
_LINES = "    \n    \n -- \n    \n    \n    \n    \n    \n"


#: The page shows a table that needs more room than there is as one block for each row: hence the roles and names of
#: columns in its cells. The last columns may stand below each row.
_HTML = """{% if heads %}<div class="wide"><table role="table" class="{{ kinds }}">
{% if title %}<caption>{{ title }}</caption>{% endif %}

<thead role="rowgroup"><tr role="row">
{%- for head, side in heads[:there] %}
<th role="columnheader" scope="col" class="{{ side }}">{{ head }}</th>
{%- endfor %}</tr></thead>
<tbody role="rowgroup">
{% for row in rows %}
<tr role="row">{% for cell in row[:there] %}
{% set head, side = heads[loop.index0] %}
{% set named = loop.index0 == names %}
{% set kind = "th" if named else "td" %}
<{{ kind }} role="{{ "rowheader" if named else "cell" }}"{% if named %} scope="row"{% endif %} class="{{ side }}"
 data-head="{{ head }}">{% if side == "drawn" %}{{ cell }}{% else %}<bdi>{{ cell }}</bdi>{% endif %}</{{ kind }}>
{%- endfor %}</tr>
{% if row[there:]|reject("equalto", "-")|list %}
<tr role="row" class="rest"><td role="cell" colspan="{{ there }}">
{% for cell in row[there:] %}
{% set head, side = heads[there + loop.index0] %}
{% if cell != "-" %}
<span class="{{ side }}" data-head="{{ head }}">
{%- if side == "drawn" %}{{ cell }}{% else %}<bdi>{{ cell }}</bdi>{% endif %}</span>
{% endif %}
{% endfor %}
</td></tr>
{% endif %}
{% endfor %}
</tbody></table></div>
{% elif title %}<p>{{ title }}</p>
{% endif %}
{% for note in notes %}
<p>{{ note }}</p>
{% endfor %}
"""


@cache
def _template() -> Template:
    from jinja2 import Environment

    return Environment(autoescape=True, trim_blocks=True).from_string(_HTML)


# Cells


def as_column(values: Any) -> Array:
    """Return values as an array; text, and values with None among them, as objects.

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
    return objects(listed)


def cells(values: Array) -> list[Any]:
    """Return a column as plain Python values for people; times that are all midnight become dates.

    Examples
    --------
    >>> cells(np.array(["2026-01-31T00:00", "NaT"], dtype="M8[ns]"))
    [datetime.date(2026, 1, 31), None]
    """
    if values.dtype.kind == "M":
        days = values.astype("M8[D]")
        if ((days == values) | np.isnat(values)).all():
            return plain_values(days)
    return plain_values(values)


def cell_text(value: object) -> str:
    r"""Return a value as the text of one cell, on one line and without control characters.

    Examples
    --------
    >>> cell_text(0.25), cell_text(1234.5), cell_text(None), cell_text("two\nlines")
    ('0.25', '1,234', '-', 'two lines')
    """
    if value is None or is_missing_type(type(value)):
        return "-"
    if isinstance(value, (float, np.floating)):
        size = abs(float(value))
        return "-" if math.isnan(size) else f"{value:,.0f}" if 1000 <= size < 1e15 else f"{value:.4g}"
    return harmless(as_text(value))


def harmless(text: str) -> str:
    """Return text that cannot control a terminal: control characters and direction marks are replaced."""
    return text if text.isascii() and text.isprintable() else text.translate(_HARMLESS)


#: Control characters and half characters become a mark, line breaks a blank; direction marks are removed.
_HARMLESS: dict[int, str | None] = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0), *range(0xD800, 0xE000)], "\ufffd")
_HARMLESS |= dict.fromkeys(map(ord, "\n\r\t"), " ")
_HARMLESS |= dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])


def folded(text: str, width: int | None) -> str:
    r"""Return text whose lines are no longer than a width, folded at blanks; None leaves them as they are.

    Examples
    --------
    >>> folded("a line that is too long", 12)
    'a line that\nis too long'
    """
    from rich.console import Console
    from rich.text import Text

    if width is None:
        return text
    console = Console(width=width, color_system=None, legacy_windows=False)
    lines = (each for line in text.split("\n") for each in Text(line).wrap(console, width))
    return "\n".join(line.plain.rstrip() for line in lines)


def shorten(text: str, width: int = 60) -> str:
    """Return text on one line, cut to the width of a printed table, with an ellipsis if it was cut.

    It is cut at a blank, unless that leaves less than half.

    Examples
    --------
    >>> shorten("too expensive for us, never set up", 24), shorten("bugs "), shorten("two  blanks"), shorten("x" * 9, 4)
    ('too expensive for us,…', 'bugs', 'two blanks', 'xxx…')
    """
    from rich.cells import cell_len, set_cell_size

    line = " ".join(text[: 10 * width].split())
    if len(text) <= 10 * width and cell_len(line) <= width:
        return line
    cut = set_cell_size(line, width - 1)
    words = cut if line[len(cut) : len(cut) + 1] in ("", " ") else cut.rpartition(" ")[0]
    return (words if 2 * cell_len(words) >= width else cut).rstrip() + "…"


def as_text(value: object) -> str:
    """Return a value as text: dates in ISO 8601, numbers in full, whole ones without a point.

    Examples
    --------
    >>> as_text(5.0), as_text(0.123456789), as_text(dt.date(2026, 1, 31)), as_text(None)
    ('5', '0.123456789', '2026-01-31', '')
    """
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < LARGEST:
        return str(int(value))
    return value.isoformat() if isinstance(value, (dt.date, dt.datetime, dt.time)) else str(value)


def _finite(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row with text for infinities, for which JSON has no number."""
    return {k: str(v) if isinstance(v, float) and not math.isfinite(v) else v for k, v in row.items()}


def beside(own: Mapping[str, Any], columns: Mapping[str, Any], word: str) -> dict[str, Any]:
    """Return a user's columns, then ours; a column of ours with a name in use gets `word` added to its name.

    Examples
    --------
    >>> list(beside({"value": []}, {"value": [], "cost": []}, "plan"))
    ['value', 'value (plan)', 'cost']
    """
    found = dict(own)
    for name, values in columns.items():
        while name in found:
            name += f" ({word})"  # noqa: PLW2901 - until the name is free
        found[name] = values
    return found


# Files


def file_kind(path: str | Path) -> str:
    """Return the suffix that decides the format of a table, without ``.gz``; raise if it or its library is missing.

    Examples
    --------
    >>> file_kind("scores.csv.gz"), file_kind("scores.PARQUET")
    ('.csv', '.parquet')
    """
    path = Path(path)
    suffix = max((known for known in SUFFIXES if path.name.lower().endswith(known)), key=len, default=None)
    if suffix is None:
        said = "".join(path.suffixes[-2:]) or path.name
        raise DataError(f"{path} cannot be written: its suffix is none of {', '.join(SUFFIXES)}{hint(said, SUFFIXES)}")
    library, extra = NEEDED.get(suffix, (None, None))
    if library is not None and find_spec(library) is None:
        raise EngineError(f"writing {path.name} needs {library}: install the extra outcomegap[{extra}]")
    return suffix.removesuffix(".gz")


def write_table(columns: Mapping[str, Array], path: str | Path, *, for_people: bool = False) -> None:
    """Write columns of one length to a file; its suffix says how (csv, tsv, jsonl, each also .gz; parquet, xlsx).

    Missing values are empty cells in text and null elsewhere; numbers are written in full. The file is written under
    another name and moved into place when it is complete.

    Parameters
    ----------
    columns
        Arrays of one length.
    path
        The file.
    for_people
        Whether csv text that a spreadsheet may take for a formula gets an apostrophe before it.

    Raises
    ------
    DataError
        If the suffix is unknown, or the file cannot be written.
    EngineError
        If the library of the format is not installed.
    """
    kind = file_kind(path)
    with replacing(path, None if kind in NEEDED else "utf-8") as file:
        write_columns(columns, file, kind, Path(path).stem, for_people=for_people)


def write_columns(
    columns: Mapping[str, Array], file: IO[Any], kind: str, title: str = "", *, for_people: bool = False
) -> None:
    """Write columns to an open file of a kind (see `file_kind`); `title` names the sheet of a workbook."""
    if kind == ".parquet":
        _write_parquet(columns, file)
    elif kind == ".xlsx":
        _write_excel(columns, file, title)
    elif kind in (".csv", ".tsv"):
        _write_csv(columns, file, "\t" if kind == ".tsv" else ",", for_people=for_people)
    else:
        for row in _rows(columns):
            named = _finite(dict(zip(columns, row, strict=True)))
            file.write(json.dumps(named, ensure_ascii=False, default=str, allow_nan=False) + "\n")


def _text_or_file(path: str | Path | None, encoding: str, write: Callable[[IO[str]], object]) -> str | None:
    """Write to a file; without a path, return the text."""
    if path is None:
        buffer = io.StringIO(newline="")
        write(buffer)
        return buffer.getvalue()
    with replacing(path, encoding) as file:
        write(file)
    return None


def csv_text(value: object) -> Any:
    """Return a value in the form of a CSV file: text that may be taken for a formula gets an apostrophe before it.

    Numbers, also negative ones, stay as they are: they are not text.

    Examples
    --------
    >>> csv_text("=1+1"), csv_text(-3.5), csv_text("Sara"), csv_text(None)
    ("'=1+1", -3.5, 'Sara', '')
    """
    if value is None or isinstance(value, (bool, int, float)):
        return "" if value is None else value
    text = as_text(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def _rows(columns: Mapping[str, Array]) -> Iterator[tuple[Any, ...]]:
    """Yield rows of plain values, None for missing; times become text of one form in all rows."""
    for piece in _pieces(columns):
        yield from zip(*map(plain_values, piece), strict=True)


def _pieces(columns: Mapping[str, Array]) -> Iterator[list[Array]]:
    """Yield some rows of all columns at a time; times become text of one form in all rows."""
    whole = [
        objects([as_text(moment) or None for moment in cells(values)]) if values.dtype.kind == "M" else values
        for values in columns.values()
    ]
    for start in range(0, len(whole[0]) if whole else 0, PIECE):
        yield [values[start : start + PIECE] for values in whole]


class _Lines:
    """Ends lines with a line feed alone; a carriage return in a cell is still quoted."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def write(self, line: str) -> object:
        return self._file.write(line.removesuffix("\r\n") + "\n")


def _write_csv(columns: Mapping[str, Array], file: IO[str], delimiter: str, *, for_people: bool) -> None:
    writer = csv.writer(_Lines(file), delimiter=delimiter)
    writer.writerow(map(csv_text, columns) if for_people else columns)
    size = len(next(iter(columns.values()), ()))
    if size >= PIECE and len(columns) > 1 and find_spec("polars") is not None:
        import polars as pl

        said: dict[str, Any] = {"include_header": False, "separator": delimiter, "quote_style": "never"}
        with ThreadPoolExecutor() as pool:
            for piece in _pieces(columns):
                made = pool.map(partial(_csv_column, delimiter=delimiter, for_people=for_people), piece)
                frame = pl.DataFrame({str(place): column for place, column in enumerate(made)})
                if isinstance(file, io.TextIOWrapper) and file.encoding == "utf-8":
                    file.flush()
                    frame.write_csv(file.buffer, **said)
                else:
                    file.write(frame.write_csv(**said))
    else:
        rows = _rows(columns)
        writer.writerows((map(csv_text, row) for row in rows) if for_people else rows)


def _csv_column(values: Array, delimiter: str, *, for_people: bool) -> Any:
    """Return a column of Polars with cells as `csv.writer` writes them; Polars does it many times faster."""
    import polars as pl

    if values.dtype.kind in "iu":
        return pl.Series(values)
    if values.dtype.kind == "f" and values.dtype.itemsize <= 8:
        numbers = values.astype(np.float64)
        sizes = abs(numbers)
        own = np.flatnonzero(((sizes < 1e-4) & (sizes > 0)) | (sizes >= 1e15))  # Python has its own way with these
        column = pl.Series(numbers, nan_to_null=True)
        texts = [repr(value) for value in numbers[own].tolist()]
        return column.cast(pl.String).scatter(own, texts) if texts else column
    items = plain_values(values)
    items = list(map(csv_text, items)) if for_people else items
    if not {str, type(None)}.issuperset(map(type, items)):
        items = [item if item is None else str(item) for item in items]
    column = pl.Series(items, dtype=pl.String)
    special = column.str.contains(f'["\r\n{delimiter}]')
    if not special.any():
        return column
    quoted = '"' + column.str.replace_all('"', '""', literal=True) + '"'
    return quoted.zip_with(special, column)


def _write_parquet(columns: Mapping[str, Array], file: IO[bytes]) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    def arrow(values: Array) -> Any:
        items = cells(values)
        try:
            return pa.array(items, from_pandas=True)
        except (pa.ArrowInvalid, pa.ArrowTypeError):  # several types in one column
            return pa.array([None if item is None else str(item) for item in items])

    parquet.write_table(pa.table({name: arrow(values) for name, values in columns.items()}), file)


def _write_excel(columns: Mapping[str, Array], file: IO[bytes], sheet: str) -> None:
    """Write one sheet; text is always written as text, never as a formula."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    rows = list(zip(*map(cells, columns.values()), strict=True))
    if len(columns) > MOST_COLUMNS:
        raise DataError(f"an Excel sheet holds {MOST_COLUMNS:,} columns, this has {len(columns):,}; write CSV")
    if len(rows) >= MOST_ROWS:
        raise DataError(f"an Excel sheet holds {MOST_ROWS:,} rows, this is {len(rows) + 1:,}; limit it, or write CSV")
    book = Workbook(write_only=True)
    page = book.create_sheet(_sheet_name(sheet))
    page.freeze_panes = "A2"

    def cell(value: Any) -> Any:
        fits = isinstance(value, (int, float)) and math.isfinite(value) and abs(value) < LARGEST
        moment = isinstance(value, dt.date) and value.year >= FIRST_YEAR and getattr(value, "tzinfo", None) is None
        if value is None or fits or moment:
            return WriteOnlyCell(page, value=value)
        text = _ILLEGAL.sub("\ufffd", as_text(value))
        text = text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
        made = WriteOnlyCell(page, value=text)
        made.data_type = "s"  # openpyxl takes text that begins with "=" for a formula
        made.quotePrefix = text.startswith(FORMULA)
        return made

    for place, column in enumerate(zip(columns, *rows[:200], strict=True), start=1):
        page.column_dimensions[get_column_letter(place)].width = min(max(len(as_text(v)) for v in column) + 2, 60)
    heads = [cell(name) for name in columns]
    for head in heads:
        head.font = Font(bold=True)
    page.append(heads)
    for row in rows:
        page.append([cell(value) for value in row])
    packed = io.BytesIO()  # a file that is full would leave the archive half closed
    book.save(packed)
    file.write(packed.getbuffer())


#: Characters that the XML of a workbook cannot hold.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def _sheet_name(name: str) -> str:
    """Return a name that Excel allows for a sheet."""
    return re.sub(r"[\[\]:*?/\\]", "-", _ILLEGAL.sub("\ufffd", name)).strip("'")[:31] or "listing"
