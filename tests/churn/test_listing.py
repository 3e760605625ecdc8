"""Lists: plain values for programs, a frame of the kind that came in, a table to read."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from outcomegap.churn.listing import Listing, as_column, percent, span
from outcomegap.frames import wrap
from tests.frames.kinds import listed, make

COLUMNS = {
    "who": ["A", None, "<b>"],
    "n": np.array([1, 2, 3]),
    "share": np.array([0.5, np.nan, 1.0]),
    "day": np.array(["2026-01-31", "NaT", "2026-02-01"], dtype="M8[us]"),
}


def listing(**more):
    return Listing("three", COLUMNS, wrap({"any": [1]}), **more)


def test_plain_values():
    rows = listing().rows()
    assert rows[0] == {"who": "A", "n": 1, "share": 0.5, "day": dt.date(2026, 1, 31)}
    assert rows[1] == {"who": None, "n": 2, "share": None, "day": None}
    assert list(listing()) == rows
    assert [listing()[place] for place in (0, 1, 2)] == rows
    assert listing()[-1] == rows[-1]
    assert len(listing()) == 3
    with pytest.raises(IndexError):
        listing()[3]


def test_to_read():
    found = listing(notes=["a note"], show={"share": percent}, hide=["n"])
    text = str(found)
    assert text.startswith("three\n")
    assert "50.0 %" in text
    assert text.endswith("a note")
    assert " n " not in text
    assert "&lt;b&gt;" in found._repr_html_()
    assert "<p>a note</p>" in found._repr_html_()


def test_long_lists_say_how_many_more():
    many = Listing("many", {"n": np.arange(45)}, wrap({"any": [1]}))
    assert "... and 25 more; to_frame() has them all." in str(many)


def test_empty_lists():
    none = Listing("none", {"n": []}, wrap({"any": [1]}))
    assert (len(none), none.rows(), str(none)) == (0, [], "none")


@pytest.mark.parametrize("kind", ["dict", "records", "pandas", "polars", "pyarrow", "duckdb"])
def test_the_same_kind_of_frame(kind):
    frame = make(kind, {"any": [1]})
    back = Listing("three", COLUMNS, wrap(frame)).to_frame()
    assert type(back) is type(frame)
    assert listed(back)["n"] == [1, 2, 3]


def test_words():
    assert percent(float("nan")) == span(float("nan"), 1) == "-"
    assert span(0, 1) == "0.0 to 100.0 %"
    assert as_column([1, None]).tolist() == [1, None]
    assert as_column([(1, 2), "a"]).tolist() == [(1, 2), "a"]
