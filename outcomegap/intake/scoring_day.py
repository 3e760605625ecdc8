"""Who is scored: customers who had not begun at the moment of scoring are left out, and counted in a note."""

from __future__ import annotations

from collections.abc import Iterator

import attrs
import numpy as np

from outcomegap.checks import Checks
from outcomegap.intake.reader import Moments, RawTable
from outcomegap.listing import counted


def begun(sheet: RawTable) -> RawTable:
    """Return the customers' table without those who begin at or after the moment of scoring.

    The `time` of their table says when they begin, or else the start of the segment, stage or goal.
    """
    looked = attrs.evolve(sheet, checks=Checks(), known={})
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


def note_beginnings(sheet: RawTable) -> None:
    """Note what is wrong with the time from which each is a customer, and who has none."""
    inputs = sheet.inputs
    time, what = inputs.table(inputs.customers).time, f"table {inputs.customers!r}"
    if time is not None and (count := int(np.isnat(sheet.moments(time, what)).sum())):
        message = f"{counted(count, 'customer')} without a {time}: taken as having begun"
        sheet.checks.finding("no-beginning", f"tables.{inputs.customers}.time", message, "warning")


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
