"""Numbers as people write them, and back to the same bits."""

from __future__ import annotations

import struct

from hypothesis import given
from hypothesis import strategies as st

from outcomegap.files.plain import plain_number, plain_value
from outcomegap.model import column, per_cell


@given(value=st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**17), 10**17).map(float))
def test_the_same_bits(value):
    assert struct.pack(">d", float(plain_number(value))) == struct.pack(">d", value)


def test_whole_numbers_have_no_point():
    assert (
        repr([plain_number(v) for v in (5.0, -3.0, 0.0, 0.5, -0.0, 1e15, 1e300)])
        == "[5, -3, 0, 0.5, -0.0, 1000000000000000, 1e+300]"
    )


def test_values():
    assert plain_value(column("x")) == {"column": "x"}
    assert plain_value(per_cell(None, {"a": 5, "*/b": column("y")})) == {"a": 5, "*/b": {"column": "y"}}
