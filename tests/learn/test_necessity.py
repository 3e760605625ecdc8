"""Necessary condition analysis: ceilings, effect sizes and bottlenecks, against printed values and by brute force."""

import itertools

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings, strategies as st

import outcomegap as og
from outcomegap.learn import necessity

#: 28 countries: Dul, Necessary condition analysis, Organizational Research Methods 19 (2016), example; the values are
#: those of the data set nca.example of the package NCA.
COUNTRIES = {
    "Individualism": [90, 55, 75, 80, 58, 74, 63, 71, 67, 35, 80, 70, 76, 46, 30, 80, 79, 69, 60, 27, 52, 18, 51, 71, 68, 37, 89, 91],
    "Risk taking": [84, 65, 41, 87, 61, 112, 76, 49, 70, 23, 53, 100, 60, 43, 53, 82, 86, 85, 42, 31, 84, 50, 49, 106, 77, 50, 100, 89],
    "Innovation performance": [50.9, 52.4, 75.1, 81.4, 14.5, 116.3, 173.1, 77.6, 109.5, 12, 5.4, 62.3, 19.7, 171.6, 1.2, 68.7, 14.9, 75.1, 3.5, 11.1, 3.5, 42.3, 17.3, 184.9, 149.7, 1.4, 79.4, 214.4],
}  # fmt: skip
OUTCOME = "Innovation performance"
RNG = np.random.default_rng(11)


def test_effect_sizes_of_the_example_are_those_printed():
    """Dul 2016: d of Individualism .42 by CE-FDH and .31 by CR-FDH, of Risk taking .31 and .28.

    The zones above the ceilings of Individualism are 6466.8 and 4772.54, the accuracy of CR-FDH is .93.
    """
    found = necessity(COUNTRIES, OUTCOME, permutations=0)
    printed = {"Individualism": (0.42, 0.31), "Risk taking": (0.31, 0.28)}
    for row in found:
        assert (round(row["ce_fdh"], 2), round(row["cr_fdh"], 2)) == printed[row["step"]]
    one = found.find("Individualism")
    assert (one["peers"], one["above"], one["customers"]) == (5, 2, 28)
    scope = (91 - 18) * (214.4 - 1.2)
    assert (round(one["ce_fdh"] * scope, 2), round(one["cr_fdh"] * scope, 2)) == (6466.8, 4772.54)
    assert round(1 - one["above"] / one["customers"], 2) == 0.93


def test_the_edge_of_the_example_by_hand():
    """South Korea, Japan, Finland, Sweden and the USA stand at the edge of Individualism."""
    edge = [(18, 42.3), (46, 171.6), (63, 173.1), (71, 184.9), (91, 214.4)]
    zone = sum((right - left) * (214.4 - up) for (left, up), (right, _) in itertools.pairwise(edge))
    one = necessity(COUNTRIES, OUTCOME, permutations=0).find("Individualism")
    assert one["ce_fdh"] == pytest.approx(zone / ((91 - 18) * (214.4 - 1.2)))
    slope, intercept = np.polyfit(*np.array(edge).T, 1)
    assert (one["slope"], one["intercept"]) == pytest.approx((slope, intercept))
    table = necessity(COUNTRIES, OUTCOME, permutations=0, actual=True, levels=2).parts["bottlenecks"]
    assert [row["Individualism"] for row in table] == [None, 46.0, 91.0]
    line = necessity(COUNTRIES, OUTCOME, permutations=0, actual=True, levels=2, ceiling="cr_fdh").parts["bottlenecks"]
    assert line[2]["Individualism"] == pytest.approx((214.4 - intercept) / slope)


def grid_area(ceiling, low, high, bottom, top, cells=200_000):
    middle = low + (np.arange(cells) + 0.5) / cells * (high - low)
    return float(np.mean(top - np.clip(ceiling(middle), bottom, top)) / (top - bottom))


@pytest.mark.parametrize("discrete", [True, False])
def test_areas_are_those_counted_on_a_fine_grid(discrete):
    for _ in range(5):
        x = RNG.integers(1, 8, 60).astype(float) if discrete else RNG.normal(size=60)
        y = np.minimum(x, RNG.integers(1, 8, 60)) if discrete else x + RNG.normal(size=60)
        found = necessity({"x": x, "y": y}, "y", permutations=0)[0]

        def stairs(at, x=x, y=y):
            order = np.argsort(x)
            best = np.maximum.accumulate(y[order])
            place = np.searchsorted(x[order], at, side="right") - 1
            return best[np.maximum(place, 0)]

        limits = (x.min(), x.max(), y.min(), y.max())
        assert found["ce_fdh"] == pytest.approx(grid_area(stairs, *limits), abs=1e-4)
        if np.isfinite(found["slope"]):
            line = lambda at, found=found: found["intercept"] + found["slope"] * at  # noqa: E731
            assert found["cr_fdh"] == pytest.approx(grid_area(line, *limits), abs=1e-4)


def test_less_is_better_looks_at_the_other_corner():
    turned = {name: -np.asarray(values, dtype=float) for name, values in COUNTRIES.items()}
    plain = necessity(COUNTRIES, OUTCOME, permutations=200)
    less = necessity(turned, OUTCOME, permutations=200, better=dict.fromkeys(turned, "less"), actual=True)
    for row, other in zip(plain, less, strict=True):
        assert {k: row[k] for k in ("step", "ce_fdh", "cr_fdh", "p_ce_fdh", "above")} == pytest.approx(
            {k: other[k] for k in ("step", "ce_fdh", "cr_fdh", "p_ce_fdh", "above")}, abs=1e-12
        )
        assert other["needed"] == -row["needed"]
        assert other["slope"] == pytest.approx(row["slope"])


def test_a_condition_is_required_and_chance_is_not():
    needed, idle = RNG.random((2, 300))
    frame = {"needed": needed, "idle": idle, "reached": needed * RNG.random(300)}
    found = necessity(frame, "reached")
    assert [row["proposal"] for row in found] == ["required", "experience"]
    assert found.facts["required"] == ["needed"]
    assert found[0]["ce_fdh"] > 0.4
    assert found[0]["p_ce_fdh"] == pytest.approx(1 / 1001)
    assert necessity(frame, "reached", effect=0.9).facts["required"] == []


def test_p_values_are_uniform_without_a_relation():
    chances = [
        necessity({"x": RNG.random(40), "y": RNG.random(40)}, "y", permutations=99)[0]["p_ce_fdh"] for _ in range(300)
    ]
    assert np.mean(np.array(chances) <= 0.1) == pytest.approx(0.1, abs=0.05)
    assert np.mean(chances) == pytest.approx(0.5, abs=0.06)


def test_an_outcome_in_words():
    frame = {"calls": [1, 2, 3, 4, 5, 6], "says": ["no", "no", "no", "yes", None, "yes"]}
    found = necessity(frame, "says", ["calls"], good="yes", permutations=0)[0]
    assert (found["customers"], found["ce_fdh"], found["needed"]) == (5, pytest.approx((4 - 1) / (6 - 1)), 4.0)


def test_attainments_of_a_model_are_steps():
    model = og.gallery.load("email-marketing")
    customers = og.simulate(model, 400, seed=2)
    reached = og.attainments(og.Scorer(model), customers)
    place = [step.name for step in model.steps].index("offer is irresistible")
    found = necessity(customers, np.nan_to_num(reached[:, place], nan=0.5), model, permutations=20)
    assert found[0]["step"] == "offer is irresistible"
    assert set(found.columns["step"]) == {step.name for step in model.steps}


@pytest.mark.parametrize("make", [dict, pd.DataFrame, pl.DataFrame, pa.table])
def test_any_frame_comes_back_as_its_own_kind(make):
    frame = make({name: np.asarray(values, dtype=float) for name, values in COUNTRIES.items()})
    assert type(necessity(frame, OUTCOME, permutations=0).to_frame()) is type(frame)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"outcome": "y "}, "missing-column"),
        ({"outcome": [1.0, 2.0]}, "outcome"),
        ({"outcome": "same"}, "constant"),
        ({"steps": ["same"]}, "constant"),
        ({"steps": ["empty"]}, "constant"),
        ({"steps": ["words"]}, "not-a-number"),
        ({"steps": ["wide"]}, "infinite"),
        ({"steps": []}, "steps"),
        ({"better": {"z": "less"}}, "unknown-step"),
        ({"better": {"x": "lower"}}, "unknown-value"),
        ({"ceiling": "cefdh"}, "unknown-value"),
        ({"effect": 2}, "out-of-range"),
        ({"permutations": -1}, "out-of-range"),
        ({"customers": {"x": [], "y": []}}, "constant"),
        ({"customers": {"x": [1.0], "y": [2.0]}}, "constant"),
    ],
)
def test_what_is_wrong_is_said(change, rule):
    frame = {"x": [1, 2, 3], "y": [1, 2, 3], "same": [2, 2, 2], "empty": [None] * 3, "words": ["a", "b", "c"]}
    frame["wide"] = [1.0, np.inf, 2.0]
    given = {"customers": frame, "outcome": "y", "steps": ["x"], "permutations": 9} | change
    with pytest.raises(og.DataError) as caught:
        necessity(**given)
    assert rule in [problem.rule for problem in caught.value.problems], caught.value
    assert len(set(caught.value.problems)) == len(caught.value.problems)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 7), st.integers(1, 7)), min_size=2, max_size=30), st.sampled_from([0.5, 3.0]))
def test_effects_are_shares_and_know_no_units(pairs, scale):
    x, y = np.array(pairs, dtype=float).T
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return
    one = necessity({"x": x, "y": y}, "y", permutations=0)[0]
    assert 0 <= one["ce_fdh"] <= 1 + 1e-12
    assert 0 <= one["cr_fdh"] <= 1 + 1e-12
    other = necessity({"x": x * scale + 2, "y": y * scale - 1}, "y", permutations=0)[0]
    assert (other["ce_fdh"], other["cr_fdh"]) == pytest.approx((one["ce_fdh"], one["cr_fdh"]))
    twice = necessity({"x": np.tile(x, 2), "y": np.tile(y, 2)}, "y", permutations=0)[0]
    assert twice["ce_fdh"] == pytest.approx(one["ce_fdh"])
    table = necessity({"x": x, "y": y}, "y", permutations=0, actual=True, levels=6).parts["bottlenecks"]
    for row in table:  # nobody reached the level with less
        reached = x[y >= row["y"] - 1e-9]
        assert (row["x"] if row["x"] is not None else x.min()) == pytest.approx(reached.min())
