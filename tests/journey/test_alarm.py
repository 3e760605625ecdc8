"""The alarm for moved expectations: its tests against SciPy and by counting, its verdicts, how often it is wrong."""

from __future__ import annotations

import math

import numpy as np
import pytest

import outcomegap as og
from outcomegap.errors import DataError
from outcomegap.journey.history import History
from outcomegap.stats import mean_rise, poisson_rise
from tests.frames.kinds import KINDS, make
from tests.journey.errors import rules_of
from tests.journey.phone import phone

PERIODS = ("2026-01-01", "2026-04-01", "2026-06-30")  # 90 days each


def history_of(gaps, model=None, segments=None):
    """Scored on the first day of each period: (day, name -> calls)."""
    history = History(model or phone())
    for day, calls in zip(PERIODS[:2], gaps, strict=True):
        frame = {"id": list(calls), "calls": list(calls.values()), "reply_hours": [24.0] * len(calls)}
        history.add(day, frame | ({"segment": [segments(name) for name in calls]} if segments else {}))
    return history


def people(n, mean, seed=0, start=0):
    calls = np.clip(np.random.default_rng(seed).normal(mean, 0.5, n), 0, 4)
    return {f"C{start + i}": float(c) for i, c in enumerate(calls)}


def losses(early, late):
    """The first customers leave early in the earlier, or in the later period."""
    names = [f"C{i}" for i in range(early)] + [f"C{500 + i}" for i in range(late)]
    return {"customer": names, "time": ["2026-02-01"] * early + ["2026-05-01"] * late}


BEFORE, AFTER = people(1000, 2.5), {f"C{i}": c for i, c in enumerate(people(1000, 2.5).values())}
SAME = history_of((BEFORE, {name: c for name, c in AFTER.items() if int(name[1:]) >= 20}))


def test_churn_rises_and_the_gap_does_not():
    alarm = SAME.alarm(losses(20, 60), periods=PERIODS)
    assert (alarm.facts["verdict"], alarm.facts["raised"]) == ("moved expectations", True)
    assert (alarm[0]["at_risk"], alarm[0]["left"], alarm[1]["at_risk"], alarm[1]["left"]) == (1000, 20, 980, 60)
    assert alarm[0]["customer_days"] == 980 * 90 + 20 * 31
    assert alarm[1]["customer_days"] == 920 * 90 + 60 * 30
    assert alarm.facts["p_value"] < 0.001
    assert alarm.facts["gap_high"] < 0.02
    assert "Alarm: moved expectations" in str(alarm)
    assert "leavers or more would count as a rise" in str(alarm)


def test_churn_rises_and_so_does_the_gap():
    worse = {name: calls - 0.8 for name, calls in AFTER.items() if calls > 1}
    alarm = history_of((BEFORE, worse)).alarm(losses(20, 60), periods=PERIODS)
    assert (alarm.facts["verdict"], alarm.facts["raised"]) == ("the gap rose as well", False)
    assert alarm.facts["gap_rise"] == pytest.approx(0.2, abs=0.03)


def test_too_few_customers_cannot_tell():
    few = people(30, 2.5)
    other = people(30, 2.4, seed=1, start=500)
    alarm = history_of((few, few | other)).alarm(losses(1, 12), periods=PERIODS)
    assert alarm.facts["verdict"] == "cannot tell"


def test_churn_does_not_rise():
    alarm = SAME.alarm(losses(200, 200), periods=PERIODS)
    assert alarm.facts["p_value"] > 0.05
    assert alarm.facts["ratio"] < alarm.facts["most"] < 1.5
    assert alarm.facts["verdict"] == "churn did not rise"
    said = f"No rise is shown; one to 1.5 times or more is ruled out (at most {alarm.facts['most']:.3g} times).\nGap: "
    assert said in str(alarm)
    assert SAME.alarm(losses(200, 200), periods=PERIODS, worth_naming=1.1).facts["verdict"] == "cannot tell"


def test_a_rise_that_few_customers_cannot_show_is_not_ruled_out():
    few = people(40, 2.5)
    left = {"customer": list(few)[:7], "time": ["2026-02-01"] * 2 + ["2026-05-01"] * 5}
    alarm = history_of((few, few)).alarm(left, periods=PERIODS)
    assert (alarm[0]["left"], alarm[1]["left"]) == (2, 5)
    assert alarm.facts["ratio"] >= 2.5
    assert alarm.facts["p_value"] > 0.05
    assert (alarm.facts["verdict"], alarm.facts["raised"]) == ("cannot tell", False)
    assert "No rise is shown; one to 1.5 times or more is not ruled out (at most " in str(alarm)


def test_that_churn_did_not_rise_is_seldom_said_where_it_did():
    """Churn rises to just what is worth naming: at most 5 % say that it did not (within three standard errors)."""
    rng = np.random.default_rng(2)
    told, runs = 0, 4_000
    for early, late in zip(rng.poisson(60, runs).tolist(), rng.poisson(90, runs).tolist(), strict=True):
        told += poisson_rise((early, late), (1.0, 1.0), 0.95)["most"] < 1.5
    assert told / runs <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / runs)


def test_as_many_as_are_needed_make_a_rise():
    alarm = SAME.alarm(losses(20, 22), periods=PERIODS)
    assert alarm.facts["verdict"] == "cannot tell"
    assert alarm.facts["needed"] > 22
    again = SAME.alarm(losses(20, alarm.facts["needed"]), periods=PERIODS)
    # a later leaver has fewer days, so that the exposure moves a little with the count
    assert again.facts["p_value"] == pytest.approx(0.05, abs=0.02)


def test_the_margin_is_the_user_s():
    slightly = {name: calls - 0.15 for name, calls in AFTER.items()}
    history = history_of((BEFORE, slightly))
    assert history.alarm(losses(20, 60), periods=PERIODS).facts["verdict"] == "the gap rose as well"
    assert history.alarm(losses(20, 60), periods=PERIODS, margin=0.1).facts["verdict"] == "moved expectations"


def test_periods_of_other_lengths():
    longer = ("2026-01-01", "2026-04-01", "2026-12-01")
    assert SAME.alarm(losses(20, 60), periods=longer)[1]["rate"] == pytest.approx(
        60 / (920 * 244 + 60 * 30) * 365.25
    )  # rates stand longer periods


def test_who_is_at_risk():
    """Gone before the period, come back, gone on its first day, on the first after it."""
    day = {"A": 4.0, "B": 4.0, "C": 4.0, "D": 4.0, "E": 4.0}
    history = History(phone())
    for when in ("2025-12-20", "2026-03-20"):
        history.add(when, {"id": list(day), "calls": list(day.values()), "reply_hours": [24.0] * 5})
    left = {
        "customer": ["A", "B", "C", "D", "X", "E"],
        "time": ["2025-12-24", "2025-12-01", "2026-01-01", "2026-04-01", "2026-02-01", "2026-06-30"],
    }
    alarm = history.alarm(left, periods=PERIODS)
    before, after = alarm
    assert (str(before["scored_on"]), str(after["scored_on"])) == ("2025-12-20", "2026-03-20")
    assert (before["at_risk"], before["left"]) == (4, 1)  # A was gone; B had come back; C left
    assert before["customer_days"] == 3 * 90
    assert (after["at_risk"], after["left"]) == (5, 1)  # A, B and C are there again; D left; E after the end
    assert alarm.facts["unmatched"] == 4  # A, B, X, E are no leaver of either period
    assert "4 leavers" in " ".join(alarm.notes)


def test_segments_that_are_not_ideal_are_apart():
    model = phone(segments=[og.Segment("firm"), og.Segment("hobby", ideal=False)])
    history = history_of((BEFORE, AFTER), model, lambda name: "hobby" if name == "C5" else "firm")
    alarm = history.alarm(losses(20, 60), periods=PERIODS)
    assert (alarm[0]["at_risk"], alarm[0]["left"], alarm[0]["apart"]) == (999, 19, 1)


def test_notes_say_what_else_changed():
    history = History({"2025-01-01": phone(), "2026-03-01": phone(target=5)})
    for day in PERIODS[:2]:
        history.add(day, {"id": ["A", "B"], "calls": [4.0, np.nan], "reply_hours": [24.0, 24.0]})
    alarm = history.alarm({"customer": ["A"], "time": ["2026-05-01"]}, periods=PERIODS)
    said = " ".join(alarm.notes)
    assert "different models" in said
    assert "1 at risk from 2026-01-01 on have no score" in said
    assert math.isnan(alarm.facts["gap_rise"])
    assert alarm.facts["verdict"] == "cannot tell"


@pytest.mark.parametrize("kind", KINDS)
def test_any_frame(kind):
    alarm = SAME.alarm(make(kind, losses(20, 60)), periods=PERIODS)
    assert alarm[1]["left"] == 60


# How often it is wrong


def test_false_alarms_are_no_more_frequent_than_said():
    """Churn and gap stay as they are: at most 5 % alarms (here within three standard errors)."""
    rng = np.random.default_rng(1)
    alarms, runs = 0, 300
    for _ in range(runs):
        left = {"customer": [], "time": []}
        for start, names in ((0, range(500)), (500, range(500, 1000))):
            gone = [f"C{i}" for i in names if rng.random() < 0.05]
            left["customer"] += gone
            left["time"] += ["2026-02-01" if start == 0 else "2026-05-01"] * len(gone)
        alarms += SAME.alarm(left, periods=PERIODS, margin=1.0).facts["raised"]
    assert alarms / runs <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / runs)


# The arithmetic


@pytest.mark.parametrize(
    ("counts", "exposures"),
    [((10, 20), (1.0, 1.0)), ((3, 0), (2.0, 1.0)), ((0, 7), (1.0, 2.0)), ((40, 61), (3.0, 2.9))],
)
def test_poisson_is_the_binomial_test(counts, exposures):
    stats = pytest.importorskip("scipy.stats")
    share = exposures[1] / sum(exposures)
    test = stats.binomtest(counts[1], sum(counts), share, alternative="greater")
    rise = poisson_rise(counts, exposures, 0.95)
    assert rise["p_value"] == pytest.approx(test.pvalue, rel=1e-9)
    low, high = stats.binomtest(counts[1], sum(counts)).proportion_ci(0.95, method="exact")
    e1, e2 = exposures
    assert rise["low"] == pytest.approx(low / (1 - low) * e1 / e2 if low < 1 else math.inf, rel=1e-6)
    assert rise["high"] == pytest.approx(high / (1 - high) * e1 / e2 if high < 1 else math.inf, rel=1e-6)
    below = stats.binomtest(counts[1], sum(counts)).proportion_ci(0.9, method="exact").high
    assert rise["most"] == pytest.approx(below / (1 - below) * e1 / e2 if below < 1 else math.inf, rel=1e-6)
    x = rise["needed"]
    tail = stats.binom.sf([x - 1, x - 2], [counts[0] + x, counts[0] + x - 1], share)
    assert tail[0] <= 0.05 < tail[1]


def test_nobody_left():
    rise = poisson_rise((0, 0), (1.0, 1.0), 0.95)
    assert (rise["p_value"], math.isnan(rise["ratio"]), rise["most"]) == (1.0, True, math.inf)
    assert rise["needed"] == 5  # 1 / 2^5 < 0.05


def test_mean_rise_is_paired_where_all_are_in_both_and_welch_s_where_none_is():
    rng = np.random.default_rng(0)
    x = rng.normal(size=40)
    y = x + rng.normal(0.1, 0.1, 40)
    rise, error = mean_rise(x, y)
    assert rise == pytest.approx((y - x).mean())
    assert error == pytest.approx((y - x).std(ddof=1) / math.sqrt(40), rel=1e-9)
    gone = np.full(40, np.nan)
    none = mean_rise(np.append(x, gone), np.append(gone, y))[1]
    assert none == pytest.approx(math.sqrt(x.var(ddof=1) / 40 + y.var(ddof=1) / 40))
    assert math.isnan(mean_rise(np.append(x[:1], gone), np.append(gone[:1], y))[0])


def test_mean_rise_by_simulation():
    """Samples that overlap in part: the error is the spread of the difference."""
    rng = np.random.default_rng(0)
    rises, errors = [], []
    for _ in range(2000):
        common = rng.normal(size=30)
        x = np.concatenate([common + rng.normal(0, 0.3, 30), rng.normal(size=10), np.full(20, np.nan)])
        y = np.concatenate([common + rng.normal(0, 0.3, 30), np.full(10, np.nan), rng.normal(size=20)])
        rise, error = mean_rise(x, y)
        rises.append(rise)
        errors.append(error)
    assert np.std(rises) == pytest.approx(np.mean(errors), rel=0.06)


# Bad input


def test_nobody_at_risk():
    history = History(phone())
    for day in PERIODS[:2]:
        history.add(day, {"id": ["A"], "calls": [-1.0], "reply_hours": [24.0]}, on_bad="set_aside")
    with pytest.raises(DataError, match="nobody of an ideal segment was at risk"):
        history.alarm({"customer": ["A"], "time": ["2026-05-01"]}, periods=PERIODS)


@pytest.mark.parametrize(("arguments", "rule"), [
    ({"left": {"customer": ["A"], "time": [None]}}, "missing-time"), ({"left": {"customer": ["A"], "time": ["soon"]}}, "not-a-date"),
    ({"left": {"customer": [None], "time": ["2026-02-01"]}}, "missing-customer"), ({"customer": "who"}, "missing-column"),
    ({"time": "when"}, "missing-column"), ({"periods": PERIODS[:2]}, "periods"), ({"periods": ("2026-04-01", *PERIODS[::2])}, "periods"),
    ({"periods": ("2026-01-01", "x", "2026-06-30")}, "not-a-date"), ({"periods": ("2025-01-01", *PERIODS[1:])}, "no-scoring"),
    ({"periods": ("2026-01-01", "2026-02-01", "2026-03-01")}, "no-scoring"), ({"margin": -1}, "out-of-range"),
    ({"worth_naming": 1}, "out-of-range"), ({"confidence": 0.5}, "out-of-range"), ({"confidence": 1}, "out-of-range"),
])  # fmt: skip
def test_bad_arguments(arguments, rule):
    assert rules_of(lambda: SAME.alarm(**{"left": losses(2, 3), "periods": PERIODS} | arguments)) == [rule]
