"""Columns that a caller names: every mistake noted, all at once."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from outcomegap.errors import DataError
from outcomegap.intake.named_columns import Columns, as_date, as_text

FRAME = {"t": ["a", " ", None], "n": [1.0, np.nan, -2.0], "d": ["2026-01-31", "", None], "mixed": [1, "x", None]}


def test_reading():
    columns = Columns(FRAME, "test")
    assert columns.as_texts("text", "t") == ["a", None, None]
    assert columns.items("item", "mixed") == [1, "x", None]
    np.testing.assert_array_equal(columns.numbers("number", "n"), [1, np.nan, -2])
    assert columns.dates("date", "d")[0] == np.datetime64("2026-01-31")
    assert np.isnat(columns.dates("date", "d")[1:]).all()
    assert columns.name("anything", None) is None
    assert (
        columns.as_texts("anything", None)
        is columns.numbers("anything", None)
        is columns.dates("anything", None)
        is None
    )
    columns.done()


def test_every_mistake_at_once():
    columns = Columns(FRAME, "test")
    columns.name("one", "tt")
    columns.numbers("three", "mixed")
    columns.numbers("four", "n", least=0)
    columns.dates("five", "t")
    columns.problem("own", "six: something else")
    with pytest.raises(DataError) as caught:
        columns.done()
    rules = ["missing-column", "not-a-number", "out-of-range", "not-a-date", "own"]
    assert [problem.rule for problem in caught.value.problems] == rules
    assert caught.value.problems[0].suggestion == "t"
    assert caught.value.problems[2].rows == (2,)


@pytest.mark.parametrize(
    ("item", "day"),
    [
        ("2026-01-31", "2026-01-31"),
        ("2026-01-31T12:00+02:00", "2026-01-31T10:00"),
        (dt.date(2026, 1, 31), "2026-01-31"),
        (dt.datetime(2026, 1, 31, 5), "2026-01-31T05:00"),
        (pd.Timestamp("2026-01-31 05:00"), "2026-01-31T05:00"),
        (np.datetime64("2026-01-31"), "2026-01-31"),
    ],
)
def test_dates(item, day):
    assert as_date(item) == np.datetime64(day, "us").astype(np.int64)


@pytest.mark.parametrize("item", [None, "", "  ", np.datetime64("NaT", "us")])
def test_no_date(item):
    assert as_date(item) is None


@pytest.mark.parametrize("item", ["soon", "31.01.2026", 20260131, 1.5, True])
def test_not_a_date(item):
    assert as_date(item) is False


def test_texts():
    assert [as_text(item) for item in ("  a ", 3, 3.0, 3.5, True, "", None)] == [
        "a",
        "3",
        "3",
        "3.5",
        "True",
        None,
        None,
    ]
