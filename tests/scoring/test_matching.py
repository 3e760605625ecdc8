"""The same customers in two scorings."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pytest

import outcomegap as og
from outcomegap.scoring import Scores
from outcomegap.scoring.saved import pairs_by_id, pairs_in_order
from tests.scoring.example import email_customers, email_model

SCORER = og.Scorer(email_model())
NAMES = ("start", "end")


def scored(ids: Any, column: str = "id") -> Scores:
    customers = email_customers(len(ids), 1)
    del customers["id"]
    return SCORER.score({column: ids} | customers)


def problems_of(one: Any, other: Any) -> list[Any]:
    with pytest.raises(og.DataError) as caught:
        pairs_by_id(scored(one), scored(other))
    return list(caught.value.problems)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (["a", "b", "c"], ["c", "d", "a"]),
        ([1, 2, 3], [3, 4, 1]),
        ([1, 2, 3], np.array([3.0, 4.0, 1.0])),
        (pd.array([1, 2, 3], dtype="Int64"), [3, 4, 1]),
        ([dt.date(2026, 1, day) for day in (1, 2, 3)], [dt.date(2026, 1, day) for day in (3, 4, 1)]),
        (np.array(["2026-01-01", "2026-01-02", "2026-01-03"], "M8[D]"), [dt.date(2026, 1, d) for d in (3, 4, 1)]),
    ],
)
def test_customers_are_found_again_whatever_names_them(old: Any, new: Any) -> None:
    pairs = pairs_by_id(scored(old), scored(new))
    assert pairs.before.tolist() == [2, 0]
    assert pairs.after.tolist() == [0, 2]
    assert pairs.went.tolist() == [1]
    assert pairs.came.tolist() == [1]


def test_columns_may_be_called_differently() -> None:
    assert pairs_by_id(scored(["a", "b"], "customer"), scored(["b", "a"])).before.tolist() == [1, 0]


def test_every_trouble_is_told_at_once() -> None:
    found = problems_of(["a", "b", "a", None, "b", "a"], ["a", " ", "c"])
    assert [(p.rule, p.rows, p.count, p.value) for p in found] == [
        ("missing-id", (3,), 1, None),
        ("repeated-id", (0, 1, 2, 4, 5), 5, "a"),
        ("missing-id", (1,), 1, None),
    ]
    assert "holds 'a' 3 times, and 1 others more than once" in found[1].message
    assert found[0].message.endswith("(1 row: 3)")


def test_no_column_names_customers() -> None:
    customers = email_customers(3, 1)
    del customers["id"]
    with pytest.raises(og.DataError, match="no column names the customers") as caught:
        SCORER.score(customers).change_since(scored([1, 2, 3]))
    assert [p.rule for p in caught.value.problems] == ["no-id"]


def test_text_here_and_numbers_there() -> None:
    (problem,) = problems_of(["1", "2"], [1, 2])
    assert problem.rule == "id-type"
    assert "str ('1') in before and int (1) in after" in problem.message


def test_names_that_are_lists() -> None:
    (problem,) = problems_of([["a"], ["b"]], ["a", "b"])
    assert problem.rule == "no-id"


def test_row_by_row_where_one_has_no_names() -> None:
    customers = email_customers(3, 1)
    del customers["id"]
    pairs = pairs_in_order(SCORER.score(customers), scored(["c", "b", "a"]), NAMES)
    assert pairs.before.tolist() == pairs.after.tolist() == [0, 1, 2]
    with pytest.raises(og.DataError, match="start has 3 rows, end has 2"):
        pairs_in_order(SCORER.score(customers), scored(["c", "b"]), NAMES)


def test_by_name_where_both_have_them_and_then_all_of_them() -> None:
    assert pairs_in_order(scored(["a", "b"]), scored(["b", "a"]), NAMES).before.tolist() == [1, 0]
    with pytest.raises(og.DataError) as caught:
        pairs_in_order(scored(["a", "b", "x"]), scored(["b", "a", "y", "z"]), NAMES)
    assert [(p.value, p.rows, p.count) for p in caught.value.problems[:2]] == [("x", (2,), 1), ("y", (2, 3), 2)]
