"""What the intake says of itself."""

from __future__ import annotations

import json

from outcomegap.errors import Finding, Problem
from outcomegap.intake import Report


def test_text_and_json() -> None:
    problem = Problem("out-of-range", "too much", column="x", value=float("inf"), rows=(1,), count=1)
    finding = Finding("contradiction", "expect.0", "1 of 2 rows", "warning")
    report = Report(2, 1, 1, (), (problem,), (finding,), ("later",))
    text = str(report)
    for part in (
        "2 customers read, 1 handed on, 1 set aside",
        "problem: too much",
        "finding: warning: expect.0",
        "note: later",
    ):
        assert part in text
    assert json.loads(json.dumps(report.to_dict(), allow_nan=False))["problems"][0]["value"] == "inf"
