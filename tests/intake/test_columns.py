"""Columns of the customers' own table, whatever holds them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from outcomegap.errors import DataError
from outcomegap.frames import wrap
from outcomegap.frames.texts import plain_numbers
from outcomegap.intake import read_customers
from outcomegap.intake.customers import source_text
from outcomegap.model import Inputs, Measure
from outcomegap.model.inputs import CellInput, MeasureInput
from tests.intake.models import model_of

FRAMES = [
    pytest.param(dict, id="dict"),
    pytest.param(pl.DataFrame, id="polars"),
    pytest.param(pd.DataFrame, id="pandas"),
    pytest.param(pa.table, id="pyarrow"),
]


def numbers(frame: Any, inputs: dict, *names: str, **more: Any) -> dict[str, list[float]]:
    found = wrap(read_customers(model_of(*names, inputs=inputs), frame, **more).frame)
    return {name: found.floats(name).values.tolist() for name in names}


@pytest.mark.parametrize("make", FRAMES)
def test_numbers_and_texts(make: Any) -> None:
    frame = make({"a": ["1.234,5", "\u06f7", None], "b": [0, 5, 3], "c": [1.5, None, 0.0], "d": [True, False, True]})
    inputs = {
        "measures": {
            "a": {"decimal": ",", "thousands": "."},
            "b": {"missing": [0], "times": 2},
            "c": {"missing": [0], "percent": "fraction"},
            "d": {"values": {"true": 1, "false": 0}},
        }
    }
    found = numbers(frame, inputs, "a", "b", "c", "d")
    np.testing.assert_array_equal(found["a"], [1234.5, 7.0, np.nan])
    np.testing.assert_array_equal(found["b"], [np.nan, 10.0, 6.0])
    np.testing.assert_array_equal(found["c"], [0.015, np.nan, np.nan])
    assert found["d"] == [1.0, 0.0, 1.0]


@pytest.mark.parametrize("make", FRAMES)
def test_dates_of_every_type(make: Any) -> None:
    days = [dt.date(2026, 1, 1), None]
    times = [dt.datetime(2026, 1, 3, 12), dt.datetime(2026, 1, 1)]
    frame = make({"day": days, "time": times, "text": ["2026-01-05T00:00:00+01:00", ""], "own": ["03.01.2026", None]})
    inputs = {
        "measures": {
            "between": {"start": "day", "end": "time"},
            "age": {"start": "time", "unit": "hours"},
            "left": {"end": "text", "unit": "hours"},
            "own": {"start": "day", "end": "own", "date_format": "%d.%m.%Y"},
        }
    }
    found = numbers(frame, inputs, "between", "age", "left", "own", as_of="2026-01-04")
    np.testing.assert_array_equal(found["between"], [2.5, np.nan])
    np.testing.assert_array_equal(found["age"], [12.0, 72.0])
    np.testing.assert_array_equal(found["left"], [23.0, np.nan])
    np.testing.assert_array_equal(found["own"], [2.0, np.nan])


def test_zones_are_brought_to_utc() -> None:
    times = pd.to_datetime(["2026-01-01T01:00:00+01:00", None]).tz_convert("Asia/Tehran")
    inputs = {"as_of": "2026-01-02", "measures": {"age": {"start": "t"}}}
    np.testing.assert_array_equal(numbers(pd.DataFrame({"t": times}), inputs, "age")["age"], [1.0, np.nan])
    np.testing.assert_array_equal(numbers(pl.DataFrame({"t": times.to_list()[:1]}), inputs, "age")["age"], [1.0])


def test_what_is_no_date() -> None:
    inputs = {"as_of": "2026-01-02", "measures": {"age": {"start": "t"}}}
    with pytest.raises(DataError) as caught:
        numbers({"t": ["2026-02-30", "01.02.2026", "2026-01-01"]}, inputs, "age")
    (problem,) = caught.value.problems  # what is no date is told once
    assert (problem.rows, "'2026-02-30', '01.02.2026' are not dates" in problem.message) == ((0, 1), True)
    with pytest.raises(DataError, match="5, 6 are not dates"):
        numbers({"t": [5, 6]}, inputs, "age")


def test_infinities_and_hard_limits_are_problems() -> None:
    with pytest.raises(DataError) as caught:
        read_customers(model_of(Measure("a", low=0, high=1, unit="h")), {"a": [np.inf, -0.5, 7.0, np.nan]})
    told = {p.message for p in caught.value.problems}
    assert any("is infinite" in message for message in told)
    assert any("-0.5 h, below 0, the least that 'a' can be" in message for message in told)
    assert any("7 h, above 1, the most that 'a' can be" in message for message in told)


def test_many_wrong_values_make_a_short_error() -> None:
    with pytest.raises(DataError) as caught:
        read_customers(model_of("a"), {"a": [f"x{i}" for i in range(500)]})
    assert len(str(caught.value)) < 4000
    assert sum(p.count for p in caught.value.problems) == 500
    assert len(caught.value.problems) == 21


def test_a_cell_that_holds_a_list() -> None:
    with pytest.raises(DataError, match="not a number"):
        read_customers(model_of("a"), [{"a": 1.0}, {"a": [1, 2]}])


# Segments, stages and goals


def segments(column: list[Any], segment: Any, names: tuple[str, ...] = ("small", "large")) -> list[Any]:
    model = model_of("x", segments=names, inputs=Inputs(segment=segment))
    return wrap(read_customers(model, {"plan": column, "x": [1.0] * len(column)}).frame).values("segment").tolist()


def test_a_column_that_holds_the_names() -> None:
    assert segments(["small", "large"], "plan") == ["small", "large"]
    assert segments(["small", None, "huge"], {"column": "plan", "otherwise": "large"}) == ["small", "large", "large"]


def test_names_of_raw_values() -> None:
    values = {"small": ["Basic", "Starter"], "large": ["Pro+", ""]}
    assert segments(["Starter", "Pro+", None, " "], {"column": "plan", "values": values}) == ["small", *["large"] * 3]
    numbers = {"column": "plan", "values": {"small": "1", "large": ["2"]}}
    assert segments([1, 2.0], numbers) == ["small", "large"]
    assert segments([True, False], {"column": "plan", "values": {"small": "false", "large": "true"}}) == [
        "large",
        "small",
    ]


def test_a_value_beats_any_value() -> None:
    assert segments(["a", "b", None], {"column": "plan", "values": {"small": ["*"], "large": ["b"]}}) == [
        "small",
        "large",
        "small",
    ]


def test_unknown_and_empty_values_are_problems_with_rows_and_suggestions() -> None:
    with pytest.raises(DataError) as caught:
        segments(["small", "Small", None, "Small"], "plan")
    told = {p.value: p for p in caught.value.problems}
    assert (told["Small"].rows, told["Small"].count, told["Small"].suggestion) == ((1, 3), 2, "small")
    assert told[""].rows == (2,)
    assert "otherwise" in told[""].message
    with pytest.raises(DataError) as caught:
        segments(["Basc"], {"column": "plan", "values": {"small": ["Basic"], "large": ["Pro"]}})
    assert caught.value.problems[0].suggestion == "Basic"


def test_bands_hold_their_lower_end_and_tell_what_lies_outside() -> None:
    bands = {"small": [0, 10], "large": [10]}
    assert segments(["9.99", "10"], {"column": "plan", "bands": bands}) == ["small", "large"]
    assert segments([None, -5], {"column": "plan", "bands": bands, "otherwise": "small"}) == ["small", "small"]
    with pytest.raises(DataError) as caught:
        segments([None, -5.0, 3.0], {"column": "plan", "bands": bands})
    assert [(p.rows, p.rule) for p in caught.value.problems] == [((0,), "unknown-segment"), ((1,), "unknown-segment")]
    assert "small (from 0 below 10)" in str(caught.value)


def test_a_stage_by_events() -> None:
    inputs = {
        "id": "id",
        "stage": {"table": "uses", "aggregate": "count", "bands": {"new": [0, 2], "used": [2]}},
    }
    model = model_of("x", stages=["new", "used"], inputs=inputs)
    tables = {"customers": {"id": ["a", "b"], "x": [1, 1]}, "uses": {"id": ["a", "a"]}}
    assert read_customers(model, tables).frame["stage"].tolist() == ["used", "new"]


def test_the_engines_own_way_is_the_same_as_the_slow_one() -> None:
    column = ["Basic", "Pro+", "Starter"] * 5
    source = {"column": "plan", "values": {"small": ["Basic", "Starter"], "large": ["Pro+"]}}
    model = model_of("x", segments=("small", "large"), inputs=Inputs(segment=source))
    frame = pl.DataFrame({"plan": column, "x": [1.0] * 15})
    quick = read_customers(model, frame).frame["segment"].to_list()
    slow = (
        read_customers(
            model,
            frame.with_columns(pl.lit(None).alias("y")).extend(pl.DataFrame({"plan": ["?"], "x": [1.0], "y": [None]})),
            on_bad="set_aside",
        )
        .frame["segment"]
        .to_list()
    )
    assert quick == slow == ["small", "large", "small"] * 5


def test_cells_the_model_does_not_have_are_left_out_and_told() -> None:
    found = read_customers(model_of("x", inputs={"stage": "s"}), {"x": [1.0], "s": ["a"]})
    assert "stage" not in found.frame
    assert found.report.findings[0].rule == "unused-input"


# Columns handed on, and words for where a column came from


def objects(*values: object) -> np.ndarray:
    return np.array(values, dtype=object)


@pytest.mark.parametrize("text", ["007", "1e5", "1,5", "+1", "1.", ".5", "1" * 16, "0x1", "nan", "-", "01.02"])
def test_texts_that_would_lose_something_stay(text: str) -> None:
    assert plain_numbers(objects("1", text)) is None


def test_texts_that_lose_nothing_become_numbers() -> None:
    assert plain_numbers(objects("1", "-20", "0")).tolist() == [1, -20, 0]
    np.testing.assert_array_equal(plain_numbers(objects("1.5", None, "")), [1.5, np.nan, np.nan])
    assert plain_numbers(objects(None, "")) is None
    assert plain_numbers(objects(1, "2")) is None


def test_where_a_column_comes_from() -> None:
    assert source_text(None, "x") == "column 'x'"
    assert source_text(MeasureInput(), "x") == "column 'x'"
    assert source_text(MeasureInput(start="a", unit="hours"), "x") == "hours from a to as_of"
    assert source_text(MeasureInput(table="t", aggregate="count"), "x") == "count of t"
    assert source_text(MeasureInput(table="t", aggregate="time_since", time="at"), "x") == "days since the last of t"
    assert (
        source_text(MeasureInput(table="t", aggregate="mean", start="a", end="b"), "x")
        == "mean of days from a to b in t"
    )
    assert source_text(CellInput(columns=["a", "b"], values={"x": [["1", "2"]]}), "segment") == "columns 'a', 'b'"
