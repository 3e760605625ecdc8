"""Change: causes, the step that did most, frames and words."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import attrs
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings, strategies as st

import outcomegap as og
from outcomegap.frames import wrap
from outcomegap.model import Cell
from outcomegap.scoring.change import CAUSES, Change, LineExplanation, explain
from outcomegap.testing import random_model, random_rows
from tests.explanation import exact
from tests.scoring.example import email_customers, email_model, example, frame


def change_of(frame: Any = dict) -> Change:
    scorer = og.Scorer(email_model())
    before, after = (scorer.score(frame(email_customers(200, seed))) for seed in (1, 2))
    return after.change_since(before)


def test_causes_add_up_to_the_total() -> None:
    change = change_of()
    known = ~np.isnan(change.total)
    assert list(change.causes) == list(CAUSES)
    assert np.abs(sum(change.causes.values()) - change.total)[known].max() <= 1e-12
    np.testing.assert_array_equal(change.causes["data"], change.data.sum(axis=1))


def test_the_cause_is_the_largest_and_its_step_too() -> None:
    change = change_of()
    for row in range(len(change)):
        parts = {name: abs(change.causes[name][row]) for name in CAUSES}
        if change.reason[row] is not None or not any(parts.values()):
            assert change.cause[row] is None
            assert change.step[row] is None
            continue
        assert parts[change.cause[row]] == max(parts.values())
        if change.cause[row] == "data":
            number = change.steps.index(change.step[row])
            assert abs(change.data[row, number]) == np.abs(change.data[row]).max()
        if change.cause[row] == "coverage":
            assert change.step[row] is None


def test_the_biggest_moves_come_first() -> None:
    change = change_of()
    biggest = change.biggest(20)
    sizes = np.abs(biggest.columns["total"])
    assert len(biggest) == 20
    assert sizes.tolist() == sorted(sizes, reverse=True)
    assert sizes[0] == np.nanmax(np.abs(change.total))
    one = biggest[0]
    assert one["after"] - one["before"] == pytest.approx(one["total"])
    assert len(change.biggest(10_000)) == (~np.isnan(change.total)).sum()
    assert len(change.biggest(0)) == 0


def test_what_moved_one_customer_adds_up() -> None:
    change = change_of()
    row = int(np.nanargmax(np.abs(change.total)))
    found = change.of(change.id[row])
    assert found.columns["part"].sum() == pytest.approx(change.total[row], abs=1e-12)
    assert found.facts["total"] == change.total[row]
    parts = np.abs(found.columns["part"])
    assert parts.tolist() == sorted(parts, reverse=True)
    with pytest.raises(og.DataError) as caught:
        change.of("nobody")
    assert caught.value.problems[0].rule == "unknown-value"
    unknown = change.of(change.id[np.flatnonzero(change.reason != None)[0]])  # noqa: E711
    assert (len(unknown), unknown.facts["total"]) == (0, None)


def test_the_parts_to_read() -> None:
    change = change_of()
    known = ~np.isnan(change.total) & change.ideal
    assert list(change.parts) == ["by cause", "moved most", "came and went"]
    for row in change.parts["by cause"]:
        part = change.causes[row["cause"]][known]
        assert (row["up"], row["down"]) == ((part > 1e-12).sum(), (part < -1e-12).sum())
        assert row["mean"] == pytest.approx(part.mean())
    assert len(change.parts["moved most"]) == 10
    scorer = og.Scorer(email_model())
    one, other = scorer.score(email_customers(5, 1)), scorer.score(email_customers(8, 1))
    grown, shrunk = other.change_since(one), one.change_since(other)
    assert [row["id"] for row in grown.parts["came and went"]] == grown.came.tolist() == ["C5", "C6", "C7"]
    assert {row["what"] for row in shrunk.parts["came and went"]} == {"went"}


@pytest.mark.parametrize(
    ("frame", "kind"), [(dict, dict), (pd.DataFrame, pd.DataFrame), (pl.DataFrame, pl.DataFrame), (pa.table, pa.Table)]
)
def test_frames_are_of_the_kind_that_came_in(frame: Any, kind: type) -> None:
    change = change_of(frame)
    made = change.to_frame()
    assert isinstance(made, kind)
    assert list(wrap(made).names) == [
        *("id", "before", "after", "total", "model", "expectations", "cell", "cell_expectations", "coverage", "data"),
        *("state_before", "state_after", "cell_before", "cell_after", "cause", "step", "reason", "ideal"),
    ]
    wide = change.to_frame(steps=True)
    assert len(wrap(wide).names) == 18 + 3 * 6


def test_an_id_called_like_a_column_of_the_change() -> None:
    scorer = og.Scorer(email_model())
    frames = []
    for seed in (1, 2):
        customers = email_customers(5, seed)
        customers["data"] = customers.pop("id")
        frames.append(scorer.score(customers, id="data"))
    made = frames[1].change_since(frames[0]).to_frame()
    assert made["data"].tolist() == [f"C{number}" for number in range(5)]
    assert made["data (change)"].dtype == np.float64


def test_results_cannot_be_changed() -> None:
    change = change_of()
    for name in ("before", "data", "expectations", "reason"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(change, name)[0] = 0


# What moved scores, in words


def test_words_for_the_whole() -> None:
    text = str(change_of())
    assert text.startswith("E-mail marketing: 200 customers in both scorings; the score moved by ")
    for words in ("what moved it", "the customer", "missing data", "another cell", "States: ", "Not compared: "):
        assert words in text
    assert len(change_of().text(3).splitlines()) == len(text.splitlines()) - 7


def test_nothing_moved() -> None:
    scores = og.Scorer(email_model()).score(email_customers(20, 1, missing=0))
    change = scores.change_since(scores)
    assert not change.parts["by cause"].columns["up"].any()
    assert len(change.parts["moved most"]) == 0


def words_of(value: float | None = 1.0, before: Any = 4, **fields: Any) -> str:
    """What is said when one step of the model is changed."""

    def scorer(measure: str = "calls", floor: Any = 0, target: Any = before, **others: Any) -> og.Scorer:
        about = og.Measure(measure, unit="calls")
        calls = og.SuccessGap("calls made", about, floor=floor, target=target, **others)
        other = og.SuccessGap("other", og.Measure("other"), floor=0, target=1)
        sales = og.RequiredOutcome("r", needs=og.AllOf(calls, other))
        suits = og.AppropriateExperience("e", expects=og.Expectation("w", og.Measure("w"), floor=0, target=1))
        return og.Scorer(og.OutcomeModel("m", desired_outcomes=[og.DesiredOutcome(sales, suits)]))

    rows = {"id": ["a"], "calls": [value], "visits": [4.0], "other": [1.0], "w": [1.0]}
    return scorer(**fields).score(rows).change_since(scorer().score(rows)).biggest()[0]["words"]


def test_words_for_expectations() -> None:
    assert words_of(target=8) == "our expectation: calls made, target 4 -> 8 calls"
    assert words_of(floor=-4) == "our expectation: calls made, floor 0 -> -4 calls"
    assert words_of(curve="smooth") == "our expectation: calls made, another curve"
    assert words_of(missing=0.25, value=None) == "our expectation: calls made, what it counts as while it is missing"
    said = words_of(before=og.column("visits"), measure="visits", target=8)
    assert said == "our expectation: calls made, target 4 -> 8 calls, measured by visits, no longer by calls"


def test_words_for_the_customers_own_target() -> None:
    scorer = og.Scorer(email_model())
    row = {name: values[:1] for name, values in email_customers(1, 1, missing=0).items()}
    row |= {"segment": ["enterprise"], "first_reply_hours": [6.0], "sla_hours": [4.0], "list_size": [50_000.0]}
    row |= {"delivery_rate": [0.99], "click_rate": [0.03], "training_days": [2.0]}
    change = scorer.score(row | {"sla_hours": [1.0]}).change_since(scorer.score(row))
    assert change.cause[0] == "data"
    assert change.biggest()[0]["words"] == "the customer: support replies, own target 4 -> 1 h"


def test_those_who_are_not_ideal_are_in_no_total() -> None:
    gap = og.SuccessGap("calls", og.Measure("calls"), floor=0, target=4)
    wish = og.Expectation("w", og.Measure("w"), floor=0, target=1)
    goal = og.DesiredOutcome(og.RequiredOutcome("r", needs=gap), og.AppropriateExperience("e", expects=wish))
    segments = ["firm", og.Segment("hobby", ideal=False)]
    scorer = og.Scorer(og.OutcomeModel("m", segments=segments, desired_outcomes=[goal]))
    rows = {"id": ["A", "B"], "segment": ["firm", "hobby"], "calls": [2, 4], "w": [1, 1]}
    now = scorer.score(rows | {"calls": [3, 2]})
    change = now.change_since(scorer.score(rows))
    assert change.ideal.tolist() == [True, False]
    assert [row["mean"] for row in change.parts["by cause"] if row["up"]] == [0.25]
    said = str(change)
    assert "moved by +25.0 points on average" in said
    assert "1 customer of segments that are not ideal; moved by -50.0 points" in said
    assert "B (not ideal)" in said
    assert change.to_frame()["ideal"].tolist() == [True, False]
    told = og.Override("A", state="failing", reason="they said so", author="Sara", until="2026-12-31")
    over = now.with_overrides([told], as_of="2026-01-01").change_since(scorer.score(rows))
    assert "they said so (Sara, until 2026-12-31)" in str(over)


# Against the exact chain of definitions, the figures promised, models and cells that change

ROWS = 5
PARTS = ("expectations", "cell_expectations", "data")


def carried(was: Cell, now: Cell, model: og.OutcomeModel) -> Cell:
    """The cell of the old customer in the new model: what it has of the old names, else where the customer is now."""
    kept = Cell(
        was.segment if was.segment in model.segment_names else now.segment,
        was.stage if was.stage in model.stage_names else now.stage,
        was.goal if was.goal in model.goals else now.goal,
    )
    return kept if kept in model.cells else now


def chain(before: Any, after: Any, row: int, old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """The exact parts of one customer."""
    was, now = (s.model.cells[s.cell[row]] for s in (before, after))
    x = {name: values[row] for name, values in old.items() if name not in ("segment", "stage", "goal")}
    y = {name: values[row] for name, values in new.items()}
    model = after.model
    points = [
        exact.Stand.of(before.model, was, x),
        exact.Stand.of(model, carried(was, now, model), x),
        exact.Stand.of(model, now, x),
        exact.Stand.of(model, now, y),
    ]
    moves = [exact.move(a, b) for a, b in pairwise(points)]
    names = (("model", "expectations"), ("cell", "cell_expectations"), ("coverage", "data"))
    parts: dict[str, Any] = {"before": points[0].desired(), "after": points[-1].desired()}
    for (jump, steps), move in zip(names, moves, strict=True):
        parts |= {jump: move.jump, steps: move.parts}
    return parts


def scorings(seed: int, *, same_model: bool = False, **traits: Any) -> tuple[Any, ...]:
    old = random_model(seed, columns=seed % 3 == 0, **traits)
    new = old if same_model else random_model(seed + 10**6, columns=seed % 3 == 0, **traits)
    x, y = random_rows(seed, old, ROWS), random_rows(seed + 1, new, ROWS)
    ids = {"id": [f"c{i}" for i in range(ROWS)]}
    return og.Scorer(old).score(x | ids), og.Scorer(new).score(y | ids), x, y


@pytest.mark.parametrize("same_model", [False, True])
@pytest.mark.parametrize("seed", range(60))
def test_parts_are_those_of_the_definition(seed: int, same_model: bool) -> None:
    before, after, x, y = scorings(seed, same_model=same_model, max_steps=5)
    change = after.change_since(before)
    for row in range(ROWS):
        if change.reason[row] is not None:
            assert all(np.isnan(getattr(change, name)[row]).all() for name in ("model", "cell", "coverage", *PARTS))
            continue
        expected = chain(before, after, row, x, y)
        for name in ("before", "after", "model", "cell", "coverage"):
            assert exact.near(getattr(change, name)[row], expected[name]), name
        for name in PARTS:
            for number, step in enumerate(change.steps):
                assert exact.near(getattr(change, name)[row, number], expected[name].get(step, 0)), (name, step)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10**6))
def test_parts_add_up_and_the_total_changes_sign(seed: int) -> None:
    before, after, *_ = scorings(seed, max_steps=14, max_cells=9)
    change, back = after.change_since(before), before.change_since(after)
    good = change.reason == None  # noqa: E711
    assert np.abs(sum(change.causes.values()) - change.total)[good].max(initial=0) <= 1e-12
    np.testing.assert_array_equal(change.total, -back.total)
    np.testing.assert_array_equal(change.before, before.desired)
    np.testing.assert_array_equal(change.after, after.desired)
    narrow = "floor and target of the old data are one number under the new expectations"
    assert good.tolist() == [
        not np.isnan(total) and why != narrow for total, why in zip(change.total, change.reason, strict=True)
    ]


# The figures promised, with the example of the design


def test_a_higher_click_rate_is_the_customers_own_doing() -> None:
    scorer = example()
    change = scorer.score(frame(click_rate=0.03)).change_since(scorer.score(frame()))
    assert change.before[0] == pytest.approx(5 / 24, abs=1e-12)
    assert change.after[0] == pytest.approx(5 / 12, abs=1e-12)
    parts = dict(zip(change.steps, change.data[0], strict=True))
    assert parts.pop("copy persuades") == pytest.approx(5 / 24, abs=1e-12)
    assert not any(parts.values())
    others = [change.model, change.expectations, change.cell, change.cell_expectations, change.coverage]
    assert not any(part.any() for part in others)
    assert change.biggest()[0]["words"] == "the customer: copy persuades, click_rate 0.015 -> 0.03"


def test_a_higher_target_is_our_expectation() -> None:
    before, after = example().score(frame()), example(1000).score(frame())
    change = after.change_since(before)
    assert change.after[0] == pytest.approx(5 / 48, abs=1e-12)
    parts = dict(zip(change.steps, change.expectations[0], strict=True))
    assert parts.pop("list built") == pytest.approx(-5 / 48, abs=1e-12)
    assert not any(parts.values())
    others = [change.model, change.data, change.cell, change.cell_expectations, change.coverage]
    assert not any(part.any() for part in others)
    assert change.biggest()[0]["words"] == "our expectation: list built, target 500 -> 1,000 contacts"


def test_a_customer_who_grew_into_another_segment() -> None:
    scorer = example()
    change = scorer.score(frame(segment="enterprise", list_size=25_000)).change_since(scorer.score(frame()))
    parts = {name: dict(zip(change.steps, getattr(change, name)[0], strict=True)) for name in PARTS}
    assert {name for name, part in parts["cell_expectations"].items() if part} == {"list built", "support replies"}
    assert {name for name, part in parts["data"].items() if part} == {"list built"}
    assert change.cause[0] == "cell"
    assert change.biggest()[0]["words"] == "another cell: startup/adopting -> enterprise/adopting, list built"


def test_what_became_known_is_missing_data_and_not_the_customer() -> None:
    scorer = example()
    before, after = scorer.score(frame(list_size=None)), scorer.score(frame(list_size=500, first_reply_hours=None))
    change = after.change_since(before)
    assert not change.data.any()
    assert change.coverage[0] == change.total[0] != 0
    assert change.biggest()[0]["words"] == "missing data: list built became known; support replies went missing"


def test_other_thresholds_move_the_state_and_not_d() -> None:
    model = example().model
    outcome = attrs.evolve(model.desired_outcomes[0], achieved_at=0.9)
    strict = og.Scorer(attrs.evolve(model, desired_outcomes=[outcome]))
    change = strict.score(frame(click_rate=0.03)).change_since(og.Scorer(model).score(frame(click_rate=0.03)))
    assert (change.state_before[0], change.state_after[0]) == ("successful", "failing")
    assert change.total[0] == 0
    assert change.cause[0] is None
    assert not any(np.any(part) for part in change.causes.values())


def test_new_weights_and_a_new_step_are_the_models_doing() -> None:
    model = example().model
    outcome = model.desired_outcomes[0]
    reply, training = outcome.experience.expects.children
    coach = og.Expectation("coach", og.Measure("coach", low=0, high=1), floor=0, target=1)
    suits = og.AppropriateExperience("how", expects=og.Mean(reply, training, coach, weights=(1, 1, 1)))
    wider = og.Scorer(attrs.evolve(model, desired_outcomes=[attrs.evolve(outcome, experience=suits)]))
    change = wider.score(frame() | {"coach": [1.0]}).change_since(og.Scorer(model).score(frame()))
    # The old data know nothing of the coach: E goes from 5/6 to the mean of 1 and 1/2, then becomes known: 5/6 again.
    assert change.model[0] == pytest.approx(0.25 * (3 / 4 - 5 / 6), abs=1e-15)
    assert change.coverage[0] == pytest.approx(0.25 * (5 / 6 - 3 / 4), abs=1e-15)
    assert not change.expectations.any()
    back = og.Scorer(model).score(frame()).change_since(wider.score(frame() | {"coach": [1.0]}))
    assert back.model[0] == pytest.approx(0, abs=1e-15)  # without the coach 5/6 as well
    assert back.biggest()[0]["words"].startswith(("our model", "nothing"))


def test_a_segment_that_the_new_model_does_not_have() -> None:
    old = example().model
    new = attrs.evolve(
        old,
        segments=[og.Segment("startup"), og.Segment("enterprise"), og.Segment("agency")],
    )
    narrow = attrs.evolve(new, segments=new.segments[1:])
    before = og.Scorer(old).score(frame())
    change = og.Scorer(narrow).score(frame(segment="agency")).change_since(before)
    assert not change.cell.any()
    assert not change.cell_expectations.any()
    assert (change.cell_before[0], change.cell_after[0]) == ("startup/adopting", "agency/adopting")
    moved = og.Scorer(new).score(frame(segment="enterprise")).change_since(before)
    assert moved.cell_expectations.any()


def test_who_came_who_went_and_who_cannot_be_compared() -> None:
    scorer = og.Scorer(email_model())
    first, second = email_customers(60, 1, missing=0.4), email_customers(60, 2, missing=0.4)
    second["id"] = [f"C{number}" for number in range(5, 65)]
    second["delivery_rate"][0] = 1.5
    before, after = scorer.score(first), scorer.score(second, on_bad="set_aside")
    change = after.change_since(before)
    assert change.came.tolist() == [f"C{number}" for number in range(60, 65)]
    assert change.went.tolist() == [f"C{number}" for number in range(5)]
    assert change.id.tolist() == second["id"][:55]
    assert change.reason[0] == "set aside now"
    assert change.state_after[0] is None
    assert np.isnan(change.total[0])
    lacking = np.isnan(change.before) | np.isnan(change.after)
    assert ((change.reason != None) == lacking).all()  # noqa: E711
    assert {*change.reason.tolist()} > {"needs data now", "needed data before"}
    assert np.isnan(change.data[lacking]).all()
    assert not np.isnan(change.data[~lacking]).any()


def test_old_data_that_the_new_expectations_cannot_use() -> None:
    def scorer(floor: float) -> og.Scorer:
        calls = og.SuccessGap("calls", og.Measure("calls"), floor=floor, target=og.column("quota"))
        wish = og.Expectation("w", og.Measure("w"), floor=0, target=1)
        outcome = og.DesiredOutcome(og.RequiredOutcome("r", needs=calls), og.AppropriateExperience("e", expects=wish))
        return og.Scorer(og.OutcomeModel("m", desired_outcomes=[outcome]))

    rows = {"id": ["a", "b"], "calls": [2.0, 2.0], "quota": [3.0, 4.0], "w": [1.0, 1.0]}
    before = scorer(0).score(rows)
    change = scorer(3).score(rows | {"quota": [4.0, 4.0]}).change_since(before)
    assert change.reason.tolist() == [
        "floor and target of the old data are one number under the new expectations",
        None,
    ]
    assert np.isnan(change.expectations[0]).all()
    assert change.total.tolist() == [0 - 2 / 3, 0 - 1 / 2]
    assert change.expectations[1].tolist() == [-0.5, 0]


def test_float32_scores_are_explained_in_double_precision() -> None:
    model = email_model()
    before = og.Scorer(model, dtype="float32").score(email_customers(80, 1))
    after = og.Scorer(model).score(email_customers(80, 2))
    change = after.change_since(before)
    good = change.reason == None  # noqa: E711
    assert np.abs(sum(change.causes.values()) - change.total)[good].max() <= 1e-12
    np.testing.assert_allclose(change.before, before.desired, atol=1e-6)


def test_nobody_in_both_and_nobody_at_all() -> None:
    scorer = og.Scorer(email_model())
    some, others = email_customers(5, 1), email_customers(5, 2) | {"id": list("abcde")}
    change = scorer.score(others).change_since(scorer.score(some))
    assert (len(change), len(change.came), len(change.went)) == (0, 5, 5)
    assert change.data.shape == (0, 6)
    assert "0 customers in both scorings, 5 came, 5 went" in str(change)
    assert len(change.biggest()) == 0
    nobody = scorer.score({name: values[:0] for name, values in some.items()})
    assert len(nobody.change_since(nobody)) == 0


def test_a_change_is_of_the_data_as_scored() -> None:
    customers = email_customers(30, 1, missing=0)
    scorer = og.Scorer(email_model())
    before, after = scorer.score(customers), scorer.score(email_customers(30, 2))
    moved = after.change_since(before).total
    customers["click_rate"][:] = 0.0
    assert np.array_equal(after.change_since(before).total, moved, equal_nan=True)


# Between any two points

MODEL = email_model()
SCORER = og.Scorer(MODEL)


def two(n: int = 60, missing: float = 0.15) -> tuple[dict[str, Any], dict[str, Any]]:
    start, end = email_customers(n, 1, missing), email_customers(n, 2, missing)
    end |= {name: start[name] for name in ("segment", "stage")}
    return start, end


def check(found: LineExplanation) -> None:
    """Parts and coverage add up wherever both scores are known."""
    known = ~np.isnan(found.total)
    added = np.where(found.applies, found.values, 0).sum(axis=1) + found.coverage
    assert known.any()
    assert np.abs(added - found.total)[known].max() <= 1e-12


@pytest.mark.parametrize("order", ["joint", "required_first"])
def test_frames_scores_and_rows_in_another_order(order: Any) -> None:
    start, end = two()
    found = explain(SCORER, start, end, order)
    check(found)
    scores = explain(SCORER, SCORER.score(start), SCORER.score(end), order)
    np.testing.assert_array_equal(found.values, scores.values)
    turned = explain(SCORER, {name: np.roll(values, 7) for name, values in start.items()}, end, order)
    np.testing.assert_array_equal(found.values, turned.values)
    np.testing.assert_array_equal(found.end, SCORER.score(end).desired)
    np.testing.assert_array_equal(found.start, SCORER.score(start).desired)
    assert found.order == order
    assert found.steps == tuple(step.name for step in MODEL.steps)


def test_one_customer_as_a_mapping_and_as_a_score() -> None:
    start, end = two(1, missing=0)
    one, other = ({name: values[0] for name, values in rows.items()} for rows in (start, end))
    found = explain(SCORER, one, other)
    np.testing.assert_array_equal(found.values, explain(SCORER, start, end).values)
    singles = SCORER.score_one(one), SCORER.score_one(other)
    np.testing.assert_array_equal(found.values, explain(SCORER, *singles).values)
    del other["click_rate"]
    assert explain(SCORER, one, other).observed[0].sum() == 5


def test_what_is_missing_at_one_point_only_is_coverage() -> None:
    start, _ = two(1, missing=0)
    found = explain(SCORER, start | {"click_rate": [None]}, start)
    assert found.coverage[0] == found.total[0] != 0
    assert not found.values.any()


@pytest.mark.parametrize("kind", [dict, pd.DataFrame])
def test_from_attained_it_is_the_attribution(kind: Any) -> None:
    scores = SCORER.score(kind(two(200, missing=0.4)[0]))
    found = explain(SCORER, "attained", scores, "required_first")
    np.testing.assert_allclose(found.values, -scores.attribution().values, atol=1e-12)
    assert (found.start == 1).all()
    back = explain(SCORER, scores, "attained")
    check(back)
    assert (back.end == 1).all()
    assert not found.coverage[~np.isnan(found.coverage)].any()
    assert list(found.to_frame())[:4] == ["id", "start", "end", "coverage"]


@pytest.mark.parametrize("seed", range(20))
def test_nan_where_the_attribution_is(seed: int) -> None:
    model = random_model(seed, max_steps=8)
    scorer = og.Scorer(model)
    scores = scorer.score(random_rows(seed, model, 6))
    found = explain(scorer, "attained", scores, "required_first")
    np.testing.assert_array_equal(np.isnan(found.values), np.isnan(scores.attribution().values))
    np.testing.assert_array_equal(np.isnan(found.end), np.isnan(scores.desired))


def test_a_step_called_like_a_column_of_the_frame() -> None:
    start = og.SuccessGap("start", og.Measure("x"), floor=0, target=1)
    wish = og.Expectation("w", og.Measure("w"), floor=0, target=1)
    outcome = og.DesiredOutcome(og.RequiredOutcome("r", needs=start), og.AppropriateExperience("e", expects=wish))
    scorer = og.Scorer(og.OutcomeModel("m", desired_outcomes=[outcome]))
    frame = explain(scorer, {"x": [0.0], "w": [1.0]}, {"x": [1.0], "w": [1.0]}).to_frame()
    assert {name: values.tolist() for name, values in frame.items()} == {
        "row": [0],
        "start": [0.0],
        "end": [1.0],
        "coverage": [0.0],
        "start (step)": [1.0],
        "w": [0.0],
    }


def test_rows_set_aside() -> None:
    start, end = two(20, missing=0)
    end["delivery_rate"][3] = 1.5
    found = explain(SCORER, SCORER.score(start), SCORER.score(end, on_bad="set_aside"))
    assert np.isnan([found.end[3], found.total[3], found.coverage[3]]).all()
    assert not found.applies[3].any()
    check(found)


def test_columns_under_other_names() -> None:
    start, end = (
        {"plan" if name == "segment" else name: values for name, values in rows.items()} for rows in two(20, missing=0)
    )
    check(explain(SCORER, start, end, segment="plan", id="id"))


def test_what_is_explained_cannot_be_changed() -> None:
    found = explain(SCORER, *two(5, missing=0))
    for values in (found.values, found.coverage, found.start):
        with pytest.raises(ValueError, match="read-only"):
            values[0] = 0


def test_points_that_cannot_be() -> None:
    start, end = two(6)
    with pytest.raises(og.DataError, match="did you mean 'joint'"):
        explain(SCORER, start, end, "jiont")  # type: ignore[arg-type]
    with pytest.raises(og.DataError, match="did you mean 'attained'"):
        explain(SCORER, "attaint", end)
    with pytest.raises(og.DataError, match="cannot both be 'attained'"):
        explain(SCORER, "attained", "attained")
    with pytest.raises(og.DataError, match="another model"):
        explain(og.Scorer(random_model(1)), SCORER.score(start), SCORER.score(end))
    one = SCORER.score_one({name: values[0] for name, values in two(1, 0)[0].items()})
    with pytest.raises(og.DataError, match="another model"):
        explain(og.Scorer(random_model(1)), one, one)
    with pytest.raises(og.DataError, match="click_rate"):
        explain(SCORER, {name: values for name, values in start.items() if name != "click_rate"}, end)
    moved = end | {"stage": [{"onboarding": "adopting"}.get(stage, "onboarding") for stage in end["stage"]]}
    with pytest.raises(og.DataError, match="6 customers are in two different cells") as caught:
        explain(SCORER, start, moved)
    assert caught.value.problems[0].rule == "moved-cell"
    assert caught.value.problems[0].rows == (0, 1, 2, 3, 4, 5)
