"""The moment of scoring of each customer; who had not begun then is left out, and counted in a note."""

from __future__ import annotations

from collections.abc import Iterator

import attrs
import numpy as np

from outcomegap.checks import Checks
from outcomegap.errors import Finding
from outcomegap.frames.arrays import Mask, is_blank
from outcomegap.intake.moments import SINCE_1970, Moments, as_moment, days, shown
from outcomegap.intake.raw_table import RawTable
from outcomegap.listing import counted
from outcomegap.model.inputs import Filters, ScoringDay


def begun(sheet: RawTable, said: ScoringDay | None) -> RawTable:
    """Return the customers' table with the moment of scoring of each, without those who begin at or after it.

    The `time` of their table says when they begin, or else the start of the segment, stage or goal. Those who left
    before it, which `until` says, are left out too.
    """
    looked = attrs.evolve(sheet, checks=Checks(), known={})
    if said is not None:
        own = looked.moments(said.column, "as_of") - days(said.days_before)
        as_of = np.where(np.isnat(own), sheet.as_of, own)
        sheet, looked = attrs.evolve(sheet, as_of=as_of), attrs.evolve(looked, as_of=as_of)
    out, why = np.zeros(len(sheet), dtype=bool), dict[str, Mask]()
    for column, moments, gone in _ends(looked):
        late = ~out & ((moments < sheet.as_of) if gone else (moments >= sheet.as_of))
        if count := int(late.sum()):
            begin = "left before" if gone else "begins at or after" if count == 1 else "begin at or after"
            why[f"{counted(count, 'customer')} {begin} {sheet.day} ({column}): left out"] = late
        out |= late
    sheet.notes.add(*why)
    if why:
        sheet = sheet.without(why)
    elif not looked.checks.problems:  # what was read holds
        sheet = attrs.evolve(looked, checks=sheet.checks)
    return sheet


def note_days(sheet: RawTable, said: ScoringDay | None) -> None:
    """Note the moments of scoring if customers have their own, and who has no beginning or no moment of scoring."""
    inputs = sheet.inputs
    if said is not None and len(sheet):
        _note_moments(said, sheet)
    time, until = (getattr(inputs.table(inputs.customers), end) for end in ("time", "until"))
    what = f"table {inputs.customers!r}"
    if (until or time) is not None and said is None and np.isnat(sheet.as_of).all():
        message = f"{' and '.join(filter(None, (time, until)))} leave nobody out without as_of = the moment of scoring"
        sheet.checks.finding("as-of", f"tables.{inputs.customers}", message, "warning")
    if until is not None:
        sheet.moments(until, what)
    read = None if time is None else sheet.dates(time, what)
    if read is not None and (count := int((np.isnat(read.values) & ~read.unread).sum())):
        message = f"{counted(count, 'customer')} without a {time}: taken as having begun"
        sheet.checks.finding("no-beginning", f"tables.{inputs.customers}.time", message, "warning", count)


def note_later(rows: RawTable, where: Filters, path: str, say: str) -> None:
    """Note dates that a filter wants empty, and that were not known yet at the moment of scoring."""
    looked = attrs.evolve(rows, checks=Checks(), known={}, owners=None)
    for column, codes in where.items():
        blank = any(isinstance(code, str) and is_blank(code) for code in codes)
        if blank and column in rows.table and rows.inputs.date_format not in SINCE_1970:
            late = int((looked.moments(column, path) >= rows.as_of).sum())
            message = f"{counted(late, 'row')} with a {column} at or after {rows.day}, which was not known then; {say}"
            said = Finding("known-later", path, f"{column} is empty does not fit {message}", "warning")
            if late and not looked.checks.problems and said not in rows.checks.findings:
                rows.checks.findings.append(said)


def day_of(sheet: RawTable) -> str | None:
    """Return the moment of scoring for people, the first and the last if customers have their own; None without one."""
    if np.isnat(sheet.as_of).all():
        return None
    ends = (end(np.atleast_1d(sheet.as_of)) for end in (np.fmin.reduce, np.fmax.reduce))
    return " to ".join(dict.fromkeys(shown(end, sheet.inputs.date_format) for end in ends))


def _note_moments(said: ScoringDay, sheet: RawTable) -> None:
    without, form = np.isnat(sheet.moments(said.column, "as_of")), sheet.inputs.date_format
    note = f"scored as of {day_of(sheet)}, by {said.column}"
    if without.any() and said.otherwise is not None:
        other = shown(as_moment(said.otherwise, form), form)
        note += f"; {counted(int(without.sum()), 'customer')} without it as of {other}"
    sheet.notes.add(note, first=True)
    looked_up = {name for table in sheet.inputs.tables.values() for name in table.look_up}
    for name in sorted(name for name in looked_up if sheet.inputs.table(name).time is not None):
        sheet.notes.add(f"table {name!r}: all rows are looked up, also those after a customer's own day of scoring")
    if (lost := np.isnat(sheet.as_of)).any() and said.column in sheet.table.names:
        lost &= sheet.distinct(said.column, "as_of").codes < 0
        message = f"as_of: column {said.column!r} is empty; say otherwise = a date for those, or correct the data"
        sheet.checks.problem("as-of", message, said.column, rows=lost)


def _ends(sheet: RawTable) -> Iterator[tuple[str, Moments, bool]]:
    """Yield each column with the moments from which a customer is one; and, with True, until which."""
    inputs = sheet.inputs
    said, what = inputs.table(inputs.customers), f"table {inputs.customers!r}"
    if said.time is not None:
        yield said.time, sheet.moments(said.time, what), False
    if said.until is not None:
        yield said.until, sheet.moments(said.until, what), True
    for what in ("segment", "stage", "goal"):
        cell = getattr(inputs, what)
        if cell is not None and cell.table is None and cell.start is not None and not cell.known_ahead:
            yield cell.start, sheet.moments(cell.start, what, cell), False
