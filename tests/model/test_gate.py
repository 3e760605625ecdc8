"""Gates: on states, and on numbers."""

from __future__ import annotations

import math
import pickle
from fractions import Fraction
from itertools import pairwise, permutations

import attrs
import numpy as np
import pytest
from hypothesis import given, strategies as st

from outcomegap.errors import EngineError, ModelError
from outcomegap.model import (
    AllOf,
    AnyOf,
    AtLeast,
    CustomGate,
    DesiredOutcome,
    Join,
    Mean,
    Numeric,
    OutcomeModel,
    PowerMean,
    Weakest,
    WeightedJoin,
    check,
    diff,
    per_cell,
    require,
)
from outcomegap.model.custom import grid, try_out
from outcomegap.model.model import CustomJoin, ProductJoin, WeakestJoin, as_join
from tests.model.make import desired, function, gap, model_of, wish
from tests.numeric import Both, Ces, plainly

A, B, C = gap("a"), gap("b"), gap("c")
MAKE = {
    "all": AllOf,
    "any": AnyOf,
    "one of": lambda *c: AtLeast(1, *c),
    "two of": lambda *c: AtLeast(2, *c),
    "mean": Mean,
}


@pytest.mark.parametrize("kind", MAKE)
def test_the_order_of_children_does_not_matter(kind):
    made = [MAKE[kind](*order) for order in permutations((A, B, AllOf(B, C)))]
    assert len(set(made)) == 1
    assert all(gate == made[0] for gate in made)


def test_the_children_keep_the_order_they_were_given_in():
    assert AllOf(B, A).children == (B, A)


def test_weights_go_with_their_children():
    assert Mean(A, B, weights=(2, 1)) == Mean(B, A, weights=(1, 2))
    assert Mean(A, B, weights=(2, 1)) != Mean(A, B, weights=(1, 2))
    assert Mean(A, B, weights=(2, 2)) != Mean(A, B)
    assert Mean(A, B, weights=(1, per_cell(1, {"s": 2}))) != Mean(A, B, weights=(1, 1))
    assert Mean(A, B, weights=(1, per_cell(1, {"s": 2}))) == Mean(A, B, weights=(1.0, per_cell(1, {"s": 2.0})))


def test_left_out_weights_are_ones():
    assert Mean(A, B) == Mean(A, B, weights=(1, 1))
    assert Mean(A, B, weights=(w for w in (1, 1))) == Mean(A, B)


@pytest.mark.parametrize("kind", [AllOf, AnyOf])
def test_weights_of_1_equal_none(kind):
    everywhere = per_cell(1, {"s": 1, "*/t": 1.0})
    assert kind(A, B) == kind(A, B, weights=(1, 1)) == kind(A, B, weights=(1.0, everywhere))
    assert kind(A, B, weights=(everywhere, 1)).weights is None
    assert kind(A, B, weights=(0.5, per_cell(0.2, {"s": 0.2}))) == kind(A, B, weights=(0.5, 0.2))
    assert kind(A, B, weights=(1, 0.5)) == kind(B, A, weights=(0.5, 1)) != kind(A, B, weights=(0.5, 1))
    assert kind(A, B, weights=(1, per_cell(1, {"s": 0}))) != kind(A, B)
    assert kind(A, B, weights=(1, per_cell(None, {"s": 1}))) != kind(A, B)
    assert AllOf(A, B, weights=(1, 0.5)) != AnyOf(A, B, weights=(1, 0.5)) != Mean(A, B, weights=(1, 0.5))


def test_gates_that_differ_are_different():
    made = [
        AllOf(A),
        AnyOf(A),
        AtLeast(1, A),
        Mean(A),
        AllOf(A, B),
        AnyOf(A, B),
        AtLeast(1, A, B),
        AtLeast(2, A, B),
        Mean(A, B),
        AllOf(A, C),
        AllOf(AllOf(A, B)),
        AllOf(A, AllOf(A, B)),
        AllOf(A, gap("b", target=2)),
        AllOf(A, function("b")),
    ]
    assert len(set(made)) == len(made)
    assert A not in made


def test_a_name_is_only_a_label():
    assert AllOf(A, B, name="one") == AllOf(A, B, name="two") == AllOf(A, B)
    assert AllOf(A, B, name="one").name == "one"
    assert Mean(A, B, name="m") == Mean(A, B)
    assert AtLeast(1, A, B, name="k") == AtLeast(1, A, B)


def test_equal_gates_made_apart_are_one_child():
    outer = AllOf(AnyOf(A, B), AnyOf(gap("c"), AnyOf(gap("b"), gap("a"))))
    assert outer.children[0] == outer.children[1].children[1]


@pytest.mark.parametrize("kind", MAKE)
def test_gates_are_picklable_and_frozen(kind):
    gate = MAKE[kind](A, AllOf(B, C, name="both"))
    copy = pickle.loads(pickle.dumps(gate))
    assert copy == gate
    assert type(copy) is type(gate)
    assert copy.children == gate.children
    assert copy.children[1].name == "both"
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        gate.children = ()


def test_pickling_keeps_names_weights_and_what_steps_build_on():
    step = gap("late", after=[gap("early", after=[function("first")])])
    gate = Mean(step, AtLeast(2, A, B, C, name="two"), weights=(1, per_cell(2, {"s": 3})), name="mix")
    copy = pickle.loads(pickle.dumps(gate))
    assert (copy.name, copy.weights, copy.children[1].name, copy.children[1].k) == ("mix", gate.weights, "two", 2)
    assert copy.children[0].after == step.after
    assert copy.children[0].after[0].after == step.after[0].after


def test_shared_nodes_are_shared_again_after_pickling():
    shared = AnyOf(A, B)
    copy = pickle.loads(pickle.dumps(AllOf(shared, Mean(shared, C))))
    assert copy.children[0] is copy.children[1].children[0]


def test_what_people_see_stays_short():
    assert repr(AtLeast(2, A, B, AllOf(A, C))) == "AtLeast(2, 'a', 'b', AllOf('a', 'c'))"
    assert repr(Mean(A)) == "Mean('a', weights=(1,))"
    assert repr(Mean(A, B, weights=(0.5, per_cell(1, {"s": 2})))) == "Mean('a', 'b', weights=(0.5, per_cell))"
    # Two levels are spelled out, and no more than a dozen children.
    assert repr(AllOf(A, AnyOf(B, AllOf(C, AnyOf(A, B))))) == "AllOf('a', AnyOf('b', AllOf('c', AnyOf(...2))))"
    wide = AnyOf(*(wish(f"w{i}") for i in range(100)))
    assert repr(AllOf(A, wide)) == "AllOf('a', AnyOf(...100))"


A, B, C = gap("a"), gap("b"), gap("c")
SHARES = st.floats(0, 1, allow_subnormal=False)
POWERS = [-300.0, -3.0, -2.0, -1.0, -0.5, -0.01, 0.01, 0.5, 1.0, 2.0, 3.5, 300.0]


def one(gate, *values):
    return float(gate.forward([np.array([value]) for value in values])[0])


# --- what they are ---------------------------------------------------------------------------------------------------


def test_equal_whatever_the_order_but_for_ones_own():
    assert Weakest(A, B, C) == Weakest(C, A, B)
    assert PowerMean(-1, A, B, weights=(2, 1)) == PowerMean(-1.0, B, A, weights=(1, 2))
    assert PowerMean(-1, A, B, weights=(2, 1)) != PowerMean(-1, A, B, weights=(1, 2))
    assert PowerMean(-1, A, B) != PowerMean(-2, A, B) != Mean(A, B)
    assert PowerMean(1, A, B) != Mean(A, B)
    assert Weakest(A, B) != AllOf(A, B)
    assert Numeric(Ces(), A, B) == Numeric(Ces(), A, B)
    assert Numeric(Ces(), A, B) != Numeric(Ces(), B, A)
    assert hash(Numeric(Ces(), A, B)) == hash(Numeric(Ces(), A, B, name="n"))


def test_one_s_own_is_told_by_name_and_by_what_it_does():
    other, lifted = Ces(), Ces()
    other.name, lifted.lift = "other", 0.2
    assert len({Numeric(gate, A, B) for gate in (Ces(), other, lifted)}) == 3


@pytest.mark.parametrize(
    "gate",
    [
        Weakest(A, B, name="w"),
        PowerMean(-2, A, AnyOf(B, C), weights=(2, 1)),
        Numeric(Ces(), A, Weakest(B, C), name="n"),
    ],
    ids=repr,
)
def test_pickles(gate):
    again = pickle.loads(pickle.dumps(gate))
    assert again == gate
    assert (again.name, repr(again)) == (gate.name, repr(gate))
    assert model_of(gate) == pickle.loads(pickle.dumps(model_of(gate)))


def test_reprs():
    assert repr(Weakest(A, AllOf(B, C))) == "Weakest('a', AllOf('b', 'c'))"
    assert repr(PowerMean(-2, A, B, weights=(2, 0.5))) == "PowerMean(-2, 'a', 'b', weights=(2, 0.5))"
    assert repr(PowerMean(2, A)) == "PowerMean(2, 'a', weights=(1,))"
    assert repr(Numeric(Ces(), A, B)) == "Numeric('ces', 'a', 'b')"


@pytest.mark.parametrize(
    ("call", "rule"),
    [
        (lambda: PowerMean(0, A, B), "power-mean-range"),
        (lambda: PowerMean(0.001, A, B), "power-mean-range"),
        (lambda: PowerMean(math.nan, A, B), "power-mean-range"),
        (lambda: PowerMean(math.inf, A, B), "power-mean-range"),
        (lambda: PowerMean("2", A, B), "power-mean-range"),
        (lambda: PowerMean(True, A, B), "power-mean-range"),
        (lambda: PowerMean(2, A, B, weights=(1,)), "weights"),
        (lambda: PowerMean(2, A, B, weights=(1, 0)), "weights"),
        (lambda: PowerMean(2, A, B, weights=(1, per_cell(1, {"s": 2}))), "weights"),
        (lambda: PowerMean(2), "no-children"),
        (lambda: Weakest(A, A), "repeated-children"),
        (lambda: Weakest(A, 5), "child"),
        (lambda: Numeric(Ces()), "no-children"),
        (lambda: DesiredOutcome(desired().required, desired().experience, join="weekest"), "join"),
        (lambda: WeightedJoin(required=0, experience=1), "weights"),
        (lambda: WeightedJoin(required=1, experience="x"), "weights"),
    ],
)
def test_what_is_refused(call, rule):
    with pytest.raises(ModelError) as caught:
        call()
    assert [finding.rule for finding in caught.value.findings] == [rule]


# --- power means -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("r", POWERS)
@given(values=st.lists(SHARES, min_size=1, max_size=4), data=st.data())
def test_power_means_lie_between_the_least_and_the_most(r, values, data):
    weights = data.draw(st.lists(st.floats(0.01, 10), min_size=len(values), max_size=len(values)))
    gate = PowerMean(r, *(gap(str(i)) for i in range(len(values))), weights=weights)
    found = one(gate, *values)
    assert min(values) - 1e-12 <= found <= max(values) + 1e-12
    assert 0.0 <= found <= 1.0


@pytest.mark.parametrize("r", [r for r in POWERS if abs(r) < 100])
@given(values=st.lists(st.floats(0.01, 1), min_size=2, max_size=2))
def test_power_means_are_their_formula(r, values):
    gate = PowerMean(r, A, B, weights=(2, 3))
    assert one(gate, *values) == pytest.approx(plainly(gate, values), rel=1e-11)


@given(values=st.lists(SHARES, min_size=3, max_size=3))
def test_power_means_rise_with_r(values):
    found = [one(PowerMean(r, A, B, C, weights=(2, 3, 1)), *values) for r in POWERS]
    assert all(low <= high + 1e-10 for low, high in pairwise(found))


@given(value=SHARES)
@pytest.mark.parametrize("r", POWERS)
def test_a_mean_of_one_number_is_that_number(r, value):
    assert one(PowerMean(r, A, B, C), value, value, value) == pytest.approx(value, rel=1e-11)
    assert one(PowerMean(r, A, B, C, weights=(0.1, 0.7, 3)), 1, 1, 1) == 1.0
    assert one(PowerMean(r, A, B), 0, 0) == 0.0
    assert (one(PowerMean(r, A, B), 0, 1) == 0.0) == (r < 0)


def test_power_means_of_school():
    """Harmonic and quadratic means, with fractions."""
    assert one(PowerMean(-1, A, B), 1.0, 0.25) == float(2 / (Fraction(1) + 4))
    assert one(PowerMean(2, A, B), 0.75, 0.25) == pytest.approx(math.sqrt(Fraction(10, 32)), rel=1e-15)
    assert one(PowerMean(1, A, B, weights=(3, 1)), 1.0, 0.5) == 0.875


@given(values=st.lists(SHARES, min_size=2, max_size=4))
def test_the_weakest(values):
    gate = Weakest(*(gap(str(i)) for i in range(len(values))))
    assert one(gate, *values) == min(values)
    slopes = gate.gradient([np.array([value]) for value in values], np.array([min(values)]))
    assert sum(float(slope[0]) for slope in slopes) == pytest.approx(1)
    assert {i for i, slope in enumerate(slopes) if slope[0] > 0} == {
        i for i, x in enumerate(values) if x == min(values)
    }


class Named:
    """A gate that ships, with a name, so that it can be tried out as people's own are."""

    def __init__(self, gate):
        self.name, self.multilinear, self.forward, self.gradient = (
            "shipped",
            gate.multilinear,
            gate.forward,
            gate.gradient,
        )


@pytest.mark.parametrize("count", [1, 2, 3, 5, 40])
@pytest.mark.parametrize("make", [Weakest, *(lambda *c, r=r: PowerMean(r, *c) for r in POWERS)])
def test_what_ships_passes_what_is_asked_of_ones_own(count, make):
    children = [gap(str(i)) for i in range(count)]
    assert try_out("gate", Named(make(*children)), "gate", points=grid(count)).any()


@pytest.mark.parametrize("join", [ProductJoin(), WeakestJoin(), WeightedJoin(required=0.7, experience=0.3)], ids=repr)
def test_joins_that_ship_pass_too(join):
    assert try_out("join", join, "join").any()
    assert join.desired(1.0, 1.0) == 1.0


# --- broken ones, rule by rule ---------------------------------------------------------------------------------------


def gate_of(**changes):
    """An object like `Both` with some pieces changed, or taken out where they are None."""
    own = {"name": "mine", "multilinear": False, "forward": Both().forward, "gradient": Both().gradient} | changes
    return type("Mine", (), {k: staticmethod(v) if callable(v) else v for k, v in own.items() if v is not None})()


def squeezed(children):
    children[0][...] = 0.5
    return children[0]


def multiplied(children):
    x = children[0]
    x *= 1.0
    return np.multiply.reduce(children)


def overwritten(children, out):
    out[...] = 1.0
    return [children[1], children[0]]


BROKEN = {
    "pieces": [gate_of(gradient=None), gate_of(forward="x"), gate_of(multilinear=None), Both, object()],
    "name": [gate_of(name=" "), gate_of(name=5), gate_of(name="weakest"), gate_of(name="all_of")],
    "multilinear": [
        gate_of(multilinear=1),
        gate_of(
            multilinear=True,
            forward=lambda c: np.sqrt(c[0] * c[1]),
            gradient=lambda c, out: [c[1 - i] / 2 / np.maximum(out, 1e-12) for i in (0, 1)],
        ),
    ],
    "fails": [
        gate_of(forward=lambda c: 1 / 0),
        gate_of(gradient=lambda c, out: c[7]),
        gate_of(gradient=lambda c, out: None),
    ],
    "untouched": [gate_of(forward=squeezed), gate_of(forward=multiplied), gate_of(gradient=overwritten)],
    "scalar_text": [
        gate_of(scalar_text="{0}"),
        gate_of(scalar_text="{0} * {2}"),
        gate_of(scalar_text="open({0})"),
        gate_of(scalar_text="1 / {0}"),
        gate_of(scalar_text="sqrt({0} - {1})"),
        gate_of(scalar_text="'{0}'"),
        gate_of(scalar_text=5),
    ],
    "shape": [
        gate_of(forward=lambda c: "x"),
        gate_of(forward=lambda c: c[0][:3]),
        gate_of(gradient=lambda c, out: [out, out, out]),
        gate_of(gradient=lambda c, out: [out[:2], out]),
    ],
    "finite": [
        gate_of(forward=lambda c: np.where(c[0] > 0.5, np.nan, c[0])),
        gate_of(gradient=lambda c, out: [np.where(x == 0, np.inf, out) for x in c]),
    ],
    "range": [gate_of(forward=lambda c: np.where(c[0] + c[1] == 2, 1.0, 1.5 * c[0] * c[1]))],
    "ends": [gate_of(forward=lambda c: c[0] * c[1] / 2), gate_of(forward=lambda c: (1 + c[0] * c[1]) / 2)],
    "monotone": [gate_of(forward=lambda c: c[0] * (0.5 - c[1] + 1.5 * c[1] ** 8))],
    "row-by-row": [gate_of(forward=lambda c: c[0] * c[1] * 0.5 + c[0] * (c[1] >= c[1].max()) * 0.5)],
    "gradient": [gate_of(gradient=lambda c, out: [c[1], -c[0]]), gate_of(gradient=lambda c, out: [out, out])],
}


@pytest.mark.parametrize(("rule", "number"), [(rule, i) for rule, gates in BROKEN.items() for i in range(len(gates))])
def test_a_broken_gate_is_told_by_rule(rule, number):
    with pytest.raises(ModelError) as caught:
        Numeric(BROKEN[rule][number], A, B)
    assert rule in {finding.rule for finding in caught.value.findings}


def test_what_is_missing_is_told_all_at_once():
    with pytest.raises(ModelError) as caught:
        Numeric(object(), A, B)  # type: ignore[arg-type]
    messages = [finding.message for finding in caught.value.findings]
    assert [message.partition(":")[0] for message in messages] == [
        "has no name",
        "has no multilinear",
        "has no method forward",
        "has no method gradient",
    ]


def test_several_broken_rules_are_told_all_at_once():
    with pytest.raises(ModelError) as caught:
        Numeric(gate_of(forward=lambda c: 2 - c[0] - c[1]), A, B)
    assert {f.rule for f in caught.value.findings} >= {"range", "ends", "monotone", "gradient"}
    late = gate_of(
        name="mean",
        multilinear="yes",
        forward=multiplied,
        gradient=lambda c, out: [np.where(x == 0, np.inf, 2 * x) for x in c],
        scalar_text="{0}",
    )
    with pytest.raises(ModelError) as caught:
        Numeric(late, A, B)
    told = {f.rule: f.message for f in caught.value.findings}
    assert list(told) == ["name", "multilinear", "untouched", "scalar_text", "finite", "gradient"]
    assert "forward changes the arrays that it is given" in told["untouched"]
    assert told["finite"] == "gradient returns values that are not finite, the first at (0, 0)"
    assert told["scalar_text"] == "scalar_text at (0.25, 0) gives 0.25, but the arrays give 0"
    assert "the derivative by child 2 is 0.04 at (0.02, 0.02), but differences give 0.02" in told["gradient"]
    assert all(f.where == "gate 'mean'" for f in caught.value.findings)


def test_a_gate_of_which_nothing_can_be_told_but_its_gradient():
    """What is wrong with one piece hides nothing of another that can be looked at."""
    gate = gate_of(multilinear=None, forward=lambda c: c[0][:3], scalar_text="{")
    gate.multilinear = 3
    with pytest.raises(ModelError) as caught:
        Numeric(gate, A, B)
    assert [f.rule for f in caught.value.findings] == ["multilinear", "shape"]


def test_a_rule_ends_where_the_code_gives_no_answer():
    """It is asked between the points of the grid as well."""
    levels = [0.0, 0.02, 0.25, 0.5, 0.75, 0.98, 1.0]
    gate = gate_of(forward=lambda c: np.where(np.isin(c[0], levels), c[0] * c[1], np.nan))
    with pytest.raises(ModelError) as caught:
        Numeric(gate, A, B)
    assert {f.rule for f in caught.value.findings} == {"finite"}


@pytest.mark.parametrize("gate", [A, AllOf(A, C), Weakest(A, C), Numeric(Ces(), A, C)], ids=repr)
def test_the_gate_comes_first(gate):
    """What ships is no gate of one's own."""
    with pytest.raises(ModelError):
        Numeric(gate, B)
    with pytest.raises(ModelError, match="Numeric: has no name"):
        Numeric(object(), A, B)  # type: ignore[arg-type]


def test_slopes_are_told_by_their_sides():
    with pytest.raises(ModelError, match=r"slopes: the derivative by R is 0.02 at R, E = \(0.02, 0.25\), but diff"):
        desired(join=join_of(slopes=lambda r, e: (r, e)))
    with pytest.raises(ModelError, match=r"the two parts sum to 2, not to 1 - D = 1, at R, E = \(0, 0\)"):
        desired(join=join_of(parts=lambda r, e: (1 - r, 1 - e)))
    with pytest.raises(ModelError, match="falls where R rises, from R, E = "):
        desired(join=join_of(desired=lambda r, e: r * (0.5 - e + 1.5 * e**8)))
    with pytest.raises(ModelError, match=r"falls where child 2 rises, from \("):
        Numeric(gate_of(forward=lambda c: c[0] * (1 - c[1] + c[1] ** 8)), A, B)


def test_a_join_is_told_all_at_once():
    broken = join_of(
        name="weakest",
        slopes=lambda r, e: (r / (r - r.min()), r),
        parts=lambda r, e: (1 - r, np.multiply(1 - e, 1, out=e)),
    )
    with np.errstate(all="ignore"), pytest.raises(ModelError) as caught:
        desired(join=broken)
    told = [(f.rule, f.message) for f in caught.value.findings]
    assert told[0] == ("name", "'weakest' is a built-in join; give yours another name")
    assert [rule for rule, _ in told] == ["name", "finite", "untouched", "parts"]


def test_steps_and_bands_are_allowed():
    """A gate may jump: its slope is then nowhere but at the jump."""
    bands = gate_of(
        forward=lambda c: ((c[0] + c[1]) * 2 // 1) / 4, gradient=lambda c, out: [np.zeros_like(out), np.zeros_like(out)]
    )
    assert one(Numeric(bands, A, B), 0.6, 0.7) == 0.5


def test_a_gate_that_fails_later_says_so():
    gate = gate_of(forward=lambda c: np.where(c[0] == 0.123, np.nan, c[0] * c[1]))
    with pytest.raises(EngineError, match="gate 'mine': forward must return one finite number"):
        one(Numeric(gate, A, B), 0.123, 1)


def join_of(**changes):
    own = {
        "name": "mine",
        "desired": lambda r, e: r * e,
        "slopes": lambda r, e: (e, r),
        "parts": lambda r, e: (1 - r, r - r * e),
    }
    own |= changes
    return type("Mine", (), {k: staticmethod(v) if callable(v) else v for k, v in own.items() if v is not None})()


BROKEN_JOINS = {
    "pieces": [join_of(parts=None), join_of(slopes=3), object(), WeakestJoin],
    "name": [join_of(name=""), join_of(name="product"), join_of(name="weighted")],
    "fails": [join_of(desired=lambda r, e: r + "x"), join_of(parts=lambda r: r)],
    "shape": [join_of(desired=lambda r, e: r[:2]), join_of(parts=lambda r, e: (1 - r, r - r * e, r))],
    "finite": [join_of(slopes=lambda r, e: (np.where(r == 0, np.inf, e), r))],
    "range": [join_of(desired=lambda r, e: np.where(r + e == 2, 1, 2 * r * e), parts=lambda r, e: (1 - r, r))],
    "ends": [join_of(desired=lambda r, e: 0.9 * r * e, parts=lambda r, e: (1 - 0.9 * r, 0.9 * r * (1 - e)))],
    "monotone": [join_of(desired=lambda r, e: r * (0.5 - e + 1.5 * e**8))],
    "row-by-row": [join_of(desired=lambda r, e: np.where(r >= r.max(), r * e, r * e / 2))],
    "slopes": [join_of(slopes=lambda r, e: (r, e))],
    "parts": [
        join_of(parts=lambda r, e: (1 - r, 1 - e)),
        join_of(parts=lambda r, e: ((1 - r * e) / 2, (1 - r * e) / 2)),
        join_of(parts=lambda r, e: (2 - 2 * r, 2 * r - 1 - r * e)),
    ],
}


@pytest.mark.parametrize(
    ("rule", "number"), [(rule, i) for rule, joins in BROKEN_JOINS.items() for i in range(len(joins))]
)
def test_a_broken_join_is_told_by_rule(rule, number):
    with pytest.raises(ModelError) as caught:
        desired(join=BROKEN_JOINS[rule][number])
    assert rule in {finding.rule for finding in caught.value.findings}


def test_protocols_are_seen_at_run_time():
    assert isinstance(Ces(), CustomGate)
    assert isinstance(WeakestJoin(), Join)
    assert not isinstance(object(), CustomGate)
    require(CustomGate, Ces(), "here")


def test_the_grid_holds_both_ends():
    for count in (1, 2, 4, 5, 30):
        points = np.array(grid(count))
        assert points.shape[0] == count
        assert (points[:, 0] == 0).all()
        assert (points[:, -1] == 1).all()
        assert ((points >= 0) & (points <= 1)).all()


# --- joins in outcomes -----------------------------------------------------------------------------------------------


def test_ways_to_say_a_join():
    assert desired().join == desired(join="product").join == ProductJoin()
    assert desired(join="weakest").join == WeakestJoin()
    weighted = WeightedJoin(required=7, experience=3)
    assert desired(join=weighted).join is weighted
    mine = desired(join=join_of()).join
    assert isinstance(mine, CustomJoin)
    assert mine == desired(join=join_of()).join
    assert mine != desired(join=join_of(name="other")).join
    assert as_join("here", mine) is mine


def test_fingerprints_of_models_without_a_join_stay_what_they_were():
    assert model_of().fingerprint == "e6565f36d5d55850902b860953cc7238"
    assert OutcomeModel("m", desired_outcomes=[desired(join="product")]).fingerprint == model_of().fingerprint
    weakest = OutcomeModel("m", desired_outcomes=[desired(join="weakest")])
    assert weakest.fingerprint != model_of().fingerprint
    assert [difference.where for difference in diff(model_of(), weakest)] == ["desired_outcomes.0.join"]


# --- rules for whole models ------------------------------------------------------------------------------------------


def rules(needs, **fields):
    model = OutcomeModel("m", desired_outcomes=[desired(needs, **fields)])
    return [finding.rule for finding in check(model)]


D = gap("d")


@pytest.mark.parametrize(
    ("needs", "shared"),
    [
        (AllOf(Weakest(A, B), C), False),
        (AllOf(Weakest(A, B), A), True),
        (AllOf(Weakest(A, B), Weakest(A, C)), True),
        (Weakest(AllOf(A, B), AllOf(A, C)), True),
        (Weakest(A, Weakest(B, C)), False),
        (Weakest(A, AllOf(A, B)), True),
        (AllOf(PowerMean(2, A, B), gap("x", after=[A])), True),  # a step beside it builds on one below it
        (AllOf(PowerMean(2, gap("x", after=[A]), B), A), True),
        (PowerMean(2, gap("x", after=[A]), B), False),
        (PowerMean(2, gap("x", after=[A]), gap("y", after=[A])), True),
        (PowerMean(2, AllOf(gap("x", after=[A]), A, gap("y", after=[A])), B), False),  # within one child
        (AnyOf(AllOf(Numeric(Ces(), A, B), C), AllOf(Numeric(Ces(), A, B), D)), False),  # one gate, in two places
        (Weakest(AllOf(Weakest(A, B), C), AllOf(Weakest(A, B), D)), True),
        (AnyOf(AllOf(A, B), AllOf(A, C)), False),
    ],
)
def test_steps_below_a_numeric_gate_stand_nowhere_else(needs, shared):
    assert rules(needs).count("shared-under-numeric") >= 1 if shared else "shared-under-numeric" not in rules(needs)


def test_it_says_why():
    model = model_of(AllOf(Weakest(A, B, name="link"), A, gap("x", after=[B])))
    (finding,) = [f for f in check(model) if f.rule == "shared-under-numeric"]
    assert (finding.where, finding.severity) == ("gates.link", "error")
    assert "'a', 'b'" in finding.message
    assert "counted twice" in finding.message


def test_two_outcomes_may_share_steps_below_numeric_gates():
    outcomes = [desired(Weakest(A, B), segments=["x"]), desired(PowerMean(2, A, B), segments=["y"])]
    assert check(OutcomeModel("m", desired_outcomes=outcomes, segments=["x", "y"])) == ()


def test_a_weighted_join_is_warned_of():
    model = OutcomeModel("m", desired_outcomes=[desired(join=WeightedJoin(required=0.7, experience=0.3))])
    (finding,) = check(model)
    assert (finding.rule, finding.severity) == ("weighted-join", "warning")
    assert "usage can hide a bad experience" in finding.message
    assert "0.7" in finding.message
    assert rules(A, join="weakest") == []


def test_two_rules_of_one_name():
    lifted = Ces()
    lifted.lift = 0.2
    assert "duplicate-name" in rules(AllOf(Numeric(Ces(), A, B), Numeric(lifted, C, D)))
    assert "duplicate-name" not in rules(AllOf(Numeric(Ces(), A, B), Numeric(Ces(), C, D)))


@pytest.mark.parametrize(
    ("gate", "kept"),
    [(Weakest, False), (lambda *c: PowerMean(-1, *c), False), (lambda *c: PowerMean(2, *c), True)],
)
def test_a_promise_through_a_numeric_gate(gate, kept):
    stuck = gap("stuck", bridgeable=False)
    found = rules(gate(stuck, function("f")), promised=True)
    assert ("unreachable-promise" in found) != kept


# --- curves ----------------------------------------------------------------------------------------------------------


def test_a_curve_without_a_piece_is_told_which():
    class Half:
        name = "half"

        def value(self, z):
            return z

    with pytest.raises(ModelError, match="has no method slope: an og"):
        gap("a", curve=Half())


def test_a_curve_object_is_tried_out():
    class Falls:
        name = "falls"

        def value(self, z):
            return 1 - z

        def slope(self, z):
            return -np.ones_like(z)

    with pytest.raises(ModelError, match="must run from 0 to 1"):
        wish("a", curve=Falls())
