"""The same numbers from every kind of frame and of column, the same kind back; times of every kind; hardly any rows."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import outcomegap as og
from outcomegap import journey
from tests.churn.shapes import SHAPES, rows_of, same, same_kind, shapes
from tests.churn.test_frames import DAYS, PLAIN, TIMES
from tests.frames.kinds import CONNECTION
from tests.journey.phone import phone

LOG = {
    "customer": ["B", "A", "A", "A", "B", "C"],
    "event": ["contract_signed", "contract_signed", "crash", "welcome_call_held", "login", "login"],
    "time": [
        "2026-01-05T09:00",
        "2026-01-01T09:00",
        "2026-01-01T09:03",
        "2026-01-04",
        "2026-01-05T09:20",
        "2026-03-01",
    ],
}
CONTACTS = {
    "customer": ["A", "A", "A", "B", "B", "C"],
    "kind": ["sale", "repair", "call", "sale", "repair", "call"],
    "time": ["2026-01-01", "2026-02-01", "2026-03-01", "2026-01-05", "2026-02-05", "2026-01-01"],
    "satisfaction": [8.0, 5.0, 9.0, 7.0, None, None],
    "before": [None, 7.5, None, None, 6.0, None],
}
PROSPECTS = {
    "customer": ["A", "B", "C"],
    "browser": ["new", "old", None],
    "admins": [2, 0, None],
    "open_books": [True, False, None],
    "due": ["2026-03-01", "2026-01-01", None],
    "hired": [False, True, None],
}
GATES = [
    journey.Fit("browser", "technical", "browser", yes=["new"], no=["old"]),
    journey.Fit("admins", "resource", "admins", at_least=1,
                accountable=[journey.Accountability("we", "hire", by=og.column("due"), done="hired")]),
    journey.Fit("open books", "cultural", "open_books", accountable=[journey.Accountability("we", "ask", by="2026-03-01")]),
]  # fmt: skip
MODEL = og.OutcomeModel(
    "staged", segments=[og.Segment("firm"), og.Segment("hobby", ideal=False)], stages=["early", "late"],
    desired_outcomes=[og.DesiredOutcome(
        og.RequiredOutcome("sales", promised=True, needs=og.AllOf(
            og.SuccessGap("calls", og.Measure("calls", low=0), floor=0, target=og.per_cell(4, {"*/late": 8}), owner="customer"),
            og.SuccessGap("law", og.Measure("licence", low=0, high=1), floor=0, target=1, bridgeable=False),
        )),
        og.AppropriateExperience("how", expects=og.Expectation("reply", og.Measure("hours", low=0), floor=48, target=24)),
    )],
)  # fmt: skip
CUSTOMERS = {
    "id": ["A", "B", "C", "D"],
    "segment": ["firm", "hobby", "firm", "firm"],
    "stage": ["early", "early", "late", "early"],
    "calls": [4.0, 2.0, 8.0, None],
    "licence": [1, 0, 1, None],
    "hours": [24.0, 40.0, None, 30.0],
    "mrr": [10.0, 20.0, None, 5.0],
}
STEPS = journey.Milestones(
    [
        journey.Milestone("signed", 0, event="contract_signed"),
        journey.Milestone("welcome", 5, event="welcome_call_held"),
    ]
)


def frames(listing):
    """The frames of a listing and of its parts."""
    return [each.to_frame() for each in (listing, *listing.parts.values())]


def first_hundred_days(frame):
    return frames(journey.first_hundred_days(frame, as_of="2026-02-01"))


def first_impression(frame):
    return frames(journey.first_impression(frame, as_of="2026-02-01", begins="contract_signed", errors=["crash"]))


def progress(frame):
    said = STEPS.progress(frame, 0.5, as_of="2026-02-01")
    return [*frames(STEPS.progress(frame, as_of="2026-02-01", within_days=3)), said.parts["vector"].to_frame()]


def spectrum(frame):
    return frames(journey.spectrum(frame, before="before"))


def potential(frame):
    return frames(journey.potential(frame, GATES, as_of="2026-02-01"))


def look_ahead(frame):
    return frames(journey.look_ahead(og.Scorer(MODEL), frame))


def promises(frame):
    return frames(journey.promises(MODEL, frame, value="mrr"))


def gap_status(frame):
    return frames(journey.gap_status(og.Scorer(MODEL).score(frame)))


def history(frame):
    made = journey.History(MODEL).add("2026-02-01", frame).add("2026-01-01", frame)
    rule = journey.Rule("late", when={"below": {"required": 0.9}}, for_days=10)
    return [made.observations().to_frame(), made.trend().to_frame(), made.moved().to_frame(), made.fired(rule).to_frame(),
            made.series("A").to_frame()]  # fmt: skip


ASKED = [
    *((ask, LOG) for ask in (first_hundred_days, first_impression, progress)),
    *((ask, CUSTOMERS) for ask in (look_ahead, promises, gap_status, history)),
    (spectrum, CONTACTS),
    (potential, PROSPECTS),
]


@pytest.mark.parametrize("kind", SHAPES)
@pytest.mark.parametrize(("ask", "columns"), ASKED)
def test_the_same_from_every_frame(ask, columns, kind):
    given = shapes(columns)[kind]
    for found, expected in zip(ask(given), ask(columns), strict=True):
        same(found, expected)
        same_kind(kind, found, given)


@pytest.mark.parametrize("kind", SHAPES)
def test_alarm_from_every_frame(kind):
    made = journey.History(phone())
    for day in ("2026-01-01", "2026-02-01"):
        made.add(day, {"id": list("ABCD"), "calls": [1.0, 2.0, 3.0, 4.0], "reply_hours": [24.0] * 4})
    left = {"who": ["A", "B"], "when": ["2026-01-10", "2026-02-10"]}
    alarm = made.alarm(
        shapes(left)[kind], periods=("2026-01-01", "2026-02-01", "2026-03-01"), customer="who", time="when"
    )
    assert (*alarm.columns["left"], alarm.facts["unmatched"]) == (1, 1, 0)
    assert alarm[0]["customer_days"] == 3 * 31 + 9


@pytest.mark.parametrize("kind", ["pandas, other index", "pandas, one index for all"])
def test_a_row_a_customer_keeps_the_index(kind):
    given = shapes(PROSPECTS)[kind]
    assert list(journey.potential(given, GATES, as_of="2026-02-01").to_frame().index) == list(given.index)
    given = shapes(CUSTOMERS)[kind]
    assert list(journey.promises(MODEL, given).to_frame().index) == list(given.index)


@pytest.mark.parametrize("names", [[1, 2, 2], [1.0, 2.0, 2.0], [True, False, False],
                                   pd.Series([1, 2, 2], dtype="Int64"), pd.Series([1, 2, 2], dtype="category"),
                                   pl.Series([1, 2, 2]), [(1, "a"), (2, "a"), (2, "a")],
                                   [dt.date(2026, 1, n) for n in (1, 2, 2)]])  # fmt: skip
def test_customers_of_every_type(names):
    log = {"customer": names, "event": ["contract_signed"] * 3, "time": ["2026-01-01", "2026-01-02", "2026-01-03"]}
    days = journey.first_hundred_days(log, as_of="2026-02-01")
    assert len(days) == 2
    first = list(names)[0]  # noqa: RUF015 - series of libraries
    assert days.find(first)["days_in_phase"] == 31.0


# Times


def timed(values, moment):
    """Of two events the second, one without a time, is left out where that is what is tested."""
    one = values[:1] if not isinstance(values, pd.Series) else values.iloc[:1]
    days = journey.first_hundred_days(
        {"customer": ["A"], "event": ["contract_signed"], "time": one}, as_of="2026-03-01"
    )
    assert rows_of(days.to_frame())[0]["clock_started"] == moment
    with pytest.raises(og.DataError, match=r"time: column 'time' is empty; say when .1 row: 1"):
        journey.first_hundred_days({"customer": ["A"] * 2, "event": ["x"] * 2, "time": values}, as_of="2026-03-01")


@pytest.mark.parametrize("kind", TIMES)
def test_times_are_of_utc(kind):
    timed(TIMES[kind], PLAIN)


@pytest.mark.parametrize("kind", DAYS)
def test_days(kind):
    timed(DAYS[kind], dt.datetime(2026, 1, 31))


def test_times_of_arrow_and_duckdb():
    relation = CONNECTION.sql("select 'A' as customer, 'login' as event, TIMESTAMPTZ '2026-02-01 02:30+03:30' as time")
    arrow = pa.table(
        {"customer": ["A"], "event": ["login"], "time": pa.array([PLAIN], type=pa.timestamp("s", "Asia/Tehran"))}
    )
    for frame in (relation, arrow):
        first = journey.first_impression(frame, as_of="2026-03-01")
        assert rows_of(first.to_frame())[0]["began"] == PLAIN
        same_kind("", first.to_frame(), frame)


@pytest.mark.parametrize("as_of", [
    "2026-01-31T23:00", "2026-02-01T02:30+03:30", PLAIN, PLAIN.replace(tzinfo=dt.UTC), np.datetime64("2026-01-31T23"),
    pd.Timestamp("2026-02-01T02:30+03:30"),
])  # fmt: skip
def test_the_moment_of_looking(as_of):
    log = {"customer": ["A", "A"], "event": ["x", "y"], "time": ["2026-01-31T23:00", "2026-01-31T23:00:01"]}
    first = journey.first_impression(log, as_of=as_of)
    assert first.columns["days_events"].tolist() == [1]


# Hardly any rows


def none_of(columns):
    return {name: [] for name in columns}


def test_no_events():
    days = journey.first_hundred_days(none_of(LOG), as_of="2026-02-01")
    first = journey.first_impression(none_of(LOG), as_of="2026-02-01", errors=["crash"])
    made = STEPS.progress(none_of(LOG), as_of="2026-02-01")
    assert (len(days), len(first), len(made), len(days.parts["overdue"]), days.rows(), made.rows()) == (
        0,
        0,
        0,
        0,
        [],
        [],
    )
    assert [str(each).splitlines()[0] for each in (days, first, made)] == [
        "0 customers at 2026-02-01: 0 overdue",
        "First impression of 0 customers",
        "0 customers on their way",
    ]
    assert made.parts["vector"].facts["size"] == 0
    assert [row["share"] for row in made.parts["in_time"]] == [None, None]


def test_no_contacts_prospects_and_customers():
    made = journey.spectrum(none_of(CONTACTS))
    assert (len(made), made.parts["zones"].columns["customers"].tolist()) == (0, [0] * 4)
    assert made.parts["kinds"][-1]["contacts"] == 0
    assert "0 " in str(made)
    found = journey.potential(none_of(PROSPECTS), GATES, as_of="2026-02-01")
    assert (len(found), found.rows(), len(found.parts["open"]), found.parts["summary"][0]["share_yes"]) == (
        0,
        [],
        0,
        None,
    )
    empty = {
        name: np.array(values[:0], dtype=object if isinstance(values[0], str) else float)
        for name, values in CUSTOMERS.items()
    }
    kept = journey.promises(MODEL, empty, value="mrr")
    assert (len(kept), len(kept.parts["broken"]), set(kept.facts["counts"].values())) == (0, 0, {0})
    assert len(journey.look_ahead(og.Scorer(MODEL), empty)) == 0
    assert journey.gap_status(og.Scorer(MODEL).score(empty)).facts["apart"] == 0
    twice = journey.History(MODEL).add("2026-01-01", empty).add("2026-02-01", empty)
    assert (len(twice.trend()), twice.moved()[0]["compared"], twice.customers) == (0, 0, ())
    assert repr(twice) == "<History of 2 days>"


def test_readings_that_are_all_missing():
    made = journey.spectrum(CONTACTS | {"satisfaction": [None] * 6})
    assert np.isnan(made.parts["contacts"].columns["movement"]).all()
    assert [row["customers"] for row in made.parts["zones"]] == [0, 0, 0, 3]
    found = journey.potential({"customer": ["A"], "browser": [None], "admins": [None], "open_books": [None],
                               "due": [None], "hired": [None]}, GATES, as_of="2026-02-01")  # fmt: skip
    assert (found[0]["potential"], found[0]["given"]) == ("unknown", "unknown")


def test_one_customer():
    one = {name: values[:1] for name, values in CUSTOMERS.items()}
    assert len(journey.look_ahead(og.Scorer(MODEL), one)) == 1
    made = journey.History(MODEL).add("2026-01-01", one)
    assert made.trend()[0]["slope"] is None
    with pytest.raises(og.DataError, match="there is no scoring before it"):
        made.change()
    alone = journey.spectrum({name: values[:1] for name, values in CONTACTS.items()})
    assert alone.parts["kinds"][0]["low"] is None
