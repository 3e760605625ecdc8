"""Who still takes a step in time: by hand, and against a plain reading customer by customer."""

from __future__ import annotations

import datetime as dt
import math

import numpy as np
import pytest

from outcomegap.journey import Milestone, Milestones
from outcomegap.journey.course import NEVER, expected
from outcomegap.stats import wilson

STEPS = Milestones([Milestone("a", 100), Milestone("b", 1_000), Milestone("c", 5_000)])


def days(*numbers):
    return np.array(numbers, dtype="m8[D]")


def test_who_is_past_the_window_is_counted_apart_with_nothing_expected():
    """Twenty took the first step, twelve the second; the other eight have waited for 234 days of 90."""
    log = {"customer": [f"C{n}" for n in range(20)] * 2, "event": ["a"] * 20 + ["b"] * 12 + ["login"] * 8,
           "time": ["2026-01-10"] * 20 + ["2026-03-01"] * 20}  # fmt: skip
    vector = STEPS.progress(log, as_of="2026-09-01", within_days=90).parts["vector"]
    assert [(step["customers"], step["past"], step["size"]) for step in vector] == [(0, 0, 0), (8, 8, 0), (12, 12, 0)]
    assert tuple(vector.facts[name] for name in ("size", "low", "high", "direction")) == (0, 0, 0, None)
    assert "Past the window: 20 customers, of whom nothing is expected." in str(vector)
    assert vector.to_frame()["past"].tolist() == [0, 8, 12]


def test_who_waits_is_like_those_who_had_not_moved_by_then():
    """Ten customers of old: four moved on day 5, two on day 50, four never. Three wait, since 0, 10 and 60 days."""
    taken = [5] * 4 + [50] * 2 + [None] * 4
    rows = [(f"O{n}", "a", dt.date(2026, 1, 1)) for n in range(10)]
    rows += [(f"O{n}", "b", dt.date(2026, 1, 1) + dt.timedelta(days)) for n, days in enumerate(taken) if days]
    rows += [(f"W{days}", "a", dt.date(2026, 9, 1) - dt.timedelta(days)) for days in (0, 10, 60)]
    log = dict(zip(("customer", "event", "time"), zip(*rows, strict=True), strict=True))
    vector = STEPS.progress(log, as_of="2026-09-01", within_days=90).parts["vector"]
    step = vector[1]
    assert (step["customers"], step["past"]) == (7, 4)
    assert step["share"] == pytest.approx((6 / 10 + 2 / 6 + 0 / 4) / 3)
    assert step["size"] == pytest.approx(3 * 1_000 * step["share"])
    lows, highs = zip(wilson(6, 10), wilson(2, 6), wilson(0, 4), strict=True)
    assert (step["low"], step["high"]) == (pytest.approx(1_000 * sum(lows)), pytest.approx(1_000 * sum(highs)))


def test_where_everybody_had_moved_by_then_nothing_is_known():
    share, low, high = expected(days(3, 4), days(1, 5), days(10)[0], 0.95)
    assert math.isnan(share)
    assert (low, high) == ((wilson(2, 2)[0] + 0) / 2, 1.0)
    share, low, high = expected(days(), days(2), days(10)[0], 0.95)
    assert (math.isnan(share), low, high) == (True, 0.0, 1.0)


@pytest.mark.parametrize("seed", range(5))
def test_the_share_is_kaplan_and_meier_s(seed):
    """The product over the days up to the window of 1 - moved / still there, begun anew at the day waited."""
    rng = np.random.default_rng(seed)
    taken = np.where(rng.random(60) < 0.3, 10**6, rng.integers(-3, 40, 60))
    took = np.where(taken == 10**6, NEVER, days(*taken))
    for waited in range(0, 30, 4):
        survival = 1.0
        for day in range(waited + 1, 31):
            still = int((taken >= day).sum())
            survival *= 1 - int((taken == day).sum()) / still
        assert expected(took, days(waited), days(30)[0], 0.95)[0] == pytest.approx(1 - survival, abs=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_the_vector_against_a_plain_reading(seed):
    rng = np.random.default_rng(seed)
    n, names, values = 500, ("a", "b", "c", "login"), (100, 1_000, 5_000)
    log = {
        "customer": rng.integers(0, 150, n), "event": [names[i] for i in rng.choice(4, n, p=[0.4, 0.25, 0.1, 0.25])],
        "time": np.datetime64("2026-01-01T00:00:00") + rng.integers(0, 240 * 86400, n),
    }  # fmt: skip
    as_of, window = np.datetime64("2026-08-01T00:00:00"), np.timedelta64(90 * 86400, "s")
    by = {}
    for who, what, when in zip(*log.values(), strict=True):
        if when <= as_of:
            by.setdefault(int(who), []).append((when, what))
    firsts = {
        who: [min(t for t, _ in all_), *(min((t for t, e in all_ if e == name), default=None) for name in names[:3])]
        for who, all_ in by.items()
    }
    vector = STEPS.progress(log, as_of=as_of, within_days=90).parts["vector"]
    for place, step in enumerate(vector):
        here = [f for f in firsts.values() if all(f[1 : place + 1]) and f[place + 1] is None]
        old = [f for f in firsts.values() if f[place] is not None and as_of - f[place] >= window]
        size = low = high = past = 0
        for f in here:
            waited = as_of - f[place]
            if waited >= window:
                past += 1
                continue
            like = [g for g in old if g[place + 1] is None or g[place + 1] - g[place] > waited]
            made = [g for g in like if g[place + 1] is not None and g[place + 1] - g[place] <= window]
            size += values[place] * (len(made) / len(like) if like else math.nan)
            ends = wilson(len(made), len(like))
            low, high = low + values[place] * ends[0], high + values[place] * ends[1]
        assert (step["customers"], step["past"]) == (len(here), past)
        assert past > 0
        assert len(here) > past
        sizes = [math.nan if step[name] is None else step[name] for name in ("size", "low", "high")]
        assert sizes == pytest.approx([size, low, high], nan_ok=True)


def test_a_share_that_is_said_is_of_everybody():
    log = {"customer": ["A", "B"], "event": ["a", "a"], "time": ["2026-01-01", "2026-08-01"]}
    vector = STEPS.progress(log, 0.5, as_of="2026-08-10", within_days=30).parts["vector"]
    assert (vector.facts["size"], vector[1]["past"]) == (1_000, 0)
    assert "past" not in str(vector).lower()
