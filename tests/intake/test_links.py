"""Which events belong to which customer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from outcomegap.errors import DataError
from outcomegap.frames import wrap
from outcomegap.intake import Customers, read_customers
from tests.intake.models import model_of

COUNT = {"id": "id", "measures": {"n": {"table": "events", "aggregate": "count", "by": "who"}}}
MAKERS = [dict, pl.DataFrame, pd.DataFrame, pa.table]


def run(ids: Any, who: Any, inputs: dict = COUNT, **more: Any) -> Customers:
    return read_customers(model_of("n", inputs=inputs), {"customers": ids, "events": who}, **more)


def counts(found: Customers) -> list[float]:
    return wrap(found.frame).floats("n").values.tolist()


@pytest.mark.parametrize("one", MAKERS)
@pytest.mark.parametrize("other", MAKERS)
@pytest.mark.parametrize(
    ("ids", "who"),
    [
        (["a", "b"], ["b", "b", None]),
        ([1, 2], [2, 2, 3]),
        (["1", "2"], [2, 2, 3]),
        ([1, 2], ["2", "2", "x"]),
        ([1, 2], [2.0, 2.0, None]),
    ],
    ids=["text", "whole", "text-whole", "whole-text", "whole-float"],
)
def test_ids_of_any_type_in_any_engine(one: Any, other: Any, ids: list, who: list) -> None:
    found = run(one({"id": ids}), other({"who": who}))
    assert counts(found) == [0.0, 2.0]
    assert found.report.findings[0].message.startswith("1 of 3 rows belong to no customer")


def test_over_two_tables_and_an_orphan() -> None:
    inputs = {
        "id": "id",
        "tables": {
            "events": {"by": "subscription", "via": "subscriptions"},
            "subscriptions": {"key": "number", "by": "account", "via": "accounts"},
            "accounts": {"key": "account", "by": "company"},
        },
        "measures": {"n": {"table": "events", "aggregate": "count"}},
    }
    tables = {
        "customers": {"id": ["x", "y"]},
        "accounts": {"account": [1, 2, 3], "company": ["x", "x", "gone"]},
        "subscriptions": {"number": [10, 20, 30, 40], "account": [1, 2, 3, 9]},
        "events": {"subscription": [10, 20, 20, 30, 99]},
    }
    found = read_customers(model_of("n", inputs=inputs), tables)
    assert counts(found) == [3.0, 0.0]
    told = {f.where: f.message for f in found.report.findings}
    assert told["tables.accounts"] == "1 row of 3 belong to no customer"
    assert told["tables.subscriptions"] == "2 rows of 4 belong to no customer"
    assert told["tables.events"].startswith("2 of 5 rows")


def test_an_account_of_two_customers_is_a_problem() -> None:
    inputs = {
        "id": "id",
        "tables": {"events": {"by": "account", "via": "accounts"}, "accounts": {"by": "company"}},
        "measures": {"n": {"table": "events", "aggregate": "count"}},
    }
    tables = {
        "customers": {"id": ["x", "y", "z"]},
        "accounts": {"account": [1, 1, 2, 2], "company": ["x", "y", "z", "z"]},
        "events": {"account": [1, 2]},
    }
    with pytest.raises(DataError, match="belongs to two customers"):
        read_customers(model_of("n", inputs=inputs), tables)
    found = read_customers(model_of("n", inputs=inputs), tables, on_bad="set_aside")
    assert wrap(found.frame).values("id").tolist() == ["z"]
    assert counts(found) == [1.0]


@pytest.mark.parametrize("make", MAKERS)
def test_customers_without_an_id_or_with_two_of_one(make: Any) -> None:
    with pytest.raises(DataError) as caught:
        run(make({"id": ["a", None, "b", "a", " "]}), {"who": ["a", "b"]})
    assert {p.rule: p.rows for p in caught.value.problems} == {"missing-id": (1, 4), "duplicate-id": (0, 3)}
    found = run(make({"id": ["a", None, "b", "a", " "]}), {"who": ["a", "b"]}, on_bad="set_aside")
    assert counts(found) == [1.0]
    assert found.report.set_aside == 4
    np.testing.assert_array_equal(wrap(found.frame).values("id"), ["b"])


def test_missing_columns_on_the_way_are_told_at_once() -> None:
    inputs = {
        "id": "id",
        "tables": {"events": {"by": "acount", "via": "accounts"}, "accounts": {"by": "compny", "key": "acc"}},
        "measures": {"n": {"table": "events", "aggregate": "count"}},
    }
    tables = {"customers": {"id": ["x"]}, "accounts": {"account": [1], "company": ["x"]}, "events": {"acount": [1]}}
    with pytest.raises(DataError) as caught:
        read_customers(model_of("n", inputs=inputs), tables)
    assert {p.column for p in caught.value.problems} == {"accounts.acc", "accounts.compny"}


@pytest.mark.parametrize("make", MAKERS)
def test_a_key_that_is_no_whole_number_names_nobody(make: Any) -> None:
    inputs = {
        "id": "id",
        "tables": {"events": {"by": "account", "via": "accounts"}, "accounts": {"by": "company"}},
        "measures": {"n": {"table": "events", "aggregate": "count"}},
    }
    tables = {
        "customers": make({"id": ["x"]}),
        "accounts": make({"account": [0, 1], "company": ["x", "x"]}),
        "events": make({"account": [1.0, 1.5, None, 0.0, 1e300]}),
    }
    found = read_customers(model_of("n", inputs=inputs), tables)
    assert counts(found) == [2.0]
    assert found.report.findings[0].message.startswith("3 of 5 rows")
