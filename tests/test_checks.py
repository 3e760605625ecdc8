"""The collector: what it takes, what it notes, what it raises."""

from __future__ import annotations

import math

import numpy as np
import pytest

import outcomegap as og
from outcomegap.checks import PATIENCE, Checks, choice, in_range, whole


def test_findings_carry_rule_and_path():
    checks = Checks("model", "gaps.list")
    checks.at("target").number("", "x")
    checks.text("owner", " ")
    checks.one_of("status", "opened", ("open", "closed"))
    checks.texts("after", ["a", "a", ""])
    checks.keys("", {"floor": 1, "tarqet": 2}, ("floor", "target"), required=("target",))
    assert [(finding.rule, finding.where) for finding in checks.findings] == [
        ("number", "gaps.list.target"),
        ("text", "gaps.list.owner"),
        ("unknown-value", "gaps.list.status"),
        ("list", "gaps.list.after"),
        ("repeated", "gaps.list.after"),
        ("unknown-key", "gaps.list.tarqet"),
        ("missing-key", "gaps.list.target"),
    ]
    with pytest.raises(og.ModelError) as error:
        checks.done()
    assert list(error.value.findings) == checks.findings


@pytest.mark.parametrize(("value", "low", "high"), [(3, 0, 3), (np.int64(2), 2, 9), (0.5, -math.inf, math.inf)])
def test_numbers_within_their_limits(value, low, high):
    checks = Checks()
    assert checks.number("x", value, low, high) == in_range("x", value, low, high) == value
    checks.done()


@pytest.mark.parametrize("value", [math.nan, math.inf, -1, 4, True, "3", None, 10**400])
def test_numbers_beyond_them(value):
    checks = Checks()
    assert math.isnan(checks.number("x", value, 0, 3))
    assert [finding.rule for finding in checks.findings] == ["number"]
    with pytest.raises(og.DataError) as error:
        in_range("x", value, 0, 3)
    assert (error.value.problems[0].rule, error.value.problems[0].column) == ("out-of-range", "x")


def test_arguments_that_are_names_or_counts():
    assert (choice("how", "mean", ("mean", "worst")), whole("top", 3.0, 1)) == ("mean", 3)
    with pytest.raises(og.DataError) as error:
        choice("how", "meen", ("mean", "worst"))
    assert error.value.problems[0].suggestion == "mean"
    for value in (0, 1.5):
        with pytest.raises(og.DataError):
            whole("top", value, 1)


def test_problems_name_rows_and_the_nearest_name():
    checks = Checks("customers")
    checks.problem("nobody", "no row is concerned", rows=np.zeros(4, dtype=bool))
    checks.problem("unknown", "no such plan", "plan", "prp", rows=np.array([False, True, True, False]), options=["pro"])
    checks.problem("text", "text", "x", rows=[3])
    first, second = checks.problems
    assert (first.rows, first.count, first.suggestion, first.column) == ((1, 2), 2, "pro", "plan")
    assert (second.rows, second.count) == ((3,), 1)
    assert checks.bad.tolist() == [False, True, True, True]
    with pytest.raises(og.DataError) as error:
        checks.done()
    assert len(error.value.problems) == 2


def test_what_others_raise_is_kept():
    checks = Checks("file")

    def bad_model():
        raise og.ModelError.of("range", "measures.x", "low must be below high")

    def bad_data():
        raise og.DataError("no")

    assert checks.attempt(lambda: 3) == 3
    assert checks.attempt(bad_model) is None
    assert checks.attempt(bad_model, "gaps.a") is None
    assert checks.attempt(bad_data) is None
    assert [finding.where for finding in checks.findings] == ["measures.x", "gaps.a"]
    assert [problem.rule for problem in checks.problems] == ["data"]


def test_warnings_raise_nothing():
    checks = Checks()
    checks.finding("unused", "measures.x", "no step uses it", "warning")
    checks.done()


def test_patience_with_long_lists_of_names_ends():
    checks = Checks()
    names = [f"name {number}" for number in range(PATIENCE // 4)]
    assert [bool(checks.hint("name", names)) for _ in range(5)] == [True, True, True, True, False]
