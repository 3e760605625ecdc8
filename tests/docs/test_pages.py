"""Every example of the documentation runs and prints what the page says; every link leads somewhere."""

from __future__ import annotations

import re
import textwrap

import pytest

from tests.docs.pages import ROOT, Page, lacking, pages

LINK = re.compile(
    r"\]\((?!https?:|mailto:)([^)#\s]*)(#[^)\s]*)?\)|^\[[^\]]+\]: (?!https?:)([^#\s]*)(#\S*)?$", re.MULTILINE
)


def name(path):
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", pages(), ids=name)
def test_examples_run(path):
    page = Page(path)
    reason = lacking(page.text)
    if reason is not None:
        pytest.skip(reason)
    page.run()
    assert not page.wrong, "\n".join([*page.wrong, "(python -m tests.docs.pages writes what is printed today)"])


def anchors(text):
    heads = re.findall(r"^#+ +(.*)$", re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL), re.MULTILINE)
    slugs = {re.sub(r"[^\w\- ]", "", head.lower()).strip().replace(" ", "-") for head in heads}
    return slugs | set(re.findall(r'<a id="([^"]+)"', text))


@pytest.mark.parametrize("path", pages(), ids=name)
def test_links_lead_somewhere(path):
    text = path.read_text(encoding="utf-8")
    for match in LINK.finditer(text):
        target, anchor = match[1] or match[3] or "", (match[2] or match[4] or "")[1:]
        there = (path.parent / target).resolve() if target else path
        assert there.exists(), f"{name(path)} links to {target}, which does not exist"
        if anchor and there.suffix == ".md":
            assert anchor in anchors(there.read_text(encoding="utf-8")), f"{name(path)}: {target}#{anchor}"


def test_every_page_is_reached_from_the_index():
    text = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    linked = {(ROOT / "docs" / match[1]).resolve() for match in LINK.finditer(text) if match[1]}
    lists = {page for page in pages() if page.name.endswith("-list.md")}
    assert set(pages()) - linked - lists <= {ROOT / "README.md", ROOT / "docs" / "index.md"}


def test_the_readme_begins_with_two_commands():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    section = re.search(r"^## Start\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert section is not None
    assert re.findall(r"^```sh\n(.*?)^```$", section[1], re.MULTILINE | re.DOTALL) == ["make demo\n", "make test\n"]


@pytest.fixture
def page(monkeypatch, tmp_path):
    def made(text):
        path = ROOT / "docs" / "index.md"
        found = Page(path)
        found.text = textwrap.dedent(text)
        return found

    return made


def test_a_wrong_output_is_found_and_mended(page):
    found = page("""
        ```python
        x = 2
        print(x + 1)
        ```

        ```output
        4
        ```
    """)
    right = found.run()
    assert "docs/index.md:8 says\n4\nbut prints\n3\n" in found.wrong
    assert "```output\n3\n```" in right


def test_a_wrong_doctest_and_a_wrong_command_are_found(page):
    found = page("""
        ```python
        >>> 1 + 1
        3
        ```

        ```console
        $ echo one; echo two
        one
        ...
        $ echo three
        four
        ```
    """)
    right = found.run()
    assert len(found.wrong) == 2
    assert "Expected:\n    3\nGot:\n    2" in found.wrong[0]
    assert "$ echo one; echo two\none\n...\n$ echo three\nthree\n" in right


def test_a_block_with_a_name_is_a_file(page):
    found = page("""
        ```csv seats.csv
        id,seats
        a,3
        ```

        ```console
        $ cat seats.csv
        id,seats
        a,3
        ```
    """)
    right = found.run()
    assert not found.wrong
    assert right == found.text


def test_a_page_may_need_what_is_not_there():
    assert lacking("<!-- needs: json -->\n# Page") is None
    assert lacking("<!-- needs: nowhere_to_be_found -->\n# Page") == "needs nowhere_to_be_found, which is not installed"
