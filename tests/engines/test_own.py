"""Curves and gates of the user's own, one customer at a time: by their text, and by arrays."""

from __future__ import annotations

import numpy as np
import pytest

import outcomegap as og
from outcomegap.engines.scalar.own import curve_function, gate_function, written
from outcomegap.model import Numeric
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
    assert np.isnan(curve_function(og.curve("c", late, scalar_text="min({z}, 1.0)"))(float("nan")))


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
