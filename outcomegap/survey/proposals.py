"""What survey results say about a model: floors, targets and weights of its steps, and where methods disagree."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np

from outcomegap.checks import Checks, choice
from outcomegap.errors import DataError
from outcomegap.frames.arrays import Array, objects
from outcomegap.listing import Listing, counted
from outcomegap.model import AllOf, Gate, Mean, OutcomeModel, Step, per_cell
from outcomegap.model.gate import again
from outcomegap.model.identity import Node

#: The methods that the columns of their results tell: the first column that is there is how important an attribute is.
IMPORTANCE = {
    "share": "key drivers",
    "standardized": "path model",
    "ce_fdh": "necessity",
    "importance": "importance",
    "desired": "zone",
    "expectation": "expectation",
}


class Proposal(Listing):
    """What results propose for a model: a listing, and the changed model.

    Attributes
    ----------
    model
        The model with what is proposed; None if none was given.
    """

    model: OutcomeModel | None = None


def expectations_from(
    result: Listing, model: OutcomeModel | None = None, *, steps: Mapping[str, str] | None = None
) -> Proposal:
    """Turn what customers expect into floors and targets of steps, in the scale of the answers.

    From `zone_of_tolerance` a step's floor is the level that is adequate, its target the one that is desired: below the
    first nothing is attained, from the second on it is met. From `servqual` the target is the mean expectation, and the
    floor stays. With segments each gets its own, and segments that were not asked the mean of the others.

    Parameters
    ----------
    result
        A listing of `zone_of_tolerance` or `servqual`.
    model
        The model whose steps change. The measures of these steps are then ratings on that scale.
    steps
        Attribute -> the name of a step; by default the step with the attribute's name. Attributes without one change
        nothing, and a note counts them.

    Returns
    -------
    Proposal
        A row an attribute (and segment): ``attribute``, ``step``, ``floor`` and ``target`` as proposed, null where the
        step keeps its own. Its ``model`` is the changed model.

    Raises
    ------
    DataError
        If the result holds no levels, or a step is not of the model.
    ModelError
        If a floor is its target. `outcomegap.check` tells of segments that the model does not have.

    Examples
    --------
    >>> import outcomegap as og
    >>> from outcomegap.survey import zone_of_tolerance
    >>> speed = og.Expectation("speed", og.Measure("speed_rating", low=1, high=7), floor=1, target=7)
    >>> sales = og.RequiredOutcome("sales", needs=og.SuccessGap("list", og.Measure("list_size"), floor=0, target=9))
    >>> outcome = og.DesiredOutcome(sales, og.AppropriateExperience("how", expects=speed))
    >>> zone = zone_of_tolerance({"speed": [4, 4]}, {"speed": [6, 7]}, {"speed": [5, 5]})
    >>> found = expectations_from(zone, og.OutcomeModel("mail", desired_outcomes=[outcome]))
    >>> found[0]["floor"], found[0]["target"], found.model.steps[1].target
    (4.0, 6.5, 6.5)
    """
    columns = result.columns
    if "desired" not in columns and "expectation" not in columns:
        message = "result: floors and targets follow from zone_of_tolerance or servqual"
        raise DataError.of("no-levels", message, value=next(iter(columns)))
    targets = columns["desired" if "desired" in columns else "expectation"]
    levels = {"floor": columns.get("adequate", np.full(len(result), np.nan)), "target": targets}
    named, step_of = _named(result, model, steps), dict[Step, Step]()
    own = {name: _by_step(result, named, values) for name, values in levels.items()}
    for step in () if model is None else model.steps:
        given: dict[str, Any] = {name: values[step.name] for name, values in own.items() if step.name in values}
        step_of[step] = attrs.evolve(step, **given)
    return _proposed("What customers expect", result, named, levels, model and model.remade(step_of))


def weights_from(
    *results: Listing,
    model: OutcomeModel | None = None,
    steps: Mapping[str, str] | None = None,
    gate: str = "mean",
) -> Proposal:
    """Turn what methods say of importance into weights of steps, and report where the methods disagree.

    The importance of an attribute is, by `key_drivers` its share of R squared, by `importance_performance_map` its
    total effect, by `kano` better - worse (how much it moves, both ways), by `penalty_reward` reward - penalty, by
    `outcomegap.learn.necessity` its effect size, by `opportunity` and `importance_performance` its importance, by
    `zone_of_tolerance` and `servqual` the level that is desired or expected. Below 0 it counts as 0. The *weight* of a
    `Mean` is its share of the sum, times the number of attributes, so that the mean weight is 1. For `AllOf` it is a
    *necessity* from 0 to 1: by `kano` -worse, the share of customers whom its absence dissatisfies; by
    `penalty_reward` the penalty / (penalty + reward); by others its importance / the largest one.

    Parameters
    ----------
    *results
        One or more listings of these methods, of the same attributes. The first gives the weights; all are compared.
    model
        The model whose gates change: each `Mean` (or `AllOf`) with one of the steps as a child. Other children keep
        their weights.
    steps
        Attribute -> the name of a step; by default the step with the attribute's name.
    gate
        ``"mean"`` or ``"all_of"``.

    Returns
    -------
    Proposal
        A row an attribute (and segment), those first on whose rank the methods disagree most: ``attribute``, ``step``,
        ``weight``, and for each method ``its name`` (share of importance) and ``its name, rank`` (1 is the most
        important), and ``spread``, the largest difference of ranks. Its part ``agreement`` has the rank correlation
        (Spearman) of each two methods; its fact ``concordance`` is Kendall's W. Its ``model`` is the changed model.

    Raises
    ------
    DataError
        If a listing says nothing of importance, attributes or segments differ, or a step is not of the model.

    References
    ----------
    Kendall & Babington Smith, The problem of m rankings, Annals of Mathematical Statistics 10 (1939) 275-287.

    Examples
    --------
    >>> from outcomegap.survey import kano, key_drivers
    >>> rng = np.random.default_rng(0)
    >>> speed, price = rng.integers(1, 8, (2, 100))
    >>> drivers = key_drivers({"speed": speed, "price": price}, 2 * speed + price, bootstrap=0)
    >>> wishes = kano({"speed": [1, 1], "price": [1, 2]}, {"speed": [5, 5], "price": [3, 3]})
    >>> found = weights_from(drivers, wishes)
    >>> found.find("speed")["Kano"], found.facts["concordance"]
    (0.8, 1.0)
    """
    choice("gate", gate, ("mean", "all_of"))
    if not results:
        raise DataError.of("no-results", "give one listing or more: of key_drivers, kano, opportunity ...")
    first, shares, weights = results[0], dict[str, Array](), np.zeros(0)
    for result in results:
        method, importance, necessity = _importance(result)
        method = f"{method} {len(shares) + 1}" if method in shares else method
        places = {key: place for place, key in enumerate(_keys(result))}
        if odd := {*places} ^ {*_keys(first)}:
            message = f"{method}: {sorted(map(str, odd))[0]:.60} is not in every result"
            raise DataError.of("unknown-attribute", message, value=method)
        at = [places[key] for key in _keys(first)]
        shares[method] = importance[at] / (importance.sum() or 1.0)
        if result is first:
            weights = len(first) * shares[method] if gate == "mean" else necessity
    from scipy.stats import rankdata

    ranks = {method: rankdata(-np.round(share, 12)) for method, share in shares.items()}
    table, count = np.array(list(ranks.values())), len(first)
    columns: dict[str, Array] = {"weight": weights}
    for method, share in shares.items():
        columns |= {method: share, f"{method}, rank": ranks[method]}
    columns["spread"] = np.ptp(table, axis=0)
    pairs = list(itertools.combinations(ranks, 2))
    part: dict[str, Any] = {"method": [one for one, _ in pairs], "and": [other for _, other in pairs]}
    part["rank correlation"] = [float(np.corrcoef(ranks[one], ranks[other])[0, 1]) for one, other in pairs]
    concordance = 12 * table.sum(axis=0).var() / (len(table) ** 2 * (count**2 - 1)) if count > 1 else np.nan
    named = _named(first, model, steps)
    own = _by_step(first, named, weights)

    def gate_of(one: Gate, below: Sequence[Node]) -> Gate:
        """Return a gate with the weights of its steps, if it is of the kind and has one."""
        if one.kind != gate or not isinstance(one, (Mean, AllOf)) or not own.keys() & {*map(_name_of, below)}:
            return again(one, below)
        before = one.weights or [1.0] * len(below)
        return again(one, below, [own.get(_name_of(node), old) for node, old in zip(below, before, strict=True)])

    more = {
        "parts": {"agreement": Listing("Agreement of the methods", part)},
        "facts": {"concordance": float(concordance)},
    }
    order = np.argsort(-columns["spread"], kind="stable")
    return _proposed("Weights", first, named, columns, model and model.remade({}, gate_of), order=order, **more)


def _keys(result: Listing) -> list[tuple[Any, ...]]:
    """Return what each row is of: its segment, if there are any, and its attribute."""
    names = [name for name in result.columns if name != "segment"]
    segment = [result.columns["segment"].tolist()] if "segment" in result.columns else []
    return list(zip(*segment, result.columns[names[0]].tolist(), strict=True))


def _name_of(node: Node) -> str:
    return node.name if isinstance(node, Step) else ""


def _named(result: Listing, model: OutcomeModel | None, steps: Mapping[str, str] | None) -> list[str | None]:
    """Return the name of the step of each row; None where the model has none."""
    checks, known = Checks("steps"), None if model is None else [step.name for step in model.steps]
    attributes = [key[-1] for key in _keys(result)]
    wanted: list[tuple[str, Sequence[str] | None]] = [(name, attributes) for name in steps or ()]
    wanted += [(name, known) for name in (steps or {}).values()]
    for name, options in wanted:
        if options is not None and name not in options:
            checks.problem("unknown-step", f"steps: there is no {name!r:.60}", "steps", name, options=options)
    checks.done()
    named = [(steps or {}).get(attribute, attribute) for attribute in attributes]
    return [name if known is None or name in known else None for name in named]


def _by_step(result: Listing, named: Sequence[str | None], values: Array) -> dict[str, Any]:
    """Return the number of each step that has one; in each segment its own, elsewhere their mean."""
    found: dict[str, dict[str, float]] = {}
    for key, name, value in zip(_keys(result), named, values.tolist(), strict=True):
        if name is not None and not np.isnan(value):
            found.setdefault(name, {})[key[0]] = value
    if "segment" not in result.columns:
        return {name: next(iter(own.values())) for name, own in found.items()}
    return {name: per_cell(float(np.mean([*own.values()])), own) for name, own in found.items()}


def _importance(result: Listing) -> tuple[str, Array, Array]:
    """Return the method, how important each attribute is, and how necessary, from 0 to 1."""
    columns = {name: values for name, values in result.columns.items() if values.dtype.kind == "f"}
    if "better" in columns:
        return "Kano", columns["better"] - columns["worse"], -columns["worse"]
    if "penalty" in columns:
        penalty, reward = (np.fmax(sign * columns[name], 0) for name, sign in (("penalty", -1), ("reward", 1)))
        both = penalty + reward
        return "penalty and reward", both, np.divide(penalty, both, out=np.zeros_like(both), where=both > 0)
    for name, method in IMPORTANCE.items():
        if name in columns:
            values = np.fmax(columns[name], 0)
            return method, values, values / (values.max() or 1.0)
    message = f"{result.title!r:.60} says nothing of importance"
    raise DataError.of("no-importance", message, value=next(iter(result.columns)))


def _proposed(
    title: str,
    result: Listing,
    named: Sequence[str | None],
    columns: Mapping[str, Array],
    model: OutcomeModel | None,
    **form: Any,
) -> Proposal:
    """Return the listing, with the model."""
    names = ("segment", "attribute")[-len(next(iter(_keys(result)), ("",))) :]
    told = dict(zip(names, map(objects, zip(*_keys(result), strict=True)), strict=True))
    lost = named.count(None)
    notes = [f"{counted(lost, 'row')} without a step in the model."] if lost else []
    made = Proposal(title, told | {"step": objects(named), **columns}, notes=notes, **form)
    made.model = model
    return made
