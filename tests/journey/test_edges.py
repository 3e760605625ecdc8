"""The journey where it is easily wrong: events on the edge, at one moment, out of order, or too late; other names."""

from __future__ import annotations

import numpy as np
import pytest

from outcomegap import journey
from outcomegap.errors import DataError
from outcomegap.stats import theil_sen
from tests.journey.phone import history_of

SIGNED, WELCOME, GOAL = "contract_signed", "welcome_call_held", "first_goal_reached"


def place(events, as_of="2026-06-01", **more):
    """Place customers by (customer, event, time)."""
    who, what, when = ([event[n] for event in events] for n in range(3))
    return journey.first_hundred_days({"customer": who, "event": what, "time": when}, as_of=as_of, **more)


def test_an_event_at_the_moment_of_looking_counts():
    events = [("A", SIGNED, "2026-01-01"), ("A", WELCOME, "2026-01-05T12:00:00")]
    assert place(events, "2026-01-05T12:00:00").find("A")["phase"] == "affirm"
    before = place(events, "2026-01-05T11:59:59.999999")
    assert (before.find("A")["phase"], before.facts["excluded"]) == ("admit", 1)
    assert place(events, "2026-01-05T15:30+03:30").find("A")["phase"] == "affirm"


def test_two_events_at_one_moment():
    for events in ([("A", SIGNED, "2026-01-01"), ("A", WELCOME, "2026-01-01")],
                   [("A", WELCOME, "2026-01-01"), ("A", SIGNED, "2026-01-01")]):  # fmt: skip
        days = place(events, "2026-01-11")
        assert (days.find("A")["phase"], days.find("A")["days_in_phase"], days.find("A")["day"]) == (
            "affirm",
            10.0,
            10.0,
        )
    made = journey.Milestones(["a", "b"]).progress({"customer": ["A", "A"], "event": ["b", "a"], "time": ["2026-01-01"] * 2},
                                                   as_of="2026-02-01", within_days=1)  # fmt: skip
    assert made.columns["steps"].tolist() == [2]
    assert made.parts["in_time"][1]["reached"] == 1


def test_phases_out_of_order():
    """The goal was reached before the yes: it is reached on the day of the yes, when the clock starts."""
    days = place([("A", GOAL, "2026-01-01"), ("A", SIGNED, "2026-01-05"), ("A", WELCOME, "2026-01-09")], "2026-02-01")
    row = days.find("A")
    assert (row["phase"], row["days_in_phase"], row["day"], row["days_to_first_value"]) == (
        "accomplish",
        27.0,
        27.0,
        0.0,
    )
    assert row["not_seen"] == "assess, activate, acclimate"
    assert {str(row[f"reached_{phase}"]) for phase in days.facts["phases"].names[:6]} == {"2026-01-05"}


def test_the_same_event_again_counts_from_the_first():
    days = place([("A", SIGNED, "2026-03-01"), ("A", SIGNED, "2026-01-01"), ("A", SIGNED, "2026-02-01")], "2026-04-01")
    assert days.find("A")["days_in_phase"] == 90.0


def test_a_customer_whose_clock_has_not_started():
    days = place([("A", WELCOME, "2026-01-01"), ("B", SIGNED, "2026-01-01")], "2026-12-01")
    assert (days.find("A")["phase"], days.find("A")["clock_started"], days.find("A")["day"]) == ("affirm", None, None)
    assert days.parts["cohorts"][-1]["customers"] == 1
    assert any("The clock of 1 customer has not started" in note for note in days.notes)


def test_looking_before_everything():
    log = {"customer": ["A", "B"], "event": [SIGNED, "login"], "time": ["2026-01-01T09:00", "2026-01-02T09:00"]}
    days = journey.first_hundred_days(log, as_of="2020-01-01")
    assert (len(days), days.facts["excluded"], days.facts["not_yet"], days.rows()) == (0, 2, ["A", "B"], [])
    first = journey.first_impression(log, as_of="2020-01-01")
    assert len(first) == 0
    assert [row["window"] for row in first.parts["summary"]] == ["first 5 minutes", "first session", "first 7 days"]
    assert first.notes == (
        "2 events later than 2020-01-01: in nothing here.",
        "2 customers have only such events.",
    )
    made = journey.Milestones([SIGNED]).progress(log, as_of="2020-01-01")
    assert (len(made), made.parts["vector"].facts["size"]) == (0, 0)


def test_cohorts_across_years():
    days = place(
        [("A", SIGNED, "2024-12-31T23:59:59"), ("B", SIGNED, "2025-01-01"), ("C", SIGNED, "2023-12-31")], "2026-01-01"
    )
    assert [row["month"] for row in days.parts["cohorts"]] == ["2023-12", "2024-12", "2025-01", None]


def test_more_days_than_there_are():
    """A window, horizon or span longer than all of time is no limit, and no number that does not fit."""
    events = [("A", SIGNED, "1970-01-01"), ("A", GOAL, "2026-01-01")]
    days = place(events, phases=journey.phases(horizon_days=1e15, window_days={"accomplish": 1e300}))
    assert {row["complete"] for row in days.parts["cohorts"]} == {0}
    assert days.find("A")["overdue"] is False
    log = {"customer": ["A"], "event": ["a"], "time": ["2026-01-01T09:00"]}
    first = journey.first_impression(log, as_of="2026-02-01", days=1e300, minutes=1e300, session_gap_minutes=1e300)
    assert first.parts["summary"][0]["still_open"] == 1
    made = journey.Milestones(["a"]).progress(log, as_of="2026-02-01", within_days=1e300)
    assert made.parts["in_time"][0]["too_young"] == 1


def test_a_contact_at_the_moment_of_one_before_follows_it_in_rows():
    frame = {"customer": ["A"] * 3, "kind": ["x", "y", "z"], "time": ["2026-01-01", "2026-01-01", "2025-01-01"],
             "satisfaction": [5, 8, 2]}  # fmt: skip
    made = journey.spectrum(frame)
    assert made.parts["contacts"].columns["before"].tolist()[:2] == [2.0, 5.0]
    assert made[0]["stands"] == 8.0


# The alarm

PERIODS = ("2026-01-01", "2026-02-01", "2026-03-01")
HISTORY = history_of({"2026-01-01": {"A": 1.0, "B": 2.0}, "2026-02-01": {"A": 1.0, "B": 2.0}})


def test_leavers_named_by_another_type_are_told():
    with pytest.raises(
        DataError, match=r"named by int .1. in left and str .'A'. in the scorings; make both the same type"
    ):
        HISTORY.alarm({"customer": [1, 2], "time": ["2026-01-10"] * 2}, periods=PERIODS)
    assert HISTORY.alarm({"customer": ["Z"], "time": ["2026-01-10"]}, periods=PERIODS).facts["unmatched"] == 1


def test_nobody_left_at_all():
    alarm = HISTORY.alarm({"customer": [], "time": []}, periods=PERIODS)
    assert alarm.facts["verdict"] == "cannot tell"
    assert "is not ruled out (without a bound)" in str(alarm)
    assert "Churn: nobody left earlier" in str(alarm)


def test_a_gap_that_is_not_known_is_said_in_words():
    alone = history_of({"2026-01-01": {"A": 1.0}, "2026-02-01": {"A": 2.0}})
    text = str(alone.alarm({"customer": ["A"], "time": ["2026-02-10"]}, periods=PERIODS))
    assert "Gap: not known, at most not known" in text
    assert "nan" not in text


# History


def test_customers_who_share_no_day():
    made = history_of({"2026-01-01": {"A": 1.0}, "2026-02-01": {"B": 2.0}})
    assert [row["slope"] for row in made.trend()] == [None, None]
    row = made.moved()[0]
    assert (row["compared"], row["came"], row["went"], row["data"]) == (0, 1, 1, None)


def test_trends_are_those_of_each_customer():
    rng = np.random.default_rng(0)
    days = [f"2026-{month:02}-01" for month in range(1, 10)]
    calls = {
        day: {name: None if rng.random() < 0.2 else float(rng.integers(0, 5)) for name in "ABCDEFGH"} for day in days
    }
    made = history_of(calls)
    times = [(np.datetime64(day) - np.datetime64("2026-01-01")).astype(int) for day in days]
    for row in made.trend(per_days=7):
        values = [np.nan if calls[day][row["customer"]] is None else calls[day][row["customer"]] / 4 for day in days]
        slope, low, _, points = (found[0] for found in theil_sen(times, [values]))
        assert row["slope"] == pytest.approx(7 * slope, abs=1e-12)
        assert (row["points"], row["models"]) == (points, 1)
        assert (row["low"] is None) == np.isnan(low)
    slopes = [row["slope"] for row in made.trend()]
    assert slopes == sorted(slopes)
    assert [row["slope"] for row in made.trend("gap")] == pytest.approx([-slope for slope in slopes])


def test_a_time_that_is_missing_beside_a_missing_customer_is_told_too():
    log = {"customer": [None, "A", "B"], "event": ["x", "x", "x"], "time": [None, "soon", None]}
    with pytest.raises(DataError) as caught:
        journey.first_hundred_days(log, as_of="2026-02-01")
    told = [(problem.rule, problem.rows) for problem in caught.value.problems]
    assert told == [("missing-customer", (0,)), ("not-a-date", (1,)), ("missing-time", (0, 2))]


def test_events_that_are_lists_have_no_name():
    log = {"customer": ["A", "B"], "event": [["x"], ["y"]], "time": ["2026-01-01", "2026-01-02"]}
    with pytest.raises(DataError, match="event: column 'event' holds lists or the like"):
        journey.first_hundred_days(log, as_of="2026-02-01")
