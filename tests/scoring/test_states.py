"""States and the order of need (docs/meaning, clause 2.6)."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given, strategies as st

from outcomegap.scoring.states import (
    FAILING,
    STATES,
    SUCCESSFUL,
    TOLERANCE,
    TOLERATING,
    UNCERTAIN,
    order_of_need,
    state_codes,
)

NAN = math.nan


def state(r, e, achieved_at=0.5, appropriate_at=0.5):
    arrays = (np.array([x], dtype=np.float64) for x in (r, e, achieved_at, appropriate_at))
    return STATES[state_codes(*arrays)[0]]


def test_the_states_by_hand():
    assert STATES == ("failing", "tolerating", "uncertain", "successful")
    assert [STATES[code] for code in (FAILING, TOLERATING, UNCERTAIN, SUCCESSFUL)] == list(STATES)
    assert [state(r, e) for r, e in product((0.4, 0.6), repeat=2)] == ["failing", "failing", "tolerating", "successful"]
    assert [state(r, e) for r, e in ((NAN, 1), (1, NAN), (NAN, NAN), (0, NAN))] == ["uncertain"] * 4


def test_a_threshold_is_met_within_the_tolerance():
    assert state(0.5, 0.5) == "successful"
    assert state(0.5 - TOLERANCE / 2, 0.5 - TOLERANCE / 2) == "successful"
    assert state(0.5 - 2 * TOLERANCE, 1) == "failing"
    assert state(1, 0.5 - 2 * TOLERANCE) == "tolerating"
    assert state(1, 1, 1, 1) == "successful"
    assert TOLERANCE == 1e-9


number = st.sampled_from([0.0, 0.25, 0.5, 0.8, 1.0, NAN])
threshold = st.sampled_from([0.25, 0.5, 0.8, 1.0])


@given(st.lists(st.tuples(number, number, threshold, threshold), max_size=20))
def test_states_of_many_equal_the_states_of_each(rows):
    """If and else, one customer after the other."""
    table = np.array(rows, dtype=np.float64).reshape(-1, 4).T
    expected = []
    for r, e, achieved_at, appropriate_at in rows:
        if math.isnan(r) or math.isnan(e):
            expected.append("uncertain")
        elif r < achieved_at:
            expected.append("failing")
        else:
            expected.append("successful" if e >= appropriate_at else "tolerating")
    codes = state_codes(*table)
    assert codes.dtype == np.int8
    assert [STATES[code] for code in codes] == expected


def test_single_precision_and_one_threshold_for_all():
    r, e = np.array([1.0, 0.5], dtype=np.float32), np.array([0.4, 1.0], dtype=np.float32)
    assert state_codes(r, e, np.float64(0.8), np.float64(0.8)).tolist() == [TOLERATING, FAILING]


def order(states, gap, value=None):
    return order_of_need(
        np.array(states, dtype=np.int8),
        np.array(gap, dtype=np.float64),
        None if value is None else np.array(value, dtype=np.float64),
    ).tolist()


def test_the_state_comes_before_the_gap():
    # R = 1, E = .4 (D = .4) is less urgent than R = .5, E = 1 (D = .5).
    assert order([TOLERATING, FAILING], [0.6, 0.5]) == [1, 0]
    assert order([SUCCESSFUL, UNCERTAIN, TOLERATING, FAILING], [0.9, 0.8, 0.7, 0.1]) == [3, 2, 1, 0]


def test_then_the_larger_gap_then_the_larger_value_then_the_first():
    assert order([FAILING] * 3, [0.1, 0.3, 0.2]) == [1, 2, 0]
    assert order([FAILING] * 4, [0.1] * 4, [1, NAN, 3, 2]) == [2, 3, 0, 1]
    assert order([FAILING] * 3, [0.1, 0.1, 0.1]) == [0, 1, 2]
    assert order([FAILING] * 2, [0.1, 0.2], [100, 1]) == [1, 0]


def test_those_without_a_gap_come_last_whatever_their_state():
    assert order([FAILING, SUCCESSFUL, UNCERTAIN], [NAN, 0.0, NAN]) == [1, 0, 2]


def test_who_has_a_gap_and_no_state_stands_among_the_uncertain():
    """A row set aside, of which somebody says a score and no state."""
    assert order([SUCCESSFUL, -1, FAILING, UNCERTAIN, -1], [0.9, 0.5, 0.1, 0.4, NAN]) == [2, 1, 3, 0, 4]


def test_nobody():
    assert order([], []) == []


@given(
    st.lists(
        st.tuples(
            st.integers(0, 3),
            st.sampled_from([0.0, 0.1, 0.5, 1.0, NAN]),
            st.sampled_from([-5.0, 0.0, 7.0, 1e300, NAN]),
        ),
        max_size=12,
    ),
    st.booleans(),
)
def test_order_equals_a_sort_by_its_rule(customers, valued):
    def need(position):
        code, gap, value = customers[position]
        worth = -math.inf if math.isnan(value) else value
        return (math.isnan(gap), code, 0.0 if math.isnan(gap) else -gap, -worth if valued else 0.0, position)

    states, gaps, values = zip(*customers, strict=True) if customers else ((), (), ())
    assert order(states, gaps, values if valued else None) == sorted(range(len(customers)), key=need)


@pytest.mark.parametrize("value", [[1, 2], [1.5, 2.5], [True, False]])
def test_values_of_any_number_type(value):
    found = order_of_need(np.array([FAILING, FAILING]), np.array([0.1, 0.1]), np.array(value))
    assert found.tolist() == ([1, 0] if value[0] < value[1] else [0, 1])
