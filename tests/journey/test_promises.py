"""Promises that cannot be kept: cells against brute force over the gates, customers by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import outcomegap as og
from outcomegap.errors import DataError
from outcomegap.journey import promises
from tests.frames.kinds import KINDS, listed, make

CALLS = og.SuccessGap("calls made", og.Measure("calls", unit="calls", low=0), floor=0, target=4)
LAW = og.SuccessGap(
    "allowed by law", og.Measure("licence", unit="of the licence", low=0, high=1), floor=0, target=1, bridgeable=False
)
CLIMATE = og.SuccessGap("climate", og.Measure("climate", low=0, high=1), floor=0, target=1, bridgeable=False)
REPLY = og.Expectation("support replies", og.Measure("reply_hours", low=0), floor=48, target=24)
HOW = og.AppropriateExperience("how", expects=REPLY)


def model(needs, promised=True, **more):
    outcome = og.DesiredOutcome(og.RequiredOutcome("sales", needs=needs, promised=promised), HOW, **more)
    return og.OutcomeModel("phone", desired_outcomes=[outcome])


def rows(**columns):
    count = len(next(iter(columns.values())))
    return {"id": [f"C{i}" for i in range(count)], "calls": [0.0] * count, "reply_hours": [24.0] * count} | columns


def broken(found):
    """Return the cells whose customers were promised what cannot be reached there."""
    return [cell for cell in found.parts.get("cells", found) if cell["promised"] and not cell["reachable"]]


def test_a_gap_that_cannot_be_bridged_blocks_who_has_not_bridged_it():
    found = promises(model(og.AllOf(CALLS, LAW)), rows(licence=[1.0, 0.0, 0.4, 0.6, np.nan]))
    assert found.columns["promise"].tolist() == [
        "can be kept",
        "cannot be kept",
        "cannot be kept",
        "can be kept",
        "not known",
    ]
    frame = found.to_frame()
    np.testing.assert_allclose(frame["best_required"], [1, 0, 0.4, 0.6, 0.5])
    assert frame["blocking"].tolist() == [None, "allowed by law", "allowed by law", None, "allowed by law"]
    assert frame["stands"].tolist()[2] == "0.4 of 1 of the licence"
    assert [row["id"] for row in found.parts["broken"]] == ["C1", "C2"]
    assert found.facts["counts"]["cannot be kept"] == 2


def test_who_was_not_promised_is_not_let_down():
    found = promises(model(og.AllOf(CALLS, LAW), promised=False), rows(licence=[0.0]))
    assert found.columns["promise"].tolist() == ["not promised"]
    assert (broken(found), len(found.parts["broken"])) == ([], 0)
    assert found.parts["cells"][0]["reachable"] is False


def test_the_threshold_counts_not_the_path_alone():
    """A mean is reached in part: the check is content with a path, here R must reach achieved_at."""
    needs = og.Mean(CALLS, LAW, weights=(1, 3))
    assert og.check(model(needs)) == ()
    cell = broken(promises(model(needs)))[0]
    assert (cell["best"], cell["achieved_at"], cell["blocking"]) == (0.25, 0.5, "allowed by law")
    assert broken(promises(model(needs, achieved_at=0.25))) == []


def test_whatever_the_check_finds_is_found():
    blocked = model(og.AllOf(CALLS, og.AnyOf(LAW, CLIMATE)))
    assert [f.rule for f in og.check(blocked)] == ["unreachable-promise"]
    assert broken(promises(blocked))[0]["best"] == 0.0
    fine = model(og.AnyOf(CALLS, LAW))
    assert (og.check(fine), broken(promises(fine))) == ((), [])


def test_a_target_beyond_hard_limits_is_reached_as_far_as_these_allow():
    far = og.SuccessGap("far", og.Measure("far", low=0, high=2), floor=0, target=10)
    low = og.SuccessGap(
        "low", og.Measure("low", low=5, high=50), floor=20, target=0, curve=[(0, 0), (0.75, 0.5), (1, 1)]
    )
    cell = promises(model(far))[0]
    assert (cell["best"], cell["reachable"]) == (0.2, False)
    assert promises(model(low))[0]["best"] == pytest.approx(0.5)
    found = promises(model(far), rows(far=[2.0]))
    assert found.columns["promise"].tolist() == ["cannot be kept"]
    assert found.to_frame()["blocking"].tolist() == [None]


def test_per_cell_targets_and_a_customer_s_own():
    licence = og.SuccessGap(
        "allowed by law", og.Measure("licence", low=0), floor=0, target=og.column("needed"), bridgeable=False
    )
    found = promises(model(og.AllOf(CALLS, licence)), rows(licence=[2.0, 2.0, 2.0], needed=[2.0, 10.0, np.nan]))
    assert found.columns["promise"].tolist() == ["can be kept", "cannot be kept", "not known"]


def brute(node, attained):
    """R of a gate over steps that are all 0 or 1."""
    if isinstance(node, og.SuccessGap):
        return attained[node.name] * np.prod([brute(step, attained) for step in node.after])
    below = [brute(child, attained) for child in node.children]
    if isinstance(node, og.AllOf):
        return float(all(below))
    if isinstance(node, og.AnyOf):
        return float(any(below))
    return float(sum(below) >= node.k)


@st.composite
def gates(draw, depth=2):
    names = draw(st.lists(st.integers(0, 6), min_size=2, max_size=4, unique=True))
    steps = [og.SuccessGap(f"g{i}", og.Measure(f"m{i}"), floor=0, target=1, bridgeable=i % 3 != 0) for i in names]
    children = [draw(gates(depth=depth - 1)) if depth and draw(st.booleans()) else step for step in steps]
    children = list(dict.fromkeys(children))
    kind = draw(st.sampled_from(["all", "any", "least"]))
    if kind == "least":
        return og.AtLeast(draw(st.integers(1, len(children))), *children)
    return (og.AllOf if kind == "all" else og.AnyOf)(*children)


@settings(max_examples=60, deadline=None)
@given(gates())
def test_cells_against_brute_force(needs):
    one = model(needs)
    if any(f.severity == "error" for f in og.check(one)):
        return
    attained = {step.name: float(getattr(step, "bridgeable", True)) for step in one.steps}
    assert promises(one)[0]["best"] == pytest.approx(brute(needs, attained), abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(gates(), st.integers(0, 1000))
def test_customers_are_scored_again_at_their_best(needs, seed):
    """R at the best is what scoring customers with every bridgeable gap at its target gives."""
    one = model(needs)
    if any(f.severity == "error" for f in og.check(one)):
        return
    rng = np.random.default_rng(seed)
    scorer = og.Scorer(one)
    frame = rows(**{m.name: rng.uniform(0, 1, 6) for m in one.measures if m.name != "reply_hours"})
    best = dict(frame)
    for step in one.steps:
        if getattr(step, "bridgeable", True) and step.side == "required":
            best[step.measure.name] = np.ones(6)
    expected = scorer.score(best).required
    np.testing.assert_allclose(promises(scorer, frame).to_frame()["best_required"], expected, rtol=0, atol=1e-12)


def two_segments():
    outcome = og.DesiredOutcome(og.RequiredOutcome("sales", needs=og.AllOf(CALLS, LAW), promised=True), HOW)
    segments = [og.Segment("hobby", ideal=False), og.Segment("firm")]
    return og.OutcomeModel("phone", desired_outcomes=[outcome], segments=segments)


def test_ideal_segments_first_then_value():
    frame = rows(
        licence=[0.0, 0.0, 0.2, 0.1], segment=["hobby", "firm", "firm", "firm"], mrr=[900.0, 10.0, 50.0, np.nan]
    )
    found = promises(two_segments(), frame, value="mrr")
    assert [cell["segment"] for cell in found.parts["cells"]] == ["firm", "hobby"]
    assert [row["id"] for row in found.parts["broken"]] == ["C2", "C1", "C3", "C0"]
    assert (found.facts["counts"]["cannot be kept"], found.facts["apart"]["cannot be kept"]) == (3, 1)
    assert "Not ideal: 1 cannot be kept" in str(found)
    assert found.parts["broken"][0]["value"] == 50.0


def test_rows_set_aside():
    scores = og.Scorer(two_segments()).score(rows(licence=[2.0, 0.0], segment=["firm", "firm"]), on_bad="set_aside")
    found = promises(scores.scorer, scores)
    assert found.columns["promise"].tolist() == [None, "cannot be kept"]
    assert (found.facts["counts"]["set aside"], len(found)) == (1, 2)


def test_the_cells_alone():
    found = promises(two_segments())
    assert found.to_frame()["reachable"].tolist() == [False, False]
    assert found.title == "2 cells of 2 promised, 2 of them out of reach"
    assert found.rows() == promises(two_segments(), rows(licence=[1.0], segment=["firm"])).parts["cells"].rows()


@pytest.mark.parametrize("kind", KINDS)
def test_any_frame(kind):
    found = promises(model(og.AllOf(CALLS, LAW)), make(kind, rows(licence=[1.0, 0.0])))
    assert listed(found.to_frame())["promise"] == ["can be kept", "cannot be kept"]
    assert type(found.parts["cells"].to_frame()) is type(found.parts["broken"].to_frame()) is type(found.to_frame())


@pytest.mark.parametrize("more", [{"value": "mrr"}, {"value": [1, 2]}, {"id": "who"}])
def test_bad_arguments(more):
    with pytest.raises(DataError):
        promises(model(og.AllOf(CALLS, LAW)), rows(licence=[1.0]), **more)
    with pytest.raises(DataError, match="another model"):
        promises(model(og.AllOf(CALLS, LAW)), og.Scorer(two_segments()).score(rows(licence=[1.0], segment=["firm"])))


@pytest.mark.parametrize("argument", ["segment", "stage", "goal"])
def test_columns_of_the_cell(argument):
    outcome = og.DesiredOutcome(og.RequiredOutcome("sales", needs=CALLS), HOW)
    other = og.DesiredOutcome(og.RequiredOutcome("fame", needs=CALLS), HOW)
    whole = og.OutcomeModel("all", desired_outcomes=[outcome, other], segments=["s"], stages=["t"])
    frame = rows(calls=[1.0], segment=["s"], stage=["t"], goal=["fame"])
    assert promises(whole, frame).columns["promise"].tolist() == ["not promised"]
    with pytest.raises(DataError, match="there is no column 'nowhere'"):
        promises(whole, frame, **{argument: "nowhere"})


def test_value_without_customers():
    with pytest.raises(DataError, match="no customers are given"):
        promises(two_segments(), value="mrr")
