"""What the kit says of what it did not look at; and the user's own frame, which never changes."""

from __future__ import annotations

import re
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import outcomegap as og
from outcomegap.frames import wrap
from outcomegap.testing import CheckFailed, check_scorer
from tests.frames.kinds import KINDS, make
from tests.model.make import gap
from tests.testing.test_check_scorers import GAPPY, THREE, OwnScorer, OwnScores, Plain, fresh, make_plain


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_frame(kind):
    assert check_scorer(make_plain("none"), make(kind, GAPPY)) == 19


# --- the frame of the user -------------------------------------------------------------------------------------------


class Filling(Plain):
    """Changes the frame that it is given."""

    def score(self, frame):
        found = super().score(frame)
        frame["x"] = np.nan_to_num(np.asarray(frame["x"], dtype=float), nan=0.25)
        frame["points"] = np.ones(30)
        return found


class Indexing(Plain):
    """Changes the index of the frame that it is given."""

    def score(self, frame):
        found = super().score(frame)
        frame.index = frame.index + 1
        return found


@pytest.mark.parametrize(("kind", "scorer"), [(dict, Filling), (pd.DataFrame, Filling), (pd.DataFrame, Indexing)])
def test_the_users_own_frame_never_changes(kind, scorer):
    frame = kind(fresh(GAPPY))
    before = {name: np.array(frame[name]).tolist() for name in frame}
    with pytest.raises(CheckFailed) as failed:
        check_scorer(scorer(), frame)
    assert failed.value.rules[0] == "untouched"
    assert repr({name: np.array(frame[name]).tolist() for name in frame}) == repr(before)
    if scorer is Filling:
        assert re.search("x: .*; only the frame afterwards says points$", failed.value.failures[0][1])


class Retyping(Plain):
    """Leaves every value as it is, in another type."""

    retype = staticmethod(np.float64)

    def score(self, frame):
        found = super().score(frame)
        frame["seats"] = self.retype(frame["seats"])
        return found


class Listing(Retyping):
    retype = list


class Mixing(Retyping):
    @staticmethod
    def retype(values):
        return np.array([float(value) if isinstance(value, int) else value for value in values], dtype=object)


@pytest.mark.parametrize(
    ("scorer", "seats", "kind"),
    [
        (Retyping, np.arange(30), dict),
        (Retyping, np.arange(30), pd.DataFrame),
        (Listing, np.arange(30), dict),
        (Retyping, list(range(30)), dict),
        (Mixing, np.array([*range(29), "many"], dtype=object), dict),
    ],
)
def test_another_type_of_the_same_values_is_a_change(scorer, seats, kind):
    with pytest.raises(CheckFailed, match=r"untouched: changes what holds .* or their type: 'seats'") as failed:
        check_scorer(scorer(), kind(fresh(THREE) | {"seats": seats}))
    assert failed.value.rules == ("untouched",)


# --- what is not looked at is not counted -----------------------------------------------------------------------------


class Bare(OwnScores):
    """Scores that are an object of one's own, of two steps."""

    def __init__(self, frame, sign=1):
        super().__init__(frame)
        self.desired = np.clip(0.5 + sign * (np.nan_to_num(self.value, nan=0.5) - 0.5) / 2, 0, 1)
        self.gap, self.low, self.high = 1 - self.desired, np.zeros(len(self)), np.ones(len(self))

    attribution = None


class BareScorer:
    name, steps, sign = "bare", (gap("x"),), 1

    def score(self, frame):
        return Bare(frame, self.sign)


class Falling(BareScorer):
    sign = -1


def test_a_step_is_raised_whatever_the_scores_are(capsys):
    assert check_scorer(BareScorer(), fresh()) == 16
    assert "not looked at: parts, gain: the scores do not say\n" in capsys.readouterr().out
    with pytest.raises(
        CheckFailed, match="monotone: desired falls, or is lost, where a step is brought to its target: 'x'"
    ):
        check_scorer(Falling(), fresh())


class Elsewhere(Plain):
    """Its steps are measured in columns of other names."""

    def score(self, frame):
        x = np.nan_to_num(np.asarray(wrap(frame).floats("x").values), nan=0.5)
        reached = np.column_stack([x, x, x])
        return og.OutcomeScores(self, frame, desired=x, attainment=reached, parts=(1 - reached) / 3, gain=1 - reached)

    steps = tuple(gap(f"{name} elsewhere") for name in "xyz")


def test_measures_that_are_not_in_the_frame(capsys):
    assert check_scorer(Elsewhere(), fresh()) == 16
    assert capsys.readouterr().out.splitlines() == [
        "scorer 'plain': 16 checks ran",
        "  not looked at: completions: no measure of a step is a column of numbers in the frame",
        "  not looked at: monotone, gain: no column of numbers for its measure is in the frame",
    ]


class Sensed(BareScorer):
    """A step of each kind that cannot be brought to its target, beside one that can."""

    steps = (
        gap("x"),
        gap("own", target=og.column("limit")),
        og.SuccessGap("limit", og.Measure("limit"), floor=0, target=1),
        og.SuccessGap("beyond", og.Measure("beyond", high=1), floor=0, target=2),
        og.SuccessGap("warm", og.Measure("heat"), floor=0, target=10),
        og.SuccessGap("cool", og.Measure("heat"), floor=30, target=20),
        gap("empty"),
    )


def test_why_a_step_cannot_be_brought_to_its_target(capsys):
    ones = np.linspace(0.05, 0.95, 30)
    others = {"own": ones, "limit": ones + 1, "beyond": ones, "heat": 30 * ones, "empty": np.full(30, np.nan)}
    check_scorer(Sensed(), fresh() | others)
    assert [line for line in capsys.readouterr().out.splitlines() if "(monotone, gain)" in line] == [
        "  not looked at: 'limit' (monotone, gain): its measure is somebody's floor or target as well",
        "  not looked at: 'beyond' (monotone, gain): its target lies beyond the limits of its measure",
        "  not looked at: 'warm', 'cool' (monotone, gain): its measure feeds another step that wants less of it",
        "  not looked at: 'empty' (monotone, gain): it is observed of nobody who has a score",
    ]


class Placed(BareScorer):
    segments = ("a", "b")


def test_steps_that_cannot_be_read_off_the_frame(capsys):
    check_scorer(Placed(), fresh())
    said = "not looked at: completions, monotone: the steps cannot be read off the frame: .*'c'"
    assert re.search(said, capsys.readouterr().out, re.DOTALL)


class Owing(BareScorer):
    """Says parts, and no attainment: all of the gap is the second step's, which everybody has attained."""

    steps = (gap("x"), gap("met"))

    def score(self, frame):
        scores = super().score(frame)
        scores.attribution = lambda: SimpleNamespace(values=np.column_stack([0 * scores.gap, scores.gap]))
        return scores


def test_a_step_that_the_frame_shows_fully_attained_has_no_part():
    with pytest.raises(CheckFailed, match="a step that is fully attained has a part of the gap") as failed:
        check_scorer(Owing(), fresh() | {"met": np.ones(30)})
    assert failed.value.rules == ("parts",)
    check_scorer(Owing(), fresh() | {"met": np.full(30, 0.5)})


def test_no_column_to_group_by_or_to_blank(capsys):
    frame = {"x": np.array([0, 1, 1, 0]), "y": np.array([1, 1, 0, 0]), "z": np.array([1, 0, 1, 0])}
    assert check_scorer(make_plain("none"), frame) == 18
    assert "not looked at: by: the frame has no column of text to group by" in capsys.readouterr().out


def test_several_frames_are_told_apart(capsys):
    alone = {name: THREE[name] for name in "xyz"}
    assert check_scorer(make_plain("none"), fresh(THREE), alone) == 19 + 18
    assert "not looked at: by: the frame has no column of text to group by (frame 2)" in capsys.readouterr().out
    with pytest.raises(CheckFailed, match=r"gain: gain of 'x'.*frame 2"):
        check_scorer(make_plain("gain"), fresh(THREE), alone)


class Uncounted(Plain):
    """Has no score for a customer of whom something is missing; scores of many customers are of another length."""

    def score(self, frame):
        found = super().score(frame)
        if len(found) > 20:
            return SimpleNamespace()
        if np.isnan(found.attainment().values).any():
            raise ValueError("something is missing")
        return found


def test_what_is_broken_on_one_frame_is_looked_at_on_the_next():
    few = {name: values[:12] for name, values in THREE.items()}
    with pytest.raises(CheckFailed) as failed:
        check_scorer(Uncounted(), fresh(THREE), few, few)
    assert [(rule, said[-9:]) for rule, said in failed.value.failures if rule in ("pieces", "nulls")] == [
        ("pieces", "(frame 1)"),
        ("nulls", "(frame 2)"),
        ("nulls", "(frame 3)"),
    ]


class Unbound(Plain):
    def more(self, said, frame):
        return {"low": None, "high": None}


def test_bounds_that_are_not_said(capsys):
    assert check_scorer(Unbound(), fresh(GAPPY)) == 18
    told = "not looked at: completions: low and high are not said of customers of whom a step is missing"
    assert told in capsys.readouterr().out


class Tilted(OwnScores):
    """Parts that sum to the gap, of which one is below 0."""

    def attribution(self):
        return SimpleNamespace(values=np.column_stack([self.gap + 0.3, np.full(len(self), -0.3)]))


class TiltedScorer(OwnScorer):
    exact = True

    def score(self, frame):
        scores = Tilted(frame)
        scores.exact = self.exact
        return scores


class InexactScorer(TiltedScorer):
    exact = False


def test_parts_below_0_that_nobody_else_refuses():
    with pytest.raises(CheckFailed, match="parts: a part of the gap is below 0, in row 0") as failed:
        check_scorer(TiltedScorer(), fresh())
    assert failed.value.rules == ("parts",)
    check_scorer(InexactScorer(), fresh())


class Unreadable(Plain):
    def score(self, frame):
        found = super().score(frame)
        frame["x"] = 3
        return found


def test_a_frame_that_is_no_longer_one():
    with pytest.raises(CheckFailed, match="untouched: DataError: "):
        check_scorer(Unreadable(), fresh(THREE))
