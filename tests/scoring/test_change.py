"""Change: causes, the step that did most, frames and words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import outcomegap as og
from outcomegap.frames import wrap
from outcomegap.scoring.change import CAUSES, Change
from tests.scoring.example import email_customers, email_model


def change_of(frame: Any = dict) -> Change:
    scorer = og.Scorer(email_model())
    before, after = (scorer.score(frame(email_customers(200, seed))) for seed in (1, 2))
    return after.change_since(before)


def test_causes_add_up_to_the_total() -> None:
    change = change_of()
    known = ~np.isnan(change.total)
    assert tuple(change.causes) == CAUSES
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
    sizes = [abs(one.total) for one in biggest]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] == np.nanmax(np.abs(change.total))
    one = biggest[0]
    assert one.to_dict()["id"] == one.id
    assert one.after - one.before == pytest.approx(one.total)
    assert len(change.biggest(10_000)) == (~np.isnan(change.total)).sum()
    assert change.biggest(0) == ()


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
