"""Columns handed on, and words for where a column came from."""

from __future__ import annotations

import numpy as np
import pytest

from outcomegap.intake.columns import plain_numbers
from outcomegap.intake.customers import source_text
from outcomegap.model.inputs import MeasureInput
from outcomegap.model.source import CellInput


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
