"""The moment of scoring of each customer; who had not begun then is left out, and counted in a note."""

from __future__ import annotations

from collections.abc import Iterator

import attrs
import numpy as np

from outcomegap.checks import Checks
from outcomegap.intake.reader import Moments, RawTable, days, shown
from outcomegap.listing import counted
from outcomegap.model.inputs import ScoringDay


def begun(sheet: RawTable, said: ScoringDay | None) -> RawTable:
    """Return the customers' table with the moment of scoring of each, without those who begin at or after it.

    The `time` of their table says when they begin, or else the start of the segment, stage or goal.
    """
    looked = attrs.evolve(sheet, checks=Checks(), known={})
    if said is not None:
        own = looked.moments(said.column, "as_of") - days(said.days_before)
        as_of = np.where(np.isnat(own), sheet.as_of, own)
        sheet, looked = attrs.evolve(sheet, as_of=as_of), attrs.evolve(looked, as_of=as_of)
    out = np.zeros(len(sheet), dtype=bool)
    for column, moments in _beginnings(looked):
        late = ~out & (moments >= sheet.as_of)
        if count := int(late.sum()):
            begin = "begins" if count == 1 else "begin"
            sheet.notes.append(f"{counted(count, 'customer')} {begin} at or after {sheet.day} ({column}): left out")
        out |= late
    if out.any():
        sheet = sheet.only(~out)
    elif not looked.checks.problems:  # what was read holds
        sheet = attrs.evolve(looked, checks=sheet.checks)
    return sheet


def note_days(sheet: RawTable, said: ScoringDay | None) -> None:
    """Note the moments of scoring if customers have their own, and who has no beginning or no moment of scoring."""
    inputs = sheet.inputs
    if said is not None and len(sheet):
        _note_moments(said, sheet)
    time, what = inputs.table(inputs.customers).time, f"table {inputs.customers!r}"
    if time is not None and (count := int(np.isnat(sheet.moments(time, what)).sum())):
        message = f"{counted(count, 'customer')} without a {time}: taken as having begun"
        sheet.checks.finding("no-beginning", f"tables.{inputs.customers}.time", message, "warning")


def _note_moments(said: ScoringDay, sheet: RawTable) -> None:
    dates, form = sheet.moments(said.column, "as_of"), sheet.inputs.date_format
    moments, without = np.broadcast_to(sheet.as_of, len(sheet)), np.isnat(dates)
    ends = (shown(end(moments), form) for end in (np.fmin.reduce, np.fmax.reduce))
    note = f"scored as of {' to '.join(ends)}, by {said.column}"
    if without.any() and said.otherwise is not None:
        note += f"; {counted(int(without.sum()), 'customer')} without it as of {said.otherwise}"
    sheet.notes.append(note)
    if (lost := np.isnat(moments)).any() and said.column in sheet.table.names:
        lost &= sheet.distinct(said.column, "as_of").codes < 0
        message = f"as_of: column {said.column!r} is empty; say otherwise = a date for those, or correct the data"
        sheet.checks.problem("as-of", message, said.column, rows=lost)


def _beginnings(sheet: RawTable) -> Iterator[tuple[str, Moments]]:
    """Yield each column with the moment from which a customer is one."""
    inputs = sheet.inputs
    time = inputs.table(inputs.customers).time
    if time is not None:
        yield time, sheet.moments(time, f"table {inputs.customers!r}")
    for what in ("segment", "stage", "goal"):
        said = getattr(inputs, what)
        if said is not None and said.table is None and said.start is not None and not said.planned:
            yield said.start, sheet.moments(said.start, what, said.date_format)
