"""Ways over several points: blocks, other models' data, and what cannot be looked at."""

from __future__ import annotations

import numpy as np
import pytest

import outcomegap as og
from outcomegap.explanation.change import Snapshot, change_path, in_double, read_again, without_span
from outcomegap.testing import random_model, random_rows


def test_several_programs_and_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("outcomegap.explanation.change.CHUNK", 7)
    model = random_model(11, max_steps=10, max_cells=9)
    scorer = og.Scorer(model)
    assert len(scorer.compiled.programs) > 1
    rows = random_rows(1, model, 50)
    start, end = scorer.score(rows), scorer.score({n: v[::-1] for n, v in rows.items()})
    order = np.argsort(start.cell, kind="stable"), np.argsort(end.cell, kind="stable")
    assert (start.cell[order[0]] == end.cell[order[1]]).all()
    stands = [Snapshot(s.scorer.engine, s.batch, o, s.cell[o]) for s, o in ((start, order[0]), (end, order[1]))]
    found = change_path(stands)
    total = found.parts[0].jump + found.parts[0].steps.sum(axis=1)
    assert np.abs(total - (found.last - found.first)).max() <= 1e-12
    shuffled = np.random.default_rng(3).permutation(50)
    again = change_path([Snapshot(s.engine, s.batch, s.rows[shuffled], s.cells[shuffled]) for s in stands])
    assert (again.parts[0].steps == found.parts[0].steps[shuffled]).all()


def model_of(quota: str, *names: str) -> og.OutcomeModel:
    steps = [og.SuccessGap(name, og.Measure(name), floor=0, target=og.column(quota)) for name in names]
    wish = og.Expectation("w", og.Measure("w"), floor=0, target=1)
    outcome = og.DesiredOutcome(
        og.RequiredOutcome("r", needs=og.AllOf(*steps)), og.AppropriateExperience("e", expects=wish)
    )
    return og.OutcomeModel("m", desired_outcomes=[outcome])


def test_another_models_data_are_read_by_name() -> None:
    old, new = og.Scorer(model_of("quota", "calls", "visits")), og.Scorer(model_of("visits", "quota", "demos"))
    rows = {"calls": [1.0, 2.0], "visits": [3.0, None], "quota": [4.0, 5.0], "w": [0.5, 1.0]}
    scores = old.score(rows)
    batch = read_again(new.compiled, old.compiled, scores.batch)
    names = [measure.name for measure in new.model.measures]
    found = dict(zip(names, batch.columns, strict=True))
    np.testing.assert_array_equal(found["quota"], [4, 5])  # a column there, a measure here
    np.testing.assert_array_equal(found["demos"], [np.nan, np.nan])
    np.testing.assert_array_equal(found["w"], [0.5, 1])
    np.testing.assert_array_equal(batch.own[0], [3, np.nan])  # a measure there, a column here
    assert dict(zip(names, batch.complete, strict=True)) == {"quota": True, "demos": False, "w": True}


def test_floor_and_target_that_are_one_number() -> None:
    scorer = og.Scorer(model_of("quota", "calls"))
    scores = scorer.score({"calls": [1.0] * 3, "quota": [4.0, 2.0, None], "w": [1.0] * 3})
    other = og.Scorer(model_of("w", "calls"))
    batch = read_again(other.compiled, scorer.compiled, scores.batch)
    stand = Snapshot(other.engine, batch, np.arange(3), np.zeros(3, dtype=np.int32))
    assert without_span(stand).tolist() == [False] * 3
    zero = og.Scorer(model_of("quota", "calls")).score({"calls": [1.0], "quota": [4.0], "w": [0.0]})
    batch = read_again(other.compiled, scorer.compiled, zero.batch)
    assert without_span(Snapshot(other.engine, batch, np.arange(1), np.zeros(1, dtype=np.int32))).tolist() == [True]


def test_engines_in_double_precision() -> None:
    model = model_of("quota", "calls")
    narrow, wide = og.Scorer(model, dtype="float32").engine, og.Scorer(model).engine
    assert in_double(wide) is wide
    assert in_double(narrow).dtype == np.float64
    assert in_double(narrow).compiled is narrow.compiled
