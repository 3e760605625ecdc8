"""Rows of a table to use, and rows to leave out, each counted in a note."""

from __future__ import annotations

import time
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from outcomegap.errors import DataError, ModelError
from outcomegap.files import dumps, loads
from outcomegap.frames import wrap
from outcomegap.intake import Customers, read_customers
from outcomegap.model.inputs import TableInput
from tests.intake.models import model_of

MAKERS = [dict, pl.DataFrame, pl.LazyFrame, pd.DataFrame, pa.table]
PEOPLE = {
    "id": ["A", "B", "C", "D"],
    "status": ["active", "churned", "test account", "active"],
    "n": ["3", "soon", "0", "9"],
}


def run(tables: dict[str, Any], source: Any, measures: Any = None, **more: Any) -> Customers:
    model = model_of("n", inputs={"id": "id", "tables": tables, "measures": measures or {}})
    assert loads(dumps(model)) == model
    return read_customers(model, source, **more)


def ids(found: Customers) -> list[object]:
    return wrap(found.frame).values("id").tolist()


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize(
    "said",
    [
        {"leave_out": {"status": ["churned", "test account"]}},
        {"where": {"status": "active"}},
        {"where": {"status": ["active", "churned"]}, "leave_out": {"id": ["B", "C"]}},
    ],
)
def test_customers_who_left_are_in_no_result_and_their_values_are_not_read(make: Any, said: Any) -> None:
    found = run({"customers": said}, make(PEOPLE))
    assert ids(found) == ["A", "D"]
    assert (found.rejects, found.report.problems, found.report.findings, found.report.rows_out) == (None, (), (), 2)
    assert found.report.left_out[0].startswith("table 'customers': 2 of 4 rows left out: ")


def test_the_note_counts_by_value_each_row_once() -> None:
    source = PEOPLE | {"kind": ["paid", None, "trial", "trial"]}
    found = run({"customers": {"where": {"kind": ["paid", "trial"]}, "leave_out": {"status": "test account"}}}, source)
    assert ids(found) == ["A", "D"]
    (note,) = found.report.left_out
    assert note == "table 'customers': 2 of 4 rows left out: kind = empty (1); status = test account (1)"


def test_repeated_ids_and_totals_among_rows_left_out_are_no_problem() -> None:
    source = {"id": ["A", "A", "Total", None], "n": ["1", "x", "1", "1"], "row": ["new", "old", "sum", None]}
    assert ids(run({"customers": {"where": {"row": "new"}}}, source)) == ["A"]


@pytest.mark.parametrize("code", [0, "0", 0.0])
def test_codes_are_compared_as_everywhere(code: Any) -> None:
    source = {"id": ["a", "b", "c"], "n": [1, 2, 3], "seats": ["0", "0.0", "5"]}
    found = run({"customers": {"leave_out": {"seats": code}}}, source)
    assert ids(found) == (["b", "c"] if isinstance(code, str) else ["c"])


def test_a_value_that_fits_no_row_is_told_with_the_nearest() -> None:
    found = run({"customers": {"leave_out": {"status": ["chruned", "test account"], "n": "soon"}}}, PEOPLE)
    (finding,) = found.report.findings
    assert (finding.rule, finding.where) == ("no-row-fits", "tables.customers.leave_out.status")
    assert "did you mean 'churned'" in finding.message
    with pytest.raises(DataError, match=r"no column 'stauts'.*did you mean 'status'"):
        run({"customers": {"leave_out": {"stauts": "churned"}}}, PEOPLE)
    with pytest.raises(ModelError, match="leave_out"):
        TableInput(leave_out={"status": []})


@pytest.mark.parametrize("make", MAKERS)
def test_events_and_tables_on_the_way_are_filtered_too(make: Any) -> None:
    tables = {
        "customers": {"leave_out": {"status": ["churned", "test account"]}},
        "accounts": {"key": "account", "by": "id", "leave_out": {"closed": "yes"}},
        "events": {"by": "account", "via": "accounts", "where": {"kind": "real"}},
    }
    source = {
        "customers": make(PEOPLE | {"n": [1, 1, 1, 1]}),
        "accounts": make(
            {"account": [1, 2, 3, 4, 5], "id": ["A", "B", "C", "D", "D"], "closed": ["", "", "", "", "yes"]}
        ),
        "events": make(
            {
                "account": [1, 1, 2, 3, 4, 5, 9, 1],
                "kind": ["real", "spam", "real", "real", "real", "real", "real", "real"],
                "hours": ["1", "x", "y", "z", "2", "4", "3", "8"],
            }
        ),
    }
    measures = {"n": {"table": "events", "aggregate": "sum", "column": "hours"}}
    found = run(tables, source, measures)
    assert wrap(found.frame).floats("n").values.tolist() == [9.0, 2.0]
    assert found.report.left_out == (
        "table 'customers': 2 of 4 rows left out: status = churned (1), test account (1)",
        "table 'events': 1 of 8 rows left out: kind = spam (1)",
        "table 'accounts': 1 of 5 rows left out: closed = yes (1)",
        "table 'events': 2 rows of customers left out",
    )
    assert [each.message for each in found.report.findings] == [
        "2 of 7 rows belong to no customer (account 5, 9)",
    ]


def test_rows_are_named_as_in_the_source() -> None:
    tables = {"customers": {}, "events": {"leave_out": {"kind": "spam"}}}
    source = {"customers": {"id": ["A"]}, "events": {"id": ["A"] * 3, "kind": ["spam", "a", "a"], "h": ["1", "2", "x"]}}
    measures = {"n": {"table": "events", "aggregate": "sum", "column": "h"}}
    with pytest.raises(DataError) as caught:
        run(tables, source, measures)
    assert caught.value.problems[0].rows == (2,)
    model = model_of("n", inputs={"tables": {"customers": {"leave_out": {"kind": "spam"}}}})
    with pytest.raises(DataError, match=r"\(1 row: 2\)"):
        read_customers(model, {"kind": ["spam", "a", "a"], "n": ["x", "1", "y"]})


@pytest.mark.parametrize("table", ["customers", "calls"])
def test_a_value_that_only_looks_like_one_to_leave_out_is_told(table: str) -> None:
    people = {"id": list("abcd"), "kind": ["test", "Test ", "real", None], "n": [1.0] * 4}
    calls = {"id": list("abcd"), "kind": ["test", "Test ", "real", None]}
    source = {"table": "calls", "aggregate": "count", "where": {"kind": ["test", "fake"]}}
    tables = {"customers": {"leave_out": {"kind": ["test", "fake"]}}} if table == "customers" else {}
    found = run(tables, {"customers": people, "calls": calls}, {"n": source} if table == "calls" else None)
    told = [(finding.rule, finding.message) for finding in found.report.findings]
    assert ("no-row-fits", "kind = 'fake' fits no row (known: 'test', 'Test ', 'real')") in told
    (alike,) = [message for rule, message in told if rule == "written-alike"]
    assert alike.startswith("kind = 'Test ' is not 'test', from which it differs only in case, spaces or width")


def test_thousands_of_values_to_leave_out_take_the_time_of_a_few() -> None:
    many = 20_000
    people = {"id": [f"c{row}" for row in range(many)], "n": [1.0] * many}
    out = [f"c{row}" for row in range(0, many, 4)] + [f"gone {row}" for row in range(5_000)]
    start = time.perf_counter()
    found = run({"customers": {"leave_out": {"id": out}}}, {"customers": people})
    assert time.perf_counter() - start < 5
    assert found.report.rows_left_out == many // 4
    assert len(found.report.findings) <= 20
