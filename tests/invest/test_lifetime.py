"""The formula beside the sum of its series."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st

from outcomegap.invest import lifetime_value


@given(st.floats(-1e6, 1e6), st.floats(0, 0.98), st.floats(0, 1))
def test_it_is_the_sum_of_the_series(margin, retention, discount):
    t = np.arange(1, 3_000)
    series = float((margin * (retention / (1 + discount)) ** t).sum())
    assert lifetime_value(margin, retention, discount) == pytest.approx(series, rel=1e-9, abs=1e-9)


def test_columns_and_missing_margins():
    found = lifetime_value([100.0, np.nan], [0.5, 0.5], 0.0)
    assert found[0] == 100
    assert np.isnan(found[1])
