"""Pages that a command prints are kept as it prints them."""

from __future__ import annotations

from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parent.parent.parent / "docs"


def test_airline_study_is_current(shared_data):
    pytest.importorskip("sklearn")
    from benchmarks.study_airline import page

    assert (DOCS / "airline-study.md").read_text(encoding="utf-8") == page(shared_data) + "\n"
