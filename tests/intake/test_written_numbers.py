"""Numbers in every script's digits and every country's marks."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given, strategies as st

from outcomegap.intake.written import parse_number

#: The zero of every system of decimal digits that Unicode knows.
ZEROS = [chr(c) for c in range(sys.maxunicode) if unicodedata.decimal(chr(c), None) == 0]
#: Systems whose ten digits do not follow one another.
WHOLE = [z for z in ZEROS if all(unicodedata.decimal(chr(ord(z) + i), None) == i for i in range(10))]


def in_script(text: str, zero: str) -> str:
    return "".join(chr(ord(zero) + int(c)) if c in "0123456789" else c for c in text)


def grouped(whole: str, mark: str) -> str:
    head, tail = whole[: len(whole) % 3], whole[len(whole) % 3 :]
    groups = [head] * bool(head) + [tail[i : i + 3] for i in range(0, len(tail), 3)]
    return mark.join(groups)


def test_there_are_many_scripts() -> None:
    assert len(WHOLE) > 50
    assert {"۰", "٠", "०", "0", "０"} <= set(WHOLE)  # noqa: RUF001


@given(
    st.decimals(min_value=-(10**12), max_value=10**12, places=4),
    st.sampled_from(WHOLE),
    st.sampled_from([(".", ","), (",", "."), (",", " "), (".", "'"), (".", "\u202f"), (".", None), (",", None)]),
    st.booleans(),
    st.sampled_from(["-", "\u2212"]),
)
def test_a_number_written_in_any_script_and_marks_reads_back(number, zero, marks, group, minus) -> None:
    decimal, thousands = marks
    whole, fraction = f"{abs(number):.4f}".split(".")
    if group and thousands is not None:
        whole = grouped(whole, thousands)
    text = (minus if number < 0 else "") + in_script(f"{whole}{decimal}{fraction}", zero)
    assert parse_number(text, decimal, thousands) == float(number)


@given(st.integers(0, 10**9), st.integers(0, 999), st.sampled_from("\u0660\u06f0"))
def test_arabic_marks_need_no_word(whole: int, fraction: int, zero: str) -> None:
    text = in_script(f"{grouped(str(whole), chr(0x66C))}\u066b{fraction:03d}", zero)
    assert parse_number(text) == float(f"{whole}.{fraction:03d}")
    assert parse_number(text + "\u066a", percent="points") == float(f"{whole}.{fraction:03d}")
    assert parse_number("\u200f" + text + "\u061c") == parse_number(text)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_what_python_writes_reads_back(number: float) -> None:
    assert parse_number(repr(number)) == number


@given(st.text(max_size=12), st.sampled_from([".", ","]), st.sampled_from([None, ".", ",", " ", "'"]))
def test_nothing_but_a_number_is_read(text: str, decimal: str, thousands: str | None) -> None:
    try:
        value = parse_number(text, decimal, None if thousands == decimal else thousands)
    except ValueError:
        return
    assert abs(value) < float("inf")
    assert any(char.isdigit() for char in text)


@pytest.mark.parametrize(
    ("text", "marks", "value"),
    [
        ("12,5", {"decimal": ","}, 12.5),
        ("1.234.567,25", {"decimal": ",", "thousands": "."}, 1234567.25),
        ("12,34,567.5", {"thousands": ","}, 1234567.5),
        ("1’234", {"thousands": "'"}, 1234.0),  # noqa: RUF001
        ("1\u00a0234,5", {"decimal": ",", "thousands": " "}, 1234.5),
        ("12,5 %", {"decimal": ",", "percent": "fraction"}, 0.125),
        ("%12", {"percent": "points"}, 12.0),
        ("12", {"percent": "fraction"}, 0.12),
        ("+.5", {}, 0.5),
        ("5.", {}, 5.0),
        ("1e3", {}, 1000.0),
        (" 7 ", {}, 7.0),
    ],
)
def test_forms(text: str, marks: dict, value: float) -> None:
    assert parse_number(text, **marks) == value


@pytest.mark.parametrize(
    ("text", "marks", "why"),
    [
        ("12,5", {}, "decimal"),
        ("12.5", {"decimal": ","}, "marks"),
        ("1,234", {}, "thousands"),
        ("1.23.4", {"decimal": ",", "thousands": "."}, "marks"),
        ("12%", {}, "percent"),
        ("12%%", {"percent": "points"}, "marks"),
        ("1 234", {}, "thousands"),
        ("n/a", {}, "missing"),
        ("nan", {}, "missing"),
        ("inf", {}, "missing"),
        ("1_000", {}, "marks"),
        ("0x10", {}, "marks"),
        ("1e999", {}, "large"),
        ("12 h", {}, "unit"),
        ("12 x", {}, "marks"),
        ("--5", {}, "marks"),
        ("1T000", {"thousands": ","}, "marks"),
        ("", {}, "missing"),
    ],
)
def test_what_is_no_number_says_what_would_help(text: str, marks: dict, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse_number(text, **marks)
