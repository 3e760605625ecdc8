"""Curves in files: names, spelled-out forms, those handed over, those that plug-ins offer."""

from __future__ import annotations

import pytest

import outcomegap as og
import outcomegap.files as files
from outcomegap.errors import ModelError
from outcomegap.model import Knots, Linear, Threshold
from tests.files.texts import changed, rules

LATE = og.curve("late", lambda z: z**3)


def with_curve(written: str) -> str:
    return changed('curve = "smooth"', f"curve = {written}")


def curve_of(model: og.OutcomeModel) -> object:
    return next(step for step in model.steps if step.name == "copy persuades").curve


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ('"threshold"', Threshold()),
        ("{ threshold = 0.5 }", Threshold(0.5)),
        ("{ threshold = 1 }", Threshold()),
        ("{ knots = [[0, 0], [0.5, 0.2], [1, 1]] }", Knots([(0, 0), (0.5, 0.2), (1, 1)])),
    ],
)
def test_forms(written, meant):
    model = files.loads(with_curve(written))
    assert curve_of(model) == meant
    assert files.loads(files.dumps(model)) == model


@pytest.mark.parametrize(
    ("written", "where", "rule"),
    [
        ('"liner"', "", "unknown-curve"),
        ("5", "", "curve"),
        ("{ threshold = 0 }", ".threshold", "curve"),
        ("{ threshold = true }", ".threshold", "curve"),
        ("{ stp = 0.5 }", "", "curve"),
        ("{ threshold = 0.5, knots = [] }", "", "curve"),
        ("{ knots = [] }", ".knots", "curve"),
        ("{ knots = [[0, 0], [1]] }", ".knots", "curve"),
        ("{ knots = [[0, 0], [1, nan]] }", ".knots", "curve"),
        ("{ knots = [0, 1] }", ".knots", "curve"),
        ('{ knots = [["0", 0], [1, 1]] }', ".knots", "curve"),
        ("{ knots = 1 }", ".knots", "curve"),
        ("{ knots = [[0, 0], [0.5, 0.8], [1, 0.5]] }", ".knots", "curve"),
    ],
)
def test_mistakes(written, where, rule):
    assert rules(with_curve(written)) == {f"gaps.copy persuades.curve{where}": rule}


def test_a_curve_of_your_own():
    text = with_curve('"late"')
    assert rules(text) == {"gaps.copy persuades.curve": "unknown-curve"}
    model = files.loads(text, curves={"late": LATE})
    assert curve_of(model) is LATE
    assert files.loads(files.dumps(model), curves={"late": LATE}) == model
    with pytest.raises(ModelError, match="no curve 'late'"):
        files.loads(files.dumps(model))


def test_a_name_for_knots():
    model = files.loads(with_curve('"ours"'), curves={"ours": Knots([(0, 0), (0.5, 0.9), (1, 1)])})
    assert "knots = [[0, 0], [0.5, 0.9], [1, 1]]" in files.dumps(model)


class Square:
    name = "square"

    def value(self, z):
        return z * z

    def slope(self, z):
        return 2 * z


def test_an_object_of_your_own():
    text = with_curve('"square"')
    model = files.loads(text, curves={"square": Square()})
    assert curve_of(model).name == "square"
    for form in ("toml", "json"):
        assert files.loads(files.dumps(model, form), form, curves={"square": Square()}) == model
        assert files.loads(files.dumps(model, form), form, curves={"square": curve_of(model)}) == model


class Falling(Square):
    name = "falling"

    def value(self, z):
        return 1.2 - z


@pytest.mark.parametrize(
    ("curves", "where"),
    [
        ({"linear": LATE}, "curves['linear']"),
        ({5: LATE}, "curves[5]"),
        ({"other": LATE}, "curves['other']"),
        ({"other": Square()}, "curves['other']"),
        ({"late": 5}, "curves['late']"),
        ({"late": "linear"}, "curves['late']"),
        ({"late": Linear()}, "curves['late']"),
        ({"square": Square}, "curves['square']"),
        ({"falling": Falling()}, "curves['falling']"),
    ],
)
def test_curves_that_cannot_be_handed_over(curves, where):
    with pytest.raises(ModelError) as caught:
        files.loads(with_curve('"late"'), curves=curves)
    assert {f.where for f in caught.value.findings} == {where}


@pytest.fixture
def plug_in(tmp_path, monkeypatch):
    """An installed plug-in that offers two curves, one of which is broken; importing it steps a trace."""
    (tmp_path / "late_curves.py").write_text(
        "import outcomegap as og\nplugged = og.curve('plugged', lambda z: z ** 4)\n"
        "class Square:\n    name = 'a class'\n    def value(self, z): return z * z\n    def slope(self, z): return 2 * z\n"
        "class Bad(Square):\n    name = 'bad class'\n    def __init__(self, power): pass\n"
        "class Falling(Square):\n    name = 'falling'\n    def value(self, z): return 1.2 - z\nfalling = Falling()\n"
    )
    info = tmp_path / "late_curves-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: late-curves\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[outcomegap.curves]\nplugged = late_curves:plugged\nbroken = late_curves:nothing\n"
        "a class = late_curves:Square\nbad class = late_curves:Bad\nfalling = late_curves:falling\n"
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
def test_a_plug_in_may_offer_the_class():
    model = files.loads(with_curve('"a class"'))
    assert curve_of(model).name == "a class"
    assert files.loads(files.dumps(model)) == model


@pytest.mark.usefixtures("plug_in")
@pytest.mark.parametrize(
    ("name", "rule"),
    [("broken", "curve"), ("bad class", "curve"), ("falling", "slope"), ("pluged", "unknown-curve")],
)
def test_a_plug_in_that_fails(name, rule):
    assert rules(with_curve(f'"{name}"')) == {"gaps.copy persuades.curve": rule}


def test_a_module_is_no_curve():
    assert rules(with_curve('"os:system"')) == {"gaps.copy persuades.curve": "unknown-curve"}
