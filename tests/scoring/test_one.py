"""One customer: the same answers as for many, every problem at once, from any thread."""

from __future__ import annotations

import copy
import datetime as dt
import json
import math
import pickle
import re
import threading
from collections import ChainMap, defaultdict
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

import outcomegap as og
from outcomegap.engines import scalar
from outcomegap.files import loads
from outcomegap.scoring.model_scores import SHOWN, Score
from outcomegap.testing import customers, models, random_model, random_rows
from tests.oracles.compare import STEPWISE, disagreements
from tests.vectors.make import FOLDER

NAN = math.nan
NUMBERS = SHOWN[SHOWN.index("desired") :]


def email(**fields):
    """The e-mail marketing example."""
    delivered = og.ProductFunction(
        "e-mails delivered", og.Measure("delivery_rate", low=0, high=1), floor=0.80, target=0.99
    )
    contacts = og.SuccessGap(
        "list built",
        og.Measure("list_size", unit="contacts", low=0),
        floor=0,
        target=og.per_cell(500, {"enterprise": 50_000, "enterprise/scaling": 200_000}),
    )
    words = og.SuccessGap(
        "copy persuades", og.Measure("click_rate", low=0, high=1), floor=0, target=0.03, after=[delivered]
    )
    offer = og.SuccessGap(
        "offer is irresistible", og.Measure("offer_score", low=0, high=10), floor=3, target=8, after=[delivered]
    )
    sales = og.RequiredOutcome("sales from e-mail", needs=og.AllOf(delivered, contacts, og.AnyOf(words, offer)))
    reply = og.Expectation(
        "support replies",
        og.Measure("first_reply_hours", unit="h", low=0),
        floor=48,
        target=og.per_cell(24, {"enterprise": 1}),
    )
    training = og.Expectation(
        "formal training", og.Measure("training_days", unit="d", low=0), floor=0, target=og.column("days_due")
    )
    suits = og.AppropriateExperience("how", expects=og.Mean(reply, training, weights=(2, 1)))
    return og.OutcomeModel(
        "E-mail marketing",
        desired_outcomes=[og.DesiredOutcome(sales, suits, **fields)],
        segments=["startup", "enterprise"],
        stages=["onboarding", "adopting", "scaling"],
    )


@pytest.fixture(scope="module")
def scorer():
    return og.Scorer(email())


def customer(**changes):
    row = {
        "segment": "startup",
        "stage": "onboarding",
        "delivery_rate": 0.99,
        "list_size": 250,
        "click_rate": 0.015,
        "offer_score": 3,
        "first_reply_hours": 12,
        "training_days": 1,
        "days_due": 2,
    }
    return {name: value for name, value in (row | changes).items() if value is not ...}


# What comes out


def test_the_example(scorer):
    score = scorer.score_one(customer())
    assert (score.segment, score.stage, score.goal) == ("startup", "onboarding", None)
    assert score.required == 0.25
    assert score.experience == pytest.approx(5 / 6, abs=1e-15)
    assert score.desired == pytest.approx(0.208333333, abs=1e-9)
    assert score.required_gap == 0.75
    assert score.experience_gap == pytest.approx(0.041666667, abs=1e-9)
    assert (score.state, score.met, score.steps, score.coverage) == ("failing", 2, 6, 1.0)
    assert (score.low, score.high) == (score.desired, score.desired)
    parts = score.attribution()
    assert parts["list built"] == pytest.approx(0.416666667, abs=1e-9)
    assert parts["copy persuades"] == pytest.approx(1 / 6, abs=1e-12)
    assert parts["offer is irresistible"] == pytest.approx(1 / 6, abs=1e-12)
    assert parts["formal training"] == pytest.approx(0.041666667, abs=1e-9)
    assert sum(parts.values()) == pytest.approx(score.gap, abs=1e-12)
    gain = score.gain()
    for step in ("list built", "copy persuades", "offer is irresistible"):
        assert gain[step] == pytest.approx(0.208333333, abs=1e-9)
    assert set(score.unknown().values()) == {0.0}


def test_little_is_known(scorer):
    score = scorer.score_one({"segment": "startup", "stage": "onboarding", "list_size": 250})
    assert (score.state, score.point_state) == ("uncertain", "uncertain")
    assert math.isnan(score.desired)
    assert (score.low, score.high) == (0.0, 0.5)
    assert (score.coverage, score.required_coverage, score.experience_coverage) == (1 / 6, 0.25, 0.0)
    assert all(math.isnan(value) for value in score.attribution().values())
    assert score.unknown()["list built"] == 0.0
    assert score.unknown()["e-mails delivered"] > 0
    assert math.isnan(score.attainment()["copy persuades"])
    assert repr(score) == "<Score startup/onboarding: uncertain, score 0.0 to 50.0, 0 of 6 met>"


def test_a_side_with_too_little_data_is_blank_alone(scorer):
    score = scorer.score_one(customer(first_reply_hours=None, training_days=None))
    assert score.required == 0.25
    assert math.isnan(score.experience)
    parts = score.attribution()
    assert math.isnan(parts["formal training"])
    assert parts["list built"] == pytest.approx(0.416666667, abs=1e-9)
    assert all(math.isnan(value) for value in score.gain().values())
    assert score.state == "failing"


def test_plain_numbers_and_text(scorer):
    row = {name: np.float64(v) if isinstance(v, (int, float)) else np.str_(v) for name, v in customer().items()}
    for given_row in (row, customer(), customer(click_rate=None)):
        score = scorer.score_one(given_row)
        for name in NUMBERS[:-2]:
            assert type(getattr(score, name)) is float, name
        assert {type(score.met), type(score.steps)} == {int}
        assert {type(getattr(score, name)) for name in ("segment", "stage", "state", "point_state")} == {str}
        for explain in (*STEPWISE, "attainment"):
            assert {type(value) for value in getattr(score, explain)().values()} == {float}


def test_to_dict_is_json(scorer):
    for row in (customer(), {"segment": "enterprise", "stage": "scaling"}, customer(training_days=NAN)):
        score = scorer.score_one(row)
        data = score.to_dict(explain=True)
        shown = score.having(SHOWN)  # nothing is out of reach in this model
        assert list(data) == [*shown, "attribution", "gain", "leverage", "unknown", "attainment"]
        assert json.loads(json.dumps(data, allow_nan=False)) == data
        assert data["required"] == (None if math.isnan(score.required) else score.required)
        assert list(score.to_dict()) == shown
        assert list(data["attribution"]) == [step.name for step in scorer.model.steps]


def test_it_cannot_be_changed(scorer):
    score = scorer.score_one(customer())
    with pytest.raises(AttributeError):
        score.desired = 1.0
    with pytest.raises(AttributeError):
        score.anything = ()
    row = customer()
    kept = scorer.score_one(row)
    before = kept.to_dict(explain=True)
    row["list_size"] = 500
    assert kept.to_dict(explain=True) == before


# The same as for many, and as the exact answers


class OneByOne:
    """Scores of single customers, in the shape of the scores of many."""

    def __init__(self, scorer, table):
        count = len(next(iter(table.values())))
        self.model = scorer.model
        self.scores = [scorer.score_one({name: table[name][row] for name in table}) for row in range(count)]
        for name in STEPWISE:
            setattr(self, name, lambda name=name: self._explain(name))

    def __getattr__(self, name):
        return [getattr(score, name) for score in self.scores]

    def _explain(self, name):
        steps = [step.name for step in self.model.steps]
        values = [[getattr(score, name)().get(step, 0.0) for step in steps] for score in self.scores]
        return type("Explanation", (), {"steps": steps, "values": values})


def same_as_for_many(model, table):
    scorer = og.Scorer(model, threads=1)
    many, ones = scorer.score(table), OneByOne(scorer, table)
    for name in SHOWN[3:]:
        expected = list(getattr(many, name))
        assert list(map(repr, getattr(ones, name))) == list(map(repr, map(plain, expected))), name
    for name in STEPWISE:
        np.testing.assert_allclose(getattr(ones, name)().values, getattr(many, name)().values, rtol=0, atol=1e-13)
    attained = many.attainment()
    for score, values in zip(ones.scores, attained.values, strict=True):
        found = score.attainment()
        assert [found.get(step, NAN) for step in attained.steps] == pytest.approx(values, abs=0, nan_ok=True)


def plain(value):
    value = value.item() if isinstance(value, np.generic) else value
    return value + 0.0 if isinstance(value, float) else value  # one zero of two


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_the_same_as_for_many(data):
    model = data.draw(models(max_steps=7, columns=True))
    same_as_for_many(model, data.draw(customers(model)))


@pytest.mark.parametrize("start", range(0, 120, 30))
def test_the_same_as_for_many_on_seeded_models(start):
    for seed in range(start, start + 30):
        model = random_model(seed, max_steps=10, columns=seed % 2 == 0)
        same_as_for_many(model, random_rows(seed, model, 4))


def test_programs_that_are_too_long_to_be_written_out(monkeypatch):
    monkeypatch.setattr(scalar, "TOO_LONG", 0)
    for seed in range(20):
        model = random_model(seed, max_steps=10, columns=seed % 2 == 0)
        same_as_for_many(model, random_rows(seed, model, 4))


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.json")), ids=lambda path: path.stem)
def test_the_conformance_vectors(path):
    data = json.loads(path.read_text(encoding="utf-8"))
    table = {name: [row[name] for row in data["rows"]] for name in data["rows"][0]}
    assert list(disagreements(OneByOne(og.Scorer(loads(data["model"])), table), data["answers"])) == []


def test_always_in_double_precision():
    row = customer(list_size=333, click_rate=0.0123)
    assert og.Scorer(email(), dtype="float32").score_one(row).desired == og.Scorer(email()).score_one(row).desired


# What goes in


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        (True, 1.0),
        (False, 0.0),
        (np.True_, 1.0),
        (7, 7.0),
        (Decimal("2.5"), 2.5),
        (Decimal("NaN"), NAN),
        (Fraction(1, 4), 0.25),
        (np.float32(0.7), float(np.float32(0.7))),
        (np.float16(3), 3.0),
        (np.float64(1.5), 1.5),
        (np.longdouble(1.5), 1.5),
        (np.int8(5), 5.0),
        (np.uint64(2**63), float(2**63)),
        (2**70, float(2**70)),
        (None, NAN),
        (NAN, NAN),
        (np.float64("nan"), NAN),
        (np.float32("nan"), NAN),
        (pd.NA, NAN),
        (pd.NaT, NAN),
        (np.ma.masked, NAN),
    ],
    ids=repr,
)
def test_what_counts_as_a_number(scorer, value, meant):
    found = scorer.score_one(customer(first_reply_hours=value, training_days=value))
    expected = scorer.score_one(customer(first_reply_hours=meant, training_days=meant))
    assert found.to_dict(explain=True) == expected.to_dict(explain=True)


@pytest.mark.parametrize(
    "value",
    ["12", "abc", "", np.str_("12"), b"1", 1j, np.complex128(1), dt.date(2026, 1, 1), dt.timedelta(1),
     np.timedelta64(1, "D"), np.datetime64("2026-01-01"), pd.Timestamp("2026-01-01"), [1], (1, 2), {"a": 1}, object(),
     np.array(1.0), np.array([1.0]), Decimal("sNaN"), 10**400],
    ids=lambda value: type(value).__name__,  # the same in every process
)  # fmt: skip
def test_what_is_no_number(scorer, value):
    with pytest.raises(og.DataError, match="'list_size' must hold numbers") as caught:
        scorer.score_one(customer(list_size=value))
    (problem,) = caught.value.problems
    assert (problem.rule, problem.column, problem.count) == ("not-a-number", "list_size", 1)
    json.dumps(problem.to_dict(), allow_nan=False)


@pytest.mark.parametrize("kind", [MappingProxyType, ChainMap, lambda row: defaultdict(float, row)])
def test_any_mapping(scorer, kind):
    row = kind(customer(click_rate=...))
    assert scorer.score_one(row).to_dict() == scorer.score_one(customer(click_rate=None)).to_dict()
    assert "click_rate" not in row


@pytest.mark.parametrize("row", [None, 5, "row", [("segment", "startup")], pd.Series({"a": 1})])
def test_no_mapping(scorer, row):
    with pytest.raises(og.DataError, match="takes one customer as a mapping") as caught:
        scorer.score_one(row)
    assert caught.value.problems[0].rule == "not-a-mapping"


def test_columns_of_other_names_and_columns_unknown(scorer):
    row = customer() | {"plan": "startup", "phase": "onboarding", "segment": 3, "stage": None, "csm": "Sara", 7: 7}
    score = scorer.score_one(row, segment="plan", stage="phase")
    assert score.to_dict() == scorer.score_one(customer()).to_dict()


def test_a_model_without_segments_reads_none():
    step, wish = og.SuccessGap("r", og.Measure("r"), floor=0, target=1), og.Expectation("e", og.Measure("r"), floor=0, target=2)  # fmt: skip
    outcome = og.DesiredOutcome(og.RequiredOutcome("w", needs=step), og.AppropriateExperience("h", expects=wish))
    scorer = og.Scorer(og.OutcomeModel("m", desired_outcomes=[outcome]))
    score = scorer.score_one({"r": 1.0, "segment": "any", "stage": 5})
    assert (score.segment, score.stage, score.goal, score.desired) == ("all", "all", None, 0.5)


def goals():
    step, wish = og.SuccessGap("r", og.Measure("r"), floor=0, target=1), og.Expectation("e", og.Measure("e"), floor=0, target=1)  # fmt: skip
    return og.OutcomeModel(
        "m",
        segments=["1", "2"],
        desired_outcomes=[
            og.DesiredOutcome(og.RequiredOutcome("w", needs=step), og.AppropriateExperience("h", expects=wish), name=n, segments=s)
            for n, s in (("grow", None), ("save", ["1"]))
        ],
    )  # fmt: skip


def test_goals_and_names_that_are_no_text():
    scorer = og.Scorer(goals())
    row = {"r": 1, "e": 0.5, "segment": "1", "goal": "save"}
    assert scorer.score_one(row).goal == "save"
    for one in (1, 1.0, np.int64(1)):  # as in frames, where a segment "1" may be read as a number
        assert scorer.score_one(row | {"segment": one}).to_dict() == scorer.score_one(row).to_dict()
    assert scorer.score_one(row | {"aim": "grow", "goal": 0}, goal="aim").goal == "grow"
    with pytest.raises(og.DataError, match="no desired outcome for segment '2', goal 'save'") as caught:
        scorer.score_one(row | {"segment": "2"})
    assert caught.value.problems[0].rule == "no-such-cell"


# What is wrong


def problems_of(scorer, row, **options):
    with pytest.raises(og.DataError) as caught:
        scorer.score_one(row, **options)
    return caught.value.problems


def test_an_unknown_segment(scorer):
    (problem,) = problems_of(scorer, customer(segment="enterprize"))
    assert problem.to_dict() == {
        "rule": "unknown-segment",
        "message": "column 'segment' holds segment 'enterprize', which the model does not have (did you mean 'enterprise'?)",
        "column": "segment",
        "value": "enterprize",
        "rows": [],
        "count": 1,
        "suggestion": "enterprise",
    }


WRONG = {
    "unknown-stage": ({"stage": "Onboarding"}, "stage", "Onboarding", "onboarding"),
    "missing-segment": ({"segment": None}, "segment", None, None),
    "missing-stage": ({"stage": "  "}, "stage", None, None),
    "not-a-number": ({"click_rate": "0,015"}, "click_rate", "0,015", None),
    "infinite": ({"list_size": math.inf}, "list_size", math.inf, None),
    "out-of-range": ({"offer_score": 10.5}, "offer_score", 10.5, None),
}


@pytest.mark.parametrize("rule", WRONG)
def test_each_problem_as_in_a_frame(scorer, rule):
    changes, column, value, suggestion = WRONG[rule]
    (problem,) = problems_of(scorer, customer(**changes))
    assert (problem.rule, problem.column, problem.value, problem.suggestion) == (rule, column, value, suggestion)
    assert (problem.rows, problem.count) == ((), 1)
    with pytest.raises(og.DataError) as caught:
        scorer.score({name: [v] for name, v in customer(**changes).items()})
    (in_frame,) = caught.value.problems
    assert in_frame.message.removesuffix(" (1 row: 0)") == problem.message
    assert "row" not in problem.message


@pytest.mark.parametrize("value", [-0.001, 1.001, -math.inf, math.inf])
@pytest.mark.parametrize("more", [{}, {"list_size": None}, {"list_size": ...}, {"list_size": np.float32(3)}], ids=str)
def test_limits_hold_on_every_way(scorer, value, more):
    assert {p.column for p in problems_of(scorer, customer(click_rate=value, **more))} == {"click_rate"}


@pytest.mark.parametrize("days", [0.0, 3.0, None])
@pytest.mark.parametrize("due", [0.0, -1.0, None])
def test_an_own_target_at_the_floor_or_beyond_it_as_in_a_frame(scorer, days, due):
    row = customer(days_due=due, training_days=days)
    one, many = scorer.score_one(row), scorer.score({name: [value] for name, value in row.items()})
    assert (one.desired, one.coverage) == (many.desired[0], many.coverage[0])


def test_all_problems_at_once(scorer):
    row = customer(segment="startupp", stage=..., delivery_rate=2, list_size="many", click_rate=-math.inf)
    found = problems_of(scorer, row)
    assert {problem.rule for problem in found} == {
        "unknown-segment", "missing-stage", "out-of-range", "not-a-number", "infinite",
    }  # fmt: skip
    with pytest.raises(og.DataError, match="cannot score this customer: 5 problems") as caught:
        scorer.score_one(row)
    assert all(str(problem) in str(caught.value) for problem in found)
    again = pickle.loads(pickle.dumps(caught.value))
    assert again.problems == caught.value.problems


def test_absent_measures_are_missing_unless_told_otherwise(scorer):
    row = customer(list_size=..., click_rate=..., days_due=...)
    assert scorer.score_one(row).coverage == 0.5
    row |= {"list size": 3}
    found = problems_of(scorer, row, absent="error")
    assert [(p.rule, p.column, p.suggestion) for p in found] == [
        ("missing-column", "list_size", "list size"),
        ("missing-column", "click_rate", None),
        ("missing-column", "days_due", None),
    ]
    assert scorer.score_one(customer(list_size=None), absent="error").coverage == 5 / 6
    assert scorer.score_one(customer(), absent="error").coverage == 1.0


def test_absent_and_wrong_at_once(scorer):
    found = problems_of(scorer, customer(list_size=..., stage=..., segment="enterprize"), absent="error")
    assert [(p.rule, p.column) for p in found] == [
        ("missing-column", "stage"),
        ("missing-column", "list_size"),
        ("unknown-segment", "segment"),
    ]


def test_a_column_that_is_nearly_there_is_named(scorer):
    (problem,) = problems_of(scorer, customer(segment=...) | {"Segment": "startup"})
    assert (problem.rule, problem.column, problem.suggestion) == ("missing-segment", "segment", "Segment")
    assert "did you mean 'Segment'?" in problem.message


def test_an_empty_mapping(scorer):
    assert [p.rule for p in problems_of(scorer, {})] == ["missing-segment", "missing-stage"]
    assert len(problems_of(scorer, {}, absent="error")) == 9


@pytest.mark.parametrize("absent", ["eror", None, 0])
def test_a_word_that_absent_does_not_know(scorer, absent):
    with pytest.raises(og.DataError, match="absent cannot be"):
        scorer.score_one(customer(), absent=absent)


def test_a_segment_that_cannot_be_looked_up(scorer):
    (problem,) = problems_of(scorer, customer(segment=["startup"]))
    assert problem.rule == "unknown-segment"
    json.dumps(problem.to_dict())


def test_a_user_s_own_curve_that_fails_says_so_itself():
    def fails(z):
        if len(z) == 1 and z[0] == 0.123456:
            raise TypeError("not today")
        return z

    step = og.SuccessGap("r", og.Measure("r"), floor=0, target=1, curve=og.curve("moody", fails))
    wish = og.Expectation("e", og.Measure("e"), floor=0, target=1)
    outcome = og.DesiredOutcome(og.RequiredOutcome("w", needs=step), og.AppropriateExperience("h", expects=wish))
    scorer = og.Scorer(og.OutcomeModel("m", desired_outcomes=[outcome]))
    for row in ({"r": 0.123456, "e": 1}, {"r": 0.123456}):
        with pytest.raises(TypeError, match="not today"):
            scorer.score_one(row)


# Threads and processes


def test_many_threads_at_once():
    model = random_model(11, max_steps=10, max_cells=12)
    table = random_rows(3, model, 60)
    rows = [{name: table[name][i] for name in table} for i in range(60)]
    expected = [og.Scorer(model).score_one(row).to_dict(explain=True) for row in rows]
    scorer = og.Scorer(model)
    start = threading.Barrier(8)

    def work(offset):
        start.wait()
        order = [(i + 7 * offset) % 60 for i in range(60)] * 3
        return all(scorer.score_one(rows[i]).to_dict(explain=True) == expected[i] for i in order)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(8)))


def test_after_pickling(scorer):
    scorer.score_one(customer())
    again = pickle.loads(pickle.dumps(scorer))
    assert again.score_one(customer()).to_dict(explain=True) == scorer.score_one(customer()).to_dict(explain=True)


def test_a_score_can_be_pickled_and_copied(scorer):
    scores = [scorer.score_one(customer()), scorer.score_one(customer(click_rate=None))]
    for score, again in zip(scores, pickle.loads(pickle.dumps(scores)), strict=True):
        assert isinstance(again, Score)
        assert again.to_dict(explain=True) == score.to_dict(explain=True)
        assert copy.deepcopy(score).to_dict() == score.to_dict()
    assert len(pickle.dumps(scores)) < 30_000


def row_of(**more):
    return {
        "segment": "startup",
        "stage": "onboarding",
        "delivery_rate": 0.99,
        "list_size": 250,
        "click_rate": 0.015,
        "offer_score": 3,
        "first_reply_hours": 12,
        "training_days": 1,
        "days_due": 2,
    } | more


@pytest.mark.parametrize("slip", ["list_sise", "List_Size", "listsize", "list_sizes", "list size"])
@pytest.mark.parametrize("absent", ["missing", "error"])
def test_a_misspelt_measure_is_no_missing_one(scorer, slip, absent):
    row = row_of(**{slip: 250})
    del row["list_size"]
    with pytest.raises(og.DataError) as caught:
        scorer.score_one(row, absent=absent)
    (problem,) = caught.value.problems
    if absent == "missing":
        assert (problem.rule, problem.column, problem.suggestion) == ("unknown-column", slip, "list_size")
        assert "did you mean 'list_size'?" in problem.message
    else:
        assert (problem.rule, problem.column, problem.suggestion) == ("missing-column", "list_size", slip)


def test_a_slip_is_told_with_everything_else(scorer):
    row = row_of(list_sise=250, click_rate=7)
    del row["list_size"]
    with pytest.raises(og.DataError) as caught:
        scorer.score_one(row)
    assert {p.rule for p in caught.value.problems} == {"unknown-column", "out-of-range"}


@pytest.mark.parametrize(
    "more",
    [
        {"mrr": 99, "csm": "Ann", 7: "x"},  # like nothing
        {"list": 1},  # a word of the name alone
        {"customer": "Acme", "id": 1},
        {"click_rates": 1},  # like a measure that is there
    ],
)
def test_other_columns_are_left_alone_where_a_measure_is_absent(scorer, more):
    row = row_of()
    del row["list_size"]
    assert scorer.score_one(row | more).low == scorer.score_one(row).low


def test_a_near_name_beside_the_measure_itself_is_left_alone(scorer):
    assert scorer.score_one(row_of(list_sise=3)).desired == scorer.score_one(row_of()).desired
    unknown = scorer.score_one(row_of(list_sise=3, list_size=None))  # said to be missing, not absent
    assert unknown.required_coverage == 0.75


def test_columns_that_the_inputs_keep_are_no_slip():
    calls = og.SuccessGap("calls made", og.Measure("calls", low=0), floor=0, target=4)
    reply = og.Expectation("support replies", og.Measure("reply_hours", low=0), floor=48, target=24)
    sales, suits = og.RequiredOutcome("sales", needs=calls), og.AppropriateExperience("how", expects=reply)
    inputs = og.Inputs(id="reply_hour", keep=["call"])
    model = og.OutcomeModel("phone", desired_outcomes=[og.DesiredOutcome(sales, suits)], inputs=inputs)
    assert og.Scorer(model).score_one({"reply_hour": 1, "call": 2}).coverage == 0


# What is left out may count more than any completion of it would (2.5)


def built_on(join, dtype):
    """A scorer whose step "built" builds on "base" and drops out of a mean while nobody knows it."""

    def step(name, kind=og.SuccessGap, **said):
        return kind(name, og.Measure(name), floor=0, target=1, **said)

    built = step("built", missing="skip", after=[step("base")])
    expects = og.AllOf(step("w", og.Expectation, missing=0.5), step("v", og.Expectation))
    outcome = og.DesiredOutcome(
        og.RequiredOutcome("r", needs=og.Mean(step("c"), built)),
        og.AppropriateExperience("e", expects=expects),
        join=join,
    )
    return og.Scorer(og.OutcomeModel("m", desired_outcomes=[outcome]), dtype=dtype)


@pytest.mark.parametrize(
    ("row", "join", "high"),
    [
        ({"base": 0.1, "c": 1, "v": 1}, "product", 0.55),  # every completion: (1 + .1) / 2 x 1
        ({"base": 0.1, "c": 1, "v": 1, "w": 0.5}, "product", 0.5),  # D itself: 1 x .5, above .55 x .5
        ({"base": 0.5, "c": 0.5, "v": 0.5}, "product", 0.25),  # (.5 + .5) / 2 x .5
        ({"base": 0.0, "c": 0.8, "v": 0.9, "w": 0.6}, "product", 0.432),  # D = .8 x .54, completions .4 x .54
        ({"base": 0.0, "c": 0.8, "v": 1}, "weakest", 0.5),  # D = min(.8, .5), completions min(.4, 1)
        ({"base": 0.0, "c": 0.8, "v": 1, "w": 0.2}, "weakest", 0.2),
        ({"base": 1.0, "c": 1, "v": 1}, "product", 1.0),
    ],
)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_high_is_the_most_of_completions_and_of_the_score_itself(row, join, high, dtype):
    scorer = built_on(join, dtype)
    one, batch = scorer.score_one(row), scorer.score({name: [row.get(name)] for name in scorer.score_one(row).row})
    near = 1e-12 if dtype == "float64" else 1e-6
    assert one.high == pytest.approx(high, abs=1e-12)
    assert batch.high[0] == pytest.approx(high, abs=near)
    for scores, tolerance in ((one, 1e-12), (batch, near)):
        assert scores.low <= scores.desired <= scores.high
        assert scores.required_low <= scores.required <= scores.required_high
        assert scores.high <= scores.required_high * scores.experience_high + tolerance or join != "product"


def test_keys_that_were_accepted_once_are_looked_at_again_where_they_may_be_wrong():
    """What is remembered of a row's keys never hides a lacking column, a slip, or a bad value."""
    scorer = og.Scorer(og.gallery.load("email-validation"))
    names = [measure.name for measure in scorer.model.measures]
    place = {"segment": scorer.model.segment_names[0], "stage": scorer.model.stage_names[0]}
    row = {**place, names[0]: 0.5}
    first = scorer.score_one(row)
    for _ in range(2):
        assert scorer.score_one(row).to_dict() == first.to_dict()
        with pytest.raises(og.DataError, match=re.escape(names[1])):
            scorer.score_one(row, absent="error")
        with pytest.raises(og.DataError, match="did you mean"):
            scorer.score_one({**row, names[1] + "s": 1.0})
        with pytest.raises(og.DataError, match="must hold numbers"):
            scorer.score_one({**row, names[0]: "0.5"})
        with pytest.raises(og.DataError, match="infinite"):
            scorer.score_one({**row, names[0]: math.inf})
        for nothing in (None, math.nan):
            gone = scorer.score_one({**row, names[0]: nothing})
            assert gone.coverage == 0.0
            assert gone.low <= gone.high
