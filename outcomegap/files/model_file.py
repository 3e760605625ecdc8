"""Between plain data and a model: section by section, all mistakes at once; written is what differs from defaults."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import partial
from typing import Any

from outcomegap.checks import Checks, join, show
from outcomegap.errors import Finding, ModelError
from outcomegap.files.formats import of_fair_size
from outcomegap.files.gates import (
    DEEPEST,
    GATE_FORMS,
    GATE_KEYS,
    GateReader,
    circle_text,
    gate_schema,
    in_order,
    stand_in,
    write_gates,
)
from outcomegap.files.kinds import (
    CELL_NAME_PATTERN,
    NAME_PATTERN,
    Data,
    Plugins,
    Schema,
    either,
    listed,
    object_schema,
    reference,
    schema_of,
    table_schema,
    write_fields,
)
from outcomegap.model.check import own_names, unique_names
from outcomegap.model.custom import Curve, CustomGate, Join
from outcomegap.model.declaration import ALL, Name, declared
from outcomegap.model.gate import Numeric, depth_of, gates_of, steps_of
from outcomegap.model.identity import Node, postorder
from outcomegap.model.model import (
    AppropriateExperience,
    CustomJoin,
    DesiredOutcome,
    OutcomeModel,
    RequiredOutcome,
    Segment,
    Stage,
)
from outcomegap.model.step import SHIPPED, STEP_KINDS, Measure, Step

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
    *("gates", "desired_outcomes", "inputs"),
)


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
    try:
        of_fair_size(data)
    except ModelError as error:
        return None, list(error.findings)
    if not isinstance(data, dict):
        checks.finding("type", "file", f"must hold a table of keys and values (got {show(data)})")
    elif where in data and (isinstance(data[where], bool) or data[where] != SCHEMA_VERSION):
        # The rest would be read by the rules of another version.
        message = f"must be {SCHEMA_VERSION}, the version read here (got {show(data[where])})"
        checks.finding("schema-version", where, message)
    else:
        if where not in data:
            checks.finding("schema-version", where, f"is missing; write schema_version = {SCHEMA_VERSION} at the top")
        return reader.model(data), checks.findings
    return None, checks.findings


class ModelReader(GateReader):
    """Reads the sections of one file."""

    def model(self, data: Data) -> OutcomeModel | None:
        """Return the model, or None after noting why there is none."""
        checks = self.checks
        tables = {name: self.section(name, data.get(name, {})) for name in ("measures", *SECTIONS, "gates")}
        top = self.fields(OutcomeModel, "", data, {"desired_outcomes"}, TOP) or {}
        for what in ("segment", "stage"):
            section = f"{what}s"
            names = [cell.name for cell in top.get(section, ())]
            for i, name in enumerate(names):
                if name in names[:i]:
                    message = f"two {section} are called {name!r:.100}; rename one"
                    checks.finding("duplicate-name", f"{section}[{i}]", message)
            if names or section not in data:
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
            message = f"more than {DEEPEST} gates stand above one another; simplify the model"
            checks.finding("too-deep", "gates", message)
        self.unused(outcomes)
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
        """Read the steps by name, in the order of the file; where one cannot be read something stands in for it."""
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
        before = {
            name: self.before(where, kind, fields["after"], drafts) for name, (where, kind, fields) in drafts.items()
        }
        order, circle = in_order(before)
        if circle:
            message = f"builds on itself: {circle_text(circle)}"
            checks.finding("circle", join(drafts[circle[0]][0], "after"), message)
        made: dict[str, Step] = {}
        for name in order:
            where, kind, fields = drafts[name]
            fields["after"] = tuple(made[earlier] for earlier in before[name] if earlier in made)
            if {"floor", "target"} <= fields.keys():
                made[name] = checks.attempt(partial(kind, name, **fields)) or stand_in(name)
            else:
                Name().take(checks, where, name)
        self.steps = {name: made.get(name) or stand_in(name) for name in drafts}

    def before(self, where: str, kind: type[Step], after: list[str], steps: Mapping[str, Any]) -> list[str]:
        """Return the steps that a step builds on, as far as they can stand there."""
        checks, found = self.checks, []
        for i, name in enumerate(after):
            place = f"{where}.after[{i}]"
            if name not in steps:
                message = f"no function, success gap or expectation is called {name!r:.100}{checks.hint(name, steps)}"
                checks.finding("unknown-name", place, message)
            elif steps[name][1].side != kind.side:
                message = f"builds on {name!r:.100}, which stands on the other side ({steps[name][1].side})"
                checks.finding("wrong-side", place, message)
            else:
                found.append(name)
        return found

    def outcome(self, where: str, raw: object) -> DesiredOutcome | None:
        """Read a desired outcome; None where something is wrong with it."""
        checks, told = self.checks, len(self.checks.findings)
        if not isinstance(raw, dict):
            checks.finding("type", where, f"must be a table with required and experience (got {show(raw)})")
            return None
        fields = self.fields(DesiredOutcome, where, raw, PARTS, PARTS)
        checks.at(where).keys("", raw, raw, PARTS)
        parts = {part: self.part(join(where, part), part, raw[part]) for part in PARTS if part in raw}
        if fields is None or len(checks.findings) > told:
            return None
        return checks.attempt(lambda: DesiredOutcome(**parts, **fields), where)

    def part(self, where: str, part: str, raw: object) -> Any:
        """Read the required outcome or the appropriate experience: its own keys, and its gate."""
        checks, (kind, root), told = self.checks, PARTS[part], len(self.checks.findings)
        if not isinstance(raw, dict):
            checks.finding("type", where, f"must be a table with a name and a gate (got {show(raw)})")
            return None
        fields = self.fields(kind, where, raw, (root,), sorted(GATE_KEYS)) or {}
        gate = {key: value for key, value in raw.items() if key in GATE_KEYS}
        if not gate:
            message = f'needs one of {", ".join(GATE_FORMS)}, or of = "name" for a single step'
            checks.finding("missing-key", where, message)
        elif set(gate) == {"of"}:
            fields[root] = self.node(join(where, "of"), gate["of"])
        else:
            fields[root] = self.node(where, gate)
        return kind(**fields) if len(checks.findings) == told else None

    def unused(self, outcomes: Iterable[Any]) -> None:
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
        for name, measure in self.measures.items():
            if measure not in used:
                message = "no step uses it; a dump would leave it out"
                checks.finding("unused", join("measures", name), message, "warning")


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
    parts: Data = write_fields(model, ("desired_outcomes",))
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
    steps, outcomes = (*model.steps, *model.observed_by), model.desired_outcomes
    numeric = [gate.gate for gate in gates_of(*_roots(outcomes)) if isinstance(gate, Numeric)]
    return {
        "curves": {step.curve.name: step.curve for step in steps if not isinstance(step.curve, SHIPPED)},
        "gates": {gate.name: gate for gate in numeric},
        "joins": {o.join.name: o.join.rule for o in outcomes if isinstance(o.join, CustomJoin)},
    }


def _read_back(model: OutcomeModel, data: Data) -> None:
    """Refuse what could not be read again, rather than leave a file behind that says something else."""
    again, findings = read_model(data, **own_code(model))
    if again is None:
        raise ModelError.all(f"model {model.name!r} cannot be written", findings)
    if again != model:
        raise ModelError.of("written", f"model {model.name!r}", "a file cannot hold it: it would be read as another")


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
    own = {name: schema_of(field.kind, field.about) for name, field in declared(OutcomeModel).items()}
    tables = {"measures": table_schema(Measure, ("name",)), "gates": reference("gate")}
    tables |= {section: table_schema(kind, ("name",)) for section, kind in SECTIONS.items()}
    parts: dict[str, Schema] = {
        "$schema": {"type": "string"},
        "schema_version": {"const": SCHEMA_VERSION, "description": "The version of this form of file."},
        "desired_outcomes": own["desired_outcomes"] | listed(_outcome(), 1),
    }
    for key, kind in (("segments", Segment), ("stages", Stage)):
        parts[key] = own[key] | {"items": either(reference("cell_name"), table_schema(kind))}
    for name, table in tables.items():
        names = {"propertyNames": reference("name"), "additionalProperties": table}
        parts[name] = {"type": "object", **names, "description": _ABOUT[name]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "outcomegap model",
        **object_schema({key: (own | parts)[key] for key in TOP}, ["schema_version", "name", "desired_outcomes"]),
        "$defs": {
            "name": {"type": "string", "pattern": NAME_PATTERN},
            "cell_name": {"type": "string", "pattern": CELL_NAME_PATTERN},
            "column": object_schema({"column": reference("name")}, ["column"]),
            "node": either(reference("name"), reference("gate")),
            "gate": gate_schema(),
        },
    }


def _outcome() -> Schema:
    parts = {}
    for part, (kind, root) in PARTS.items():
        own = table_schema(kind, (root,))
        gates = [*(form.schema(key) for key, form in GATE_FORMS.items()), {"of": reference("node")}]
        forms = [object_schema(own["properties"] | gate, [*own["required"], *gate]) for gate in gates]
        parts[part] = {"oneOf": forms}
    own = table_schema(DesiredOutcome, PARTS)
    return object_schema(parts | own["properties"], list(PARTS))
