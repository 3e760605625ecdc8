"""The worklist as a table for people: plain text, and HTML."""

from __future__ import annotations

import html
import math
from typing import TYPE_CHECKING, Any

from outcomegap.frames import html_table, text_table
from outcomegap.scoring.groups import AXES
from outcomegap.scoring.segment_text import inexact
from outcomegap.scoring.sheets import as_text
from outcomegap.scoring.wording import number_text

if TYPE_CHECKING:
    from outcomegap.scoring.worklist import Worklist

Row = list[Any]
NUMBERS = ("#", "score", "gain if closed", "share of gap", "value", "at stake")


def worklist_text(worklist: Worklist, model: str, count: int, width: int | None) -> str:
    """Return a table of those with a score, one of those that need data, and what is not shown."""
    parts = [title(worklist, model, count)]
    for heading, (heads, rows) in tables(worklist, count):
        parts.append(heading)
        parts.append(text_table(heads, rows, align=["r" if head in NUMBERS else "l" for head in heads], width=width))
    return "\n\n".join([*parts, *notes(worklist, count)])


def worklist_html(worklist: Worklist, model: str, count: int) -> str:
    """Return the same as HTML; everything is escaped."""
    shown = "".join(html_table(heads, rows, caption=heading) for heading, (heads, rows) in tables(worklist, count))
    said = "".join(f"<p>{html.escape(note)}</p>" for note in notes(worklist, count))
    return f"<p>{html.escape(title(worklist, model, count))}</p>{shown}{said}"


def title(worklist: Worklist, model: str, count: int) -> str:
    """Return one line that says what is shown: of a list with a limit, each part for itself."""
    start = f"{model}, worklist: "
    if len(worklist) >= worklist.total:
        return f"{start}{worklist.total:,} customers"
    lacking = worklist.need_data.total
    listed = worklist.total - lacking - worklist.set_aside
    shown = min(count, len(worklist))
    said = [f"{min(shown, listed):,} of {listed:,} customers in order of need"] if listed or not lacking else []
    said += [f"{min(shown, lacking):,} of {lacking:,} that need data"] if lacking else []
    return start + ", ".join(said)


def tables(worklist: Worklist, count: int) -> list[tuple[str, tuple[Row, list[Row]]]]:
    """Return (heading, (heads, rows)) of what there is to show."""
    first = worklist.head(count)
    scored = [row for row in first if row["section"] == "in order of need"]
    lacking = list(worklist.need_data.head(min(count, len(worklist))))
    found = []
    if scored:
        found.append(("In order of need", _work(first, scored)))
    if lacking:
        found.append(("Need data before they can be scored", _need(first, lacking)))
    return found


def notes(worklist: Worklist, count: int) -> list[str]:
    """Return what the tables leave out."""
    said = []
    lacking, lost = worklist.need_data.total, worklist.set_aside
    listed = worklist.total - lacking - lost
    shown = min(count, len(worklist), listed)
    if shown < listed:
        said.append(f"... and {listed - shown:,} more in order of need.")
    hidden = lacking - min(count, len(worklist), lacking)
    if hidden:
        said.append(f"... and {hidden:,} more that need data.")
    scores = worklist._scores
    if scores.explains and not scores.exact:
        said.append(f"Shares of gap are not exact here{inexact(scores)}.")
    if lost:
        said.append(f"{lost:,} row{'s' if lost != 1 else ''} set aside: see the problems of the scores.")
    return said


def _work(worklist: Worklist, rows: list[dict[str, Any]]) -> tuple[Row, list[Row]]:
    who, place = _who(worklist)
    heads = ["#", *who, *place[:1], "state", "score", "met", *_valued(worklist), "next gap", "stands at"]
    heads += ["owner", "remedy", "gain if closed", "share of gap", "find out"]
    overridden = "override" in worklist.columns
    heads += ["override"] if overridden else []
    made: list[Row] = []
    for row in rows:
        start = [*_named(worklist, row), *_place(row, place), row["state"], _score(row["score"])]
        start += [f"{row['met']} of {row['steps']}", *(_number(row[name]) for name in _valued(worklist))]
        made.append([*start, *_gap(row, ""), row["lacking"] or "", *([_override(row)] if overridden else [])])
        others = [f"_{n}" for n in range(2, worklist.top + 1) if row[f"next_gap_{n}"] is not None]
        made.extend([*[""] * len(start), *_gap(row, after), "", *([""] if overridden else [])] for after in others)
    return heads, made


def _score(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}"


def _override(row: dict[str, Any]) -> str:
    """Return what holds instead of what is computed, why, and who said so until when."""
    if not row["override"]:
        return ""
    score = row["override_score"]
    what = [row["override_state"] or "", "" if score is None else f"score {100 * score:.0f}"]
    said = ", ".join(part for part in what if part)
    return f"{said}: {row['override_reason']} ({row['override_author']}, until {as_text(row['override_until'])})"


def _gap(row: dict[str, Any], after: str) -> Row:
    """Return what is shown of one gap of a customer."""
    gap, stands, owner, remedy, status = (
        row[f"{name}{after}"] or "" for name in ("next_gap", "stands_at", "owner", "remedy", "status")
    )
    named = gap if status in ("", "open") else f"{gap} ({status})"
    return [named, stands, owner, remedy, _points(row[f"gain{after}"]), _percent(row[f"share{after}"])]


def _need(worklist: Worklist, rows: list[dict[str, Any]]) -> tuple[Row, list[Row]]:
    who, place = _who(worklist)
    heads = ["#", *who, *place[:1], *_valued(worklist), "data missing", "find out first", "column", "at stake"]
    made: list[Row] = []
    for row in rows:
        line = [*_named(worklist, row), *_place(row, place), *(_number(row[name]) for name in _valued(worklist))]
        line += [f"{row['missing']} of {row['steps']}", row["lacking"] or "", row["lacking_column"] or ""]
        made.append([*line, _points(row["at_stake"])])
    return heads, made


def _who(worklist: Worklist) -> tuple[Row, Row]:
    """Return the headings of id and columns kept, and of the cell with the columns that make it up."""
    axes = [axis for axis in AXES if axis in worklist.columns and axis not in worklist.kept]
    place = ["/".join(axes), *axes] if axes else []
    return [worklist.id_name, *worklist.kept], place


def _named(worklist: Worklist, row: dict[str, Any]) -> Row:
    """Return rank, id and columns kept."""
    names = ["rank", worklist.id_name, *worklist.kept]
    return [as_text(row[name]) for name in names]


def _valued(worklist: Worklist) -> list[str]:
    return ["value"] if worklist.has_value else []


def _place(row: dict[str, Any], place: Row) -> Row:
    if not place:
        return []
    cell = "/".join(str(row[axis]) for axis in place[1:])
    return [cell if row.get("ideal", True) else f"{cell} (not ideal)"]


def _number(value: float | None) -> str:
    if value is None or math.isnan(value):
        return ""
    return number_text(value) if math.isfinite(value) else str(value)


def _points(value: float | None) -> str:
    """Return a change of D as points of a score out of 100."""
    return "" if value is None else f"+{100 * value:.1f}"


def _percent(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.0f} %"
