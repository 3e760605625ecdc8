"""Parents as a table for people: plain text, and HTML."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

from outcomegap.frames import html_table, text_table
from outcomegap.scoring.override_text import override_said
from outcomegap.scoring.segment_text import fraction, percent

if TYPE_CHECKING:
    from outcomegap.scoring.rollup import RollUp

#: How many parents are shown.
SHOWN = 20
WORDS = {"mean": "mean of the children", "weighted": "weighted mean of the children", "worst": "the worst below"}


def rollup_text(rolled: RollUp) -> str:
    """Return a table of parents in order of need."""
    heads, rows = table(rolled)
    return "\n\n".join([title(rolled), *([text_table(heads, rows)] if rows else []), *notes(rolled)])


def rollup_html(rolled: RollUp) -> str:
    """Return the same as HTML; everything is escaped."""
    said = "".join(f"<p>{html.escape(note)}</p>" for note in notes(rolled))
    return html_table(*table(rolled), caption=title(rolled)) + said


def title(rolled: RollUp) -> str:
    """Return one line that says what is shown."""
    return f"{len(rolled):,} parents in order of need, {WORDS[rolled.how]}"


def table(rolled: RollUp) -> tuple[list[str], list[list[Any]]]:
    """Return heads and rows; what is overridden says what is computed beside what holds."""
    columns, rows = rolled.columns(), []
    heads = ["parent", "children", "customers", "state", "desired", "required", "experience", "own row", "need data"]
    heads += ["largest gap", "share of gap", *(["worst"] if rolled.how == "worst" else [])]
    heads += ["override"] if rolled.overrides else []
    for row in rolled.order()[:SHOWN].tolist():
        line = [columns["parent"][row], int(columns["children"][row]), int(columns["customers"][row])]
        line += [columns["state"][row] or "-"]
        line += [fraction(columns[name][row]) for name in ("desired", "required", "experience", "own")]
        line += [int(columns["need_data"][row]), columns["top_gap"][row] or "-", percent(columns["top_gap_share"][row])]
        line += [columns["worst"][row]] if rolled.how == "worst" else []
        line += [override_said(rolled.overrides.get(row))] if rolled.overrides else []
        rows.append(line)
    return heads, rows


def notes(rolled: RollUp) -> list[str]:
    """Return what the table steps out."""
    more = len(rolled) - SHOWN
    said = [f"... and {more:,} more; to_frame() has them all."] if more > 0 else []
    doubtful = list(rolled.doubtful.items())
    said += [f"Parent {name!r} is nobody's id: did you mean {near!r}?" for name, near in doubtful[:SHOWN]]
    apart = int((~rolled._ideal).sum())
    if apart:
        said.append(f"{apart:,} customers are of segments that are not ideal; their parents' means hold them too.")
    below = len(rolled._scores.overrides)
    if below:
        said.append(f"Scores of {below:,} customers are overridden; what is rolled up is computed.")
    return said
