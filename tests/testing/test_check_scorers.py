"""For each rule of scorers one that breaks it; and what the kit says of what it did not look at."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import outcomegap as og
from outcomegap.frames import wrap
from outcomegap.testing import CheckFailed, check_scorer
from tests.model.make import gap
from tests.testing.own import refuse


class OwnScores:
    def __init__(self, frame):
        self.value = np.asarray(frame["x"], dtype=float)
        self.segment = frame["segment"]
        self.desired = np.clip(np.nan_to_num(self.value), 0, 1)
        self.gap = 1 - self.desired
        self.low, self.high = self.desired, self.desired
        self.state = np.where(self.desired > 0.5, "successful", "failing")

    def __len__(self):
        return len(self.value)

    def by(self, *names):
        return [SimpleNamespace(customers=int((self.segment == each).sum())) for each in set(self.segment)]

    def worklist(self):
        return np.argsort(self.desired)

    def to_frame(self):
        return {"desired": self.desired}

    def attribution(self):
        return SimpleNamespace(values=self.gap[:, None])


class OwnScorer:
    name = "own"
    steps = ()

    def score(self, frame):
        return OwnScores(frame)


FRAME = {
    "x": np.linspace(0.05, 0.95, 30),
    "segment": np.array(["a", "b", "c"] * 10, dtype=object),
}


def altered(**values):
    """A scorer whose scores say something else."""

    def score(self, frame):
        scores = OwnScores(frame)
        for name, value in values.items():
            setattr(scores, name, value(scores))
        return scores

    return {"score": score}


def spoiling(self, frame):
    scores = OwnScores(frame)
    frame["x"][0] += 0.001
    return scores


def longer(self, frame):
    return OwnScores({name: np.concatenate([values, values]) for name, values in frame.items()})


def strict(self, frame):
    if np.isnan(np.asarray(frame["x"], dtype=float)).any():
        raise ValueError("x is missing")
    return OwnScores(frame)


def shorter(self, frame):
    return OwnScores({name: values[:-1] for name, values in frame.items()})


SCORERS = {
    "pieces": {"score": lambda self, frame: object()},
    "length": {"score": longer},
    "range": altered(desired=lambda s: s.desired + 0.5),
    "gap": altered(gap=lambda s: s.desired),
    "states": altered(state=lambda s: np.full(len(s), "splendid")),
    "bounds": altered(low=lambda s: s.desired + 0.1),
    "parts": altered(attribution=lambda s: lambda: type("E", (), {"values": s.gap[:, None] / 2})),
    "untouched": {"score": spoiling},
    "order": altered(desired=lambda s: np.arange(len(s)) / 30),
    "splitting": altered(desired=lambda s: s.desired * s.desired.mean()),
    "nulls": {"score": strict},
    "pickles": {"__reduce__": refuse},
    "by": altered(by=lambda s: lambda *names: []),
    "worklist": altered(worklist=lambda s: list),
    "frame": altered(to_frame=lambda s: lambda: {"desired": s.desired[:2]}),
}


def make_own(rule):
    stored = {"__reduce__": lambda self: (make_own, (rule,))}
    return type("Broken", (OwnScorer,), stored | SCORERS.get(rule, {}))()


def fresh(frame=None):
    return {name: values.copy() for name, values in (FRAME if frame is None else frame).items()}


def test_a_scorer_of_ones_own(capsys):
    assert check_scorer(OwnScorer(), fresh()) == 15
    said = capsys.readouterr().out.splitlines()
    assert said == [
        "scorer 'own': 15 checks ran",
        "  not looked at: completions: no measure of a step is a column of numbers in the frame",
        "  not looked at: monotone: there are no steps",
        "  not looked at: gain: the scores do not say",
        "  not looked at: report: it is made of og.OutcomeScores only",
    ]


@pytest.mark.parametrize("rule", SCORERS)
def test_broken_scorers(rule):
    with pytest.raises(CheckFailed) as failed:
        check_scorer(make_own(rule), fresh())
    assert rule in failed.value.rules


@pytest.mark.parametrize("rule", ["pieces", "length", "untouched", "nulls", "pickles", "by", "worklist", "frame"])
def test_what_is_broken_once_is_told_once(rule):
    frame = fresh() | ({"x": np.where(np.arange(30) % 7, FRAME["x"], np.nan)} if rule == "nulls" else {})
    with pytest.raises(CheckFailed) as failed:
        check_scorer(make_own(rule), frame)
    assert [broken for broken, _ in failed.value.failures] == [rule]


def test_which_array_is_how_long():
    with pytest.raises(CheckFailed) as failed:
        check_scorer(type("Broken", (OwnScorer,), {"score": shorter})(), fresh())
    said = "there are 30 customers, but len(scores) is 29, desired is 29, gap is 29, low is 29, high is 29"
    assert failed.value.failures == (("length", f"{said}, state is 29"),)
    with pytest.raises(CheckFailed, match=r"there are 30 customers, but low is 29$"):
        check_scorer(type("Broken", (OwnScorer,), altered(low=lambda s: s.low[:-1]))(), fresh())


# --- scorers whose scores are og.OutcomeScores ------------------------------------------------------------------------

STEPS = tuple(gap(name) for name in "xyz")
RNG = np.random.default_rng(11)
THREE = {
    "segment": np.array(["a", "b", "c"] * 10, dtype=object),
    **{name: RNG.integers(0, 9, 30) / 8 for name in "xyz"},
}
GAPPY = THREE | {"x": np.where(RNG.random(30) < 0.3, np.nan, THREE["x"])}


def lined(values):
    """One number for each row, by its position."""
    return np.linspace(0, 1, len(values))


class Plain:
    """The mean of three steps; what is missing counts half."""

    name, steps, kind = "plain", STEPS, og.OutcomeScores

    def score(self, frame):
        reached = og.attainments(self, frame)
        lacking = (1 - np.nan_to_num(reached, nan=0.5)) / 3
        said = {"desired": 1 - lacking.sum(axis=1), "attainment": reached, "parts": lacking, "gain": lacking}
        for end, value in (("low", 0.0), ("high", 1.0)):
            said[end] = np.nan_to_num(reached, nan=value).mean(axis=1)
        return self.kind(self, frame, **said | self.more(said, frame))

    def more(self, said, frame):
        """Say something else."""
        return {}


class Faceless(og.OutcomeScores):
    """Scores that hide a part of what the report shows."""

    def __init__(self, scorer, frame, **said):
        super().__init__(scorer, frame, **said)
        shown = ("name", "steps", "segments", "stages", "goals", "inputs", "cells", "columns")
        shown += ("segment_names", "stage_names", "measures")
        self.model = SimpleNamespace(desired_outcomes=(), **{name: getattr(self.model, name) for name in shown})


def falling(self, said, frame):
    lost = np.nan_to_num(said["attainment"], nan=0.5) / 3
    ends = {"low": 1 - said["high"], "high": 1 - said["low"]}
    return ends | {"desired": 1 - lost.sum(axis=1), "parts": None, "gain": None}


def on_one_step(self, said, frame):
    whole = np.zeros_like(said["parts"])
    whole[:, 0] = 1 - said["desired"]
    return {"parts": whole}


def below_0(self, said, frame):
    """Parts that sum to the gap, of which one is below 0."""
    return {"parts": said["parts"] + np.array([0.3, -0.3, 0.0])}


def alternating(self, said, frame):
    turned = np.where((np.arange(len(said["parts"])) % 2 == 0)[:, None], said["parts"], said["parts"][:, ::-1])
    return {"parts": turned, "exact": False}


def zero_for_missing(self, said, frame):
    reached = np.nan_to_num(said["attainment"])
    lacking = (1 - reached) / 3
    mean = 1 - lacking.sum(axis=1)
    return {"desired": mean, "low": mean, "high": mean, "parts": lacking, "gain": lacking}


#: What each says else, by the rule that it breaks; each passed once.
OUTCOMES = {
    "pieces": [{"steps": None}],
    "monotone": [{"more": falling}],
    "gain": [{"more": lambda self, said, frame: {"gain": said["gain"] / 2}}],
    "report": [{"kind": Faceless}],
    "parts": [{"more": on_one_step}, {"more": below_0}],
    "completions": [
        {"more": lambda self, said, frame: {"low": said["desired"], "high": said["desired"]}},
        {"more": lambda self, said, frame: {"high": said["desired"]}},
        {"more": zero_for_missing},
    ],
    "order": [
        {"more": lambda self, said, frame: {"state": np.where(lined(said["low"]) < 0.5, "failing", "successful")}},
        {"more": lambda self, said, frame: {"low": said["desired"] * lined(said["low"])}},
        {"more": lambda self, said, frame: {"high": 1 - (1 - said["desired"]) * lined(said["low"])}},
        {"more": lambda self, said, frame: {"required": lined(said["low"])}},
        {"more": lambda self, said, frame: {"experience": lined(said["low"])}},
        {"more": lambda self, said, frame: {"attainment": np.roll(said["attainment"], 1, axis=0)}},
        {"more": alternating},
        {"more": lambda self, said, frame: {"gain": said["gain"] * lined(said["low"])[:, None]}},
        {"more": lambda self, said, frame: {"columns": {"place": np.arange(len(said["low"]))}}},
    ],
    "splitting": [{"more": lambda self, said, frame: {"columns": {"band": by_the_median(said["desired"])}}}],
    "nulls": [{"more": lambda self, said, frame: {"columns": {"gaps": np.full(len(said["low"]), blanks(frame))}}}],
    "untouched": [{"more": lambda self, said, frame: spoil(frame)}],
}


def by_the_median(desired):
    return np.where(desired > np.median(desired), "upper", "lower").astype(object)


def blanks(frame):
    """Tell whether many are missing; nobody looks so at the frames that are handed over."""
    return bool(np.isnan(np.asarray(wrap(frame).floats("y").values)).sum() > 12)


def spoil(frame):
    frame["points"] = np.ones(len(frame["x"]))
    return {}


def make_plain(rule, number=0):
    broken = OUTCOMES[rule][number] if rule in OUTCOMES else {}
    return type("Broken", (Plain,), {"__reduce__": lambda self: (make_plain, (rule, number)), **broken})()


@pytest.mark.parametrize("frame", [THREE, GAPPY], ids=["whole", "gappy"])
@pytest.mark.parametrize("kind", [dict, pd.DataFrame])
def test_scores_of_ones_own_out_of_arrays(kind, frame, capsys):
    assert check_scorer(make_plain("none"), kind(frame)) == 19
    assert capsys.readouterr().out == "scorer 'plain': 19 checks ran\n"


@pytest.mark.parametrize("frame", [THREE, GAPPY], ids=["whole", "gappy"])
@pytest.mark.parametrize(("rule", "number"), [(rule, n) for rule, all_ in OUTCOMES.items() for n in range(len(all_))])
def test_broken_scores(rule, number, frame):
    with pytest.raises(CheckFailed) as failed:
        check_scorer(make_plain(rule, number), fresh(frame))
    assert rule in failed.value.rules
    assert f"\n  {rule}: " in str(failed.value)


@pytest.mark.parametrize(("rule", "number"), [("monotone", 0), ("gain", 0), ("untouched", 0), ("splitting", 0)])
def test_what_is_broken_once_in_scores_is_told_once(rule, number):
    for frame in (THREE, GAPPY):
        with pytest.raises(CheckFailed) as failed:
            check_scorer(make_plain(rule, number), fresh(frame))
        assert failed.value.rules == (rule,)


def strict_and_more(rule):
    """A scorer that refuses what is missing, and breaks one rule more."""

    def score(self, frame):
        strict(self, frame)
        return make_own(rule).score(frame)

    return type("Strict", (OwnScorer,), {"score": score, "__reduce__": lambda self: (strict_and_more, (rule,))})()


@pytest.mark.parametrize("rule", ["range", "bounds", "parts", "untouched", "order", "splitting", "by", "frame"])
def test_where_only_what_is_missing_cannot_be_scored_the_rest_is_looked_at_without_it(rule):
    whole = list(FRAME["x"])
    for x in (np.where(np.arange(30) % 7, whole, np.nan), [None, 0.0, *[1.0] * 28], [None, *whole[1:]]):
        with pytest.raises(CheckFailed, match="nulls: ValueError: x is missing") as failed:
            check_scorer(strict_and_more(rule), fresh() | {"x": np.asarray(x, dtype=object), "seats": np.arange(30)})
        assert {"nulls", rule} <= {*failed.value.rules}
        assert "pieces" not in failed.value.rules


class Comfort:
    """Neither cold nor hot, of one measure; `low` is said as if nobody were ever too hot."""

    name, least = "comfort", 0.75
    steps = (
        og.SuccessGap("cold", og.Measure("heat"), floor=0, target=10),
        og.SuccessGap("hot", og.Measure("heat"), floor=30, target=20),
    )

    def score(self, frame):
        heat = np.asarray(wrap(frame).floats("heat").values)
        warm, cool = np.clip(heat / 10, 0, 1), np.clip((30 - heat) / 10, 0, 1)
        desired = np.where(np.isnan(heat), 0.875, 0.25 * warm + 0.75 * cool)
        low, high = (np.where(np.isnan(heat), end, desired) for end in (self.least, 1))
        return og.OutcomeScores(self, frame, desired=desired, low=low, high=high)


class Honest(Comfort):
    least = 0.25


def test_each_step_is_completed_apart_from_the_others():
    frame = {"heat": np.linspace(8, 22, 30)}
    with pytest.raises(CheckFailed, match="'hot' at its floor and all else at targets") as failed:
        check_scorer(Comfort(), frame)
    assert failed.value.rules == ("completions",)
    check_scorer(Honest(), frame)
