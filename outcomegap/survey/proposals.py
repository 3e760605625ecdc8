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

#: Digits of a proposal behind the point, and the least weight in a mean, whose weights are above 0.
DIGITS, LEAST = 6, 0.001
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

    def __init__(
        self,
        title: str,
        result: Listing,
        steps: list[str | None],
        model: OutcomeModel | None,
        columns: Any,
        **form: Any,
    ) -> None:
        segment = {"segment": result.columns["segment"]} if "segment" in result.columns else {}
        told = {**segment, "attribute": [name for _, name in _keys(result)], "step": objects(steps), **columns}
        lost = [f"{counted(steps.count(None), 'row')} without a step in the model."] if None in steps else []
        super().__init__(title, told, notes=[*form.pop("notes", ()), *lost], **form)
        self.model = model


def expectations_from(
    result: Listing, model: OutcomeModel | None = None, *, steps: Mapping[str, str] | None = None
) -> Proposal:
    """Turn what customers expect into floors and targets of steps, in the scale of the answers.

    From `zone_of_tolerance` a step's floor is the level that is adequate, its target the one that is desired: below the
    first nothing is attained, from the second on it is met; where the first is not below the second, the step keeps its
    own, and a note says so. From `servqual` the target is the mean expectation, and the floor stays. With segments each
    gets its own, and segments that were not asked the mean of the others.

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
    names = {"floor": "adequate", "target": "desired" if "desired" in result.columns else "expectation"}
    levels = {level: result.columns[name] for level, name in names.items() if name in result.columns}
    if "target" not in levels:
        message = "result: floors and targets follow from zone_of_tolerance or servqual"
        raise DataError.of("no-levels", message, value=result.title)
    named, step_of = _named(result, model, steps), dict[Step, Step]()
    turned = levels.get("floor", np.full(len(result), -np.inf)) >= levels["target"]
    levels = {level: np.where(turned, np.nan, values) for level, values in levels.items()}
    said = f"{counted(int(turned.sum()), 'row')} left out: what is adequate is not below what is desired."
    notes = [said] if turned.any() else []
    own = {level: _by_step(result, named, values) for level, values in levels.items()}
    for step in () if model is None else model.steps:
        given: dict[str, Any] = {level: values[step.name] for level, values in own.items() if step.name in values}
        step_of[step] = attrs.evolve(step, **given)
    return Proposal("What customers expect", result, named, model and model.remade(step_of), levels, notes=notes)


def weights_from(
    *results: Listing,
    model: OutcomeModel | None = None,
    steps: Mapping[str, str] | None = None,
    gate: str = "mean",
) -> Proposal:
    """Turn what methods say of importance into weights of steps, and report where the methods disagree.

    The importance of an attribute is, by `key_drivers` its share of R squared (a note tells those whose correlation
    with the outcome is below 0), by `importance_performance_map` its total effect in standard deviations, by `kano`
    better - worse (how much it moves, both ways), by `penalty_reward` reward - penalty, by `outcomegap.learn.necessity`
    its effect size, by `opportunity` and `importance_performance` its importance, by `zone_of_tolerance` and `servqual`
    the level that is desired or expected. Below 0, or unknown, it counts as 0. The *weight* of a `Mean` is its share of
    the sum within its segment, times the number of attributes, so that the mean weight is 1; at least 0.001. For
    `AllOf` it is a *necessity* from 0 to 1: by `kano` -worse, the share of customers whom its absence dissatisfies; by
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
        (Spearman) of each two methods; its fact ``concordance`` is Kendall's W, corrected for ties. Its ``model``
        is the changed model.

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
    from scipy.stats import rankdata

    choice("gate", gate, ("mean", "all_of"))
    if not results:
        raise DataError.of("no-results", "give one listing or more: of key_drivers, kano, opportunity ...")
    first, shares, weights, unknown = results[0], dict[str, Array](), np.zeros(0), dict[str, None]()
    codes = np.unique([str(segment) for segment, _ in _keys(first)], return_inverse=True)[1]
    for result in results:
        method, importance, necessity = _importance(result)
        method, keys = f"{method} {len(shares) + 1}" if method in shares else method, _keys(result)
        if odd := {*keys} ^ {*_keys(first)}:
            message = f"{method}: {sorted(map(str, odd))[0]:.60} is not in every result"
            raise DataError.of("unknown-attribute", message, value=method)
        order = [keys.index(key) for key in _keys(first)]
        unknown |= {str(keys[place][1]): None for place in order if np.isnan(importance[place])}
        importance, necessity = np.nan_to_num(importance[order]), np.nan_to_num(necessity[order])
        total = np.bincount(codes, importance)[codes]
        shares[method] = np.divide(importance, total, out=np.zeros_like(total), where=total > 0)
        if result is first:
            weights = np.maximum(np.bincount(codes)[codes] * shares[method], LEAST) if gate == "mean" else necessity
    ranks = {method: rankdata(-np.round(share, 12)) for method, share in shares.items()}
    table, pairs = np.array(list(ranks.values())), list(itertools.combinations(ranks, 2))
    columns = {"weight": weights} | shares | {f"{method}, rank": rank for method, rank in ranks.items()}
    columns["spread"] = np.ptp(table, axis=0)
    agreement: dict[str, Any] = {"method": [one for one, _ in pairs], "and": [other for _, other in pairs]}
    agreement["rank correlation"] = [float(np.corrcoef(ranks[one], ranks[other])[0, 1]) for one, other in pairs]
    concordance = table.sum(axis=0).var() / (len(table) * table.var(axis=1).sum()) if np.ptp(table) > 0 else np.nan
    named = _named(first, model, steps)
    own = _by_step(first, named, weights)

    def gate_of(one: Gate, below: Sequence[Node]) -> Gate:
        """Return a gate with the weights of its steps, if it is of the kind and has one."""
        names = [node.name if isinstance(node, Step) else "" for node in below]
        if one.kind != gate or not isinstance(one, (Mean, AllOf)) or not own.keys() & {*names}:
            return again(one, below)
        before = one.weights or [1.0] * len(below)
        return again(one, below, [own.get(name, old) for name, old in zip(names, before, strict=True)])

    form: dict[str, Any] = {"parts": {"agreement": Listing("Agreement of the methods", agreement)} if pairs else {}}
    form["notes"] = [f"Importance that is not known counts as 0: {', '.join(unknown)}."] if unknown else []
    if against := {row["attribute"]: None for each in results for row in each if (row.get("correlation") or 0) < 0}:
        form["notes"].append(f"Goes down where the outcome goes up; look at its weight: {', '.join(against)}.")
    form |= {"facts": {"concordance": float(concordance)}, "order": np.argsort(-columns["spread"], kind="stable")}
    return Proposal("Weights", first, named, model and model.remade({}, gate_of), columns, **form)


def _keys(result: Listing) -> list[tuple[Any, Any]]:
    """Return the segment, None without, and the attribute of each row."""
    return [(row.get("segment"), row.get("attribute", row.get("step"))) for row in result]


def _named(result: Listing, model: OutcomeModel | None, steps: Mapping[str, str] | None) -> list[str | None]:
    """Return the name of the step of each row; None where the model has none."""
    checks, given, attributes = Checks("steps"), dict(steps or {}), [name for _, name in _keys(result)]
    known = [*attributes, *given.values()] if model is None else [step.name for step in model.steps]
    for name, options in [(name, attributes) for name in given] + [(name, known) for name in given.values()]:
        if name not in options:
            checks.problem("unknown-step", f"steps: there is no {name!r:.60}", "steps", name, options=options)
    checks.done()
    named = [given.get(attribute, attribute) for attribute in attributes]
    return [name if name in known else None for name in named]


def _by_step(result: Listing, named: Sequence[str | None], values: Array) -> dict[str, Any]:
    """Return the number of each step that has one; in each segment its own, elsewhere their mean."""
    found: dict[str, dict[Any, float]] = {}
    for (segment, _), name, value in zip(_keys(result), named, values.tolist(), strict=True):
        if name is not None and not np.isnan(value):
            found.setdefault(name, {})[segment] = round(value, DIGITS)
    if "segment" not in result.columns:
        return {name: own[None] for name, own in found.items()}
    return {name: per_cell(round(float(np.mean([*own.values()])), DIGITS), own) for name, own in found.items()}


def _importance(result: Listing) -> tuple[str, Array, Array]:
    """Return the method, how important each attribute is, and how necessary, from 0 to 1."""
    columns = {name: values for name, values in result.columns.items() if values.dtype.kind == "f"}
    if "better" in columns:
        return "Kano", columns["better"] - columns["worse"], 0.0 - columns["worse"]
    if "penalty" in columns:
        penalty, both = np.maximum(-columns["penalty"], 0), np.maximum(columns["reward"], 0)
        both = both + penalty
        return "penalty and reward", both, np.divide(penalty, both, out=np.zeros_like(both), where=both > 0)
    method = next((name for name in IMPORTANCE if name in columns), None)
    if method is None:
        raise DataError.of("no-importance", f"{result.title!r:.60} says nothing of importance", value=result.title)
    values = np.maximum(columns[method], 0)
    return IMPORTANCE[method], values, values / (np.nan_to_num(values).max() or 1.0)
