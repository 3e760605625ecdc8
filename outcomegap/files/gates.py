"""Gates in files: one small table of written forms, by which gates are read, written and described."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from itertools import count
from typing import Any, TypeVar

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
    depth_of,
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

K = TypeVar("K", int, str)

#: So many circles are told; each costs one more walk.
MOST = 20
#: So many names of a circle are spelled out.
MOST_NAMES = 12


def in_order(graph: dict[K, list[K]]) -> tuple[list[K], list[list[K]]]:
    """Sort things so that what each builds on comes before it.

    Parameters
    ----------
    graph
        What each thing builds on, in order.

    Returns
    -------
    order, circles
        All things in order, and the circles found; each circle once through, from the thing that stands first in
        `graph`. Circles are cut open for the order, which is empty where there are too many.

    Examples
    --------
    >>> in_order({"b": ["a"], "a": []})
    (['a', 'b'], [])
    >>> in_order({"a": ["b"], "b": ["a"]})
    (['b', 'a'], [['a', 'b']])
    """
    graph = {key: list(below) for key, below in graph.items()}
    position = {key: i for i, key in enumerate(graph)}
    circles: list[list[K]] = []
    while len(circles) < MOST:
        try:
            return list(TopologicalSorter(graph).static_order()), circles
        except CycleError as error:
            found: list[K] = error.args[1][:0:-1]  # each builds on the next, the last on the first
            graph[found[-1]] = [key for key in graph[found[-1]] if key != found[0]]
            first = found.index(min(found, key=position.__getitem__))
            circles.append(found[first:] + found[:first])
    return [], circles


def circle_text(names: list[str]) -> str:
    """Return a circle as text; of a long one the middle is left out.

    Examples
    --------
    >>> circle_text(["a", "b"])
    "'a' -> 'b' -> 'a'"
    """
    shown = [f"{name!r:.100}" for name in [*names, names[0]]]
    if len(shown) > MOST_NAMES:
        shown[MOST_NAMES // 2 : -MOST_NAMES // 2] = [f"... {len(shown) - MOST_NAMES} more ..."]
    return " -> ".join(shown)


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

    graph: dict[str, list[str]] = attrs.field(factory=dict)  # by gate with a name: those whose names stand in it
    _made: dict[str, Node] = attrs.field(factory=dict)
    _depth: dict[Node, int] = attrs.field(factory=dict)

    def named_gates(self, raw: Mapping[str, Any]) -> None:
        """Read the gates under ``[gates]``, once the steps are there."""
        self.graph = {name: [n for n in names_in(table) if n in raw] for name, table in raw.items()}
        order, circles = in_order(self.graph)
        for circle in circles:
            self.checks.finding("circle", join("gates", circle[0]), f"stands on itself: {circle_text(circle)}")
        for name in order or raw:
            where, table = join("gates", name), raw[name]
            if name in self.steps:
                self.checks.finding(
                    "duplicate-name", where, f"the name is taken by {self.steps[name].where}; rename one"
                )
            elif not isinstance(table, dict):
                self.checks.finding("type", where, f"must be a gate such as {{ all_of = [...] }} (got {show(table)})")
            else:
                self._made[name] = self._gate(where, table, None if name in self.unnamed else name)

    def unused_gates(self, roots: Iterable[object]) -> list[str]:
        """Return the gates under ``[gates]`` that stand below none of the nodes, which are plain data."""
        used = {name for root in roots for name in names_in(root)}
        for name in reversed(in_order(self.graph)[0]):
            used.update(self.graph[name] if name in used else ())
        return [name for name in self.graph if name not in used]

    def node(self, where: str, raw: object) -> Node:
        """Read a node: a name, or a gate with all that it holds; something stands in for what cannot be read."""
        if isinstance(raw, dict):
            return self._gate(where, raw)
        if not isinstance(raw, str):
            self.checks.finding("type", where, f"must be a name or a gate (got {show(raw)})")
            return stand_in(where)
        if raw not in self.graph and raw not in self.steps:
            near = self.checks.hint(raw, (*self.steps, *self.graph))
            self.checks.finding("unknown-name", where, f"no step or gate is called {raw!r:.100}{near}")
        return self._made.get(raw) or self.steps.get(raw) or stand_in(where)

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
        *_, place = form.keys(key)
        here.keys("", table, form.keys(key), form.keys(key))
        head = [self.take(form.head, here, key, table[key])] if form.head is not None else []
        readable = all(finding.rule == "unknown-key" for finding in self.checks.findings[told:])
        raw, inside = table.get(place), join(where, place)
        if isinstance(raw, dict) and form.weight is not None:
            read = [
                self._child(form.weight, join(inside, key), key, join(inside, key), weight)
                for key, weight in raw.items()
            ]
        elif isinstance(raw, list):
            read = [self._item(form, f"{inside}[{i}]", item) for i, item in enumerate(raw)]
        else:
            if place in table:
                self.checks.finding("type", inside, f"must be a list of names and gates (got {show(raw)})")
            return stand_in(where)
        if not readable:
            return stand_in(where)
        children, weights = [node for node, _ in read], [weight for _, weight in read]
        make: Any = form.kind
        given = {"name": name} if form.weight is None else {"name": name, "weights": weights}
        made: Node = self.checks.attempt(lambda: make(*head, *children, **given), where) or stand_in(where)
        self._depth[made] = 1 + max((self._depth.get(child, 0) for child in children), default=0)
        if self._depth[made] == DEEPEST + 1:
            message = f"more than {DEEPEST} gates stand above one another; simplify the model"
            self.checks.finding("too-deep", where, message)
        return made

    def _item(self, form: GateForm, where: str, item: object) -> tuple[Node, Any]:
        """Read an item of a list of children: a node, or ``{ of = node, weight = 2 }`` where it can have a weight."""
        if form.weight is None or not isinstance(item, dict) or any(key in GATE_FORMS for key in item):
            return self.node(_short(where), item), 1.0
        self.checks.at(where).keys("", item, ("of", "weight"), ("of",))
        return self._child(
            form.weight, join(where, "of"), item.get("of", _GONE), join(where, "weight"), item.get("weight", 1.0)
        )

    def _child(self, kind: Number, where: str, raw: object, of_weight: str, weight: object) -> tuple[Node, Any]:
        """Read a child and its weight; 1 stands in for what is none, so that the gate itself is looked at."""
        told = len(self.checks.findings)
        found = self.take(kind, self.checks, of_weight, weight)
        fine = len(self.checks.findings) == told
        return stand_in(where) if raw is _GONE else self.node(_short(where), raw), found if fine else 1.0


_GONE = object()  # a child that is missing, which is noted


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
    taken = Counter([*labels.values(), *{step.name for step in steps}])
    for name in (name for name, times in taken.items() if times > 1):
        checks.finding("duplicate-name", f"gates.{name}", f"the name {name!r} is taken; rename one")
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
    if max(map(depth_of, roots)) > DEEPEST:
        checks.finding("too-deep", "gates", f"more than {DEEPEST} gates stand within one another; simplify")
    return named, forms
