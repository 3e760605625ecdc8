"""Published fault trees: a coherent one is a success graph as it stands, with the same exact answers.

The trees and their answers are those of the Aralia benchmark set (github:openpra-org/aralia-fault-tree-dataset,
Zenodo 10.5281/zenodo.20160659) and of SCRAM's own tests (github:rakhimov/scram); each file names its source.
MIF, the marginal importance factor, is Birnbaum's: our leverage, where the experience is wholly appropriate.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import outcomegap as og
from outcomegap.model import AllOf, AnyOf, AtLeast
from tests.conftest import SHARED
from tests.model.make import gap, model_of, wish

COMPILED = (
    *("aralia_baobab2", "aralia_chinese", "aralia_das9201", "aralia_das9202", "aralia_das9203", "aralia_das9205"),
    *("aralia_das9208", "aralia_edf9205", "aralia_edf9206", "aralia_edfpa14p", "aralia_edfpa15p", "aralia_elf9601"),
    *("aralia_isp9602", "aralia_isp9603", "aralia_isp9604", "aralia_isp9607", "scram_chinese", "scram_core_atleast"),
    *("scram_hipps", "scram_small_tree", "scram_theatre", "scram_three_motor"),
)
LEFT_OUT = {
    "aralia_das9601": "not coherent: xor and negations, which a success graph does not have",
    "scram_core_imply": "not coherent: an implication",
    "scram_importance_noncoherent": "not coherent: a negation",
    "scram_baobab2": "the tree of aralia_baobab2 again, and no probability is published with it",
    "aralia_edf9202": "compiles, in more than 2 s",
    "aralia_edf9203": "compiles, in more than 2 s",
    "aralia_edfpa14b": "compiles, in more than 2 s",
    "aralia_edfpa14q": "compiles, in more than 2 s",
    "aralia_edfpa15q": "compiles, in more than 2 s",
    "scram_200_event": "compiles, in more than 2 s",
}


def test_no_tree_is_left_out_silently(shared_oracles):
    there = {path.stem for path in (shared_oracles / "fault_trees").glob("*.json")}
    assert there == {*COMPILED, *LEFT_OUT}


def published(name):
    folder = SHARED / "oracles" / "fault_trees"
    if not folder.is_dir():
        pytest.skip("needs ../shared/oracles, which is not beside this checkout")
    return json.loads(Path(folder / f"{name}.json").read_text(encoding="utf-8"))


def success_graph(tree):
    """The same gates over steps that "hold" as events happen; a child named twice, or equal to another, is one."""
    made = {}
    stack = [tree["top"]]
    while stack:
        name = stack[-1]
        if name in made:
            stack.pop()
            continue
        gate = tree["gates"].get(name)
        if gate is None:
            made[name] = gap(name)
            continue
        lacking = [child for child in gate["args"] if child not in made]
        if lacking:
            stack.extend(lacking)
            continue
        below = [made[child] for child in gate["args"]]
        if gate["op"] == "atleast":
            made[name] = AtLeast(gate["k"], *below)
        else:
            made[name] = {"and": AllOf, "or": AnyOf}[gate["op"]](*dict.fromkeys(below))
    return made[tree["top"]]


def scored(name):
    """The tree, and the scores of one customer for whom each event happens with its published probability."""
    tree = published(name)
    scorer = og.Scorer(model_of(success_graph(tree), wish("suited")))
    row = {step.measure.name: [tree["basic_event_probabilities"].get(step.name, 1.0)] for step in scorer.model.steps}
    return tree["expected"], scorer.score(row)


@pytest.mark.parametrize("name", COMPILED)
def test_a_published_tree(name):
    expected, scores = scored(name)
    p = expected["probability"]
    tolerance = expected.get("probability_abs_tol") or expected["probability_rel_tol"] * p
    assert abs(scores.required[0] - p) <= tolerance
    assert scores.experience[0] == 1
    if "importance" in expected:
        check_importance(expected, scores)
    parts = scores.attribution().values[0]
    assert abs(parts.sum() - scores.gap[0]) <= 1e-12
    assert parts.min() >= -1e-15
    assert parts[-1] == 0  # the experience lacks nothing


def check_importance(expected, scores):
    tolerance = expected["importance_rel_tol"]
    leverage = dict(zip(scores.leverage().steps, scores.leverage().values[0], strict=True))
    gain = dict(zip(scores.gain().steps, scores.gain().values[0], strict=True))
    p = scores.required[0]
    for event, published in expected["importance"].items():
        found = leverage[event]
        assert found == pytest.approx(published["MIF"], rel=tolerance)
        # RAW is P with the event certain, by P: what closing the step would make of it.
        assert (p + gain[event]) / p == pytest.approx(published["RAW"], rel=tolerance)
    assert len(expected["importance"]) > 8


def test_importance_is_published_for_ten_trees():
    """So that the comparison above does not shrink unseen."""
    with_importance = [name for name in COMPILED if "importance" in published(name)["expected"]]
    assert len(with_importance) == 10


def test_probabilities_reach_from_rare_to_likely():
    found = [published(name)["expected"]["probability"] for name in COMPILED]
    assert min(found) < 1e-11
    assert max(found) > 0.2
    assert np.isfinite(found).all()
