"""Which events belong to which customer."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
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
    assert told["tables.accounts"] == "1 of 3 rows belong to no customer (company gone)"
    assert told["tables.subscriptions"] == "2 of 4 rows belong to no customer (account 3, 9)"
    assert told["tables.events"].startswith("2 of 5 rows")


@pytest.mark.parametrize("make", MAKERS)
def test_events_of_an_account_that_customers_share_count_for_each(make: Any) -> None:
    inputs = {
        "id": "id",
        "tables": {"events": {"by": "account", "via": "accounts"}, "accounts": {"by": "company"}},
        "measures": {"n": {"table": "events", "aggregate": "sum", "column": "hours"}},
    }
    tables = {
        "customers": make({"id": ["x", "y", "z", "w"]}),
        "accounts": make({"account": [1, 1, 2, 2, 3, 1], "company": ["x", "y", "z", "z", None, "x"]}),
        "events": make({"account": [1, 2, 9, 3, 1], "hours": [1.0, 2.0, 4.0, 8.0, 16.0]}),
    }
    found = read_customers(model_of("n", inputs=inputs), tables)
    assert counts(found) == [17.0, 17.0, 2.0, 0.0]
    assert found.report.problems == ()
    shared = "table 'events': 2 rows of 5 counted for each of several customers who share one account in 'accounts'"
    assert shared in found.report.left_out
    told = {f.where: f.message for f in found.report.findings}
    assert told["tables.events"].startswith("2 of 5 rows belong to no customer")


def test_shared_keys_on_a_longer_way_equal_a_loop() -> None:
    inputs = {
        "id": "id",
        "as_of": "2026-06-01",
        "tables": {
            "clicks": {"by": "team", "via": "teams", "time": "at"},
            "teams": {"key": "team", "by": "site", "via": "sites"},
            "sites": {"key": "site", "by": "company"},
        },
        "measures": {
            "n": {"table": "clicks", "aggregate": "count", "where": {"kind": "a"}, "within_days": 30},
            "last": {"table": "clicks", "aggregate": "latest", "column": "v"},
        },
    }
    random = np.random.default_rng(3)
    companies = [f"c{number}" for number in range(9)]
    sites = [(int(random.integers(6)), str(random.choice([*companies, "gone"]))) for _ in range(14)]
    teams = [(f"t{random.integers(8)}", int(random.integers(7))) for _ in range(13)]
    days = np.datetime64("2026-04-01") + random.permutation(90)[:80]
    clicks = [(f"t{random.integers(10)}", str(random.choice(["a", "b"])), str(day), n) for n, day in enumerate(days)]
    tables = {
        "customers": {"id": companies},
        "sites": dict(zip(("site", "company"), map(list, zip(*sites, strict=True)), strict=True)),
        "teams": dict(zip(("team", "site"), map(list, zip(*teams, strict=True)), strict=True)),
        "clicks": dict(zip(("team", "kind", "at", "v"), map(list, zip(*clicks, strict=True)), strict=True)),
    }
    found = wrap(read_customers(model_of("n", "last", inputs=inputs), tables).frame)
    mine = {
        company: [
            click
            for click in clicks
            if click[2] < "2026-06-01" and any(team == click[0] and (site, company) in sites for team, site in teams)
        ]
        for company in companies
    }
    n = [sum(kind == "a" and at >= "2026-05-02" for _, kind, at, _ in mine[company]) for company in companies]
    last = [max(((at, v) for _, _, at, v in mine[company]), default=(0, np.nan))[1] for company in companies]
    assert found.floats("n").values.tolist() == n
    np.testing.assert_array_equal(found.floats("last").values, last)
    assert max(len(events) for events in mine.values()) > 3


def test_an_unreadable_value_of_a_shared_row_concerns_all_who_share_it() -> None:
    inputs = {
        "id": "id",
        "tables": {"events": {"by": "account", "via": "accounts"}, "accounts": {"by": "company"}},
        "measures": {"n": {"table": "events", "aggregate": "mean", "column": "hours"}},
    }
    tables = {
        "customers": {"id": ["x", "y", "z"]},
        "accounts": {"account": [1, 1, 2], "company": ["x", "y", "z"]},
        "events": {"account": [2, 1], "hours": ["3", "soon"]},
    }
    found = read_customers(model_of("n", inputs=inputs), tables, on_bad="set_aside")
    assert wrap(found.frame).values("id").tolist() == ["z"]
    assert found.report.problems[0].rows == (1,)


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


@pytest.mark.parametrize("make", MAKERS)
def test_a_day_and_its_midnight_are_one_name(make: Any) -> None:
    days, noon = [dt.date(2026, 1, 1), dt.date(2026, 1, 2)], dt.datetime(2026, 1, 2, 12)
    at = [*(dt.datetime(day.year, day.month, day.day) for day in days), noon]
    inputs: dict[str, Any] = {"id": ["id", "day"], "measures": {"n": {"table": "events", "aggregate": "count"}}}
    tables = {"customers": make({"id": ["a", "b"], "day": days}), "events": make({"id": ["a", "b", "b"], "day": at})}
    assert counts(read_customers(model_of("n", inputs=inputs), tables)) == [1.0, 1.0]
    inputs["measures"]["n"]["where"] = {"day": [dt.date(2026, 1, 1), noon]}
    inputs["id"] = "id"
    assert counts(read_customers(model_of("n", inputs=inputs), tables)) == [1.0, 1.0]


def test_numbers_that_a_text_file_holds_with_a_decimal_are_those_without(tmp_path: Path) -> None:
    (tmp_path / "customers.csv").write_text("id,n\n1,1\n2,1\n30,1\n2.1,1\n")
    (tmp_path / "events.csv").write_text("who,v\n1.0,1\n2.0,1\n,1\n2.1,1\n30.0,1\n30.0,1\n0030.0,1\n")
    found = read_customers(model_of("n", inputs=COUNT), tmp_path)
    assert counts(found) == [1.0, 1.0, 2.0, 1.0]
    (finding,) = found.report.findings
    assert finding.message.startswith("2 of 7 rows belong to no customer (who 0030); '0030' is not '30'")
    assert wrap(found.frame).values("id").tolist() == ["1", "2", "30", "2.1"]
