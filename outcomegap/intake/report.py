"""What the intake did: rows in and out, each column, notes, and what does not fit together."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.errors import Finding, Problem
from outcomegap.frames import text_table
from outcomegap.intake.ledger import counted


@attrs.frozen
class ColumnReport:
    """How one column of the result came about.

    Parameters
    ----------
    name
        Its name in the result.
    source
        Where it came from, in words.
    present, missing
        How many customers have a value, and how many have none.
    mapped
        How many values an explicit mapping or a code for missing gave.
    out_of_range
        How many lie outside the measure's hard limits.
    lowest, highest
        The range of the values there are; None where there is none, or the column holds names.
    """

    name: str
    source: str
    present: int
    missing: int
    mapped: int = 0
    out_of_range: int = 0
    lowest: float | None = None
    highest: float | None = None


@attrs.frozen
class Report:
    """What the intake did.

    Parameters
    ----------
    rows_in, rows_out, set_aside
        Customers read, handed on, and set aside with a problem; the first is the sum of the others.
    columns
        A `ColumnReport` for each column of the result.
    problems
        Why customers were set aside.
    findings
        What does not fit together, with counts: it stops nobody, and changes no number.
    notes
        What was left out on purpose, such as events after the moment of scoring.

    Examples
    --------
    >>> report = Report(2, 2, 0, (ColumnReport("reply", "column 'Reply (h)'", 1, 1, lowest=12.5, highest=12.5),))
    >>> print(report)
    2 customers read, 2 handed on, 0 set aside
    <BLANKLINE>
    column  from                present  missing  mapped  out of range  lowest  highest
    ------  ------------------  -------  -------  ------  ------------  ------  -------
    reply   column 'Reply (h)'        1        1       0             0    12.5     12.5
    """

    rows_in: int
    rows_out: int
    set_aside: int
    columns: tuple[ColumnReport, ...] = ()
    problems: tuple[Problem, ...] = ()
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        read = counted(self.rows_in, "customer")
        lines = [f"{read} read, {self.rows_out:,} handed on, {self.set_aside:,} set aside"]
        heads = ["column", "from", "present", "missing", "mapped", "out of range", "lowest", "highest"]
        rows = [
            (c.name, c.source, c.present, c.missing, c.mapped, c.out_of_range, c.lowest, c.highest)
            for c in self.columns
        ]
        if rows:
            lines += ["", text_table(heads, rows)]
        for title, items in (("problems", self.problems), ("findings", self.findings), ("notes", self.notes)):
            if items:
                lines += ["", f"{title}:", *(f"  {item}" for item in items)]
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain data, ready for JSON."""
        return {
            "rows_in": self.rows_in,
            "rows_out": self.rows_out,
            "set_aside": self.set_aside,
            "columns": [attrs.asdict(column) for column in self.columns],
            "problems": [problem.to_dict() for problem in self.problems],
            "findings": [finding.to_dict() for finding in self.findings],
            "notes": list(self.notes),
        }


def of_numbers(
    name: str, source: str, values: NDArray[np.float64], *, mapped: int = 0, outside: int = 0
) -> ColumnReport:
    """Describe a column of numbers."""
    there = values[~np.isnan(values)]
    low, high = (float(there.min()), float(there.max())) if len(there) else (None, None)
    missing = len(values) - len(there)
    return ColumnReport(name, source, len(there), missing, mapped, outside, low, high)


def of_names(name: str, source: str, values: Any, *, mapped: int = 0) -> ColumnReport:
    """Describe a column of names."""
    there = int((values != np.array(None)).sum())
    return ColumnReport(name, source, there, len(values) - there, mapped)
