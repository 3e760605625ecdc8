"""Plain text and HTML tables, in every script."""

from __future__ import annotations

import html
import math
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from outcomegap.frames.arrays import is_missing_type

GAP = "  "
#: A column is never made narrower than this to fit a width.
NARROWEST = 6
#: Nor wider than this, whatever there is room for: longer texts are wrapped.
WIDEST = 100


def text_table(
    headers: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    align: Sequence[str] | None = None,
    width: int | None = None,
) -> str:
    """Lay out rows as plain text for a terminal.

    Parameters
    ----------
    headers
        One heading a column.
    rows
        One value a column; floats are shown with four significant digits, None and NaN as ``-``.
    align
        ``"l"`` or ``"r"`` for each column; by default numbers stand right, the rest left.
    width
        Columns of the terminal to fit into: long cells are wrapped, the widest column first. None means no limit but
        that of a hundred for each.

    Returns
    -------
    str
        Lines without trailing blanks. Widths are those of terminals: wide East Asian characters count two,
        combining marks none. Control characters are replaced: data cannot steer the terminal.

    Examples
    --------
    >>> print(text_table(["segment", "gap"], [["startup", 0.25], ["企業", 0.5]]))
    segment   gap
    -------  ----
    startup  0.25
    企業      0.5
    """
    table = [list(row) for row in rows]
    count = len(headers)
    for row in table:
        if len(row) != count:
            raise ValueError(f"a row has {len(row)} cells, there are {count} headers: {row!r:.80}")
    sides = list(align) if align is not None else [_side([row[i] for row in table]) for i in range(count)]
    if len(sides) != count or any(side not in ("l", "r") for side in sides):
        raise ValueError(f"align names 'l' or 'r' for each of the {count} columns (got {align!r})")
    heads = [cell_text(head) for head in headers]
    cells = [[cell_text(value) for value in row] for row in table]
    widths = [max([display_width(text) for text in column], default=0) for column in zip(heads, *cells, strict=True)]
    widths = _fit([min(wide, WIDEST) for wide in widths], width)
    lines = _lines(heads, widths, sides)
    lines.append(GAP.join("-" * wide for wide in widths))
    for row in cells:
        lines.extend(_lines(row, widths, sides))
    return "\n".join(line.rstrip() for line in lines)


def html_table(headers: Sequence[str], rows: Iterable[Sequence[Any]], *, caption: str | None = None) -> str:
    """Lay out rows as an HTML table; everything is escaped.

    Parameters
    ----------
    headers, rows
        As in `text_table`.
    caption
        A line above the table.

    Examples
    --------
    >>> print(html_table(["step", "share"], [["a < b", 0.5]]))
    <table>
    <thead><tr><th scope="col">step</th><th scope="col">share</th></tr></thead>
    <tbody>
    <tr><td dir="auto">a &lt; b</td><td class="number">0.5</td></tr>
    </tbody>
    </table>
    """
    lines = ["<table>"]
    if caption is not None:
        lines.append(f"<caption>{_escape(caption)}</caption>")
    heads = "".join(f'<th scope="col">{_escape(head)}</th>' for head in headers)
    lines += [f"<thead><tr>{heads}</tr></thead>", "<tbody>"]
    for row in rows:
        cells = (
            f'<td class="number">{_escape(v)}</td>' if _is_number(v) else f'<td dir="auto">{_escape(v)}</td>'
            for v in row
        )
        lines.append(f"<tr>{''.join(cells)}</tr>")
    return "\n".join([*lines, "</tbody>", "</table>"])


def cell_text(value: Any) -> str:
    """Return a value as the text of one cell, on one line and without control characters."""
    if is_missing_type(type(value)):
        return "-"
    if _is_number(value) and not hasattr(value, "__index__"):
        if math.isnan(value):
            return "-"
        return f"{value:,.0f}" if 1000 <= abs(value) < 1e15 else f"{value:.4g}"
    return "".join(_harmless(char) for char in str(value))


def _harmless(char: str) -> str:
    if char in "\n\r\t":
        return " "
    if "\u202a" <= char <= "\u202e" or "\u2066" <= char <= "\u2069":  # marks that turn the direction of what follows
        return ""
    return "\ufffd" if unicodedata.category(char) in ("Cc", "Cs") else char


def display_width(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    return len(text) if text.isascii() else sum(map(_char_width, text))


def _char_width(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _escape(value: Any) -> str:
    return html.escape(cell_text(value))


def _is_number(value: Any) -> bool:
    return hasattr(value, "__float__") and not isinstance(value, (str, bool, np.bool_))


def _side(values: Sequence[Any]) -> str:
    shown = [value for value in values if value is not None]
    return "r" if shown and all(_is_number(value) for value in shown) else "l"


def _fit(widths: list[int], width: int | None) -> list[int]:
    """Narrow the widest columns, one step at a time, until all fit."""
    fitted = list(widths)
    room = sum(fitted) + len(GAP) * (len(fitted) - 1)
    while width is not None and fitted and room > width and max(fitted) > NARROWEST:
        fitted[fitted.index(max(fitted))] -= 1
        room -= 1
    return fitted


def _lines(row: Sequence[str], widths: Sequence[int], sides: Sequence[str]) -> list[str]:
    wrapped = [_wrap(text, wide) for text, wide in zip(row, widths, strict=True)]
    height = max(map(len, wrapped), default=1)
    return [
        GAP.join(
            _pad(cell[i] if i < len(cell) else "", wide, side)
            for cell, wide, side in zip(wrapped, widths, sides, strict=True)
        )
        for i in range(height)
    ]


def _pad(text: str, width: int, side: str) -> str:
    blanks = " " * (width - display_width(text))
    return text + blanks if side == "l" else blanks + text


def _wrap(text: str, width: int) -> list[str]:
    """Break a text at blanks, and inside words that are too long."""
    if display_width(text) <= width:
        return [text]
    lines = [""]
    for word in text.split(" "):
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if display_width(joined) <= width:
            lines[-1] = joined
            continue
        if lines[-1]:
            lines.append("")
        for char in word:
            if display_width(lines[-1] + char) > width:
                lines.append("")
            lines[-1] += char
    return lines
