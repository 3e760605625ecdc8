"""The first hundred days as tables for people: plain text, and HTML."""

from __future__ import annotations

import html
from collections import Counter
from typing import TYPE_CHECKING, Any

from outcomegap.churn.listing import percent, span
from outcomegap.frames import html_table, text_table
from outcomegap.intake.times import shown

if TYPE_CHECKING:
    from outcomegap.journey.hundred_days import FirstHundredDays

Block = tuple[str, list[str], list[list[Any]]]


def hundred_days_text(days: FirstHundredDays) -> str:
    """Return where customers are, and how many reach each phase, by month."""
    parts = [_title(days)]
    parts += [f"{heading}\n{text_table(heads, rows, align=_align(heads))}" for heading, heads, rows in _blocks(days)]
    return "\n\n".join([*parts, *(["\n".join(days.notes)] if days.notes else [])])


def hundred_days_html(days: FirstHundredDays) -> str:
    """Return the same as HTML; everything is escaped."""
    tables = "".join(html_table(heads, rows, caption=heading) for heading, heads, rows in _blocks(days))
    said = "".join(f"<p>{html.escape(note)}</p>" for note in days.notes)
    return f"<p>{html.escape(_title(days))}</p>{tables}{said}"


def _align(heads: list[str]) -> list[str]:
    return ["l" if head in ("phase", "month", "next comes with") else "r" for head in heads]


def _title(days: FirstHundredDays) -> str:
    late = len(days.overdue)
    return f"{len(days):,} customers at {shown(days._events.as_of)}: {late:,} overdue"


def _blocks(days: FirstHundredDays) -> list[Block]:
    places, over = Counter(days.columns["phase"].tolist()), Counter(days.overdue.columns["phase"].tolist())
    rows: list[list[Any]] = []
    for name in (None, *days.phases.ids):
        after = days.phases.items[0] if name is None else days.phases.after(name)
        window = None if name is None or after is None else days.phases[name].window_days
        if name is not None or places[None]:
            heading = "none yet" if name is None else name
            rows.append([heading, places[name], over[name], "-" if window is None else f"{window:g}",
                         "-" if after is None else after.evidence])  # fmt: skip
    heads = ["phase", "customers", "overdue", "window in days", "next comes with"]
    return [("Where they are", heads, rows), *_cohorts(days)]


def _cohorts(days: FirstHundredDays) -> list[Block]:
    rows = days.cohorts.rows()
    months = list(dict.fromkeys(row["month"] for row in rows))
    if len(months) < 2:  # there is always the row of all months
        return []
    by = {(row["month"], row["phase"]): row for row in rows}
    body: list[list[Any]] = []
    for month in months:
        first = by[month, days.phases.ids[0]]
        shares = [percent(by[month, name]["share"] or 0.0) if first["complete"] else "-" for name in days.phases.ids]
        body.append([month or "all", first["customers"], first["too_young"], *shares])
    whole = [by[None, name] for name in days.phases.ids]
    sure = [span(row["low"], row["high"]) if row["complete"] else "-" for row in whole]
    body.append([f"{100 * days.confidence:g} % interval", "", "", *sure])
    horizon = f"{days.phases.horizon_days:g} days"
    heads = ["month", "started", f"not yet {horizon}", *days.phases.ids]
    return [(f"Reached within {horizon}, of those who started in a month", heads, body)]
