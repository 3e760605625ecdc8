"""The page on architecture says what the code is: its picture, and the files and names where a change goes."""

from __future__ import annotations

import re

import pytest

from tests.docs.house import PAGE, picture
from tests.docs.pages import ROOT

TEXT = PAGE.read_text(encoding="utf-8")
SPAN = re.compile(r"`([^`\n]+)`")
FILE = re.compile(r"[\w./]*(?:/|\.(?:py|pyi|toml|json|html|css|md))")
NAME = re.compile(r"[A-Za-z_][\w.]*")
ROWS = TEXT.partition("## Where a change goes")[2].partition("\n## ")[0].strip().splitlines()[2:]


def place(name):
    """Return where a file or folder stands: in the package, or beside it."""
    return next((base / name for base in (ROOT / "outcomegap", ROOT) if (base / name).exists()), None)


def test_the_picture_is_current():
    assert picture() in TEXT, "python -m tests.docs.house"


@pytest.mark.parametrize("name", sorted(set(filter(FILE.fullmatch, SPAN.findall(TEXT)))))
def test_a_file_that_it_names_is_there(name):
    assert place(name) is not None


@pytest.mark.parametrize("row", [row for row in ROWS if ".py`" in row], ids=lambda row: row.split("|")[1].strip())
def test_what_a_row_names_stands_in_the_files_of_the_row(row):
    spans = SPAN.findall(row.split("|")[2])
    files = [place(span) for span in spans if FILE.fullmatch(span)]
    code = "\n".join(file.read_text(encoding="utf-8") for file in files if file.is_file())
    names = [span for span in spans if NAME.fullmatch(span) and not FILE.fullmatch(span)]
    pieces = {piece for name in names for piece in name.split(".")}
    assert [piece for piece in sorted(pieces) if not re.search(rf"\b{piece}\b", code)] == []


def test_the_lines_around_the_new_field_are_those_of_the_code():
    diff = re.search(r"^```diff\n--- a/(\S+)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    code = (ROOT / diff[1]).read_text(encoding="utf-8").splitlines()
    around = [line[1:] for line in diff[2].splitlines() if line.startswith(" ")]
    assert around
    assert [line for line in around if line not in code] == []
