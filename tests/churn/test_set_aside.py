"""Rows with problems: raised all at once, or set aside, told and in no count."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

import outcomegap as og
from outcomegap.churn import Ledger
from outcomegap.errors import DataError
from tests.frames.kinds import KINDS, listed, make

NAMES = {"customer": "who", "stated": "why", "date": "on", "value": "mrr", "phase": "at"}
ROWS = {
    #       fine, again, date is none, fine, too late, value below 0, no name, no phase, fine
    "who": ["A", "A", "B", "C", "D", "E", None, "F", "A"],
    "why": ["bugs", "price", "bugs", "died", "bugs", "bugs", "bugs", "bugs", "slow support"],
    "on": ["2026-01-05", "2026-01-05", "soon", "2026-02-01", "2026-05-01", None, None, None, "2026-03-31"],
    "mrr": [1.0, 2.0, 3.0, 4.0, 5.0, -6.0, 7.0, 8.0, 9.0],
    "at": ["adopt", "adopt", "adopt", "adopt", "adopt", "adopt", "adopt", "adapt", "adopt"],
}
GOOD = [0, 3, 8]


def ledger(frame=None, **more):
    return Ledger(ROWS if frame is None else frame, **({**NAMES, "as_of": "2026-03-31", "on_bad": "set_aside"} | more))


def test_what_is_wrong_is_raised_all_at_once_or_set_aside():
    with pytest.raises(DataError) as caught:
        ledger(on_bad="raise")
    found = ledger()
    assert found.problems == caught.value.problems
    assert {problem.rule: problem.rows for problem in found.problems} == {
        "not-a-date": (2,), "later-than-as-of": (4,), "out-of-range": (5,), "unknown-phase": (7,),
        "missing-customer": (6,), "repeated-customer": (1,),
    }  # fmt: skip
    assert (len(found), found.set_aside, found.customers) == (3, 6, 2)


def test_the_rest_is_what_it_is_alone():
    alone = Ledger({name: [values[row] for row in GOOD] for name, values in ROWS.items()}, **NAMES)
    found = ledger()
    assert found.causes.rows() == alone.causes.rows()
    assert found.avoidable.facts == alone.avoidable.facts
    assert found.lost_value == alone.lost_value == 14
    assert found.concentration()[0] == alone.concentration()[0]
    assert [row for row in found.rows() if row["told"] != "set_aside"] == alone.rows()
    assert found.by("month").rows() == alone.by("month").rows()
    assert found.win_back(["unreliable"]).rows() == alone.win_back(["unreliable"]).rows()
    assert (alone.set_aside, alone.problems) == (0, ())


@pytest.mark.parametrize("kind", KINDS)
def test_rows_stand_where_they_stood(kind):
    back = listed(ledger(make(kind, ROWS)).to_frame())
    assert [None if name != name else name for name in back["customer"]] == ROWS["who"]
    assert [row for row, told in enumerate(back["told"]) if told != "set_aside"] == GOOD
    assert [back["entry"][row] for row in GOOD] == ["unreliable", "died", "wasting-time"]
    assert all(back[name][1] is None or back[name][1] != back[name][1] for name in ("entry", "date", "month", "value"))


def test_pandas_keeps_its_index():
    frame = pd.DataFrame(ROWS, index=list("ihgfedcba"))
    assert list(ledger(frame).to_frame().index) == list("ihgfedcba")


def test_it_is_told():
    text = str(ledger())
    assert text.startswith(
        "3 losses of 2 customers: 3 by the stated reason, 0 by your own finding, 0 unknown; 6 rows set"
    )
    assert "6 rows set aside, and in no count (ledger.problems):" in text
    assert "holds 'A' in rows 0 and 1, on the same date" in text
    assert "set aside" in ledger()._repr_html_()
    assert "set aside" not in str(Ledger({"s": ["bugs"]}, stated="s"))


def test_without_names_rows_are_those_of_the_frame():
    found = Ledger({"s": ["bugs", "bugs"], "d": ["soon", "2026-01-01"]}, stated="s", date="d", on_bad="set_aside")
    assert [row["row"] for row in found.win_back(["unreliable"])] == [1]


def test_against_the_rest():
    calls = og.SuccessGap("calls made", og.Measure("calls", low=0), floor=0, target=4)
    reply = og.Expectation("support replies", og.Measure("hours", low=0), floor=48, target=24)
    outcome = og.DesiredOutcome(
        og.RequiredOutcome("sales", needs=calls), og.AppropriateExperience("how", expects=reply)
    )
    scorer = og.Scorer(og.OutcomeModel("phone", desired_outcomes=[outcome]))
    found = ledger().against(scorer.score({"id": ["A", "F"], "calls": [1, 1], "hours": [24, 24]}))
    assert sum(found.facts["counts"].values()) == 3
    assert listed(found.to_frame())["customer"] == ["A", "C", "A"]


def test_what_is_wrong_with_more_than_rows_is_raised():
    with pytest.raises(DataError) as caught:
        ledger(mapping={"price": "bugdet"})
    assert "unknown-entry" in {problem.rule for problem in caught.value.problems}
    with pytest.raises(DataError, match="no column 'whyy'"):
        ledger(stated="whyy")


def test_all_may_be_set_aside():
    found = Ledger({"s": ["bugs"], "d": ["soon"]}, stated="s", date="d", on_bad="set_aside")
    assert (len(found), found.set_aside, found.rows()[0]["told"]) == (0, 1, "set_aside")
    assert str(found).startswith("0 losses")


# Dates on which nobody left


@pytest.mark.parametrize("day", ["0001-01-01", "1026-02-03", "1899-12-31", "2200-01-01", "2926-05-06", "9999-12-31"])
def test_implausible_dates(day):
    for value in (day, dt.date.fromisoformat(day)):
        with pytest.raises(DataError, match=f"holds {day}, which is not a day of leaving") as caught:
            Ledger({"s": ["bugs"], "d": [value]}, stated="s", date="d")
        assert [problem.rule for problem in caught.value.problems] == ["implausible-date"]


def test_plausible_dates_whatever_holds_them():
    days = ["1900-01-01", "2199-12-31"]
    for values in (days, np.array(days, dtype="M8[D]"), np.array(days, dtype="M8[s]")):
        assert len(Ledger({"s": ["bugs", "bugs"], "d": values}, stated="s", date="d")) == 2


@pytest.mark.parametrize(
    ("left", "as_of", "late"),
    [
        ("2026-01-31T23:59", "2026-01-31", False),  # a day is meant to its end
        ("2026-02-01", dt.date(2026, 1, 31), True),
        ("2026-01-31T10:00", dt.datetime(2026, 1, 31, 10), False),
        ("2026-01-31T10:01", "2026-01-31T10:00", True),
        ("2026-01-31", np.datetime64("2026-01-31"), False),
        (None, "2026-01-31", False),
    ],
)
def test_nobody_has_left_later_than_the_data_were_taken(left, as_of, late):
    found = Ledger({"s": ["bugs"], "d": [left]}, stated="s", date="d", as_of=as_of, on_bad="set_aside")
    assert found.set_aside == late


def test_without_dates_as_of_changes_nothing():
    assert len(Ledger({"s": ["bugs"]}, stated="s", as_of="2026-01-31")) == 1
