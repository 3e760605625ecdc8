"""Did the score name the reason? Scores of a scorer of one's own, as far as it says what makes up a gap."""

from __future__ import annotations

import pytest

import outcomegap as og
from outcomegap.churn import Ledger
from outcomegap.churn.ledger import JUDGED, NEED_DATA, NO_GAP
from tests.churn.test_against import LEDGER, LOST, ROWS, SCORES, model

STEPS = list(model().steps)


class Own:
    """Hands over what a model said, or less of it."""

    name, steps = "own", STEPS

    def score(self, customers, **said):
        return og.OutcomeScores(self, customers, desired=SCORES.desired, **said)


def own(**said):
    return Own().score(ROWS, **said)


def test_the_same_arrays_the_same_answers():
    parts = SCORES.attribution().values
    found = LEDGER.against(own(required=SCORES.required, experience=SCORES.experience, parts=parts))
    expected = LEDGER.against(SCORES)
    assert found.facts["counts"] == expected.facts["counts"]
    assert (
        found.parts["answers"].find("side"),
        found.parts["answers"].find("measure"),
        found.facts["not_measured"],
    ) == (
        expected.parts["answers"].find("side"),
        expected.parts["answers"].find("measure"),
        expected.facts["not_measured"],
    )
    assert (found.parts["answers"].find("side")["by_chance"], found.parts["answers"].find("measure")["by_chance"]) == (
        expected.parts["answers"].find("side")["by_chance"],
        expected.parts["answers"].find("measure")["by_chance"],
    )
    assert found.rows() == expected.rows()
    assert str(found) == str(expected)


def test_without_parts_no_measure_can_be_judged():
    found = LEDGER.against(own(required=SCORES.required, experience=SCORES.experience))
    assert found.parts["answers"].find("side") == LEDGER.against(SCORES).parts["answers"].find("side")
    assert (found.facts["explains"], found.parts["answers"].find("measure")["of"], found.facts["not_measured"]) == (
        False,
        0,
        0,
    )
    assert found.parts["answers"].find("measure")["by_chance"] is None
    assert any("cannot be judged: the scorer does not say which steps" in note for note in found.notes)
    assert {row["measure_in_top"] for row in found.rows()} == {None}


def test_without_sides_that_question_cannot_be_judged_either():
    found = LEDGER.against(own())
    assert (found.facts["counts"][JUDGED], found.facts["counts"][NO_GAP], found.facts["counts"][NEED_DATA]) == (3, 1, 1)
    # of whom no gap was seen the score named no side: a miss all the same
    assert (
        found.facts["asked"],
        found.parts["answers"].find("side")["held"],
        found.parts["answers"].find("side")["of"],
    ) == (4, 0, 1)
    assert "Of 3 the scorer does not say the sides." in found.notes
    assert [row["customer"] for row in found.parts["missed"]] == ["fine"]


def test_a_scorer_without_steps():
    class Points:
        name, steps = "points", ()

        def score(self, customers):
            return og.OutcomeScores(self, customers, desired=[0.5, 1.0], required=[0.5, 1.0], experience=[1.0, 1.0])

    ledger = Ledger({"who": ["bugs", "slow"], "why": ["crashes", "died"]}, customer="who", stated="why")
    found = ledger.against(Points().score({"customer": ["bugs", "slow"]}))
    assert (
        found.parts["answers"].find("side")["held"],
        found.parts["answers"].find("side")["of"],
        found.parts["answers"].find("measure")["of"],
    ) == (1, 1, 0)


def test_what_is_asked_is_counted_once():
    found = LEDGER.against(SCORES)
    assert (
        found.facts["asked"]
        == found.facts["counts"][JUDGED] + found.facts["counts"][NO_GAP]
        == found.parts["answers"].find("side")["of"]
        == 4
    )
    assert found.parts["answers"].find("measure")["of"] + found.facts["not_measured"] == found.facts["asked"]
    assert "4 asked about (of 1 no gap was seen, which is a miss)." in str(found)
    assert str(found).startswith(
        f"{len(LOST['who'])} lost customers: 2 not in the scores, 1 reason unknown, 1 needs data"
    )


def test_other_names_never_meet():
    ledger = Ledger({"who": ["x"], "why": ["bugs"]}, customer="who", stated="why")
    with pytest.raises(og.DataError, match="no customer of the ledger is in the scores: 'x' in the ledger, 'bugs' in"):
        ledger.against(own())
