"""The ledger where it is easily wrong: losses twice, moments of removal, names of other types, nobody at all."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

import outcomegap as og
from outcomegap.churn import Ledger
from outcomegap.errors import DataError
from tests.churn.phone import MODEL

TWICE = {
    "who": ["A", "B", "A", "C", "C"],
    "why": ["bugs", "bugs", "price", "price", "bugs"],
    "on": ["2025-01-10", "2025-01-10", "2026-01-10", None, "2025-06-01"],
    "mrr": [5.0, 1.0, 9.0, 2.0, 3.0],
}


def lost(ids):
    return Ledger({"who": ids, "why": ["bugs", "slow support"]}, customer="who", stated="why")


def scored(ids):
    return og.Scorer(MODEL).score({"id": ids, "calls": [1.0, 4.0], "reply_hours": [24.0, 40.0]})


def test_the_example_of_five():
    """Died; bugs; slow support; blank; "moved on": one event, one required, one experience, two unknown, 40 to 80 %."""
    for blank in ("", "  ", None, float("nan")):
        why = np.array(["died", "bugs", "slow support", blank, "moved on"], dtype=object)
        ledger = Ledger({"why": why}, stated="why")
        assert {row["root_cause"]: row["count"] for row in ledger.causes} == {
            "customer_event": 1, "required_outcome": 1, "appropriate_experience": 1, "unknown": 2,
        }  # fmt: skip
        both, only = ledger.avoidable.facts, ledger.avoidable.facts["only_unknown"]
        assert (both["low"], both["high"]) == (only["low"], only["high"]) == (0.4, 0.8)
        assert [row["text"] for row in ledger.unmatched] == ["moved on"]
        assert ledger.unmatched[0]["nearest"]


def test_stated_price_found_never_set_up():
    (row,) = Ledger({"s": ["price"], "f": ["never set up"]}, stated="s", found="f").rows()
    assert (row["stated"], row["found"], row["entry"], row["basis"]) == ("price", "never set up", "bad-set-up", "found")


# Lost twice


def test_a_customer_lost_twice_is_two_losses():
    ledger = Ledger(TWICE, customer="who", stated="why", date="on", value="mrr")
    assert len(ledger) == 5
    assert [row["month"] for row in ledger.by("month") if row["losses"]] == ["2025-01", "2025-06", "2026-01", None]


def test_only_the_last_loss_can_be_won_back():
    """A left for bugs, came back, and left for the price: that the bugs are gone brings A nowhere."""
    ledger = Ledger(TWICE, customer="who", stated="why", date="on", value="mrr")
    found = ledger.win_back(["unreliable"])
    assert [(row["customer"], row["value"]) for row in found] == [("C", 3.0), ("B", 1.0)]
    assert "1 earlier loss is not listed: the customer came back since, and left again later." in found.notes
    # A loss without a date is no earlier one: it stays, beside the one that has one.
    assert [row["customer"] for row in ledger.win_back(["budget"])] == ["A", "C"]
    undated = Ledger({name: values for name, values in TWICE.items() if name != "on"}, stated="why", value="mrr")
    assert len(undated.win_back(["unreliable"])) == 3


@pytest.mark.parametrize("on", [["2026-01-01", "2026-01-01"], [None, None], ["2026-01-01", dt.date(2026, 1, 1)]])
def test_the_same_loss_twice_is_an_error(on):
    frame = {"who": ["A", "A"], "why": ["bugs", "bugs"], "on": np.array(on, dtype=object)}
    with pytest.raises(
        DataError, match=r"holds 'A' in rows 0 and 1, on the same date, or without one; keep one row a loss"
    ):
        Ledger(frame, customer="who", stated="why", date="on")


def test_times_of_one_day_are_two_losses():
    frame = {"who": ["A", "A"], "why": ["bugs", "bugs"], "on": ["2026-01-01T09:00", "2026-01-01T10:00"]}
    assert len(Ledger(frame, customer="who", stated="why", date="on")) == 2


# Moments of removal


@pytest.mark.parametrize(
    ("left", "removed", "listed"),
    [
        ("2026-01-31", "2026-01-31", True),  # a day is meant to its end
        ("2026-01-31T23:59:59.999999", "2026-01-31", True),
        ("2026-02-01", "2026-01-31", False),
        ("2026-01-31T10:00", "2026-01-31T10:00", True),
        ("2026-01-31T10:00:01", "2026-01-31T10:00", False),
        ("2026-01-31T23:30-02:00", "2026-01-31", False),  # the first of February in UTC
        ("2026-02-01T00:30+02:00", "2026-01-31", True),
    ],
)
def test_who_left_before_the_cause_was_removed(left, removed, listed):
    ledger = Ledger({"why": ["bugs"], "on": [left]}, stated="why", date="on")
    assert len(ledger.win_back({"unreliable": removed})) == listed


def test_win_back_where_days_are_missing():
    ledger = Ledger({"why": ["bugs", "bugs"], "on": [None, None]}, stated="why", date="on")
    found = ledger.win_back({"unreliable": "2026-01-01"})
    assert len(found) == 0
    assert "2 more left for such a cause on a day that is unknown." in found.notes
    assert len(ledger.win_back(["unreliable"])) == 2
    assert len(ledger.win_back(["unreliable", "unreliable"])) == 2


# Names


@pytest.mark.parametrize(("ids", "theirs"), [([1, 2], ["1", "2"]), (["1", "2"], [1, 2]), ([1.5, 2.5], ["1.5", "2.5"])])
def test_names_of_another_type_are_told(ids, theirs):
    with pytest.raises(DataError, match=r"make both the same type"):
        lost(ids).against(scored(theirs))


def test_whole_numbers_are_the_same_customer_whatever_holds_them():
    for theirs in ([1.0, 2.0], np.array([1, 2], dtype=np.int32), np.array([1, 2], dtype=np.uint8)):
        assert lost([1, 2]).against(scored(theirs)).facts["counts"]["not in the scores"] == 0


def test_customers_who_are_in_no_scoring_stand_apart():
    found = lost(["A", "Z"]).against(scored(["A", "B"]))
    assert (
        found.facts["counts"]["not in the scores"],
        found.facts["counts"]["judged"],
        found.parts["answers"].find("side")["of"],
    ) == (
        1,
        1,
        1,
    )


@pytest.mark.parametrize(("ids", "theirs"), [(["Y", "Z"], ["A", "B"]), ([1, 2], [3, 4]), (["A ", "B "], ["A", "B"])])
def test_names_that_never_meet_are_told_with_one_of_each_side(ids, theirs):
    with pytest.raises(DataError) as caught:
        lost(ids).against(scored(theirs))
    assert f"no customer of the ledger is in the scores: {ids[0]!r} in the ledger, {theirs[0]!r} in" in str(
        caught.value
    )
    assert [problem.rule for problem in caught.value.problems] == ["no-common-id"]


def test_nobody_lost_meets_nobody():
    found = Ledger({"who": np.array([], dtype=object), "why": np.array([], dtype=object)}, customer="who", stated="why")
    assert found.against(scored(["A", "B"])).parts["answers"].find("side")["of"] == 0


# Many


def test_many_texts_that_fit_nothing_are_all_kept(monkeypatch):
    monkeypatch.setattr("outcomegap.churn.ledger.SUGGESTED", 2)
    ledger = Ledger({"why": ["moved on", "moved on", "slow suport", "moved away soon"]}, stated="why")
    rows = ledger.unmatched.rows()
    assert [row["losses"] for row in rows] == [2, 1, 1]
    assert [row["nearest"] is not None for row in rows] == [True, True, False]
    assert any("at the 2 most frequent" in note for note in ledger.unmatched.notes)


def test_a_column_that_is_no_column_of_phases():
    """Each of thousands of wrong texts is not told by itself."""
    texts = [f"step {n}" for n in range(500)]
    with pytest.raises(
        DataError, match=r"phase: column 'at' holds 'step 0', which is not a phase.*\(500 rows"
    ) as caught:
        Ledger({"why": ["bugs"] * 500, "at": texts}, stated="why", phase="at")
    assert len(caught.value.problems) == 1
