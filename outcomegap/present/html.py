"""Pieces of an HTML page. Everything that comes from a user passes through `text`."""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Sequence
from typing import Any

import attrs

from outcomegap.frames.text import cell_text
from outcomegap.scoring.states import STATES

#: Width of a bar in its own units; the page stretches it.
WIDE = 1000.0


def text(value: Any) -> str:
    """Return a value as text in HTML: escaped, on one line, without control characters.

    Examples
    --------
    >>> text("<b>R&D</b>")
    '&lt;b&gt;R&amp;D&lt;/b&gt;'
    """
    return html.escape(cell_text(value))


@attrs.frozen
class Cell:
    """A table's cell: its HTML, and its class (``n`` for numbers, ``b`` for bars, ``s`` for text on one line)."""

    html: str
    kind: str = ""


def word(value: Any) -> Cell:
    """Return a cell of text; nothing where there is none."""
    return Cell("" if value is None else text(value))


def short(value: Any) -> Cell:
    """Return a cell of text that is not broken into lines."""
    return attrs.evolve(word(value), kind="s")


def figure(shown: str) -> Cell:
    """Return a cell of a number already in words."""
    return Cell(text(shown), "n")


def table(heads: Sequence[str], rows: Iterable[tuple[str, Sequence[Cell]]], caption: str = "") -> str:
    """Lay out rows of cells; each row comes with its class.

    Examples
    --------
    >>> table(["gap", "customers"], [("total", [word("list"), figure("5")])]).count("<td")
    2
    """
    body = list(rows)
    kinds = [cell.kind for cell in body[0][1]] if body else [""] * len(heads)
    named = "".join(
        f'<th scope="col"{_class(kind if kind == "n" else "")}>{text(head)}</th>'
        for head, kind in zip(heads, kinds, strict=True)
    )
    lines = [f"<tr{_class(kind)}>{''.join(map(_td, cells))}</tr>" for kind, cells in body]
    titled = f"<caption>{text(caption)}</caption>" if caption else ""
    whole = f"<table>{titled}<thead><tr>{named}</tr></thead>\n<tbody>\n" + "\n".join(lines) + "\n</tbody></table>"
    return f'<div class="wide">{whole}</div>'


def _td(cell: Cell) -> str:
    direction = "" if cell.kind in ("n", "b") else ' dir="auto"'
    return f"<td{_class(cell.kind)}{direction}>{cell.html}</td>"


def _class(name: str) -> str:
    return f' class="{name}"' if name else ""


def bar(pieces: Sequence[tuple[str, float]], label: str, of: float = 1.0) -> Cell:
    """Return a cell with a horizontal bar.

    Parameters
    ----------
    pieces
        (class, length) of each piece, from the left; NaN has no length.
    label
        What it says, for those who do not see it.
    of
        The length of the whole track.
    """
    drawn, start = [f'<rect class="track" width="{WIDE:g}" height="10"/>'], 0.0
    for kind, length in pieces:
        long = 0.0 if math.isnan(length) or of <= 0 else WIDE * max(length, 0.0) / of
        if long > 0:
            drawn.append(f'<rect class="{kind}" x="{start:.2f}" width="{long:.2f}" height="10"/>')
        start += long
    # The numbers stand in the table's other cells, so the bar has a title and no more.
    return Cell(
        f'<svg viewBox="0 0 {WIDE:g} 10" preserveAspectRatio="none" role="img" aria-label="{text(label)}">'
        f"<title>{text(label)}</title>{''.join(drawn)}</svg>",
        "b",
    )


def state_key(kinds: Iterable[tuple[str, str]]) -> str:
    """Return the key to the colours of bars: (class, what it means)."""
    items = (
        f'<li><svg viewBox="0 0 10 10" aria-hidden="true"><rect class="{kind}" width="10" height="10"/></svg>'
        f"{text(meaning)}</li>"
        for kind, meaning in kinds
    )
    return f'<ul class="key">{"".join(items)}</ul>'


def state_bar(shares: dict[str, float]) -> Cell:
    """Return a bar of the shares of each state."""
    said = ", ".join(f"{state} {100 * shares[state]:.1f} %" for state in STATES if shares[state] > 0)
    return bar([(state, shares[state]) for state in STATES], said or "no customers")
