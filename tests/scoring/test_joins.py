"""Rules that join R and E: every number by its formula, in plain Python."""

from __future__ import annotations

import math
import pickle

import numpy as np
import pytest

import outcomegap as og
from outcomegap.errors import DataError, EngineError
from outcomegap.model import AllOf, AnyOf, DesiredOutcome, Mean, OutcomeModel, PowerMean, Weakest, WeightedJoin
from outcomegap.scoring.change import explain
from outcomegap.scoring.scorer import load_scores
from tests.model.make import desired, gap, wish


class Geometric:
    """D = sqrt(R E), with slopes that stay finite; R comes first: it makes 1 - sqrt(R) of the gap."""

    name = "geometric"

    def desired(self, r, e):
        return np.sqrt(r * e)

    def slopes(self, r, e):
        return np.sqrt(e / np.maximum(r, 1e-9)) / 2, np.sqrt(r / np.maximum(e, 1e-9)) / 2

    def parts(self, r, e):
        return 1 - np.sqrt(r), np.sqrt(r) - np.sqrt(r * e)


class Product:
    """The product, as somebody's own."""

    name = "own product"

    def desired(self, r, e):
        return r * e

    def slopes(self, r, e):
        return e, r

    def parts(self, r, e):
        return 1 - r, r * (1 - e)


#: join -> D and the two parts of the gap, in plain Python.
JOINS = {
    "product": ("product", lambda r, e: (r * e, 1 - r, r * (1 - e))),
    "weakest": ("weakest", lambda r, e: (min(r, e), 1 - r, r - min(r, e))),
    "weighted": (
        WeightedJoin(required=7, experience=3),
        lambda r, e: (0.7 * r + 0.3 * e, 0.7 * (1 - r), 0.3 * (1 - e)),
    ),
    "geometric": (Geometric(), lambda r, e: (math.sqrt(r * e), 1 - math.sqrt(r), math.sqrt(r) - math.sqrt(r * e))),
    "own product": (Product(), lambda r, e: (r * e, 1 - r, r * (1 - e))),
}
NEEDS = AllOf(gap("a"), AnyOf(gap("b"), gap("c", after=[gap("a")])))
NUMERIC = AllOf(gap("a"), PowerMean(-2, gap("b"), gap("c")))
SUITS = Mean(wish("v"), wish("w"), weights=(2, 1))
WEAK = Weakest(wish("v"), wish("w"))
COUNT = 60


def model_of(join, needs=NEEDS, expects=SUITS, **fields):
    return OutcomeModel("m", desired_outcomes=[desired(needs, expects, join=join, **fields)])


def table(seed=0, missing=0.0, names="abcvw", ends=0.1):
    chance = np.random.default_rng(seed)
    found = {}
    for name in names:
        values = np.where(chance.random(COUNT) < ends, chance.integers(0, 2, COUNT), chance.random(COUNT))
        found[name] = np.where(chance.random(COUNT) < missing, np.nan, values)
    return found


@pytest.fixture(params=JOINS)
def named(request):
    return JOINS[request.param]


@pytest.mark.parametrize("roots", [(NEEDS, SUITS), (NUMERIC, WEAK)])
@pytest.mark.parametrize("missing", [0.0, 0.3])
def test_every_number_is_its_formula(named, missing, roots):
    join, plainly = named
    scores = og.Scorer(model_of(join, *roots)).score(table(1, missing))
    for row in range(COUNT):
        r, e = float(scores.required[row]), float(scores.experience[row])
        low = plainly(float(scores.required_low[row]), float(scores.experience_low[row]))[0]
        high = plainly(float(scores.required_high[row]), float(scores.experience_high[row]))[0]
        assert (scores.low[row], scores.high[row]) == pytest.approx((low, high), abs=1e-12)
        if math.isnan(r) or math.isnan(e):
            assert math.isnan(scores.desired[row])
            assert math.isnan(scores.gap[row])
            continue
        d, first, second = plainly(r, e)
        assert scores.desired[row] == pytest.approx(d, abs=1e-12)
        assert scores.gap[row] == 1 - scores.desired[row]
        assert (scores.required_gap[row], scores.experience_gap[row]) == pytest.approx((first, second), abs=1e-12)
        assert scores.required_gap[row] + scores.experience_gap[row] == pytest.approx(scores.gap[row], abs=1e-15)


def test_a_part_is_known_as_far_as_its_rule_can_tell():
    """R alone makes the required gap of the product, the weakest and the weighted; of another it may need E."""
    blank = {
        "a": [0.5, math.nan],
        "b": [1.0, math.nan],
        "c": [1.0, math.nan],
        "v": [math.nan, 0.5],
        "w": [math.nan, 0.5],
    }
    known = {}
    for name, (join, _) in JOINS.items():
        scores = og.Scorer(model_of(join)).score(blank)
        assert np.isnan(scores.desired).all()
        known[name] = (~np.isnan(scores.required_gap)).tolist(), (~np.isnan(scores.experience_gap)).tolist()
        parts = scores.attribution()
        for place, step in enumerate(scores.model.steps):
            own = scores.required_gap if step.side == "required" else scores.experience_gap
            assert np.isnan(parts.values[:, place]).tolist() == np.isnan(own).tolist()
    first = [True, False], [False, False]
    nothing = [False, False], [False, False]
    assert known == {
        "product": first,
        "weakest": first,
        "weighted": ([True, False], [False, True]),
        "geometric": nothing,
        "own product": nothing,
    }


@pytest.mark.parametrize("missing", [0.0, 0.2])
def test_attribution_sums_to_each_side_s_part(named, missing):
    join, _ = named
    scores = og.Scorer(model_of(join)).score(table(2, missing))
    assert scores.exact
    parts = scores.attribution()
    required = np.array([step.side == "required" for step in scores.model.steps])
    known = ~np.isnan(scores.desired)
    values = parts.values[known]
    assert values[:, required].sum(axis=1) == pytest.approx(scores.required_gap[known], abs=1e-12)
    assert values[:, ~required].sum(axis=1) == pytest.approx(scores.experience_gap[known], abs=1e-12)
    assert values.sum(axis=1) == pytest.approx(scores.gap[known], abs=1e-12)
    assert values.min() > -1e-12


def test_each_side_divides_its_part_as_with_the_product(named):
    """A rule scales a side's parts, and steps them in proportion."""
    join, _ = named
    columns = table(3, 0.0, ends=0.0)
    found, product = (og.Scorer(model_of(j)).score(columns).attribution().values for j in (join, "product"))
    for side in (slice(0, 3), slice(3, 5)):
        some = found[:, side].sum(axis=1) > 1e-9
        shares = [values[some, side] / values[some, side].sum(axis=1, keepdims=True) for values in (found, product)]
        assert shares[0] == pytest.approx(shares[1], abs=1e-9)


@pytest.mark.parametrize("roots", [(NEEDS, SUITS), (NUMERIC, WEAK)])
def test_gain_is_what_closing_the_step_would_score(named, roots):
    scorer = og.Scorer(model_of(named[0], *roots))
    columns = table(4)
    scores = scorer.score(columns)
    gain = scores.gain()
    assert gain.exact
    for place, step in enumerate(scores.model.steps):
        closed = scorer.score(columns | {step.name: np.ones(COUNT)})
        assert gain.values[:, place] == pytest.approx(closed.desired - scores.desired, abs=1e-12)


@pytest.mark.parametrize("roots", [(NEEDS, SUITS), (NUMERIC, WEAK)])
def test_leverage_lies_between_differences(named, roots):
    scorer = og.Scorer(model_of(named[0], *roots))
    columns = {name: 0.1 + 0.8 * values for name, values in table(5).items()}
    scores = scorer.score(columns)
    leverage = scores.leverage().values
    for place, step in enumerate(scores.model.steps):
        ends = [
            (scorer.score(columns | {step.name: columns[step.name] + h}).desired - scores.desired) / h
            for h in (-1e-6, 1e-6)
        ]
        assert (leverage[:, place] >= np.minimum(*ends) - 1e-4).all()
        assert (leverage[:, place] <= np.maximum(*ends) + 1e-4).all()


@pytest.mark.parametrize("roots", [(NEEDS, SUITS), (NUMERIC, WEAK)])
def test_unknown_is_d_at_both_ends(named, roots):
    """Asked of steps that do not skip: then nothing else changes when they are found out."""
    scorer = og.Scorer(model_of(named[0], *roots, min_coverage=0.0))
    columns = table(6)
    for step in scorer.model.steps:
        if step.side == "experience":
            continue
        blank = scorer.score(columns | {step.name: np.full(COUNT, np.nan)})
        ends = [scorer.score(columns | {step.name: np.full(COUNT, end)}).desired for end in (0.0, 1.0)]
        place = blank.unknown().steps.index(step.name)
        assert blank.unknown().values[:, place] == pytest.approx(ends[1] - ends[0], abs=1e-12)


@pytest.mark.parametrize("roots", [(NEEDS, SUITS), (NUMERIC, WEAK)])
@pytest.mark.parametrize("missing", [0.0, 0.3])
def test_one_customer_is_scored_as_many_are(named, missing, roots):
    scorer = og.Scorer(model_of(named[0], *roots))
    columns = table(7, missing)
    scores = scorer.score(columns)
    plain = ("desired", "gap", "required_gap", "experience_gap", "low", "high")
    for row in range(COUNT):
        one = scorer.score_one({name: values[row] for name, values in columns.items()})
        assert all(type(getattr(one, name)) is float for name in plain)
        found = np.array([getattr(one, name) for name in plain])
        assert found.tobytes() == np.array([getattr(scores, name)[row] for name in plain]).tobytes()
        for name in ("attribution", "leverage", "gain", "unknown"):
            many = getattr(scores, name)().values[row] if row % 10 == 0 else None
            if many is not None:
                assert list(getattr(one, name)().values()) == pytest.approx(list(many), abs=1e-9, rel=1e-9, nan_ok=True)


def test_ones_own_product_is_the_product_to_the_last_bit():
    columns = table(8, 0.2)
    own, built_in = (og.Scorer(model_of(join)).score(columns) for join in (Product(), "product"))
    for name in ("desired", "gap", "low", "high"):
        assert getattr(own, name).tobytes() == getattr(built_in, name).tobytes()
    for name in ("leverage", "unknown", "gain", "attribution"):
        found = getattr(own, name)().values
        expected = getattr(built_in, name)().values
        both = ~np.isnan(found) & ~np.isnan(expected)
        assert found[both] == pytest.approx(expected[both], abs=1e-12)


def test_two_rules_in_one_model():
    """Each customer's D is that of the rule of their cell, whatever stands beside it; rows set aside have none."""
    outcomes = [
        desired(NEEDS, SUITS, join=j, segments=[s]) for s, j in (("x", "weakest"), ("y", "product"), ("z", Geometric()))
    ]
    model = OutcomeModel("m", desired_outcomes=outcomes, segments=["x", "y", "z"])
    columns = table(9, 0.2) | {"segment": np.array(["x", "y", "z", "?"])[np.arange(COUNT) % 4]}
    scores = og.Scorer(model).score(columns, on_bad="set_aside")
    alone = {
        s: og.Scorer(model_of(j)).score(table(9, 0.2))
        for s, j in (("x", "weakest"), ("y", "product"), ("z", Geometric()))
    }
    for name in ("desired", "gap", "required_gap", "experience_gap", "low", "high"):
        for row, segment in enumerate(columns["segment"]):
            found = getattr(scores, name)[row]
            expected = math.nan if segment == "?" else getattr(alone[segment], name)[row]
            assert found == expected or (math.isnan(found) and math.isnan(expected))
    for name in ("attribution", "gain", "leverage", "unknown"):
        found = getattr(scores, name)().values
        for row, segment in enumerate(columns["segment"]):
            if segment != "?":
                assert found[row] == pytest.approx(getattr(alone[segment], name)().values[row], abs=1e-12, nan_ok=True)


def test_segments_and_worklists_work(named):
    model = model_of(named[0], NUMERIC, WEAK)
    scores = og.Scorer(model).score(table(10, 0.2) | {"id": np.arange(COUNT)})
    total = scores.by().total
    known = ~np.isnan(scores.desired)
    assert total.desired == pytest.approx(scores.desired[known].mean())
    assert total.required_gap + total.experience_gap == pytest.approx(total.gap)
    assert sum(gap.share for gap in total.gaps) == pytest.approx(1, abs=1e-3)
    assert len(scores.worklist()) > 0
    assert "state" in scores.to_frame()


def test_states_do_not_hang_on_the_rule():
    columns = table(11, 0.2)
    states = [og.Scorer(model_of(join)).score(columns).state.tolist() for join, _ in JOINS.values()]
    assert all(found == states[0] for found in states)


def test_single_precision_stays_single(named):
    scores = og.Scorer(model_of(named[0]), dtype="float32").score(table(12, 0.2))
    for name in ("desired", "gap", "required_gap", "experience_gap", "low", "high"):
        assert getattr(scores, name).dtype == np.float32


def test_explain_and_change_are_for_the_product(named):
    join, _ = named
    scorer = og.Scorer(model_of(join))
    columns = {"id": ["x"]} | {name: values[:1] for name, values in table(13).items()}
    if join == "product":
        explain(scorer, columns, columns)
        return
    with pytest.raises(EngineError, match="explain and change are for the product join"):
        explain(scorer, columns, columns)
    with pytest.raises(EngineError, match="explain and change are for the product join"):
        scorer.score(columns).change_since(scorer.score(columns))


def test_scorers_pickle(named):
    scorer = og.Scorer(model_of(named[0]))
    again = pickle.loads(pickle.dumps(scorer))
    assert again.model == scorer.model
    assert again.score(table(14)).desired.tobytes() == scorer.score(table(14)).desired.tobytes()


def test_scores_are_saved_with_a_rule_of_ones_own(tmp_path):
    scores = og.Scorer(model_of(Geometric())).score(table(15, 0.2))
    scores.save(tmp_path / "scores.json")
    with pytest.raises(DataError, match="joins="):
        load_scores(tmp_path / "scores.json")
    again = load_scores(tmp_path / "scores.json", joins={"geometric": Geometric()})
    assert np.array_equal(again.desired, scores.desired, equal_nan=True)


def test_outcomes_with_different_rules_are_different():
    parts = desired().required, desired().experience
    made = {DesiredOutcome(*parts, join=join) for join, _ in JOINS.values()}
    assert len(made) == len(JOINS)
