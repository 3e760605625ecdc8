"""Digests: equal exactly where the values are, in any process, at any depth, one step a node."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections import Counter
from pathlib import Path
from unittest.mock import ANY

import pytest
from hypothesis import given, strategies as st

from outcomegap.model import (
    AllOf,
    AnyOf,
    AtLeast,
    Mean,
    Measure,
    OutcomeModel,
    check,
    diff,
    gate as gates,
    step as steps,
)
from outcomegap.model.declaration import FrozenMap
from outcomegap.model.gate import depth_of, gates_of, steps_of
from outcomegap.model.identity import DIGEST_SIZE, ByDigest, digest, pack, parts, postorder, unpack
from tests.model.make import desired, gap, ladder, model_of, wish

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.floats(allow_nan=False)
    | st.text(max_size=3)
    | st.binary(max_size=3),
    lambda inner: st.lists(inner, max_size=3).map(tuple) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=6,
)


def kinded(value):
    """A value that is equal only to its like: True is not 1, while 2 is 2.0 and -0.0 is 0.0."""
    if isinstance(value, bool) or value is None or isinstance(value, (str, bytes)):
        return (type(value).__name__, value)
    if isinstance(value, (int, float)):
        return ("number", float(value))
    if isinstance(value, tuple):
        return ("tuple", tuple(map(kinded, value)))
    return ("map", frozenset((key, kinded(item)) for key, item in value.items()))


@given(PLAIN, PLAIN)
def test_equal_exactly_where_the_values_are(one, other):
    assert (digest(one) == digest(other)) == (kinded(one) == kinded(other))
    assert len(digest(one)) == DIGEST_SIZE


def test_texts_do_not_run_together():
    assert len({digest(x) for x in (("a", "b"), ("ab",), ("a", ("b",)), (("a", "b"),), "ab", b"ab", ())}) == 7


def test_mappings_are_equal_in_any_order():
    assert digest({"a": 1, "b": 2}) == digest(FrozenMap({"b": 2.0, "a": 1.0}))
    assert digest({"a": 1, "b": 2}) != digest({"a": 2, "b": 1})


def test_kinds_with_the_same_fields_differ():
    assert len({digest(kind) for kind in (Measure("a"), gap("a"), wish("a"), AllOf(gap("a")), AnyOf(gap("a")))}) == 5


def test_any_text_has_a_digest():
    assert digest("\ud800") != digest("?")


def test_what_is_no_node_may_decide_for_itself():
    assert gap("a") == ANY
    assert AllOf(gap("a")) == ANY
    assert gap("a") != "a"


def test_what_has_no_digest_is_said():
    with pytest.raises(TypeError, match="not iterable"):
        digest(object())


# --- deep shared graphs ----------------------------------------------------------------------------------------------


@pytest.fixture
def digests(monkeypatch):
    """Count the digests that gates and steps compute, and the steps of walks."""
    count = Counter()

    def counting(value):
        count["digests"] += not isinstance(value, ByDigest)  # a node has its digest already
        return digest(value)

    monkeypatch.setattr(gates, "digest", counting)
    monkeypatch.setattr(steps, "digest", counting)
    return count


KINDS = (AllOf, AnyOf, Mean)


@pytest.mark.parametrize("depth", [500, 1000])
def test_a_deep_shared_graph_costs_a_digest_a_node(digests, depth):
    """2^depth paths: whatever walks the tree instead of the graph never ends, whatever recurses overruns the stack."""
    one, other = ladder(depth), ladder(depth)
    nodes = list(postorder([one]))
    assert len(nodes) == 1 + 5 * depth
    means = sum(type(node) is Mean for node in nodes)
    # A step digests its curve, then itself; a mean each pair of child and weight, then itself.
    assert digests["digests"] == 2 * (len(nodes) + len(steps_of(one)) + 2 * means)

    another = AllOf(*one.children, gap("one more"))
    digests.clear()
    assert one == other
    assert hash(one) == hash(other)
    assert one != another
    assert len({one, other}) == 1
    assert depth_of(one) == 2 * depth
    assert (len(steps_of(one)), len(gates_of(one))) == (1 + 2 * depth, 3 * depth)
    assert len(repr(one)) < 200
    assert digests["digests"] == 0

    text = pickle.dumps(one)
    assert digests["digests"] == 0
    assert len(text) < 500 * len(nodes)
    copy = pickle.loads(text)
    assert copy == one
    assert digests["digests"] == 0


def test_a_chain_of_steps_that_build_on_one_another(digests):
    step = gap("0")
    for number in range(1, 1000):
        step = gap(str(number), after=[step, gap(f"side {number}", after=[step])])
    assert digests["digests"] == 2 * (1 + 2 * 999)
    assert len(steps_of(step)) == 1 + 2 * 999
    digests.clear()
    assert pickle.loads(pickle.dumps(step)) == step
    assert digests["digests"] == 0


def test_walks_look_at_each_node_once():
    root = ladder(300)
    seen = Counter()

    def below(node):
        seen[node] += 1
        return parts(node)

    order = list(postorder([root, root], below))
    assert len(order) == len(set(order)) == 1 + 5 * 300
    assert set(seen.values()) == {1}


def test_a_model_of_a_deep_graph(digests):
    one, other = (model_of(AllOf(ladder(500), gap("list"))) for _ in range(2))
    digests.clear()
    assert one == other
    assert hash(one) == hash(other)
    assert one.fingerprint == other.fingerprint
    assert diff(one, other) == ()
    assert digests["digests"] == 0
    assert check(one) == ()
    assert pickle.loads(pickle.dumps(one)) == one


def test_packing_lists_each_node_once_parts_first():
    packed = pack(ladder(50))
    assert len(packed) == 1 + 5 * 50
    below = [fields.get("children", fields.get("after")) for _, fields in packed]
    assert all(position < place for place, positions in enumerate(below) for position in positions)
    assert unpack(packed) == ladder(50)


# --- other processes -------------------------------------------------------------------------------------------------

ASK = """
import pickle, sys
model = pickle.load(sys.stdin.buffer)
from outcomegap.model.identity import digest
from tests.model.test_identity import invented
again = invented()
print(model == again, hash(model) == hash(again), model.fingerprint, again.fingerprint, digest(again.steps[0]).hex())
"""


def invented() -> OutcomeModel:
    needs = AllOf(ladder(3), AtLeast(2, *(gap(name, curve=[(0, 0), (0.5, 0.2), (1, 1)]) for name in "xyz")))
    expects = Mean(wish("w", owner="ä", missing=0.25), wish("v", curve="smooth"), weights=(2, 0.1))
    return OutcomeModel("m", desired_outcomes=[desired(needs, expects)], segments=["a"], stages=["b"])


@pytest.mark.parametrize("seed", ["0", "4711"])
def test_a_fingerprint_is_the_same_in_a_fresh_process(seed):
    """Python's own hashes of text differ there; digests and fingerprints do not."""
    model = invented()
    done = subprocess.run(
        [sys.executable, "-c", ASK],
        input=pickle.dumps(model),
        capture_output=True,
        check=True,
        cwd=Path(__file__).resolve().parents[2],
        env=os.environ | {"PYTHONHASHSEED": seed},
    )
    same, hashed, pickled, rebuilt, step = done.stdout.decode().split()
    assert (same, hashed) == ("True", "True")
    assert pickled == rebuilt == model.fingerprint
    assert step == digest(model.steps[0]).hex()


def test_digests_hold_for_good():
    """Saved scores carry them: a change of these texts makes every saved file one of another model."""
    assert digest(gap("list")).hex() == "4b865517fc8844d58217400219696a0c"
    assert (
        digest(Mean(gap("a"), AtLeast(1, gap("b"), gap("c")), weights=(2, 1))).hex()
        == "d030ce966ba5c4af82bec69818f6c35d"
    )
    # What is added to models later leaves the fingerprints of those that do not use it as they are.
    assert invented().fingerprint == "0d57a138b684b73debf78b116a967ec2"


def test_a_zero_has_one_digest_whatever_its_sign():
    """-0.0 == 0.0, so models that hold them are equal, and their fingerprints too."""
    one, other = (OutcomeModel("m", desired_outcomes=[desired(min_coverage=zero)]) for zero in (0.0, -0.0))
    assert one == other
    assert one.fingerprint == other.fingerprint
    assert gap("a", floor=-0.0) == gap("a", floor=0.0)
