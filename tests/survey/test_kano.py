"""Kano's model: both tables whole, published counts and coefficients, ties, Fong's test, weights, mistakes."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

import outcomegap as og
from outcomegap.stats import wilson
from outcomegap.survey import kano
from tests.survey.published import SHARED, needs_shared, rows


@needs_shared
def test_a_published_study():
    """Anonymous, convenient, reliable transfers: the REPPL study's counts, categories and coefficients (Pouliot)."""
    answers = pd.read_csv(SHARED / "data" / "kano_ecash_respondents.csv.gz")
    answers = answers[answers["file"] == "transfers--all_cohorts"]
    there, away = (
        answers.pivot_table(index="respondent", columns="feature_id", values=name)
        for name in ("functional", "dysfunctional")
    )
    found = kano(there, away, table="pouliot")
    for row in rows("kano_ecash_published.csv"):
        feature = found.find(row["feature_id"])
        assert {kind: feature[kind] for kind in "AOMIRQ"} == {kind: int(row[kind]) for kind in "AOMIRQ"}
        assert feature["answers"] == int(row["total"])
        assert feature["category"] == row["classification"]
        assert f"{feature['better']:.7f}" == f"{float(row['satisfaction']):.7f}"
        assert feature["worse"] == pytest.approx(float(row["dissatisfaction"]), abs=1.5e-7)


#: A, O, M, I, better, worse. Brand & Rese; Sauerwein (edge grip of a ski, in percent).
PUBLISHED = [
    (216, 56, 13, 275, ".486", "-.123"),
    (229, 42, 5, 276, ".491", "-.085"),
    (187, 71, 46, 258, ".459", "-.208"),
    (7, 33, 50, 10, ".40", "-.83"),
]


@pytest.mark.parametrize(("a", "o", "m", "i", "better", "worse"), PUBLISHED)
def test_published_counts(a, o, m, i, better, worse):
    found = kano(counts={"x": {"A": a, "O": o, "M": m, "I": i}})[0]
    digits = len(better) - 1
    assert (round(found["better"], digits), round(found["worse"], digits)) == (float(better), float(worse))
    assert (found["better_low"], found["better_high"]) == pytest.approx(wilson(a + o, a + o + m + i))
    assert (-found["worse_high"], -found["worse_low"]) == pytest.approx(wilson(o + m, a + o + m + i))


#: M, O, A, I, R, Q, total strength and category strength in percent, CS+, CS-, the most frequent category, that by the
#: rule M > O > A > I where shares differ by up to five points, the critical difference of Fong's test, significant.
CLEANING = {
    "Service app": (95, 123, 45, 33, 0, 0, 89, 9, 0.568, -0.736, "O", "O", 19.4, True),
    "Excellent service": (101, 54, 54, 81, 3, 3, 71, 7, 0.372, -0.534, "M", "M", 18.5, True),
    "Hotline": (15, 24, 121, 124, 6, 6, 54, 1, 0.511, -0.137, "I", "A", 19.8, False),
    "Loan machine": (65, 87, 93, 51, 0, 0, 83, 2, 0.608, -0.514, "A", "O", 18.5, False),
    "Ready-to-use return": (9, 18, 83, 177, 6, 3, 37, 32, 0.352, -0.094, "I", "I", 19.9, True),
}


def test_a_published_table_with_strengths_and_fongs_test():
    """Features of cleaning machines: the README of stp25kano (W. Peter, 2024), a package for R."""
    counts = {feature: dict(zip("MOAIRQ", row, strict=False)) for feature, row in CLEANING.items()}
    found, near = kano(counts=counts), kano(counts=counts, ties=0.05)
    for feature, row in CLEANING.items():
        total, category, better, worse, first, ruled, _, significant = row[6:]
        told = found.find(feature)
        assert (round(100 * told["total_strength"]), round(100 * told["strength"])) == (total, category)
        assert (round(told["better"], 3), round(told["worse"], 3)) == (better, worse)
        assert (told["category"], near.find(feature)["category"]) == (first, ruled)
        assert told["significant"] is significant
        assert told["strength_low"] <= told["strength"] <= told["strength_high"]
        assert (told["total_strength_low"], told["total_strength_high"]) == pytest.approx(wilson(sum(row[:3]), 296))


CLASSIC = ["QAAAO", "RIIIM", "RIIIM", "RIIIM", "RRRRQ"]


def test_every_cell_of_both_tables():
    for there, away in itertools.product(range(5), repeat=2):
        kind = CLASSIC[there][away]
        assert kano([there + 1], [away + 1])[0]["category"] == kind
        strict = "Q" if (there, away) in ((1, 1), (3, 3)) else kind
        assert kano([there + 1], [away + 1], table="pouliot")[0]["category"] == strict


@pytest.mark.parametrize(
    ("counts", "category"),
    [("A1 O1 M1 I1 R1 Q1", "M"), ("A1 O1 I1", "O"), ("A2 I2 M1", "A"), ("I1 R1 Q1", "I"), ("R1 Q1", "R"), ("Q1", "Q")],
)
def test_ties(counts, category):
    assert kano(counts={"x": {each[0]: int(each[1:]) for each in counts.split()}})[0]["category"] == category


def test_strength_and_fongs_test():
    """a = 50, b = 33 of 100: 17 is not below 1.65 sqrt(83 x 117 / 200) = 11.5; 45 and 40: 5 is below 11.6."""
    found = kano(counts={"clear": {"M": 50, "O": 33, "A": 7, "I": 10}, "unclear": {"M": 45, "O": 40, "A": 15}})
    assert found.columns["significant"].tolist() == [True, False]
    assert found.columns["strength"] == pytest.approx([0.17, 0.05])
    assert found.columns["total_strength"] == pytest.approx([0.9, 1])


def test_words_and_missing_answers():
    words = {"마음에 든다.": 1, "마음에 안 든다.": 5}
    found = kano(
        ["마음에 든다.", "like", None, 3], ["마음에 안 든다.", "dislike ", "like", "none"], values=words, missing="none"
    )
    assert (found[0]["O"], found[0]["answers"]) == (2, 2)
    assert "at least 2 of 4" in found.notes[-1]


def test_weights_and_segments():
    rng = np.random.default_rng(0)
    there, away, by, weight = (
        rng.integers(1, 6, 300),
        rng.integers(1, 6, 300),
        rng.integers(0, 2, 300),
        rng.integers(1, 4, 300),
    )
    found = kano({"x": there}, {"x": away}, by=by, weight=weight)
    for row, segment in zip(found, found.columns["segment"], strict=True):
        for kind in "AOMIRQ":
            same = [CLASSIC[t - 1][a - 1] == kind for t, a in zip(there, away, strict=True)]
            assert row[kind] == weight[np.array(same) & (by == segment)].sum()
    plain, twice = (kano({"x": there}, {"x": away}, weight=np.full(300, w)) for w in (1, 2))
    for name in ("strength", "significant", "better_low", "worse_low"):
        assert plain[0][name] == pytest.approx(twice[0][name])


def test_a_feature_that_is_only_reverse_or_questionable():
    found = kano(counts={"x": {"R": 3, "Q": 1}})[0]
    assert found["category"] == "R"
    assert found["better"] is None


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: kano([1], [6]), "above 5"),
        (lambda: kano([1.5], [2]), "1, 2, 3, 4 or 5"),
        (lambda: kano([1], ["hate"]), "'hate'"),
        (lambda: kano([1], [2], table="berger"), "table"),
        (lambda: kano([1], [2], ties=5), "ties"),
        (kano, "or counts"),
        (lambda: kano([1]), "functional and dysfunctional"),
        (lambda: kano([1], ["dislke"]), "did you mean 'dislike'"),
        (lambda: kano(counts={"x": {"A": -1}}), "below 0"),
        (lambda: kano(counts={"x": {"B": 1}}), "'B'"),
        (lambda: kano(counts={}), "no columns"),
        (lambda: kano(counts={"x": {"A": "many"}}), "'many'"),
        (lambda: kano(counts={"x": "AOM"}), "counts map each feature"),
        (lambda: kano(counts=[1, 2]), "counts map each feature"),
    ],
)
def test_mistakes(call, said):
    with pytest.raises(og.DataError, match=said):
        call()


answers = st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5), st.sampled_from("xy")), min_size=1, max_size=40)


@settings(max_examples=40, deadline=None)
@given(answers, st.sampled_from(["classic", "pouliot"]))
def test_answers_and_their_counts_say_the_same(rows, table):
    there, away, by = zip(*rows, strict=True)
    found = kano({"a": there}, {"a": away}, by=by, table=table)
    counts = {row["segment"]: {kind: row[kind] for kind in "AOMIRQ"} for row in found}
    assert sum(sum(each.values()) for each in counts.values()) == len(rows)
    again = kano(counts=counts)
    for row, same in zip(found, again, strict=True):
        assert {**same, "attribute": row["attribute"]} == pytest.approx({name: row[name] for name in same}, nan_ok=True)
