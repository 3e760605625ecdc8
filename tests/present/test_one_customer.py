"""One customer explained: against the scores, against score_one, and in words."""

from __future__ import annotations

import json
import math

import pytest

import outcomegap as og
from outcomegap import one_customer
from tests.scoring.outside import GAIN, PARTS, small


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
    assert tuple(one.facts[name] for name in ("state", "point_state", "segment", "stage")) == (
        alone.state,
        alone.point_state,
        alone.segment,
        alone.stage,
    )
    for name in ("desired", "low", "high", "required", "experience", "gap", "required_gap", "coverage"):
        assert one.facts[name] == pytest.approx(getattr(alone, name), abs=1e-12, nan_ok=True)
    assert one.facts["met"] == alone.met
    given = {
        "part": alone.attribution(),
        "gain": alone.gain(),
        "attainment": alone.attainment(),
        "at_stake": alone.unknown(),
    }
    for gap in one:
        for name, values in given.items():
            found = math.nan if gap[name] is None else gap[name]
            assert found == pytest.approx(values[gap["name"]], abs=1e-12, nan_ok=True), (gap["name"], name)
        assert (gap["attainment"] is None) == (gap["absent"] is not None) == (gap["value"] is None)
    if not math.isnan(one.facts["desired"]):
        assert math.fsum(gap["part"] for gap in one) == pytest.approx(one.facts["gap"], abs=1e-12)
        assert math.fsum(gap["share"] for gap in one) == pytest.approx(
            1.0 if one.facts["gap"] > 1e-9 else 0.0, abs=1e-9
        )
        parts = [round(gap["part"], 12) for gap in one]
        assert parts == sorted(parts, reverse=True)
    stakes = [gap["at_stake"] for gap in one.parts.get("unknown", ())]
    assert stakes == sorted(stakes, reverse=True)
    json.dumps(one.to_dict(), allow_nan=False)
    assert one.text(width=80)


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
    assert "gap 58.3 = 50.0 required + 8.3 experience" in text
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
    with pytest.raises(og.DataError) as caught:
        one_customer(scorer.score(rows | {"id": ["acme", "beta"]}), "acne")
    assert (caught.value.problems[0].rule, caught.value.problems[0].suggestion) == ("unknown-customer", "acme")
    with pytest.raises(og.DataError) as caught:
        one_customer(scorer.score(rows | {"id": ["acme", "acme"]}), "acme")
    assert (caught.value.problems[0].rule, caught.value.problems[0].rows) == ("duplicate-id", (0, 1))
    aside = scorer.score(rows | {"id": ["acme", "beta"], "list_size": [1, "many"]}, on_bad="set_aside")
    with pytest.raises(og.DataError, match=r"'beta' was set aside: .*'many'"):
        one_customer(aside, "beta")


def test_an_override_stands_beside():
    customers = {name: [1, 1] for name in ("delivery_rate", "list_size", "reply_hours", "training_days")} | {
        "id": [7, 8]
    }
    said = og.Override(7, state="failing", score=0.25, reason="<b>gone\x1b[2J", author="Sara", until="2026-03-31")
    scores = og.Scorer(example()).score(customers)
    found = scores.with_overrides([said], as_of="2026-01-01")
    one, plain = one_customer(found, "7"), one_customer(scores, "7")
    assert one.facts["override"] == "failing, score 25: <b>gone\x1b[2J (Sara, until 2026-03-31)"
    assert "failing, score 25: <b>gone" in one.text()
    assert "\x1b" not in one.text()
    assert {n: v for n, v in one.to_dict().items() if n != "override"} == {
        n: v for n, v in plain.to_dict().items() if n != "override"
    }
    assert plain.facts["override"] is plain.to_dict()["override"] is None
    assert one_customer(found, 8).facts["override"] is None
    assert one_customer(scores.with_overrides([said], as_of="2026-04-01"), 7).facts["override"] is None
    for each in (one, plain):
        json.dumps(each.to_dict(), allow_nan=False)


def test_one_of_a_scorer_of_ones_own():
    one = one_customer(small(parts=PARTS, gain=GAIN), "Acme")
    assert [(gap["name"], gap["stands_at"], gap["part"], gap["gain"]) for gap in one] == [
        ("logins", "5 of 20", 0.5, 0.25),
        ("replies", "36 h, target 24 h", 0.25, 0.125),
    ]
    assert tuple(one.facts[name] for name in ("steps_met", "state", "segment")) == ("0 of 2 met", "failing", None)
    lacking = one_customer(small(parts=PARTS, gain=GAIN), "Cato")
    assert [(gap["name"], gap["absent"]) for gap in lacking.parts["unknown"]] == [("logins", "logins")]
    assert "needs data" in lacking.text()


@pytest.mark.parametrize(
    "said", [{}, {"parts": PARTS}, {"gain": GAIN}, {"desired": [0.5] * 4}, {"required": [0.5] * 4}]
)
def test_what_a_scorer_does_not_say_is_blank(said):
    for name in ("Acme", "Beta", "Cato", "Dora"):
        one = one_customer(small(**said), name)
        assert "nan" not in one.text().lower()
        data = json.loads(json.dumps(one.to_dict(), allow_nan=False))
        assert (data["low"] is None) == math.isnan(one.facts["low"])
        assert len(data["gaps"]) == 2
        assert all((gap["part"] is None) == ("parts" not in said or name == "Cato") for gap in data["gaps"])


def test_what_is_not_exact_says_so():
    steps = [og.SuccessGap(name, og.Measure(name, low=0), floor=0, target=10) for name in "abc"]
    wish = og.Expectation("w", og.Measure("w"), floor=0, target=1)
    required = og.RequiredOutcome("r", needs=og.PowerMean(0.5, *steps))
    goal = og.DesiredOutcome(required, og.AppropriateExperience("e", expects=wish))
    scores = og.Scorer(og.OutcomeModel("x", desired_outcomes=[goal])).score(
        {"id": ["B"], "a": [5], "b": [0], "c": [2], "w": [0.5]}
    )
    one = one_customer(scores, "B")
    assert one.facts["residual"] == pytest.approx(scores.attribution().residual[0], abs=1e-12)
    assert one.facts["residual"] == pytest.approx(one.facts["gap"] - sum(gap["part"] for gap in one), abs=1e-12)
    assert "0.2 points of the gap are left over" in str(one)
    assert "Shares of gap are not exact here" in str(scores.worklist())
    assert "is assigned to no step" in og.report(scores)
