"""Scores over time: which model holds, series, trends, what moved, saving."""

from __future__ import annotations

import datetime as dt
import json

import numpy as np
import pytest

import outcomegap as og
from outcomegap.errors import DataError
from outcomegap.journey.history import History, load_history
from tests.frames.kinds import KINDS, listed, make
from tests.journey.errors import rules_of
from tests.journey.phone import history_of, phone, rows
from tests.numeric import Both
from tests.scoring.example import email_customers, email_model
from tests.scoring.test_joins import Geometric

DAYS = ("2026-01-01", "2026-01-11", "2026-01-21", "2026-01-31")
FALLS = {
    DAYS[0]: {"A": 4, "B": 1},
    DAYS[1]: {"A": 3, "B": 2},
    DAYS[2]: {"A": 2, "C": 4},
    DAYS[3]: {"A": 1, "B": 4, "C": 4},
}


def test_series_and_frame():
    history = history_of(FALLS)
    series = history.series("A")
    assert series.columns["desired"].tolist() == [1.0, 0.75, 0.5, 0.25]
    assert series.columns["state"].tolist() == ["successful", "successful", "successful", "failing"]
    assert series[0]["date"] == dt.date(2026, 1, 1)
    assert "B on 3 of 4 days" in str(history.series("B"))
    frame = history.observations().to_frame()
    assert frame["customer"].tolist() == ["A", "B", "A", "B", "A", "C", "A", "B", "C"]
    assert np.nansum(frame["desired"]) == pytest.approx(1 + 0.25 + 0.75 + 0.5 + 0.5 + 1 + 0.25 + 1 + 1)
    assert history.customers == ("A", "B", "C")
    assert [str(day) for day in history.dates] == list(DAYS)


def test_days_may_come_in_any_order():
    there, back = History(phone()), history_of(FALLS)
    for day in reversed(DAYS):
        assert there.add(day, rows(FALLS[day])) is there
    assert there.dates == back.dates
    assert there.customers == back.customers
    np.testing.assert_array_equal(there.observations().to_frame()["desired"], back.observations().to_frame()["desired"])


def test_models_hold_from_their_day_on():
    old, new = phone(), phone(target=8)
    history = History({"2026-01-15": new, "2026-01-01": old})
    assert history.model_at("2026-01-14") == old
    assert history.model_at("2026-01-14T23:59") == old
    assert history.model_at(dt.date(2026, 1, 15)) == new
    for day in DAYS:
        history.add(day, rows({"A": 4}))
    assert history.series("A").columns["desired"].tolist() == [1.0, 1.0, 0.5, 0.5]
    assert history.series("A")[3]["model"] == "phone (since 2026-01-15)"
    moved = history.moved().rows()
    assert [row["expectations"] for row in moved] == [0.0, -0.5, 0.0]
    assert [row["data"] for row in moved] == [0.0, 0.0, 0.0]
    assert history.trend()[0]["models"] == 2
    with pytest.raises(
        DataError, match="no model holds on 2025-12-31: the first one, 'phone', does from 2026-01-01 on"
    ):
        history.add("2025-12-31", rows({"A": 4}))


def test_scores_are_taken_if_by_the_model_that_holds():
    history = History({"2026-01-01": phone(), "2026-02-01": phone(target=8)})
    scores = og.Scorer(phone()).score(rows({"A": 4}))
    history.add("2026-01-05", scores)
    assert history.scores("2026-01-05") is scores
    with pytest.raises(DataError, match=r"on 2026-02-05 the model 'phone \(since 2026-02-01\)' holds"):
        history.add("2026-02-05", scores)


def test_a_scorer_stands_for_its_model():
    assert History(og.Scorer(phone())).models == {None: phone()}


def numbered(ids):
    return {"id": ids, "calls": [4.0] * len(ids), "reply_hours": [24.0] * len(ids)}


def test_names_of_another_type_are_refused_and_leave_the_history_whole():
    history = History(phone()).add("2026-01-01", numbered([])).add("2026-01-03", numbered([1, 2]))
    said = r"named by int \(1\) in the scores of 2026-01-03 and str \('1'\) in the scores of 2026-01-04"
    with pytest.raises(DataError, match=said):
        history.add("2026-01-04", numbered(["1", "2"]))
    assert len(history) == 2
    history.add("2026-01-04", numbered([2, 3]))
    assert len(history.change()) == 1


def test_a_day_can_be_taken_out_and_put_in_again():
    history = History(phone()).add("2026-01-01", numbered(["1"])).add("2026-01-08", numbered(["1"]))
    with pytest.raises(DataError, match=r"2026-01-08 is there already; .* remove\('2026-01-08'\) takes it out"):
        history.add("2026-01-08", numbered(["1"]))
    assert history.remove("2026-01-08") is history
    assert [str(day) for day in history.dates] == ["2026-01-01"]
    with pytest.raises(DataError, match="nothing was scored on 2026-01-08"):
        history.remove("2026-01-08")
    history.remove("2026-01-01").add("2026-01-01", numbered([1]))  # of another type, now that nothing else is there
    assert history.customers == (1,)


# Trend


def test_trend_is_the_median_slope_the_worst_first():
    listing = history_of(FALLS).trend(per_days=10)
    a, b, c = (next(row for row in listing if row["customer"] == name) for name in "ABC")
    assert (a["slope"], a["points"], a["start"], a["now"]) == (pytest.approx(-0.25), 4, 1.0, 0.25)
    assert (a["first"], a["last"], a["low"]) == (dt.date(2026, 1, 1), dt.date(2026, 1, 31), None)
    assert b["slope"] == pytest.approx(np.median([0.25, 0.75 / 3, 0.5 / 2]))
    assert (c["points"], c["slope"]) == (2, 0.0)
    assert [row["customer"] for row in listing] == ["A", "C", "B"]
    gap = history_of(FALLS).trend("gap", per_days=10)
    assert [row["customer"] for row in gap] == ["A", "C", "B"]
    assert gap[0]["slope"] == pytest.approx(0.25)


def test_trend_leaves_out_what_is_not_known():
    history = history_of({DAYS[0]: {"A": 4}, DAYS[1]: {"A": None}, DAYS[2]: {"A": 2}})
    found = history.trend(per_days=20)[0]
    assert (found["points"], found["slope"]) == (2, -0.5)
    never = history_of({DAYS[0]: {"A": None}}).trend()[0]
    assert (never["points"], never["slope"], never["first"]) == (0, None, None)


# What moved


def test_what_moved_adds_up_and_ideal_segments_alone_count():
    model = phone(segments=[og.Segment("firm"), og.Segment("hobby", ideal=False)])
    history = History(model)
    history.add(DAYS[0], rows({"A": 4, "B": 4, "C": 2, "D": 1}, segment=["firm", "firm", "hobby", "firm"]))
    history.add(DAYS[1], rows({"A": 2, "B": None, "C": 0, "E": 1}, segment=["firm", "firm", "hobby", "firm"]))
    row = history.moved()[0]
    assert (row["compared"], row["apart"], row["not_split"], row["came"], row["went"]) == (1, 1, 1, 1, 1)
    parts = sum(row[name] for name in ("model", "expectations", "cell", "coverage", "data"))
    assert row["after"] - row["before"] == pytest.approx(parts, abs=1e-12) == pytest.approx(-0.5)
    assert history.change().causes["data"][0] == pytest.approx(-0.5)


def test_change_to_a_day():
    history = history_of(FALLS)
    assert history.change(DAYS[1]).total.tolist() == [-0.25, 0.25]
    assert history.change().total.tolist() == [-0.25, 0.0]
    for bad in (DAYS[0], None):
        with pytest.raises(DataError, match="no scoring before it"):
            (history if bad else History(phone())).change(bad)


# Saved


def test_saved_and_loaded(tmp_path):
    history = History({"2026-01-01": phone(), "2026-01-15": phone(target=8)})
    for day in DAYS:
        history.add(day, rows(FALLS[day]))
    history.save(tmp_path / "kept")
    again = load_history(tmp_path / "kept")
    assert again.models == history.models
    assert again.dates == history.dates
    assert again.observations().rows() == history.observations().rows()
    assert again.trend().rows() == history.trend().rows()


def test_a_model_may_hold_from_ever_on_until_another_does(tmp_path):
    old, new = phone(), phone(target=8)
    history = History({"2026-01-15": new, None: old}).add("1999-01-01", rows({"A": 4}))
    assert (history.model_at("1999-01-01"), history.model_at("2026-01-15")) == (old, new)
    history.save(tmp_path)
    assert load_history(tmp_path).models == history.models


def test_a_saved_history_is_replaced_and_nothing_else_is(tmp_path):
    history_of(FALLS).save(tmp_path)
    history_of({DAYS[0]: {"A": 4}}).save(tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == [f"{DAYS[0]}.json.gz", "history.json"]
    assert load_history(tmp_path).models == {None: phone()}
    other = tmp_path / "other"
    other.mkdir()
    (other / "letter.txt").write_text("dear")
    with pytest.raises(DataError, match="holds something else"):
        history_of(FALLS).save(other)
    with pytest.raises(DataError, match="cannot be written"):
        history_of(FALLS).save(other / "letter.txt")


def test_damaged_folders(tmp_path):
    with pytest.raises(DataError, match="holds no saved history"):
        load_history(tmp_path)
    history_of(FALLS).save(tmp_path)
    header = json.loads((tmp_path / "history.json").read_text())

    def broken(**changes):
        (tmp_path / "history.json").write_text(json.dumps(header | changes))

    broken(form=99)
    with pytest.raises(DataError, match="of form 99"):
        load_history(tmp_path)
    broken(days=["../elsewhere"])
    assert rules_of(lambda: load_history(tmp_path)) == ["damaged"]
    broken(models=[[None, "name = "]])
    with pytest.raises(DataError, match="the model in it cannot be read"):
        load_history(tmp_path)
    broken(models=[])
    with pytest.raises(DataError, match="holds no model"):
        load_history(tmp_path)
    broken(models=[[None, og.dumps(phone(target=8))]])
    with pytest.raises(DataError, match="are by another one"):
        load_history(tmp_path)
    broken(models="x")
    with pytest.raises(DataError, match="damaged"):
        load_history(tmp_path)
    (tmp_path / "history.json").write_text("{")
    with pytest.raises(DataError, match="damaged"):
        load_history(tmp_path)


def test_models_with_a_curve_gate_and_join_of_ones_own_come_back(tmp_path):
    late = og.curve("late", lambda z: z**3)
    calls = og.SuccessGap("calls made", og.Measure("calls", low=0), floor=0, target=4, curve=late)
    built = og.SuccessGap("list built", og.Measure("size", low=0), floor=0, target=9)
    reply = og.Expectation("support replies", og.Measure("reply_hours", low=0), floor=48, target=24)
    sales = og.RequiredOutcome("sales", needs=og.Numeric(Both(), calls, built))
    outcome = og.DesiredOutcome(sales, og.AppropriateExperience("how", expects=reply), join=Geometric())
    history = History(og.OutcomeModel("own", desired_outcomes=[outcome]))
    for day in DAYS[:2]:
        history.add(day, rows({"A": 3, "B": 1}, size=[4, 9]))
    history.save(tmp_path)
    own = {"curves": {"late": late}, "gates": {"both": Both()}, "joins": {"geometric": Geometric()}}
    again = load_history(tmp_path, **own)
    assert again.models == history.models
    assert again.observations().to_frame()["desired"].tolist() == history.observations().to_frame()["desired"].tolist()
    for left in own:
        with pytest.raises(DataError, match=r"pass your own curves with load_history\(path, curves=...\)"):
            load_history(tmp_path, **{name: given for name, given in own.items() if name != left})


# Any frame, bad input


@pytest.mark.parametrize("kind", KINDS)
def test_any_frame(kind):
    history = History(phone())
    for day in DAYS[:2]:
        history.add(day, make(kind, rows(FALLS[day])))
    assert listed(history.observations().to_frame())["desired"] == [1.0, 0.25, 0.75, 0.5]
    for frame in (history.trend().to_frame(), history.moved().to_frame(), history.series("A").to_frame()):
        assert type(frame) is type(history.observations().to_frame())


def test_a_large_model_over_time():
    history = History(email_model())
    for number, day in enumerate(DAYS):
        history.add(day, email_customers(60, seed=number), id="id")
    row = history.moved()[1]
    assert row["after"] - row["before"] == pytest.approx(
        sum(row[name] for name in ("model", "expectations", "cell", "coverage", "data")), abs=1e-12
    )
    assert len(history.trend()) == 60


@pytest.mark.parametrize(("models", "rule"), [
    ({}, "models"), ({"soon": phone()}, "not-a-date"),
    ({"2026-01-01": phone(), "2026-01-01T10:00": phone()}, "repeated-day"),
])  # fmt: skip
def test_bad_models(models, rule):
    assert rules_of(lambda: History(models)) == [rule]


@pytest.mark.parametrize(("arguments", "rule"), [
    ({"date": "soon"}, "not-a-date"), ({"date": None}, "not-a-date"), ({"date": DAYS[0]}, "repeated-day"),
    ({"customers": {"calls": [1], "reply_hours": [2]}}, "no-id"), ({"customers": rows({"A": 1}) | {"id": [None]}}, "missing-id"),
    ({"customers": {"id": ["A", "A"], "calls": [1, 1], "reply_hours": [2, 2]}}, "repeated-id"),
    ({"customers": rows({1: 1})}, "id-type"), ({"id": "name"}, "missing-column"),
])  # fmt: skip
def test_bad_additions(arguments, rule):
    history = history_of({DAYS[0]: {"A": 4}})
    assert rules_of(lambda: history.add(**{"date": DAYS[1], "customers": rows({"A": 4})} | arguments)) == [rule]
    assert len(history) == 1


@pytest.mark.parametrize(("call", "rule"), [
    (lambda h: h.scores("2026-01-02"), "unknown-day"), (lambda h: h.scores("x"), "not-a-date"),
    (lambda h: h.series("Z"), "unknown-customer"), (lambda h: h.change("2026-01-02"), "unknown-day"),
    (lambda h: h.trend("desirable"), "unknown-value"),
    (lambda h: h.trend(per_days=0), "out-of-range"),
])  # fmt: skip
def test_bad_questions(call, rule):
    assert rules_of(lambda: call(history_of(FALLS))) == [rule]


def test_nothing_has_been_added():
    for ask in (History.observations, History.trend):
        with pytest.raises(DataError, match="nothing has been added"):
            ask(History(phone()))


def test_what_columns_are_called_is_asked_of_frames_alone():
    scores = og.Scorer(phone()).score(numbered(["1"]))
    with pytest.raises(TypeError, match="segment= says what a column of a frame is called"):
        History(phone()).add("2026-01-01", scores, segment="segment")
    with pytest.raises(TypeError, match="on_bad= says how a frame is scored"):
        History(phone()).add("2026-01-01", scores, on_bad="set_aside")
