"""Splits of a change and of a gap against values that others print: products of rates, voting, costs, students' marks.

A straight line through a product splits it as Shapley's value does, factor by factor; so joint explanations must give
them, sums of products included.
"""

import itertools
from fractions import Fraction

import numpy as np
import pytest

import outcomegap as og

#: One trivial step of the experience: E is 1 at both ends.
SURE = og.Expectation("sure", og.Measure("sure"), floor=0, target=1)


def share(name):
    """A step whose attainment is the number in a column of its name."""
    return og.SuccessGap(name, og.Measure(name), floor=0, target=1)


def scorer_of(needs):
    outcome = og.DesiredOutcome(og.RequiredOutcome("R", needs=needs), og.AppropriateExperience("E", expects=SURE))
    return og.Scorer(og.OutcomeModel("published", desired_outcomes=[outcome]))


def split(needs, start, end):
    """The change of R between two points, step by step."""
    moved = og.explain(scorer_of(needs), {**start, "sure": 1}, {**end, "sure": 1})
    assert moved.values.sum() == pytest.approx(moved.total[0], abs=1e-12)
    return dict(zip(moved.steps, moved.values[0], strict=True))


def product_effects(rows):
    """The effects of factors of a product, given as name -> (first, second population)."""
    most = {name: max(pair) for name, pair in rows.items()}
    points = [{name: pair[at] / most[name] for name, pair in rows.items()} for at in (0, 1)]
    found = split(og.AllOf(*map(share, rows)), *points)
    return [found[name] * np.prod(list(most.values())) for name in rows]


#: P. Das Gupta, Standardization and Decomposition of Rates: A User's Manual, US Bureau of the Census, P23-186 (1993):
#: example -> factors of the two populations, effects, digits printed. The package DasGuptR prints the same.
PRODUCTS = {
    "2.1 earnings of black and white men": (
        {"earnings": (10930, 16591), "earners": (0.717892, 0.825974)}, [4369.913, 1487.262], 3,
    ),
    "2.2 birth rates of Austria and Chile": (
        {"births": (51.78746, 84.90502), "aged": (0.45919, 0.75756), "women": (0.52638, 0.51065)},
        [10.4340333, 10.5608476, -0.6670084], 7,
    ),
    "2.3 births out of wedlock, 1971 and 1979": (
        {"births": (25.3, 32.7), "pregnant": (0.214, 0.290), "active": (0.279, 0.473), "single": (0.949, 0.986)},
        [0.6889411, 0.8125381, 1.3829055, 0.1047547], 7,
    ),
    "2.4 fertility of South Korea": (
        {"married": (0.58, 0.72), "contraception": (0.76, 0.97), "abortion": (0.84, 0.97),
         "nursing": (0.66, 0.56), "fecundity": (16.573, 16.158)},
        [1.0909785, 1.2298438, 0.7278399, -0.8398707, -0.1290187], 7,
    ),
}  # fmt: skip


@pytest.mark.parametrize("example", PRODUCTS)
def test_das_guptas_products(example):
    factors, printed, digits = PRODUCTS[example]
    assert [round(effect, digits) for effect in product_effects(factors)] == printed


def vector_effects(factors):
    """The effects of vectors in a sum of products: name -> (first, second population), one number a group each."""
    most = {name: np.max(pair) for name, pair in factors.items()}
    groups = len(next(iter(factors.values()))[0])
    products = [og.AllOf(*(share(f"{name} {at}") for name in factors)) for at in range(groups)]
    points = [
        {f"{name} {at}": pair[end][at] / most[name] for name, pair in factors.items() for at in range(groups)}
        for end in (0, 1)
    ]
    found = split(og.Mean(*products), *points)
    scale = groups * np.prod(list(most.values()))
    return [scale * sum(found[f"{name} {at}"] for at in range(groups)) for name in factors]


def test_das_guptas_vectors():
    """Example 4.3: crude birth rate of Taiwan, 1960 and 1970, over seven ages."""
    factors = {
        "births": ([393, 407, 369, 274, 184, 90, 16], [488, 452, 338, 156, 63, 22, 3]),
        "married": (
            [0.122, 0.622, 0.903, 0.930, 0.916, 0.873, 0.800],
            [0.082, 0.527, 0.866, 0.941, 0.942, 0.923, 0.876],
        ),
        "women": ([0.043, 0.041, 0.036, 0.032, 0.026, 0.020, 0.018], [0.058, 0.038, 0.032, 0.030, 0.026, 0.023, 0.019]),
    }
    assert [round(effect, 6) for effect in vector_effects(factors)] == [-7.285632, -2.720633, -1.565181]


def test_das_guptas_mix_and_rate():
    """Example 5.1: heads of households, 1970 and 1985: the ages there are, against how often each is a head."""
    ages = [12.9, 10.9, 9.5, 8.0, 7.8, 8.4, 8.6, 7.8, 7.0, 5.9, 4.7, 3.6, 4.9]
    later = [10.1, 11.2, 11.6, 10.9, 9.4, 7.7, 6.3, 6.0, 6.3, 5.9, 5.1, 4.0, 5.5]
    heads = [1.9, 25.8, 45.7, 49.6, 51.2, 51.6, 51.8, 54.9, 58.7, 60.4, 62.8, 66.6, 66.8]
    heads_later = [2.2, 24.3, 45.8, 52.5, 56.1, 55.6, 56.0, 57.4, 57.2, 61.2, 63.9, 68.6, 72.2]
    found = vector_effects({"age": (ages, later), "rate": (heads, heads_later)})
    assert [round(effect / 100, 4) for effect in found] == [1.2269, 1.7403]


def gap_of_nothing(needs):
    """The attribution of the gap of somebody who attains nothing: Shapley's value of the game of the gate."""
    scorer = scorer_of(needs)
    names = [step.name for step in scorer.model.steps]
    scores = scorer.score({**{name: [0.0] for name in names if name != "sure"}, "sure": [1.0]})
    found = scores.attribution()
    return dict(zip(found.steps, found.values[0], strict=True))


def test_the_security_council():
    """Shapley & Shubik, American Political Science Review 48 (1954): five with a veto, and four of the ten others."""
    permanent, other = (
        [share(f"{kind} {at}") for at in range(count)] for kind, count in (("permanent", 5), ("other", 10))
    )
    found = gap_of_nothing(og.AllOf(*permanent, og.AtLeast(4, *other)))
    exact = {"permanent": Fraction(421, 2145), "other": Fraction(4, 2145)}
    for name, power in found.items():
        assert power == pytest.approx(float(exact.get(name.split()[0], 0)), abs=1e-12)


def test_the_airport_game():
    """Littlewood & Owen, Management Science 20 (1973): runways of 8, 11, 13 and 18 are paid 2, 3, 4 and 9."""
    planes = [share(name) for name in "abcd"]
    lengths = np.diff([0, 8, 11, 13, 18]).tolist()
    pieces = [og.AnyOf(*planes[at:]) for at in range(3)]  # each piece is needed by all planes from its end on
    found = gap_of_nothing(og.Mean(*pieces, planes[3], weights=lengths))
    assert [18 * found[name] for name in "abcd"] == pytest.approx([2, 3, 4, 9], abs=1e-12)


#: Grabisch, European Journal of Operational Research 89 (1996): how far sets of subjects suffice.
MARKS = {"a": (18, 16, 10), "b": (10, 12, 18), "c": (14, 15, 15)}
CAPACITY = {"M": 0.45, "P": 0.45, "L": 0.3, "MP": 0.5, "ML": 0.9, "PL": 0.9, "MPL": 1.0}


def layers(m, p, l):
    """The sets whose capacity reaches each of its levels, as gates, and the widths of the levels."""
    gates = [og.AnyOf(m, p, l), og.AnyOf(m, p), og.AtLeast(2, m, p, l), og.AllOf(l, og.AnyOf(m, p)), og.AllOf(m, p, l)]
    return gates, [0.3, 0.15, 0.05, 0.4, 0.1]


def test_shapley_values_of_grabischs_students():
    gates, widths = layers(*map(share, "MPL"))
    found = gap_of_nothing(og.Mean(*gates, weights=widths))
    assert [round(found[name], 4) for name in "MPL"] == [0.2917, 0.2917, 0.4167]
    for subjects, capacity in CAPACITY.items():  # the layers are that capacity
        scorer = scorer_of(og.Mean(*gates, weights=widths))
        row = {name: float(name in subjects) for name in "MPL"}
        assert scorer.score_one({**row, "sure": 1}).required == pytest.approx(capacity)


class Choquet:
    """Choquet's integral of the capacity: the marks in order, each counted by what those from it on suffice for."""

    name = "choquet"
    multilinear = False

    def _slopes(self, children):
        values = np.array([np.asarray(each, dtype=float) for each in children])
        slopes, orders = np.zeros_like(values), np.zeros(values.shape[1:])
        for order in itertools.permutations(range(3)):
            holds = np.all([values[one] <= values[two] for one, two in itertools.pairwise(order)], axis=0)
            orders += holds
            for place, subject in enumerate(order):
                reach = [
                    CAPACITY.get("".join(s for at, s in enumerate("MPL") if at in order[start:]), 0.0)
                    for start in (place, place + 1)
                ]
                slopes[subject] += holds * (reach[0] - reach[1])
        return slopes / orders, values

    def forward(self, children):
        slopes, values = self._slopes(children)
        return (slopes * values).sum(axis=0)

    def gradient(self, children, out):
        return list(self._slopes(children)[0])


def test_choquet_integrals_of_grabischs_students():
    """The integral is no multilinear function; as a gate of one's own it scores."""
    scorer = scorer_of(og.Numeric(Choquet(), *map(share, "MPL")))
    printed = {"a": 13.9, "b": 13.6, "c": 14.9}
    for student, marks in MARKS.items():
        row = dict(zip("MPL", np.array(marks) / 20, strict=True))
        assert 20 * scorer.score_one({**row, "sure": 1}).required == pytest.approx(printed[student])
