from __future__ import annotations

from decimal import Decimal
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcomegap.frames.text import cell_text, display_width, html_table, text_table


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("abc", 3),
        ("企業", 4),
        ("e\u0301", 1),
        ("\u0633\u0644\u0627\u0645", 4),  # Persian: hello
        ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", 7),  # Persian, with a zero-width non-joiner
        ("ﷺ", 1),
        ("한국", 4),
        ("😀", 2),
        ("ｱ", 1),
        ("\uff21", 2),
        ("", 0),
    ],
)
def test_display_width(text, width):
    assert display_width(text) == width


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.123456, "0.1235"),
        (12345.6, "12,346"),
        (-1234567.0, "-1,234,567"),
        (1e20, "1e+20"),
        (float("inf"), "inf"),
        (float("nan"), "-"),
        (np.float32("nan"), "-"),
        (None, "-"),
        (pd.NA, "-"),
        (pd.NaT, "-"),
        (7, "7"),
        (10**400, str(10**400)),
        (np.int64(12345), "12345"),
        (True, "True"),
        (np.bool_(True), "True"),
        (Decimal("0.5"), "0.5"),
        ("a\nb\tc", "a b c"),
        ("\x1b[31mred", "\ufffd[31mred"),
        ("a\u202eb", "ab"),
        ("", ""),
    ],
)
def test_cell_text(value, text):
    assert cell_text(value) == text


def test_columns_line_up_in_every_script():
    table = text_table(["Segment", "n"], [["企業", 5], ["e\u0301cole", 10], ["کوچک", 100]])
    lines = table.split("\n")
    assert lines == ["Segment    n", "-------  ---", "企業       5", "e\u0301cole     10", "کوچک     100"]
    assert {display_width(line) for line in lines} == {12}


def test_alignment_can_be_chosen():
    assert text_table(["a", "b"], [["x", 1]], align=["r", "l"]).split("\n")[2] == "x  1"
    assert text_table(["long", "b"], [["x", 1]], align="rl").split("\n")[2] == "   x  1"


def test_without_rows():
    assert text_table(["a", "bb"], []) == "a  bb\n-  --"
    assert text_table([], []) == "\n"


def test_long_cells_are_wrapped_to_the_width():
    table = text_table(["gap", "remedy"], [["list built", "send the list-building guide today"]], width=30)
    assert max(display_width(line) for line in table.split("\n")) <= 30
    assert " ".join(table.split("\n")[2:]).split() == [
        "list",
        "built",
        "send",
        "the",
        "list-building",
        "guide",
        "today",
    ]


def test_a_word_that_is_too_long_is_broken():
    table = text_table(["w"], [["x" * 20]], width=8)
    assert table.split("\n")[2:] == ["x" * 8, "x" * 8, "x" * 4]


def test_misuse_is_told():
    with pytest.raises(ValueError, match="2 cells, there are 1 headers"):
        text_table(["a"], [[1, 2]])
    with pytest.raises(ValueError, match="align"):
        text_table(["a"], [[1]], align=["c"])


CELLS = st.one_of(st.text(max_size=30), st.none(), st.integers(), st.floats(), st.booleans())


@given(rows=st.lists(st.tuples(CELLS, CELLS), max_size=6), width=st.one_of(st.none(), st.integers(1, 60)))
def test_a_table_never_breaks_its_lines(rows, width):
    lines = text_table(["one", "two"], rows, width=width).split("\n")
    if width is None:
        assert len(lines) == 2 + len(rows)
    else:
        assert max(map(display_width, lines)) <= max(width, 14)
    assert not any(ord(c) < 32 for line in lines for c in line)


class Cells(HTMLParser):
    def __init__(self):
        super().__init__()
        self.cells: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        if tag in ("td", "th", "caption"):
            self.cells.append("")

    def handle_data(self, data):
        if data.strip("\n") or self.cells:
            self.cells[-1:] = [self.cells[-1] + data] if self.cells else []


@given(text=st.text(alphabet="<>&'\"ab/script ", max_size=20))
def test_html_is_escaped(text):
    page = Cells()
    page.feed(html_table([text], [[text]], caption=text))
    assert page.tags == {"table", "caption", "thead", "tbody", "tr", "th", "td"}
    assert [cell.rstrip("\n") for cell in page.cells] == [text] * 3


def test_html_numbers_are_marked():
    assert '<td class="number">0.5</td>' in html_table(["a"], [[0.5]])
    assert '<td dir="auto">سلام</td>' in html_table(["a"], [["سلام"]])


def test_a_cell_is_never_wider_than_a_hundred():
    shown = text_table(["why"], [["long " * 100]])
    assert max(map(len, shown.splitlines())) <= 100
    assert " ".join(shown.splitlines()[2:]).split() == ["long"] * 100
