"""One customer explained: against the scores, against score_one, and in words."""

from __future__ import annotations

import json
import math

import pytest

import outcomegap as og
from outcomegap.present import one_customer


@pytest.fixture(scope="module")
def scored():
    model = og.gallery.load("email-marketing")
    customers = og.simulate(model, 60, seed=5, missing=0.25)
    return customers, og.Scorer(model).score(customers)


@pytest.mark.parametrize("row", range(60))
def test_it_is_what_score_one_says(scored, row):
    customers, scores = scored
    one = one_customer(scores, customers["customer"][row])
    alone = scores.scorer.score_one({name: values[row] for name, values in customers.items()})
    assert (one.state, one.point_state, one.segment, one.stage) == (
        alone.state,
        alone.point_state,
        alone.segment,
        alone.stage,
    )
    for name in ("desired", "low", "high", "required", "experience", "gap", "required_gap", "coverage"):
        assert getattr(one, name) == pytest.approx(getattr(alone, name), abs=1e-12, nan_ok=True)
    assert one.met == alone.met
    given = {
        "part": alone.attribution(),
        "gain": alone.gain(),
        "attainment": alone.attainment(),
        "at_stake": alone.unknown(),
    }
    for gap in one.gaps:
        for name, values in given.items():
            assert getattr(gap, name) == pytest.approx(values[gap.name], abs=1e-12, nan_ok=True), (gap.name, name)
        assert gap.missing == (gap.absent is not None) == math.isnan(gap.value)
    if not math.isnan(one.desired):
        assert math.fsum(gap.part for gap in one.gaps) == pytest.approx(one.gap, abs=1e-12)
        assert math.fsum(gap.share for gap in one.gaps) == pytest.approx(1.0 if one.gap > 1e-9 else 0.0, abs=1e-9)
        parts = [round(gap.part, 12) for gap in one.gaps]
        assert parts == sorted(parts, reverse=True)
    assert [gap.at_stake for gap in one.unknown] == sorted((gap.at_stake for gap in one.unknown), reverse=True)
    json.dumps(one.to_dict(), allow_nan=False)
    assert one.text(80)


def example():
    """The example of docs/start."""
    delivered = og.ProductFunction("delivered", og.Measure("delivery_rate"), floor=0.80, target=0.99)
    contacts = og.SuccessGap("list built", og.Measure("list_size", unit="contacts"), floor=0, target=500)
    reply = og.Expectation("support replies", og.Measure("reply_hours", unit="h"), floor=48, target=24)
    training = og.Expectation("training", og.Measure("training_days", unit="d"), floor=0, target=2)
    sales = og.RequiredOutcome("sales", needs=og.AllOf(delivered, contacts))
    suits = og.AppropriateExperience("how", expects=og.Mean(reply, training, weights=(2, 1)))
    return og.OutcomeModel("mail", desired_outcomes=[og.DesiredOutcome(sales, suits)])


def test_in_words():
    row = {"delivery_rate": [0.99], "list_size": [250], "reply_hours": [12], "training_days": [1], "id": [17]}
    text = str(one_customer(og.Scorer(example()).score(row), "17"))
    assert "Customer 17, by mail: successful" in text
    assert "Score 41.7 of 100 (all data present). 2 of 4 met." in text
    assert "gap 0.583 = 0.500 required + 0.083 experience" in text
    assert "250 of 500 contacts" in text
    assert "Fully met: delivered, support replies." in text
    assert "unknown" not in text


def test_what_is_unknown_stands_apart():
    row = {"delivery_rate": [0.99], "list_size": [None], "reply_hours": [None], "training_days": [1], "id": [17]}
    text = str(one_customer(og.Scorer(example()).score(row), 17))
    assert "between 0.0 and 83.3, data present 50.0 %" in text
    assert "no data" in text
    rows = [line.split() for line in text[text.index("unknown") :].splitlines()[2:]]
    assert [" ".join(row[:-2]) for row in rows] == ["list built", "support replies"]
    assert [row[-2] for row in rows] == ["list_size", "reply_hours"]


def test_too_little_data():
    row = {"delivery_rate": [None], "list_size": [None], "reply_hours": [12], "training_days": [1], "id": [17]}
    one = one_customer(og.Scorer(example()).score(row), 17)
    assert "Score unknown, between 0.0 and 83.3: needs data (50.0 % present). 1 of 4 met." in one.text()
    data = one.to_dict()
    assert (data["score"], data["state"], data["gaps"][0]["share"]) == (None, "uncertain", None)


def test_text_cannot_steer_the_terminal():
    row = {"delivery_rate": [1], "list_size": [1], "reply_hours": [12], "training_days": [1], "id": ["\x1b[2Jx\u202e"]}
    text = str(one_customer(og.Scorer(example()).score(row), "\x1b[2Jx\u202e"))
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_whom_it_cannot_find():
    scorer = og.Scorer(example())
    rows = {name: [1, 1] for name in ("delivery_rate", "list_size", "reply_hours", "training_days")}
    with pytest.raises(og.DataError, match=r"no customer is called 'acne' .did you mean 'acme'") as caught:
        one_customer(scorer.score(rows | {"id": ["acme", "beta"]}), "acne")
    assert caught.value.problems[0].suggestion == "acme"
    with pytest.raises(og.DataError, match="2 customers are called 'acme'"):
        one_customer(scorer.score(rows | {"id": ["acme", "acme"]}), "acme")
    aside = scorer.score(rows | {"id": ["acme", "beta"], "list_size": [1, "many"]}, on_bad="set_aside")
    with pytest.raises(og.DataError, match=r"'beta' was set aside: .*'many'"):
        one_customer(aside, "beta")
