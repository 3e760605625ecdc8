"""What does not fit together, counted the same by every engine."""

from __future__ import annotations

import datetime as dt
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from outcomegap.errors import DataError
from outcomegap.intake import read_customers
from tests.intake.models import model_of

CONNECTION = duckdb.connect()


def relation(data: dict[str, Any]) -> Any:
    CONNECTION.register(f"expect_{id(data)}", pa.table(data))
    return CONNECTION.table(f"expect_{id(data)}")


MAKERS = {"polars": pl.DataFrame, "pandas": pd.DataFrame, "pyarrow": pa.table, "duckdb": relation, "dict": dict}
DAY = dt.date(2026, 1, 1)
TABLES = {
    "customers": {"id": ["a", "b", "c"], "signed": ["2026-01-03", "2026-01-01", None], "gone": [True, False, True]},
    "subscriptions": {"number": [1, 2, 3], "id": ["a", "b", "zz"], "start": [DAY, DAY + dt.timedelta(5), DAY]},
    "uses": {
        "number": [1, 1, 2, 2, 3, None],
        "at": ["2026-01-02", "2026-01-04T10:00", "2026-01-02", None, "2025-01-01", "2026-01-01"],
        "kind": ["x", "y", "x", "x", "x", "x"],
    },
}
INPUTS = {
    "id": "id",
    "tables": {
        "uses": {"by": "number", "via": "subscriptions", "time": "at"},
        "subscriptions": {"key": "number"},
    },
    "measures": {"n": {"table": "uses", "aggregate": "count"}},
}
CASES = {
    "1 of 3 rows of 'uses' (33.3 %) have at before customers.signed": {
        "table": "uses",
        "earlier": ["customers", "signed"],
        "later": "at",
    },
    "2 of 4 rows of 'uses' (50.0 %) have at before subscriptions.start": {
        "table": "uses",
        "earlier": ["subscriptions", "start"],
        "later": "at",
    },
    "2 of 3 rows of 'uses' (66.7 %) have uses.at before subscriptions.start": {
        "table": "uses",
        "earlier": ["subscriptions", "start"],
        "later": ["uses", "at"],
        "where": {"kind": "x"},
    },
    "1 of 2 customers with gone = True have fewer than 1 row in 'uses'": {
        "table": "uses",
        "where": {"gone": True},
        "at_least": 1,
    },
    "2 of 3 customers have more than 1 row in 'uses'": {"table": "uses", "at_most": 1},
    "1 of 2 customers with gone = True have fewer than 1 row and 1 of 2 customers with gone = True have more than "
    "1 row in 'uses'": {"table": "uses", "where": {"gone": True}, "at_least": 1, "at_most": 1},
    None: {"table": "uses", "earlier": "at", "later": "at"},
}


@pytest.mark.parametrize("engine", MAKERS)
@pytest.mark.parametrize("said", CASES, ids=[str(i) for i in range(len(CASES))])
def test_findings(engine: str, said: str | None) -> None:
    model = model_of("n", inputs=INPUTS | {"expect": [CASES[said]]})
    found = read_customers(model, {name: MAKERS[engine](data) for name, data in TABLES.items()})
    told = [f.message for f in found.report.findings if f.rule == "contradiction"]
    assert told == ([] if said is None else [said])


def test_columns_that_are_not_there_are_told() -> None:
    for expected in (
        {"table": "uses", "earlier": ["customers", "singed"], "later": "at"},
        {"table": "uses", "earlier": ["subscriptions", "begin"], "later": "at"},
        {"table": "uses", "earlier": ["elsewhere", "start"], "later": "at"},
        {"table": "uses", "where": {"left": True}, "at_most": 1},
        {"table": "uses", "earlier": "att", "later": "at"},
        {"earlier": "singed", "later": "signed"},
    ):
        with pytest.raises(DataError):
            read_customers(model_of("n", inputs=INPUTS | {"expect": [expected]}), TABLES)
