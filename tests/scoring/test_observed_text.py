"""Disagreement between model and observation, in words."""

from __future__ import annotations

import outcomegap as og
from tests.scoring.test_observed import REVENUE, ROWS, model_of


def test_words() -> None:
    text = str(og.Scorer(model_of(REVENUE)).score(ROWS).disagreement())
    assert text.startswith("sales: model and observation compared for 5 of 7 customers")
    assert "The model says attained, the observation says not: 2 (40%); the model lacks a gap that they have" in text
    assert "the observation says not: b, d" in text
    assert "reply" in text
    assert "No gap that the model knows sets them apart." in text  # of those who only the observation says attained
    agreeing = {name: values[:1] for name, values in ROWS.items()}
    assert "0 (0%)" in str(og.Scorer(model_of(REVENUE)).score(agreeing).disagreement())
