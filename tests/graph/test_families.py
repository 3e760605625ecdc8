"""Families of minimal sets against plain Python sets."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings, strategies as st

from outcomegap.errors import EngineError
from outcomegap.graph import minimal_sets
from outcomegap.graph.minimal_sets import EMPTY, UNIT, Families

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


def pairs(store, n):
    """Return n parallel pairs in series: 2 ** n minimal sets."""
    family = UNIT
    for i in range(n):
        family = store.both(family, store.either(store.single(2 * i), store.single(2 * i + 1)))
    return family


def test_counting_lists_nothing():
    store = Families()
    assert store.count(pairs(store, 200)) == 2**200


def test_the_limit_says_so(monkeypatch):
    monkeypatch.setattr(minimal_sets, "MOST_ANSWERS", 50)
    with pytest.raises(EngineError, match="takes too much memory; ask for one part"):
        pairs(Families(), 200)
