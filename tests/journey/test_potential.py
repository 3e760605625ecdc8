"""Success potential: yes, no and unknown, and what was agreed by when."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from itertools import product

import numpy as np
import pytest

import outcomegap as og
from outcomegap.errors import DataError, ModelError
from outcomegap.journey.promises import FITS, Accountability, Fit, potential
from outcomegap.stats import wilson
from tests.frames.kinds import KINDS, listed, make
from tests.journey.errors import rules_of

HIRE = Accountability("customer", "hires an administrator", by="2026-03-01", done="hired")
TRAIN = Accountability("joint", "two days of training", by=og.column("training_day"))
GATES = [
    Fit("browser", "technical", "browser", yes=["new"], no=["old"]),
    Fit("people", "resource", "admins", at_least=1, accountable=[HIRE, TRAIN]),
    Fit("shares our way", "cultural", "culture"),
]
ROWS = {
    "customer": ["A", "B", "C", "D"],
    "browser": ["new", "new", "old", None],
    "admins": [2, 0, 0, None],
    "culture": [True, True, True, True],
    "hired": [None, False, False, None],
    "training_day": [None, "2026-02-20", "2026-02-20", None],
}


def found(rows=ROWS, gates=GATES, as_of="2026-02-01", **more):
    return potential(rows, gates, as_of=as_of, **more)


def test_now_and_given():
    result = found()
    assert result.columns["potential"].tolist() == ["yes", "no", "no", "unknown"]
    assert result.columns["given"].tolist() == ["yes", "yes", "no", "unknown"]
    frame = result.to_frame()
    assert frame["people"].tolist() == ["yes", "no", "no", "unknown"]
    assert frame["not_yes"].tolist() == [0, 1, 2, 2]


def test_what_is_in_the_way():
    rows = [row for row in found().parts["open"] if row["customer"] == "B"]
    assert [(r["fit"], r["who"], r["what"], r["by"], r["days_left"], r["stands"]) for r in rows] == [
        ("people", "customer", "hires an administrator", dt.date(2026, 3, 1), 28.0, "open"),
        ("people", "joint", "two days of training", dt.date(2026, 2, 20), 19.0, "open"),
    ]
    old = next(row for row in found().parts["open"] if (row["customer"], row["fit"]) == ("C", "browser"))
    assert (old["answer"], old["stands"], old["who"]) == ("no", "nothing agreed", None)
    unknown = [row["what"] for row in found().parts["open"] if row["customer"] == "D"]
    assert unknown == ["find it out: browser", "find it out: admins"]


@pytest.mark.parametrize(
    ("as_of", "changes", "stands", "given"),
    [
        ("2026-03-01", {}, ["open", "overdue"], "no"),  # the training's day is over
        ("2026-02-20", {}, ["open", "open"], "yes"),  # a day counts to its end
        ("2026-02-21", {}, ["open", "overdue"], "no"),
        ("2026-02-01", {"training_day": [None] * 4}, ["open", "nothing agreed"], "no"),
        ("2026-02-01", {"hired": [None, True, False, None]}, ["done, and still no", "open"], "yes"),
        ("2026-04-01", {"hired": [None, 1, 0, None]}, ["done, and still no", "overdue"], "no"),
    ],
)
def test_what_is_agreed_counts_while_it_is_in_time(as_of, changes, stands, given):
    result = found(ROWS | changes, as_of=as_of)
    assert [row["stands"] for row in result.parts["open"] if row["customer"] == "B"] == stands
    assert result[1]["given"] == given


def test_everything_done_and_still_no_is_no():
    gate = Fit("people", "resource", "admins", at_least=1, accountable=[HIRE])
    result = found({"customer": ["A"], "admins": [0], "hired": [True]}, [gate])
    assert (result[0]["potential"], result[0]["given"]) == ("no", "no")


@pytest.mark.parametrize("answers", list(product([True, False, None], repeat=3)))
def test_unknown_never_counts_as_yes(answers):
    gates = [Fit(f"fit {i}", kind, f"c{i}") for i, kind in enumerate(FITS[:3])]
    result = potential({"customer": ["A"]} | {f"c{i}": [a] for i, a in enumerate(answers)}, gates)
    expected = "no" if False in answers else "unknown" if None in answers else "yes"
    assert result.columns["potential"].tolist() == result.columns["given"].tolist() == [expected]


def test_bounds_and_truth():
    both = Fit("b", "resource", "c", at_least=1, at_most=3)
    assert [both.answer(v) for v in (0.9, 1, 3, 3.1, None, float("nan"), "2", True)] == [
        "no", "yes", "yes", "no", "unknown", "unknown", None, None,
    ]  # fmt: skip
    truth = Fit("t", "technical", "c")
    assert [truth.answer(v) for v in (True, 0, 1.0, None, " ", "yes", 2)] == [
        "yes",
        "no",
        "yes",
        "unknown",
        "unknown",
        None,
        None,
    ]
    texts = Fit("x", "technical", "c", yes=["ok "], no=["not"])
    assert [texts.answer(v) for v in (" ok", "not", "OK", 3)] == ["yes", "no", None, None]


def test_summary_says_what_nobody_asks_about():
    result = found()
    now, given, browser = result.parts["summary"][0], result.parts["summary"][1], result.parts["summary"][2]
    assert (now["yes"], now["unknown"], now["no"]) == (1, 1, 2)
    assert (given["yes"], given["share_yes"]) == (2, 0.5)
    assert (browser["low"], browser["high"]) == wilson(2, 4)
    assert "functional fit, competence fit, experience fit" in str(result)
    everything = [Fit(kind, kind, "culture") for kind in FITS]
    assert "Nothing is asked about" not in str(found(gates=everything))


def test_a_column_of_the_same_name_as_ours():
    gate = Fit("customer", "cultural", "culture")
    assert list(found(gates=[gate]).to_frame()) == ["customer", "potential", "given", "not_yes", "customer (fit)"]


@pytest.mark.parametrize("kind", KINDS)
def test_any_frame(kind):
    result = found(make(kind, ROWS))
    assert listed(result.to_frame())["potential"] == ["yes", "no", "no", "unknown"]
    assert type(result.parts["open"].to_frame()) is type(result.to_frame()) is type(result.parts["summary"].to_frame())


def test_nobody():
    empty = {name: [] for name in ROWS}
    result = found(empty)
    assert (len(result), len(result.parts["open"]), result.parts["summary"][0]["share_yes"]) == (0, 0, None)


def test_all_problems_at_once():
    with pytest.raises(DataError) as caught:
        found(ROWS | {"browser": ["x"] * 4, "admins": ["y"] * 4})
    assert len(caught.value.problems) == 2


def test_dates_of_any_kind():
    assert Accountability("a", "b", by=dt.date(2026, 3, 1)) == Accountability("a", "b", by="2026-03-01T18:00")


@pytest.mark.parametrize("value", [False, 0, 0.0, np.False_, np.int64(0), Decimal(0)])
def test_a_column_must_be_false(value):
    trial = Fit("is no trial", "resource", "is_trial", yes=[False], no=[True])
    assert trial.answer(value) == "yes"
    assert trial.answer(type(value)(1)) == "no"
    assert trial.answer(None) == "unknown"
    assert trial.answer(2) is None
    assert trial.wanted == "one of False, True"


def test_numbers_and_texts_may_mean_yes_and_no():
    tier = Fit("tier", "functional", "tier", yes=[2, 3.0, "gold"], no=np.array([0, 1]))
    assert [tier.answer(value) for value in (2, 3, "3", " gold ", 1.0, "0", 2.5, "silver")] == [
        "yes", "yes", "yes", "yes", "no", "no", None, None
    ]  # fmt: skip
    with pytest.raises(ModelError, match="no: 3 says yes as well"):
        Fit("tier", "functional", "tier", yes=[2, 3.0], no=[3])
    with pytest.raises(ModelError, match="no: False says yes as well"):
        Fit("tier", "functional", "tier", yes=[0], no=[False])


@pytest.mark.parametrize("kind", KINDS)
def test_false_is_a_yes_in_any_frame(kind):
    rows = {"customer": ["A", "B"], "is_trial": [False, True]}
    trial = Fit("is no trial", "resource", "is_trial", yes=[False], no=[True])
    assert found(make(kind, rows), [trial]).columns["potential"].tolist() == ["yes", "no"]


def test_who_says_yes_in_words_is_told_how():
    rows = {"customer": ["A"], "culture": ["yes"]}
    said = r"must hold true or false, or what yes= and no= list \(got 'yes'\)"
    with pytest.raises(DataError, match=said):
        found(rows, [GATES[2]])
    with pytest.raises(DataError, match=r"must hold one of 'new', 'old' \(got 'nwe'\) .*\(did you mean 'new'"):
        found({"customer": ["A"], "browser": ["nwe"]}, [GATES[0]])


def test_one_thing_in_the_way_of_one_customer():
    assert found().parts["open"].title == "7 things in the way of 3 customers"
    one = found({"customer": ["A", "B"], "culture": [True, False]}, [GATES[2]])
    assert one.parts["open"].title == "1 thing in the way of 1 customer"


@pytest.mark.parametrize(("arguments", "rule"), [
    ({"gates": []}, "list"), ({"gates": [GATES[0], GATES[0]]}, "repeated"), ({"as_of": None}, "not-a-date"), ({"as_of": "x"}, "not-a-date"),
    ({"customer": "who"}, "missing-column"), ({"rows": ROWS | {"customer": ["A", "A", "B", "C"]}}, "repeated-customer"),
    ({"rows": ROWS | {"customer": ["A", None, "B", "C"]}}, "missing-customer"),
    ({"rows": {n: v for n, v in ROWS.items() if n != "admins"}}, "missing-column"),
    ({"rows": {n: v for n, v in ROWS.items() if n != "hired"}}, "missing-column"),
    ({"rows": ROWS | {"browser": ["nwe"] * 4}}, "neither-yes-nor-no"), ({"rows": ROWS | {"admins": ["two"] * 4}}, "neither-yes-nor-no"),
    ({"rows": ROWS | {"culture": ["yes"] * 4}}, "neither-yes-nor-no"), ({"rows": ROWS | {"hired": ["yes"] * 4}}, "neither-yes-nor-no"),
    ({"rows": ROWS | {"training_day": ["x"] * 4}}, "not-a-date"),
])  # fmt: skip
def test_bad_arguments(arguments, rule):
    assert rules_of(lambda: found(**arguments)) == [rule]


@pytest.mark.parametrize(("arguments", "rule"), [
    ({"name": ""}, "text"), ({"kind": "technicl"}, "unknown-value"), ({"column": " "}, "text"),
    ({"yes": ["a"]}, "yes-and-no"), ({"no": ["a"]}, "yes-and-no"), ({"yes": ["a"], "no": ["a"]}, "yes-and-no"),
    ({"yes": ["a"], "no": ["b"], "at_least": 1}, "yes-and-no"), ({"yes": [True, 1], "no": ["b"]}, "repeated"),
    ({"yes": [""], "no": ["b"]}, "list"), ({"at_most": float("inf")}, "number"), ({"at_least": 3, "at_most": 1}, "bounds"),
])  # fmt: skip
def test_bad_fits(arguments, rule):
    assert rules_of(lambda: Fit(**({"name": "f", "kind": "technical", "column": "c"} | arguments))) == [rule]


@pytest.mark.parametrize(("arguments", "rule"), [
    ({"what": ""}, "text"), ({"by": "soon"}, "not-a-date"), ({"by": None}, "not-a-date"), ({"done": " "}, "text"),
])  # fmt: skip
def test_bad_accountabilities(arguments, rule):
    assert rules_of(lambda: Accountability(**({"who": "vendor", "what": "w", "by": "2026-01-01"} | arguments))) == [
        rule
    ]
