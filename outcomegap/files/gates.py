"""Gates in files: one small table of written forms, by which gates are read, written and described."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

import attrs

from outcomegap.checks import Checks, join, show
from outcomegap.files.kinds import (
    FORMS,
    Data,
    Reader,
    RuleKind,
    Schema,
    either,
    listed,
    object_schema,
    reference,
    schema_of,
)
from outcomegap.files.order import circle_text, in_order
from outcomegap.model.declaration import Kind, Number
from outcomegap.model.gate import AllOf, AnyOf, AtLeast, Gate, Mean, gates_of
from outcomegap.model.identity import Node
from outcomegap.model.model import OutcomeModel
from outcomegap.model.numeric import Numeric, PowerMean, Weakest
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
        if self.weight is not None:
            weights = [FORMS[Number].write(self.weight, weight) for weight in gate.weights]
            if all(isinstance(child, str) for child in children) and any(weight != 1 for weight in weights):
                content = dict(zip(children, weights, strict=True))
            elif any(weight != 1 for weight in weights):
                content = [{"of": child, "weight": weight} for child, weight in zip(children, weights, strict=True)]
        if self.head is None:
            return {key: content}
        return {key: FORMS[type(self.head)].write(self.head, getattr(gate, self.field)), "of": content}


_NODE = reference("node")
_NODES = listed(_NODE, 1)
WEIGHT = Number(0.0, above=True, per_cell=True, rule="weights")

#: Every kind of gate that a file may write, by the key that tells it.
GATE_FORMS: Mapping[str, GateForm] = {
    "all_of": GateForm(AllOf),
    "any_of": GateForm(AnyOf),
    "at_least": GateForm(AtLeast, "k", Number(1.0, whole=True, rule="at-least-range", no_number="type")),
    "mean": GateForm(Mean, weight=WEIGHT),
    "weakest": GateForm(Weakest),
    "power_mean": GateForm(PowerMean, "r", Number(), Number(0.0, above=True, rule="weights")),
    "gate": GateForm(Numeric, "gate", RuleKind()),
}
#: Keys of a gate in a part of a desired outcome; ``of`` alone is a single step or a gate with a name.
GATE_KEYS = frozenset(key for name, form in GATE_FORMS.items() for key in form.keys(name))


def gate_schema() -> Schema:
    """Return the JSON Schema of a gate."""
    schemas = [form.schema(key) for key, form in GATE_FORMS.items()]
    return {"oneOf": [object_schema(schema, schema) for schema in schemas]}


# Read


@attrs.define
class Draft:
    """A gate whose children are not made yet: each is a draft, the name of a step or gate, or None."""

    where: str
    name: str | None = None
    form: GateForm | None = None
    fields: Data = attrs.field(factory=dict)
    children: list[Draft | str | None] = attrs.field(factory=list)

    def make(self, children: list[Node]) -> Node:
        """Return the gate."""
        make: Any = self.form.kind if self.form else None
        head = [self.fields[self.form.field]] if self.form and self.form.head else []
        more = {key: value for key, value in self.fields.items() if key == "weights"}
        return make(*head, *children, **more, name=self.name)

    def names(self) -> Iterator[str]:
        """Yield the names that stand in it."""
        for child in self.children:
            if isinstance(child, Draft):
                yield from child.names()
            elif child is not None:
                yield child


Ref = Draft | str | None


class Gates:
    """All gates of one file: those under ``[gates]``, and what stands in desired outcomes.

    Parameters
    ----------
    reader
        The file.
    steps
        Its steps, by name.
    named
        The table ``[gates]``.
    """

    def __init__(self, reader: Reader, steps: Mapping[str, Step], named: Mapping[str, Any]) -> None:
        self.reader, self.steps = reader, steps
        self.checks = reader.checks
        self.drafts: dict[str, Draft] = {}
        self._made: dict[str, Node] = {}
        self._depth: dict[str, int] = {}
        self._too_deep = False
        for name in named:
            where = join("gates", name)
            if name in steps:
                self.checks.finding("duplicate-name", where, f"the name is taken by {steps[name].where}; rename one")
            else:
                self.drafts[name] = Draft(where, None if name in reader.unnamed else name)
        for name, draft in self.drafts.items():
            if isinstance(named[name], dict):
                self._read(draft, named[name])
            else:
                shape = f"must be a gate such as {{ all_of = [...] }} (got {show(named[name])})"
                self.checks.finding("type", draft.where, shape)
        self._build()

    def read(self, where: str, raw: object) -> Ref:
        """Read a node: a name, or a gate with all that it holds."""
        if isinstance(raw, dict):
            draft = Draft(where)
            self._read(draft, raw)
            return draft
        if not isinstance(raw, str):
            self.checks.finding("type", where, f"must be a name or a gate (got {show(raw)})")
            return None
        if raw not in self.drafts and raw not in self.steps:
            near = self.checks.hint(raw, (*self.steps, *self.drafts))
            self.checks.finding("unknown-name", where, f"no step or gate is called {raw!r:.100}{near}")
        return raw

    def node(self, ref: Ref) -> Node:
        """Return the gate or step that a reference stands for; something stands in for what cannot be read."""
        return self._node(ref)[0]

    def used(self, refs: list[Ref]) -> set[str]:
        """Return the names of the gates below some references."""
        seen: set[str] = set()
        todo = [name for ref in refs for name in (ref.names() if isinstance(ref, Draft) else [ref]) if name is not None]
        while todo:
            name = todo.pop()
            if name in self.drafts and name not in seen:
                seen.add(name)
                todo.extend(self.drafts[name].names())
        return seen

    def _read(self, draft: Draft, table: Data) -> None:
        checks = self.checks
        keys = [key for key in GATE_FORMS if key in table]
        if len(keys) != 1:
            got = f"has both {keys[0]} and {keys[1]}" if keys else f"has none (got {show(table)})"
            near = checks.hint(next(iter(table)), GATE_FORMS) if table and not keys else ""
            message = f"a gate has exactly one of {', '.join(GATE_FORMS)}; this one {got}{near}"
            checks.finding("gate", draft.where, message)
            return
        ((key, form),) = ((key, GATE_FORMS[key]) for key in keys)
        here, told = checks.at(draft.where), len(checks.findings)
        here.keys("", table, form.keys(key), form.keys(key))
        if form.head is not None:
            draft.fields[form.field] = self.reader.take(form.head, here, key, table[key])
        place = form.keys(key)[-1]
        readable = len(checks.findings) == told or all(f.rule == "unknown-key" for f in checks.findings[told:])
        if place in table and self._children(draft, form, place, table[place]) and readable:
            draft.form = form

    def _children(self, draft: Draft, form: GateForm, key: str, raw: object) -> bool:
        """Read the children of a gate, and their weights; tell whether there is a list of them."""
        where = join(draft.where, key)
        if form.weight is not None and isinstance(raw, dict):
            items = [(join(where, name), name, join(where, name), weight) for name, weight in raw.items()]
        elif isinstance(raw, list):
            items = [self._weighted(f"{where}[{i}]", form, item) for i, item in enumerate(raw)]
        else:
            self.checks.finding("type", where, f"must be a list of names and gates (got {show(raw)})")
            return False
        if form.weight is not None:
            draft.fields["weights"] = [self._weight(form.weight, place, weight) for _, _, place, weight in items]
        draft.children = [None if item is _GONE else self.read(_short(place), item) for place, item, _, _ in items]
        return True

    def _weighted(self, where: str, form: GateForm, item: Any) -> tuple[str, Any, str, Any]:
        """Return place and raw form of a child, and of its weight, where it is ``{ of = child, weight = 2 }``."""
        weighted = form.weight is not None and isinstance(item, dict) and not any(key in GATE_FORMS for key in item)
        if not weighted:
            return where, item, where, 1.0
        self.checks.at(where).keys("", item, ("of", "weight"), ("of",))
        return join(where, "of"), item.get("of", _GONE), join(where, "weight"), item.get("weight", 1.0)

    def _weight(self, kind: Number, where: str, raw: object) -> Any:
        """Read a weight; where it cannot be read 1 stands in for it, so that the gate itself is looked at."""
        told = len(self.checks.findings)
        weight = self.reader.take(kind, self.checks, where, raw)
        return weight if len(self.checks.findings) == told else 1.0

    def _build(self) -> None:
        """Make every gate that has a name, children first."""
        graph = {name: [n for n in draft.names() if n in self.drafts] for name, draft in self.drafts.items()}
        order, circles = in_order(graph)
        for circle in circles:
            where = join("gates", circle[0])
            self.checks.finding("circle", where, f"stands on itself: {circle_text(circle)}")
        for name in order:
            self._made[name], self._depth[name] = self._node(self.drafts[name])

    def _node(self, ref: Ref) -> tuple[Node, int]:
        """Return a node, and how many gates stand above one another in it."""
        if isinstance(ref, str):
            found = self._made.get(ref) or self.steps.get(ref)
            return found or stand_in(ref), self._depth.get(ref, 0)
        if ref is None or ref.form is None:
            return stand_in("" if ref is None else ref.where), 1
        # Each child that cannot be read gets a stand-in of its own, so that the gate is still looked at.
        below = [(stand_in(f"{ref.where} {i}"), 0) if c is None else self._node(c) for i, c in enumerate(ref.children)]
        made = self.checks.attempt(lambda: ref.make([node for node, _ in below]), ref.where)
        depth = 1 + max((depth for _, depth in below), default=0)
        if depth > DEEPEST and not self._too_deep:
            self._too_deep = True
            message = f"more than {DEEPEST} gates stand above one another; simplify the model"
            self.checks.finding("too-deep", ref.where, message)
        return made or stand_in(ref.where), depth


_GONE = object()  # a child that is missing, which has been noted


def stand_in(name: str) -> Step:
    """Return a step in place of a node that cannot be read, so that the rest can be looked at as well."""
    return SuccessGap(repr(name[:LONGEST]), Measure("stand-in"), floor=0, target=1)


def _short(path: str) -> str:
    """Return a path; of a very long one the middle is left out."""
    return path if len(path) <= LONGEST else f"{path[: LONGEST // 2]}...{path[-LONGEST // 3 :]}"


# Write


@attrs.frozen
class WrittenGates:
    """The written gates of a model: those with a name, and how any node is referred to."""

    named: Data
    forms: dict[Gate, Any]

    def ref(self, node: Node) -> Any:
        """Return the name of a step or shared gate, or the gate itself."""
        return node.name if isinstance(node, Step) else self.forms[node]

    def part(self, root: Node) -> Data:
        """Return what stands in the table of a required outcome or experience."""
        ref = self.ref(root)
        return {"of": ref} if isinstance(ref, str) else ref


def write_gates(model: OutcomeModel, steps: list[str], checks: Checks) -> WrittenGates:
    """Write every gate of a model once: shared, named and deep ones by name; `steps` are names that are taken."""
    roots = [root for o in model.desired_outcomes for root in (o.required.needs, o.experience.expects)]
    gates = gates_of(*roots)
    names = _names(roots, gates, steps, checks)
    keys = {form.kind: key for key, form in GATE_FORMS.items()}
    written = WrittenGates({}, {})
    depth: dict[Gate, int] = {}
    for gate in gates:
        depth[gate] = 1 + max((depth[child] for child in gate.children if not isinstance(child, Step)), default=0)
        if type(gate) not in keys:
            checks.finding("gate", f"{gate!r:.100}", f"files hold no {type(gate).__name__}")
            written.forms[gate] = {}
            continue
        key = keys[type(gate)]
        table = GATE_FORMS[key].write(key, gate, [written.ref(child) for child in gate.children])
        if gate in names:
            written.named[names[gate]] = table
        written.forms[gate] = names.get(gate, table)
    if max(depth.values(), default=0) > DEEPEST:
        checks.finding("too-deep", "gates", f"more than {DEEPEST} gates stand within one another; simplify")
    return written


def _names(roots: list[Node], gates: tuple[Gate, ...], steps: list[str], checks: Checks) -> dict[Gate, str]:
    """Return the names of the gates that stand under ``[gates]``: named, used in several places, or deep."""
    uses = [node for node in (*roots, *(c for gate in gates for c in gate.children)) if not isinstance(node, Step)]
    labels: dict[Gate, str] = {}
    for gate in uses:  # equal gates are one gate; the first name counts
        if gate.name is not None:
            labels.setdefault(gate, gate.name)
    for name, times in Counter([*labels.values(), *set(steps)]).items():
        if times > 1:
            checks.finding("duplicate-name", f"gates.{name}", f"the name {name!r} is taken; rename one")
    taken = {*labels.values(), *steps}
    fresh = (name for i in count(1) if (name := f"gate {i}") not in taken)
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
