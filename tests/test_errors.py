"""One tree of errors; findings and problems are plain data; the nearest valid name."""

from __future__ import annotations

import copy
import json
import math
import pickle
from datetime import date
from decimal import Decimal

import attrs
import numpy as np
import pytest
from hypothesis import given, strategies as st

from outcomegap.errors import (
    SHOWN,
    DataError,
    EngineError,
    Finding,
    ModelError,
    OutcomeGapError,
    Problem,
    hint,
    nearest,
)

FINDING = Finding("floor-is-target", "gaps.list", "they must differ")
PROBLEM = Problem("out-of-range", "too large", column="list", value=11.0, rows=(3, 4), count=2, suggestion="lists")


def test_one_tree():
    for error in (ModelError, DataError, EngineError):
        assert issubclass(error, OutcomeGapError)
    # Who does not know this library catches them as what they are.
    assert issubclass(ModelError, ValueError)
    assert issubclass(DataError, ValueError)
    assert issubclass(EngineError, RuntimeError)
    assert not issubclass(ModelError, DataError)
    assert not issubclass(OutcomeGapError, (ValueError, RuntimeError))


def test_a_finding_is_read_in_one_line():
    assert str(FINDING) == "error: gaps.list: they must differ [floor-is-target]"
    assert str(Finding("unused", "measures.seats", "no step uses it", "warning")).startswith(
        "warning: measures.seats: "
    )
    assert FINDING.to_dict() == {
        "rule": "floor-is-target",
        "where": "gaps.list",
        "message": "they must differ",
        "severity": "error",
    }
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        FINDING.rule = "x"


def test_a_problem_is_read_in_one_line():
    assert str(PROBLEM) == "too large [out-of-range]"
    assert PROBLEM.to_dict() == {
        "rule": "out-of-range",
        "message": "too large",
        "column": "list",
        "value": 11.0,
        "rows": [3, 4],
        "count": 2,
        "suggestion": "lists",
    }
    assert Problem("r", "m") == Problem("r", "m", None, None, (), 0, None)


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        ("text", "text"),
        (3, 3),
        (True, True),
        (None, None),
        (1.5, 1.5),
        (math.inf, "inf"),
        (math.nan, "nan"),
        (date(2026, 1, 2), "2026-01-02"),
        (Decimal("1.5"), "1.5"),
        ([1, 2], "[1, 2]"),
        (np.float32(2.5), "2.5"),
    ],
)
def test_a_problem_is_plain_data_for_json(value, plain):
    data = Problem("r", "m", value=value).to_dict()
    assert data["value"] == plain
    assert json.loads(json.dumps(data, allow_nan=False))["value"] == plain


def test_an_error_of_one_finding():
    error = ModelError.of("floor-is-target", "gaps.list", "they must differ")
    assert str(error) == "gaps.list: they must differ"
    assert error.findings == (FINDING,)


def test_an_error_of_many():
    findings = [Finding("r", f"gaps.{number}", "no") for number in range(3)]
    assert str(ModelError.all("model 'm'", findings[:1])) == "model 'm': error: gaps.0: no [r]"
    error = ModelError.all("model 'm'", findings)
    assert str(error) == (
        "model 'm': 3 problems\n  error: gaps.0: no [r]\n  error: gaps.1: no [r]\n  error: gaps.2: no [r]"
    )
    assert error.findings == tuple(findings)
    error = DataError.all("data", [PROBLEM, PROBLEM])
    assert str(error) == "data: 2 problems\n  too large [out-of-range]\n  too large [out-of-range]"
    assert error.problems == (PROBLEM, PROBLEM)


@pytest.mark.parametrize(("number", "lines"), [(SHOWN, SHOWN + 1), (SHOWN + 1, SHOWN + 2), (500, SHOWN + 2)])
def test_a_long_list_is_cut_short_and_says_so(number, lines):
    problems = [Problem("r", f"p{place}") for place in range(number)]
    error = DataError.all("data", problems)
    said = str(error).splitlines()
    assert said[0] == f"data: {number} problems"
    assert said[1] == "  p0 [r]"
    assert len(said) == lines
    assert (said[-1] == f"  ... and {number - SHOWN} more") == (number > SHOWN)
    assert len(error.problems) == number


@pytest.mark.parametrize(
    "error",
    [
        ModelError.all("model 'm'", [FINDING, FINDING]),
        DataError.all("data", [PROBLEM]),
        ModelError("alone"),
        DataError("alone"),
        EngineError("too large"),
    ],
)
def test_errors_are_pickled_and_copied_whole(error):
    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(again) is type(error)
        assert str(again) == str(error)
        for name in ("findings", "problems"):
            assert getattr(again, name, None) == getattr(error, name, None)


def test_findings_and_problems_may_be_given_by_any_iterable():
    assert ModelError("m", (finding for finding in [FINDING])).findings == (FINDING,)
    assert DataError("m", iter([PROBLEM])).problems == (PROBLEM,)


# --- the nearest name ------------------------------------------------------------------------------------------------

NAMES = ["startup", "enterprise", "Agency"]


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("enterprize", "enterprise"),
        ("start-up", "startup"),
        ("STARTUP", "startup"),
        ("agency", "Agency"),
        ("entreprise", "enterprise"),
        ("zzz", None),
        ("", None),
        (5, None),
        (None, None),
    ],
)
def test_the_nearest_name(name, near):
    assert nearest(name, NAMES) == near
    assert nearest(name, iter(NAMES)) == near


def test_the_same_name_in_another_case_comes_before_a_like_one():
    assert nearest("Plan", ["plans", "plan", "Planx"]) == "plan"


def test_hints():
    assert hint("enterprize", NAMES) == " (did you mean 'enterprise'?)"
    assert hint("zzz", NAMES) == " (known: 'startup', 'enterprise', 'Agency')"
    assert hint("zzz", []) == ""
    assert hint("zzz", map(str, range(8))) == " (known: '0', '1', '2', '3', '4', '5', '6', '7')"
    assert hint("zzz", map(str, range(9))) == " (known: '0', '1', '2', '3', '4', '5', '6', '7', ...)"


@given(st.text(max_size=8), st.lists(st.text(max_size=8), max_size=5))
def test_a_nearest_name_is_one_of_the_names(name, names):
    found = nearest(name, names)
    assert found is None or found in names
    if name in names:
        assert found is not None
        assert found.casefold() == name.casefold()
