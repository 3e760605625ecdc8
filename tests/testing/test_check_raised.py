"""Steps brought to their targets: what the kit must not trip over."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import outcomegap as og
from outcomegap.frames import wrap
from outcomegap.testing import CheckFailed, check_model, check_scorer
from tests.scoring.outside import Small

ANSWERS = {"good": 1.0, "bad": 0.0}


def model_of(**target: Any) -> og.OutcomeModel:
    gap = og.SuccessGap("a", og.Measure("a", low=0, high=10), **({"floor": 0} | target))
    wish = og.Expectation("w", og.Measure("w"), floor=0, target=1)
    parts = og.RequiredOutcome("r", needs=gap), og.AppropriateExperience("e", expects=wish)
    return og.OutcomeModel("limits", desired_outcomes=[og.DesiredOutcome(*parts)])


class Words(Small):
    """Reads answers in words; says parts, and no gain."""

    def score(self, customers: Any) -> og.OutcomeScores:
        table = wrap(customers)
        answers = [[ANSWERS.get(each, np.nan) for each in table.values(name).tolist()] for name in ("logins", "hours")]
        reached = np.array(answers).T
        lacking = (1 - np.nan_to_num(reached, nan=0.5)) / 2
        return og.OutcomeScores(self, customers, desired=1 - lacking.sum(axis=1), attainment=reached, parts=lacking)


class Bare(Small):
    """Says D alone."""


class Proud(Small):
    """Cannot be asked of a customer who has everything."""

    def score(self, customers: Any) -> og.OutcomeScores:
        reached = og.attainments(self, customers)
        if (reached[:, 0] == 1).any():
            raise ValueError("nobody is perfect")
        return og.OutcomeScores(self, customers, desired=np.nan_to_num(reached, nan=0.5).prod(axis=1))


NUMBERS: dict[str, Any] = {"logins": [1.0, 2.0, 3.0, 4.0, 6.0], "hours": [25.0, 30.0, 40.0, 36.5, 50.0]}


def test_a_target_beyond_the_measures_limits_is_never_met() -> None:
    assert check_model(model_of(target=20)) == 23


def test_own_targets_beyond_the_limits() -> None:
    frame = {"a": [1.0, 2.5, 3.0, 4.0], "t": [20.0, 30.0, 5.0, 8.0], "w": [0.5, 1.0, 0.25, 0.3]}
    assert check_scorer(og.Scorer(model_of(target=og.column("t"))), frame) == 18  # no rule "by"


def test_parts_without_gain() -> None:
    words = {
        "logins": ["good", "bad", None, "good"],
        "hours": ["bad", "good", "good", None],
        "seats": [1.0, 2.5, 3.0, 4.0],
    }
    assert check_scorer(Words(), words) == 16  # no rules "completions", "monotone", "gain": no measure is numbers


def test_d_alone() -> None:
    assert check_scorer(Bare(), NUMBERS) == 15  # no rules "parts", "gain", "completions" and "by"


@pytest.mark.parametrize("hours", [[25, 30.5, 40, 36, 50], [25, None, 40.5, 36, 50]])
@pytest.mark.parametrize("kind", [dict, pd.DataFrame, lambda columns: pl.DataFrame(columns, strict=False)])
def test_numbers_that_came_as_objects(kind: Any, hours: list[Any]) -> None:
    assert check_scorer(Bare(), kind(NUMBERS | {"hours": hours, "logins": [1, 2, 3, 4, 6]})) == 15


def test_a_scorer_that_raises_there_breaks_the_rule() -> None:
    with pytest.raises(CheckFailed, match="monotone: ValueError: nobody is perfect") as failed:
        check_scorer(Proud(), NUMBERS)
    assert failed.value.rules == ("monotone",)


@pytest.mark.parametrize("rows", [0, 1])
def test_hardly_any_customers(rows: int) -> None:
    with pytest.raises(CheckFailed, match=f"two rows or more .got {rows}."):
        check_scorer(Bare(), {name: values[:rows] for name, values in NUMBERS.items()})


class Shy(Small):
    """Has no score for a customer who has everything."""

    def score(self, customers: Any) -> og.OutcomeScores:
        reached = og.attainments(self, customers)
        desired = np.nan_to_num(reached, nan=0.5).mean(axis=1)
        return og.OutcomeScores(self, customers, desired=np.where((reached == 1).any(axis=1), np.nan, desired))


def test_a_score_that_is_lost() -> None:
    with pytest.raises(CheckFailed, match=r"monotone: desired falls, or is lost, where a step .*: 'logins', 'replies'"):
        check_scorer(Shy(), NUMBERS)
