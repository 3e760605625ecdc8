"""What moved scores, in words."""

from __future__ import annotations

from typing import Any

import outcomegap as og
from tests.scoring.example import email_customers, email_model
from tests.scoring.test_change import change_of


def test_words_for_the_whole() -> None:
    text = str(change_of())
    assert text.startswith("E-mail marketing: 200 customers in both scorings; D moved by ")
    for words in ("what moved it", "the customer", "missing data", "another cell", "States: ", "Not compared: "):
        assert words in text
    assert "our expectation" not in text
    assert repr(change_of()) == "<Change of 200 customers; 0 came, 0 went>"


def test_nothing_moved() -> None:
    scores = og.Scorer(email_model()).score(email_customers(20, 1, missing=0))
    text = str(scores.change_since(scores))
    assert "Nothing moved." in text
    assert "mostly" not in text


def words_of(value: float | None = 1.0, before: Any = 4, **fields: Any) -> str:
    """What is said when one step of the model is changed."""

    def scorer(measure: str = "calls", floor: Any = 0, target: Any = before, **others: Any) -> og.Scorer:
        about = og.Measure(measure, unit="calls")
        calls = og.SuccessGap("calls made", about, floor=floor, target=target, **others)
        other = og.SuccessGap("other", og.Measure("other"), floor=0, target=1)
        sales = og.RequiredOutcome("r", needs=og.AllOf(calls, other))
        suits = og.AppropriateExperience("e", expects=og.Expectation("w", og.Measure("w"), floor=0, target=1))
        return og.Scorer(og.OutcomeModel("m", desired_outcomes=[og.DesiredOutcome(sales, suits)]))

    rows = {"id": ["a"], "calls": [value], "visits": [4.0], "other": [1.0], "w": [1.0]}
    return scorer(**fields).score(rows).change_since(scorer().score(rows)).biggest()[0].words


def test_words_for_expectations() -> None:
    assert words_of(target=8) == "our expectation: calls made, target 4 -> 8 calls"
    assert words_of(floor=-4) == "our expectation: calls made, floor 0 -> -4 calls"
    assert words_of(curve="smooth") == "our expectation: calls made, another curve"
    assert words_of(missing=0.25, value=None) == "our expectation: calls made, what it counts as while it is missing"
    said = words_of(before=og.column("visits"), measure="visits", target=8)
    assert said == "our expectation: calls made, target 4 -> 8 calls, measured by visits, no longer by calls"


def test_words_for_the_customers_own_target() -> None:
    scorer = og.Scorer(email_model())
    row = {name: values[:1] for name, values in email_customers(1, 1, missing=0).items()}
    row |= {"segment": ["enterprise"], "first_reply_hours": [6.0], "sla_hours": [4.0], "list_size": [50_000.0]}
    row |= {"delivery_rate": [0.99], "click_rate": [0.03], "training_days": [2.0]}
    change = scorer.score(row | {"sla_hours": [1.0]}).change_since(scorer.score(row))
    assert change.cause[0] == "data"
    assert change.biggest()[0].words == "the customer: support replies, own target 4 -> 1 h"


def test_those_who_are_not_ideal_are_in_no_total():
    gap = og.SuccessGap("calls", og.Measure("calls"), floor=0, target=4)
    wish = og.Expectation("w", og.Measure("w"), floor=0, target=1)
    goal = og.DesiredOutcome(og.RequiredOutcome("r", needs=gap), og.AppropriateExperience("e", expects=wish))
    segments = ["firm", og.Segment("hobby", ideal=False)]
    scorer = og.Scorer(og.OutcomeModel("m", segments=segments, desired_outcomes=[goal]))
    rows = {"id": ["A", "B"], "segment": ["firm", "hobby"], "calls": [2, 4], "w": [1, 1]}
    now = scorer.score(rows | {"calls": [3, 2]})
    change = now.change_since(scorer.score(rows))
    assert change.ideal.tolist() == [True, False]
    said = str(change)
    assert "D moved by +0.25 on average" in said
    assert "Apart: 1 customer of segments that are not ideal; D moved by -0.5 on average." in said
    assert "B (not ideal)" in said
    assert change.to_frame()["ideal"].tolist() == [True, False]
    told = og.Override("A", state="failing", reason="they said so", author="Sara", until="2026-12-31")
    over = now.with_overrides([told], as_of="2026-01-01").change_since(scorer.score(rows))
    assert "they said so (Sara, until 2026-12-31)" in str(over)
