"""What a scorer of one's own may not hand over: each is told in words, all at once, and nothing is computed of it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

import outcomegap as og
from tests.scoring.outside import DESIRED, FRAME, GAIN, PARTS, REACHED, Small, small

NUMBERS = "must be one number for each customer, shape .* NaN where unknown"
#: What is no list of four numbers in [0, 1], and what is said of it.
NO_SHARES: dict[str, tuple[Any, str]] = {
    "a number": (0.5, NUMBERS),
    "text": ("abcd", NUMBERS),
    "words": (["a", "b", "c", "d"], r"got 'a'"),
    "numbers in words": (["0.1", "0.2", "0.3", "0.4"], r"got '0.1'"),
    "bytes": ([b"0.5"] * 4, NUMBERS),
    "objects": ([object()] * 4, NUMBERS),
    "complex": ([1j, 0, 0, 0], NUMBERS),
    "complex array": (np.zeros(4, dtype=complex), NUMBERS),
    "lists": ([[0.1], [0.2], [0.3], [0.4]], NUMBERS),
    "ragged": ([[0.1], [0.2, 0.3], 0.4, 0.5], NUMBERS),
    "dates": (np.array(["2026-01-01"] * 4, dtype="M8[D]"), NUMBERS),
    "days": ([dt.date(2026, 1, 1)] * 4, NUMBERS),
    "spans": (np.array([0, 1, 0, 1], dtype="m8[s]"), NUMBERS),
    "beyond floats": ([10**400, 0, 0, 0], NUMBERS),
    "a mapping": ({"Acme": 0.5}, NUMBERS),
    "a set": ({0.1, 0.2, 0.3, 0.4}, NUMBERS),
    "a generator": ((each for each in DESIRED), NUMBERS),
    "too few": ([0.1, 0.2], r"got shape \(2,\)"),
    "too many": ([0.1] * 5, r"got shape \(5,\)"),
    "two dimensions": (np.zeros((4, 1)), r"got shape \(4, 1\)"),
    "none": (np.array(0.5), r"got shape \(\)"),
    "a frame": (pd.DataFrame({"a": DESIRED}), r"got shape \(4, 1\)"),
    "infinite": ([0.1, 0.2, 0.3, np.inf], "must not be infinite in row 3"),
    "beyond 1": ([0.1, 1.5, 2, 0.5], r"leaves \[0, 1\]: 1.5 in row 1"),
    "below 0": ([0.1, 0.5, -0.1, 0.5], r"leaves \[0, 1\]: -0.1 in row 2"),
}
MATRIX = "must be one number for each customer and step, shape .* NaN where unknown"
#: The same of four rows of two numbers.
NO_MATRIX: dict[str, tuple[Any, str]] = {
    "a number": (0.5, r"got shape \(\)"),
    "text": ("abcd", MATRIX),
    "numbers in words": ([["0.1", "0.2"]] * 4, MATRIX),
    "half in words": ([[0.1, "0.2"]] * 4, MATRIX),
    "one dimension": ([0.1] * 4, r"got shape \(4,\)"),
    "turned round": (np.zeros((2, 4)), r"got shape \(2, 4\)"),
    "three dimensions": (np.zeros((4, 2, 1)), r"got shape \(4, 2, 1\)"),
    "no rows": ([], r"got shape \(0,\)"),
    "ragged": ([[0.1], [0.2, 0.3], [0.4, 0.1], [0.5, 0.2]], MATRIX),
    "objects": ([[object(), 1]] * 4, MATRIX),
    "complex": (np.zeros((4, 2), dtype=complex), MATRIX),
    "dates": (np.zeros((4, 2), dtype="M8[D]"), MATRIX),
    "spans": (np.zeros((4, 2), dtype="m8[s]"), MATRIX),
    "beyond floats": ([[10**400, 0]] * 4, MATRIX),
    "infinite": ([[0, 0], [0, -np.inf], [0, 0], [0, 0]], "must not be infinite in row 1"),
}


def refused(says: str, **said: Any) -> og.ModelError:
    with pytest.raises(og.ModelError, match=says) as caught:
        small(**said)
    assert "scorer 'small' made invalid scores" in str(caught.value)
    return caught.value


@pytest.mark.parametrize("name", ["desired", "required", "experience", "low", "high"])
@pytest.mark.parametrize("what", NO_SHARES)
def test_what_is_no_number_a_customer(name: str, what: str) -> None:
    value, says = NO_SHARES[what]
    if what == "a generator":
        value = (each for each in DESIRED)
    assert {finding.rule for finding in refused(rf"{name} .*{says}", **{name: value}).findings} <= {
        "numbers",
        "shape",
        "range",
    }


@pytest.mark.parametrize("name", ["attainment", "parts", "gain"])
@pytest.mark.parametrize("what", NO_MATRIX)
def test_what_is_no_number_a_customer_and_step(name: str, what: str) -> None:
    value, says = NO_MATRIX[what]
    refused(rf"{name} .*{says}", **{name: value})


def test_decimals_and_truths_are_numbers() -> None:
    assert small(desired=[Decimal("0.5"), 1, True, None]).desired.tolist()[:3] == [0.5, 1, 1]


def test_rounding_is_forgiven() -> None:
    near = 1 + 1e-12
    scores = small(desired=[near, -1e-12, 0.5, 1], low=[1, 0, 0.5 + 1e-12, 1], attainment=np.full((4, 2), near))
    assert scores.desired.tolist() == [1, 0, 0.5, 1]
    assert scores.attainment().values.max() == 1


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ({"attainment": REACHED + 0.5}, r"attainment leaves \[0, 1\]: 1.5 in row 1"),
        ({"attainment": REACHED - 0.1}, r"attainment leaves \[0, 1\]: -0.1 in row 2"),
        ({"low": [0.5, 1, 0, 0.5]}, "low 0.5, desired 0.25, high nan in row 0"),
        ({"high": [0.25, 0.9, 1, 0.4]}, r"high 0.9 in row 1 \(2 in all\)"),
        ({"low": [0.2, 0, 0.9, 0], "high": [0.3, 1, 0.8, 1]}, r"low 0.9, desired nan, high 0.8 in row 2"),
        ({"parts": PARTS[:, ::-1] * 2}, "parts 1.5, gap 0.75 in row 0"),
        (
            {"parts": np.where(PARTS == 0.25, np.nan, PARTS)},
            "parts must not be NaN where there is a score; use 0 for none in row 0",
        ),
        ({"parts": np.full((4, 2), np.nan), "exact": False}, "parts must not be NaN"),
        ({"gain": np.full((4, 2), np.nan)}, "gain must not be NaN where there is a score"),
        ({"gain": GAIN * 4}, r"desired 0.25, gain 1 in row 0, of 'logins'"),
        ({"gain": -GAIN * 2}, r"desired 0.25, gain -0.5 in row 0, of 'logins'"),
        ({"state": "failing"}, "state must be one name for each of 4 customers"),
        ({"state": ["failing"]}, r"state must be one name for each of 4 customers \(got 1\)"),
        ({"state": 3}, "state must be one name for each of 4 customers"),
        ({"state": np.array("failing")}, "state must be one name for each of 4 customers"),
        ({"state": np.array([["failing"]] * 4)}, "state must be one name for each of 4 customers"),
        ({"state": {"failing", "successful"}}, "state must be one name for each of 4 customers"),
        ({"state": ["failling"] * 4}, r"'failling' in row 0 is not a state \(did you mean 'failing'\?\)"),
        ({"state": ["failing", "Successful", None, "failing"]}, r"'Successful' in row 1 .*did you mean 'successful'"),
        ({"state": [0, 1, 2, 3]}, "0 in row 0 is not a state"),
        ({"state": [["failing"]] * 4}, "is not a state"),
        ({"state": [{}] * 4}, "is not a state"),
        ({"columns": {1: DESIRED}}, r"name of a column must be text \(got 1\)"),
        ({"columns": {" ": DESIRED}}, "name of a column must be text"),
        ({"columns": {"plan": DESIRED}}, "already has a column 'plan'"),
        ({"columns": {"logins": DESIRED}}, "already has a column 'logins'"),
        ({"columns": {"points": 1}}, r"column 'points' must have one value for each of 4 customers \(got 1\)"),
        ({"columns": {"points": None}}, r"\(got None\)"),
        ({"columns": {"points": "abcd"}}, r"\(got 'abcd'\)"),
        ({"columns": {"points": [1, 2]}}, r"\(got 2\)"),
        ({"columns": {"points": {1, 2, 3, 4}}}, r"one value for each of 4 customers"),
        ({"columns": {"points": {1: 1, 2: 2, 3: 3, 4: 4}}}, r"one value for each of 4 customers"),
        ({"columns": {"points": np.zeros((4, 2))}}, r"one value for each of 4 customers"),
        ({"columns": {"points": (each for each in DESIRED)}}, r"one value for each of 4 customers"),
    ],
)
def test_what_breaks_a_rule(said: dict[str, Any], says: str) -> None:
    assert len(refused(says, **said).findings) == 1 or "in row 0 is not a state" in says


@pytest.mark.parametrize("name", ["achieved_at", "appropriate_at"])
@pytest.mark.parametrize(
    "value",
    [
        "0.5",
        None,
        True,
        2,
        -0.1,
        np.nan,
        np.inf,
        [0.5],
        np.array([0.5]),
        np.timedelta64(0, "us"),
        1j,
        og.per_cell(0.5, {}),
    ],
)
def test_bad_thresholds(name: str, value: Any) -> None:
    refused(rf"{name}: must be a number between 0 and 1 \(got ", **{name: value})


@pytest.mark.parametrize("value", [0, 1, 0.5, np.float32(0.5), np.int64(1), np.float64(0)])
def test_good_thresholds(value: Any) -> None:
    small(achieved_at=value, appropriate_at=value)


@pytest.mark.parametrize("value", [np.bool_(True), True, np.all([True])])
def test_truths_of_numpy(value: Any) -> None:
    assert small(parts=PARTS, exact=value).exact


def test_all_at_once() -> None:
    error = refused(
        "9 problems",
        desired=[0.1, 0.2],
        required="x",
        experience=[0.1, 0.2, np.inf, 0],
        attainment=np.zeros((4, 3)),
        parts="x",
        state=["good", "fine", "failing", "failing"],
        achieved_at=2,
        columns={"plan": [1, 2, 3, 4]},
    )
    assert [finding.rule for finding in error.findings] == [
        *("numbers", "numbers", "numbers", "numbers", "numbers"),
        *("states", "states", "number", "columns"),
    ]
    broken = refused("3 problems", high=[0] * 4, parts=PARTS / 2, gain=np.ones((4, 2)))
    assert [finding.rule for finding in broken.findings] == ["bounds", "gain", "parts"]


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ({"id": "customer"}, "no column 'customer'"),
        ({"id": "Id"}, r"no column 'Id' \(did you mean 'id'\?\)"),
    ],
)
def test_names_of_columns(said: dict[str, Any], says: str) -> None:
    with pytest.raises(og.DataError, match=says):
        small(**said)


@pytest.mark.parametrize("attainment", [None, REACHED])
@pytest.mark.parametrize(
    ("segments", "frame", "says"),
    [
        (["basic", "pro"], {}, "there is no column 'segment'"),
        (["basic", "pro"], {"segmnt": list("abcd")}, "did you mean 'segmnt'"),
        (["basic", "pro"], {"segment": ["basic", "prp", "basic", None]}, "did you mean 'pro'"),
        (["basic", "pro"], {"segment": ["basic", "prp", "basic", None]}, "'segment' is empty"),
    ],
)
def test_segments_that_are_not_there(segments: list[str], frame: dict[str, Any], says: str, attainment: Any) -> None:
    with pytest.raises(og.DataError, match=says):
        small(FRAME | frame, Small(segments=segments), attainment=attainment)


def test_more_columns_beside_scores() -> None:
    scores = small()
    assert [group.name for group in scores.with_columns({"band": list("abab")}).by("band")] == ["a", "b"]
    with pytest.raises(og.DataError) as caught:
        scores.with_columns({"plan": DESIRED, 1: DESIRED, "points": [1]})
    assert len(caught.value.problems) == 3
