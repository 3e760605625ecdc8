"""Curves, gates and joins held to their rules: every one of them is a function of numbers in [0, 1]."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from outcomegap.errors import ModelError
from outcomegap.files import dumps, loads
from outcomegap.model import (
    AppropriateExperience,
    Curve,
    CustomGate,
    DesiredOutcome,
    Expectation,
    Join,
    Measure,
    Numeric,
    OutcomeModel,
    RequiredOutcome,
    SuccessGap,
    require,
)
from outcomegap.model.curve import NAMED, as_curve
from outcomegap.model.join import CustomJoin, JoinRule, as_join
from outcomegap.model.numeric import NumericGate
from outcomegap.testing.check_forms import other_forms
from outcomegap.testing.check_functions import copies, divided, held, points, slopes_held, straight
from outcomegap.testing.kit import Checks, copied, near, need

#: Curves that go by a name of ours, and are handed to nobody who reads a file.
SHIP = (*NAMED, "knots")


def check_curve(curve: Any) -> int:
    """Hold a curve to its rules.

    Parameters
    ----------
    curve
        A curve that ships or its name, such as ``"smooth"``, a list of knots, one of `outcomegap.curve`, or an object
        with the pieces of `Curve`.

    Returns
    -------
    int
        How many checks ran; it is printed as well, with what there was nothing to look at for.

    Raises
    ------
    CheckFailed
        With each rule that it breaks, by name: ``pieces``, ``shape`` (an array of one number a customer comes
        back), ``finite``, ``range``, ``ends``, ``monotone``, ``bounds``, ``order``, ``splitting``, ``untouched`` (what
        it is given stays as it is), ``slope``, ``nulls``, ``pickles``, ``equal``, ``file``; and, where it has those,
        ``scalar_text`` and ``sql`` (looked at where DuckDB is installed). Where none of these is broken and a step
        refuses it all the same, the rule is the one that the step names.

    Examples
    --------
    >>> from outcomegap.model import Smooth
    >>> check_curve(Smooth())
    curve 'smooth': 15 checks ran
    15
    """
    checks = Checks(f"curve {getattr(curve, 'name', curve)!r:.60}")
    with checks.rule("pieces"):
        curve = as_curve(checks.subject, curve) if isinstance(curve, (str, list, tuple)) else curve
        require(Curve, curve, checks.subject)
    if checks.passed and held(checks, lambda sides: curve.value(sides[0]), 1, "value"):
        slopes_held(checks, "slope", lambda sides: curve.value(sides[0]), lambda sides: [curve.slope(sides[0])], 1)
        with checks.rule("nulls"):
            z = np.array([0.25, np.nan, 0.75])
            near(curve.value(z.copy())[[0, 2]], curve.value(z[[0, 2]]), "a value beside NaN")
            need(np.isnan(curve.value(z.copy())[1]), "NaN does not stay NaN")
        with checks.rule("pickles"):
            z = points(1)[0]
            near(copied(curve).value(z.copy()), curve.value(z.copy()), "the curve out of a pickle")
        other_forms(checks, curve, lambda sides: curve.value(sides[0]), {"z": 0}, points(1))
        _in_a_model(checks, lambda one: _model(1, curve=one), curve, curves=_named(curve, SHIP))
    return checks.done()


def check_gate(gate: Any, children: int = 3) -> int:
    """Hold a gate on numbers to its rules.

    Parameters
    ----------
    gate
        An object with the pieces of `CustomGate`, or a gate that ships, such as ``Weakest(a, b)``.
    children
        Over how many children, 1 or more; a gate that ships has its own.

    Returns
    -------
    int
        How many checks ran; it is printed as well, with what there was nothing to look at for.

    Raises
    ------
    CheckFailed
        With each rule that it breaks, by name: ``pieces``, ``shape`` (arrays of one number a customer come
        back), ``finite``, ``range``, ``ends``, ``monotone``, ``bounds``, ``order``, ``splitting``, ``untouched``,
        ``gradient``, ``multilinear``, ``pickles``, ``equal``, ``file``; and, where it has those, ``scalar_text`` and
        ``sql`` (looked at where DuckDB is installed). Where none of these is broken and `Numeric` refuses it all the
        same, the rule is the one that `Numeric` names.
    ModelError
        If `children` is no number of children.

    Examples
    --------
    >>> from outcomegap.model import Measure, SuccessGap, Weakest
    >>> a, b = (SuccessGap(n, Measure(n), floor=0, target=1) for n in "ab")
    >>> check_gate(Weakest(a, b))
    gate 'weakest': 14 checks ran
    14
    """
    ships = isinstance(gate, NumericGate)
    if not ships and (not isinstance(children, int) or isinstance(children, bool) or children < 1):
        message = (
            f"children is over how many children a gate is tried: a whole number, 1 or more (got {children!r:.60})"
        )
        raise ModelError.of("children", "check_gate", message)
    checks = Checks(f"gate {getattr(gate, 'kind' if ships else 'name', gate)!r:.60}")
    count = len(gate.children) if ships else children
    with checks.rule("pieces"):
        if not ships:
            require(CustomGate, gate, checks.subject)
        need(isinstance(gate.multilinear, bool), "multilinear is neither true nor false")
    if checks.passed and held(checks, gate.forward, count, "forward"):
        own = gate.gate if isinstance(gate, Numeric) else gate

        def gradient(sides: Any) -> Any:
            return gate.gradient(sides, np.asarray(gate.forward(copies(sides))))

        slopes_held(checks, "gradient", gate.forward, gradient, count)
        if gate.multilinear is True:
            with checks.rule("multilinear"):
                straight(gate.forward, count)
        with checks.rule("pickles"):
            again = copied(gate)
            near(again.forward(points(count)), gate.forward(points(count)), "the gate out of a pickle")
        other_forms(checks, own, gate.forward, {}, points(count))
        named = {} if ships and own is gate else _named(own)
        _in_a_model(checks, lambda one: _model(count, gate=one), gate, gates=named)
    return checks.done()


def check_join(join: Any) -> int:
    """Hold a rule that joins R and E to its rules.

    Parameters
    ----------
    join
        ``"product"`` or ``"weakest"``, a `WeightedJoin`, or an object with the pieces of `Join`.

    Returns
    -------
    int
        How many checks ran; it is printed as well, with what there was nothing to look at for.

    Raises
    ------
    CheckFailed
        With each rule that it breaks, by name: ``pieces``, ``shape`` (arrays of one number a customer come
        back), ``finite``, ``range``, ``ends``, ``monotone``, ``bounds``, ``order``, ``splitting``, ``untouched``,
        ``slopes``, ``parts``, ``pickles``, ``equal``, ``file``. Where none of these is broken and a desired outcome
        refuses it all the same, the rule is the one that it names.

    Examples
    --------
    >>> check_join("product")
    join 'product': 15 checks ran
    15
    """
    checks = Checks(f"join {join if isinstance(join, str) else getattr(join, 'name', join)!r:.60}")
    if isinstance(join, str):
        checks.subject = f"join {join!r}"
    with checks.rule("pieces"):
        join = as_join(checks.subject, join) if isinstance(join, str) else join
        require(Join, join, checks.subject)
    if checks.passed and held(checks, lambda sides: join.desired(*sides), 2, "desired"):
        slopes_held(checks, "slopes", lambda sides: join.desired(*sides), lambda sides: join.slopes(*sides), 2)
        with checks.rule("parts"):
            divided(join)
        with checks.rule("pickles"):
            again = copied(join)
            near(again.desired(*points(2)), join.desired(*points(2)), "the join out of a pickle")
        own = join.rule if isinstance(join, CustomJoin) else join
        named = {} if isinstance(own, JoinRule) else _named(own)
        _in_a_model(checks, lambda one: _model(1, join=one), join, joins=named)
    return checks.done()


def _model(count: int, *, gate: Any = None, curve: Any = "linear", join: Any = "product") -> OutcomeModel:
    gaps = [SuccessGap(f"gap {i}", Measure(f"m{i}"), floor=0, target=1, curve=curve) for i in range(count)]
    needs: Any = gate if isinstance(gate, NumericGate) else Numeric(gate, *gaps) if gate is not None else gaps[0]
    wish = Expectation("wish", Measure("e"), floor=0, target=1)
    required, suits = RequiredOutcome("required", needs=needs), AppropriateExperience("suits", expects=wish)
    return OutcomeModel("checked", desired_outcomes=[DesiredOutcome(required, suits, join=join)])


def _named(own: Any, ship: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return what a file that names it must be handed."""
    return {} if own.name in ship else {own.name: own}


def _in_a_model(checks: Checks, build: Callable[[Any], OutcomeModel], one: Any, **own: Any) -> None:
    """A model with it equals its copy, and one with a copy of it, and comes back out of a file that names it.

    Where its definition refuses it, that is what is told, by the definition's own rules; where something else is broken
    already it refuses it for that.
    """
    try:
        model = build(one)
    except ModelError as error:
        for finding in error.findings if checks.passed else ():
            checks.fail(finding.rule, str(finding))
        return
    except Exception as error:  # noqa: BLE001 - it is the code of others that is looked at
        if checks.passed:
            checks.fail("pieces", f"cannot be put into a model: {type(error).__name__}: {error}")
        return
    if not checks.failed("pickles"):
        with checks.rule("equal"):
            again = copied(model)
            need(model == again and hash(model) == hash(again), "a model with it is not equal to its copy")
            again = build(copied(one))
            need(model == again and hash(model) == hash(again), "a model with it is not equal to one with its copy")
    with checks.rule("file"):
        for form in ("toml", "json"):
            need(loads(dumps(model, form), form, **own) == model, f"does not come back out of a {form} file")
