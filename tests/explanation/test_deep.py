"""Large graphs: several nodes of the line in one pass, and the layers of counting gates; the numbers stay the same."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

import outcomegap as og
from outcomegap.engines import numpy_blocks as engines
from outcomegap.engines.numpy_blocks import Run, SidePasses
from outcomegap.explanation import gradients
from outcomegap.model import AllOf, AnyOf, AtLeast, Mean
from tests.model.make import gap, ladder, model_of, wish

STEPS = [gap(f"s{i}") for i in range(30)]
GRAPHS = {
    "count": AtLeast(13, *STEPS),
    "counts of counts": AtLeast(2, AtLeast(8, *STEPS[:15]), AtLeast(8, *STEPS[15:]), gap("alone")),
    "shared": AnyOf(AllOf(AtLeast(9, *STEPS[:12]), STEPS[20]), AtLeast(10, *STEPS[8:20])),
    "ladder": ladder(6),
    "product": AllOf(*STEPS),
    "mean": Mean(AtLeast(10, *STEPS), AllOf(*STEPS[:20]), STEPS[3], weights=(3, 2, 1)),
    "a step": STEPS[0],
}
WISHES = Mean(wish("w1"), AllOf(wish("w2"), wish("w3")), weights=(1, 2))


def scored(name, rows=5, missing=0.0, **options):
    model = model_of(GRAPHS[name], WISHES)
    rng = np.random.default_rng(len(name))
    table = {m.name: np.where(rng.random(rows) < missing, np.nan, rng.random(rows)) for m in model.measures}
    return og.Scorer(model, threads=1, **options).score(table)


@pytest.mark.parametrize("missing", [0.0, 0.3])
@pytest.mark.parametrize("name", GRAPHS)
def test_parts_do_not_hang_on_how_many_nodes_are_computed_together(name, missing, monkeypatch):
    found = []
    for most in (1 << 30, 1 << 14, 1):  # all nodes, some, one
        monkeypatch.setattr(engines, "MOST", most)
        found.append(scored(name, missing=missing).attribution().values.tobytes())
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize("name", GRAPHS)
def test_one_customer_has_the_parts_of_many(name, monkeypatch):
    scores = scored(name, missing=0.2)
    table = {m.name: column for m, column in zip(scores.model.measures, scores.batch.columns, strict=True)}
    for many in (1, 8, 10**6):
        monkeypatch.setattr(engines, "MANY_POINTS", many)
        for row, parts in enumerate(scores.attribution().values.tolist()):
            one = scores.scorer.score_one({name: values[row] for name, values in table.items()})
            if not np.isnan(one.desired):
                assert list(one.attribution().values()) == pytest.approx(parts, abs=1e-15, rel=1e-13)


@pytest.mark.parametrize("name", GRAPHS)
def test_layers_together_give_what_their_instructions_give(name, monkeypatch):
    together = scored(name, rows=20)
    monkeypatch.setattr(SidePasses, "runs", ())
    alone = scored(name, rows=20)
    for explain in ("attribution", "gain", "leverage"):
        one, other = (getattr(scores, explain)().values for scores in (together, alone))
        np.testing.assert_allclose(one, other, atol=1e-15, rtol=1e-13)


def test_a_count_is_computed_in_layers():
    side = og.Scorer(model_of(AtLeast(100, *(gap(f"g{i}") for i in range(200))))).compiled.programs[0].required
    runs = Run.all_of(side)
    covered = sum(run.stop - run.start for run in runs)
    assert len(runs) < 200 * 1.01
    assert covered > 0.95 * len(side.code)
    for run in runs:
        for place, row in enumerate(side.code[run.start : run.stop]):
            assert row.args == (run.by, run.high + place + side.base, run.low + place + side.base)
        assert max(run.high, run.low) + run.stop - run.start <= run.start


def test_the_parts_of_a_count_are_exact():
    """Twelve of thirty steps, each attained by half: every step has the thirtieth part of what is lacking."""
    scores = og.Scorer(model_of(AtLeast(12, *STEPS))).score({s.name: [0.5] for s in STEPS} | {"API": [1.0]})
    binomial = [Fraction(1)]
    for _ in STEPS:
        binomial = [(a + b) / 2 for a, b in zip([*binomial, Fraction(0)], [Fraction(0), *binomial], strict=True)]
    part = (1 - sum(binomial[12:])) / 30
    assert scores.attribution().values[0].tolist()[:-1] == pytest.approx([float(part)] * 30, abs=1e-16, rel=1e-13)


def test_one_customer_of_a_large_graph_takes_few_passes(monkeypatch):
    """Passes are counted, not timed: all nodes in one, for one customer and for many."""
    passes = []
    reverse = SidePasses.reverse
    monkeypatch.setattr(SidePasses, "reverse", lambda self, *a, **k: passes.append(1) or reverse(self, *a, **k))
    scores = og.Scorer(model_of(AtLeast(100, *(gap(f"g{i}") for i in range(200))))).score(
        {f"g{i}": [0.4, 0.6] for i in range(200)} | {"API": [1.0, 0.5]}
    )
    parts = scores.attribution().values
    assert len(passes) == 2  # one for each side
    assert np.abs(parts.sum(axis=1) - scores.gap).max() <= 1e-13
    assert gradients.node_count(200) > 50


def test_a_large_graph_has_small_blocks():
    assert engines.block_size(500_000, 8) * 500_000 * 8 <= engines.MOST
