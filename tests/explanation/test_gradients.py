"""Attribution, leverage, gain and what is worth finding out: against definitions, and against scoring again."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

import outcomegap as og
from outcomegap.engines import numpy_blocks as engines
from outcomegap.engines.numpy_blocks import SET_ASIDE, Batch
from outcomegap.explanation import gradients
from outcomegap.model import AllOf, AnyOf, AtLeast, Column, Mean, OutcomeModel
from outcomegap.model.declaration import at
from outcomegap.testing import random_model, random_rows
from tests.model.make import desired, gap, model_of, wish
from tests.reference import score_rows

FUNCTIONS = {
    "attribution": gradients.attribution,
    "leverage": gradients.leverage,
    "gain": lambda engine, batch: gradients.leverage(engine, batch, gain=True),
    "unknown": gradients.unknown,
    "attainment": gradients.attainment,
}


def invented(seed, rows=4, **traits):
    model = random_model(seed, columns=seed % 2 == 0, **traits)
    table = random_rows(seed, model, rows)
    return model, table, og.Scorer(model, threads=1).score(table)


def by_step(scores, values, row):
    return dict(zip((step.name for step in scores.model.steps), values[row].tolist(), strict=True))


@pytest.mark.parametrize("seed", range(60))
def test_against_the_reference(seed):
    model, table, scores = invented(seed, max_steps=7)
    engine, batch = scores.scorer.engine, scores.batch
    found = {name: function(engine, batch) for name, function in FUNCTIONS.items()}
    for row, answer in enumerate(score_rows(model, table)):
        for name in ("attribution", "leverage", "gain", "unknown"):
            exact = getattr(answer, name)
            for step, value in by_step(scores, found[name], row).items():
                expected = exact.get(step, Fraction(0))
                # With too little data there is a number here, which the scores hide.
                assert expected is None or abs(Fraction(value) - expected) <= 1e-12, (name, step)
        seen, reached = by_step(scores, scores.observed_steps(), row), by_step(scores, found["attainment"], row)
        for step in seen:
            assert seen[step] == answer.observed.get(step, False)
            if seen[step]:
                assert abs(Fraction(reached[step]) - answer.attainment[step]) <= 1e-15
            else:
                assert np.isnan(reached[step])


@pytest.mark.parametrize("seed", range(40))
def test_parts_sum_to_the_gap(seed):
    _, _, scores = invented(seed, rows=20, max_steps=24, max_cells=9)
    r, e = scores._result.point
    engine, batch = scores.scorer.engine, scores.batch
    parts = gradients.attribution(engine, batch)
    # What weights of AnyOf keep out of reach is no step's.
    most = [gradients.side_at(engine, batch, side, np.ones_like(parts)) for side in (0, 1)]
    required = np.array([step.side == "required" for step in scores.model.steps])
    assert np.abs(parts[:, required].sum(axis=1) - (most[0] - r)).max() <= 1e-12
    assert np.abs(parts[:, ~required].sum(axis=1) - r * (most[1] - e)).max() <= 1e-12
    assert parts.min() >= -1e-15


@pytest.mark.parametrize("seed", range(10))
def test_sides_at_the_customers_own_attainments_are_theirs(seed):
    _, _, scores = invented(seed)
    engine, batch = scores.scorer.engine, scores.batch
    own = gradients.attainment(engine, batch, stand_in=True)
    known = scores.observed_steps()
    np.testing.assert_array_equal(own[known], gradients.attainment(engine, batch)[known])
    for side, now in enumerate((scores.required, scores.experience)):
        seen = ~np.isnan(now)
        np.testing.assert_array_equal(gradients.side_at(engine, batch, side, own)[seen], now[seen])
        assert (gradients.side_at(engine, batch, side, np.ones_like(own))[seen] >= now[seen] - 1e-12).all()


@pytest.mark.parametrize("seed", range(40))
def test_gain_is_what_scoring_again_would_add(seed):
    """Each observed step in turn is put at its target, the other data left alone."""
    model = random_model(seed, max_steps=9, max_cells=2, sharing=False)
    table = random_rows(seed, model, 4)
    scorer = og.Scorer(model)
    scores = scorer.score(table)
    gain, observed = scores.gain().values, scores.gain().observed
    for number, step in enumerate(model.steps):
        measure = step.measure.name
        assert sum(other.measure == step.measure for other in model.steps) == 1
        closed = []
        for row, value in enumerate(table[measure]):
            cell = model.cells[scores.cell[row]]
            target = at(step.target, cell.segment, cell.stage)
            assert not isinstance(target, Column)
            closed.append(target if observed[row, number] else value)
        again = scorer.score(table | {measure: closed})
        change = np.where(observed[:, number], again.desired - scores.desired, 0)
        expected = np.where(observed[:, number], gain[:, number], 0)
        np.testing.assert_allclose(change, expected, atol=1e-13)


@pytest.mark.parametrize("seed", range(40))
def test_what_is_worth_finding_out_is_the_difference_between_both_answers(seed):
    """Each missing step in turn is put at its target and at its floor."""
    model = random_model(seed, max_steps=9, max_cells=2, sharing=False, thresholds=False)
    table = random_rows(seed, model, 6)
    scorer = og.Scorer(model)
    scores = scorer.score(table)
    unknown = scores.unknown()
    for number, step in enumerate(model.steps):
        ends = []
        for end in (step.target, step.floor):
            cells = [model.cells[cell] for cell in scores.cell]
            put = [at(end, cell.segment, cell.stage) for cell in cells]
            values = [
                x if unknown.observed[row, number] else put[row] for row, x in enumerate(table[step.measure.name])
            ]
            ends.append(scorer.score(table | {step.measure.name: values})._result.point.prod(axis=0))
        gone = ~unknown.observed[:, number] & unknown.applies[:, number]
        np.testing.assert_allclose(unknown.values[gone, number], (ends[0] - ends[1])[gone], atol=1e-13)
        assert not unknown.values[~gone, number].any()


def scored(needs, expects=None, **values):
    scorer = og.Scorer(model_of(needs, expects))
    row = {step.measure.name: [values.get(step.name, 1.0)] for step in scorer.model.steps}
    return scorer.score(row)


def one(explanation):
    return dict(zip(explanation.steps, explanation.values[0].tolist(), strict=True))


A, B, C, D = (gap(name) for name in "abcd")


def test_two_steps_by_hand():
    scores = scored(AllOf(A, B), a=0.5, b=0.25)
    # b comes first or second: 3/4 or 1/2 * 3/4, and so on.
    assert one(scores.attribution()) == pytest.approx({"a": 0.3125, "b": 0.5625, "API": 0})
    assert one(scores.leverage()) == pytest.approx({"a": 0.25, "b": 0.5, "API": 0.125})
    assert one(scores.gain()) == pytest.approx({"a": 0.125, "b": 0.375, "API": 0})


def test_nothing_lacks_where_all_is_attained():
    scores = scored(AllOf(A, AnyOf(B, C)))
    assert one(scores.attribution()) == {"a": 0, "b": 0, "c": 0, "API": 0}
    assert one(scores.leverage()) == {"a": 1, "b": 0, "c": 0, "API": 1}
    assert one(scores.gain()) == {"a": 0, "b": 0, "c": 0, "API": 0}


def test_without_the_required_outcome_the_experience_has_no_part():
    scores = scored(AllOf(A, B), a=0.0, b=0.5, API=0.0)
    parts = one(scores.attribution())
    assert parts["API"] == 0
    assert parts["a"] + parts["b"] == pytest.approx(1)


def test_steps_that_do_the_same_have_the_same_part():
    scores = scored(AtLeast(2, A, B, C, D), a=0.3, b=0.3, c=0.3, d=0.9)
    parts = one(scores.attribution())
    assert parts["a"] == pytest.approx(parts["b"], abs=1e-15) == pytest.approx(parts["c"], abs=1e-15)
    assert parts["d"] < parts["a"]


def test_a_step_that_makes_no_difference_has_no_part():
    scores = scored(AllOf(A, AnyOf(A, B)), a=0.5, b=0.0)
    for explanation in (scores.attribution(), scores.leverage(), scores.gain()):
        assert one(explanation)["b"] == 0


def test_an_expectation_that_is_left_out_counts_nowhere_but_for_finding_out():
    scores = scored(A, Mean(wish("x"), wish("y"), weights=(3, 1)), x=0.5, y=np.nan)
    assert scores.experience[0] == 0.5
    for explanation in (scores.attribution(), scores.leverage(), scores.gain()):
        assert one(explanation)["y"] == 0
    assert one(scores.unknown()) == {"a": 0, "x": 0, "y": 0.25}


def test_what_a_step_builds_on_takes_its_share():
    scores = scored(gap("late", after=[gap("early")]), late=1.0, early=0.5)
    assert one(scores.attribution()) == {"early": 0.5, "late": 0, "API": 0}


TWO = OutcomeModel(
    "m",
    desired_outcomes=[desired(AllOf(A, B), segments=["s"]), desired(AnyOf(B, C), wish("w"), segments=["t"])],
    segments=["s", "t"],
)


def test_steps_of_other_cells_have_nothing():
    table = {
        "segment": ["s", "t"],
        "a": [0.5, 0.5],
        "b": [0.5, 0.5],
        "c": [0.5, None],
        "API": [0.5] * 2,
        "w": [0.5] * 2,
    }
    scores = og.Scorer(TWO).score(table)
    names = [step.name for step in TWO.steps]
    assert names == ["a", "b", "API", "c", "w"]
    foreign = np.array([[False, False, False, True, True], [True, False, True, False, False]])
    for name, function in FUNCTIONS.items():
        values = function(scores.scorer.engine, scores.batch)
        nothing = np.isnan(values) if name == "attainment" else values == 0
        assert nothing[foreign].all()
        assert scores.attribution().applies.tolist() == (~foreign).tolist()
    assert scores.observed_steps().tolist()[1] == [False, True, False, False, True]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_rows_do_not_hang_on_blocks_threads_or_rows_set_aside(name, monkeypatch):
    for seed in range(8):
        _, _, scores = invented(seed, rows=40, max_steps=12, max_cells=9)
        engine, batch = scores.scorer.engine, scores.batch
        whole = FUNCTIONS[name](engine, batch)
        assert whole.flags.f_contiguous  # the values of one step lie together
        with monkeypatch.context() as patch:
            for size in (1, 7):
                patch.setattr(engines, "SMALLEST", size)
                patch.setattr(engines, "LARGEST", size)
                assert FUNCTIONS[name](engine, batch).tobytes() == whole.tobytes()
            patch.setattr(engines, "WORTH_THREADS", 1)
            threaded = og.Scorer(scores.model, threads=3).engine
            assert FUNCTIONS[name](threaded, batch).tobytes() == whole.tobytes()
        gone = np.random.default_rng(seed).random(40) < 0.3
        cells = np.where(gone, SET_ASIDE, batch.cells).astype(np.int32)
        some = FUNCTIONS[name](engine, Batch(batch.columns, batch.own, batch.complete, cells))
        assert some[~gone].tobytes() == whole[~gone].tobytes()
        assert (np.isnan(some[gone]) if name == "attainment" else some[gone] == 0).all()


def test_nothing_is_written_into_the_customers_data():
    for seed in range(8):
        _, _, scores = invented(seed, rows=10, max_steps=10)
        before = [column.copy() for column in (*scores.batch.columns, *scores.batch.own)]
        for function in FUNCTIONS.values():
            function(scores.scorer.engine, scores.batch)
        for column, kept in zip((*scores.batch.columns, *scores.batch.own), before, strict=True):
            np.testing.assert_array_equal(column, kept)


@pytest.mark.parametrize("seed", range(10))
def test_in_single_precision(seed):
    model = random_model(seed, max_steps=10, jumps=False)
    table = random_rows(seed, model, 10)
    double, single = (og.Scorer(model, dtype=dtype).score(table) for dtype in ("float64", "float32"))
    for name, function in FUNCTIONS.items():
        one, other = (function(scores.scorer.engine, scores.batch) for scores in (double, single))
        assert other.dtype == np.float32, name
        np.testing.assert_allclose(other, one, atol=1e-5)


def test_no_customer_at_all():
    scores = og.Scorer(model_of()).score({"list": [], "API": []})
    for function in FUNCTIONS.values():
        assert function(scores.scorer.engine, scores.batch).shape == (0, 2)
