"""Curves: from 0 to 1 without falling, right-continuous at jumps, slopes that are the derivatives, NaN kept."""

from __future__ import annotations

import pickle
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from outcomegap.errors import ModelError
from outcomegap.model import AllOf, Curve, Knots, Linear, Smooth, Step, curve
from outcomegap.model.curve import GRID, NAMED, as_curve, curve_digest
from tests.model.make import gap

JUMPS = Knots([(0, 0), (0.25, 0.1), (0.25, 0.4), (0.7, 0.4), (1, 0.9), (1, 1)])
BENT = Knots([(0, 0), (0.1, 0.7), (0.3, 0.7), (1, 1)])


def late(z):
    return z**3


CURVES = {
    "linear": Linear(),
    "smooth": Smooth(),
    "step": Step(),
    "early step": Step(0.3),
    "jumps": JUMPS,
    "bent": BENT,
    "own": curve("late", late),
    "own with slope": curve("late too", late, slope=lambda z: 3 * z**2),
    "own in pieces": curve("kink", lambda z: np.where(z < 0.5, 0.2 * z, 1.8 * z - 0.8)),
}
#: Places where a curve has a corner or a jump, so no derivative.
CORNERS = {"step": [1], "early step": [0.3], "jumps": [0.25, 0.7, 1], "bent": [0.1, 0.3], "own in pieces": [0.5]}

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
    assert [slope(Step(0.5), z) for z in (0, 0.5, 1)] == [0, 0, 0]
    # One-sided where there is a corner: the piece to the right, at 1 the last one.
    assert [slope(BENT, z) for z in (0, 0.1, 0.2, 0.3, 1)] == pytest.approx([7, 0, 0, 3 / 7, 3 / 7])
    assert slope(curve("late", late), 1.0) == pytest.approx(3, abs=1e-5)
    assert slope(curve("late", late), 0.0) == pytest.approx(0, abs=1e-5)


def test_a_slope_that_is_given_is_used():
    assert slope(curve("odd", late, slope=lambda z: np.full_like(z, 42)), 0.3) == 42


def test_smooth_by_hand():
    assert [value(Smooth(), z) for z in (0.25, 0.5, 0.75)] == [0.15625, 0.5, 0.84375]


def test_a_step_counts_from_its_place_on():
    assert [value(Step(0.3), z) for z in (np.nextafter(0.3, 0), 0.3)] == [0, 1]
    assert [value(Step(), z) for z in (np.nextafter(1.0, 0), 1.0)] == [0, 1]


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


@pytest.mark.parametrize(
    ("fn", "message"),
    [
        (broken, "curve 'x': fails on an array of progress: no such thing"),
        (lambda z: z[:5], r"curve 'x': returns shape \(5,\) for shape \(129,\)"),
        (lambda z: 0.5, r"curve 'x': returns shape \(\) for shape \(129,\)"),
        (lambda z: np.where(z > 0.5, np.nan, z), r"curve 'x': returns values that are not finite within \[0, 1\]"),
        (lambda z: np.where((z > 0) & (z < 1), np.inf, z), "not finite"),
        (lambda z: z + 0.1, r"curve 'x': must run from 0 to 1 \(got 0.1 at 0 and 1.1 at 1\)"),
        (lambda z: z / 2, r"got 0 at 0 and 0.5 at 1"),
        (
            lambda z: np.where(z < 0.25, z, np.where(z < 1, 0.1, 1)),
            r"curve 'x': falls after z = 0.242188; a curve never",
        ),
        # Flat parts are no falls: the place named is where it falls.
        (lambda z: np.where(z < 0.5, np.minimum(z, 0.25), np.where(z < 1, 0.1, 1)), r"falls after z = 0.492188"),
        (lambda z: "text", "curve 'x': fails on an array"),
    ],
)
def test_what_is_no_curve(fn, message):
    with pytest.raises(ModelError, match=message) as caught:
        curve("x", fn)
    assert caught.value.findings[0].rule == "curve"


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
    assert as_curve("here", ((z, z) for z in (0, 1))) == Knots(((0.0, 0.0), (1.0, 1.0)))
    assert as_curve("here", JUMPS) is JUMPS


def test_digests_tell_curves_apart():
    shapes = [*CURVES.values(), Square(), Step(0.31), Knots([(0, 0), (1, 1)])]
    assert len({curve_digest(shape) for shape in shapes}) == len(shapes)
