"""Write gates: those used in several places, or deep, under ``[gates]``; the others where they stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

import attrs

from outcomegap.errors import Finding
from outcomegap.files.forms import GateForm
from outcomegap.files.nodes import DEEPEST
from outcomegap.model.gate import Gate, Node
from outcomegap.model.model import OutcomeModel
from outcomegap.model.step import Step
from outcomegap.model.walk import gates_of

#: So many gates are written within one another; what lies deeper gets a name.
INLINE = 4


@attrs.frozen
class Written:
    """The written gates of a model: those with a name, and how any node is referred to."""

    named: dict[str, Any]
    forms: dict[Gate, Any]

    def ref(self, node: Node) -> Any:
        """Return the name of a step or shared gate, or the gate itself."""
        return node.name if isinstance(node, Step) else self.forms[node]

    def part(self, root: Node) -> dict[str, Any]:
        """Return what stands in the table of a required outcome or experience."""
        ref = self.ref(root)
        return {"of": ref} if isinstance(ref, str) else ref


def write_gates(
    model: OutcomeModel, steps: list[str], forms: Mapping[str, GateForm], findings: list[Finding]
) -> Written:
    """Write every gate of a model once.

    Parameters
    ----------
    model
        The model.
    steps
        Names that are taken.
    forms
        How each kind of gate is written.
    findings
        Takes up what cannot be written.
    """
    roots = [root for o in model.desired_outcomes for root in (o.required.needs, o.experience.expects)]
    gates = gates_of(*roots)
    names = _names(roots, gates, steps, findings)
    writers = {form.kind: form.write for form in forms.values()}
    written = Written({}, {})
    depth: dict[Gate, int] = {}
    for gate in gates:
        depth[gate] = 1 + max((depth[child] for child in gate.children if not isinstance(child, Step)), default=0)
        if type(gate) not in writers:
            findings.append(Finding("gate", f"{gate!r:.100}", f"files hold no {type(gate).__name__}"))
            written.forms[gate] = {}
            continue
        table = writers[type(gate)](gate, [written.ref(child) for child in gate.children])
        if gate in names:
            written.named[names[gate]] = table
        written.forms[gate] = names.get(gate, table)
    if gates and max(depth.values()) > DEEPEST:
        message = f"more than {DEEPEST} gates stand within one another; simplify"
        findings.append(Finding("too-deep", "gates", message))
    return written


def _names(roots: list[Node], gates: tuple[Gate, ...], steps: list[str], findings: list[Finding]) -> dict[Gate, str]:
    """Return the names of the gates that stand under ``[gates]``: named, used in several places, or deep."""
    uses = [node for node in (*roots, *(c for gate in gates for c in gate.children)) if not isinstance(node, Step)]
    labels: dict[Gate, str] = {}
    for gate in uses:  # equal gates are one gate; the first name counts
        if gate.name is not None:
            labels.setdefault(gate, gate.name)
    for name, times in Counter([*labels.values(), *set(steps)]).items():
        if times > 1:
            findings.append(Finding("duplicate-name", f"gates.{name}", f"the name {name!r} is taken; rename one"))
    fresh = _fresh({*labels.values(), *steps})
    times_used, tops = Counter(uses), set(roots)
    names: dict[Gate, str] = {}
    depth: dict[Gate, int] = {}  # of what is written in place
    for gate in gates:
        inside = [depth[c] for c in gate.children if not isinstance(c, Step) and c not in names]
        depth[gate] = 1 + max(inside, default=0)
        deep = depth[gate] > INLINE and gate not in tops
        if gate in labels or times_used[gate] > 1 or deep:
            names[gate] = labels.get(gate) or next(fresh)
    return names


def _fresh(taken: set[str]) -> Iterator[str]:
    return (name for i in count(1) if (name := f"gate {i}") not in taken)
