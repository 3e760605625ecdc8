"""The attribution of one customer, written out, against the vectorized engine."""

from __future__ import annotations

import math

import numpy as np
import pytest

import outcomegap as og
from outcomegap.engines.scalar_line import line_text
from outcomegap.explanation.gradients import nodes_of
from outcomegap.scoring import model_scores
from outcomegap.testing import random_model, random_rows


def rows_of(seed, model, count):
    """Invented customers, as a frame and as one mapping each; None where missing."""
    table = random_rows(seed, model, count)
    lists = {name: np.asarray(values, dtype=object).tolist() for name, values in table.items()}
    rows = [dict(zip(lists, values, strict=True)) for values in zip(*lists.values(), strict=True)]
    return table, rows


@pytest.mark.parametrize("seed", range(60))
def test_one_customer_is_explained_as_many_are(seed):
    model = random_model(seed, max_steps=9, columns=seed % 2 == 0, max_cells=4)
    table, rows = rows_of(seed, model, 4)
    scorer = og.Scorer(model, threads=1)
    many = scorer.score(table, progress=False).attribution()
    position = {name: number for number, name in enumerate(many.steps)}
    for number, row in enumerate(rows):
        for name, part in scorer.score_one(row).attribution().items():
            expected = many.values[number, position[name]]
            assert type(part) is float
            assert math.isnan(part) if math.isnan(expected) else abs(part - expected) <= 1e-12


def test_the_parts_and_the_gap_of_a_product():
    model = og.gallery.load("email-marketing")
    scorer = og.Scorer(model)
    row = rows_of(1, model, 1)[1][0]
    score = scorer.score_one(row)
    if not math.isnan(score.gap):
        assert sum(score.attribution().values()) == pytest.approx(score.gap, abs=1e-14)


def test_long_programs_are_not_written_out(monkeypatch):
    model = og.gallery.load("email-marketing")
    row = {"segment": model.segment_names[0], "stage": model.stage_names[0]}
    written = og.Scorer(model).score_one(row).attribution()
    monkeypatch.setattr(model_scores, "LONGEST_LINE", 0)
    monkeypatch.setattr(model_scores, "line_of", lambda *_: pytest.fail("it was written out"))
    assert og.Scorer(model).score_one(row).attribution() == pytest.approx(written, abs=1e-12, nan_ok=True)


def test_the_text_grows_with_the_instructions_and_not_with_the_nodes():
    steps = [og.SuccessGap(f"s{i}", og.Measure(f"m{i}"), floor=0, target=1) for i in range(80)]
    wish = og.Expectation("w", og.Measure("w"), floor=0, target=1)
    lengths = []
    for count in (10, 20, 40):
        needs = og.RequiredOutcome("r", needs=og.AllOf(*steps[:count]))
        model = og.OutcomeModel(
            "m", desired_outcomes=[og.DesiredOutcome(needs, og.AppropriateExperience("e", expects=wish))]
        )
        (program,) = og.Scorer(model).compiled.programs
        assert len(nodes_of(program.required)[0]) == count // 2
        lengths.append(len(line_text(program, program.required).splitlines()))
    assert lengths[2] - lengths[1] == 2 * (lengths[1] - lengths[0])
