"""Curves in files: names, spelled-out forms, those handed over, those that plug-ins offer."""

from __future__ import annotations

import pytest

import outcomegap as og
import outcomegap.files as files
from outcomegap.errors import ModelError
from outcomegap.model import Knots, Step
from tests.files.texts import changed, told

LATE = og.curve("late", lambda z: z**3)


def with_curve(written: str) -> str:
    return changed('curve = "smooth"', f"curve = {written}")


def curve_of(model: og.OutcomeModel) -> object:
    return next(leaf for leaf in model.leaves if leaf.name == "copy persuades").curve


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ('"step"', Step()),
        ("{ step = 0.5 }", Step(0.5)),
        ("{ step = 1 }", Step()),
        ("{ knots = [[0, 0], [0.5, 0.2], [1, 1]] }", Knots([(0, 0), (0.5, 0.2), (1, 1)])),
    ],
)
def test_forms(written, meant):
    model = files.loads(with_curve(written))
    assert curve_of(model) == meant
    assert files.loads(files.dumps(model)) == model


@pytest.mark.parametrize(
    ("written", "where", "said"),
    [
        ('"liner"', "", "no curve 'liner' (did you mean 'linear'?)"),
        ("5", "", "must be the name of a curve"),
        ("{ step = 0 }", "", "above 0 and at most 1"),
        ("{ step = true }", ".step", "must be a number"),
        ("{ stp = 0.5 }", "", "must be the name of a curve"),
        ("{ step = 0.5, knots = [] }", "", "must be the name of a curve"),
        ("{ knots = [] }", ".knots", "list of pairs"),
        ("{ knots = [[0, 0], [1]] }", ".knots", "list of pairs"),
        ("{ knots = [[0, 0], [1, nan]] }", ".knots[1]", "must be finite"),
        ("{ knots = [[0, 0], [0.5, 0.8], [1, 0.5]] }", ".knots", "neither z nor value falls"),
    ],
)
def test_mistakes(written, where, said):
    found = told(with_curve(written))
    assert list(found) == [f"gaps.copy persuades.curve{where}"]
    assert said in found[f"gaps.copy persuades.curve{where}"]


def test_a_curve_of_your_own():
    text = with_curve('"late"')
    assert "og.load(..., curves=...)" in told(text)["gaps.copy persuades.curve"]
    model = files.loads(text, curves={"late": LATE})
    assert curve_of(model) is LATE
    assert files.loads(files.dumps(model), curves={"late": LATE}) == model
    with pytest.raises(ModelError, match="no curve 'late'"):
        files.loads(files.dumps(model))


def test_a_name_for_knots():
    model = files.loads(with_curve('"ours"'), curves={"ours": Knots([(0, 0), (0.5, 0.9), (1, 1)])})
    assert "knots = [[0, 0], [0.5, 0.9], [1, 1]]" in files.dumps(model)


@pytest.mark.parametrize("curves", [[LATE], {"linear": LATE}, {"other": LATE}, {5: LATE}, {"late": 5}, {"late": "x"}])
def test_curves_that_cannot_be_handed_over(curves):
    with pytest.raises(ModelError, match="curves"):
        files.loads(with_curve('"late"'), curves=curves)


def test_a_curve_of_your_own_with_a_built_in_name_cannot_be_written():
    model = files.loads(with_curve('"late"'), curves={"late": LATE})
    leaf = next(x for x in model.leaves if x.name == "copy persuades")
    object.__setattr__(leaf, "curve", og.curve("linear", lambda z: z**3))
    with pytest.raises(ModelError, match="rename it"):
        files.dumps(model)


@pytest.fixture
def plug_in(tmp_path, monkeypatch):
    """An installed plug-in that offers two curves, one of which is broken; importing it leaves a trace."""
    (tmp_path / "late_curves.py").write_text(
        "import outcomegap as og\nplugged = og.curve('plugged', lambda z: z ** 4)\n"
    )
    info = tmp_path / "late_curves-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: late-curves\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[outcomegap.curves]\nplugged = late_curves:plugged\nbroken = late_curves:nothing\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))


@pytest.mark.usefixtures("plug_in")
def test_a_curve_of_a_plug_in_is_loaded_when_it_is_named():
    import sys

    sys.modules.pop("late_curves", None)
    files.loads(with_curve('"smooth"'))
    assert "late_curves" not in sys.modules
    model = files.loads(with_curve('"plugged"'))
    assert curve_of(model).name == "plugged"
    assert files.loads(files.dumps(model)) == model


@pytest.mark.usefixtures("plug_in")
def test_a_plug_in_that_fails():
    assert "late_curves:nothing) fails to load" in told(with_curve('"broken"'))["gaps.copy persuades.curve"]


def test_a_module_is_no_curve():
    assert "no curve 'os:system'" in told(with_curve('"os:system"'))["gaps.copy persuades.curve"]
