"""What differs between two models."""

from __future__ import annotations

from typing import Any

import attrs

from outcomegap.model.gate import gates_of
from outcomegap.model.model import OutcomeModel
from outcomegap.model.step import Step


@attrs.frozen
class Difference:
    """One difference: where, what it was, what it is; None on the side where it does not stand.

    Examples
    --------
    >>> print(Difference("gaps.list built.target", 500.0, 1000.0))
    gaps.list built.target: 500.0 -> 1000.0
    """

    where: str
    before: Any
    after: Any

    def __str__(self) -> str:
        if self.before is None:
            return f"{self.where}: added {self.after!r}"
        if self.after is None:
            return f"{self.where}: removed {self.before!r}"
        return f"{self.where}: {self.before!r} -> {self.after!r}"


def diff(before: OutcomeModel, after: OutcomeModel) -> tuple[Difference, ...]:
    """Say what differs between two models, step by step and field by field.

    Parameters
    ----------
    before, after
        The two models.

    Returns
    -------
    tuple of Difference
        Empty exactly when the models are equal.

    Examples
    --------
    >>> import outcomegap as og
    >>> model = og.gallery.load("email-marketing")
    >>> diff(model, model)
    ()
    """
    if before == after:
        return ()
    old, new = _table(before), _table(after)
    places = dict.fromkeys([*old, *new])
    found = [Difference(p, old.get(p), new.get(p)) for p in places if old.get(p) != new.get(p)]
    return tuple(found) or (Difference("model", before, after),)


def _table(model: OutcomeModel) -> dict[str, Any]:
    table: dict[str, Any] = {"name": model.name, "description": model.description or None, "inputs": model.inputs}
    for segment in model.segments:
        table[f"segments.{segment.name}"] = segment
    table["stages"] = tuple(model.stages) or None
    for step in dict.fromkeys((*model.steps, *model.observed_by)):
        table.update(_step(step))
    for number, outcome in enumerate(model.desired_outcomes):
        where = f"desired_outcomes.{number}"
        for field in attrs.fields(type(outcome)):
            table[f"{where}.{field.name}"] = getattr(outcome, field.name)
        for part, root in outcome.roots.items():
            named = [gate for gate in gates_of(root) if gate.name]
            table.update({f"{where}.{part}.{gate.name}": gate for gate in named})
    return table


def _step(step: Step) -> dict[str, Any]:
    where = step.where
    names = [f.name for f in attrs.fields(type(step)) if f.name not in ("_digest", "name", "after", "measure")]
    table: dict[str, Any] = {f"{where}.{name}": getattr(step, name) for name in names}
    table |= {
        f"measures.{step.measure.name}.{f.name}": getattr(step.measure, f.name)
        for f in attrs.fields(type(step.measure))
    }
    table[f"{where}.measure"] = step.measure.name
    table[f"{where}.after"] = tuple(earlier.name for earlier in step.after) or None
    return table
