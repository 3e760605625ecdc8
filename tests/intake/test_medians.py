"""Exact medians of groups."""

from __future__ import annotations

import statistics

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from outcomegap.intake.aggregate import medians


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(-100, 100).map(lambda n: n / 4)), max_size=40))
def test_as_the_standard_library_has_them(pairs: list[tuple[int, float]]) -> None:
    groups = np.array([group for group, _ in pairs], dtype=np.int64)
    found = medians(groups, np.array([value for _, value in pairs]), 6)
    for group in range(6):
        values = [value for g, value in pairs if g == group]
        np.testing.assert_equal(found[group], statistics.median(values) if values else np.nan)
