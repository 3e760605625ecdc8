"""What happens at or after the moment of scoring changes nothing; windows and days are those of a plain loop."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings, strategies as st

from outcomegap.frames import wrap
from outcomegap.intake import read_customers
from tests.intake.models import model_of

START = dt.datetime(2026, 3, 1)
HOURS = st.integers(-24 * 70, 24 * 40).map(lambda hours: START + dt.timedelta(hours=hours))
EVENTS = st.lists(st.tuples(st.sampled_from(["a", "b", "c", "d", "?"]), HOURS, st.integers(0, 9)), max_size=30)
DAYS = st.fixed_dictionaries({who: st.none() | HOURS for who in "abcd"})

MEASURES: dict[str, dict[str, Any]] = {
    "n": {"aggregate": "count"},
    "recent": {"aggregate": "count", "within_days": 30},
    "older": {"aggregate": "count", "within_days": 60, "before_days": 30},
    "days": {"aggregate": "days", "within_days": 30},
    "older days": {"aggregate": "days", "before_days": 7.5},
    "sum": {"aggregate": "sum", "column": "x", "before_days": 10},
    "last": {"aggregate": "latest", "column": "x"},
    "since": {"aggregate": "time_since"},
    "mean age": {"aggregate": "mean", "start": "at", "unit": "hours"},
}


def by_hand(name: str, events: list[tuple[dt.datetime, int]], as_of: dt.datetime) -> float:
    """One measure of one customer's events, in plain Python."""
    say = MEASURES[name]
    known = [(at, x) for at, x in events if at < as_of]
    if "within_days" in say:
        known = [(at, x) for at, x in known if as_of - at <= dt.timedelta(days=say["within_days"])]
    if "before_days" in say:
        known = [(at, x) for at, x in known if as_of - at > dt.timedelta(days=say["before_days"])]
    if say["aggregate"] == "count":
        return len(known)
    if say["aggregate"] == "days":
        return len({at.date() for at, _ in known})
    if say["aggregate"] == "sum":
        return sum(x for _, x in known)
    if not known:
        return math.nan
    last = max(at for at, _ in known)
    if say["aggregate"] == "latest":
        return max(x for at, x in known if at == last)
    if say["aggregate"] == "time_since":
        return (as_of - last) / dt.timedelta(days=1)
    return sum((as_of - at) / dt.timedelta(hours=1) for at, _ in known) / len(known)


@pytest.mark.parametrize("make", [dict, pl.DataFrame])
@settings(max_examples=30, deadline=None)
@given(events=EVENTS, days=DAYS, before=st.integers(-5, 40))
def test_each_customer_by_hand(make: Any, events: list[Any], days: dict[str, Any], before: int) -> None:
    inputs = {
        "id": "id",
        "as_of": {"column": "day", "days_before": before, "otherwise": START.isoformat()},
        "tables": {"events": {"time": "at"}},
        "measures": {name: {"table": "events"} | say for name, say in MEASURES.items()},
    }
    columns = zip(*events, strict=True) if events else ([], [], [])
    who, at, x = map(list, columns)
    customers = {"id": list("abcd"), "day": [days[name] and days[name].isoformat() for name in "abcd"]}
    if make is dict:
        table: Any = {"id": who, "at": at, "x": x}
    else:
        table = pl.DataFrame({"id": who, "at": at, "x": x}, schema={"id": pl.String, "at": pl.Datetime, "x": pl.Int64})
    found = wrap(read_customers(model_of(*MEASURES, inputs=inputs), {"customers": customers, "events": table}).frame)
    for name in MEASURES:
        expected = []
        for who_ in "abcd":
            own = days[who_]
            as_of = START if own is None else own - dt.timedelta(days=before)
            expected.append(by_hand(name, [(at, x) for w, at, x in events if w == who_], as_of))
        np.testing.assert_allclose(found.floats(name).values, expected, rtol=1e-9, err_msg=name)


# What comes later changes nothing

AS_OF = dt.datetime(2026, 3, 1)
EARLIER = st.integers(-24 * 90, -1).map(lambda hours: AS_OF + dt.timedelta(hours=hours))
LATER = st.integers(0, 24 * 90).map(lambda hours: AS_OF + dt.timedelta(hours=hours))
LOOK_BACK = {
    "id": "id",
    "as_of": AS_OF.isoformat(),
    "stage": {"start": "signup", "bands": {"new": [0, 30], "grown": [30]}},
    "tables": {
        "customers": {"time": "signup", "look_up": {"plans": "plan"}},
        "uses": {"by": "account", "via": "accounts", "time": "at"},
        "accounts": {"time": "since"},
        "plans": {"key": "plan", "time": "valid"},
    },
    "measures": {
        "uses": {"table": "uses", "aggregate": "count", "within_days": 30},
        "latest": {"table": "uses", "aggregate": "latest", "column": "x"},
        "spent": {"table": "uses", "aggregate": "mean", "start": "at", "end": "done"},
        "stayed": {"start": "signup", "end": "left"},
        "seats": "plans.seats",
    },
}
NAMES = st.sampled_from(["a", "b", "c", "d"])
NUMBER = st.integers(1, 3)


def rows_of(when: Any) -> Any:
    return st.fixed_dictionaries(
        {
            "uses": st.lists(st.tuples(NUMBER, when, st.integers(0, 9), st.none() | LATER), max_size=9),
            "accounts": st.lists(st.tuples(NUMBER, NAMES, when), max_size=4),
        }
    )


def tables_of(
    customers: list[Any], uses: list[Any], accounts: list[Any], plans: list[Any]
) -> dict[str, dict[str, list[Any]]]:
    heads = {
        "customers": (["id", "signup", "left", "plan"], customers),
        "uses": (["account", "at", "x", "done"], uses),
        "accounts": (["account", "id", "since"], accounts),
        "plans": (["plan", "seats", "valid"], plans),
    }
    return {name: {key: [row[i] for row in rows] for i, key in enumerate(keys)} for name, (keys, rows) in heads.items()}


@settings(max_examples=60, deadline=None)
@given(
    signups=st.lists(EARLIER, min_size=4, max_size=4),
    before=rows_of(EARLIER),
    after=rows_of(LATER),
    late=st.lists(st.tuples(st.sampled_from(["a", "e", "f"]), LATER), max_size=3),
    plans=st.lists(st.tuples(NUMBER, st.integers(1, 99), LATER), max_size=4),
    left=LATER,
)
def test_what_comes_later_changes_nothing(
    signups: list[Any], before: dict[str, Any], after: dict[str, Any], late: list[Any], plans: list[Any], left: Any
) -> None:
    own = [(name, signup, None, 1 + i % 3) for i, (name, signup) in enumerate(zip("abcd", signups, strict=True))]
    old = [(1, 10, AS_OF - dt.timedelta(days=300)), (2, 20, AS_OF - dt.timedelta(days=300))]
    begun = AS_OF - dt.timedelta(days=80)  # one row joins: where none did, nothing could be counted
    before = {"uses": [*before["uses"], (1, begun, 1, None)], "accounts": [*before["accounts"], (1, "a", begun)]}
    then = tables_of(own, before["uses"], before["accounts"], old)
    gone = [(*own[0][:2], left, own[0][3]), *own[1:]]  # who leaves later
    more = [(name, signup, None, 1) for name, signup in late]
    uses = [*after["uses"], *before["uses"]]
    now = tables_of([*more, *gone], uses, [*after["accounts"], *before["accounts"]], [*plans, *old])
    model = model_of(*LOOK_BACK["measures"], stages=["new", "grown"], inputs=LOOK_BACK)
    first, second = (wrap(read_customers(model, tables).frame) for tables in (then, now))
    for name in first.names:
        np.testing.assert_array_equal(first.values(name), second.values(name), err_msg=name)
