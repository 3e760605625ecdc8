"""Gates in files: one small table of written forms, by which gates are read, written and described."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from itertools import count
from typing import Any

import attrs

from outcomegap.checks import Checks, join, show
from outcomegap.files.kinds import (
    Data,
    Reader,
    RuleKind,
    Schema,
    either,
    listed,
    object_schema,
    plain,
    reference,
    schema_of,
    write,
)
from outcomegap.model.declaration import Kind, Number
from outcomegap.model.gate import (
    SAME_WEIGHT,
    WEIGHT,
    AllOf,
    AnyOf,
    AtLeast,
    Gate,
    Mean,
    Numeric,
    PowerMean,
    Weakest,
    gates_of,
)
from outcomegap.model.identity import Node
from outcomegap.model.model import OutcomeModel
from outcomegap.model.step import Measure, Step, SuccessGap

#: How many gates may stand above one another.
DEEPEST = 500
#: So many gates are written within one another; what lies deeper gets a name.
INLINE = 4
#: The longest path that a message spells out.
LONGEST = 200


@attrs.frozen
class GateForm:
    """How one kind of gate is written: ``key = children``, or ``key = head, of = children`` where it has a number.

    Parameters
    ----------
    kind
        The class of gate.
    field, head
        The field that stands at its key, and what that holds.
    weight
        What the weights of its children are, where it has some.
    """

    kind: type[Gate]
    field: str = ""
    head: Kind | None = None
    weight: Number | None = None

    def keys(self, key: str) -> tuple[str, ...]:
        """Return the keys that tell it, and hold its children."""
        return (key, "of") if self.head else (key,)

    def schema(self, key: str) -> dict[str, Schema]:
        """Return the JSON Schema of each of its keys."""
        nodes = _NODES
        if self.weight is not None:
            weight = schema_of(self.weight)
            one = object_schema({"of": _NODE, "weight": weight}, ["of"])
            table = {"type": "object", "minProperties": 1, "additionalProperties": weight}
            nodes = either(listed(either(_NODE, one), 1), table)
        return {key: schema_of(self.head), "of": nodes} if self.head else {key: nodes}

    def write(self, key: str, gate: Any, children: list[Any]) -> Data:
        """Return the table of a gate, from the written forms of its children."""
        content: Any = children
        weights = [] if self.weight is None else [plain(weight) for weight in gate.weights]
        if any(weight != 1 for weight in weights):
            pairs = list(zip(children, weights, strict=True))
            named = all(isinstance(child, str) for child in children)
            content = dict(pairs) if named else [{"of": child, "weight": weight} for child, weight in pairs]
        if self.head is None:
            return {key: content}
        return {key: write(self.head, getattr(gate, self.field)), "of": content}


_NODE = reference("node")
_NODES = listed(_NODE, 1)

#: Every kind of gate that a file may write, by the key that tells it.
GATE_FORMS: Mapping[str, GateForm] = {
    "all_of": GateForm(AllOf),
    "any_of": GateForm(AnyOf),
    "at_least": GateForm(AtLeast, "k", Number(1.0, whole=True, rule="at-least-range")),
    "mean": GateForm(Mean, weight=WEIGHT),
    "weakest": GateForm(Weakest),
    "power_mean": GateForm(PowerMean, "r", Number(), SAME_WEIGHT),
    "gate": GateForm(Numeric, "gate", RuleKind()),
}
#: Keys of a gate in a part of a desired outcome; ``of`` alone is a single step or a gate with a name.
GATE_KEYS = frozenset(key for name, form in GATE_FORMS.items() for key in form.keys(name))


def gate_schema() -> Schema:
    """Return the JSON Schema of a gate."""
    schemas = [form.schema(key) for key, form in GATE_FORMS.items()]
    return {"oneOf": [object_schema(schema, schema) for schema in schemas]}


# Order


def in_order(graph: Mapping[str, Iterable[str]]) -> tuple[list[str], list[str]]:
    """Sort names so that what each builds on comes before it.

    Returns
    -------
    order, circle
        All names in order; where some build on themselves, as they came, and one circle once through.

    Examples
    --------
    >>> in_order({"b": ["a"], "a": []})
    (['a', 'b'], [])
    >>> in_order({"a": ["b"], "b": ["a"]})
    (['a', 'b'], ['b', 'a'])
    """
    try:
        return list(TopologicalSorter(graph).static_order()), []
    except CycleError as error:
        return list(graph), error.args[1][:0:-1]  # each builds on the next, the last on the first


def circle_text(names: list[str]) -> str:
    """Return a circle as text.

    Examples
    --------
    >>> circle_text(["a", "b"])
    "'a' -> 'b' -> 'a'"
    """
    return f"{' -> '.join(map(repr, [*names, names[0]])):.400}"


# Read


def names_in(raw: object, *, weighted: bool = False) -> Iterator[str]:
    """Yield the names that stand in a node as plain data; `weighted` are children that are the keys of a table."""
    if isinstance(raw, str):
        yield raw
    elif isinstance(raw, list):
        for item in raw:
            yield from names_in(item)
    elif isinstance(raw, dict) and weighted:
        yield from raw
    elif isinstance(raw, dict):
        key = next((key for key in GATE_FORMS if key in raw), None)
        place = "of" if key is None else GATE_FORMS[key].keys(key)[-1]
        yield from names_in(raw.get(place), weighted=key is not None)


@attrs.define
class GateReader(Reader):
    """Reads gates: those under ``[gates]``, and those that stand in desired outcomes."""

    gates: dict[str, Node] = attrs.field(factory=dict)  # those that have a name

    def named_gates(self, raw: Mapping[str, Any]) -> None:
        """Read the gates under ``[gates]``, once the steps are there."""
        self.gates = {name: stand_in(name) for name in raw}
        order, circle = in_order({name: [n for n in names_in(table) if n in raw] for name, table in raw.items()})
        if circle:
            self.checks.finding("circle", join("gates", circle[0]), f"stands on itself: {circle_text(circle)}")
        for name in order:
            where, table = join("gates", name), raw[name]
            if name in self.steps:
                self.checks.finding(
                    "duplicate-name", where, f"the name is taken by {self.steps[name].where}; rename one"
                )
            elif not isinstance(table, dict):
                self.checks.finding("type", where, f"must be a gate such as {{ all_of = [...] }} (got {show(table)})")
            else:
                self.gates[name] = self._gate(where, table, None if name in self.unnamed else name)

    def node(self, where: str, raw: object) -> Node:
        """Read a node: a name, or a gate with all that it holds; something stands in for what cannot be read."""
        if isinstance(raw, dict):
            return self._gate(where, raw)
        if not isinstance(raw, str):
            self.checks.finding("type", where, f"must be a name or a gate (got {show(raw)})")
            return stand_in(where)
        found = self.gates.get(raw) or self.steps.get(raw)
        if found is None:
            near = self.checks.hint(raw, (*self.steps, *self.gates))
            self.checks.finding("unknown-name", where, f"no step or gate is called {raw!r:.100}{near}")
        return found or stand_in(where)

    def _gate(self, where: str, table: Data, name: str | None = None) -> Node:
        keys = [key for key in GATE_FORMS if key in table]
        if len(keys) != 1:
            got = f"has both {keys[0]} and {keys[1]}" if keys else f"has none (got {show(table)})"
            near = self.checks.hint(next(iter(table)), GATE_FORMS) if table and not keys else ""
            message = f"a gate has exactly one of {', '.join(GATE_FORMS)}; this one {got}{near}"
            self.checks.finding("gate", where, message)
            return stand_in(where)
        (key,) = keys
        form, here, told = GATE_FORMS[key], self.checks.at(where), len(self.checks.findings)
        here.keys("", table, form.keys(key), form.keys(key))
        head = [self.take(form.head, here, key, table[key])] if form.head is not None else []
        place = form.keys(key)[-1]
        if place not in table or any(finding.rule != "unknown-key" for finding in self.checks.findings[told:]):
            return stand_in(where)
        children, weights = list[Node](), list[Any]()
        for at, child, weight_at, weight in self._members(form, join(where, place), table[place]):
            told = len(self.checks.findings)
            read = 1.0 if form.weight is None else self.take(form.weight, self.checks, weight_at, weight)
            # 1 stands in for what is no weight, so that the gate itself is looked at.
            weights.append(read if len(self.checks.findings) == told else 1.0)
            children.append(self.node(_short(at), child))
        make: Any = form.kind
        given = {"name": name} if form.weight is None else {"name": name, "weights": weights}
        return self.checks.attempt(lambda: make(*head, *children, **given), where) or stand_in(where)

    def _members(self, form: GateForm, where: str, raw: object) -> Iterator[tuple[str, Any, str, Any]]:
        """Yield the children of a gate and their weights as they stand there, each with its place."""
        if form.weight is not None and isinstance(raw, dict):
            yield from ((join(where, key), key, join(where, key), weight) for key, weight in raw.items())
        elif not isinstance(raw, list):
            self.checks.finding("type", where, f"must be a list of names and gates (got {show(raw)})")
        else:
            for i, item in enumerate(raw):
                at = f"{where}[{i}]"
                if form.weight is None or not isinstance(item, dict) or any(key in GATE_FORMS for key in item):
                    yield at, item, at, 1.0
                else:
                    self.checks.at(at).keys("", item, ("of", "weight"))
                    yield join(at, "of"), item.get("of"), join(at, "weight"), item.get("weight", 1.0)


def stand_in(name: str) -> Step:
    """Return a step in place of a node that cannot be read, so that the rest can be looked at as well."""
    return SuccessGap(repr(name[:LONGEST]), Measure("stand-in"), floor=0, target=1)


def _short(path: str) -> str:
    """Return a path; of a very long one the middle is left out."""
    return path if len(path) <= LONGEST else f"{path[: LONGEST // 2]}...{path[-LONGEST // 3 :]}"


# Write


def write_gates(model: OutcomeModel, steps: Sequence[Step], checks: Checks) -> tuple[Data, dict[Node, Any]]:
    """Write every gate of a model once: shared, named and deep ones by name.

    Returns
    -------
    named, forms
        What stands under ``[gates]``, and what stands for any node: its name, or the gate itself.
    """
    roots = [root for o in model.desired_outcomes for root in (o.required.needs, o.experience.expects)]
    gates = gates_of(*roots)
    places = [node for node in (*roots, *(c for gate in gates for c in gate.children)) if isinstance(node, Gate)]
    uses, tops = Counter(places), set(roots)
    labels: dict[Gate, str] = {}
    for gate in places:  # equal gates are one gate; the first name counts
        if gate.name is not None:
            labels.setdefault(gate, gate.name)
    taken = {*labels.values(), *(step.name for step in steps)}
    fresh = (name for i in count(1) if (name := f"gate {i}") not in taken)
    keys = {form.kind: key for key, form in GATE_FORMS.items()}
    named: Data = {}
    forms: dict[Node, Any] = {step: step.name for step in steps}
    depth: dict[Node, int] = {}  # of what is written in place
    for gate in gates:
        key = keys.get(type(gate))
        if key is None:
            checks.finding("gate", f"{gate!r:.100}", f"files hold no {type(gate).__name__}")
            forms[gate] = {}
            continue
        table = GATE_FORMS[key].write(key, gate, [forms[child] for child in gate.children])
        depth[gate] = 1 + max((depth.get(c, 0) for c in gate.children if isinstance(forms[c], dict)), default=0)
        if gate in labels or uses[gate] > 1 or (depth[gate] > INLINE and gate not in tops):
            forms[gate] = labels.get(gate) or next(fresh)
            named[forms[gate]] = table
        else:
            forms[gate] = table
    return named, forms
