"""Rules for gates on numbers, and for how R and E are joined (docs/meaning, clause 2.14)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from outcomegap.errors import Finding
from outcomegap.model.gate import Node
from outcomegap.model.join import CustomJoin, WeightedJoin
from outcomegap.model.model import OutcomeModel
from outcomegap.model.numeric import Numeric, NumericGate
from outcomegap.model.step import Step
from outcomegap.model.walk import gates_of, parts, postorder, steps_of


def shared_under_numeric(model: OutcomeModel) -> Iterator[Finding]:
    """The steps below a numeric gate stand nowhere else: not beside it, not under two children, not by ``after``."""
    for outcome in model.desired_outcomes:
        for side, root in (("required", outcome.required.needs), ("experience", outcome.experience.expects)):
            for gate in gates_of(root):
                if not isinstance(gate, NumericGate):
                    continue
                shared = list(dict.fromkeys([*_under_two(gate), *_beside(root, gate)]))
                if shared:
                    names = ", ".join(repr(step.name) for step in shared[:5]) + (", ..." if len(shared) > 5 else "")
                    where = f"gates.{gate.name}" if gate.name else f"desired_outcomes.{outcome.name}.{side}"
                    message = (
                        f"{gate!r:.80} must have its steps to itself, but under another gate, or under two of its "
                        f"children, or by way of after, there also is {names}; a numeric gate acts on numbers, not on "
                        "states, so a shared step would be counted twice: keep it apart, or use a gate on states"
                    )
                    yield Finding("shared-under-numeric", where, message)


def _under_two(gate: NumericGate) -> Iterator[Step]:
    """Yield the steps that stand under two of its children."""
    seen: set[Step] = set()
    for child in gate.children:
        here = steps_of(child)
        yield from (step for step in here if step in seen)
        seen.update(here)


def _beside(root: Node, gate: NumericGate) -> Iterator[Step]:
    """Yield the steps below it that can be reached from the root without passing it."""

    def without(node: Node) -> tuple[Node, ...]:
        return () if node == gate else parts(node)

    elsewhere = set(postorder([root], without))
    yield from (step for step in steps_of(gate) if step in elsewhere)


def usage_can_hide_experience(model: OutcomeModel) -> Iterator[Finding]:
    """A weighted join lets one side make up for the other."""
    for outcome in model.desired_outcomes:
        if isinstance(outcome.join, WeightedJoin):
            full = float(outcome.join.desired(1.0, 0.0))
            message = (
                f"usage can hide a bad experience: who has all of {outcome.required.name!r} and nothing of "
                f"{outcome.experience.name!r} scores {full:.2g}; 'product' and 'weakest' do not allow it"
            )
            yield Finding("weighted-join", f"desired_outcomes.{outcome.name}.join", message, "warning")


def rules_of_one_name(model: OutcomeModel) -> Iterator[Finding]:
    """Two gates, or two rules that join R and E, of the user's own do not share a name."""
    shapes: dict[Any, bytes] = {}
    for outcome in model.desired_outcomes:
        for gate in gates_of(outcome.required.needs, outcome.experience.expects):
            if isinstance(gate, Numeric):
                key = ("gate", gate.gate.name, len(gate.children))
                if shapes.setdefault(key, gate.shape) != gate.shape:
                    message = f"two different gates of your own are called {gate.gate.name!r}; rename one"
                    yield Finding("duplicate-name", f"desired_outcomes.{outcome.name}", message)
        join = outcome.join
        if isinstance(join, CustomJoin) and shapes.setdefault(("join", join.name), join.shape) != join.shape:
            message = f"two different rules that join R and E are called {join.name!r}; rename one"
            yield Finding("duplicate-name", f"desired_outcomes.{outcome.name}.join", message)
