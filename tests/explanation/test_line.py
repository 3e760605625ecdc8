"""Lines between two points: against exact integrals, and what must hold of every line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import outcomegap as og
from outcomegap.explanation.change import ORDERS, ChangePath, Snapshot, change_path, in_double
from outcomegap.scoring import Scores
from outcomegap.testing import random_model, random_rows
from tests.explanation import exact

ROWS = 4


def two_points(seed: int, **traits: Any) -> tuple[Scores, Scores, dict[str, Any], dict[str, Any]] | None:
    """Score the same customers at two points, each in one cell; None where a point cannot be."""
    model = random_model(seed, columns=seed % 2 == 0, **traits)
    start, end = (random_rows(seed * 2 + i, model, ROWS) for i in (0, 1))
    end |= {axis: start[axis] for axis in ("segment", "stage", "goal") if axis in start}
    scorer = og.Scorer(model)
    try:
        return scorer.score(start), scorer.score(end), start, end
    except og.DataError:  # own floor and target of one point are the same in the cell of the other
        return None


def between(start: Scores, end: Scores, order: str) -> ChangePath:
    rows = np.arange(len(end))
    engine = in_double(end.scorer.engine)
    return change_path([Snapshot(engine, s.batch, rows, s.cell) for s in (start, end)], order)


def rows_of(columns: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for row in range(ROWS):
        yield {name: values[row] for name, values in columns.items()}


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("seed", range(60))
def test_parts_are_the_exact_integrals(seed: int, order: str) -> None:
    points = two_points(seed, max_steps=6)
    if points is None:
        return
    start, end, before, after = points
    model, found = end.model, between(start, end, order)
    moved = found.parts[0]
    for row, (was, now) in enumerate(zip(rows_of(before), rows_of(after), strict=True)):
        cell = model.cells[end.cell[row]]
        a, b = exact.Stand.of(model, cell, was), exact.Stand.of(model, cell, now)
        expected = exact.move(a, b, order)
        assert exact.near(found.first[row], a.desired())
        assert exact.near(found.last[row], b.desired())
        assert exact.near(moved.jump[row], expected.jump)
        for number, step in enumerate(model.steps):
            assert exact.near(moved.steps[row, number], expected.parts.get(step.name, 0)), step.name


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10**6), st.sampled_from(ORDERS))
def test_parts_add_up(seed: int, order: str) -> None:
    points = two_points(seed, max_steps=16)
    if points is None:
        return
    found = between(points[0], points[1], order)
    total = found.parts[0].jump + found.parts[0].steps.sum(axis=1)
    assert np.abs(total - (found.last - found.first)).max() <= 1e-12


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10**6))
def test_the_joint_line_changes_sign_where_the_same_is_missing(seed: int) -> None:
    points = two_points(seed, max_steps=12)
    if points is None:
        return
    start, end = points[:2]
    one, other = between(start, end, "joint").parts[0], between(end, start, "joint").parts[0]
    same = (start.attainment().observed == end.attainment().observed).all(axis=1)
    assert np.abs(one.jump[same]).max(initial=0) == 0
    assert np.abs(one.steps[same] + other.steps[same]).max(initial=0) <= 1e-12


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10**6))
def test_from_all_attained_it_is_the_attribution_with_its_sign_changed(seed: int) -> None:
    model = random_model(seed, max_steps=12, columns=seed % 2 == 0)
    scores = og.Scorer(model).score(random_rows(seed, model, ROWS))
    rows = np.flatnonzero(~np.isnan(scores.desired))
    stand = Snapshot(scores.scorer.engine, scores.batch, rows, scores.cell[rows])
    found = change_path([stand], "required_first", "start")
    # Weights of AnyOf may keep E below 1 there; a part of R moves D as far as E is reached.
    r, e = scores.required[rows], scores.experience[rows]
    most = 1 - scores.required_out_of_reach[rows]
    suited = 1 - np.divide(scores.experience_out_of_reach[rows], r, out=1 - e, where=r > 0)
    assert np.abs(found.first - most * suited)[r > 0].max(initial=0) <= 1e-14
    assert not found.parts[0].jump.any()
    scale = np.array([[step.side == "required"] for step in model.steps]).T * (suited - 1)[:, None] + 1
    away = found.parts[0].steps + scores.attribution().values[rows] * scale
    assert np.abs(away[r > 0]).max(initial=0) <= 1e-12


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10**6))
def test_joint_from_and_to_all_attained_add_up(seed: int) -> None:
    model = random_model(seed, max_steps=12, columns=seed % 2 == 0)
    scores = og.Scorer(model).score(random_rows(seed, model, ROWS))
    stand = Snapshot(scores.scorer.engine, scores.batch, np.arange(ROWS), scores.cell)
    down, up = (change_path([stand], attained=end) for end in ("start", "end"))
    assert np.abs(down.parts[0].steps + up.parts[0].steps).max() <= 1e-12
    assert np.abs(down.first + down.parts[0].steps.sum(axis=1) - down.last).max() <= 1e-12


@pytest.mark.parametrize("seed", range(30))
def test_where_one_step_moves_all_of_it_is_that_steps(seed: int) -> None:
    model = random_model(seed, max_steps=10, sharing=False, max_cells=1, per_cell=False)
    columns = random_rows(seed, model, ROWS, missing=False)
    scorer = og.Scorer(model)
    start = scorer.score(columns)
    for step in model.steps:
        name = step.measure.name
        moved = [step.floor if x != step.floor else step.target for x in columns[name]]
        end = scorer.score(columns | {name: moved})
        for order in ORDERS:
            parts = between(start, end, order).parts[0].steps
            own = [number for number, other in enumerate(model.steps) if other.measure == step.measure]
            assert np.abs(parts[:, own].sum(axis=1) - (end.desired - start.desired)).max() <= 1e-14
            assert not np.delete(parts, own, axis=1).any()


def test_rows_do_not_hang_on_their_neighbours() -> None:
    points = [p for p in (two_points(seed, max_steps=14, max_cells=9) for seed in range(40)) if p is not None]
    for start, end, before, after in points:
        whole = between(start, end, "joint")
        for row in range(ROWS):
            one, other = ({n: v[row : row + 1] for n, v in columns.items()} for columns in (before, after))
            alone = between(start.scorer.score(one), end.scorer.score(other), "joint")
            assert alone.parts[0].steps[0].tolist() == whole.parts[0].steps[row].tolist()
            assert alone.parts[0].jump[0] == whole.parts[0].jump[row]


def test_a_long_chain_stays_exact() -> None:
    # 300 steps in a row: fewer nodes than exactness asks for, by a bound on the remainder
    steps = [og.SuccessGap(f"s{i}", og.Measure(f"m{i}"), floor=0, target=1) for i in range(300)]
    wish = og.Expectation("w", og.Measure("w"), floor=0, target=1)
    outcome = og.DesiredOutcome(
        og.RequiredOutcome("r", needs=og.AllOf(*steps)), og.AppropriateExperience("e", expects=wish)
    )
    scorer = og.Scorer(og.OutcomeModel("chain", desired_outcomes=[outcome]))
    rng = np.random.default_rng(0)
    start, end = (
        {f"m{i}": rng.uniform(low, 1, 3) for i in range(300)} | {"w": rng.uniform(0, 1, 3)} for low in (0.99, 0.9)
    )
    found = between(scorer.score(start), scorer.score(end), "joint")
    assert np.abs(found.parts[0].steps.sum(axis=1) - (found.last - found.first)).max() <= 1e-12
