"""Families of minimal sets against plain Python sets."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings, strategies as st

from outcomegap.errors import EngineError
from outcomegap.graph import families
from outcomegap.graph.families import EMPTY, UNIT, Families

SETS = st.frozensets(st.frozensets(st.integers(0, 6), max_size=4), max_size=6)


def minimal(sets):
    return frozenset(s for s in sets if not any(other < s for other in sets))


def built(store, sets):
    family = EMPTY
    for chosen in sets:
        one = UNIT
        for variable in chosen:
            one = store.both(one, store.single(variable))
        family = store.either(family, one)
    return family


def listed(store, family):
    found = [frozenset(chosen) for chosen in store.sets(family)]
    assert len(found) == len(set(found)) == store.count(family)
    return frozenset(found)


@settings(max_examples=200, deadline=None)
@given(SETS, SETS)
def test_against_plain_sets(first, second):
    store = Families()
    f, g = built(store, first), built(store, second)
    assert listed(store, f) == minimal(first)
    assert listed(store, store.either(f, g)) == minimal(first | second)
    assert listed(store, store.both(f, g)) == minimal({a | b for a, b in itertools.product(first, second)})


def test_depth_costs_no_recursion():
    store = Families()
    family = UNIT
    for variable in reversed(range(5000)):
        family = store.both(store.single(variable), family)
    assert next(store.sets(family)) == tuple(range(5000))
    either = EMPTY
    for variable in reversed(range(5000)):
        either = store.either(either, store.single(variable))
    assert store.count(either) == 5000
    assert store.size(either) == 5002


def pairs(store, n):
    """Return n parallel pairs in series: 2 ** n minimal sets."""
    family = UNIT
    for i in range(n):
        family = store.both(family, store.either(store.single(2 * i), store.single(2 * i + 1)))
    return family


def test_counting_lists_nothing():
    store = Families()
    assert store.count(pairs(store, 200)) == 2**200


def test_answers_may_be_forgotten(monkeypatch):
    whole = Families()
    monkeypatch.setattr(families, "MOST_ANSWERS", 5)
    small = Families()
    assert listed(small, pairs(small, 6)) == listed(whole, pairs(whole, 6))


def test_limits_say_so():
    with pytest.raises(EngineError, match="takes more than 50 diagram nodes"):
        pairs(store := Families(most_nodes=50), 200)
    with pytest.raises(EngineError, match="takes more than 50 steps"):
        pairs(store := Families(most_steps=50), 200)
    assert store.count(EMPTY) == 0
