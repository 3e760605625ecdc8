"""docs/field.md: every row of what the field knows has a name that exists and an example that is run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import outcomegap as og
from tests.docs.pages import BLOCK, ROOT, pages

PAGE = ROOT / "docs" / "field.md"
ROW = re.compile(r"^\| ([A-G]\d+) \| (.+?) \| (.+?) \| \[.+?\]\((.*?)\)(?:, \[.+?\]\(.*?\))? \|$", re.MULTILINE)
ROWS = ROW.findall(PAGE.read_text(encoding="utf-8"))
#: How many rows each part has.
PARTS = {"A": 14, "B": 7, "C": 10, "D": 23, "E": 4, "F": 12, "G": 6}


def resolved(name: str):
    """Return the object of a dotted public name."""
    found = og
    for piece in name.removeprefix("og.").split("."):
        found = getattr(found, piece)
    return found


def slug(heading: str) -> str:
    """Return the anchor of a heading, as Markdown renderers make it."""
    kept = re.sub(r"[^\w\- ]", "", heading.strip().lower())
    return kept.replace(" ", "-")


def test_every_row_is_there_once():
    assert [row for row, *_ in ROWS] == [f"{part}{n}" for part, count in PARTS.items() for n in range(1, count + 1)]


@pytest.mark.parametrize(("row", "known", "names", "link"), ROWS, ids=[row for row, *_ in ROWS])
def test_a_row(row, known, names, link):
    listed = re.findall(r"`(og\.[\w.]+)`", names)
    assert listed
    assert all(resolved(name) is not None for name in listed)
    for entry in re.findall(r"`([a-z][a-z-]+)`", names):
        assert entry in og.churn.catalogue()
    file, _, anchor = link.partition("#")
    target = PAGE if not file else (PAGE.parent / file).resolve()
    assert target in pages()  # whose examples the tests run
    text = target.read_text(encoding="utf-8")
    section = text
    if anchor:
        section = next(part for part in sections(text) if slug(part.partition("\n")[0]) == anchor)
    assert any(kind in ("python", "console") for kind, *_ in BLOCK.findall(section))
    code = "\n".join(body for kind, *_, body in BLOCK.findall(text) if kind in ("python", "console"))
    for name in listed:
        assert name.rpartition(".")[2] in code, f"no example of {target.name} uses {name}"


def sections(text: str):
    """Yield each heading with what stands below it, as deep as its own subheadings go."""
    bare = re.sub(r"^```.*?^```$", lambda block: block[0].replace("\n#", "\n\\#"), text, flags=re.MULTILINE | re.DOTALL)
    found = [(len(m[1]), m.start(2), m.start()) for m in re.finditer(r"^(#+) (.*)$", bare, re.MULTILINE)]
    for number, (level, start, _) in enumerate(found):
        end = next((at for deep, _, at in found[number + 1 :] if deep <= level), len(bare))
        yield bare[start:end]


def test_reasons_and_habits_are_those_of_the_catalogue_in_order():
    book = og.churn.catalogue()
    for part, family in (("C", "reasons"), ("D", "habits")):
        named = [re.findall(r"`([a-z][a-z-]+)`", names)[0] for row, _, names, _ in ROWS if row[0] == part]
        assert named == [entry.id for entry in book.select(family=family)]


def test_it_holds_each_row_of_the_field():
    field = Path(ROOT).parent / "shared" / "field.md"
    if not field.is_file():
        pytest.skip("the list of what the field knows is not beside this checkout")
    text = field.read_text(encoding="utf-8")
    wanted = set(re.findall(r"(?:^- \[ \] |\. |\) )([AB]\d+) ", text, re.MULTILINE))
    assert wanted <= {row for row, *_ in ROWS}
    assert {f"A{n}" for n in range(1, 15)} <= wanted
