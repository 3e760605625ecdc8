"""Curves: from 0 to 1 without falling, right-continuous at jumps, slopes that are the derivatives, NaN kept."""

from __future__ import annotations

import pickle
from fractions import Fraction

import attrs
import numpy as np
import pytest
from hypothesis import assume, given, settings, strategies as st

from outcomegap.errors import EngineError, ModelError
from outcomegap.model import AllOf, Curve, Knots, Linear, Smooth, Threshold, curve
from outcomegap.model.custom import GRID
from outcomegap.model.identity import digest
from outcomegap.model.step import NAMED, TAKEN, CustomCurve, as_curve
from tests.model.make import gap

JUMPS = Knots([(0, 0), (0.25, 0.1), (0.25, 0.4), (0.7, 0.4), (1, 0.9), (1, 1)])
BENT = Knots([(0, 0), (0.1, 0.7), (0.3, 0.7), (1, 1)])


def late(z):
    return z**3


CURVES = {
    "linear": Linear(),
    "smooth": Smooth(),
    "threshold": Threshold(),
    "early step": Threshold(0.3),
    "jumps": JUMPS,
    "bent": BENT,
    "own": curve("late", late),
    "own with slope": curve("late too", late, slope=lambda z: 3 * z**2),
    "own in pieces": curve("kink", lambda z: np.where(z < 0.5, 0.2 * z, 1.8 * z - 0.8)),
}
#: Places where a curve has a corner or a jump, so no derivative.
CORNERS = {"threshold": [1], "early step": [0.3], "jumps": [0.25, 0.7, 1], "bent": [0.1, 0.3], "own in pieces": [0.5]}

curves = st.sampled_from(sorted(CURVES))
progress = st.floats(0, 1)


@st.composite
def knots(draw):
    """Knots of any kind, jumps among them."""
    places = sorted(draw(st.lists(st.integers(1, 16), min_size=0, max_size=5)))
    places = [z for number, z in enumerate(places) if places[:number].count(z) < 2]
    if places.count(16) > 1:
        places.remove(16)
    values = sorted(draw(st.lists(st.integers(0, 16), min_size=len(places), max_size=len(places))))
    return Knots([(0, 0), *((z / 16, v / 16) for z, v in zip(places, values, strict=True)), (1, 1)])


def value(shape, z):
    return float(shape.value(np.array([z], dtype=np.float64))[0])


def slope(shape, z):
    return float(shape.slope(np.array([z], dtype=np.float64))[0])


@pytest.mark.parametrize("name", CURVES)
def test_it_runs_from_0_to_1_exactly(name):
    assert (value(CURVES[name], 0.0), value(CURVES[name], 1.0)) == (0.0, 1.0)


@settings(deadline=None)
@given(curves, progress, progress)
def test_it_never_falls_and_stays_within(name, one, other):
    low, high = sorted((one, other))
    assert 0 <= value(CURVES[name], low) <= value(CURVES[name], high) + 1e-15 <= 1 + 1e-15


@given(curves, progress)
def test_its_slope_is_its_derivative(name, z):
    shape, step = CURVES[name], 1e-6
    assume(step < z < 1 - step)
    assume(all(abs(z - corner) > 2 * step for corner in CORNERS.get(name, [])))
    difference = (value(shape, z + step) - value(shape, z - step)) / (2 * step)
    assert slope(shape, z) == pytest.approx(difference, abs=1e-6, rel=1e-6)


def test_slopes_by_hand():
    assert [slope(Linear(), z) for z in (0, 0.3, 1)] == [1, 1, 1]
    assert [slope(Smooth(), z) for z in (0, 0.5, 1)] == [0, 1.5, 0]
    assert [slope(Threshold(0.5), z) for z in (0, 0.5, 1)] == [0, 0, 0]
    # One-sided where there is a corner: the piece to the right, at 1 the last one.
    assert [slope(BENT, z) for z in (0, 0.1, 0.2, 0.3, 1)] == pytest.approx([7, 0, 0, 3 / 7, 3 / 7])
    assert slope(curve("late", late), 1.0) == pytest.approx(3, abs=1e-5)
    assert slope(curve("late", late), 0.0) == pytest.approx(0, abs=1e-5)


def test_a_slope_that_is_given_is_used():
    kinked = curve("kink", lambda z: np.where(z < 0.5, 0.2 * z, 1.8 * z - 0.8), slope=lambda z: 0.2 + 1.6 * (z >= 0.5))
    assert [slope(kinked, z) for z in (0.3, 0.5, 0.7)] == pytest.approx([0.2, 1.8, 1.8])
    assert slope(curve("line", lambda z: z, slope=lambda z: 1), 0.3) == 1


def test_smooth_by_hand():
    assert [value(Smooth(), z) for z in (0.25, 0.5, 0.75)] == [0.15625, 0.5, 0.84375]


def test_a_step_counts_from_its_place_on():
    assert [value(Threshold(0.3), z) for z in (np.nextafter(0.3, 0), 0.3)] == [0, 1]
    assert [value(Threshold(), z) for z in (np.nextafter(1.0, 0), 1.0)] == [0, 1]


def test_a_jump_belongs_to_what_follows():
    below = np.nextafter(0.25, 0)
    assert value(JUMPS, below) == pytest.approx(0.1)
    assert value(JUMPS, 0.25) == 0.4
    assert value(JUMPS, np.nextafter(1.0, 0)) == pytest.approx(0.9)
    assert value(JUMPS, 1.0) == 1.0


@given(knots(), st.fractions(0, 1, max_denominator=1000))
def test_knots_are_interpolated(shape, z):
    """Straight pieces in rational arithmetic; at a jump the later knot counts."""
    place = Fraction(float(z))
    points = [(Fraction(x), Fraction(y)) for x, y in shape.points]
    before = max(i for i, (x, _) in enumerate(points) if x <= place)
    (x0, y0), (x1, y1) = points[before], points[min(before + 1, len(points) - 1)]
    exact = y0 if x1 == x0 else y0 + (y1 - y0) * (place - x0) / (x1 - x0)
    assert abs(Fraction(value(shape, float(z))) - exact) <= 1e-15
    if x1 > x0:
        assert slope(shape, float(z)) == pytest.approx(float((y1 - y0) / (x1 - x0)))


def test_straight_knots_are_linear():
    shape = Knots([(0, 0), (0.5, 0.5), (1, 1)])
    assert np.abs(shape.value(GRID) - GRID).max() <= 1e-16


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", CURVES)
def test_nan_stays_nan_and_the_type_stays(name, dtype):
    z = np.array([0.0, np.nan, 0.5, 1.0], dtype=dtype)
    before = z.copy()
    found = CURVES[name].value(z)
    assert found.dtype == dtype
    assert np.isnan(found).tolist() == [False, True, False, False]
    np.testing.assert_array_equal(z, before)  # what is asked with is left alone
    assert CURVES[name].slope(z).dtype == dtype
    assert len(CURVES[name].value(np.zeros(0, dtype=dtype))) == 0


# --- curves of the user's own ----------------------------------------------------------------------------------------


def broken(z):
    message = "no such thing"
    raise RuntimeError(message)


def halved(z):
    z /= 2
    return z * 2


@pytest.mark.parametrize(
    ("fn", "rule", "message"),
    [
        (broken, "fails", "curve 'x': value fails on numbers in [0, 1]: no such thing"),
        (lambda z: "text", "shape", "not of numbers such as float64"),
        (lambda z: z[:5], "shape", "curve 'x': value returns shape (5,) for 129 numbers"),
        (lambda z: 0.5, "ends", "got 0.5 at 0 and 0.5 at 1"),
        (lambda z: np.where(z > 0.5, np.nan, z), "finite", "values that are not finite, the first at z = 0.5078"),
        (lambda z: np.where((z > 0) & (z < 1), np.inf, z), "finite", "not finite"),
        (lambda z: z + 0.1, "ends", "curve 'x': must run from 0 to 1 (got 0.1 at 0 and 1.1 at 1)"),
        (lambda z: z / 2, "ends", "got 0 at 0 and 0.5 at 1"),
        (lambda z: z + np.sin(np.pi * z), "range", "leaves [0, 1]: values from 0 to 1.5"),
        (
            lambda z: np.where(z < 0.25, z, np.where(z < 1, 0.1, 1)),
            "monotone",
            "falls where z rises, from z = 0.2422",
        ),
        # Flat parts are no falls: the place named is where it falls.
        (
            lambda z: np.where(z < 0.5, np.minimum(z, 0.25), np.where(z < 1, 0.1, 1)),
            "monotone",
            "falls where z rises, from z = 0.4922",
        ),
        (halved, "untouched", "value changes the arrays that it is given"),
    ],
)
def test_what_is_no_curve(fn, rule, message):
    with pytest.raises(ModelError) as caught:
        curve("x", fn)
    assert rule in {finding.rule for finding in caught.value.findings}
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("more", "rule", "message"),
    [
        (
            {"slope": lambda z: 2 * z},
            "slope",
            "slope: the derivative by z is 0.04 at z = 0.02, but differences give 0.0012",
        ),
        ({"slope": lambda z: z[:3]}, "shape", "slope returns shape (3,)"),
        ({"slope": lambda z: z * np.inf}, "finite", "slope returns values that are not finite"),
        ({"slope": broken}, "fails", "slope fails on numbers in [0, 1]: no such thing"),
        ({"scalar_text": "{z} * {z}"}, "scalar_text", "scalar_text at z = 0.007812 gives 6.10351562e-05, but the"),
        ({"scalar_text": "cbrt({z})"}, "scalar_text", "scalar_text fails: name 'cbrt' is not defined (it may"),
        ({"scalar_text": "exp(3 * log({z}))"}, "scalar_text", "scalar_text fails: "),
        ({"scalar_text": "{z} ** 3 / {z} * {z}"}, "scalar_text", "scalar_text fails: float division by zero"),
        ({"scalar_text": "'{z}'"}, "scalar_text", "fails: could not convert"),
        ({"scalar_text": "{z} ** 3 + 0j"}, "scalar_text", "fails: "),
        ({"scalar_text": "({z} - 0.25) ** 0.5"}, "scalar_text", "fails: "),
        ({"scalar_text": "{z} **"}, "scalar_text", "scalar_text must be a Python expression of its placeholders"),
        ({"scalar_text": "{y}"}, "scalar_text", "must be a Python expression"),
        ({"scalar_text": 7}, "scalar_text", "must be a Python expression"),
        ({"scalar_text": "{z} * 0 + (1e999 - 1e999)"}, "scalar_text", "gives nan"),
    ],
)
def test_what_is_said_beside_a_curve_must_be_the_same(more, rule, message):
    with pytest.raises(ModelError) as caught:
        curve("x", late, **more)
    assert [finding.rule for finding in caught.value.findings] == [rule]
    assert message in str(caught.value)


def test_all_that_is_wrong_is_told_at_once():
    with pytest.raises(ModelError) as caught:
        curve("linear", lambda z: 1.5 - z, slope=lambda z: z, scalar_text="{z}")
    rules = [finding.rule for finding in caught.value.findings]
    assert rules == ["name", "range", "ends", "monotone", "scalar_text", "slope"]


@pytest.mark.parametrize("name", [*NAMED, "knots"])
def test_names_of_curves_that_ship_are_taken(name):
    with pytest.raises(ModelError, match=f"'{name}' is a built-in curve; give yours another name"):
        curve(name, late)
    own = Square()
    own.name = name
    with pytest.raises(ModelError, match=f"gaps.a.curve: '{name}' is a built-in curve; give yours another name"):
        gap("a", curve=own)


def test_every_curve_that_ships_has_its_name_taken():
    assert {*NAMED, JUMPS.name} == set(TAKEN)


def test_a_curve_needs_a_name():
    with pytest.raises(ModelError, match="a name must be text"):
        curve("", late)


def test_a_curve_is_kept_within_its_ends():
    """What a function does beyond rounding at the ends, or between the points looked at, does no harm."""
    shape = curve("wild", lambda z: np.where(np.isin(z, GRID), z, 7.0) + 1e-12)
    assert [value(shape, z) for z in (0.0, 0.3, 1.0)] == [0.0, 1.0, 1.0]


def test_curves_are_told_apart_by_name_and_shape():
    assert curve("late", late) == curve("late", lambda z: z * z * z * 1.0)
    assert curve("late", late) != curve("later", late)
    assert curve("late", late) != curve("late", lambda z: z**2)
    assert curve("late", late, sql="power({z}, 3)") != curve("late", late)
    assert gap("a", curve=curve("late", late)) != gap("a", curve=curve("late", lambda z: z**2))


def test_a_curve_is_picklable_where_its_function_is():
    one = gap("a", curve=curve("late", late))
    copy = pickle.loads(pickle.dumps(AllOf(one))).children[0]
    assert copy == one
    assert value(copy.curve, 0.5) == 0.125


class Square:
    """A curve that is a class of the user's own, without attrs."""

    name = "square"

    def value(self, z):
        return z * z

    def slope(self, z):
        return 2 * z


def test_anything_with_a_name_a_value_and_a_slope_is_a_curve():
    assert isinstance(Square(), Curve)
    assert gap("a", curve=Square()).curve.name == "square"
    assert gap("a", curve=Square()) == gap("a", curve=Square())
    assert gap("a", curve=Square()) != gap("a")


def test_curves_by_name_by_knots_and_as_they_are():
    assert {name: as_curve("here", name) for name in NAMED} == NAMED
    assert as_curve("here", [(0, 0), (1, 1)]) == Knots(((0.0, 0.0), (1.0, 1.0)))
    assert as_curve("here", JUMPS) is JUMPS


def test_digests_tell_curves_apart():
    shapes = [*CURVES.values(), Square(), Threshold(0.31), Knots([(0, 0), (1, 1)])]
    assert len({digest(as_curve("here", shape)) for shape in shapes}) == len(shapes)


# --- objects of the user's own ---------------------------------------------------------------------------------------


class Half(Square):
    """Turns what is missing into a zero."""

    name = "half"

    def value(self, z):
        return (z >= 0.5).astype(float)

    def slope(self, z):
        return np.zeros(len(z))


def object_of(**changes):
    own = {name: staticmethod(change) if callable(change) else change for name, change in changes.items()}
    return type("Mine", (Square,), own)()


@pytest.mark.parametrize("own", [Half(), object_of(value=np.nan_to_num, slope=np.ones_like)], ids=["half", "zero"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_what_is_missing_stays_missing(own, dtype):
    shape = gap("a", curve=own).curve
    z = np.array([np.nan, 0.0, 0.25, np.nan, 0.75, 1.0], dtype=dtype)
    found = shape.value(z)
    assert found.dtype == shape.slope(z).dtype == dtype
    assert np.isnan(found).tolist() == np.isnan(shape.slope(z)).tolist() == np.isnan(z).tolist()
    np.testing.assert_array_equal(found[~np.isnan(z)], np.asarray(own.value(z[~np.isnan(z)]), dtype=dtype))
    assert np.isnan(shape.value(np.full(3, np.nan))).all()


def test_objects_are_kept_within_their_ends():
    wild = object_of(value=lambda z: np.where(np.isin(z, GRID), z, np.where(z < 0.9, z, 7.0)), slope=np.ones_like)
    with pytest.raises(ModelError, match="slope"):  # differences look beside the grid
        gap("a", curve=wild)
    shape = gap("a", curve=object_of(value=lambda z: z + 1e-12, slope=np.ones_like)).curve
    assert [value(shape, z) for z in (0.0, 1.0)] == [0.0, 1.0]


def test_a_curve_that_is_not_finite_between_says_so():
    for shape in (
        curve("hole", lambda z: np.where(z == 0.3, np.nan, z)),
        CustomCurve(object_of(name="hole", value=lambda z: np.where(z == 0.3, np.inf, z), slope=np.ones_like)),
    ):
        assert value(shape, 0.25) == 0.25
        with pytest.raises(
            EngineError, match=r"curve 'hole': its value at z = 0.29999999999999999 is not a finite number"
        ):
            shape.value(np.array([np.nan, 0.1, 0.3]))


BROKEN = {
    "name": [object_of(name=7), object_of(name=""), object_of(name="threshold")],
    "fails": [object_of(value=broken), object_of(slope=broken)],
    "shape": [object_of(value=lambda z: z[:-1]), object_of(slope=lambda z: z[1:])],
    "finite": [object_of(value=lambda z: np.where(z == 0.5, np.nan, z)), object_of(slope=lambda z: z * np.nan)],
    "range": [object_of(value=lambda z: z + np.sin(np.pi * z))],
    "ends": [object_of(value=lambda z: 0.5), object_of(value=lambda z: 0.9 * z), object_of(value=lambda z: 1 - z)],
    "monotone": [object_of(value=lambda z: z + 0.3 * np.sin(4 * np.pi * z))],
    "untouched": [object_of(value=halved), object_of(slope=lambda z: np.multiply(z, 2, out=z))],
    "row-by-row": [
        object_of(value=lambda z: z ** (1 + z.mean())),
        object_of(value=lambda z: z / max(z.max(), 1e-9)),
        object_of(value=lambda z: z ** (1 + np.arange(len(z)) / 128)),
    ],
    "slope": [object_of(slope=lambda z: z), object_of(slope=np.zeros_like)],
    "scalar_text": [object_of(scalar_text="{z}"), object_of(scalar_text="sqrt({z} - 1)"), object_of(scalar_text="{z")],
}


@pytest.mark.parametrize(("rule", "number"), [(rule, i) for rule, many in BROKEN.items() for i in range(len(many))])
def test_a_broken_object_is_told_by_rule(rule, number):
    with pytest.raises(ModelError) as caught:
        gap("a", curve=BROKEN[rule][number])
    assert rule in {finding.rule for finding in caught.value.findings}
    assert {finding.where for finding in caught.value.findings} == {"gaps.a.curve"}


def test_several_broken_rules_are_told_all_at_once():
    with pytest.raises(ModelError) as caught:
        gap("a", curve=object_of(name=" ", value=lambda z: 1.5 - z, slope=lambda z: z * np.nan, scalar_text="{z}"))
    assert [f.rule for f in caught.value.findings] == ["name", "range", "ends", "monotone", "scalar_text", "finite"]


def test_steps_jumps_and_corners_are_allowed():
    gap("a", curve=Half())
    kinked = object_of(
        value=lambda z: np.where(z < 0.5, 0.2 * z, 1.8 * z - 0.8), slope=lambda z: 0.2 + 1.6 * (z >= 0.5)
    )
    assert gap("a", curve=kinked).curve.slope(np.array([0.25, 0.75])).tolist() == pytest.approx([0.2, 1.8])
    rooted = object_of(value=np.sqrt, slope=lambda z: 0.5 / np.sqrt(z))  # not finite at 0, where nobody asks
    assert value(gap("a", curve=rooted).curve, 0.25) == 0.5
    assert float(gap("a", curve=object_of(value=lambda z: z, slope=lambda z: 1)).curve.slope(np.array([0.3]))[0]) == 1


def test_what_ships_passes_what_is_asked_of_ones_own():
    for shape in CURVES.values():
        own = object_of(name="shipped", value=shape.value, slope=shape.slope)
        np.testing.assert_array_equal(CustomCurve(own).value(GRID), shape.value(GRID))


def test_an_object_is_told_by_what_it_does():
    one, other = as_curve("here", Square()), as_curve("here", object_of(value=lambda z: z**3, slope=lambda z: 3 * z**2))
    assert one == as_curve("there", Square()) != other
    assert hash(one) == hash(as_curve("there", Square()))
    assert repr(one) == "CustomCurve(name='square')"
    assert as_curve("here", one) is one
    assert pickle.loads(pickle.dumps(one)) == one
    assert digest(one) == digest(("Square", "square", None, (GRID * GRID).tobytes()))


@attrs.frozen
class Power:
    """With fields, by which it is told; one of them is no plain value."""

    power: float
    how: object = None
    name: str = "power"

    def value(self, z):
        return z**self.power

    def slope(self, z):
        return self.power * z ** (self.power - 1)


def test_objects_with_fields():
    assert gap("a", curve=Power(2)) == gap("a", curve=Power(2)) != gap("a", curve=Power(3))
    assert gap("a", curve=Power(2, how=print)) != gap("a", curve=Power(3, how=print))


def test_a_kind_of_what_ships_is_ones_own():
    class Slower(Linear):
        def value(self, z):
            return z * z

    with pytest.raises(ModelError, match="'linear' is a built-in curve"):
        gap("a", curve=Slower())


def test_a_class_is_no_object():
    with pytest.raises(
        ModelError, match=r"is the class Square; give an object of it, such as Square\(...\): an og.Curve"
    ):
        gap("a", curve=Square)
