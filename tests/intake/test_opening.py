"""Raw tables of any kind, opened for an engine; and what happens where there is no engine."""

from __future__ import annotations

import datetime as dt
import decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from outcomegap.errors import DataError, EngineError
from outcomegap.intake import loading, read_customers
from outcomegap.intake.reader import of_one_kind
from tests.intake.models import model_of

COUNT = {"id": "id", "measures": {"n": {"table": "t", "aggregate": "sum", "column": "x"}}}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, 2], [1, 2]),
        ([1, None, 2], [1.0, None, 2.0]),
        ([1, decimal.Decimal("2.5"), float("nan")], [1.0, 2.5, None]),
        ([True, False], ["True", "False"]),
        ([True, 3.0, " ", "x"], ["True", "3", None, "x"]),
        ([dt.date(2026, 1, 2), pd.NaT], [dt.datetime(2026, 1, 2), None]),
        ([dt.datetime(2026, 1, 2), dt.date(2026, 1, 2)], ["2026-01-02T00:00:00", "2026-01-02"]),
        ([], []),
    ],
)
def test_columns_of_objects(values: list, expected: list) -> None:
    assert of_one_kind(values) == expected


def test_pandas_columns_of_objects() -> None:
    events = pd.DataFrame(
        {
            "id": ["a", "a", "b"],
            "x": pd.Series([1, "2,5", None], dtype=object),
            "at": pd.Series([dt.date(2026, 1, 1), None, dt.date(2026, 1, 3)], dtype=object),
        }
    )
    inputs = COUNT | {"decimal": ",", "tables": {"t": {"time": "at"}}}
    found = read_customers(model_of("n", inputs=inputs), {"customers": {"id": ["a", "b"]}, "t": events})
    np.testing.assert_array_equal(found.frame["n"], [3.5, np.nan])
    found = read_customers(
        model_of("n", inputs=inputs), {"customers": {"id": ["a", "b"]}, "t": events}, as_of="2026-01-03"
    )
    np.testing.assert_array_equal(found.frame["n"], [1.0, 0.0])
    assert found.report.notes == (
        "table 't': 1 row at or after 2026-01-03 left out",
        "table 't': 1 row without a at left out",
    )


def test_without_any_library_the_customers_are_read_and_events_are_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(loading, "best_library", lambda: None)
    (tmp_path / "c.csv").write_text("id,x\na,1\nb,\n")
    found = read_customers(model_of("x", inputs={"id": "id"}), tmp_path / "c.csv")
    assert isinstance(found.frame, dict)
    np.testing.assert_array_equal(found.frame["x"], [1.0, np.nan])
    (tmp_path / "t.csv").write_text("id,x\na,1\n")
    with pytest.raises(EngineError, match="pip install polars"):
        read_customers(model_of("n", inputs=COUNT), {"customers": tmp_path / "c.csv", "t": tmp_path / "t.csv"})


def test_no_rows_at_all(tmp_path: Path) -> None:
    (tmp_path / "customers.csv").write_text("id,x\n")
    (tmp_path / "t.csv").write_text("id,x\n")
    found = read_customers(model_of("n", "x", inputs=COUNT), tmp_path)
    assert found.frame.shape == (0, 3)
    assert found.report.rows_in == 0


def test_what_is_no_frame_or_has_two_columns_of_one_name() -> None:
    with pytest.raises(DataError):
        read_customers(model_of("x"), 5)
    with pytest.raises(DataError, match="'x'"):
        read_customers(model_of("x"), pd.DataFrame([[1, 2]], columns=["x", "x"]))


def test_names_that_clash_are_told() -> None:
    inputs = {"id": "a", "keep": {"x": "b"}}
    with pytest.raises(DataError, match="column of the result already"):
        read_customers(model_of("x", inputs=inputs), {"a": ["1"], "b": ["2"], "x": [1.0]})
    with pytest.raises(DataError, match="call the measure something else"):
        read_customers(model_of("id", inputs={"id": "a"}), {"a": ["1"], "id": [1.0]})


def test_a_missing_id_column_hides_nothing_else() -> None:
    with pytest.raises(DataError) as caught:
        read_customers(model_of("n", "y", inputs=COUNT), {"customers": {"idd": ["a"]}, "t": {"id": ["a"], "x": [1]}})
    assert {p.column for p in caught.value.problems} == {"id", "y"}
    assert caught.value.problems[0].suggestion == "idd"
