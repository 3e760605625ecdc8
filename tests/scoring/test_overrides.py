"""Overrides: what holds, beside what is computed."""

from __future__ import annotations

import datetime as dt
import pickle

import numpy as np
import pandas as pd
import pytest

import outcomegap as og
from outcomegap import report
from outcomegap.errors import DataError
from outcomegap.frames.arrays import plain_values
from outcomegap.scoring import STATES
from outcomegap.scoring.states import Override
from tests.frames.kinds import KINDS, listed, make
from tests.scoring.example import email_customers, email_model, email_scores

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


@pytest.mark.parametrize("day", [pd.Timestamp("2026-01-31 12:00"), np.datetime64("2026-01-31T12"), "2026-01-31T12:00"])
def test_days_of_other_libraries(day):
    assert override(until=day).until == dt.date(2026, 1, 31)
    assert changed(override(), as_of=day).as_of == dt.date(2026, 1, 31)


# -- customers without a score ---------------------------------------------------------------------------------------

LACKING = int(np.flatnonzero(np.isnan(SCORES.desired) & (SCORES.cell >= 0))[0])
ASIDE = "C0"  # its row was set aside


def place(scores, name):
    return plain_values(scores.id[scores.order()]).index(name)


def test_who_lacks_data_stands_where_the_override_says():
    found = changed(override(f"C{LACKING}", state="failing", score=0.0))
    assert found.effective_score[LACKING] == 0.0
    assert np.isnan(found.desired[LACKING])
    assert found.effective_state[LACKING] == "failing"
    worst = int(((SCORES.state == "failing") & (SCORES.gap == 1)).sum())
    assert place(found, f"C{LACKING}") <= worst
    # without a score the state that somebody says is all there is to go by: behind all others in that state
    known = ~np.isnan(SCORES.gap)
    failing = int(((SCORES.state == "failing") & known & (SCORES.gap > 0)).sum())
    assert place(changed(override(f"C{LACKING}", state="failing")), f"C{LACKING}") == failing


def test_a_row_set_aside_without_a_state_is_uncertain_not_first():
    found = changed(override(ASIDE, state=None, score=0.3))
    states = found.effective_state[found.order()].tolist()
    assert found.effective_state[0] is None
    at = states.index(None)
    assert set(states[:at]) <= {"failing", "tolerating", "uncertain"}
    assert place(found, ASIDE) == at > 10
    both = changed(override(ASIDE, state="failing", score=0.3))
    assert set(both.effective_state[both.order()][: place(both, ASIDE)]) == {"failing"}


def test_everything_shows_those_without_a_score():
    found = changed(override(ASIDE, score=0.9), override("C1", state=None, score=0.3), override(f"C{LACKING}"))
    rows = {row["id"]: row for row in found.worklist()}
    assert [rows[name]["section"] for name in (ASIDE, "C1", f"C{LACKING}")] == [
        "set aside",
        "set aside",
        "in order of need",
    ]
    assert [rows[name]["effective_score"] for name in (ASIDE, "C1", f"C{LACKING}")] == [0.9, 0.3, None]
    for said in (str(found.worklist()), str(found.by("segment")), found.by()._repr_html_(), report(found)):
        assert "nan" not in said.lower()
    assert "C0 (computed: set aside): successful, score 90: they won (Sara, until 2026-01-31)" in str(found.by())


# -- groups, parents, changes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("names", [(), ("segment",), ("segment", "stage"), ("csm",)])
def test_groups_count_what_holds(names):
    """Each state of each group, counted one customer at a time; nobody is lost and nobody is twice."""
    rng = np.random.default_rng(4)
    states = [None, "failing", "tolerating", "uncertain", "successful"]
    said = [override(f"C{row}", state=str(rng.choice(states[1:])), score=None) for row in range(0, 60, 3)]
    said += [override(f"C{row}", state=None, score=0.5) for row in range(1, 60, 9)]
    said += [override(f"C{row}", until="2020-01-01") for row in range(2, 60, 7)]
    found = changed(*said)
    by, plain = found.by(*names), SCORES.by(*names)
    whole = (*by, *by.apart) if not names else tuple(by)
    assert sum(group.customers for group in whole) == 60
    assert sum(group.overridden for group in whole) == len(found.overrides)
    holds = found.effective_state
    counted = {state: sum(group.effective_counts[state] for group in whole) for state in STATES}
    assert counted == {state: int((holds == state).sum()) for state in STATES}
    for group, was in zip(by, plain, strict=True):
        # who was set aside has a state only where somebody says one
        assert group.customers - group.set_aside <= sum(group.effective_counts.values()) <= group.customers
        same = ("states", "state_counts", "gaps", "desired", "gap", "low", "high", "quantiles")
        assert [str(getattr(group, name)) for name in same] == [str(getattr(was, name)) for name in same]
        assert was.effective_counts == was.state_counts
        assert was.overridden == 0
    frame = by.to_frame()
    assert frame["overridden"].sum() == sum(group.overridden for group in by)
    for state in STATES:
        assert frame[f"effective_{state}"].tolist() == [group.effective_counts[state] for group in by]
    assert not {"overridden", "effective_failing"} & set(plain.to_frame())
    assert "overridden at 2026-01-31" in str(by)
    assert f"Expired and ignored: {len(found.expired)} overrides." in str(by)


def test_a_parent_counts_those_overridden_below():
    parents = ["P", "P", None, "Q", "Q"]
    scores = email_scores(5, spoil=0, missing=0)
    found = scores.with_overrides([override("C0"), override("C4"), override("C2")], as_of=DAY)
    assert found.roll_up(parents).to_frame()["overridden"].tolist() == [1, 1]
    assert "overridden" not in scores.roll_up(parents).to_frame()
    np.testing.assert_array_equal(found.roll_up(parents).desired, scores.roll_up(parents).desired)
    assert found.roll_up(parents).state.tolist() == scores.roll_up(parents).state.tolist()


def test_changes_are_of_what_is_computed():
    before, after = email_scores(40, seed=1, spoil=0), email_scores(40, seed=2, spoil=0)
    plain = after.change_since(before)
    said = [override("C3", score=0.1), override("C9", state="failing")]
    for one, other in ((said, []), ([], said), (said, said)):
        found = after.with_overrides(one, as_of=DAY).change_since(before.with_overrides(other, as_of=DAY))
        for name in ("id", "before", "after", "total", "model", "coverage", "data", "cell_expectations"):
            np.testing.assert_array_equal(getattr(found, name), getattr(plain, name))
        # who is overridden now is told below; the rest is the same text
        told = str(found).removeprefix(str(plain))
        assert ("2 customers are overridden" in told) == bool(one)
        assert bool(told) == bool(one)


def test_text_of_people_stays_text():
    evil = "<script>alert(1)</script>"
    found = changed(override("C7", state="failing", score=0, reason=f"=1+1 {evil}", author=f"@{evil}"))
    for page in (report(found, customers=60), found.by("segment")._repr_html_(), found.worklist()._repr_html_()):
        assert evil not in page
        assert "&lt;script&gt;" in page
    line = next(line for line in found.worklist().to_csv().splitlines() if line.startswith(("C7", f"{rank(found)},C7")))
    assert "'=1+1" in line
    assert f"'@{evil}" in line


def rank(scores):
    return next(row["rank"] for row in scores.worklist() if row["id"] == "C7")


def test_none_at_all():
    assert SCORES.with_overrides([], as_of=DAY).overrides == {}


# -- bad input -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "column"),
    [
        ({"customer": None}, "customer"),
        ({"customer": " "}, "customer"),
        ({"customer": float("nan")}, "customer"),
        ({"customer": pd.NaT}, "customer"),
        ({"state": None}, "state"),
        ({"state": "failling"}, "state"),
        ({"state": ["failing"]}, "state"),
        ({"state": np.array(["failing", "failing"])}, "state"),
        ({"score": np.timedelta64(0, "us")}, "score"),
        ({"score": np.complex64(0.5)}, "score"),
        ({"score": np.array([0.5])}, "score"),
        ({"score": 1.5}, "score"),
        ({"score": 72}, "score"),
        ({"score": -0.1}, "score"),
        ({"score": float("nan")}, "score"),
        ({"score": "0.5"}, "score"),
        ({"score": True}, "score"),
        ({"reason": " "}, "reason"),
        ({"author": None}, "author"),
        ({"until": "soon"}, "until"),
        ({"until": None}, "until"),
        ({"until": 20260131}, "until"),
        ({"until": pd.NaT}, "until"),
        ({"until": np.datetime64("NaT", "us")}, "until"),
    ],
)
def test_bad_override(more, column):
    with pytest.raises(DataError) as caught:
        override(**more)
    (problem,) = caught.value.problems
    assert (problem.rule, problem.column) == ("override", column)


def test_a_state_that_is_none_has_a_nearest():
    with pytest.raises(DataError) as caught:
        override(state="failling")
    assert caught.value.problems[0].suggestion == "failing"


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
        (3, "not a data frame"),
        ([3], "a row is a mapping|records|dict"),
        ({"customer": ["C7"]}, "no column 'reason'"),
    ],
)
def test_bad_overrides(overrides, says):
    with pytest.raises(DataError, match=says):
        SCORES.with_overrides(overrides, as_of=DAY)


def test_a_bad_frame_names_rows():
    frame = pd.DataFrame({"customer": ["C7", "C8"], "state": ["failing", "bad"], "reason": "r", "author": "a"})
    with pytest.raises(DataError, match="row 1: there is no such state"):
        SCORES.with_overrides(frame.assign(until=DAY), as_of=DAY)


def test_a_name_that_stands_twice():
    scores = email_scores(4, spoil=0, frame=lambda columns: columns | {"id": ["A", "A", "B", "C"]})
    with pytest.raises(DataError) as caught:
        scores.with_overrides([override("A")], as_of=DAY)
    assert [(p.rule, p.value, p.rows) for p in caught.value.problems] == [("repeated-id", "A", (0, 1))]


def test_a_name_of_another_type():
    scores = email_scores(4, spoil=0, frame=lambda columns: columns | {"id": [1, 2, 3, 4]})
    with pytest.raises(DataError, match="no customer '3': there ids have type int, this one has type str"):
        scores.with_overrides([override("3")], as_of=DAY)
    assert list(scores.with_overrides([override(np.int64(3))], as_of=DAY).overrides) == [2]


def test_hundreds_that_name_nobody():
    with pytest.raises(DataError, match="and 280 more") as caught:
        SCORES.with_overrides([override(f"D{number}") for number in range(300)], as_of=DAY)
    assert len(caught.value.problems) == 300


@pytest.mark.parametrize("as_of", [None, "today", 3, pd.NaT])
def test_bad_as_of(as_of):
    with pytest.raises(DataError, match="as_of must be a day"):
        SCORES.with_overrides([override()], as_of=as_of)


def test_who_lacks_data_and_is_overridden_with_a_score_is_in_order_of_need():
    customers = email_customers(40, seed=3, missing=0) | {"mrr": np.arange(40.0)}
    for name in ("delivery_rate", "list_size", "click_rate", "offer_score", "first_reply_hours", "training_days"):
        customers[name][5] = np.nan
    scores = og.Scorer(email_model()).score(customers)
    assert np.isnan(scores.desired[5])
    found = scores.with_overrides([override("C5", state="failing", score=0.0)], as_of=DAY)
    rows = {row["id"]: row for row in found.worklist()}
    assert rows["C5"]["section"] == "in order of need"
    assert [row["id"] for row in found.worklist(limit=5)].count("C5") == 1
    assert "they won" in str(found.worklist())
    assert "they won" in report(found)
    only_state = scores.with_overrides([override("C5", state="failing")], as_of=DAY)
    assert {row["id"]: row for row in only_state.worklist()}["C5"]["section"] == "in order of need"
    only_score = scores.with_overrides([override("C5", state=None, score=0.2)], as_of=DAY)
    assert {row["id"]: row for row in only_score.worklist()}["C5"]["section"] == "in order of need"


def test_what_is_said_does_not_change_and_nobody_else_is_touched():
    found = changed(override())
    with pytest.raises((TypeError, AttributeError)):
        SCORES.overrides[0] = override()
    with pytest.raises((TypeError, AttributeError)):
        found.overrides.clear()
    again = pickle.loads(pickle.dumps(found))
    assert again.overrides == found.overrides
    assert not again.effective_state.flags.writeable


def test_an_expired_override_is_ignored_even_if_its_customer_is_gone():
    found = changed(override("gone long ago", until="2020-01-01"), override())
    assert [o.customer for o in found.expired] == ["gone long ago"]
    with pytest.raises(DataError, match="there is no customer"):
        changed(override("gone long ago"))


def test_the_first_gap_is_of_the_side_of_the_state_that_holds():
    customers = {"id": ["A"], "a": [0.95], "w": [0.6]}
    gap = og.SuccessGap("a", og.Measure("a"), floor=0, target=1)
    wish = og.Expectation("w", og.Measure("w"), floor=0, target=1)
    goal = og.DesiredOutcome(og.RequiredOutcome("r", needs=gap), og.AppropriateExperience("e", expects=wish))
    scores = og.Scorer(og.OutcomeModel("m", desired_outcomes=[goal])).score(customers)
    firsts = [
        next(iter(scores.with_overrides([override("A", state=state)], as_of=DAY).worklist()))["next_gap"]
        for state in ("failing", "tolerating", "successful")
    ]
    assert firsts == ["a", "w", "w"]


def test_a_kept_column_called_as_an_override_is_not_lost():
    customers = email_customers(6, seed=3, missing=0) | {"override": list("abcdef")}
    found = og.Scorer(email_model()).score(customers).with_overrides([override("C1")], as_of=DAY)
    columns = found.worklist(keep=["override"]).columns
    assert sorted(columns["override (column)"].tolist()) == list("abcdef")
    assert columns["override"].sum() == 1


def test_numbers_beyond_floats_are_told():
    with pytest.raises(DataError, match="must hold numbers"):
        SCORES.numbers([10**400] * len(SCORES))
