"""Columns of text that are read all at once give what each value gives by itself."""

from __future__ import annotations

import datetime as dt
from typing import Any

import attrs
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import example, given, strategies as st

from outcomegap.frames import texts, wrap
from outcomegap.intake.moments import DateReader, read_moments
from outcomegap.intake.reader import Read, Reader, read_each, read_numbers
from outcomegap.model import Inputs

CELLS = [
    *("1_000", " 5", "5 ", "inf", "-Infinity", "nan", "NaN", "1e5", "1E-5", "1e+5", "0x10", "٣", "", " ", "+5", "-0", "+-5"),
    *("5.", ".5", ".", "-", "e5", "1e", "1e00005", "1e-12345", "1e400", "1e-400", "00012", "12 %", "%5", "5\t", "\x1c5"),
    *("1.234", "1,234", "1.234,5", "1,234.5", "1 234", "1'234", "1.23.456", "12.34", "1..2", "1,2,3", "1.5,", "12.345e2"),
    *("9007199254740993", "0.1", "123456789.123456789", "5e-324", "\u22125", "1\u00a0234", "-99", "99,0", "n/a", "true", "1D5", "1T5"),
]  # fmt: skip
MARKS = [(".", None), (",", None), (",", "."), (".", ","), (",", " "), (".", "'"), (",", "\u00a0"), ("·", None)]
MISSING = [(), (99.0,), ("-99", "n/a"), (1.234, 5), ("99,0", True), (0.0, "1,234")]
NUMBERS = st.one_of(
    st.floats(allow_nan=False).map(repr), st.integers(-(10**20), 10**20).map(str), st.sampled_from(CELLS)
)


def same(column: list[str | None], at_once: Read, each: Read) -> None:
    """Compare values bit for bit, what is wrong with which rows, and how many cells a code gave."""
    kind = "i8" if at_once.values.dtype.itemsize == 8 else None
    assert at_once.values.view(kind).tolist() == each.values.view(kind).tolist(), column
    told: list[list[Any]] = [[], []]
    for read, notes in zip((at_once, each), told, strict=True):
        read.note(lambda *said, rows, options=None: notes.append((said, rows.tolist(), options)), "column")  # noqa: B023
    assert told[0] == told[1], column


def by_itself(column: list[str | None], read: Reader) -> Read:
    found = read_each(wrap({"x": np.array(column, dtype=object)}).distinct("x"), read)
    coded = (found.raw.codes >= 0) & np.isnan(found.values)
    return attrs.evolve(found, coded=int(coded.sum()))


@given(
    st.lists(NUMBERS | st.none() | st.text("0123456789.,'+-eE% \u066b", max_size=9), max_size=12),
    st.sampled_from(MARKS),
    st.sampled_from(MISSING),
    st.sampled_from([None, "fraction", "points"]),
    st.sampled_from([(1.0, 1.0), (3.0, 7.0)]),
)
@example(CELLS, (".", None), (), None, (1.0, 1.0))
@example(["9e307"], (".", None), (), None, (3.0, 7.0))
@example(CELLS, (",", "."), (1.234, 5), "fraction", (3.0, 7.0))
@example(CELLS, (".", ","), (0.0, "1,234"), "points", (1.0, 1.0))
def test_numbers(column: list[str | None], marks: Any, missing: Any, percent: Any, scale: Any) -> None:
    read = Reader(*marks, percent, missing, scale=scale)
    at_once = read_numbers(wrap(pl.DataFrame({"x": column}, schema={"x": pl.String})), "x", read)
    each = by_itself(column, read)
    same(column, at_once, each)
    assert at_once.coded == each.coded


@given(
    st.lists(
        st.none()
        | st.sampled_from(
            ["007", "1" * 15, "1" * 16, "-0", "0.50", "1.", "x", "", " ", "\u2003", "\x1c", "5\n", "\u0663"]
        )
        | st.integers(-20, 20).map(str)
        | st.floats(-1e3, 1e3).map(lambda number: f"{number:.3f}"),
        max_size=6,
    )
)
@example(["1", "-0"])
@example(["1"] * texts.HEAD + ["n/a"])
@example(["1"] * texts.HEAD + ["\x1f"])
@example([None] * texts.HEAD + ["1"])
def test_columns_of_plain_numbers(column: list[str | None]) -> None:
    made = pl.DataFrame({"x": column}, schema={"x": pl.String})
    at_once, each = (wrap(data).plain_numbers("x") for data in (made, {"x": np.array(column, dtype=object)}))
    assert (at_once is None) == (each is None), column
    if at_once is not None and each is not None:
        assert (at_once.dtype, at_once.tobytes()) == (each.dtype, each.tobytes()), column


FORMS = [
    None,
    "%d.%m.%Y",
    "%Y%m%d",
    "%m/%d/%Y %H:%M",
    "%d%m%Y%H%M%S",
    "%d.%m.%y",
    "%Y-%m",
    "%H %Y-%m-%d",
    "%d %b %Y",
    "seconds",
    "days",
]
TIMES = [
    *("2026-01-02", "2026-1-2", "2026- 1-02", "2026-02-30", "2024-02-29", "0000-01-01", "+10000-01-01", "2026-01-02 24:00"),
    *("2026-01-02 23:59:60", "2026-01-02 23:59", "2026-01-02T23:59:59", "2026-01-02T23:59:59Z", "2026-01-02 10:00+02:00"),
    *("20260102", "2026-W05-6", " 2026-01-02", "٢٠٢٦-01-02", "", " ", "soon", "02.01.2026", "2.1.2026", "31.02.2026", "02.01.26"),
    *("01/02/2026 10:11", "02012026101112", "2026-01-02 10:00:00.5", "2026-01-02T10:00:00.123Z", "2026-01-02 10:00:00.123456", "2026-01-02T10:00:00Z", "2026-01-02 10:00:00 UTC", "9999-12-31", "0001-01-01", "1769904000", "-1.5", "1e13", "02 Jan 2026", "02 jan 2026"),
]  # fmt: skip


@given(
    st.lists(st.sampled_from(TIMES) | st.none() | st.datetimes().map(str) | st.dates().map(str), max_size=12),
    st.sampled_from(FORMS),
    st.booleans(),
    st.sampled_from([(), ("2026-01-02", "soon"), ("02.01.2026", 20260102)]),
)
@example(TIMES, None, False, ())
@example([text for text in TIMES if text[-4:] == "123Z"] + TIMES, None, False, ())
@example(
    ["2026-01-02 10:00:00.123456", "2026-01-02 10:00:00.12345", "2026-01-02 10:00:00.1234567", *TIMES], None, False, ()
)
@example(["2026-01-02 10:00:00 UTC", "0001-01-02 10:00:00 UTC", "2026-01-02 24:00:00 UTC", *TIMES], None, False, ())
@example(TIMES[::-1], "%d.%m.%Y", True, ("2026-01-02", "soon"))
def test_moments(column: list[str | None], form: str | None, written: bool, missing: Any) -> None:
    if written and form is not None:  # as the form writes them
        made = [None if text is None else text[:10] for text in column]
        dates = [
            dt.date.fromisoformat(text)
            for text in made
            if text in TIMES[:1] or ((text or "")[:4] > "1999" and plain(text))
        ]
        column = [*column, *(date.strftime(form) for date in dates)]
    at_once = read_moments(wrap(pl.DataFrame({"x": column}, schema={"x": pl.String})), "x", DateReader(form, missing))
    raw = wrap({"x": np.array(column, dtype=object)}).distinct("x")
    same(column, at_once, read_each(raw, DateReader(form, missing), "M8[us]"))


def plain(text: str | None) -> bool:
    try:
        return dt.date.fromisoformat(text or "") is not None
    except ValueError:
        return False


@pytest.mark.parametrize("polars", [True, False])
@pytest.mark.parametrize("marks", [(".", None), (",", ".")])
@pytest.mark.parametrize("make", [dict, pa.table, pd.DataFrame, pl.DataFrame])
def test_long_columns_of_any_library(make: Any, marks: Any, polars: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not polars:
        monkeypatch.setattr(texts, "find_spec", lambda _name: None)
    column = [None if text == "" else text for text in CELLS] * (texts.LONG // len(CELLS) + 1)
    table, read = wrap(make({"x": column})), Reader(*marks, missing=(0.1, "n/a", "99,0"))
    assert table.numbers_at_once("x") is not None
    at_once, each = read_numbers(table, "x", read), by_itself(column, read)
    same(column, at_once, each)
    assert at_once.coded == each.coded
    assert wrap(make({"x": list(range(texts.LONG))})).numbers_at_once("x") is None


WRITTEN = st.one_of(
    st.sampled_from(["$1,234.50", "1.234", "5.678", "563", "1,234", "12,5", "€ 5", "5 €", "12-", "(3)", "4 - fine", "(5) good", "n/a", "0.5", "12 %"]),
    st.text("0123456789.,' -()$", max_size=8),
)  # fmt: skip


@given(st.lists(WRITTEN | st.none(), max_size=8), st.sampled_from([(), ("n/a", 563)]))
@example(["$1.234", "$5"], ())
@example(["563", "3.566", "1"], ("n/a", 563))
def test_marks_that_nobody_said(column: list[str | None], missing: Any) -> None:
    read = Reader.of(None, Inputs(missing=missing))
    frames = (pl.DataFrame({"x": column}, schema={"x": pl.String}), {"x": np.array(column, dtype=object)})
    at_once, each = (read_numbers(wrap(frame), "x", read) for frame in frames)
    same(column, at_once, each)
    assert (at_once.coded, at_once.doubts) == (each.coded, each.doubts)
