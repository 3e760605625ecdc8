"""The picture of the house on the page is the one that the code gives."""

from __future__ import annotations

from tests.docs.house import PAGE, picture


def test_the_picture_is_current():
    assert picture() in PAGE.read_text(encoding="utf-8"), "python -m tests.docs.house"
