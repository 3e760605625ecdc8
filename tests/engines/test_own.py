"""Curves and gates of the user's own, one customer at a time: by their text, and by arrays."""

from __future__ import annotations

import numpy as np
import pytest

import outcomegap as og
from outcomegap.engines.scalar import curve_function, gate_function
from outcomegap.model import Numeric
from outcomegap.model.custom import written
from tests.model.make import gap, wish


class Plain:
    name = "lifted"
    multilinear = False

    def forward(self, children):
        return 2 / sum(1 / (child + 0.1) for child in children) - 0.1

    def gradient(self, children, out):
        return [((out + 0.1) / (child + 0.1)) ** 2 / 2 for child in children]


class Written(Plain):
    scalar_text = "2 / (1 / ({0} + 0.1) + 1 / ({1} + 0.1)) - 0.1"


def model_of(gate, curve):
    needs = Numeric(gate, *(gap(name, curve=curve) for name in "ab"))
    goal = og.DesiredOutcome(og.RequiredOutcome("r", needs=needs), og.AppropriateExperience("e", expects=wish("w")))
    return og.OutcomeModel("own", desired_outcomes=[goal])


def late(z):
    return z**3


def test_a_text_scores_as_arrays_do():
    plain = og.Scorer(model_of(Plain(), og.curve("late", late)))
    text = og.Scorer(model_of(Written(), og.curve("late", late, scalar_text="{z} * {z} * {z}")))
    rng = np.random.default_rng(5)
    frame = {name: np.where(rng.random(200) < 0.2, np.nan, rng.uniform(-0.2, 1.2, 200)) for name in ("a", "b", "w")}
    rows = [
        dict(zip(frame, row, strict=True)) for row in zip(*(values.tolist() for values in frame.values()), strict=True)
    ]
    wanted = plain.score(frame).desired
    for scorer in (plain, text):
        found = [scorer.score_one(row).desired for row in rows]
        np.testing.assert_allclose([np.nan if d is None else d for d in found], wanted, atol=1e-12)
    np.testing.assert_array_equal(text.score(frame).desired, wanted)


def test_nan_stays_nan():
    assert np.isnan(curve_function(og.curve("c", late, scalar_text="pow({z}, 3)"))(float("nan")))
    gate = gate_function(Numeric(Written(), gap("a"), gap("b")))
    assert np.isnan(gate(float("nan"), 0.5))
    assert np.isnan(gate(0.5, float("nan")))


@pytest.mark.parametrize(
    ("more", "wanted"),
    [
        ("0 / ({0} - 0.3)", 0.3),  # fails: the arrays decide
        ("0 * sqrt(1 if {0} != 0.3 else -1)", 0.3),
        ("(0 if {0} != 0.3 else 1j)", 0.3),
        ("(0 if {0} != 0.3 else 1e999 - 1e999)", 0.3),  # no finite number: the same
        ("(0 if {0} != 0.3 else 1e999)", 0.3),
        ("(0 if {0} != 0.3 else 5)", 1.0),  # kept within [0, 1]
        ("(0 if {0} != 0.3 else -5)", 0.0),
    ],
)
def test_where_a_text_gives_no_number_between_the_arrays_decide(more, wanted):
    text = f"{Written.scalar_text} + {more}"
    gate = gate_function(Numeric(type("Odd", (Plain,), {"scalar_text": text})(), gap("a"), gap("b")))
    assert gate(0.3, 0.3) == pytest.approx(wanted)
    assert gate(0.5, 0.5) == pytest.approx(0.5)
    curve = og.curve("odd", lambda z: z, scalar_text="{z} + " + more.replace("{0}", "{z}"))
    assert curve_function(curve)(0.3) == wanted
    assert curve_function(curve)(0.5) == 0.5


def test_both_ends_are_exact():
    curve = og.curve("near", late, scalar_text="{z} * {z} * {z} + 9e-13")
    assert [curve_function(curve)(z) for z in (0.0, 1.0)] == [0.0, 1.0]


class Zeroing:
    """A curve that makes a zero of what is missing, and a text that fails for it."""

    name = "zeroing"

    def value(self, z):
        return (z >= 0.5).astype(float)

    def slope(self, z):
        return np.zeros_like(z)


class ZeroingText(Zeroing):
    scalar_text = "1.0 if {z} >= 0.5 else 0.0"


@pytest.mark.parametrize("curve", [Zeroing(), ZeroingText()], ids=["arrays", "text"])
def test_a_curve_cannot_turn_what_is_missing_into_a_zero(curve):
    widths = [gap("a", curve=curve), gap("b")]
    goal = og.DesiredOutcome(
        og.RequiredOutcome("r", needs=og.AllOf(*widths)), og.AppropriateExperience("e", expects=wish("w"))
    )
    scorer = og.Scorer(og.OutcomeModel("own", desired_outcomes=[goal]))
    rows = {"a": [np.nan, 0.25, 0.75, np.nan], "b": [1.0, 1.0, 1.0, np.nan], "w": [1.0, 1.0, 1.0, 1.0]}
    scores = scorer.score({name: np.array(values) for name, values in rows.items()})
    assert scores.required.tolist()[:3] == [0.5, 0.0, 1.0]
    assert [scores.low[0], scores.high[0]] == [0.0, 1.0]
    assert scores.coverage.tolist() == pytest.approx([2 / 3, 1, 1, 1 / 3])
    assert scores.state.tolist()[:3] == ["uncertain", "failing", "successful"]
    for row in range(4):
        one = scorer.score_one({name: values[row] for name, values in rows.items()})
        assert (one.coverage, one.low, one.high) == (scores.coverage[row], scores.low[row], scores.high[row])
        assert one.state == scores.state[row]

    class Own:
        name, steps = "own", widths

        def score(self, frame):
            raise NotImplementedError

    found = og.attainments(Own(), {name: np.array(values) for name, values in rows.items()})
    np.testing.assert_array_equal(np.isnan(found[:, 0]), [True, False, False, True])


def test_a_gate_without_text_is_asked_by_arrays():
    gate = Numeric(Plain(), gap("a"), gap("b"))
    assert gate_function(gate)(0.5, 0.25) == pytest.approx(2 / (1 / 0.6 + 1 / 0.35) - 0.1)


@pytest.mark.parametrize("text", ["{0} +", "{2}", "{name}", 7, None])
def test_text_that_is_no_expression(text):
    with pytest.raises(og.ModelError, match="scalar_text must be a Python expression"):
        written("gate 'g'", text, {}, 2)


def test_it_can_call_nothing_else():
    with pytest.raises(NameError):
        written("gate 'g'", "open({0})", {}, 1)("x")
