"""Marks, codes for missing and the format of dates: of a source, of its table, of all tables; the nearest holds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from outcomegap.errors import DataError, ModelError
from outcomegap.intake import read_customers
from outcomegap.model import Inputs
from tests.intake.models import model_of

UNIX = [str(1782604237 + 1000 * each) for each in range(30)]


def read(source: Any, given: dict[str, Any], customers: dict[str, list[Any]] | None = None, **more: Any) -> Any:
    inputs = {"id": "id", "as_of": "2026-08-01", "measures": {"n": source}} | more
    return read_customers(model_of("n", inputs=inputs), {"customers": customers or {"id": ["A"]}} | given)


def n(found: Any) -> list[float]:
    return np.asarray(found.frame["n"]).tolist()


COUNT = {"table": "logins", "aggregate": "count"}
SUM = {"table": "bills", "aggregate": "sum", "column": "x"}


@pytest.mark.parametrize(
    ("inputs", "table", "source", "texts"),
    [
        ("%d.%m.%Y", "seconds", None, UNIX[:2]),
        ("%d.%m.%Y", "iso", None, ["2026-01-31", "2026-02-28T10:00"]),
        ("%d.%m.%Y", None, "iso", ["2026-01-31", "2026-02-28"]),
        ("%d.%m.%Y", "seconds", "%m/%d/%Y", ["01/31/2026", "02/28/2026"]),
        (None, "%d.%m.%Y", None, ["31.01.2026", "28.02.2026"]),
        ("seconds", None, None, UNIX[:2]),
        (None, "%d.%m.%Y", "iso", ["2026-01-31", "2026-02-28"]),
    ],
)
def test_the_nearest_format_of_dates_holds(inputs: Any, table: Any, source: Any, texts: list[str]) -> None:
    tables = {"logins": {"time": "ts"} | ({"date_format": table} if table else {})}
    of = COUNT | ({"date_format": source} if source else {})
    more = {"date_format": inputs} if inputs else {}
    found = read(of, {"logins": {"id": ["A"] * 2, "ts": texts}}, tables=tables, **more)
    assert n(found) == [2.0]
    assert not found.report.left_out


@pytest.mark.parametrize(
    ("inputs", "table", "source", "texts", "total"),
    [
        ({}, {"decimal": ","}, {}, ["1,5", "2,5"], 4.0),
        ({"decimal": ","}, {"decimal": "."}, {}, ["1.5", "2.5"], 4.0),
        ({"decimal": ","}, {"thousands": ",", "decimal": "."}, {}, ["1,500", "2"], 1502.0),
        ({"thousands": ","}, {}, {"decimal": ","}, ["1,5", "2"], 3.5),
        ({"missing": [0]}, {"missing": [-1]}, {}, ["-1", "3"], 3.0),
        ({"missing": [0]}, {"missing": [-1]}, {"missing": [3]}, ["-1", "3"], -1.0),
        ({"missing": [9]}, {"missing": []}, {}, ["9", "3"], 12.0),
    ],
)
def test_the_nearest_marks_and_codes_hold(inputs: Any, table: Any, source: Any, texts: Any, total: float) -> None:
    found = read(SUM | source, {"bills": {"id": ["A"] * 2, "x": texts}}, tables={"bills": table}, **inputs)
    assert n(found) == [total]


def test_a_column_that_is_looked_up_is_read_as_its_own_table_says() -> None:
    tables = {
        "customers": {"look_up": {"plans": "plan"}, "decimal": "."},
        "plans": {"key": "plan", "decimal": ",", "time": "valid", "date_format": "%d.%m.%Y", "missing": ["-"]},
    }
    plans = {"plan": ["a", "b"], "price": ["1,5", "-"], "valid": ["31.01.2026", "31.01.2026"]}
    customers = {"id": ["A", "B"], "plan": ["a", "b"], "own": ["2.5", "3.5"]}
    found = read("plans.price", {"plans": plans}, customers, tables=tables)
    assert str(n(found)) == "[1.5, nan]"
    assert n(read("own", {"plans": plans}, customers, tables=tables)) == [2.5, 3.5]


def test_of_the_customers_own_table() -> None:
    tables = {"customers": {"time": "since", "until": "left", "date_format": "%d.%m.%Y", "missing": ["never"]}}
    customers = {
        "id": ["A", "B", "C"],
        "since": ["31.01.2026"] * 3,
        "left": ["never", "01.02.2026", ""],
        "n": ["1"] * 3,
    }
    found = read("n", {}, customers, tables=tables)
    assert list(found.frame["id"]) == ["A", "C"]


def test_one_mark_for_two_things_is_told() -> None:
    with pytest.raises(ModelError, match="same as the decimal mark"):
        Inputs(tables={"bills": {"decimal": ",", "thousands": ","}})


@pytest.mark.parametrize(
    ("form", "texts", "say"),
    [
        ("%d.%m.%Y", UNIX, "in '%d.%m.%Y' (said in [inputs]); date_format = \"seconds\" reads them"),
        ("%d.%m.%Y", [int(text) for text in UNIX], 'date_format = "seconds" reads them'),
        ("%d.%m.%Y", ["2026-01-31"] * 15 + ["2026-02-01"] * 15, 'date_format = "iso" reads them'),
        ("seconds", ["31.01.2026"] * 30, 'date_format = "%d.%m.%Y" reads it'),
        (None, ["Jan 31, 2026"] * 30, 'in ISO 8601; date_format = "%b %d, %Y" reads it'),
        (None, ["01/02/2026", "02/02/2026"] * 15, "which comes first, day or month?"),
        (None, ["soon", "later"] * 15, "say date_format, or list them in missing"),
    ],
)
def test_dates_that_cannot_be_read_are_told_once(form: Any, texts: list[Any], say: str) -> None:
    more = {} if form is None else {"date_format": form}
    with pytest.raises(DataError) as caught:
        read(COUNT, {"logins": {"id": ["A"] * 30, "ts": texts}}, tables={"logins": {"time": "ts"}}, **more)
    (problem,) = caught.value.problems
    assert (problem.rule, problem.column, problem.count) == ("not-a-date", "logins.ts", 30)
    assert say in problem.message


def test_a_time_that_cannot_be_read_is_no_empty_one() -> None:
    inputs = {"id": "id", "as_of": "2026-08-01", "measures": {"n": COUNT}, "tables": {"logins": {"time": "ts"}}}
    logins = {"id": ["A", "A", "A", "B"], "ts": ["2026-01-31", "soon", None, "2026-01-31"]}
    found = read_customers(
        model_of("n", inputs=inputs), {"customers": {"id": ["A", "B"]}, "logins": logins}, on_bad="set_aside"
    )
    assert found.report.left_out == ("table 'logins': 1 row without a ts left out",)
    assert [problem.rows for problem in found.report.problems] == [(1,)]
    assert list(found.frame["id"]) == ["B"]


def test_two_ways_in_one_column_are_told() -> None:
    with pytest.raises(DataError, match=r"reads it; 2 other rows are in ISO 8601, so write all alike"):
        read(
            COUNT,
            {"logins": {"id": ["A"] * 3, "ts": ["2026-01-31", "2026-02-01", "31/01/2026"]}},
            tables={"logins": {"time": "ts"}},
        )
