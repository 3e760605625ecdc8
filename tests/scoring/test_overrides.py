"""Overrides: what holds, beside what is computed."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from outcomegap.errors import DataError
from outcomegap.scoring.overrides import Override
from tests.frames.kinds import KINDS, listed, make
from tests.scoring.example import email_scores

SCORES = email_scores(60, seed=3)
DAY = "2026-01-31"


def override(customer="C7", **more):
    return Override(customer, **({"state": "successful", "reason": "they won", "author": "Sara", "until": DAY} | more))


def lists(columns):
    return {name: np.asarray(values).tolist() for name, values in columns.items()}


def changed(*overrides, as_of=DAY):
    return SCORES.with_overrides(list(overrides), as_of=as_of)


# -- what holds ------------------------------------------------------------------------------------------------------


def test_what_is_computed_stays():
    found = changed(override(score=0.9), override("C9", state=None, score=0))
    for name in ("desired", "gap", "required", "experience", "low", "high", "state"):
        assert (getattr(found, name) == getattr(SCORES, name))[5:].sum() == (
            getattr(SCORES, name) == getattr(SCORES, name)
        )[5:].sum()
    assert found.effective_state[7] == "successful"
    assert found.effective_score[[7, 9]].tolist() == [0.9, 0.0]
    assert found.effective_state[9] == SCORES.state[9]
    rest = np.delete(np.arange(60), [7, 9])
    np.testing.assert_array_equal(found.effective_score[rest], SCORES.desired[rest])
    assert "override" not in SCORES.to_frame()


def test_it_ends():
    assert changed(override(), as_of="2026-01-31").overrides
    late = changed(override(), as_of=dt.date(2026, 2, 1))
    assert not late.overrides
    assert [o.author for o in late.expired] == ["Sara"]
    np.testing.assert_array_equal(late.order(), SCORES.order())


def test_one_after_the_other_is_fine():
    first, second = override(until="2026-01-01"), override(author="Tom", until="2026-06-01")
    assert changed(first, second).overrides[7].author == "Tom"


def test_the_order_of_need_follows_what_holds():
    last = int([row for row in SCORES.order() if not np.isnan(SCORES.gap[row])][-1])
    found = changed(override(f"C{last}", state="failing", score=0.0))
    before = int(((SCORES.state == "failing") & (SCORES.gap == 1)).sum())
    assert found.order().tolist().index(last) <= before < SCORES.order().tolist().index(last)
    assert [row["id"] for row in found.worklist()].index(f"C{last}") <= before


def test_shown_in_the_frame_beside_the_score():
    frame = changed(override(score=0.25)).to_frame()
    assert frame["override"].sum() == 1
    assert frame["desired"][7] == SCORES.desired[7]
    assert (frame["effective_score"][7], frame["override_score"][7]) == (0.25, 0.25)
    assert (frame["override_reason"][7], frame["override_author"][7]) == ("they won", "Sara")
    assert frame["override_until"][7] == np.datetime64(DAY)
    assert frame["override_state"][8] is None


def test_shown_in_the_worklist():
    found = changed(override(state="failing", score=0.1, reason="their sponsor left")).worklist(top=2)
    row = next(row for row in found if row["id"] == "C7")
    assert (row["state"], row["override_state"], row["effective_score"]) == (SCORES.state[7], "failing", 0.1)
    assert "failing, score 10: their sponsor left (Sara, until 2026-01-31)" in str(found)
    assert "override" not in str(SCORES.worklist())


@pytest.mark.parametrize("kind", ["dict", "records", "pandas", "polars", "pyarrow", "duckdb"])
def test_the_same_kind_of_frame(kind):
    scores = email_scores(12, spoil=0, frame=lambda columns: make(kind, lists(columns)))
    back = scores.with_overrides([override()], as_of=DAY).to_frame()
    assert type(back) is type(scores.to_frame())
    assert listed(back)["override"] == [row == 7 for row in range(12)]


@pytest.mark.parametrize("kind", KINDS)
def test_overrides_from_any_frame(kind):
    frame = make(
        kind,
        {
            "customer": ["C7", "C9"],
            "state": ["failing", None],
            "score": [None, 0.5],
            "reason": ["gone", "fine"],
            "author": ["Sara", "Tom"],
            "until": [dt.date(2026, 2, 1)] * 2,
        },
    )
    found = SCORES.with_overrides(frame, as_of=DAY)
    assert {row: (o.state, o.score) for row, o in found.overrides.items()} == {7: ("failing", None), 9: (None, 0.5)}


def test_none_at_all():
    assert SCORES.with_overrides([], as_of=DAY).overrides == {}


# -- bad input -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"customer": None}, "name the customer"),
        ({"customer": " "}, "name the customer"),
        ({"state": None}, "a state, a score, or both"),
        ({"state": "failling"}, "did you mean 'failing'"),
        ({"score": 1.5}, r"a number in \[0, 1\]"),
        ({"score": 72}, "72 of 100 is 0.72"),
        ({"score": -0.1}, r"a number in \[0, 1\]"),
        ({"score": float("nan")}, r"a number in \[0, 1\]"),
        ({"score": "0.5"}, r"a number in \[0, 1\]"),
        ({"score": True}, r"a number in \[0, 1\]"),
        ({"reason": " "}, "reason must be text"),
        ({"author": None}, "author must be text"),
        ({"until": "soon"}, "last day on which it holds"),
        ({"until": None}, "last day on which it holds"),
        ({"until": 20260131}, "last day on which it holds"),
    ],
)
def test_bad_override(more, says):
    with pytest.raises(DataError, match=says):
        override(**more)


def test_everything_wrong_at_once():
    with pytest.raises(DataError) as caught:
        override(state="good", score=7, reason="", author="", until="")
    assert len(caught.value.problems) == 5


@pytest.mark.parametrize(
    ("overrides", "says"),
    [
        ([override("C77")], "no customer 'C77'"),
        ([override("c7")], "did you mean 'C7'"),
        ([override(), override(author="Tom")], "by Sara and by Tom"),
        (override(), "a list of overrides"),
        (3, "no data frame"),
        ([3], "a row is a mapping|records|dict"),
        ({"customer": ["C7"]}, "no column 'reason'"),
    ],
)
def test_bad_overrides(overrides, says):
    with pytest.raises(DataError, match=says):
        SCORES.with_overrides(overrides, as_of=DAY)


def test_a_bad_frame_names_rows():
    frame = pd.DataFrame({"customer": ["C7", "C8"], "state": ["failing", "bad"], "reason": "r", "author": "a"})
    with pytest.raises(DataError, match="row 1: 'bad' is no state"):
        SCORES.with_overrides(frame.assign(until=DAY), as_of=DAY)


def test_a_name_that_stands_twice():
    scores = email_scores(4, spoil=0, frame=lambda columns: columns | {"id": ["A", "A", "B", "C"]})
    with pytest.raises(DataError, match="which is meant"):
        scores.with_overrides([override("A")], as_of=DAY)


@pytest.mark.parametrize("as_of", [None, "today", 3])
def test_bad_as_of(as_of):
    with pytest.raises(DataError, match="as_of is a day"):
        SCORES.with_overrides([override()], as_of=as_of)
