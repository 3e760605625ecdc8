"""Pages that a command prints are kept as it prints them."""

from __future__ import annotations

import os
import re
from pathlib import Path

import numpy as np
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

    title = STUDIES[number].title
    told, shown = (
        [line for line in text.splitlines() if line.startswith(f"| {title} |")]
        for text in (page([run(STUDIES[number], shared_data)]), (DOCS / "proof.md").read_text(encoding="utf-8"))
    )
    assert len(told) == len(shown) == 7
    for line, other in zip(told, shown, strict=True):
        # Threads add in any order, so a search may end a little elsewhere.
        fractions, percents = (
            [re.findall(form, each) for each in (line, other)] for form in (r"0\.\d{3}", r"\d+\.\d(?!\d)")
        )
        assert np.array(fractions[0], dtype=float) == pytest.approx(np.array(fractions[1], dtype=float), abs=0.01)
        assert np.array(percents[0], dtype=float) == pytest.approx(np.array(percents[1], dtype=float), abs=8)
