"""Numbers and gaps in words."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given, strategies as st

import outcomegap as og
from outcomegap.listing import number as number_text
from outcomegap.scoring.customers import stands_at, tell_apart
from outcomegap.scoring.worklist import work_status

finite = st.floats(allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize(
    ("value", "floor", "target", "unit", "text"),
    [
        (12, 0, 500, "contacts", "12 of 500 contacts"),
        (12, 48, 1, "h", "12 h, target 1 h"),
        (12.5, 48, 1, None, "12.5, target 1"),
        (0, 0, 50_000, "contacts", "0 of 50,000 contacts"),
        (0.015, 0, 0.03, None, "0.015 of 0.03"),
        (5, 3, 8, None, "5 of 8"),
        (-3, -10, 10, "points", "at -3 points, target 10 points"),
        (-3, -10, -1, None, "at -3, target -1"),
        (499.999, 0, 500, "contacts", "499.999 of 500 contacts"),
        (33.333333, 0, 66.666666, "%", "33.3 of 66.7 %"),
        (1234.5678, 0, 2000, "kg", "1,235 of 2,000 kg"),
    ],
)
def test_where_a_gap_stands(value: float, floor: float, target: float, unit: str | None, text: str) -> None:
    assert stands_at(value, floor, target, unit) == text


@given(finite, finite)
def test_numbers_that_differ_read_differently(a: float, b: float) -> None:
    assume(a != b)
    texts = tell_apart(a, b)
    assert texts[0] != texts[1]


@given(st.floats(-1e18, 1e18, allow_nan=False), st.integers(3, 16))
def test_a_number_reads_as_what_it_is(number: float, digits: int) -> None:
    text = number_text(number, digits)
    size = abs(number)
    digit = 10.0 ** (math.floor(math.log10(size)) - digits + 1) if size else 0.0
    assert abs(float(text.replace(",", "")) - number) <= max(0.51 * digit, 0.5 if digit >= 1 else 0.0) + 1e-15 * size
    assert not text.startswith("-0 ")


def test_status_of_the_work() -> None:
    measure = og.Measure("x")
    assert work_status(og.ProductFunction("f", measure, floor=0, target=1)) == "open"
    assert work_status(og.SuccessGap("g", measure, floor=0, target=1, status="being closed")) == "being closed"
    closed = og.SuccessGap("g", measure, floor=0, target=1, status="closed", bridgeable=False)
    assert work_status(closed) == "cannot be bridged"


def test_what_is_no_number_still_reads() -> None:
    assert [number_text(x) for x in (math.nan, math.inf, -math.inf, 0.0)] == ["-", "inf", "-inf", "0"]
