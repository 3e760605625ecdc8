"""What ships passes the kit, and for each rule a broken plug-in fails with a message that names it."""

from __future__ import annotations

import pickle
import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import outcomegap as og
from outcomegap.model import Knots, Numeric, PowerMean, Smooth, Step, Weakest, WeightedJoin, curve
from outcomegap.model.curve import NAMED
from outcomegap.testing import (
    CheckFailed,
    assert_scores_equal,
    check_curve,
    check_engine,
    check_gate,
    check_join,
    check_model,
    check_scorer,
    random_model,
)
from tests.model.make import gap, wish
from tests.numeric import Both, Ces

A, B, C = gap("a"), gap("b"), gap("c")


def squared(z):
    return z * z


class OwnCurve:
    name = "own curve"

    def value(self, z):
        return z * z

    def slope(self, z):
        return 2 * z


class OwnJoin:
    name = "own join"

    def desired(self, r, e):
        return r * e

    def slopes(self, r, e):
        return e, r

    def parts(self, r, e):
        return 1 - r, r * (1 - e)


# --- what ships, and what is sound, passes ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "one",
    [*NAMED.values(), Step(0.3), Knots([(0, 0), (0.5, 0.2), (0.5, 0.6), (1, 1)]), curve("sq", squared), OwnCurve()],
)
def test_curves(one, capsys):
    count = check_curve(one)
    assert f"{count} checks ran" in capsys.readouterr().out


@pytest.mark.parametrize(
    "gate",
    [
        Weakest(A, B, C),
        *(PowerMean(r, A, B, C, weights=(1, 2, 0.3)) for r in (-3, -1, 0.5, 1, 2)),
        Numeric(Ces(), A, B),
        Ces(),
        Both(),
    ],
    ids=lambda gate: getattr(gate, "name", None) or repr(gate),
)
def test_gates(gate):
    assert check_gate(gate) >= 13


@pytest.mark.parametrize(
    "join",
    ["product", "weakest", WeightedJoin(required=2, experience=1), OwnJoin()],
    ids=lambda rule: getattr(rule, "name", rule),
)
def test_joins(join):
    assert check_join(join) == 14


@pytest.mark.parametrize("name", og.gallery.names())
def test_gallery(name):
    assert check_model(og.gallery.load(name)) >= 17


@pytest.mark.parametrize("seed", range(8))
def test_invented_models(seed):
    check_model(random_model(seed), n=40)


@pytest.mark.parametrize("settings", [{}, {"threads": 1}], ids=str)
def test_engines(settings):
    def engine(model, frame):
        scores = og.Scorer(model, **settings).score(frame)
        return {"desired": scores.desired, "low": scores.low, "high": scores.high, "coverage": scores.coverage}

    assert check_engine(engine) == 4 * len(og.gallery.names())


def test_the_scalar_engine():
    def engine(model, frame):
        scorer = og.Scorer(model)
        size = len(next(iter(frame.values())))
        rows = ({name: values[i] for name, values in frame.items()} for i in range(size))
        ones = [scorer.score_one(row).desired for row in rows]
        return {"desired": np.array([np.nan if d is None else d for d in ones])}

    check_engine(engine, n=40)


class Written(Ces):
    """A gate in all its forms."""

    name = "written"
    sql = "pow(({0} + 0.1) * ({1} + 0.1) * ({2} + 0.1), 1.0 / 3.0) - 0.1"
    scalar_text = "pow(({0} + 0.1) * ({1} + 0.1) * ({2} + 0.1), 1.0 / 3.0) - 0.1"


def test_other_forms():
    plain = check_curve(OwnCurve())
    assert check_curve(curve("own curve", squared, sql="{z} * {z}", scalar_text="pow({z}, 2)")) == plain + 2
    assert check_gate(Written()) == check_gate(Ces()) + 2


@pytest.mark.parametrize("text", ["{z} *", "{y}", "open({z})", 3, "__import__('os')"])
def test_scalar_text_that_is_none(text):
    broken = OwnCurve()
    broken.scalar_text = text
    with pytest.raises(CheckFailed) as failed:
        check_curve(broken)
    assert "scalar_text" in failed.value.rules


# --- a broken one a rule ---------------------------------------------------------------------------------------------


def refuse(self):
    raise TypeError("not to be stored")


def touching(self, z):
    z[:] = np.clip(z, 0, 0.5)
    return z * 2


CURVES = {
    "pieces": {"slope": None},
    "finite": {"value": lambda self, z: z / np.where(z == 0.5, 0.0, 1.0) if (z == 0.5).any() else np.sqrt(z - 0.5)},
    "range": {"value": lambda self, z: z + 0.5 * np.sin(np.pi * z)},
    "ends": {"value": lambda self, z: 0.1 + 0.8 * z},
    "monotone": {"value": lambda self, z: z + 0.3 * np.sin(4 * np.pi * z)},
    "bounds": {"value": lambda self, z: np.where((z > 0.3) & (z < 0.4), 0.9, z)},
    "order": {"value": lambda self, z: z ** (1 + np.arange(len(z)) / len(z))},
    "splitting": {"value": lambda self, z: z ** (1 + z.mean())},
    "untouched": {"value": touching},
    "slope": {"slope": lambda self, z: 3 * z},
    "nulls": {"value": lambda self, z: np.nan_to_num(z) ** 2},
    "pickles": {"__reduce__": refuse},
    "equal": {"__reduce__": refuse},
    "file": {"name": "smooth"},
}
GATES = {
    "pieces": {"gradient": None},
    "finite": {"forward": lambda self, c: c[0] * np.nan},
    "range": {"forward": lambda self, c: 1.5 * sum(c) / len(c)},
    "ends": {"forward": lambda self, c: 0.9 * sum(c) / len(c)},
    "monotone": {"forward": lambda self, c: np.clip(2 * c[0] - c[1], 0, 1)},
    "bounds": {"forward": lambda self, c: np.where((c[0] > 0.4) & (c[0] < 0.5), 1.0, c[0])},
    "order": {"forward": lambda self, c: c[0] ** (1 + np.arange(len(c[0])) / len(c[0]))},
    "splitting": {"forward": lambda self, c: c[0] ** (1 + c[0].mean())},
    "untouched": {"forward": lambda self, c: np.minimum.reduce(c, out=c[0])},
    "gradient": {"gradient": lambda self, c, out: [np.ones_like(out) for _ in c]},
    "multilinear": {"multilinear": True},
    "pickles": {"__reduce__": refuse},
    "equal": {"forward": lambda self, c: 1.5 * sum(c) / len(c)},
    "file": {"forward": lambda self, c: 1.5 * sum(c) / len(c)},
}
JOINS = {
    "pieces": {"parts": None},
    "finite": {"desired": lambda self, r, e: r * np.nan},
    "range": {"desired": lambda self, r, e: r + e - r * e * 0.5},
    "ends": {"desired": lambda self, r, e: 0.9 * r * e},
    "monotone": {"desired": lambda self, r, e: np.clip(2 * r - e, 0, 1)},
    "bounds": {"desired": lambda self, r, e: np.where((r > 0.4) & (r < 0.5), 1.0, r)},
    "order": {"desired": lambda self, r, e: r ** (1 + np.arange(len(r)) / len(r))},
    "splitting": {"desired": lambda self, r, e: r ** (1 + r.mean())},
    "untouched": {"desired": lambda self, r, e: np.multiply(r, e, out=r)},
    "slopes": {"slopes": lambda self, r, e: (r, e)},
    "parts": {"parts": lambda self, r, e: (1 - r, 1 - e)},
    "pickles": {"__reduce__": refuse},
    "equal": {"desired": lambda self, r, e: 0.9 * r * e},
    "file": {"desired": lambda self, r, e: 0.9 * r * e},
}


FORMS = {
    ("curve", "scalar_text"): {"scalar_text": "{z} * {z} * {z}"},
    ("curve", "sql"): {"sql": "{z} * {z} * {z}"},
    ("gate", "scalar_text"): {"scalar_text": "min({0}, {1}, {2})"},
    ("gate", "sql"): {"sql": "least({0}, {1}, {2})"},
}
CURVES |= {rule: changes for (kind, rule), changes in FORMS.items() if kind == "curve"}
GATES |= {rule: changes for (kind, rule), changes in FORMS.items() if kind == "gate"}
KINDS = {
    "curve": (check_curve, OwnCurve, CURVES),
    "gate": (check_gate, Ces, GATES),
    "join": (check_join, OwnJoin, JOINS),
}


def make_broken(kind, rule):
    """One that breaks a rule, and comes back out of a pickle unless that is what it breaks."""
    _, sound, table = KINDS[kind]
    return type("Broken", (sound,), {"__reduce__": lambda self: (make_broken, (kind, rule)), **table[rule]})()


@pytest.mark.parametrize(("kind", "rule"), [(kind, rule) for kind, (_, _, table) in KINDS.items() for rule in table])
def test_broken_functions(kind, rule):
    with pytest.raises(CheckFailed) as failed:
        KINDS[kind][0](make_broken(kind, rule))
    assert rule in failed.value.rules
    assert f"\n  {rule}: " in str(failed.value)


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
    leaves = ()

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


def test_a_scorer_of_ones_own():
    assert check_scorer(OwnScorer(), FRAME) == 15


@pytest.mark.parametrize(("rule", "changes"), SCORERS.items(), ids=lambda v: v if isinstance(v, str) else "")
def test_broken_scorers(rule, changes):
    frame = {name: values.copy() for name, values in FRAME.items()}
    with pytest.raises(CheckFailed) as failed:
        check_scorer(type("Broken", (OwnScorer,), changes)(), frame)
    assert rule in failed.value.rules


# --- scorers whose scores are og.OutcomeScores ------------------------------------------------------------------------


class Half:
    name = "half"
    leaves = (gap("x"),)
    kind = og.OutcomeScores

    def score(self, frame):
        reached = og.attainments(self, frame)
        return self.made(frame, reached, desired=reached[:, 0], parts=1 - reached, gain=1 - reached)

    def made(self, frame, reached, **said):
        return self.kind(self, frame, attainment=reached, **said)


class Faceless(og.OutcomeScores):
    """Scores that hide a part of what the report shows."""

    @property
    def model(self):
        whole = super().model
        shown = ("name", "leaves", "segments", "stages", "goals", "inputs", "cells", "segment_names", "stage_names")
        return SimpleNamespace(desired_outcomes=(), **{name: getattr(whole, name) for name in shown})


def falling(self, frame, reached, **said):
    lost = reached / 2
    return self.kind(self, frame, attainment=reached, desired=1 - lost[:, 0], parts=lost, gain=lost)


def modest(self, frame, reached, **said):
    return self.kind(self, frame, attainment=reached, **said | {"gain": said["gain"] / 2})


OUTCOMES = {
    "pieces": {"leaves": None},
    "monotone": {"made": falling},
    "gain": {"made": modest},
    "report": {"kind": Faceless},
}


def make_half(rule):
    return type("Broken", (Half,), {"__reduce__": lambda self: (make_half, (rule,)), **OUTCOMES.get(rule, {})})()


def test_scores_of_ones_own_out_of_arrays():
    assert check_scorer(make_half("none"), FRAME) == 18


@pytest.mark.parametrize("rule", OUTCOMES)
def test_broken_scores(rule):
    with pytest.raises(CheckFailed) as failed:
        check_scorer(make_half(rule), {name: values.copy() for name, values in FRAME.items()})
    assert rule in failed.value.rules
    assert f"\n  {rule}: " in str(failed.value)


# --- models ------------------------------------------------------------------------------------------------------------


def of_curve(broken):
    steps = [og.SuccessGap(n, og.Measure(n), floor=0, target=1, curve=broken) for n in "ab"]
    required = og.RequiredOutcome("required", needs=og.AllOf(*steps))
    suits = og.AppropriateExperience("suits", expects=wish("w"))
    return og.OutcomeModel("broken", desired_outcomes=[og.DesiredOutcome(required, suits)])


class Lonely(OwnCurve):
    """Says something else of one customer alone."""

    name = "lonely"

    def value(self, z):
        return z * z if np.size(z) > 1 else z * z * z


MODELS = {
    "equal": lambda: of_curve(make_broken("curve", "equal")),
    "file": lambda: of_curve(make_broken("curve", "file")),
    "one": lambda: of_curve(Lonely()),
}


@pytest.mark.parametrize("rule", MODELS)
def test_broken_models(rule):
    with pytest.raises(CheckFailed) as failed:
        check_model(MODELS[rule](), n=30)
    assert rule in failed.value.rules
    assert f"\n  {rule}: " in str(failed.value)


# --- engines -----------------------------------------------------------------------------------------------------------


def with_desired(change):
    def engine(model, frame):
        return {"desired": change(og.Scorer(model).score(frame).desired)}

    return engine


ENGINES = {
    "pieces": lambda model, frame: {},
    "agrees": with_desired(lambda d: d * 0.99),
    "order": with_desired(lambda d: d * (1 + np.arange(len(d)) / 1e6)),
    "splitting": with_desired(lambda d: d - np.nanmean(d)),
}


@pytest.mark.parametrize("rule", ENGINES)
def test_broken_engines(rule):
    with pytest.raises(CheckFailed) as failed:
        check_engine(ENGINES[rule], og.gallery.load("telco"))
    assert rule in failed.value.rules


def test_a_model_with_an_error():
    required = og.RequiredOutcome("required", needs=og.AllOf(Weakest(A, B), A))
    suits = og.AppropriateExperience("suits", expects=wish("w"))
    model = og.OutcomeModel("shared", desired_outcomes=[og.DesiredOutcome(required, suits)])
    with pytest.raises(CheckFailed) as failed:
        check_model(model)
    assert failed.value.rules == ("check",)


def test_scores_that_differ():
    model = og.gallery.load("telco")
    frame = og.simulate(model, 10, seed=1)
    other = {name: values[::-1] for name, values in frame.items()}
    scorer = og.Scorer(model)
    assert_scores_equal(scorer.score(frame), scorer.score(frame))
    with pytest.raises(AssertionError, match="desired"):
        assert_scores_equal(scorer.score(frame), scorer.score(other))
    with pytest.raises(AssertionError):
        assert_scores_equal(scorer.score(frame), scorer.score(og.simulate(model, 9, seed=1)))


def test_each_rule_of_the_kit_has_a_broken_one():
    folder = Path(og.testing.__file__).parent
    rules = {rule for file in folder.glob("*.py") for rule in re.findall(r'rule\("(\w+)"\)', file.read_text())}
    assert rules - {"positive"} == {"check", *CURVES, *GATES, *JOINS, *SCORERS, *OUTCOMES, *MODELS, *ENGINES}


def test_a_failure_can_be_sent_elsewhere():
    failed = CheckFailed("gate 'x'", [("range", "above 1")])
    again = pickle.loads(pickle.dumps(failed))
    assert (again.rules, str(again)) == (failed.rules, str(failed))
    assert issubclass(CheckFailed, AssertionError)
    assert check_curve(Smooth()) == 14
