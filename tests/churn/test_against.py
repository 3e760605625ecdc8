"""Did the score name the reason?"""

from __future__ import annotations

import pytest

import outcomegap as og
from outcomegap.churn import Ledger
from outcomegap.churn.ledger import EVENT, JUDGED, NEED_DATA, NO_GAP, NOT_FOUND, UNKNOWN
from outcomegap.errors import DataError
from outcomegap.stats import wilson
from tests.frames.kinds import KINDS, listed, make


def model(**fields):
    works = og.ProductFunction("it works", og.Measure("bugs_open", low=0), floor=10, target=0)
    sold = og.SuccessGap("list built", og.Measure("list_size", low=0), floor=0, target=100)
    reply = og.Expectation("support replies", og.Measure("first_reply_hours", low=0), floor=48, target=24)
    care = og.Expectation("they care", og.Measure("contact_satisfaction"), floor=1, target=5)
    return og.OutcomeModel(
        "help desk",
        desired_outcomes=[
            og.DesiredOutcome(
                og.RequiredOutcome("sales", needs=og.AllOf(works, sold)),
                og.AppropriateExperience("how", expects=og.Mean(reply, care)),
                min_coverage=1,
            )
        ],
        **fields,
    )


ROWS = {
    #       required larger / experience larger / no gap / needs data / nobody lost
    "id": ["bugs", "slow", "fine", "blank", "stays", "price"],
    "bugs_open": [8, 0, 0, None, 0, 0],
    "list_size": [100, 100, 100, 100, 100, 40],
    "first_reply_hours": [24, 48, 24, 24, 24, 24],
    "contact_satisfaction": [5, 5, 5, 5, 5, 5],
}
LOST = {
    "who": ["bugs", "slow", "fine", "blank", "price", "died", "nobody", "stays"],
    "why": ["crashes", "slow support", "downtime", "bugs", "price", "died", "bugs", "moved on"],
}
SCORES = og.Scorer(model()).score(ROWS)
LEDGER = Ledger(LOST, customer="who", stated="why")


def test_every_lost_customer_has_one_verdict():
    found = LEDGER.against(SCORES)
    verdict = dict(zip(LOST["who"], [row["verdict"] for row in found.rows()], strict=True))
    assert verdict == {
        "bugs": JUDGED,
        "slow": JUDGED,
        "fine": NO_GAP,
        "blank": NEED_DATA,
        "price": JUDGED,
        "died": NOT_FOUND,
        "nobody": NOT_FOUND,
        "stays": UNKNOWN,
    }
    assert sum(found.facts["counts"].values()) == len(LEDGER)
    event = Ledger({"who": ["bugs"], "why": ["died"]}, customer="who", stated="why")
    assert event.against(SCORES).facts["counts"][EVENT] == 1


def test_lost_customers_of_segments_that_are_not_ideal_are_counted():
    segments = [og.Segment("firm"), og.Segment("hobby", ideal=False)]
    where = {"segment": ["hobby", "firm", "hobby", "hobby", "hobby", "firm"]}  # of them bugs and fine are asked about
    found = LEDGER.against(og.Scorer(model(segments=segments)).score(ROWS | where))
    plain = LEDGER.against(SCORES)
    assert (found.facts["not_ideal"], plain.facts["not_ideal"]) == (2, 0)
    assert found.parts["answers"].find("side") == plain.parts["answers"].find("side")
    said = "Of those asked about, 2 are of segments that are not ideal."
    assert list(found.notes) == [*plain.notes, said]


def test_the_larger_side_and_the_measure():
    found = LEDGER.against(SCORES)
    by = {row["customer"]: row for row in found.rows()}
    assert (by["bugs"]["side"], by["bugs"]["side_agrees"], by["bugs"]["top_gaps"]) == ("required", True, "it works")
    assert (by["slow"]["side"], by["slow"]["side_agrees"], by["slow"]["measure_in_top"]) == ("experience", True, True)
    assert (by["fine"]["side"], by["fine"]["side_agrees"], by["fine"]["measure_in_top"]) == (None, False, False)
    assert (by["price"]["side_agrees"], by["price"]["measure_in_top"]) == (True, None)
    assert (found.parts["answers"].find("side")["held"], found.parts["answers"].find("side")["of"]) == (3, 4)
    assert (found.parts["answers"].find("side")["low"], found.parts["answers"].find("side")["high"]) == wilson(3, 4)
    assert (
        found.parts["answers"].find("measure")["held"],
        found.parts["answers"].find("measure")["of"],
        found.facts["not_measured"],
    ) == (2, 3, 1)
    assert [row["customer"] for row in found.parts["missed"]] == ["fine"]
    assert found.parts["answers"].find("side")["by_chance"] == pytest.approx(3 / 4 * 2 / 4 + 1 / 4 * 1 / 4)
    assert found.parts["answers"].find("side")["share"] == 0.75
    assert "75.0 %" in str(found)
    # bugs_open is under the top gaps of one of four, first_reply_hours of one; two left for bugs, one for slow replies
    assert found.parts["answers"].find("measure")["by_chance"] == pytest.approx((1 / 4 + 1 / 4 + 1 / 4) / 3)


def test_measures_of_ones_own():
    found = LEDGER.against(SCORES, measures={"budget": ["list_size"]})
    assert (
        found.parts["answers"].find("measure")["held"],
        found.parts["answers"].find("measure")["of"],
        found.facts["not_measured"],
    ) == (3, 4, 0)
    assert LEDGER.against(SCORES, measures={"budget": "list_size"}).parts["answers"].find("measure")["held"] == 3


def test_only_the_top_gaps_count():
    rows = {name: [values[0]] for name, values in ROWS.items()} | {"list_size": [5]}
    scores = og.Scorer(model()).score(rows)
    lost = Ledger({"who": ["bugs"], "why": ["crashes"]}, customer="who", stated="why")
    assert lost.against(scores, top=1).parts["answers"].find("measure")["held"] == 0
    assert lost.against(scores, top=2).parts["answers"].find("measure")["held"] == 1


def test_nobody_is_judged():
    found = Ledger({"who": ["x", "stays"], "why": ["bugs", ""]}, customer="who", stated="why").against(SCORES)
    assert (found.facts["counts"][NOT_FOUND], found.facts["counts"][UNKNOWN], found.facts["asked"]) == (1, 1, 0)
    assert [(row["of"], row["share"], row["by_chance"]) for row in found.parts["answers"]] == [(0, None, None)] * 2


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_kind_of_frame(kind):
    back = Ledger(make(kind, LOST), customer="who", stated="why").against(SCORES).to_frame()
    assert listed(back)["verdict"] == [row["verdict"] for row in LEDGER.against(SCORES).rows()]


@pytest.mark.parametrize("top", [0, -1, 1.5])
def test_bad_top(top):
    with pytest.raises(DataError, match="top"):
        LEDGER.against(SCORES, top=top)


@pytest.mark.parametrize(
    ("measures", "says"),
    [
        ({"bugdet": ["list_size"]}, "did you mean 'budget'"),
        ({"budget": ["list_sise"]}, "did you mean 'list_size'"),
    ],
)
def test_bad_measures(measures, says):
    with pytest.raises(DataError, match=says):
        LEDGER.against(SCORES, measures=measures)


def test_customers_need_names():
    with pytest.raises(DataError, match="customer="):
        Ledger(LOST, stated="why").against(SCORES)
    unnamed = og.Scorer(model()).score({name: values for name, values in ROWS.items() if name != "id"})
    with pytest.raises(DataError, match="id="):
        LEDGER.against(unnamed)


def test_names_are_unique_and_of_one_type():
    twice = og.Scorer(model()).score(ROWS | {"id": ["bugs"] * 6})
    with pytest.raises(DataError, match="rows 0 and 1"):
        LEDGER.against(twice)
    numbered = og.Scorer(model()).score(ROWS | {"id": [1, 2, 3, 4, 5, 6]})
    with pytest.raises(DataError, match="same type"):
        LEDGER.against(numbered)


def test_every_mistake_at_once():
    scores = og.Scorer(model()).score(ROWS | {"id": ["bugs", "bugs", "fine", "blank", "stays", "price"]})
    with pytest.raises(DataError) as caught:
        LEDGER.against(scores, top=0, measures={"budgt": ["bugs_opn"]})
    found = [(problem.rule, problem.suggestion) for problem in caught.value.problems]
    assert found == [
        ("out-of-range", None),
        ("unknown-entry", "budget"),
        ("unknown-measure", "bugs_open"),
        ("repeated-id", None),
    ]


def test_customers_that_are_lists_have_no_name():
    with pytest.raises(DataError, match="customer: column 'who' holds lists or the like"):
        Ledger({"who": [["A"], ["B"]], "why": ["bugs", "price"]}, customer="who", stated="why")
    nameless = og.Scorer(model()).score(ROWS | {"id": [[name] for name in ROWS["id"]]})
    assert LEDGER.against(nameless).facts["counts"][NOT_FOUND] == len(LEDGER)
    with pytest.raises(DataError, match="some parents are lists"):
        nameless.roll_up("id")
    assert len(nameless.roll_up(["A"] * 6)) == 1
    calls = og.invest.Action("call", {"list built": 1}, cost=1)
    with pytest.raises(DataError, match="an id of its own"):
        og.invest.plan(nameless, [calls], value=[1] * 6, per="customer")
