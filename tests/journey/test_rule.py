"""Rules that must hold for some days: their edges, gaps in what was observed, and a plain reading of runs."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

import outcomegap as og
from outcomegap.journey.history import HOLDS, HOLDS_NOT, UNKNOWN, History, Rule
from tests.journey.errors import rules_of
from tests.journey.phone import history_of, phone, rows
from tests.scoring.example import email_customers, email_model

FAILING = {"state": "failing"}


def day(number):
    return str(np.datetime64("2026-01-01") + np.timedelta64(number, "D"))


def fired(calls, rule, step=7, model=None):
    """Which runs fired for one customer with these calls, one observation every `step` days."""
    history = history_of({day(i * step): {"A": c, "Z": 4} for i, c in enumerate(calls)}, model)
    return [row for row in history.fired(rule) if row["customer"] == "A"]


def test_fires_at_the_first_observation_at_which_the_days_have_passed():
    rule = Rule("failing 14 days", when=FAILING, for_days=14)
    row = fired([4, 1, 1, 1, 1, 4], rule)[0]
    dates = {name: str(row[name]) for name in ("since", "fired", "last", "until")}
    assert dates == {"since": day(7), "fired": day(21), "last": day(28), "until": day(35)}
    assert (row["days"], row["observations"], row["longest_gap_days"], row["status"]) == (21, 4, 7, "ended")
    assert fired([4, 1, 1, 4], rule) == []  # 7 days were seen


def test_a_break_starts_it_anew():
    rule = Rule("r", when=FAILING, for_days=14)
    assert fired([1, 1, 4, 1, 1], rule) == []
    twice = fired([1, 1, 1, 4, 1, 1, 1], rule)
    assert [(str(row["fired"]), row["status"]) for row in twice] == [(day(14), "ended"), (day(42), "holds")]
    assert twice[1]["until"] is None


def test_no_days_fire_at_once():
    assert str(fired([4, 1], Rule("r", when=FAILING, for_days=0))[0]["fired"]) == day(7)


def test_what_is_not_known_neither_holds_nor_breaks():
    row = fired([1, None, None, 1], Rule("r", when=FAILING, for_days=21))[0]
    assert (row["observations"], row["longest_gap_days"], row["status"]) == (2, 21, "holds")
    assert fired([1, None, 1], Rule("r", when=FAILING, for_days=14))[0]["status"] == "holds"
    assert fired([1, 1, 1, None], Rule("r", when=FAILING, for_days=14))[0]["status"] == "not known"


def test_a_longer_gap_than_allowed_ends_it():
    calls = [1, 1, 1, None, None, 1, 1]
    rule = Rule("r", when=FAILING, for_days=14, max_gap_days=20)
    first = fired(calls, rule)
    assert [(str(r["since"]), r["status"]) for r in first] == [(day(0), "gap too long")]
    assert first[0]["until"] is None
    at_the_limit = Rule("r", when=FAILING, for_days=14, max_gap_days=21)
    assert [r["status"] for r in fired(calls, at_the_limit)] == ["holds"]


def test_a_customer_who_is_gone_is_not_known():
    history = history_of({day(0): {"A": 1, "B": 4}, day(14): {"A": 1, "B": 4}, day(28): {"B": 4}})
    row = history.fired(Rule("r", when=FAILING))[0]
    assert (row["customer"], row["status"], str(row["last"])) == ("A", "not known", day(14))


def test_below_is_not_equal():
    scores = og.Scorer(phone()).score(rows({"A": 2, "B": 1.99, "C": None, "D": 4}))
    below = Rule("r", when={"below": {"desired": 0.5}}).answers(scores)
    assert below.tolist() == [HOLDS_NOT, HOLDS, UNKNOWN, HOLDS_NOT]
    step = Rule("r", when={"step_below": {"calls made": 0.5}}).answers(scores)
    assert step.tolist() == [HOLDS_NOT, HOLDS, UNKNOWN, HOLDS_NOT]


def test_conditions_hold_together_and_one_that_fails_settles_it():
    scores = og.Scorer(phone()).score(rows({"A": 1, "B": None, "C": 4}, reply=12.0))
    both = {"state": ["failing", "tolerating"], "below": {"experience": 0.5}}
    assert Rule("r", when=both).answers(scores).tolist() == [HOLDS_NOT] * 3  # E = 1 for all
    assert Rule("r", when={"state": "failing"}).answers(scores).tolist() == [HOLDS, UNKNOWN, HOLDS_NOT]
    assert Rule("r", when={"state": ["uncertain"]}).answers(scores).tolist() == [HOLDS_NOT, HOLDS, HOLDS_NOT]


def test_rows_set_aside_and_steps_a_cell_does_not_have():
    scores = og.Scorer(phone()).score(rows({"A": -1, "B": 1}), on_bad="set_aside")
    assert Rule("r", when=FAILING).answers(scores).tolist() == [UNKNOWN, HOLDS]
    assert Rule("r", when={"step_below": {"calls made": 1}}).answers(scores).tolist() == [UNKNOWN, HOLDS]
    one = phone()
    extra = og.Expectation("extra", og.Measure("extra"), floor=0, target=1)
    both = og.DesiredOutcome(
        og.RequiredOutcome("s", needs=one.desired_outcomes[0].required.needs),
        og.AppropriateExperience("h", expects=extra),
        segments=["b"],
    )
    other = og.DesiredOutcome(
        *[getattr(one.desired_outcomes[0], n) for n in ("required", "experience")], segments=["a"]
    )
    model = og.OutcomeModel("two", segments=["a", "b"], desired_outcomes=[other, both])
    frame = {"segment": ["a", "b"], "calls": [1, 1], "reply_hours": [24, 24], "extra": [0, 0]}
    answers = Rule("r", when={"step_below": {"extra": 1}}).answers(og.Scorer(model).score(frame))
    assert answers.tolist() == [HOLDS_NOT, HOLDS]


def test_a_step_that_only_a_later_model_has():
    old = phone()
    extra = og.Expectation("extra", og.Measure("extra"), floor=0, target=1)
    outcome = og.DesiredOutcome(old.desired_outcomes[0].required, og.AppropriateExperience("h", expects=extra))
    history = History({day(0): old, day(10): og.OutcomeModel("new", desired_outcomes=[outcome])})
    for number in (0, 10, 20):
        history.add(day(number), rows({"A": 4}, extra=[0]))
    row = history.fired(Rule("r", when={"step_below": {"extra": 0.5}}, for_days=10))[0]
    assert (str(row["since"]), str(row["fired"])) == (day(10), day(20))


def plain(answers, days, rule):
    """Read one customer's observations one by one: (since, fired) of each run that fired."""
    out, since, last, when = [], None, None, None
    for number, answer in zip(days, answers, strict=True):
        if answer == UNKNOWN:
            continue
        gap = rule.max_gap_days
        if since is not None and (answer == HOLDS_NOT or (gap is not None and number - last > gap)):
            out += [(since, when)] if when is not None else []
            since = when = None
        if answer == HOLDS:
            since = number if since is None else since
            last = number
            when = number if when is None and number - since >= rule.for_days else when
    return out + ([(since, when)] if when is not None else [])


@pytest.mark.parametrize("gap", [None, 12])
@pytest.mark.parametrize("seed", range(3))
def test_against_a_plain_reading(seed, gap):
    rng = np.random.default_rng(seed)
    days = np.sort(rng.choice(120, 25, replace=False)).tolist()
    history = History(phone())
    table = rng.choice([1.0, 1.0, 4.0, np.nan], size=(25, 8))
    for number, calls in zip(days, table, strict=True):
        here = [i for i in range(8) if rng.random() < 0.9]
        history.add(day(number), rows({f"C{i}": calls[i] for i in here}) if here else rows({"Z": 1.0}))
    rule = Rule("r", when=FAILING, for_days=10, max_gap_days=gap)
    found = {}
    for row in history.fired(rule):
        start = dt.date(2026, 1, 1)
        found.setdefault(row["customer"], []).append(((row["since"] - start).days, (row["fired"] - start).days))
    for name in history.customers:
        seen = [(d, s) for d, s in zip(days, map(history.scores, history.dates), strict=True) if name in s.id.tolist()]
        answers = [rule.answers(s)[s.id.tolist().index(name)] for _, s in seen]
        assert found.get(name, []) == plain(answers, [d for d, _ in seen], rule)


def test_several_rules():
    history = history_of({day(0): {"A": 1}, day(14): {"A": 1}})
    rules = [Rule("one", when=FAILING), Rule("two", when={"below": {"required": 0.9}}, for_days=7)]
    assert [row["rule"] for row in history.fired(*rules)] == ["one", "two"]
    assert "Rules fired 2 times" in str(history.fired(*rules))
    assert len(history_of({day(0): {"A": 4}}).fired(*rules)) == 0


def test_on_a_model_with_cells():
    history = History(email_model())
    for number in range(3):
        history.add(day(number * 10), email_customers(80, seed=number))
    listing = history.fired(Rule("r", when={"step_below": {"list built": 0.5}, "state": ["failing", "uncertain"]}))
    assert len(listing) > 0
    assert set(listing.columns["status"].tolist()) <= {"holds", "ended", "not known", "gap too long"}


def test_plain_data_and_back():
    rule = Rule("r", when={"state": ["failing"], "below": {"low": 0.2}}, for_days=3, max_gap_days=9)
    assert Rule(**rule.to_dict()) == rule
    assert rule.to_dict()["max_gap_days"] == 9
    assert hash(rule) == hash(Rule(**rule.to_dict()))


def test_who_is_of_a_segment_that_is_not_ideal_is_marked():
    model = phone(segments=[og.Segment("firm"), og.Segment("hobby", ideal=False)])
    history = History(model)
    for when, second in ((day(0), "firm"), (day(7), "hobby"), (day(14), "firm")):
        history.add(when, rows({"A": 1, "B": 1}, segment=["firm", second]))
    later, soon = Rule("later", when=FAILING, for_days=14), Rule("soon", when=FAILING, for_days=7)
    found = history.fired(later, soon)
    marked = {(row["rule"], row["customer"]): row["ideal"] for row in found}
    assert marked == {("later", "A"): True, ("later", "B"): True, ("soon", "A"): True, ("soon", "B"): False}
    assert found.notes == ("For customers of segments that are not ideal: 1.",)
    assert str(found).count("(not ideal)") == 1
    nobody = history.fired(Rule("never", when=FAILING, for_days=99))
    assert len(nobody) == 0
    assert nobody.notes == ()
    assert "ideal" in nobody.columns


@pytest.mark.parametrize(("arguments", "rule"), [
    ({"name": " "}, "text"), ({"when": {}}, "table"), ({"when": {"stat": "failing"}}, "unknown-key"),
    ({"when": {"state": "fails"}}, "unknown-value"), ({"when": {"state": []}}, "list"), ({"when": {"below": {}}}, "table"),
    ({"when": {"below": {"desire": 0.5}}}, "unknown-key"), ({"when": {"below": {"desired": "low"}}}, "number"),
    ({"when": {"step_below": {"x": float("nan")}}}, "number"), ({"for_days": -1}, "number"), ({"max_gap_days": 0}, "number"),
])  # fmt: skip
def test_bad_rules(arguments, rule):
    assert rules_of(lambda: Rule(**({"name": "r", "when": FAILING} | arguments))) == [rule]


@pytest.mark.parametrize(("rules", "rule"), [
    ((), "list"), ((Rule("r", when={"step_below": {"calls mode": 1}}),), "unknown-step"),
    ((Rule("r", when=FAILING), Rule("r", when=FAILING, for_days=3)), "repeated"),
])  # fmt: skip
def test_bad_lists_of_rules(rules, rule):
    assert rules_of(lambda: history_of({day(0): {"A": 1}}).fired(*rules)) == [rule]
