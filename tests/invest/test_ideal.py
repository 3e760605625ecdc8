"""Segments that are not ideal are marked in what is listed, stand apart in counts, and set no threshold."""

from __future__ import annotations

import numpy as np
import pytest

import outcomegap as og
from outcomegap.invest import Action, Alternative, plan, switch_pressure, triage
from tests.invest.worlds import customers, model

FRAME = customers(np.random.default_rng(11), 60)
SEGMENT = np.array(FRAME["segment"])
ALL = og.Scorer(model()).score(FRAME, id="id")
SOME = og.Scorer(model(ideal=("mid", "big"))).score(FRAME, id="id")
DESK = Action("desk", {"reply_hours": 4, "calls": 4}, 2)
RIVAL = Alternative("rival", "competitor", measures={"calls": 4, "clicks": 0.1})


def test_triage_marks_them_and_takes_its_threshold_of_the_ideal():
    found = triage(SOME, value="mrr")
    assert [(row["segment"], row["ideal"]) for row in found] == [("mid", True), ("big", True), ("small", False)]
    half = FRAME["mrr"][SEGMENT != "small"].mean() / 2
    assert found.rows() == triage(SOME, value="mrr", worth=half).rows()
    assert "is half the mean of ideal customers." in found.notes[-1]
    assert "was said for all." in triage(SOME, value="mrr", worth=100).notes[-1]
    line = next(line for line in str(found).splitlines() if line.startswith("small"))
    assert "(not ideal)" in line


def test_triage_of_nobody_ideal():
    none = og.Scorer(model(ideal=())).score(FRAME, id="id")
    assert [row["advice"] for row in triage(none, value="mrr")] == [r["advice"] for r in triage(ALL, value="mrr")]


def test_a_column_of_ones_own_that_is_called_ideal():
    scores = og.Scorer(model(ideal=("mid",))).score(FRAME | {"ideal": ["a", "b"] * 30}, id="id")
    found = triage(scores, value="mrr", by="ideal")
    assert [(row["ideal"], row["ideal (triage)"]) for row in found] == [
        ("a", True),
        ("b", True),
        ("a", False),
        ("b", False),
    ]
    assert str(found).count("(not ideal)") == 2
    assert [line.split()[:2] for line in str(found).splitlines()[4:8]] == [
        ["a", "yes"],
        ["b", "yes"],
        ["a", "(not"],
        ["b", "(not"],
    ]


@pytest.mark.parametrize("per", ["segment", "customer"])
def test_a_plan_marks_them_and_says_what_they_return(per):
    found = plan(SOME, [DESK], value="mrr", per=per)
    assert found.value == pytest.approx(plan(ALL, [DESK], value="mrr", per=per).value)
    segment_of = dict(zip(FRAME["id"], FRAME["segment"], strict=True)) | {
        name: name for name in ("small", "mid", "big")
    }
    rows = found.rows()
    assert {row["ideal"] for row in rows} == {True, False}
    assert all(row["ideal"] == (segment_of[row["id" if per == "customer" else "segment"]] != "small") for row in rows)
    apart = [row for row in rows if not row["ideal"]]
    assert found.not_ideal == sum(row["customers"] for row in apart)
    value, cost = (sum(row[name] for row in apart) for name in ("value", "cost"))
    said = f"{found.not_ideal} of segments that are not ideal, who return {value:,.2f} of it for {cost:,.2f}."
    assert said in str(found)
    assert said in str(found.by_action())
    assert "(not ideal)" in str(found)


def test_a_plan_without_them_says_nothing_of_them():
    found = plan(SOME, [Action("desk", {"reply_hours": 4}, 2, segments=["mid"])], value="mrr")
    assert found.not_ideal == 0
    assert "not ideal" not in str(found)


def test_pressure_counts_them_apart():
    every, found = (switch_pressure(scores, [RIVAL], switching_cost=0.1) for scores in (ALL, SOME))
    assert np.array_equal(every.pressure, found.pressure, equal_nan=True)
    small, ahead = SEGMENT == "small", found.pressure > 1e-9
    assert found.to_frame()["ideal"].tolist() == (~small).tolist()
    text = str(found)
    assert f"ahead for {(ahead & ~small).sum()} of {(~small).sum()} customers of ideal segments" in text
    assert f"{(found.moves & ~small).sum()} would move, at a switching cost" in text
    assert f"Apart: {small.sum()} customers of segments that are not ideal; an alternative is ahead for " in text
    assert (
        f"{(ahead & small).sum()}, {(found.moves & small).sum()} would move, {(found.held & small).sum()} stay" in text
    )


def test_nothing_is_said_where_all_are_ideal():
    listed = triage(ALL, value="mrr"), plan(ALL, [DESK], value="mrr"), switch_pressure(ALL, [RIVAL])
    for one in listed:
        assert "ideal" not in one.columns
        assert "ideal" not in str(one)
