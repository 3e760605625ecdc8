"""Text against phrases: levelled spelling, stems, likeness."""

from __future__ import annotations

import difflib
import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, strategies as st

from outcomegap.churn import catalogue
from outcomegap.churn.catalogue import NEAR, SLIP, Likeness, plain, stems


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Too Expensive", "too-expensive"),
        ("naïve", "naive"),
        ("can't", "cant"),
        ("كيفيت", "کیفیت"),  # Arabic kaf and yeh
        ("می‌خواهم", "می خواهم"),  # joining mark
        ("مُشتَری", "مشتری"),  # vowel signs
        ("לָקוֹחַ", "לקוח"),
    ],
)
def test_spelling_habits_are_levelled(one, other):
    assert plain(one) == plain(other)


def test_different_words_stay_different():
    assert plain("moved") != plain("moved on")


@given(st.text())
def test_levelling_twice_changes_nothing(text):
    assert plain(plain(text)) == plain(text)


def test_stems_drop_endings_and_empty_words():
    assert stems("we are waiting for the prices") == stems("waited price")
    assert stems("it is what you had") == {"what"}


def test_rare_words_weigh_more_than_common_ones():
    phrases = {"no training": "onboarding", "no phone": "reach", "no money": "cash", "no budget": "budget"}
    assert Likeness(phrases).best("really no phone", 1)[0][0] == "reach"


@given(text=st.text(max_size=40), n=st.integers(1, 5))
def test_likeness_lies_between_0_and_1_and_falls(text, n):
    found = Likeness({"slow support": "time", "too expensive": "budget", "قیمت بالا": "budget"}).best(
        text, n, least=0.0
    )
    scores = [score for _, score in found]
    assert len(found) <= n
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


def plainly(phrases, text, n, least=NEAR):
    """Compare a text with each phrase, one by one; the formula as it is written."""
    count = Counter(stem for phrase in phrases for stem in stems(phrase))
    rare = math.log(1 + len(phrases))

    def weigh(found):
        return math.fsum(math.log(1 + len(phrases) / count[stem]) if count[stem] else rare for stem in found)

    wanted, best = plain(text), {}
    for phrase, means in phrases.items():
        ratio = difflib.SequenceMatcher(None, phrase, wanted, autojunk=False).ratio()
        own, other = stems(wanted), stems(phrase)
        slip = ratio if ratio >= SLIP else 0.0
        shared = 2 * weigh(own & other) / (weigh(own) + weigh(other)) if own & other else 0.0
        alike = max(0.7 * shared + 0.3 * ratio, slip) if own & other else slip
        best[means] = max(best.get(means, 0.0), alike)
    ranked = sorted(best.items(), key=lambda item: -round(item[1], 12))
    return [(means, alike) for means, alike in ranked[:n] if alike >= least]


def test_likeness_against_a_plain_reading():
    """Bounds rule most phrases out; what is left is what comparing with all of them finds."""
    phrases = dict(list(catalogue().phrases.items())[::7])
    likeness = Likeness(phrases)
    rng = np.random.default_rng(0)
    words = [*(word for phrase in list(phrases)[::3] for word in phrase.split()), "moved", "on", "qqq", "prise"]
    texts = [" ".join(rng.choice(words, size)) for size in rng.integers(1, 7, 60)]
    texts += [phrase[:-1] + "x" for phrase in list(phrases)[::20]] + ["", " ", "?", "x" * 300]
    for text in texts:
        found, expected = likeness.best(text, 3), plainly(phrases, text, 3)
        assert [means for means, _ in found] == [means for means, _ in expected], text
        assert [alike for _, alike in found] == pytest.approx([alike for _, alike in expected], abs=0.0051)


def test_no_phrases_no_likeness():
    assert Likeness({}).best("price", 3) == []
