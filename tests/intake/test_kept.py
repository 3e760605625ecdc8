"""Columns that are kept: as they are, or read like a measure; and read when asked for as a value."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

import outcomegap as og
from outcomegap.frames import wrap
from outcomegap.intake import read_customers
from tests.intake.models import model_of

BOOKS = {"id": ["Acme", "Bolt", "Cato", "Dyno"], "n": [1.0, 0.5, 0.2, 0.0]}


def scores(keep: Any, column: Any, **inputs: Any) -> Any:
    model = model_of("n", inputs={"id": "id", "keep": keep, **inputs})
    assert og.loads(og.dumps(model)) == model
    made = read_customers(model, BOOKS | {"ARR": column})
    return og.Scorer(model).score(made.frame), made


def test_a_kept_column_is_read_as_it_says() -> None:
    keep = {"arr": {"column": "ARR", "thousands": ",", "missing": ["N/A"]}, "ARR": "ARR"}
    found, made = scores(keep, ["1,234.50", "N/A", "9,000.00", "80.00"])
    np.testing.assert_array_equal(wrap(made.frame).floats("arr").values, [1234.5, np.nan, 9000.0, 80.0])
    assert made.report.find("arr")["mapped"] == 1
    values = {row["id"]: row["value"] for row in found.worklist(value="arr")}
    assert values == {
        "Bolt": None,
        "Acme": 1234.5,
        "Cato": 9000.0,
        "Dyno": 80.0,
    }
    weighted = found.by(weight="arr")
    assert weighted.total.weight == 1234.5 + 9000.0 + 80.0
    assert "1 customer without arr: in no mean and no share (Bolt)." in str(weighted)


@pytest.mark.parametrize(
    ("column", "marks", "wanted"),
    [
        (["1,234.50", "N/A", "9,000.00", "80.00"], {"thousands": ","}, [1234.5, np.nan, 9000.0, 80.0]),
        (["1234.50", "N/A", "9000.00", "80.00"], {}, [1234.5, np.nan, 9000.0, 80.0]),
        (["1.234,5", "", "9", "N/A"], {"decimal": ",", "thousands": "."}, [1234.5, np.nan, 9.0, np.nan]),
        (pl.Series(["7", None, "N/A", "0"]), {}, [7.0, np.nan, np.nan, 0.0]),
        (["1e3", "N/A", " 5 ", "-2"], {}, [1000.0, np.nan, 5.0, -2.0]),
    ],
)
def test_kept_text_is_read_with_the_marks_of_the_inputs_when_it_is_a_value(
    column: Any, marks: Any, wanted: Any
) -> None:
    found, _ = scores(["ARR"], column, missing=["N/A"], **marks)
    np.testing.assert_array_equal(found.numbers("ARR"), wanted)
    assert len(found.worklist(value="ARR")) == 4


def test_what_cannot_be_read_is_named_with_its_row() -> None:
    found, _ = scores(["ARR"], ["1234.50", "n.n.", "9000.00", "soon"])
    with pytest.raises(og.DataError) as caught:
        found.worklist(value="ARR")
    assert "1234.50" not in str(caught.value)
    assert [(each.column, each.value, each.rows) for each in caught.value.problems] == [
        ("ARR", "n.n.", (1,)),
        ("ARR", "soon", (3,)),
    ]
    assert "(1 row: Bolt)" in str(caught.value)


def test_without_inputs_text_is_no_number_and_the_culprit_is_named() -> None:
    model = model_of("n")
    for column, culprit in ((["1", "N/A", "2", "3"], "N/A"), (["1", "2", "3", "4"], "1")):
        found = og.Scorer(model).score(BOOKS | {"mrr": column})
        with pytest.raises(og.DataError) as caught:
            found.worklist(value="mrr")
        assert caught.value.problems[0].value == culprit


def test_a_value_may_come_from_another_table() -> None:
    keep = {"revenue": {"table": "invoices", "aggregate": "sum", "column": "net", "decimal": ","}}
    model = model_of("n", inputs={"id": "id", "keep": keep})
    tables = {"customers": BOOKS, "invoices": {"id": ["Acme", "Acme", "Dyno"], "net": ["1,5", "2", "7"]}}
    made = read_customers(model, tables)
    assert wrap(made.frame).floats("revenue").values.tolist() == [3.5, 0.0, 0.0, 7.0]
    assert og.Scorer(model).score(made.frame).kept_columns(None) == ("revenue",)
