"""Between plain data and a model: section by section, all mistakes at once; written is what differs from defaults."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from graphlib import CycleError, TopologicalSorter
from itertools import count
from typing import Any

import attrs

from outcomegap.checks import Checks, join, show
from outcomegap.errors import Finding, ModelError
from outcomegap.files import kinds
from outcomegap.files.formats import of_fair_size
from outcomegap.files.kinds import Data, Plugins, Reader, RuleKind, Schema, plain, write, write_fields
from outcomegap.model import AllOf, AnyOf, AtLeast, Gate, Mean, Measure, Numeric, OutcomeModel, PowerMean, Weakest
from outcomegap.model.check import own_names, unique_names
from outcomegap.model.custom import Curve, CustomGate, Join
from outcomegap.model.declaration import ALL, Kind, Name, Number, declared
from outcomegap.model.gate import NECESSITY, SAME_WEIGHT, WEIGHT, depth_of, gates_of, steps_of
from outcomegap.model.identity import Node, postorder
from outcomegap.model.inputs import Inputs, MeasureInput
from outcomegap.model.model import AppropriateExperience, CustomJoin, DesiredOutcome, RequiredOutcome
from outcomegap.model.step import SHIPPED, STEP_KINDS, Step, SuccessGap

SCHEMA_VERSION = 1
#: The sections of steps, in the order of a file.
SECTIONS: Mapping[str, type[Step]] = {f"{kind.kind}s": kind for kind in STEP_KINDS}
#: The two parts of a desired outcome: class, and the field that holds its gate.
PARTS: Mapping[str, tuple[type[Any], str]] = {
    "required": (RequiredOutcome, "needs"),
    "experience": (AppropriateExperience, "expects"),
}
#: The keys of the whole file, in order. ``$schema`` names a JSON Schema for editors.
TOP = (
    *("$schema", "schema_version", "name", "description", "segments", "stages", "measures"),
    *SECTIONS,
    *("gates", "desired_outcomes", "inputs", "validation"),
)
#: What stands under ``[validation]``.
VERDICT = declared(OutcomeModel)["verdict"].kind
#: How many gates may stand above one another.
DEEPEST = 500
#: So many gates are written within one another; what lies deeper gets a name.
INLINE = 4


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
            weight = kinds.schema_of(self.weight)
            one = kinds.object_schema({"of": _NODE, "weight": weight}, ["of"])
            table = {"type": "object", "minProperties": 1, "additionalProperties": weight}
            nodes = kinds.either(kinds.listed(kinds.either(_NODE, one), 1), table)
        return {key: kinds.schema_of(self.head), "of": nodes} if self.head else {key: nodes}

    def write(self, key: str, gate: Any, children: list[Any]) -> Data:
        """Return the table of a gate, from the written forms of its children."""
        content: Any = children
        # Gates without weights have none, or None.
        weights = [plain(weight) for weight in getattr(gate, "weights", None) or ()]
        if any(weight != 1 for weight in weights):
            pairs = list(zip(children, weights, strict=True))
            named = all(isinstance(child, str) for child in children)
            content = dict(pairs) if named else [{"of": child, "weight": weight} for child, weight in pairs]
        if self.head is None:
            return {key: content}
        return {key: write(self.head, getattr(gate, self.field)), "of": content}


_NODE = kinds.reference("node")
_NODES = kinds.listed(_NODE, 1)

#: Every kind of gate that a file may write, by the key that tells it.
GATE_FORMS: Mapping[str, GateForm] = {
    "all_of": GateForm(AllOf, weight=NECESSITY),
    "any_of": GateForm(AnyOf, weight=NECESSITY),
    "at_least": GateForm(AtLeast, "k", Number(1.0, whole=True, rule="at-least-range")),
    "mean": GateForm(Mean, weight=WEIGHT),
    "weakest": GateForm(Weakest),
    "power_mean": GateForm(PowerMean, "r", Number(), SAME_WEIGHT),
    "gate": GateForm(Numeric, "gate", RuleKind()),
}
#: Keys of a child that stands in a list with its weight.
WITH_WEIGHT = ("of", "weight")
#: Keys of a gate in a part of a desired outcome; ``of`` alone is a single step or a gate with a name.
GATE_KEYS = frozenset(key for name, form in GATE_FORMS.items() for key in form.keys(name))


def gate_schema() -> Schema:
    """Return the JSON Schema of a gate."""
    schemas = [form.schema(key) for key, form in GATE_FORMS.items()]
    return {"oneOf": [kinds.object_schema(schema, schema) for schema in schemas]}


# Order


def in_order(graph: Mapping[str, Iterable[str]], checks: Checks, where: Callable[[str], str]) -> list[str]:
    """Sort names so that what each builds on comes before it; a circle is noted, and all stay as they came."""
    try:
        return list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        circle = error.args[1][::-1]  # each builds on the next, the last is the first again
        message = f"builds on itself: {' -> '.join(map(repr, circle)):.400}"
        checks.finding("circle", where(circle[0]), message)
        return list(graph)


# Read


def read_model(
    data: object,
    *,
    curves: Mapping[str, Curve] | None = None,
    gates: Mapping[str, CustomGate] | None = None,
    joins: Mapping[str, Join] | None = None,
    unnamed: Collection[str] = (),
) -> tuple[OutcomeModel | None, list[Finding]]:
    """Read a model from plain data: dicts, lists, text, numbers, true and false.

    Parameters
    ----------
    data
        What a TOML, JSON or YAML file holds.
    curves, gates, joins
        Curves, gates and join rules of your own, by the names that the data call them.
    unnamed
        Gates under ``gates`` whose names are not kept.

    Returns
    -------
    model, findings
        The model, or None and everything that is wrong with the data.
    """
    given = {"curve": curves, "gate": gates, "join": joins}
    reader = ModelReader({what: Plugins.of(what, own) for what, own in given.items()}, unnamed)
    checks, where = reader.checks, "schema_version"
    checks.attempt(lambda: of_fair_size(data))
    if not checks.findings and not isinstance(data, dict):
        checks.finding("type", "file", f"must hold a table of keys and values (got {show(data)})")
    if checks.findings or not isinstance(data, dict):
        return None, checks.findings
    version = data.get(where)
    if version != SCHEMA_VERSION or isinstance(version, bool):
        message = f"must be {SCHEMA_VERSION}, the version read here (got {show(version)}); say it at the top"
        checks.finding("schema-version", where, message)
    # The rest is not read by the rules of another version.
    return (None if where in data and checks.findings else reader.model(data)), checks.findings


@attrs.define
class ModelReader(Reader):
    """Reads the sections of one file."""

    gates: dict[str, Node] = attrs.field(factory=dict)  # those that have a name

    def model(self, data: Data) -> OutcomeModel | None:
        """Return the model, or None after noting why there is none."""
        checks = self.checks
        tables = {name: self.section(name, data.get(name, {})) for name in ("measures", *SECTIONS, "gates")}
        checks.keys("", data, TOP)
        own = {
            key: data[key]
            for key in declared(OutcomeModel)
            if key in data and key not in ("desired_outcomes", "verdict")
        }
        top = self.fields(OutcomeModel, "", own, ("desired_outcomes", "verdict")) or {}
        if "validation" in data:
            top["verdict"] = self.take(VERDICT, checks, "validation", data["validation"])
        for what in ("segment", "stage"):
            section = f"{what}s"
            names = [cell.name for cell in top.get(section, ())]
            first = dict(zip(reversed(names), reversed(range(len(names))), strict=True))
            for i, name in enumerate(names):
                if first[name] < i:
                    message = f"two {section} are called {name!r:.100}; rename one"
                    checks.finding("duplicate-name", f"{section}[{i}]", message)
            if section in top or section not in data:
                self.cells[what] = names or [ALL]
        for name, table in tables["measures"].items():
            fields = self.fields(Measure, join("measures", name), table, ("name",))
            made = None if fields is None else checks.attempt(partial(Measure, name, **fields))
            self.measures[name] = made or Measure("stand-in")
        self.read_steps({section: tables[section] for section in SECTIONS})
        self.named_gates(tables["gates"])
        raw = data.get("desired_outcomes", [])
        if not isinstance(raw, list) or not raw:
            got = f" (got {show(raw)})" if "desired_outcomes" in data else ""
            message = f"at least one is needed: [[desired_outcomes]] with required and experience{got}"
            checks.finding("desired-outcomes", "desired_outcomes", message)
            return None
        outcomes: Any = [self.outcome(f"desired_outcomes[{i}]", item) for i, item in enumerate(raw)]
        if checks.findings:
            return None
        if max(map(depth_of, _roots(outcomes))) > DEEPEST:
            message = f"more than {DEEPEST} gates are nested; simplify the model"
            checks.finding("too-deep", "gates", message)
        if "inputs" in top:
            top["inputs"] = self.with_parts(outcomes, top["inputs"])
        self.unused(outcomes, top.get("inputs") or Inputs())
        if any(finding.severity == "error" for finding in checks.findings):
            return None
        return checks.attempt(lambda: OutcomeModel(**top, desired_outcomes=outcomes))

    def section(self, name: str, found: object) -> Data:
        """Return a table of names and tables."""
        if isinstance(found, dict):
            return found
        self.checks.finding("type", name, f"must be a table, one entry a name (got {show(found)})")
        return {}

    def read_steps(self, tables: Mapping[str, Data]) -> None:
        """Read the steps by name, in the order of the file; a step that cannot be read is replaced by another."""
        checks = self.checks
        drafts: dict[str, tuple[str, type[Step], Data]] = {}
        for section, kind in SECTIONS.items():
            for name, table in tables[section].items():
                where = join(section, name)
                fields = self.fields(kind, where, table, ("name",)) or {}
                if name in drafts:
                    checks.finding("duplicate-name", where, f"the name is taken by {drafts[name][0]}; rename one")
                else:
                    drafts[name] = (where, kind, {"measure": Measure("stand-in"), "after": []} | fields)
        before: dict[str, list[str]] = {}
        for name, (where, _, fields) in drafts.items():
            before[name] = [earlier for earlier in fields["after"] if earlier in drafts]
            for i, earlier in enumerate(fields["after"]):
                if earlier not in drafts:
                    near = checks.hint(earlier, drafts)
                    message = f"no function, success gap or expectation is called {earlier!r:.100}{near}"
                    checks.finding("unknown-name", f"{where}.after[{i}]", message)
        made: dict[str, Step] = {}
        for name in in_order(before, checks, lambda name: f"{drafts[name][0]}.after"):
            where, kind, fields = drafts[name]
            fields["after"] = tuple(made[earlier] for earlier in before[name] if earlier in made)
            if {"floor", "target"} <= fields.keys():
                made[name] = checks.attempt(partial(kind, name, **fields)) or stand_in(name)
            else:
                Name().take(checks, where, name)
        self.steps = {name: made.get(name) or stand_in(name) for name in drafts}

    def outcome(self, where: str, raw: object) -> DesiredOutcome | None:
        """Read a desired outcome; None where something is wrong with it."""
        told = len(self.checks.findings)
        if isinstance(raw, dict):
            tables = {part: raw[part] for part in PARTS if isinstance(raw.get(part), dict)}
            raw = raw | {part: self.part(join(where, part), part, table) for part, table in tables.items()}
        fields = self.fields(DesiredOutcome, where, raw) or {}
        if len(self.checks.findings) > told:
            return None
        return self.checks.attempt(lambda: DesiredOutcome(**fields), where)

    def part(self, where: str, part: str, raw: Data) -> Any:
        """Read the required outcome or the appropriate experience: its own keys, and its gate."""
        kind, root = PARTS[part]
        fields = self.fields(kind, where, {key: raw[key] for key in raw if key not in GATE_KEYS}, (root,)) or {}
        gate = {key: raw[key] for key in raw if key in GATE_KEYS}
        if not gate:
            message = f'needs one of {", ".join(GATE_FORMS)}, or of = "name" for a single step'
            self.checks.finding("missing-key", where, message)
        elif set(gate) == {"of"}:
            fields[root] = self.node(join(where, "of"), gate["of"])
        else:
            fields[root] = self.node(where, gate)
        return kind(**{"name": "stand-in", root: stand_in("stand-in")} | fields)

    def with_parts(self, outcomes: Iterable[Any], inputs: Inputs) -> Inputs:
        """Return the inputs with the measures of the model that are only a part of another: columns of that name."""
        used = {node.measure.name for node in postorder(_roots(outcomes)) if isinstance(node, Step)}
        parts = {name for source in inputs.sources.values() for name in source.pair or ()} - used
        more = {name: MeasureInput() for name in self.measures if name in parts and name not in inputs.measures}
        return attrs.evolve(inputs, measures={**inputs.measures, **more}) if more else inputs

    def unused(self, outcomes: Iterable[Any], inputs: Inputs) -> None:
        """Note what no desired outcome uses: it would be lost without a word."""
        checks, message = self.checks, "no desired outcome uses it; name it in a gate, or take it out"
        observers = [outcome.required.measured_by for outcome in outcomes if outcome.required.measured_by]
        found = {*postorder([*_roots(outcomes), *observers])}
        places = {step.where: step for step in self.steps.values()}
        places |= {join("gates", name): gate for name, gate in self.gates.items()}
        for where, node in places.items():
            if node not in found:
                checks.finding("unused", where, message)
        used = {node.measure for node in found if isinstance(node, Step)}
        parts = {name for source in inputs.sources.values() for name in source.pair or ()} | {*inputs.keep}
        for name, measure in self.measures.items():
            if measure not in used and (name not in parts or measure != Measure(name)):
                of_part = "no step uses it, only [inputs] does: what is said here does nothing"
                message = of_part if name in parts else "no step uses it; a dump would leave it out"
                checks.finding("unused", join("measures", name), message, "warning")

    # Gates

    def named_gates(self, raw: Mapping[str, Any]) -> None:
        """Read the gates under ``[gates]``, once the steps are there."""
        self.gates = {name: stand_in(name) for name in raw}
        graph = {name: [n for n in names_in(table) if n in raw] for name, table in raw.items()}
        for name in in_order(graph, self.checks, partial(join, "gates")):
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
        """Read a node: a name, or a gate with its children; a node that cannot be read is replaced by another."""
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
            children.append(self.node(at, child))
        make: Any = form.kind
        given = {"name": name} if form.weight is None else {"name": name, "weights": weights}
        return self.checks.attempt(lambda: make(*head, *children, **given), where) or stand_in(where)

    def _members(self, form: GateForm, where: str, raw: object) -> Iterator[tuple[str, Any, str, Any]]:
        """Yield the children of a gate and their weights as plain data, each with its place."""
        if form.weight is not None and isinstance(raw, dict):
            yield from ((join(where, key), key, join(where, key), weight) for key, weight in raw.items())
        elif not isinstance(raw, list):
            self.checks.finding("type", where, f"must be a list of names and gates (got {show(raw)})")
        else:
            for i, item in enumerate(raw):
                at = f"{where}[{i}]"
                keys = set(item) if isinstance(item, dict) and form.weight is not None else set()
                if keys.isdisjoint(WITH_WEIGHT) or not keys.isdisjoint(GATE_FORMS):
                    yield at, item, at, 1.0
                else:
                    self.checks.at(at).keys("", item, WITH_WEIGHT)
                    yield join(at, "of"), item.get("of"), join(at, "weight"), item.get("weight", 1.0)


def names_in(raw: object, *, weighted: bool = False) -> Iterator[str]:
    """Yield the names in a node of plain data; `weighted` are children that are the keys of a table."""
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


def stand_in(name: str) -> Step:
    """Return a step to replace a node that cannot be read, so that the other nodes can still be checked."""
    return SuccessGap(f"{name!r:.200}", Measure("stand-in"), floor=0, target=1)


# Write


def write_model(model: OutcomeModel) -> Data:
    """Write a model as plain data: dicts, lists, text, numbers, true and false.

    Parameters
    ----------
    model
        The model.

    Returns
    -------
    dict
        What `read_model` reads back as an equal model.

    Raises
    ------
    ModelError
        If it could not be read back: two different steps of one name, a value that is no plain data.
    """
    steps = steps_of(*_roots(model.desired_outcomes), *model.observed_by)
    checks = Checks(f"model {model.name!r} cannot be written")
    checks.findings += [*unique_names(model), *own_names(model)]
    named, forms = write_gates(model, steps, checks)
    checks.done()
    parts: Data = write_fields(model, ("desired_outcomes", "verdict"))
    parts["validation"] = None if model.verdict is None else write(VERDICT, model.verdict)
    for key in ("segments", "stages"):
        parts[key] = [cell["name"] if set(cell) == {"name"} else cell for cell in parts.get(key, [])]
    parts["measures"] = {x.measure.name: write_fields(x.measure, ("name",)) for x in steps}
    for section, kind in SECTIONS.items():
        parts[section] = {step.name: write_fields(step, ("name",)) for step in steps if type(step) is kind}
    parts["gates"] = named
    parts["desired_outcomes"] = [_written_outcome(outcome, forms) for outcome in model.desired_outcomes]
    data: Data = {"schema_version": SCHEMA_VERSION}
    data |= {key: parts[key] for key in TOP if parts.get(key) or (key == "inputs" and key in parts)}
    _read_back(model, data)
    return data


def _roots(outcomes: Any) -> list[Any]:
    return [root for o in outcomes for root in (o.required.needs, o.experience.expects)]


def _written_outcome(outcome: DesiredOutcome, forms: Mapping[Node, Any]) -> Data:
    fields = write_fields(outcome, PARTS)
    if outcome.name == outcome.required.name:
        del fields["name"]
    for part, (_, root) in PARTS.items():
        value = getattr(outcome, part)
        gate = forms[getattr(value, root)]
        fields[part] = write_fields(value, (root,)) | ({"of": gate} if isinstance(gate, str) else gate)
    return fields


def own_code(model: OutcomeModel) -> Data:
    """Return the curves, gates and joins of one's own in a model, as `read_model` takes them."""
    outcomes = model.desired_outcomes
    steps = steps_of(*_roots(outcomes), *model.observed_by)
    numeric = [gate.gate for gate in gates_of(*_roots(outcomes)) if isinstance(gate, Numeric)]
    return {
        "curves": {step.curve.name: step.curve for step in steps if not isinstance(step.curve, SHIPPED)},
        "gates": {gate.name: gate for gate in numeric},
        "joins": {o.join.name: o.join.rule for o in outcomes if isinstance(o.join, CustomJoin)},
    }


def _read_back(model: OutcomeModel, data: Data) -> None:
    """Refuse a model that could not be read back, instead of writing a file with another meaning."""
    again, findings = read_model(data, **own_code(model))
    if again is None:
        raise ModelError.all(f"model {model.name!r} cannot be written", findings)
    if again != model:
        raise ModelError.of("written", f"model {model.name!r}", "a file cannot hold it: it would be read as another")


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


# JSON Schema

_ABOUT = {
    "measures": "Columns of numbers observed of each customer.",
    "functions": "What the product does.",
    "gaps": "Success gaps: what lies between the product and the required outcome.",
    "expectations": "What makes the experience appropriate.",
    "gates": "Gates that are used in several places, by name.",
}


def model_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a model file.

    It says what stands where; that names are known, and that numbers make sense together, only `outcomegap.load`
    can tell. The same schema is committed as ``outcomegap/files/schema.json``.

    Examples
    --------
    >>> model_schema()["required"]
    ['schema_version', 'name', 'desired_outcomes']
    """
    own = {name: kinds.schema_of(field.kind, field.about) for name, field in declared(OutcomeModel).items()}
    own["validation"] = own.pop("verdict")
    tables = {"measures": kinds.table_schema(Measure, ("name",)), "gates": kinds.reference("gate")}
    tables |= {section: kinds.table_schema(kind, ("name",)) for section, kind in SECTIONS.items()}
    parts: dict[str, Schema] = {
        "$schema": {"type": "string"},
        "schema_version": {"const": SCHEMA_VERSION, "description": "The version of this form of file."},
        "desired_outcomes": own["desired_outcomes"] | kinds.listed(_outcome(), 1),
    }
    for name, table in tables.items():
        names = {"propertyNames": kinds.reference("name"), "additionalProperties": table}
        parts[name] = {"type": "object", **names, "description": _ABOUT[name]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "outcomegap model",
        **kinds.object_schema({key: (own | parts)[key] for key in TOP}, ["schema_version", "name", "desired_outcomes"]),
        "$defs": {
            "name": {"type": "string", "pattern": kinds.NAME_PATTERN},
            "cell_name": {"type": "string", "pattern": kinds.CELL_NAME_PATTERN},
            "column": kinds.object_schema({"column": kinds.reference("name")}, ["column"]),
            "node": kinds.either(kinds.reference("name"), kinds.reference("gate")),
            "gate": gate_schema(),
        },
    }


def _outcome() -> Schema:
    parts = {}
    for part, (kind, root) in PARTS.items():
        own = kinds.table_schema(kind, (root,))
        gates = [*(form.schema(key) for key, form in GATE_FORMS.items()), {"of": kinds.reference("node")}]
        forms = [kinds.object_schema(own["properties"] | gate, [*own["required"], *gate]) for gate in gates]
        parts[part] = {"oneOf": forms}
    own = kinds.table_schema(DesiredOutcome, PARTS)
    return kinds.object_schema(parts | own["properties"], list(PARTS))
