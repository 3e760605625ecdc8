"""Every aggregate on every engine is what a plain loop over the events gives."""

from __future__ import annotations

import datetime as dt
import itertools
import math
import statistics
from typing import Any

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings, strategies as st

from outcomegap.frames import wrap
from outcomegap.intake import read_customers
from outcomegap.intake.events import taken
from outcomegap.model.inputs import UNITS
from tests.intake.models import model_of

AS_OF = dt.datetime(2026, 2, 1)
CONNECTION = duckdb.connect()


def relation(table: pa.Table) -> Any:
    name = f"t{id(table)}"
    CONNECTION.register(name, table)
    return CONNECTION.sql(f"select * from {name}")


ENGINES = {
    "polars": pl.from_arrow,
    "pandas": lambda t: t.to_pandas(),
    "pyarrow": lambda t: t,
    "duckdb": relation,
    "records": lambda t: t.to_pylist() or {"who": [], "at": [], "kind": [], "x": [], "until": []},
}
TYPES = pa.schema(
    [
        ("who", pa.string()),
        ("at", pa.timestamp("us")),
        ("kind", pa.string()),
        ("x", pa.float64()),
        ("until", pa.timestamp("us")),
    ]
)
TEXTS = pa.schema([(name, pa.string()) for name in TYPES.names])

MOMENTS = st.none() | st.integers(-40 * 24, 3 * 24).map(lambda hours: AS_OF + dt.timedelta(hours=hours))
EVENTS = st.lists(
    st.fixed_dictionaries(
        {
            "who": st.sampled_from(["a", "b", "c", "stranger", None]),
            "at": MOMENTS,
            "kind": st.sampled_from(["high", "low", "", None]),
            "x": st.none() | st.integers(-40, 40).map(lambda n: n / 8),
            "until": MOMENTS,
        }
    ),
    max_size=25,
)
IDS = ["a", "b", "c", "quiet"]

MEASURES: dict[str, dict[str, Any]] = {
    "count": {"aggregate": "count"},
    "count_x": {"aggregate": "count", "column": "x"},
    "count_high": {"aggregate": "count", "where": {"kind": ["high"]}},
    "count_blank": {"aggregate": "count", "where": {"kind": ""}},
    "count_recent": {"aggregate": "count", "within_days": 10},
    "count_none": {"aggregate": "count", "empty": "missing"},
    "sum": {"aggregate": "sum", "column": "x"},
    "sum_high": {"aggregate": "sum", "column": "x", "where": {"kind": ["high", "low"]}, "times": 2},
    "mean": {"aggregate": "mean", "column": "x"},
    "mean_recent": {"aggregate": "mean", "column": "x", "within_days": 10, "empty": 5},
    "median": {"aggregate": "median", "column": "x"},
    "median_high": {"aggregate": "median", "column": "x", "where": {"kind": "high"}},
    "min": {"aggregate": "min", "column": "x"},
    "max": {"aggregate": "max", "column": "x", "missing": [0]},
    "latest": {"aggregate": "latest", "column": "x"},
    "first_low": {"aggregate": "first", "column": "x", "where": {"kind": "low"}},
    "share": {"aggregate": "share", "matching": {"kind": "high"}},
    "distinct": {"aggregate": "distinct", "column": "kind"},
    "distinct_recent": {"aggregate": "distinct", "column": "x", "within_days": 10},
    "since": {"aggregate": "time_since", "unit": "hours"},
    "since_first": {"aggregate": "time_since_first"},
    "between": {"aggregate": "time_between", "where": {"kind": ["high", "low"]}},
    "spent": {"aggregate": "median", "start": "at", "end": "until", "unit": "hours"},
    "age": {"aggregate": "mean", "start": "until"},
}


def by_hand(name: str, rows: list[dict[str, Any]]) -> float:
    """The measure of one customer's events, in plain Python."""
    say = MEASURES[name]
    rows = [r for r in rows if r["at"] is not None and r["at"] < AS_OF]
    for column, codes in say.get("where", {}).items():
        wanted = codes if isinstance(codes, list) else [codes]
        rows = [r for r in rows if (r[column] or "") in wanted]
    if "within_days" in say:
        rows = [r for r in rows if r["at"] >= AS_OF - dt.timedelta(days=say["within_days"])]
    aggregate, scale = say["aggregate"], say.get("times", 1)
    if aggregate == "count" and "column" in say:
        rows = [r for r in rows if r[say["column"]] is not None]
    if not rows:
        empty = say.get("empty", 0.0 if aggregate in ("count", "distinct", "sum") else "missing")
        return math.nan if empty == "missing" else empty
    values: list[float] = []
    times = sorted(r["at"] for r in rows)
    day = dt.timedelta(days=1)
    if "start" in say:
        known = [r["until"] if r["until"] is not None and r["until"] < AS_OF else None for r in rows]
        ends = [(r["at"], until) if name == "spent" else (until, AS_OF) for r, until in zip(rows, known, strict=True)]
        unit = dt.timedelta(seconds=UNITS[say.get("unit", "days")])
        values = [(end - start) / unit for start, end in ends if start is not None and end is not None]
    elif say.get("column") == "x":
        values = [r["x"] for r in rows if r["x"] is not None and r["x"] not in say.get("missing", [])]
    simple = {"sum": sum, "mean": statistics.fmean, "median": statistics.median, "min": min, "max": max}
    if aggregate in simple:
        return scale * simple[aggregate](values) if values else math.nan
    if aggregate == "count":
        return len(rows)
    if aggregate == "distinct":
        return len({r[say["column"]] for r in rows if r[say["column"]] not in (None, "")})
    if aggregate == "share":
        known = [r["kind"] == "high" for r in rows if r["kind"]]
        return sum(known) / len(known) if known else math.nan
    if aggregate in ("latest", "first"):
        there = [r for r in rows if r["x"] is not None]
        if not there:
            return math.nan
        end = (max if aggregate == "latest" else min)(r["at"] for r in there)
        return max(r["x"] for r in there if r["at"] == end)
    if aggregate == "time_between":
        gaps = [(b - a) / day for a, b in itertools.pairwise(times)]
        return statistics.fmean(gaps) if gaps else math.nan
    return (AS_OF - times[-1]) / dt.timedelta(hours=1) if aggregate == "time_since" else (AS_OF - times[0]) / day


INPUTS = {
    "id": "id",
    "tables": {"events": {"by": "who", "time": "at"}},
    "measures": {name: {"table": "events"} | say for name, say in MEASURES.items()},
}
MODEL = model_of(*MEASURES, inputs=INPUTS)


def check(rows: list[dict[str, Any]], frame: Any) -> None:
    found = wrap(read_customers(MODEL, {"customers": {"id": IDS}, "events": frame}, as_of=AS_OF).frame)
    for name in MEASURES:
        expected = [by_hand(name, [r for r in rows if r["who"] == who]) for who in IDS]
        np.testing.assert_allclose(found.floats(name).values, expected, rtol=1e-12, atol=1e-12, err_msg=name)


@pytest.mark.parametrize("engine", ENGINES)
@settings(max_examples=12, deadline=None)
@given(rows=EVENTS)
def test_typed_columns(engine: str, rows: list[dict[str, Any]]) -> None:
    check(rows, ENGINES[engine](pa.Table.from_pylist(rows, TYPES)))


@pytest.mark.parametrize("engine", ["polars", "pandas", "pyarrow", "duckdb"])
@settings(max_examples=8, deadline=None)
@given(rows=EVENTS, sep=st.sampled_from("T "))
def test_columns_of_text(engine: str, rows: list[dict[str, Any]], sep: str) -> None:
    def text(value: Any) -> str | None:
        return value.isoformat(sep=sep) if isinstance(value, dt.datetime) else None if value is None else str(value)

    written = [{name: text(value) for name, value in row.items()} for row in rows]
    check(rows, ENGINES[engine](pa.Table.from_pylist(written, TEXTS)))


@pytest.mark.parametrize("engine", ["polars", "pandas", "pyarrow", "duckdb"])
def test_one_row_each(engine: str) -> None:
    inputs = {"id": "id", "measures": {"seats": {"table": "crm", "aggregate": "only", "by": "who"}}}
    model = model_of("seats", inputs=inputs)
    table = pa.table({"who": ["b", "a"], "seats": [3, 4]})
    found = read_customers(model, {"customers": {"id": ["a", "b", "c"]}, "crm": ENGINES[engine](table)})
    np.testing.assert_array_equal(found.frame["seats"], [4.0, 3.0, np.nan])
    twice = pa.table({"who": ["b", "a", "b"], "seats": [3, 4, 5]})
    found = read_customers(
        model, {"customers": {"id": ["a", "b", "c"]}, "crm": ENGINES[engine](twice)}, on_bad="set_aside"
    )
    assert found.frame["id"].tolist() == ["a", "c"]
    assert found.report.problems[0].rule == "more-than-one"


@pytest.mark.parametrize("engine", ["polars", "pandas", "pyarrow", "duckdb"])
def test_values_by_mapping_and_whole_number_ids(engine: str) -> None:
    inputs = {
        "id": "id",
        "measures": {"mood": {"table": "t", "aggregate": "mean", "values": {"good": 1, "bad": 0}, "by": "who"}},
    }
    table = pa.table({"who": [1, 1, 2, 7], "mood": ["good", "bad", "good", "good"]})
    found = read_customers(model_of("mood", inputs=inputs), {"customers": {"id": [2, 1]}, "t": ENGINES[engine](table)})
    np.testing.assert_array_equal(found.frame["mood"], [1.0, 0.5])
    assert "1 of 4 rows belong to no customer (who 7)" in found.report.findings[0].message


# Exact medians of groups


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(-100, 100).map(lambda n: n / 4)), max_size=40))
def test_as_the_standard_library_has_them(pairs: list[tuple[int, float]]) -> None:
    groups = np.array([group for group, _ in pairs], dtype=np.int64)
    values = np.array([value for _, value in pairs])
    found, _ = taken("median", groups, values, np.full(len(pairs), "NaT", dtype="M8[us]"), 6)
    for group in range(6):
        own = [value for g, value in pairs if g == group]
        np.testing.assert_equal(found[group], statistics.median(own) if own else np.nan)
