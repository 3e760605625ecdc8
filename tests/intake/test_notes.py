"""What concerns many is told first; what is routine comes last, and in one line where it is of one kind."""

from __future__ import annotations

from outcomegap.intake import read_customers
from tests.intake.models import model_of


def test_findings_of_many_come_first_and_notes_of_one_kind_are_one() -> None:
    names = ("tickets", "logins", "bills")
    inputs = {
        "id": "id",
        "as_of": "2026-06-01",
        "tables": {"customers": {"time": "since"}} | {name: {"time": "at"} for name in names},
        "measures": {name: {"table": name, "aggregate": "count"} for name in names} | {"age": {"start": "left"}},
        "keep": {"again": {"start": "left"}},
    }
    tables = {
        "customers": {"id": ["A", "B"], "since": ["2026-01-01", "2026-07-01"], "left": ["2026-08-01", None]},
        "tickets": {"id": ["A", "?"], "at": ["2026-01-01", "2026-01-02"]},
        "logins": {"id": ["A", "A", "A", "x", "y"], "at": ["2026-07-01", "2026-07-02", *["2026-01-01"] * 3]},
        "bills": {"id": ["A", "A"], "at": ["2026-01-01", "2026-09-01"]},
    }
    report = read_customers(model_of(*names, "age", inputs=inputs), tables).report
    assert [finding.where for finding in report.findings] == ["tables.logins", "tables.tickets"]
    first, second, third = report.left_out
    assert first == "1 customer begins at or after 2026-06-01 (since): left out"
    assert second.startswith("measure 'age', keep: 'again': left of 1 customer is at or after 2026-06-01")
    assert third == "tables 'logins' (2 rows), 'bills' (1 row): at or after 2026-06-01 left out"
    assert report.to_dict()["findings"][0].keys() == {"rule", "where", "message", "severity"}
