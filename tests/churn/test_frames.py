"""The same numbers from every kind of frame and of column, the same kind back; dates of every kind; hardly any rows."""

from __future__ import annotations

import datetime as dt
import math
import zoneinfo

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import outcomegap as og
from outcomegap import churn
from tests.churn.phone import CALLS, REPLY
from tests.churn.shapes import SHAPES, rows_of, same, same_kind, shapes
from tests.frames.kinds import CONNECTION

LOST = {
    "who": ["A", "B", "C", "D"],
    "why": ["bugs", "price", "died", None],
    "look": [None, "never set up", None, None],
    "on": ["2026-01-31", "2026-02-01", None, "2025-12-31"],
    "mrr": [1.0, 2.0, None, 4.0],
    "plan": ["x", "y", None, "x"],
    "step": ["late", "early", "late", None],
    "at": ["adopt", "activate", None, "adopt"],
}
NAMES = {"customer": "who", "stated": "why", "found": "look", "date": "on", "value": "mrr"} | {
    "segment": "plan",
    "stage": "step",
    "phase": "at",
}
SHOP = {
    "c": list("abcdefgh"), "p": [1, 1, 1, 1, 0, 0, 0, None], "w": [0, 0, 0, 0, 1, 1, 1, 1],
    "n": [True, True, False, False, True, False, False, False], "t": ["Yes", "Yes", "No", "No", "Yes", "No", "No", None],
    "s": list("xxyyxyxy"),
}  # fmt: skip
RNG = np.random.default_rng(0)
STAYED = {
    "a": [None if n % 9 == 0 else float(x) for n, x in enumerate(RNG.normal(size=80))],
    "b": RNG.integers(0, 5, 80).tolist(),
    "left": (RNG.random(80) < 0.5).tolist(),
}
MODEL = og.OutcomeModel("phone", desired_outcomes=[
    og.DesiredOutcome(og.RequiredOutcome("sales", needs=CALLS), og.AppropriateExperience("how", expects=REPLY))
])  # fmt: skip
SCORED = {"who": ["A", "B", "X"], "calls": [1.0, 4.0, None], "reply_hours": [24.0, 48.0, 24.0]}


def ledger(frame):
    made = churn.Ledger(frame, **NAMES)
    against = made.against(og.Scorer(MODEL).score(SCORED, id="who"))
    return [
        *(made.to_frame(), made.causes.to_frame(), made.entries.to_frame(), made.differ.to_frame()),
        *(made.by(name).to_frame() for name in ("segment", "stage", "phase", "month", "entry", "avoidable", "basis")),
        *(
            made.win_back({"bad-set-up": "2026-03-01"}).to_frame(),
            against.to_frame(),
            against.parts["missed"].to_frame(),
        ),
    ]


def bundles(frame):
    pytest.importorskip("sklearn")
    made = churn.bundles(frame, ["p", "w", "n", "t"], customer="c", seller="s", newest="n", values={"Yes": 1, "No": 0})
    return [made.to_frame(), made.clusters.to_frame(), made.whitespace().to_frame(), made.whitespace("x").to_frame()]


def drivers(frame):
    pytest.importorskip("sklearn")
    return [churn.drivers(frame, ["a", "b"], churned="left", resamples=20).to_frame()]


@pytest.mark.parametrize("kind", SHAPES)
@pytest.mark.parametrize(("ask", "columns"), [(ledger, LOST), (bundles, SHOP), (drivers, STAYED)])
def test_the_same_from_every_frame(ask, columns, kind):
    given = shapes(columns)[kind]
    for found, expected in zip(ask(given), ask(columns), strict=True):
        same(found, expected)
        same_kind(kind, found, given)


@pytest.mark.parametrize("kind", SHAPES)
def test_concentration_of_every_frame(kind):
    held = churn.concentration(shapes(LOST)[kind], value="mrr", customer="who")
    assert (held[0]["customers"], held[0]["largest"], held[0]["without_value"]) == (4, "D", 1)
    assert held[0]["herfindahl"] == pytest.approx(21 / 49)


@pytest.mark.parametrize("kind", ["pandas, other index", "pandas, one index for all"])
def test_a_row_a_customer_keeps_the_index(kind):
    given = shapes(LOST)[kind]
    assert list(churn.Ledger(given, **NAMES).to_frame().index) == list(given.index)
    given = shapes(SHOP)[kind]
    pytest.importorskip("sklearn")
    assert list(churn.bundles(given, ["p", "w"], customer="c").to_frame().index) == list(given.index)


# Dates

TEHRAN = zoneinfo.ZoneInfo(
    "Asia/Tehran"
)  # half an hour off the others; 2026-01-31T23:00Z is the first of February there
INSTANT = dt.datetime(2026, 1, 31, 23, tzinfo=dt.UTC)
PLAIN = INSTANT.replace(tzinfo=None)
DAY = PLAIN.date()
TIMES = {
    "text": ["2026-01-31T23:00", None],
    "text with a blank": ["2026-01-31 23:00:00", "  "],
    "text of another zone": ["2026-02-01T02:30+03:30", None],
    "text in UTC": ["2026-01-31T23:00:00Z", None],
    "week date": ["2026-W05-6T23:00", None],
    "digits of Persian": ["۲۰۲۶-۰۱-۳۱T۲۳:۰۰", None],  # noqa: RUF001
    "datetime": [PLAIN, None],
    "datetime in UTC": [INSTANT, None],
    "datetime of another zone": [INSTANT.astimezone(TEHRAN), None],
    "datetime64": np.array(["2026-01-31T23:00", "NaT"], dtype="M8[m]"),
    "datetime64, nanoseconds": np.array(["2026-01-31T23:00", "NaT"], dtype="M8[ns]"),
    "datetime64, a list": [np.datetime64("2026-01-31T23:00"), np.datetime64("NaT", "us")],
    "pandas": pd.Series([PLAIN, None]),
    "pandas, seconds": pd.Series([PLAIN, None]).astype("datetime64[s]"),
    "pandas with a zone": pd.Series([INSTANT, None]).dt.tz_convert("Asia/Tehran"),
    "pandas, timestamps": [pd.Timestamp(INSTANT).tz_convert("Asia/Tehran"), pd.NaT],
    "pandas, arrow": pd.Series([PLAIN, None], dtype="timestamp[us][pyarrow]"),
    "pandas, arrow with a zone": pd.Series([INSTANT, None], dtype="timestamp[us, tz=Asia/Tehran][pyarrow]"),
    "pandas, categories": pd.Series(["2026-01-31T23:00", None], dtype="category"),
    "pandas, categories of times": pd.Series([PLAIN, None], dtype="category"),
    "polars": pl.Series([PLAIN, None]),
    "polars, milliseconds": pl.Series([PLAIN, None], dtype=pl.Datetime("ms")),
    "polars with a zone": pl.Series([INSTANT, None], dtype=pl.Datetime("us", "Asia/Tehran")),
    "polars, categories": pl.Series(["2026-01-31T23:00", None], dtype=pl.Categorical),
}
DAYS = {
    "text": ["2026-01-31", None],
    "basic text": ["20260131", ""],
    "date": [DAY, None],
    "datetime64": np.array(["2026-01-31", "NaT"], dtype="M8[D]"),
    "pandas, dates": pd.Series([DAY, None], dtype=object),
    "pandas, arrow": pd.Series([DAY, None], dtype="date32[pyarrow]"),
    "polars": pl.Series([DAY, None]),
}


def dated(values, days=False):
    made = churn.Ledger({"why": ["bugs", "bugs"], "on": values}, stated="why", date="on")
    first, second = rows_of(made.to_frame())
    assert first["date"] == (PLAIN if not days else dt.datetime(2026, 1, 31))
    assert second["date"] is None
    assert made.columns["month"].tolist() == ["2026-01", None]


@pytest.mark.parametrize("kind", TIMES)
def test_times_are_of_utc(kind):
    dated(TIMES[kind])


@pytest.mark.parametrize("kind", DAYS)
def test_days(kind):
    dated(DAYS[kind], days=True)


def test_times_of_arrow_and_duckdb():
    why = pa.array(["bugs", "bugs"])
    for kind in (pa.timestamp("s"), pa.timestamp("ns"), pa.timestamp("us", "Asia/Tehran"), pa.timestamp("ms", "UTC")):
        table = pa.table({"why": why, "on": pa.array([INSTANT if kind.tz else PLAIN, None], type=kind)})
        made = churn.Ledger(table, stated="why", date="on")
        assert rows_of(made.to_frame())[0]["date"] == PLAIN
    for kind in (pa.date32(), pa.date64()):
        table = pa.table({"why": why, "on": pa.array([DAY, None], type=kind)})
        assert churn.Ledger(table, stated="why", date="on").columns["month"].tolist() == ["2026-01", None]
    for sql in ("TIMESTAMP '2026-01-31 23:00'", "TIMESTAMPTZ '2026-02-01 02:30+03:30'"):
        relation = CONNECTION.sql(f"select 'bugs' as why, {sql} as moment")
        assert rows_of(churn.Ledger(relation, stated="why", date="moment").to_frame())[0]["date"] == PLAIN


def test_the_hour_that_comes_twice_is_two_hours():
    """In Berlin 02:30 comes twice on 2026-10-25; Python takes both for equal."""
    berlin = zoneinfo.ZoneInfo("Europe/Berlin")
    twice = [dt.datetime(2026, 10, 25, 2, 30, tzinfo=berlin, fold=fold) for fold in (0, 1)]
    assert twice[0] == twice[1]
    made = churn.Ledger(
        {"who": ["A", "A"], "why": ["bugs", "bugs"], "on": twice}, customer="who", stated="why", date="on"
    )
    assert [row["date"].hour for row in rows_of(made.to_frame())] == [0, 1]


def test_months_across_years():
    on = ["2025-12-31T23:59:59.999999", "2026-01-01", "2025-01-01", "1999-12-31", "2026-12-01"]
    made = churn.Ledger({"why": ["bugs"] * 5, "on": on}, stated="why", date="on")
    groups = made.by("month")
    assert [row["month"] for row in groups if row["losses"]] == ["1999-12", "2025-01", "2025-12", "2026-01", "2026-12"]
    assert (len(groups), groups.find("2000-02")["losses"], groups.find("2000-02")["customer_event"]) == (
        27 * 12 + 1,
        0,
        0,
    )


# Hardly any rows


@pytest.mark.parametrize("kind", [kind for kind in SHAPES if kind not in ("records", "lazy", "capsule")])
def test_nobody_left(kind):
    empty = shapes({name: [values[0]] for name, values in LOST.items()})[kind]
    empty = empty.limit(0) if kind == "duckdb" else _none(empty)
    made = churn.Ledger(empty, **NAMES)
    assert (len(made), made.avoidable.facts["interval"], made.rows(), len(made.unmatched)) == (0, (0.0, 1.0), [], 0)
    assert math.isnan(made.avoidable.facts["low"])
    assert math.isnan(made.avoidable.facts["only_unknown"]["low"])
    assert str(made).startswith("0 lost customers")
    assert [len(made.by(name)) for name in ("segment", "month", "phase", "entry")] == [0] * 4
    same_kind(kind, made.to_frame(), empty)
    assert str(made.against(og.Scorer(MODEL).score(SCORED, id="who"))).startswith("0 lost customers")
    assert len(made.win_back({"budget": "2026-01-01"})) == 0
    assert churn.concentration(empty, value="mrr")[0]["one_leaver"] is None


def _none(frame):
    if isinstance(frame, dict):
        return {name: values[:0] for name, values in frame.items()}
    return frame.slice(0, 0) if isinstance(frame, (pa.Table, pa.RecordBatch)) else frame[:0]


def test_nobody_buys():
    pytest.importorskip("sklearn")
    found = churn.bundles({"c": [], "p": np.zeros(0), "w": np.zeros(0)}, ["p", "w"], customer="c", newest="w")
    assert (len(found), len(found.whitespace()), len(found.clusters)) == (0, 0, 0)
    with pytest.raises(og.DataError, match="0 left and 0 stayed; 20 of each are needed"):
        churn.drivers({"a": np.zeros(0), "left": np.zeros(0)}, ["a"], churned="left")


def test_one_row():
    made = churn.Ledger({"why": ["bugs"], "v": [3.0]}, stated="why", value="v")
    assert (made.avoidable.facts["low"], made.avoidable.facts["high"], made.avoidable.facts["value_low"]) == (
        1.0,
        1.0,
        1.0,
    )
    assert made.concentration()[0]["effective"] == 1.0
    pytest.importorskip("sklearn")
    found = churn.bundles({"p": [1], "w": [0]}, ["p", "w"])
    assert [row["bundle"] for row in found.clusters] == ["p"]
    assert math.isnan(found.facts["silhouette"])


@pytest.mark.parametrize("missing", [[None, None], [float("nan")] * 2, ["", " "], pd.Series([pd.NA, pd.NA]),
                                     pl.Series([None, None]), np.array(["NaT", "NaT"], dtype="M8[D]")])  # fmt: skip
def test_columns_in_which_all_is_missing(missing):
    frame = {"why": missing, "look": missing, "on": missing, "plan": missing, "at": missing}
    made = churn.Ledger(frame, stated="why", found="look", date="on", segment="plan", phase="at")
    assert (made.avoidable.facts["unknown"], made.avoidable.facts["low"], made.avoidable.facts["high"]) == (2, 0.0, 1.0)
    assert made.columns["month"].tolist() == [None, None]
    (row,) = made.by("segment", "phase", "month")
    assert (row["segment"], row["phase"], row["month"]) == (None, None, None)
    assert len(made.unmatched) == 0


def test_values_that_are_all_missing():
    made = churn.Ledger({"why": ["bugs", "bugs"], "v": [None, None]}, stated="why", value="v")
    assert (made.lost_value, made.causes[1]["value"]) == (0.0, 0.0)
    assert math.isnan(made.avoidable.facts["value_low"])
    assert "The value of 2 losses is unknown" in str(made)
    assert made.concentration()[0]["herfindahl"] is None
