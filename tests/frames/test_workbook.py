"""Workbooks whose parts say what is not so, made by hand from a sound one."""

from __future__ import annotations

import re
import zipfile

import openpyxl
import pytest

from outcomegap.frames.workbook import DamagedError, workbook_rows

SHEET = "xl/worksheets/sheet1.xml"


@pytest.fixture
def book(tmp_path):
    """Return what makes a workbook of three rows, with its sheet's XML changed by a pattern."""

    def make(pattern="", instead="", rows=(("id", "a"), ("x", 1), ("y", 0.5)), part=SHEET):
        sound, path = tmp_path / "sound.xlsx", tmp_path / "made.xlsx"
        made = openpyxl.Workbook()
        for row in rows:
            made.active.append(row)
        made.save(sound)
        with zipfile.ZipFile(sound) as old, zipfile.ZipFile(path, "w") as new:
            for name in old.namelist():
                text = old.read(name).decode()
                if name == part and pattern:
                    text, times = re.subn(pattern, instead, text)
                    assert times
                new.writestr(name, text)
        return path

    return make


def rows(path):
    return [row for row in workbook_rows(path, lambda pages: pages[0].name) if row]


@pytest.mark.parametrize(
    "instead", ['<dimension ref="A1"/>', '<dimension ref="A1:B2"/>', '<dimension ref="A1:XFD9"/>', ""]
)
def test_a_wrong_size_loses_no_row(book, instead):
    assert rows(book(r"<dimension [^>]*/>", instead)) == [("id", "a"), ("x", 1), ("y", 0.5)]


def test_a_cell_far_away_costs_little(book):
    far = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    found = rows(book("</sheetData>", far))
    assert found[:3] == [("id", "a"), ("x", 1), ("y", 0.5)]
    assert found[3][-1] == 1


@pytest.mark.parametrize("value", ["", "<v/>", "<v></v>"])
def test_a_formula_without_a_value_is_refused(book, value):
    with pytest.raises(DamagedError, match="cell B2 holds a formula whose value was not saved"):
        rows(book(r'<c r="B2"[^>]*>.*?</c>', f'<c r="B2"><f>1/2</f>{value}</c>'))


def test_a_formula_with_a_value_gives_it(book):
    text = '<c r="B2"><f>1/2</f><v>0.5</v></c>', '<c r="B3" t="str"><f>""</f><v></v></c>'
    path = book(r'<c r="B2"[^>]*>.*?</c>(.*)<c r="B3"[^>]*>.*?</c>', rf"{text[0]}\1{text[1]}")
    assert rows(path) == [("id", "a"), ("x", 0.5), ("y", None)]


@pytest.mark.parametrize(
    ("part", "pattern", "instead"),
    [
        (SHEET, "</sheetData>", "</sheet>"),
        (SHEET, '<c r="B2"', '<c r="2"'),
        ("xl/workbook.xml", "<sheets>.*</sheets>", ""),
        ("xl/workbook.xml", "</workbook>", ""),
        ("xl/styles.xml", "<cellXfs", "<cellXf"),
        ("[Content_Types].xml", "<Types", "<Type"),
    ],
)
def test_damage_is_told(book, part, pattern, instead):
    with pytest.raises(DamagedError):
        rows(book(pattern, instead, part=part))


def test_what_is_no_workbook(tmp_path):
    path = tmp_path / "no.xlsx"
    path.write_bytes(b"id,a\n")
    with pytest.raises(DamagedError, match="not an Excel workbook"):
        rows(path)
