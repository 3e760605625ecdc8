"""Sums without rounding: against fractions, in any order, in any parts."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from outcomegap.scoring import exact_sums
from outcomegap.scoring.exact_sums import BITS, MOST, ExactSums

GROUPS = 3
ANY = st.floats(-(2.0**890), 2.0**890)
LIKELY = st.floats(0, 1) | st.sampled_from([0.0, 1.0, 0.1, 1e-18, 5e-324, 2.0**-36, 2.0**36 + 1])
ROWS = st.lists(st.tuples(st.integers(0, GROUPS - 1), ANY | LIKELY, LIKELY), max_size=40)


def summed(rows, lines=2):
    sums = ExactSums((lines, GROUPS))
    rows = sorted(rows, key=lambda row: row[0])
    codes = np.array([row[0] for row in rows], dtype=np.int64)
    starts = np.flatnonzero(np.diff(codes, prepend=-1))
    values = np.array([row[1:] for row in rows], dtype=np.float64).reshape(-1, lines).T
    sums.add(values, starts, codes[starts])
    return sums


def merged(*parts):
    found = ExactSums(parts[0].shape)
    for part in parts:
        found.merge(part, np.arange(GROUPS))
    return found


@given(ROWS)
@settings(max_examples=200, deadline=None)
def test_totals_are_the_nearest_doubles(rows) -> None:
    totals = summed(rows).totals()
    for line in range(2):
        for group in range(GROUPS):
            exact = sum((Fraction(row[1 + line]) for row in rows if row[0] == group), Fraction(0))
            spare = Fraction(float(np.spacing(abs(float(exact))))) * Fraction(51, 100)
            assert abs(Fraction(float(totals[line, group])) - exact) <= spare


@given(ROWS, st.randoms(use_true_random=False), st.lists(st.integers(0, 40), max_size=4))
@settings(max_examples=200, deadline=None)
def test_any_order_and_parts_have_the_same_digits(rows, random, cuts) -> None:
    whole, mixed = summed(rows), list(rows)
    random.shuffle(mixed)
    ends = [0, *sorted(cuts), len(mixed)]
    parts = [summed(mixed[start:stop]) for start, stop in pairwise(ends)]
    random.shuffle(parts)
    found = merged(*parts)
    assert found.totals().tobytes() == whole.totals().tobytes()
    for place in whole.digits.keys() | found.digits.keys():
        nothing = np.zeros((2, GROUPS), dtype=np.int64)
        np.testing.assert_array_equal(whole.digits.get(place, nothing), found.digits.get(place, nothing))


@given(ROWS)
@settings(deadline=None)
def test_values_at_positions_are_those_of_rows(rows) -> None:
    found = ExactSums((2, GROUPS))
    for line in (0, 1):
        values = np.array([row[1 + line] for row in rows])
        found.add_at(values, np.array([line * GROUPS + row[0] for row in rows], dtype=np.int64))
    assert found.totals().tobytes() == summed(rows).totals().tobytes()


def test_as_many_as_can_be_added_at_once() -> None:
    """All of the largest of their place, in one group: 2 ** 53 units, the last whole number that doubles count to."""
    for value in (1.0, np.nextafter(1.0, 0.0), 2.0**BITS, 1 / 3):
        sums = ExactSums((1,))
        for _ in range(3):
            sums.add(np.full(MOST, value), np.array([0]), np.array([0]))
        assert sums.totals()[0] == float(Fraction(float(value)) * 3 * MOST)


@pytest.mark.parametrize("huge", [np.inf, np.nan, 1e300, -np.inf])
def test_what_is_huge_is_added_as_floats(huge) -> None:
    sums = ExactSums((GROUPS,))
    sums.add(np.array([huge, 0.25, 0.5]), np.array([0, 1]), np.array([0, 2]))
    sums.merge(sums, np.array([0, 2, 1]))
    np.testing.assert_array_equal(sums.totals(), [2 * huge, 0.75, 0.75])


def test_whole_numbers_and_groups_that_become_one() -> None:
    sums, twice = ExactSums((GROUPS,), whole=True), ExactSums((2,), whole=True)
    sums.count(np.array([1 << 52, 2, 3]))
    for _ in range(2):
        twice.merge(sums, np.array([1, 0, 0]))
    assert (twice.totals().dtype, twice.totals().tolist()) == (np.int64, [10, 1 << 53])


def test_no_rows_and_no_groups() -> None:
    sums = ExactSums((2, 0))
    sums.add(np.empty((2, 0)), np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))
    assert sums.totals().shape == (2, 0)


def test_compiled_code_splits_the_same_digits(monkeypatch):
    """Values of any size and sign, infinities, NaN and truth values, in runs of any length."""
    pytest.importorskip("numba")
    import outcomegap.engines.compiled_kernel  # noqa: F401 - so that compiled code is used

    rng = np.random.default_rng(5)
    for rows in (1, 7, 513, 3_000):
        starts = np.unique(np.append(0, rng.integers(0, rows, 9)))
        groups = rng.permutation(12)[: len(starts)]
        small, wild = rng.random((3, rows)) * (rng.random((3, rows)) < 0.8), rng.normal(size=(3, rows))
        wild *= 10.0 ** rng.integers(-300, 300, (3, rows))
        odd = np.where(rng.random((3, rows)) < 0.1, rng.choice([np.inf, -np.inf, np.nan, 1e-320]), wild)
        for values in (small, -small, wild, odd, small > 0.5):
            found = []
            for kernel in (exact_sums.KERNEL, "no.such.module"):
                with monkeypatch.context() as patch, np.errstate(invalid="ignore"):
                    patch.setattr(exact_sums, "KERNEL", kernel)
                    sums = exact_sums.ExactSums((3, 12), whole=values.dtype == bool)
                    sums.add(values.copy(), starts, groups)
                    digits = {place: each.tolist() for place, each in sums.digits.items() if each.any()}
                    found.append((sums.totals().tobytes(), digits))
            assert found[0] == found[1]
