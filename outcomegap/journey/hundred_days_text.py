"""The first hundred days as tables for people: plain text, and HTML."""

from __future__ import annotations

import html
from collections import Counter
from typing import TYPE_CHECKING, Any

from outcomegap.frames import html_table, text_table
from outcomegap.intake.times import NOT_A_TIME, shown
from outcomegap.journey.events import not_among
from outcomegap.listing import counted, percent, span

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


def hundred_days_notes(days: FirstHundredDays) -> list[str]:
    """Return what a reader must know beside the numbers."""
    events = days._events
    said = not_among([event for phase in days.phases for event in phase.events], events.names, "The event")
    if days.excluded:
        come = counted(days.excluded, "event comes", "events come")
        is_ = "is" if days.excluded == 1 else "are"
        said.append(f"{come} after {shown(events.as_of)} and {is_} in nothing here.")
    if len(days.not_yet):
        said.append(f"{counted(len(days.not_yet), 'customer has', 'customers have')} only such events.")
    start = " or ".join(map(repr, days.phases[days.phases.clock_starts].events))
    lacking = int((days._clock == NOT_A_TIME).sum())
    if lacking:
        who = f"The clock of {counted(lacking, 'customer')} has not started: no {start} was seen"
        said.append(f"{who}; {'it is' if lacking == 1 else 'they are'} in no cohort.")
    return [*said, *_before_start(days, start)]


def _before_start(days: FirstHundredDays, start: str) -> list[str]:
    """Say how many customers did before the clock's start what belongs after it."""
    said, early, valued = [], int(days._early.any(axis=1).sum()), int((days._first_value < 0).sum())
    if early:
        who = f"{counted(early, 'customer')} had events of later phases before {start}, which starts the clock"
        said.append(f"{who}: they count from there. If they had started earlier, say so with clock= or evidence=.")
    if valued:
        said.append(f"{counted(valued, 'customer')} reached the first goal before the start: 0 days to it.")
    return said


def _align(heads: list[str]) -> list[str]:
    return ["l" if head in ("phase", "month", "next comes with") else "r" for head in heads]


def _title(days: FirstHundredDays) -> str:
    late = len(days.overdue)
    return f"{counted(len(days), 'customer')} at {shown(days._events.as_of)}: {late:,} overdue"


def _blocks(days: FirstHundredDays) -> list[Block]:
    places, over = Counter(days.columns["phase"].tolist()), Counter(days.overdue.columns["phase"].tolist())
    rows: list[list[Any]] = []
    for name in (None, *days.phases.ids):
        after = days.phases.items[0] if name is None else days.phases.after(name)
        window = None if name is None or after is None else days.phases[name].window_days
        if name is not None or places[None]:
            heading = "none yet" if name is None else name
            rows.append([heading, places[name], over[name], "-" if window is None else f"{window:g}",
                         "-" if after is None else " or ".join(after.events)])  # fmt: skip
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
