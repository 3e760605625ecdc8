"""Two scores that differ in anything at all are told apart, and in words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import outcomegap as og
from outcomegap.testing import assert_scores_equal
from outcomegap.testing.rules import difference
from tests.scoring.outside import FRAME, GAIN, PARTS, REACHED, Small, handed_over, small

SAID: dict[str, Any] = {"parts": PARTS, "gain": GAIN, "attainment": REACHED, "columns": {"band": list("abca")}}
LEFT = og.Override("Acme", state="failing", reason="their sponsor left", author="Sara", until="2026-03-31")


def by(**said: Any) -> og.OutcomeScores:
    return small(**SAID | said)


OTHERS: dict[str, tuple[Any, str]] = {
    "desired": (
        lambda: by(desired=[0.25, 1, np.nan, 0.5 - 1e-6], exact=False),
        "desired: 0.5 instead of 0.499999 at 3",
    ),
    "parts": (lambda: by(parts=PARTS[:, ::-1]), "attribution: 0.5 instead of 0.25 at 0, 0"),
    "no parts": (lambda: by(parts=None), "only the first says attribution"),
    "gain": (lambda: by(gain=GAIN / 2), "gain: 0.5 instead of 0.25 at 3, 1"),
    "no gain": (lambda: by(gain=None), "only the first says gain"),
    "attainment": (lambda: by(attainment=REACHED / 2), "attainment: 1 instead of 0.5 at 1, 0"),
    "missing": (lambda: by(attainment=np.where(REACHED == 0.75, np.nan, REACHED)), "coverage: 1 instead of 0.5 at 3"),
    "bounds": (lambda: by(low=[0.2, 1, 0, 0.5]), "low: 0.25 instead of 0.2 at 0"),
    "state": (lambda: by(state=["successful"] * 4), "state: 'failing' instead of 'successful' at 0"),
    "own column": (lambda: by(columns={"band": list("abcb")}), "column 'band': 'a' instead of 'b' at 3"),
    "no own column": (lambda: by(columns=None), "only the first says column 'band'"),
    "another column": (lambda: by(columns={"band": list("abca"), "rank": [1, 2, 3, 4]}), "only the second says column"),
    "ids": (lambda: by(frame=FRAME | {"id": ["Acme", "Beta", "Cato", "Dana"]}), "id: 'Dora' instead of 'Dana' at 3"),
    "another name": (lambda: by(scorer=Small(name="smaller")), "scored by: 'small' instead of 'smaller'"),
    "another model": (lambda: by(scorer=Small(description="of 2027")), "its fingerprint (Outline): "),
    "overrides": (lambda: by().with_overrides([LEFT], as_of="2026-02-01"), "overrides: mappingproxy({}) instead of "),
    "past overrides": (lambda: by().with_overrides([LEFT], as_of="2026-05-01"), "expired: () instead of (Override("),
}


@pytest.mark.parametrize("what", OTHERS)
def test_a_difference_is_told(what: str) -> None:
    make, message = OTHERS[what]
    with pytest.raises(AssertionError) as failed:
        assert_scores_equal(by(), make())
    assert message in str(failed.value)


def test_the_same_are_the_same() -> None:
    assert_scores_equal(by(), by())
    assert_scores_equal(by(), by(frame=pd.DataFrame(FRAME)))
    assert_scores_equal(by(), by(desired=[0.25 + 1e-4, 1, np.nan, 0.5], exact=False, low=None), atol=1e-3)
    held = by().with_overrides([LEFT], as_of="2026-02-01")
    assert_scores_equal(held, by().with_overrides([LEFT], as_of="2026-02-01"))


def test_what_one_has_no_place_for_is_no_difference() -> None:
    model = og.gallery.load("airline")
    frame = og.simulate(model, 40, seed=1, missing=0)
    scores = og.Scorer(model).score(frame)
    assert_scores_equal(scores, handed_over(scores, frame))
    assert_scores_equal(handed_over(scores, frame), scores)


def test_scores_of_a_model() -> None:
    model = og.gallery.load("telco")
    frame = og.simulate(model, 10, seed=1)
    backwards = {name: values[::-1] for name, values in frame.items()}
    scores = og.Scorer(model).score(frame)
    assert_scores_equal(scores, og.Scorer(model, threads=1).score(frame))
    with pytest.raises(AssertionError, match=r"desired.*; and [0-9]+ more"):
        assert_scores_equal(scores, og.Scorer(model).score(backwards))
    with pytest.raises(AssertionError, match="10 customers, and 9"):
        assert_scores_equal(scores, og.Scorer(model).score(og.simulate(model, 9, seed=1)))


@pytest.mark.parametrize("other", [np.zeros(4), None, "scores"], ids=["array", "None", "text"])
def test_what_is_no_scores(other: Any) -> None:
    with pytest.raises(AssertionError, match=r"the second is no scores, but .*hand two scores over"):
        assert_scores_equal(by(), other)
    with pytest.raises(AssertionError, match="the first is no scores"):
        assert_scores_equal(other, by())


@pytest.mark.parametrize(
    ("found", "wanted", "said"),
    [
        ([1.0, 2.0, 3.0], [1.5, 2.0, 4.0], "it: 3 instead of 4 at 2"),
        ([1.0, np.nan, 3.0], [1.5, 2.0, 4.0], "it: nan instead of 2 at 1"),
        ([np.inf, -np.inf, np.nan], [np.inf, -np.inf, np.nan], ""),
        ([5.0, 1.0], [np.inf, 1.0], "it: 5 instead of inf at 0"),
        (["a", 5.0], ["a", np.inf], "it: 5.0 instead of inf at 1"),
        (["a", np.inf], ["a", np.inf], ""),
    ],
)
def test_the_largest_difference_is_told(found: list[Any], wanted: list[Any], said: str) -> None:
    kind = object if "a" in found else float
    assert difference(np.array(found, dtype=kind), np.array(wanted, dtype=kind), "it") == said
