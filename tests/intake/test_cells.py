"""Segments, stages and goals."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from outcomegap.errors import DataError
from outcomegap.frames import wrap
from outcomegap.intake import read_customers
from outcomegap.model import Inputs
from tests.intake.models import model_of


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
