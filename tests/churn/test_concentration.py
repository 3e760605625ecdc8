"""What one leaver weighs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st

from outcomegap.churn import Ledger, concentration
from outcomegap.errors import DataError
from tests.frames.kinds import KINDS, make


def test_herfindahl_by_hand():
    """Shares 50, 30 and 20 %: 0.25 + 0.09 + 0.04."""
    held = concentration({"who": ["A", "B", "C"], "v": [20, 50, 30]}, value="v", customer="who")
    assert held[0]["herfindahl"] == pytest.approx(0.38)
    assert held[0]["effective"] == pytest.approx(1 / 0.38)
    assert (held[0]["largest"], held[0]["largest_share"]) == ("B", 0.5)
    assert held[0]["one_leaver"] == pytest.approx(1 / 3)


@given(st.lists(st.floats(0.01, 1e300), min_size=1, max_size=50))
def test_bounds(values):
    held = concentration({"v": values}, value="v")
    assert 1 / len(values) - 1e-12 <= held[0]["herfindahl"] <= 1 + 1e-12
    assert values[held[0]["largest"]] == pytest.approx(max(values), rel=1e-12)


def test_equal_customers_are_as_concentrated_as_they_are_many():
    assert concentration({"v": [7.0] * 8}, value="v")[0]["effective"] == pytest.approx(8)


def test_unknown_values_are_told():
    held = concentration({"v": [1.0, np.nan, 3.0]}, value="v")
    assert (held[0]["customers"], held[0]["without_value"], held[0]["largest"]) == (3, 1, 2)


@pytest.mark.parametrize("frame", [{"v": [0.0, 0.0]}, {"v": [np.nan]}])
def test_no_value_no_share(frame):
    held = concentration(frame, value="v")
    assert held[0]["herfindahl"] is held[0]["largest_share"] is None
    assert held[0]["largest"] is None


def test_nobody():
    assert concentration({"v": np.array([])}, value="v")[0]["one_leaver"] is None


def test_of_those_lost():
    ledger = Ledger({"c": ["x", "y"], "s": ["bugs", "price"], "v": [3.0, 1.0]}, customer="c", stated="s", value="v")
    expected = concentration({"c": ["x", "y"], "v": [3.0, 1.0]}, value="v", customer="c")
    assert ledger.concentration()[0] == expected[0]


@pytest.mark.parametrize("kind", KINDS)
def test_any_frame(kind):
    frame = make(kind, {"who": ["A", "B"], "v": [3.0, 1.0]})
    assert concentration(frame, value="v", customer="who")[0]["largest"] == "A"


@pytest.mark.parametrize(("value", "says"), [("w", "no column 'w'"), ("t", "is not a number"), ("n", "below 0")])
def test_bad_value(value, says):
    with pytest.raises(DataError, match=says):
        concentration({"v": [1], "t": ["x"], "n": [-1]}, value=value)


def test_bad_customer():
    with pytest.raises(DataError, match="customer"):
        concentration({"v": [1]}, customer="w")
