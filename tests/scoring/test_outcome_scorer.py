"""A scorer of one's own: its pieces, and steps read off a frame as the engine reads them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import outcomegap as og
from outcomegap.scoring.scores import outline_of
from outcomegap.testing import random_model, random_rows
from tests.frames.kinds import KINDS, make
from tests.scoring.example import email_customers, email_model
from tests.scoring.outside import FRAME, LOGINS, REACHED, Outside, Small

# -- pieces ----------------------------------------------------------------------------------------------------------


class Nameless:
    steps = (LOGINS,)

    def score(self, customers: Any) -> Any: ...


class Stepless:
    name = "x"

    def score(self, customers: Any) -> Any: ...


class Idle:
    name, steps, score = "x", (LOGINS,), 3


class Raising:
    name, segments = "x", ("a",)

    @property
    def steps(self) -> Any:
        raise AttributeError("steps are made later")

    def score(self, customers: Any) -> Any: ...


@pytest.mark.parametrize(
    "use", [outline_of, lambda s: og.attainments(s, FRAME), lambda s: og.OutcomeScores(s, FRAME, desired=[1] * 4)]
)
@pytest.mark.parametrize(
    ("scorer", "says"),
    [
        (None, "has no name"),
        (object(), "has no method score"),
        (Nameless(), "has no name"),
        (Stepless(), "has no steps"),
        (Idle(), "has no method score"),
        (Raising(), "has no steps"),
        (Small, r"is the class Small; give an object of it, such as Small\(...\)"),
        (og.gallery.load("airline"), "has no method score"),
        ("health", "has no name"),
    ],
)
def test_a_piece_that_lacks(use: Any, scorer: Any, says: str) -> None:
    with pytest.raises(og.ModelError, match=says):
        use(scorer)


def test_all_pieces_that_lack_at_once() -> None:
    with pytest.raises(og.ModelError) as caught:
        outline_of(object())
    assert len(caught.value.findings) == 3


def test_it_is_a_protocol() -> None:
    assert isinstance(Small(), og.OutcomeScorer)
    assert isinstance(og.Scorer(email_model()), og.OutcomeScorer)
    assert not isinstance(Stepless(), og.OutcomeScorer)


# -- steps read off a frame -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(60))
def test_attainments_are_the_engines(seed: int) -> None:
    """Every curve, per-cell and own bounds, and whatever is missing; where a step is not of the cell nobody compares."""
    model = random_model(seed, columns=True)
    rows = random_rows(seed, model, 30)
    wanted = og.Scorer(model).score(rows).attainment()
    found = attained(model, rows)
    here = wanted.applies
    np.testing.assert_allclose(found[here], wanted.values[here], rtol=0, atol=1e-15)


def attained(model: og.OutcomeModel, rows: Any) -> Any:
    """Read what an outline can hold of a model: some steps have no value in cells that are not theirs."""
    cells = og.Scorer(model).score(rows).cell
    found = np.full((len(cells), len(model.steps)), np.nan)
    applies = og.Scorer(model).compiled.applies
    for number, step in enumerate(model.steps):
        there = np.flatnonzero(applies[cells, number])
        if len(there):
            scorer = Outside(model)
            scorer.steps = (step,)
            some = {name: [values[row] for row in there.tolist()] for name, values in rows.items()}
            found[there, number] = og.attainments(scorer, some)[:, 0]
    return found


@pytest.mark.parametrize("name", og.gallery.names())
def test_attainments_of_gallery_models(name: str) -> None:
    model = og.gallery.load(name)
    rows = og.simulate(model, 200, seed=1, missing=0.2)
    wanted = og.Scorer(model).score(rows).attainment()
    found = attained(model, rows)
    np.testing.assert_allclose(found[wanted.applies], wanted.values[wanted.applies], rtol=0, atol=1e-15)


@pytest.mark.parametrize("kind", KINDS)
def test_any_frame(kind: str) -> None:
    np.testing.assert_array_equal(og.attainments(Small(), make(kind, FRAME)), REACHED)


def test_other_names_of_columns() -> None:
    step = og.SuccessGap("g", og.Measure("m"), floor=0, target=og.per_cell(1, {"a": 2, "*/t": 4, "b/t": 8}))
    scorer = Small(steps=[step], segments=["a", "b"], stages=["s", "t"])
    frame = {"tier": list("aabb"), "phase": list("stst"), "m": [1.0] * 4}
    found = og.attainments(scorer, frame, segment="tier", stage="phase")
    assert found[:, 0].tolist() == [0.5, 0.5, 1, 0.125]


def test_the_floor_is_no_negative_zero() -> None:
    assert not np.signbit(og.attainments(Small(), FRAME | {"hours": [48.0] * 4})).any()


def test_nobody() -> None:
    assert og.attainments(Small(), {"logins": [], "hours": []}).shape == (0, 2)
    assert og.attainments(Small(steps=[]), FRAME).shape == (4, 0)


def test_own_bounds_that_are_empty() -> None:
    customers = email_customers(4, missing=0) | {"segment": ["enterprise"] * 4}
    customers["sla_hours"][1] = customers["first_reply_hours"][2] = np.nan
    customers["sla_hours"][3] = customers["first_reply_hours"][3] = np.nan
    model = email_model()
    found = og.attainments(Outside(model), customers)
    place = [step.name for step in model.steps].index("support replies")
    assert np.isnan(found[:, place]).tolist() == [False, True, True, True]
    # the column that is empty is the one that is named
    scores = og.OutcomeScores(Outside(model), customers, desired=[np.nan] * 4)
    columns = {row["id"]: row["lacking_column"] for row in scores.worklist()}
    assert columns == {"C0": None, "C1": "sla_hours", "C2": "first_reply_hours", "C3": "first_reply_hours, sla_hours"}


def step(**more: Any) -> og.Expectation:
    return og.Expectation("w", og.Measure("m", low=0, high=10), **({"floor": 0, "target": 1} | more))


OWN = {"target": og.column("t")}


@pytest.mark.parametrize(
    ("steps", "frame", "says"),
    [
        ([step()], {"mm": [1]}, r"no column 'm' \(did you mean 'mm'\?\)"),
        ([step(**OWN)], {"m": [1], "tt": [1]}, r"no column 't' \(did you mean 'tt'\?\)"),
        ([step()], {"m": ["good"]}, r"column 'm' must hold numbers \(got 'good'\)"),
        ([step()], {"m": ["1"]}, r"column 'm' must hold numbers \(got '1'\)"),
        ([step()], {"m": [np.inf]}, "holds an infinite number"),
        ([step()], {"m": [-1]}, "below 0, the least"),
        ([step()], {"m": [11]}, "above 10, the most"),
        ([step(**OWN)], {"m": [1], "t": ["x"]}, r"column 't' must hold numbers"),
        ([step(**OWN)], {"m": [1], "t": [-np.inf]}, "column 't' holds an infinite number"),
        ([step()], None, "is not a data frame"),
        ([step()], "m", "is not a data frame"),
        ([step()], {}, "has no columns"),
        ([step()], {"m": [1], "n": [1, 2]}, "columns differ in length"),
    ],
)
def test_bad_frames(steps: Any, frame: Any, says: str) -> None:
    with pytest.raises(og.DataError, match=says):
        og.attainments(Small(steps=steps), frame)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({}, "no column 'segment'"),
        ({"segment": ["a", "bb", None]}, r"holds segment 'bb'.*did you mean 'b'"),
        ({"segment": ["a", "b", None]}, r"column 'segment' is empty; every customer needs a segment \(1 row: 2\)"),
    ],
)
def test_bad_segments(more: Any, says: str) -> None:
    with pytest.raises(og.DataError, match=says):
        og.attainments(Small(steps=[step()], segments=["a", "b"]), {"m": [1, 1, 1]} | more)


def test_all_problems_at_once() -> None:
    frame = {"m": [np.inf, 11, 1], "t": ["x", 1, 1], "segment": ["a", "c", None]}
    with pytest.raises(og.DataError) as caught:
        og.attainments(Small(steps=[step(**OWN)], segments=["a", "b"]), frame)
    rules = {problem.rule for problem in caught.value.problems}
    assert rules == {"infinite", "out-of-range", "not-a-number", "unknown-segment", "missing-segment"}


def test_a_cell_without_a_value() -> None:
    scorer = Small(steps=[step(target=og.per_cell(None, {"a": 1}))], segments=["a", "b"])
    assert og.attainments(scorer, {"m": [0.5], "segment": ["a"]}).tolist() == [[0.5]]
    with pytest.raises(og.DataError, match="'w' has no target in b/all; add a default or a key for it"):
        og.attainments(scorer, {"m": [0.5, 0.5], "segment": ["a", "b"]})


def test_what_it_lists_once_is_not_there_the_second_time() -> None:
    """Steps out of a generator would be read, and then be none."""
    with pytest.raises(og.ModelError, match="steps must be a list"):
        Small(steps=iter([LOGINS])).score(FRAME)
