"""Net and gross retention of revenue, and of customers: by hand, by simulation, and what is not to be read."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings, strategies as st

from outcomegap.errors import DataError
from outcomegap.learn import net_retention
from outcomegap.stats import wilson

UPSOLD = {"before": [100] * 100, "after": [0] * 5 + [200] * 50 + [100] * 45}


def test_fifty_buy_more_and_five_leave():
    (row,) = net_retention(UPSOLD, "before", "after")
    assert (row["net"], row["gross"], row["kept"]) == (1.45, 0.95, 0.95)
    assert (row["lost"], row["less"], row["more"]) == (500, 0, 5000)
    assert (row["kept_low"], row["kept_high"]) == wilson(95, 100)
    # equal revenue before: the interval of a mean, Student's
    after = np.array(UPSOLD["after"]) / 100
    reach = 1.9842169515 * after.std(ddof=1) / 10
    assert (row["net_low"], row["net_high"]) == pytest.approx((1.45 - reach, 1.45 + reach))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=1, max_size=30))
def test_the_parts_add_up(pairs):
    then, now = map(list, zip(*pairs, strict=True))
    (row, *_) = net_retention({"a": then, "b": now}, "a", "b") if any(then) else ({},)
    if row:
        assert row["after"] == row["before"] - row["lost"] - row["less"] + row["more"]
        assert row["gross"] <= min(1.0, row["net"])


def test_months_of_a_ledger():
    ledger = {
        "who": ["x", "y", "z", "x", "y", "new", "x", "z", "x"],
        "month": ["01", "01", "01", "02", "02", "02", "03", "03", "03"],
        "mrr": [10, 20, 30, 15, 20, 7, 6, 5, 6],
        "plan": ["a", "a", "b", "a", "a", "a", "a", "b", "a"],
    }
    found = net_retention(ledger, revenue="mrr", customer="who", period="month")
    assert found.columns["month"].tolist() == ["01", "02"]
    assert found.columns["after"].tolist() == [35, 12]  # z comes back in the third month: lost in the second
    assert found.columns["net"].tolist() == [35 / 60, 12 / 42]
    by_plan = net_retention(ledger, revenue="mrr", customer="who", period="month", by="plan")
    assert by_plan.columns["customers"].tolist() == [2, 1, 3]
    far = net_retention(ledger, revenue="mrr", customer="who", period="month", lag=2)
    assert far.columns["after"].tolist() == [17]


def test_new_customers_count_in_none():
    found = net_retention({"a": [10, 0, None], "b": [10, 5, 5]}, "a", "b")
    assert (found[0]["customers"], found[0]["net"]) == (1, 1)
    assert "2 rows without revenue before" in str(found)


def test_intervals_cover():
    """Of 400 samples of 150 customers of very different size, 95 % intervals hold the true ratio 91 to 98 times of 100."""
    rng, hits = np.random.default_rng(0), 0
    for _ in range(400):
        then = rng.lognormal(0, 1, 150)
        now = then * np.where(rng.random(150) < 0.1, 0, rng.gamma(4, 0.3, 150))
        (row,) = net_retention({"a": then, "b": now}, "a", "b")
        hits += row["net_low"] <= 0.9 * 1.2 <= row["net_high"]
    assert 0.91 < hits / 400 < 0.98


@pytest.mark.parametrize("make", [dict, pd.DataFrame, pl.DataFrame, pa.table])
def test_any_frame(make):
    found = net_retention(make(UPSOLD), "before", "after")
    assert found.rows() == net_retention(UPSOLD, "before", "after").rows()
    assert "145.0 %" in str(found)


def test_where_all_do_alike_nothing_says_how_sure():
    (row,) = net_retention({"a": [5, 5], "b": [5, 5]}, "a", "b")
    assert (row["net"], row["net_low"]) == (1, None)


@pytest.mark.parametrize(
    ("frame", "more", "said"),
    [
        ({"a": [1], "b": [-1]}, {}, "below 0"),
        ({"a": ["x"], "b": [1]}, {}, "is not a number"),
        ({"a": [np.inf], "b": [1]}, {}, "infinite"),
        ({"a": [1], "c": [1]}, {}, "no column 'b'"),
        ({"a": [1], "b": [1]}, {"revenue": "a"}, "name before="),
        ({"a": [1], "b": [1]}, {"by": "c"}, "no column 'c'"),
        ({"a": [1], "b": [1]}, {"lag": 0}, "lag"),
        ({"a": [1], "b": [1]}, {"confidence": 0}, "confidence"),
        ({"a": [0], "b": [1]}, {}, "nobody"),
        ({"a": [], "b": []}, {}, "nobody"),
    ],
)
def test_what_cannot_be_read_is_told(frame, more, said):
    with pytest.raises(DataError) as error:
        net_retention(frame, "a", "b", **more)
    assert said in str(error.value)


def test_the_later_period_is_shown_and_must_be_there():
    """Where no row says a month, and where months are text, only that shows what was compared."""
    ledger = {"r": [1, 2, 3, 4], "c": ["x", "x", "x", "y"], "m": ["2025-1", "2025-10", "2025-2", "2025-1"]}
    found = net_retention(ledger, revenue="r", customer="c", period="m")
    assert [(row["m"], row["later"], row["net"]) for row in found] == [
        ("2025-1", "2025-10", 0.4),
        ("2025-10", "2025-2", 1.5),
    ]
    assert "later" in str(found).splitlines()[2]
    with pytest.raises(DataError, match="3 periods occur, and none 3 later"):
        net_retention(ledger, revenue="r", customer="c", period="m", lag=3)


def test_periods_must_be_named():
    with pytest.raises(DataError, match="empty"):
        net_retention({"r": [1, 2], "c": ["x", None], "m": [1, 2]}, revenue="r", customer="c", period="m")
