"""What the intake says of itself."""

from __future__ import annotations

import json

import numpy as np

from outcomegap.errors import Finding, Problem
from outcomegap.intake.ledger import Ledger
from outcomegap.intake.report import Report, of_names, of_numbers


def test_columns() -> None:
    column = of_numbers("x", "column 'X'", np.array([1.0, np.nan, 3.0]), mapped=1, outside=1)
    assert (column.present, column.missing, column.mapped, column.out_of_range) == (2, 1, 1, 1)
    assert (column.lowest, column.highest) == (1.0, 3.0)
    empty = of_numbers("x", "column 'X'", np.array([np.nan]))
    assert (empty.lowest, empty.highest, empty.missing) == (None, None, 1)
    names = of_names("segment", "column 'plan'", np.array(["a", None], dtype=object))
    assert (names.present, names.missing) == (1, 1)


def test_text_and_json() -> None:
    problem = Problem("out-of-range", "too much", column="x", value=float("inf"), rows=(1,), count=1)
    finding = Finding("contradiction", "expect.0", "1 of 2 rows", "warning")
    report = Report(2, 1, 1, (), (problem,), (finding,), ("later",))
    text = str(report)
    for part in ("2 customers read, 1 handed on, 1 set aside", "problems:\n  too much", "findings:", "notes:\n  later"):
        assert part in text
    assert json.loads(json.dumps(report.to_dict(), allow_nan=False))["problems"][0]["value"] == "inf"


def test_a_ledger_says_why_each_customer_is_set_aside() -> None:
    ledger = Ledger(4)
    ledger.rows("a", "first", "x", np.array([False, True, False, True]))
    ledger.rows("b", "second", "x", np.array([3]))
    ledger.rows("c", "nobody", "x", np.zeros(4, dtype=bool))
    assert ledger.reasons() == ["first", "first; second"]
    assert [problem.rule for problem in ledger.problems] == ["a", "b"]
