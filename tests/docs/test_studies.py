"""Pages that a command prints are kept as it prints them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parent.parent.parent / "docs"


def test_airline_study_is_current(shared_data):
    pytest.importorskip("sklearn")
    from benchmarks.study_airline import page

    assert (DOCS / "airline-study.md").read_text(encoding="utf-8") == page(shared_data) + "\n"


@pytest.mark.parametrize("number", [int(each) for each in os.environ.get("PROOFS", "0").split()])
def test_proof_is_current(number: int, shared_data):
    """What the study prints of one set stands on the page; PROOFS="0 1 2 3 4" tries all, for half an hour."""
    pytest.importorskip("sklearn")
    from benchmarks.study_proof import STUDIES, page, run

    shown = (DOCS / "proof.md").read_text(encoding="utf-8").splitlines()
    told = page([run(STUDIES[number], shared_data)]).splitlines()
    rows = [line for line in told if line.startswith(f"| {STUDIES[number].title.split(',')[0]}")]
    assert len(rows) >= 7
    assert [line for line in rows if line not in shown] == []
