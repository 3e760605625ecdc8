"""Who left for a cause since removed."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from outcomegap.churn import Ledger
from outcomegap.errors import DataError
from tests.frames.kinds import listed, make

LOST = {
    "who": ["A", "B", "C", "D", "E"],
    "why": ["bugs", "price", "crashes", "bugs", "bugs"],
    "look": [None, "never set up", None, None, "died"],
    "on": ["2026-01-31T17:00", "2026-02-01", "2026-02-02", None, "2026-01-01"],
    "mrr": [10.0, 30.0, 20.0, None, 5.0],
}
LEDGER = Ledger(LOST, customer="who", stated="why", found="look", date="on", value="mrr")


def names(listing):
    return [row["customer"] for row in listing]


def test_the_most_valuable_first_by_the_reason_that_counts():
    assert names(LEDGER.win_back(["unreliable"])) == names(LEDGER.win_back("unreliable")) == ["C", "A", "D"]
    assert names(LEDGER.win_back(["bad-set-up", "unreliable"])) == ["B", "C", "A", "D"]
    assert names(LEDGER.win_back(["budget"])) == []
    row = LEDGER.win_back(("bad-set-up",))[0]
    assert (row["stated"], row["found"], row["basis"], row["value"]) == ("price", "never set up", "found", 30.0)
    assert row["remedy"]


@pytest.mark.parametrize("day", ["2026-01-31", dt.date(2026, 1, 31), np.datetime64("2026-01-31")])
def test_only_those_who_left_before_the_cause_was_removed(day):
    found = LEDGER.win_back({"unreliable": day})
    assert names(found) == ["A"]
    assert found[0]["removed"] == dt.date(2026, 1, 31)
    assert any("1 more left for such a cause on a day that is unknown" in note for note in found.notes)
    assert names(LEDGER.win_back({"unreliable": "2026-01-31T16:00"})) == []
    assert names(LEDGER.win_back({"unreliable": "2026-02-02"})) == ["C", "A"]


def test_without_names_rows():
    assert LEDGER.win_back(["unreliable"]).columns.keys() >= {"customer", "left", "value"}
    bare = Ledger({"s": ["price", "bugs"]}, stated="s")
    assert bare.win_back(["unreliable"])[0]["row"] == 1


@pytest.mark.parametrize("kind", ["dict", "records", "pandas", "polars", "pyarrow", "duckdb"])
def test_the_same_kind_of_frame(kind):
    frame = make(kind, LOST)
    made = Ledger(frame, customer="who", stated="why", found="look", date="on", value="mrr")
    back = made.win_back({"unreliable": "2026-02-02"}).to_frame()
    assert type(back) is type(frame)
    assert listed(back)["customer"] == ["C", "A"]


def test_to_read():
    found = LEDGER.win_back(["unreliable"])
    assert str(found).startswith("3 lost customers left for a cause since removed: unreliable")
    assert "<table" in found._repr_html_()
    assert repr(found).startswith("<Listing of 3 rows")


@pytest.mark.parametrize(
    ("remedied", "says"),
    [
        (["unrelaible"], "did you mean 'unreliable'"),
        ([], "at least one entry"),
        ({"unreliable": "soon"}, "must be a date"),
        ({"unreliable": None}, "must be a date"),
        ({"unreliable": 3}, "must be a date"),
    ],
)
def test_bad_remedied(remedied, says):
    with pytest.raises(DataError, match=says):
        LEDGER.win_back(remedied)


def test_days_need_days():
    with pytest.raises(DataError, match="date="):
        Ledger({"s": ["bugs"]}, stated="s").win_back({"unreliable": "2026-01-01"})


def test_every_mistake_at_once():
    with pytest.raises(DataError) as caught:
        Ledger({"s": ["bugs"]}, stated="s").win_back({"unrelable": "2026-01-01", "budget": "soon"})
    found = [(problem.rule, problem.suggestion) for problem in caught.value.problems]
    assert found == [("missing-column", None), ("unknown-entry", "unreliable"), ("not-a-date", None)]
