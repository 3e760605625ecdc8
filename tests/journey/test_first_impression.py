"""First impressions against a plain reading, event by event."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from outcomegap.journey import first_impression
from outcomegap.stats import wilson
from tests.frames.kinds import KINDS, listed, make
from tests.journey.errors import rules_of

START = dt.datetime(2026, 1, 1, 9)
LOG = {
    "customer": ["A", "A", "A", "A", "B", "B"],
    "event": ["visit", "login", "crash", "login", "login", "login"],
    "time": ["2026-01-01T09:00", "2026-01-01T09:10", "2026-01-01T09:15", "2026-01-01T10:00", "2026-01-30T08:00",
             "2026-01-30T08:05"],
}  # fmt: skip


def first(log=LOG, as_of="2026-02-01", **more):
    return first_impression(log, as_of=as_of, **more)


def test_windows_begin_with_the_first_event():
    a, b = first(errors=["crash"]).rows()
    assert (a["began"], a["minutes_events"], a["session_events"], a["days_events"]) == (START, 1, 3, 4)
    assert (a["minutes_errors"], a["session_errors"], a["days_errors"]) == (0, 1, 1)
    assert (b["minutes_events"], b["session_events"], b["days_events"]) == (2, 2, 2)  # 5 minutes: still in them
    assert (b["minutes_over"], b["session_over"], b["days_over"]) == (True, True, False)


def test_windows_begin_with_the_event_that_is_named():
    a, _ = first(begins="login", errors=["crash"]).rows()
    assert a["began"] == dt.datetime(2026, 1, 1, 9, 10)
    assert (a["minutes_events"], a["minutes_errors"], a["session_events"], a["days_events"]) == (2, 1, 2, 3)
    only = first(begins="crash")
    assert (len(only), only.facts["not_begun"]) == (1, ["B"])
    assert "1 customer has not begun" in " ".join(only.notes)


def test_a_pause_as_long_as_the_limit_is_none():
    a = first(session_gap_minutes=45)
    assert a.rows()[0]["session_events"] == 4
    assert first(session_gap_minutes=44.9).rows()[0]["session_events"] == 3


def test_summary_counts_only_windows_that_are_over():
    minutes, _, days = first(errors=["crash"]).parts["summary"]
    assert (minutes["customers"], minutes["still_open"], minutes["mean_events"]) == (2, 0, 1.5)
    assert (minutes["nothing_more"], minutes["nothing_more_low"], minutes["nothing_more_high"]) == (0.5, *wilson(1, 2))
    assert (days["customers"], days["still_open"], days["median_events"], days["with_error"]) == (1, 1, 4.0, 1.0)
    assert "first 5 minutes" in str(first())
    assert "with_error" not in first().parts["summary"].columns


def test_nobody_s_window_is_over():
    listing = first({"customer": ["A"], "event": ["x"], "time": ["2026-01-01T09:00"]}, "2026-01-01T09:01").parts[
        "summary"
    ]
    assert listing.columns["customers"].tolist() == [0, 0, 0]
    assert listing[0]["nothing_more"] is None


def test_days_alone_tell_no_minutes():
    found = first({"customer": ["A", "A"], "event": ["x", "y"], "time": ["2026-01-01", "2026-01-08"]})
    assert [row["window"] for row in found.parts["summary"]] == ["first 7 days"]
    assert found.rows()[0]["days_events"] == 2
    assert "what happens within a day cannot be told" in str(found)


def test_errors_that_never_happened_are_said():
    assert "Errors that are in no row: 'crsh' (did you mean 'crash'?)." in " ".join(first(errors=["crsh"]).notes)


def plain(events, as_of, minutes, pause, days, begins, errors):
    """Count one customer's events one by one."""
    events = sorted(events, key=lambda e: e[0])
    starts = [t for t, e in events if begins in (None, e)]
    if not starts:
        return None
    began = starts[0]
    after = [(t, e) for t, e in events if t >= began]
    session = [after[0]]
    for one in after[1:]:
        if one[0] - session[-1][0] > dt.timedelta(minutes=pause):
            break
        session.append(one)
    lists = {
        "minutes": [x for x in after if x[0] - began <= dt.timedelta(minutes=minutes)],
        "session": session,
        "days": [x for x in after if x[0] - began <= dt.timedelta(days=days)],
    }
    over = {
        "minutes": as_of - began >= dt.timedelta(minutes=minutes),
        "session": as_of - session[-1][0] > dt.timedelta(minutes=pause),
        "days": as_of - began >= dt.timedelta(days=days),
    }
    out = {"began": began}
    for name, some in lists.items():
        out |= {f"{name}_over": over[name], f"{name}_events": len(some)}
        out[f"{name}_errors"] = sum(e in errors for _, e in some)
    return out


@pytest.mark.parametrize("begins", [None, "login"])
@pytest.mark.parametrize("seed", range(3))
def test_against_a_plain_reading(seed, begins):
    rng = np.random.default_rng(seed)
    n = 600
    minutes = np.cumsum(rng.exponential(25, n)).round().astype(int)
    log = {
        "customer": [f"C{i}" for i in rng.integers(0, 12, n)],
        "event": [("visit", "login", "crash")[i] for i in rng.integers(0, 3, n)],
        "time": [START + dt.timedelta(minutes=int(m)) for m in minutes],
    }
    order = rng.permutation(n)  # a frame is in no order
    log = {name: [column[i] for i in order] for name, column in log.items()}
    as_of = START + dt.timedelta(days=6)
    found = first(log, as_of, begins=begins, minutes=90, session_gap_minutes=240, days=3, errors=["crash"])
    by = {}
    for who, what, when in zip(*log.values(), strict=True):
        if when <= as_of:
            by.setdefault(who, []).append((when, what))
    expected = {who: plain(some, as_of, 90, 240, 3, begins, {"crash"}) for who, some in by.items()}
    rows = {row.pop("customer"): row for row in found.rows()}
    assert rows == {who: row for who, row in expected.items() if row is not None}


@pytest.mark.parametrize("kind", KINDS)
def test_any_frame(kind):
    found = first(make(kind, LOG), errors=["crash"])
    assert listed(found.to_frame())["session_events"] == [3, 2]
    assert type(found.parts["summary"].to_frame()) is type(found.to_frame())


def test_no_events():
    assert len(first({"customer": [], "event": [], "time": []})) == 0


@pytest.mark.parametrize(("argument", "value", "rule"), [
    ("as_of", None, "not-a-date"), ("customer", "who", "missing-column"), ("event", "what", "missing-column"),
    ("begins", "logn", "unknown-event"), ("minutes", 0, "out-of-range"), ("minutes", float("nan"), "out-of-range"),
    ("session_gap_minutes", -30, "out-of-range"), ("days", float("inf"), "out-of-range"),
])  # fmt: skip
def test_bad_arguments(argument, value, rule):
    assert rules_of(lambda: first_impression(**{"events": LOG, "as_of": "2026-02-01"} | {argument: value})) == [rule]
