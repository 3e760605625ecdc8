"""Text against phrases: levelled spelling, stems, likeness."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcomegap.churn.words import Likeness, plain, stems


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
