"""What ships passes the kit, and for each rule a broken plug-in fails with a message that names it."""

from __future__ import annotations

import pickle
import re
from pathlib import Path

import numpy as np
import pytest

import outcomegap as og
from outcomegap.model import Knots, Numeric, PowerMean, Smooth, Threshold, Weakest, WeightedJoin, curve
from outcomegap.model.step import NAMED
from outcomegap.testing import (
    CheckFailed,
    check_curve,
    check_gate,
    check_join,
)
from outcomegap.testing.rules import FUNCTIONS
from outcomegap.testing.scorers import OF_SCORING, OF_VALUES
from tests.model.make import gap
from tests.numeric import Both, Ces
from tests.testing.own import OwnCurve, refuse, squared
from tests.testing.test_check_models import ENGINES, MODELS
from tests.testing.test_check_scorers import OUTCOMES, SCORERS

A, B, C = gap("a"), gap("b"), gap("c")


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
    [
        *NAMED.values(),
        "smooth",
        [(0, 0), (0.3, 0.6), (1, 1)],
        Threshold(0.3),
        Knots([(0, 0), (0.5, 0.2), (0.5, 0.6), (1, 1)]),
        curve("sq", squared),
        OwnCurve(),
    ],
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
    assert check_gate(gate) >= 14


@pytest.mark.parametrize(
    "join",
    ["product", "weakest", WeightedJoin(required=2, experience=1), OwnJoin()],
    ids=lambda rule: getattr(rule, "name", rule),
)
def test_joins(join):
    assert check_join(join) == 15


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


def renamed(kind):
    one = kind()
    one.name = "out of a pickle"
    return one


def touching(self, z):
    z[:] = np.clip(z, 0, 0.5)
    return z * 2


class Shifting:
    """A name that is another one whenever it is asked for."""

    count = 0

    @property
    def name(self):
        type(self).count += 1
        return f"own {type(self).count}"


def dent(x, *others):
    """1 where all numbers are 0.65, which a single step of the rule `monotone` does not meet."""
    return np.logical_and.reduce([np.abs(each - 0.65) < 1e-6 for each in (x, *others)])


CURVES = {
    "pieces": {"slope": None},
    "shape": {"value": lambda self, z: (z * z)[1:]},
    "finite": {"value": lambda self, z: z / np.where(z == 0.5, 0.0, 1.0) if (z == 0.5).any() else np.sqrt(z - 0.5)},
    "range": {"value": lambda self, z: z + 0.5 * np.sin(np.pi * z)},
    "ends": {"value": lambda self, z: 0.1 + 0.8 * z},
    "monotone": {"value": lambda self, z: z + 0.3 * np.sin(4 * np.pi * z)},
    "bounds": {"value": lambda self, z: np.where(dent(z), 0.1, z * z)},
    "order": {"value": lambda self, z: z ** (1 + np.arange(len(z)) / len(z))},
    "splitting": {"value": lambda self, z: z ** (1 + z.mean())},
    "untouched": {"value": touching},
    "slope": {"slope": lambda self, z: 3 * z},
    "nulls": {"value": lambda self, z: np.nan_to_num(z) ** 2},
    "pickles": {"__reduce__": refuse},
    "equal": {"__reduce__": lambda self: (renamed, (OwnCurve,))},
    "file": {"name": Shifting.name},
}
GATES = {
    "pieces": {"gradient": None},
    "shape": {"forward": lambda self, c: np.array(c)},
    "finite": {"forward": lambda self, c: c[0] * np.nan},
    "range": {"forward": lambda self, c: 1.5 * sum(c) / len(c)},
    "ends": {"forward": lambda self, c: 0.9 * sum(c) / len(c)},
    "monotone": {"forward": lambda self, c: np.clip(2 * c[0] - c[1], 0, 1)},
    "bounds": {"forward": lambda self, c: np.where(dent(*c), 0.1, Ces.forward(self, c))},
    "order": {"forward": lambda self, c: c[0] ** (1 + np.arange(len(c[0])) / len(c[0]))},
    "splitting": {"forward": lambda self, c: c[0] ** (1 + c[0].mean())},
    "untouched": {"forward": lambda self, c: np.minimum.reduce(c, out=c[0])},
    "gradient": {"gradient": lambda self, c, out: [np.ones_like(out) for _ in c]},
    "multilinear": {"multilinear": True},
    "pickles": {"__reduce__": refuse},
    "equal": {"__reduce__": lambda self: (renamed, (Ces,))},
    "file": {"name": Shifting.name},
}
JOINS = {
    "pieces": {"parts": None},
    "shape": {"desired": lambda self, r, e: (r * e)[:-1]},
    "finite": {"desired": lambda self, r, e: r * np.nan},
    "range": {"desired": lambda self, r, e: r + e - r * e * 0.5},
    "ends": {"desired": lambda self, r, e: 0.9 * r * e},
    "monotone": {"desired": lambda self, r, e: np.clip(2 * r - e, 0, 1)},
    "bounds": {"desired": lambda self, r, e: np.where(dent(r, e), 0.1, r * e)},
    "order": {"desired": lambda self, r, e: r ** (1 + np.arange(len(r)) / len(r))},
    "splitting": {"desired": lambda self, r, e: r ** (1 + r.mean())},
    "untouched": {"desired": lambda self, r, e: np.multiply(r, e, out=r)},
    "slopes": {"slopes": lambda self, r, e: (r, e)},
    "parts": {"parts": lambda self, r, e: (1 - r, 1 - e)},
    "pickles": {"__reduce__": refuse},
    "equal": {"__reduce__": lambda self: (renamed, (OwnJoin,))},
    "file": {"name": Shifting.name},
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
    return type(
        "Broken", (sound,), {"__reduce__": lambda self: (make_broken, (kind, rule)), "count": 0, **table[rule]}
    )()


@pytest.mark.parametrize(("kind", "rule"), [(kind, rule) for kind, (_, _, table) in KINDS.items() for rule in table])
def test_broken_functions(kind, rule):
    with pytest.raises(CheckFailed) as failed:
        KINDS[kind][0](make_broken(kind, rule))
    assert rule in failed.value.rules
    assert f"\n  {rule}: " in str(failed.value)


#: What is broken once is told once, by its own name.
ONCE = {
    "a falling curve": ("curve", "monotone", CURVES["monotone"]),
    "a curve of another length": ("curve", "shape", CURVES["shape"] | {"slope": lambda self, z: 2 * z}),
    "a curve that returns text": (
        "curve",
        "shape",
        {"value": lambda self, z: np.full(len(z), "much"), "slope": lambda self, z: 2 * z},
    ),
    "a curve that changes what it is given": ("curve", "untouched", {"value": touching}),
    "a slope that is not finite": ("curve", "finite", {"slope": lambda self, z: z * np.inf}),
    "a slope of another shape": ("curve", "shape", {"slope": lambda self, z: z[1:]}),
    "a gradient that is not finite": ("gate", "finite", {"gradient": lambda self, c, out: [x * np.nan for x in c]}),
    "a gate that fails": ("gate", "shape", {"forward": lambda self, c: c["first"]}),
    "slopes that are not finite": ("join", "finite", {"slopes": lambda self, r, e: (r * np.nan, e)}),
    "a curve that cannot be stored": ("curve", "pickles", {"__reduce__": refuse}),
    "a gate that cannot be stored": ("gate", "pickles", {"__reduce__": refuse}),
    "a join that cannot be stored": ("join", "pickles", {"__reduce__": refuse}),
}


def make_once(what):
    kind, _, changes = ONCE[what]
    sloped = {"slope": lambda self, z: (self.value(z + 1e-7) - self.value(z - 1e-7)) / 2e-7} if kind == "curve" else {}
    stored = {"__reduce__": lambda self: (make_once, (what,))}
    return type("Broken", (KINDS[kind][1],), sloped | stored | changes)()


@pytest.mark.parametrize("what", ONCE)
def test_what_is_broken_once_is_told_once(what):
    kind, rule, _ = ONCE[what]
    with pytest.raises(CheckFailed) as failed:
        KINDS[kind][0](make_once(what))
    assert failed.value.rules == (rule,)
    assert len(failed.value.failures) == 1


def make_nameless(kind):
    return type("Broken", (KINDS[kind][1],), {"name": " ", "__reduce__": lambda self: (make_nameless, (kind,))})()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("numbers", ["O", "U", "complex"])
def test_arrays_that_hold_no_plain_numbers(kind, numbers):
    check, sound, _ = KINDS[kind]
    method = {"curve": "value", "gate": "forward", "join": "desired"}[kind]

    def answer(self, *given):
        return np.asarray(getattr(sound, method)(self, *given)).astype(numbers)

    with pytest.raises(CheckFailed, match=r"shape: .*not of numbers") as failed:
        check(type("Broken", (sound,), {method: answer})())
    assert failed.value.rules == ("shape",)


@pytest.mark.parametrize("kind", KINDS)
def test_what_only_the_definition_refuses_is_told_in_its_words(kind):
    with pytest.raises(CheckFailed) as failed:
        KINDS[kind][0](make_nameless(kind))
    assert [rule for rule, _ in failed.value.failures] == ["name"]


def test_names_and_numbers_that_cannot_be():
    with pytest.raises(og.ModelError, match=r"'linaer'.*linear"):
        check_curve("linaer")
    with pytest.raises(og.ModelError, match=r"'prodct'.*product"):
        check_join("prodct")
    for children in (0, -1, 2.5):
        with pytest.raises(og.DataError) as failed:
            check_gate(Ces(), children=children)
        assert failed.value.problems[0].column == "children"
    assert check_gate(Weakest(A, B, C), children=0) == 14  # it has its own


def test_sql_that_nobody_can_run(monkeypatch, capsys):
    monkeypatch.setattr("outcomegap.testing.rules.find_spec", lambda name: None)
    plain = check_curve(OwnCurve())
    assert check_curve(curve("own curve", squared, sql="{z} * {z}")) == plain
    assert "not looked at: sql: DuckDB is not installed" in capsys.readouterr().out


def test_each_rule_of_the_kit_has_a_broken_one():
    folder = Path(og.testing.__file__).parent
    rules = {rule for file in folder.glob("*.py") for rule in re.findall(r'rule\("(\w+)"\)', file.read_text())}
    rules |= {rule for several in FUNCTIONS.values() for rule in several}
    rules |= {"pieces", "length", *OF_VALUES, *OF_SCORING}
    assert rules - {"positive", "even"} == {"check", *CURVES, *GATES, *JOINS, *SCORERS, *OUTCOMES, *MODELS, *ENGINES}


def test_a_failure_can_be_sent_elsewhere():
    failed = CheckFailed("gate 'x'", [("range", "above 1")])
    again = pickle.loads(pickle.dumps(failed))
    assert (again.rules, str(again)) == (failed.rules, str(failed))
    assert issubclass(CheckFailed, AssertionError)
    assert check_curve(Smooth()) == 15
