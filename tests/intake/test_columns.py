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
from outcomegap.intake import read_customers
from outcomegap.model import Measure
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
    frame = make({"day": days, "time": times, "text": ["2026-01-05T00:00:00+01:00", ""], "own": ["06.01.2026", None]})
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
    np.testing.assert_array_equal(found["own"], [5.0, np.nan])


def test_zones_are_brought_to_utc() -> None:
    times = pd.to_datetime(["2026-01-01T01:00:00+01:00", None]).tz_convert("Asia/Tehran")
    inputs = {"as_of": "2026-01-02", "measures": {"age": {"start": "t"}}}
    np.testing.assert_array_equal(numbers(pd.DataFrame({"t": times}), inputs, "age")["age"], [1.0, np.nan])
    np.testing.assert_array_equal(numbers(pl.DataFrame({"t": times.to_list()[:1]}), inputs, "age")["age"], [1.0])


def test_what_is_no_date() -> None:
    inputs = {"as_of": "2026-01-02", "measures": {"age": {"start": "t"}}}
    with pytest.raises(DataError) as caught:
        numbers({"t": ["2026-02-30", "01.02.2026", "2026-01-01"]}, inputs, "age")
    assert {p.value: p.rows for p in caught.value.problems} == {"2026-02-30": (0,), "01.02.2026": (1,)}
    with pytest.raises(DataError, match="no date"):
        numbers({"t": [5, 6]}, inputs, "age")


def test_infinities_and_hard_limits_are_problems() -> None:
    with pytest.raises(DataError) as caught:
        read_customers(model_of(Measure("a", low=0, high=1, unit="h")), {"a": [np.inf, -0.5, 7.0, np.nan]})
    told = {p.message for p in caught.value.problems}
    assert any("infinity" in message for message in told)
    assert any("-0.5 h is below 0, the least it can be" in message for message in told)
    assert any("7 h is above 1, the most it can be" in message for message in told)


def test_many_wrong_values_make_a_short_error() -> None:
    with pytest.raises(DataError) as caught:
        read_customers(model_of("a"), {"a": [f"x{i}" for i in range(500)]})
    assert len(str(caught.value)) < 4000
    assert sum(p.count for p in caught.value.problems) == 500
    assert len(caught.value.problems) == 21


def test_a_cell_that_holds_a_list() -> None:
    with pytest.raises(DataError, match="no number"):
        read_customers(model_of("a"), [{"a": 1.0}, {"a": [1, 2]}])
