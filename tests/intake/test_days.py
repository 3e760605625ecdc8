"""What was known on the day of scoring: customers who had begun, dates that had come, events before it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import outcomegap as og
from outcomegap.errors import DataError, ModelError
from outcomegap.frames import wrap
from outcomegap.intake import Customers, read_customers
from tests.intake.models import model_of

DAY = "2025-10-01"
MAKERS = [dict, pl.DataFrame, pd.DataFrame, pa.table]
CUSTOMERS = {
    "id": ["old", "left later", "not yet", "left", "that day"],
    "signup": ["2024-03-01", "2025-09-01", "2025-12-15", "2025-01-01", DAY],
    "churned": [None, "2025-11-20", None, "2025-09-30", None],
    "x": [1, 2, 3, 4, 5],
}
STAGE = {"start": "signup", "unit": "days", "bands": {"new": {"below": 365}, "grown": [365]}}


def run(tables: Any, inputs: dict[str, Any], *measures: str, **more: Any) -> Customers:
    model = model_of(*(measures or ["x"]), stages=["new", "grown"] if "stage" in inputs else (), inputs=inputs)
    return read_customers(model, tables, **{"as_of": DAY} | more)


def column(found: Customers, name: str) -> list[Any]:
    return wrap(found.frame).values(name).tolist()


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("said", [{"stage": STAGE}, {"tables": {"customers": {"time": "signup"}}}])
def test_customers_who_had_not_begun_are_left_out_and_told(make: Any, said: dict[str, Any]) -> None:
    found = run(make(CUSTOMERS), {"id": "id"} | said)
    assert column(found, "id") == ["old", "left later", "left"]
    assert found.report.left_out == (f"2 customers begin at or after {DAY} (signup): left out",)
    report = found.report
    assert (report.rows_in, report.rows_out, report.set_aside, report.rows_left_out) == (5, 3, 0, 2)
    assert found.rejects is None
    assert report.problems == report.findings == ()
    assert report.rows()[-1]["present"] == 3


def test_dates_that_are_planned_leave_nobody_out() -> None:
    stage = STAGE | {"planned": True}
    found = run(CUSTOMERS, {"id": "id", "stage": stage})
    assert column(found, "stage") == ["grown", "new", "new", "new", "new"]
    assert found.report.left_out == ()


def test_a_band_below_0_says_what_a_later_start_means() -> None:
    stage = STAGE | {"bands": {"new": {"below": 0}, "grown": [0]}}
    found = run(CUSTOMERS, {"id": "id", "stage": stage})
    assert column(found, "stage") == ["grown", "grown", "new", "grown", "grown"]
    assert found.report.left_out == ()


def test_without_a_moment_everybody_is_a_customer() -> None:
    found = run(CUSTOMERS, {"id": "id", "tables": {"customers": {"time": "signup", "until": "churned"}}}, as_of=None)
    assert len(column(found, "id")) == 5
    told = [finding.message for finding in found.report.findings if finding.rule == "as-of"]
    assert told == ["signup and churned leave nobody out without as_of = the moment of scoring"]


def test_dates_not_known_that_day_are_missing_and_told() -> None:
    measures = {
        "stayed": {"start": "signup", "end": "churned"},
        "age": {"start": "signup"},
        "ahead": {"start": "signup", "end": "churned", "planned": True},
        "until": {"end": "churned"},
    }
    found = run(CUSTOMERS, {"id": "id", "measures": measures}, *measures)
    np.testing.assert_array_equal(column(found, "stayed"), [np.nan, np.nan, np.nan, 272, np.nan])
    np.testing.assert_array_equal(column(found, "age"), [579, 30, np.nan, 273, np.nan])
    np.testing.assert_array_equal(column(found, "ahead"), [np.nan, 80, np.nan, 272, np.nan])
    np.testing.assert_array_equal(column(found, "until"), [np.nan, 50, np.nan, -1, np.nan])
    end = f"is at or after {DAY}, not known then: missing; say planned = true for dates known ahead"
    assert found.report.left_out == (
        f"measure 'stayed': signup or churned of 3 customers {end}",
        f"measure 'age': signup of 2 customers {end}",
    )


def test_dates_of_events_not_known_that_day() -> None:
    tickets = {
        "id": ["a", "a", "a", "b"],
        "opened": ["2025-09-01", "2025-09-28", "2025-10-02", "2025-09-30"],
        "closed": ["2025-09-03", "2025-10-05", "2025-10-04", None],
    }
    spent = {"table": "tickets", "aggregate": "mean", "start": "opened", "end": "closed"}
    inputs = {"id": "id", "tables": {"tickets": {"time": "opened"}}, "measures": {"x": spent}}
    found = run({"customers": {"id": ["a", "b"]}, "tickets": tickets}, inputs)
    np.testing.assert_array_equal(column(found, "x"), [2, np.nan])
    assert found.report.left_out[0].startswith("table 'tickets': closed of 1 row is at or after")
    assert found.report.left_out[1] == f"table 'tickets': 1 row at or after {DAY} left out"


def test_events_of_customers_left_out_are_counted_apart_from_strangers() -> None:
    uses = {"id": ["old", "not yet", "not yet", "nobody"], "at": ["2025-09-01"] * 4}
    inputs = {
        "id": "id",
        "tables": {"uses": {"time": "at"}, "customers": {"time": "signup"}},
        "measures": {"n": {"table": "uses", "aggregate": "count"}},
    }
    found = run({"customers": CUSTOMERS, "uses": uses}, inputs, "n", "x")
    assert column(found, "n") == [1, 0, 0]
    assert "table 'uses': 2 rows of customers left out" in found.report.left_out
    assert [finding.message for finding in found.report.findings] == ["1 of 4 rows belong to no customer (id nobody)"]


def test_an_account_that_one_left_out_shares() -> None:
    inputs = {
        "id": "id",
        "tables": {"uses": {"by": "account", "via": "accounts"}, "customers": {"time": "signup"}},
        "measures": {"n": {"table": "uses", "aggregate": "count"}},
    }
    accounts = {"account": [1, 1, 2, 3, 3], "id": ["not yet", "old", "not yet", "left", "that day"]}
    tables = {"customers": CUSTOMERS, "accounts": accounts, "uses": {"account": [1, 1, 2, 3]}}
    found = run(tables, inputs, "n", "x")
    assert column(found, "n") == [2, 0, 1]
    assert found.report.problems == found.report.findings == ()


def test_problems_name_the_rows_of_the_source() -> None:
    table = {"signup": ["2026-01-01", "2025-01-01", "soon", "2025-01-01"], "x": ["much", "1", "1", "more"]}
    with pytest.raises(DataError) as caught:
        run(table, {"stage": STAGE})
    assert {(p.column, p.rows) for p in caught.value.problems if p.rule.startswith("not-a")} == {
        ("signup", (2,)),
        ("x", (3,)),
    }
    found = run(table, {"stage": STAGE}, on_bad="set_aside")
    assert column(found, "x") == [1]
    assert found.rejects["signup"].tolist() == ["soon", "2025-01-01"]
    assert "(1 row: 3)" in found.report.problems[-1].message


def test_a_column_that_is_not_there_is_told() -> None:
    with pytest.raises(DataError, match="no column 'singup'"):
        run(CUSTOMERS, {"id": "id", "tables": {"customers": {"time": "singup"}}})


def test_customers_without_a_beginning_are_told_and_kept() -> None:
    table = {"id": ["a", "b"], "since": ["2025-01-01", " "], "x": [1, 1]}
    found = run(table, {"id": "id", "tables": {"customers": {"time": "since"}}})
    assert column(found, "id") == ["a", "b"]
    assert [f.message for f in found.report.findings] == ["1 customer without a since: taken as having begun"]


def test_planned_needs_a_start() -> None:
    with pytest.raises(ModelError, match="planned"):
        run(CUSTOMERS, {"measures": {"x": {"end": "churned", "planned": True}}})


def test_all_had_not_begun() -> None:
    found = run(CUSTOMERS, {"id": "id", "stage": STAGE}, as_of="2020-01-01")
    assert column(found, "id") == []
    assert found.report.rows_out == 0


# Windows, and days with an event

MARCH = {"id": ["a", "b"]}


def window(at: list[Any], as_of: Any = "2026-03-31", **say: Any) -> list[float]:
    source = {"table": "logins", "aggregate": "count"} | say
    inputs = {"id": "id", "tables": {"logins": {"time": "at"}}, "measures": {"n": source}}
    tables = {"customers": MARCH, "logins": {"id": ["a"] * len(at), "at": at}}
    return column(run(tables, inputs, "n", as_of=as_of), "n")


@pytest.mark.parametrize(
    ("at", "now", "before"),
    [
        ("2026-03-31", 0, 0),
        ("2026-03-30T23:59:59.999999", 1, 0),
        ("2026-03-01", 1, 0),  # exactly 30 days before
        ("2026-02-28T23:59:59.999999", 0, 1),
        ("2026-01-30", 0, 1),  # exactly 60 days before
        ("2026-01-29T23:59:59.999999", 0, 0),
        ("2026-03-31T00:00+02:00", 1, 0),  # 22 o'clock of the day before, in UTC
        ("2026-03-30T23:00-01:00", 0, 0),  # midnight in UTC
    ],
)
def test_two_windows_share_no_event_and_lose_none(at: str, now: float, before: float) -> None:
    assert window([at], within_days=30) == [now, 0]
    assert window([at], within_days=60, before_days=30) == [before, 0]
    assert window([at], within_days=60) == [now + before, 0]


def test_events_before_a_day_without_an_end() -> None:
    assert window(["2020-01-01", "2026-03-30"], before_days=30) == [1, 0]
    assert window(["2020-01-01", "2026-03-30"], before_days=30, aggregate="time_since", empty=-1) == [2281, -1]


def test_different_days_with_an_event() -> None:
    at = ["2026-03-30T00:00", "2026-03-30T23:59", "2026-03-29", "2026-03-29T23:00-02:00", "2026-02-01", "2026-03-31"]
    assert window(at, aggregate="days") == [3, 0]
    assert window(at, aggregate="days", within_days=30) == [2, 0]
    assert window(at, aggregate="days", within_days=60, before_days=30, times=2) == [2, 0]
    np.testing.assert_array_equal(window(at, aggregate="days", empty="missing"), [3, np.nan])


@pytest.mark.parametrize("say", [{"before_days": 30, "within_days": 30}, {"before_days": 31, "within_days": 30}])
def test_a_window_that_holds_nothing(say: dict[str, float]) -> None:
    with pytest.raises(ModelError, match="before_days"):
        window([], **say)


def test_a_window_needs_a_time_and_a_moment() -> None:
    with pytest.raises(DataError, match="moment of scoring"):
        window([], as_of=None, before_days=30)
    for say in ({"before_days": 30}, {"aggregate": "days"}):
        inputs = {"id": "id", "measures": {"n": {"table": "t", "aggregate": "count"} | say}}
        with pytest.raises(ModelError, match="time of each event"):
            model_of("n", inputs=inputs)


def test_rules_compare_what_was_known() -> None:
    uses = {"id": ["left later", "left later", "left"], "at": ["2025-08-01", "2025-12-01", "2025-09-29"]}
    expect = [
        {"earlier": "signup", "later": "churned"},
        {"table": "uses", "at_most": 1},
        {"table": "uses", "earlier": "at", "later": ["customers", "churned"]},
        {"table": "uses", "earlier": ["customers", "signup"], "later": "at"},
    ]
    inputs = {
        "id": "id",
        "tables": {"uses": {"time": "at"}},
        "measures": {"n": {"table": "uses", "aggregate": "count"}},
        "expect": expect,
    }
    customers = CUSTOMERS | {"signup": ["2024-03-01", "2025-09-01", "2025-12-15", "2025-10-05", DAY]}
    tables = {"customers": customers, "uses": uses}

    def told(**more: Any) -> list[str]:
        findings = run(tables, inputs, "n", "x", **more).report.findings
        return sorted(finding.where for finding in findings if finding.rule == "contradiction")

    assert told() == ["expect.3"]
    assert told(as_of="2026-01-01") == ["expect.0", "expect.1", "expect.2", "expect.3"]
    assert told(as_of=None) == told(as_of="2026-01-01")


def test_a_row_on_the_way_that_was_not_there_yet_names_nobody() -> None:
    inputs = {
        "id": "id",
        "tables": {"uses": {"by": "account", "via": "accounts"}, "accounts": {"time": "since"}},
        "measures": {"n": {"table": "uses", "aggregate": "count"}},
    }
    accounts = {"account": [1, 1, 2], "id": ["a", "b", "b"], "since": ["2025-01-01", DAY, None]}
    tables = {"customers": MARCH, "accounts": accounts, "uses": {"account": [1, 2, 2]}}
    found = run(tables, inputs, "n")
    assert column(found, "n") == [1, 0]
    assert f"table 'accounts': 1 row at or after {DAY} left out" in found.report.left_out
    assert "table 'accounts': 1 row without a since left out" in found.report.left_out
    assert "table 'uses': 2 rows of a row of 'accounts' that was not known then left out" in found.report.left_out


# A moment of scoring for each customer, and days that are numbers

LEFT = {
    "id": ["gone", "here", "early", "at once"],
    "left": ["2026-03-31", None, "2025-01-31", "2026-01-15T12:00"],
    "since": ["2025-01-01", "2025-01-01", "2024-06-01", "2026-01-01"],
}
OWN = {"column": "left", "days_before": 30, "otherwise": "2026-01-01"}


@pytest.mark.parametrize("make", MAKERS)
def test_each_customer_has_a_day_of_scoring(make: Any) -> None:
    at = [
        "2026-02-28",
        "2026-03-01",
        "2026-01-29",
        "2025-12-31",
        "2026-01-01",
        "2025-01-01",
        "2024-12-31",
        "2026-02-02",
    ]
    logins = {"id": ["gone"] * 3 + ["here"] * 2 + ["early"] * 2 + ["stranger"], "at": at}
    measures = {
        "n": {"table": "logins", "aggregate": "count"},
        "recent": {"table": "logins", "aggregate": "count", "within_days": 30},
        "older": {"table": "logins", "aggregate": "count", "before_days": 30},
        "last": {"table": "logins", "aggregate": "time_since"},
        "age": {"start": "since"},
    }
    inputs = {"id": "id", "as_of": OWN, "tables": {"logins": {"time": "at"}}, "measures": measures}
    found = run({"customers": make(LEFT), "logins": make(logins)}, inputs, *measures, as_of=None)
    np.testing.assert_array_equal(column(found, "n"), [2, 1, 1, 0])
    np.testing.assert_array_equal(column(found, "recent"), [1, 1, 1, 0])
    np.testing.assert_array_equal(column(found, "older"), [1, 0, 0, 0])
    np.testing.assert_array_equal(column(found, "last"), [1, 1, 1, np.nan])
    np.testing.assert_array_equal(column(found, "age"), [424, 365, 214, np.nan])
    assert found.report.left_out[0] == (
        "scored as of 2025-01-01 to 2026-03-01, by left; 1 customer without it as of 2026-01-01"
    )
    assert found.report.left_out[-1] == "table 'logins': 3 rows at or after their own day of scoring left out"
    assert "1 of 5 rows belong to no customer" in found.report.findings[0].message
    same = run({"customers": make(LEFT), "logins": make(logins)}, inputs, *measures, as_of="2026-04-01")
    np.testing.assert_array_equal(column(same, "n"), [3, 2, 2, 0])


def test_who_had_not_begun_on_their_own_day() -> None:
    stage = {"start": "since", "unit": "days", "bands": {"new": [0, 365], "grown": [365]}}
    table = LEFT | {"x": [1, 2, 3, 4]}
    found = run(table, {"id": "id", "as_of": OWN, "stage": stage}, as_of=None)
    assert column(found, "id") == ["gone", "here", "early"]
    assert column(found, "stage") == ["grown", "grown", "new"]
    assert found.report.left_out[1] == "1 customer begins at or after their own day of scoring (since): left out"


def test_a_customer_without_a_day_of_scoring() -> None:
    table = {"id": ["a", "b", "c"], "left": ["2026-01-01", None, "soon"], "since": ["2025-01-01"] * 3}
    inputs = {"id": "id", "as_of": {"column": "left"}, "measures": {"x": {"start": "since"}}}
    with pytest.raises(DataError) as caught:
        run(table, inputs, as_of=None)
    assert [(p.rule, p.rows) for p in caught.value.problems] == [("not-a-date", (2,)), ("as-of", (1,))]
    found = run(table, inputs, as_of=None, on_bad="set_aside")
    assert (column(found, "id"), column(found, "x")) == (["a"], [365])
    with pytest.raises(DataError, match="no column 'lef'"):
        run(table, inputs | {"as_of": {"column": "lef"}}, as_of=None)


def test_days_after_a_date() -> None:
    inputs = {"id": "id", "as_of": {"column": "since", "days_before": -100}, "measures": {"x": {"start": "since"}}}
    found = run({"id": ["a", "b"], "since": ["2025-01-01", "2026-01-01"]}, inputs, as_of=None)
    assert column(found, "x") == [100, 100]


def test_an_event_of_several_customers_is_late_for_one_of_them() -> None:
    inputs = {
        "id": "id",
        "as_of": {"column": "left"},
        "tables": {"uses": {"by": "account", "via": "accounts", "time": "at"}},
        "measures": {
            "n": {"table": "uses", "aggregate": "count"},
            "age": {"table": "uses", "aggregate": "min", "start": "at"},
            "kinds": {"table": "uses", "aggregate": "distinct", "column": "kind"},
        },
    }
    tables = {
        "customers": {"id": ["a", "b"], "left": ["2026-01-01", "2025-01-01"]},
        "accounts": {"account": [1, 1, 2], "id": ["a", "b", "b"]},
        "uses": {"account": [1, 1, 2], "at": ["2025-06-01", "2024-12-31", "2024-12-30"], "kind": ["x", "y", "z"]},
    }
    found = run(tables, inputs, "n", "age", "kinds", as_of=None)
    assert (column(found, "n"), column(found, "age"), column(found, "kinds")) == ([2, 2], [214, 1], [2, 2])


@pytest.mark.parametrize("value", [60, 60.0, "60", 0, -7, 2.5])
def test_as_of_may_be_the_number_of_a_day(value: Any) -> None:
    at = [value, float(value) - 1, float(value) - 30, float(value) - 31]
    tables = {"customers": MARCH, "logins": {"id": ["a"] * 4, "at": list(map(float, at))}}
    measures = {
        "n": {"table": "logins", "aggregate": "count"},
        "recent": {"table": "logins", "aggregate": "days", "within_days": 30},
        "last": {"table": "logins", "aggregate": "time_since"},
    }
    inputs = {"id": "id", "date_format": "days", "tables": {"logins": {"time": "at"}}, "measures": measures}
    found = run(tables, inputs, *measures, as_of=value)
    np.testing.assert_array_equal(column(found, "n"), [3, 0])
    np.testing.assert_array_equal(column(found, "recent"), [2, 0])
    np.testing.assert_array_equal(column(found, "last"), [1, np.nan])
    assert found.report.left_out == (f"table 'logins': 1 row at or after day {float(value):g} left out",)
    if not isinstance(value, str):
        same = run(tables, inputs | {"as_of": value}, *measures, as_of=None)
        np.testing.assert_array_equal(column(same, "n"), [3, 0])


def test_a_number_is_a_day_only_where_dates_are_numbers() -> None:
    for as_of in (60, "60"):
        with pytest.raises(DataError, match='date_format = "days"'):
            run(CUSTOMERS, {"id": "id"}, as_of=as_of)
    for as_of in (60, {"column": "left", "otherwise": 60}):
        with pytest.raises(ModelError, match='date_format = "days"'):
            model_of("x", inputs={"as_of": as_of})
    for as_of in (10**400, float("nan"), True, "soon", {"days_before": 3}, {"column": "a", "days_before": 1e9}):
        with pytest.raises(ModelError, match="as_of"):
            model_of("x", inputs={"as_of": as_of, "date_format": "days"})
    for as_of in (10**400, float("inf"), "1e400", "soon", {}, ""):
        with pytest.raises(DataError, match="as_of"):
            run(CUSTOMERS, {"id": "id", "date_format": "days"}, as_of=as_of)


@pytest.mark.parametrize("as_of", ["2026-01-01", 60, OWN, {"column": "left"}, {"column": "d", "otherwise": 3}])
def test_as_of_is_written_and_read(as_of: Any) -> None:
    model = model_of("x", inputs={"as_of": as_of, "date_format": "days"})
    for form in ("toml", "json", "yaml"):
        assert og.loads(og.dumps(model, form), form) == model


def test_days_that_are_looked_up() -> None:
    tables = {
        "customers": {"id": ["a", "b", "c"], "plan": [1, 2, 3], "x": [1, 2, 3]},
        "plans": {
            "plan": [1, 2, 3],
            "since": ["2025-01-01", DAY, "2025-06-01"],
            "ends": ["2025-02-01", "2026-01-01", None],
        },
    }
    said = {"look_up": {"plans": "plan"}, "time": "plans.since"}
    inputs = {"id": "id", "tables": {"customers": said, "plans": {"key": "plan"}}}
    assert column(run(tables, inputs), "id") == ["a", "c"]
    own = inputs | {"as_of": {"column": "plans.ends", "days_before": 30, "otherwise": "2025-05-01"}}
    assert column(run(tables, own, as_of=None), "id") == ["a", "b"]
    own["tables"] = {"customers": said, "plans": {"key": "plan", "time": "since"}}
    told = run(tables, own, as_of=None).report.left_out
    assert told[-1] == "table 'plans': all rows are looked up, also those after a customer's own day of scoring"


def test_rows_looked_up_that_were_not_there_yet() -> None:
    tables = {
        "customers": {"id": ["a", "b", "c"], "plan": [1, 2, 3]},
        "plans": {
            "plan": [2, 1, 1, 2, 3, 4],
            "seats": [5, 10, 20, 30, 40, 50],
            "at": [DAY, "2025-01-01", DAY, "2025-09-30", DAY, None],
        },
    }
    said = {"customers": {"look_up": {"plans": "plan"}}, "plans": {"key": "plan", "time": "at"}}
    inputs = {"id": "id", "tables": said, "measures": {"x": "plans.seats"}}
    found = run(tables, inputs)
    np.testing.assert_array_equal(column(found, "x"), [10, 30, np.nan])
    assert found.report.left_out[:1] == (f"table 'plans': 3 rows at or after {DAY} left out",)
    with pytest.raises(DataError, match="differ"):
        run(tables, inputs, as_of=None)


def test_a_course_whose_dates_are_days() -> None:
    students = {
        "id": ["s1", "s2", "s3", "s4"],
        "registered": ["-159", "-20", "70", ""],
        "gone": ["", "45", "", "90"],
        "x": ["1", "2", "3", "4"],
    }
    clicks = {"id": ["s1", "s1", "s2", "s3", "s4", "s4"], "day": ["59", "60", "-5", "75", "1.5", "1"]}
    measures = {
        "n": {"table": "clicks", "aggregate": "count"},
        "days": {"table": "clicks", "aggregate": "days"},
        "since": {"table": "clicks", "aggregate": "time_since"},
        "age": {"start": "registered"},
    }
    tables = {"customers": {"time": "registered", "until": "gone"}, "clicks": {"time": "day"}}
    inputs = {"id": "id", "date_format": "days", "as_of": 60, "tables": tables, "measures": measures}
    found = run({"customers": students, "clicks": clicks}, inputs, *measures, "x", as_of=None)
    assert column(found, "id") == ["s1", "s4"]
    assert [column(found, name) for name in ("n", "days", "since")] == [[1, 2], [1, 1], [1, 58.5]]
    np.testing.assert_array_equal(column(found, "age"), [219, np.nan])
    assert found.report.left_out == (
        "1 customer begins at or after day 60 (registered): left out",
        "1 customer left before day 60 (gone): left out",
        "table 'clicks': 2 rows at or after day 60 left out",
        "table 'clicks': 1 row of customers left out",
    )
    own = {"column": "gone", "days_before": 10, "otherwise": 60}
    told = run({"customers": students, "clicks": clicks}, inputs | {"as_of": own}, *measures, as_of=None).report
    assert told.left_out[0] == "scored as of day 35 to day 80, by gone; 1 customer without it as of day 60"


def test_an_empty_date_of_a_stage_is_told_by_its_column() -> None:
    with pytest.raises(DataError, match="stage: 'since' is empty"):
        run({"since": [None], "x": [1]}, {"stage": STAGE | {"start": "since"}})


def test_a_date_that_a_filter_wants_empty_may_have_come_later() -> None:
    people = {"id": ["a", "b", "c"], "left": [None, "2026-03-01", "2026-01-05"]}
    cases = {"id": ["a", "a", "b"], "at": ["2026-01-01"] * 3, "shut": ["", "2026-02-20", "2026-01-02"]}
    tables = {"customers": people, "cases": cases}
    count = {"table": "cases", "aggregate": "count"}
    open_then = {"open": {**count, "time": "at", "where": {"shut": ""}}}
    left = {"id": "id", "tables": {"customers": {"where": {"left": ""}}}, "measures": open_then}
    found = run(tables, left, "open", as_of="2026-02-01")
    assert (column(found, "id"), column(found, "open")) == (["a"], [1.0])
    told = {finding.where: finding.message for finding in found.report.findings if finding.rule == "known-later"}
    assert told.keys() == {"tables.customers.where", "tables.cases"}
    assert all("1 row with a" in message for message in told.values())
    assert run(tables, left, "open", as_of="2026-04-01").report.findings == ()
    # what the messages say
    both = {
        "came": {**count, "time": "at"},
        "shut": {**count, "time": "shut"},
        "open": {"difference": ["came", "shut"]},
    }
    until = {"id": "id", "tables": {"customers": {"until": "left"}}, "measures": both}
    found = run(tables, until, "open", as_of="2026-02-01")
    assert (column(found, "id"), column(found, "open")) == (["a", "b"], [2.0, 0.0])
    assert not [finding for finding in found.report.findings if finding.rule == "known-later"]
