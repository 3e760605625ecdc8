"""Between plain data and a model: section by section, all mistakes at once; written is what differs from defaults."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial
from typing import Any

import attrs

from outcomegap.checks import Checks, join, show
from outcomegap.errors import Finding, ModelError
from outcomegap.files.formats import DEEPEST, deeper_than
from outcomegap.files.gates import GATE_FORMS, GATE_KEYS, Gates, Ref, WrittenGates, stand_in, write_gates
from outcomegap.files.kinds import Data, Reader, write_fields
from outcomegap.files.order import circle_text, in_order
from outcomegap.files.plugins import Plugins
from outcomegap.model.cell import ALL, Segment, Stage
from outcomegap.model.check import own_names
from outcomegap.model.curve import SHIPPED
from outcomegap.model.custom import Curve, CustomGate, Join
from outcomegap.model.declaration import Part, declared
from outcomegap.model.gate import gates_of, steps_of
from outcomegap.model.inputs import Inputs
from outcomegap.model.join import CustomJoin
from outcomegap.model.model import OutcomeModel
from outcomegap.model.numbers import why_no_name
from outcomegap.model.numeric import Numeric
from outcomegap.model.outcome import AppropriateExperience, DesiredOutcome, RequiredOutcome
from outcomegap.model.step import STEP_KINDS, Measure, Step

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
    reader = Reader(Plugins.curves(curves), Plugins.gates(gates), Plugins.joins(joins), unnamed)
    checks = reader.checks
    if not isinstance(data, dict):
        checks.finding("type", "file", f"must hold a table of keys and values (got {show(data)})")
    elif deeper_than(data, DEEPEST):
        checks.finding("too-deep", "file", f"more than {DEEPEST} tables and lists lie within one another")
    elif _same_version(checks, data):
        return _Sections(reader, data).model(), checks.findings
    return None, checks.findings


def _same_version(checks: Checks, data: Data) -> bool:
    """Note a version that is missing; tell whether the rest can be read all the same."""
    where = "schema_version"
    if where not in data:
        checks.finding("schema-version", where, f"is missing; write schema_version = {SCHEMA_VERSION} at the top")
        return True
    same = not isinstance(data[where], bool) and data[where] == SCHEMA_VERSION
    if not same:  # the rest would be read by the rules of another version
        message = f"must be {SCHEMA_VERSION}, the version read here (got {show(data[where])})"
        checks.finding("schema-version", where, message)
    return same


@attrs.define
class _DraftStep:
    """A step before what it builds on is there."""

    where: str
    kind: type[Step]
    fields: Data


@attrs.define
class _DraftOutcome:
    """A desired outcome before its gates are made; a part is its fields and what it stands on."""

    where: str
    fields: Data = attrs.field(factory=dict)
    parts: dict[str, tuple[Data, Ref]] = attrs.field(factory=dict)


@attrs.define
class _Sections:
    """Reads the sections of one file."""

    reader: Reader
    data: Data

    def model(self) -> OutcomeModel | None:
        """Return the model, or None after noting why there is none."""
        reader, checks = self.reader, self.reader.checks
        checks.keys("", self.data, TOP)
        own = {key: self.data[key] for key in ("name", "description") if key in self.data}
        top = reader.fields(OutcomeModel, "", own, set(declared(OutcomeModel)) - {"name", "description"}) or {}
        segments, stages = self.cells("segments", Segment), self.cells("stages", Stage)
        reader.segments = None if segments is None else list(segments) or [ALL]
        reader.stages = None if stages is None else list(stages) or [ALL]
        for name, table in self.section("measures").items():
            where = join("measures", name)
            fields = reader.fields(Measure, where, table, ("name",))
            made = None if fields is None else checks.attempt(partial(Measure, name, **fields))
            reader.measures[name] = made or Measure("stand-in")
        steps = self.steps()
        gates = Gates(reader, steps, self.section("gates"))
        drafts = self.outcome_drafts(gates)
        outcomes = [outcome for outcome in (self.outcome(gates, draft) for draft in drafts) if outcome is not None]
        if "inputs" in self.data:
            top["inputs"] = Part(Inputs).take(checks, "inputs", self.data["inputs"])
        if not checks.findings:
            self.unused(gates, steps, outcomes, [ref for draft in drafts for _, ref in draft.parts.values()])
        if any(finding.severity == "error" for finding in checks.findings):
            return None
        top |= {"segments": (segments or {}).values(), "stages": (stages or {}).values()}
        return checks.attempt(lambda: OutcomeModel(**top, desired_outcomes=outcomes))

    def section(self, name: str) -> Data:
        """Return a table of names and tables."""
        found = self.data.get(name, {})
        if isinstance(found, dict):
            return found
        self.reader.checks.finding("type", name, f"must be a table, one entry a name (got {show(found)})")
        return {}

    def cells(self, section: str, kind: type[Any]) -> Data | None:
        """Read the segments or stages, each a name or a table; None where one of them cannot be read."""
        checks, raw = self.reader.checks, self.data.get(section, [])
        if not isinstance(raw, list):
            checks.finding("type", section, f"must be a list of names or tables (got {show(raw)})")
            return None
        told = len(checks.findings)
        made: Data = {}
        for i, item in enumerate(raw):
            where = f"{section}[{i}]"
            why = why_no_name(item, cell=True) if isinstance(item, str) else None
            if why is not None:
                checks.finding("name", where, why)
                continue
            found = Part(kind, "name").take(checks, where, item)
            if found is not None and found.name in made:
                checks.finding("duplicate-name", where, f"two {section} are called {found.name!r:.100}; rename one")
            elif found is not None:
                made[found.name] = found
        return None if len(checks.findings) > told else made

    def steps(self) -> dict[str, Step]:
        """Read the steps by name, in the order of the file; where one cannot be read something stands in for it."""
        checks = self.reader.checks
        drafts: dict[str, _DraftStep] = {}
        for section, kind in SECTIONS.items():
            for name, table in self.section(section).items():
                where = join(section, name)
                fields = self.reader.fields(kind, where, table, ("name",)) or {}
                if name in drafts:
                    message = f"the name is taken by {drafts[name].where}; rename one"
                    checks.finding("duplicate-name", where, message)
                else:
                    drafts[name] = _DraftStep(where, kind, {"measure": Measure("stand-in"), "after": []} | fields)
        graph = {name: self.before(draft, drafts) for name, draft in drafts.items()}
        order, circles = in_order(graph)
        for circle in circles:
            message = f"builds on itself: {circle_text(circle)}"
            checks.finding("circle", join(drafts[circle[0]].where, "after"), message)
        made: dict[str, Step] = {}
        for name in order:
            draft = drafts[name]
            draft.fields["after"] = tuple(made[earlier] for earlier in graph[name] if earlier in made)
            made[name] = self.step(name, draft)
        return {name: made.get(name) or stand_in(name) for name in drafts}

    def before(self, draft: _DraftStep, drafts: Mapping[str, _DraftStep]) -> list[str]:
        """Return the steps that a step builds on, as far as they can stand there."""
        checks, found = self.reader.checks, []
        for i, name in enumerate(draft.fields["after"]):
            where = f"{draft.where}.after[{i}]"
            if name not in drafts:
                message = f"no function, success gap or expectation is called {name!r:.100}{checks.hint(name, drafts)}"
                checks.finding("unknown-name", where, message)
            elif drafts[name].kind.side != draft.kind.side:
                message = f"builds on {name!r:.100}, which stands on the other side ({drafts[name].kind.side})"
                checks.finding("wrong-side", where, message)
            else:
                found.append(name)
        return found

    def step(self, name: str, draft: _DraftStep) -> Step:
        """Make a step of what could be read of it, so that what is wrong with the whole is told as well."""
        checks = self.reader.checks
        if not {"floor", "target"} <= draft.fields.keys():
            why = why_no_name(name)
            if why is not None:
                checks.finding("name", draft.where, why)
            return stand_in(name)
        return checks.attempt(lambda: draft.kind(name, **draft.fields)) or stand_in(name)

    def outcome_drafts(self, gates: Gates) -> list[_DraftOutcome]:
        """Read ``[[desired_outcomes]]``."""
        raw = self.data.get("desired_outcomes", [])
        if not isinstance(raw, list) or not raw:
            got = f" (got {show(raw)})" if "desired_outcomes" in self.data else ""
            message = f"at least one is needed: [[desired_outcomes]] with required and experience{got}"
            self.reader.checks.finding("desired-outcomes", "desired_outcomes", message)
            return []
        return [self.outcome_draft(gates, f"desired_outcomes[{i}]", item) for i, item in enumerate(raw)]

    def outcome_draft(self, gates: Gates, where: str, raw: Any) -> _DraftOutcome:
        draft, checks = _DraftOutcome(where), self.reader.checks
        if not isinstance(raw, dict):
            checks.finding("type", where, f"must be a table with required and experience (got {show(raw)})")
            return draft
        checks.at(where).keys("", raw, (*PARTS, *declared(DesiredOutcome)), PARTS)
        own = {key: value for key, value in raw.items() if key in declared(DesiredOutcome) and key not in PARTS}
        draft.fields = self.reader.fields(DesiredOutcome, where, own, PARTS) or {}
        for part in PARTS:
            if isinstance(raw.get(part), dict):
                draft.parts[part] = self.part(gates, join(where, part), part, raw[part])
            elif part in raw:
                message = f"must be a table with a name and a gate (got {show(raw[part])})"
                checks.finding("type", join(where, part), message)
        return draft

    def part(self, gates: Gates, where: str, part: str, raw: Data) -> tuple[Data, Ref]:
        """Read the required outcome or the appropriate experience: its own keys, and its gate."""
        checks, (kind, root) = self.reader.checks, PARTS[part]
        gate = {key: value for key, value in raw.items() if key == "of" or key in GATE_KEYS}
        own = {key: value for key, value in raw.items() if key not in gate}
        checks.at(where).keys("", own, [*(key for key in declared(kind) if key != root), *sorted(GATE_KEYS)])
        known = {key: value for key, value in own.items() if key in declared(kind) and key != root}
        fields = self.reader.fields(kind, where, known, (root,)) or {}
        if gate:
            return fields, gates.read(join(where, "of"), gate["of"]) if set(gate) == {"of"} else gates.read(where, gate)
        message = f'needs one of {", ".join(GATE_FORMS)}, or of = "name" for a single step'
        checks.finding("missing-key", where, message)
        return fields, None

    def outcome(self, gates: Gates, draft: _DraftOutcome) -> DesiredOutcome | None:
        """Make a desired outcome; where a name is missing, and noted, another stands in for it."""
        checks, made = self.reader.checks, Data()
        for part, (fields, ref) in draft.parts.items():
            kind, root = PARTS[part]
            where = join(draft.where, part)
            given = {"name": "stand-in", **fields, root: gates.node(ref)}
            if "measured_by" in given:
                name = given["measured_by"]
                if name not in gates.steps:
                    message = f"no step is called {name!r:.100}{checks.hint(name, gates.steps)}"
                    checks.finding("unknown-name", join(where, "measured_by"), message)
                given["measured_by"] = gates.steps.get(name)
            make: Any = kind
            made[part] = checks.attempt(partial(make, **given), where)
        if len(made) < len(PARTS) or None in made.values():
            return None
        return checks.attempt(lambda: DesiredOutcome(**made, **draft.fields), draft.where)

    def unused(self, gates: Gates, steps: Mapping[str, Step], outcomes: list[DesiredOutcome], refs: list[Ref]) -> None:
        """Note what no desired outcome uses: it would be lost without a word."""
        checks, message = self.reader.checks, "no desired outcome uses it; name it in a gate, or take it out"
        found = steps_of(*_roots(outcomes), *(o.required.measured_by for o in outcomes if o.required.measured_by))
        names, measures = {step.name for step in found}, {step.measure.name for step in found}
        used = gates.used(refs)
        for step in steps.values():
            if step.name not in names:
                checks.finding("unused", step.where, message)
        for name in gates.drafts:
            if name not in used:
                checks.finding("unused", join("gates", name), message)
        for name in self.reader.measures:
            if name not in measures:
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
    _clashes(checks, steps)
    checks.findings += own_names(model)
    written = write_gates(model, [step.name for step in steps], checks)
    checks.done()
    parts: Data = write_fields(model, ("desired_outcomes",))
    for key in ("segments", "stages"):
        parts[key] = [cell["name"] if set(cell) == {"name"} else cell for cell in parts.get(key, [])]
    parts["measures"] = {x.measure.name: write_fields(x.measure, ("name",)) for x in steps}
    for section, kind in SECTIONS.items():
        parts[section] = {step.name: write_fields(step, ("name",)) for step in steps if type(step) is kind}
    parts["gates"] = written.named
    parts["desired_outcomes"] = [_written_outcome(outcome, written) for outcome in model.desired_outcomes]
    data: Data = {"schema_version": SCHEMA_VERSION}
    data |= {key: parts[key] for key in TOP if parts.get(key) or (key == "inputs" and key in parts)}
    _read_back(model, data, steps)
    return data


def _roots(outcomes: Any) -> list[Any]:
    return [root for o in outcomes for root in (o.required.needs, o.experience.expects)]


def _written_outcome(outcome: DesiredOutcome, written: WrittenGates) -> Data:
    fields = write_fields(outcome, PARTS)
    if outcome.name == outcome.required.name:
        del fields["name"]
    for part, (_, root) in PARTS.items():
        value = getattr(outcome, part)
        fields[part] = write_fields(value, (root,)) | written.part(getattr(value, root))
    return fields


def _clashes(checks: Checks, steps: tuple[Step, ...]) -> None:
    """Note different steps, or measures, of one name: a file tells them by it."""
    seen, measures = dict[str, Step](), dict[str, Measure]()
    for step in steps:
        if type(step) not in STEP_KINDS:
            checks.finding("type", step.where, f"files hold no {type(step).__name__}")
        if seen.setdefault(step.name, step) != step:
            others = f"{seen[step.name].where} and {step.where}"
            message = f"two different steps are called {step.name!r} ({others})"
            checks.finding("duplicate-name", step.where, message)
        if measures.setdefault(step.measure.name, step.measure) != step.measure:
            message = f"two different measures are called {step.measure.name!r}; rename one"
            checks.finding("duplicate-name", f"measures.{step.measure.name}", message)


def _read_back(model: OutcomeModel, data: Data, steps: tuple[Step, ...]) -> None:
    """Refuse what could not be read again, rather than leave a file behind that says something else."""
    curves = {step.curve.name: step.curve for step in steps if not isinstance(step.curve, SHIPPED)}
    numeric = [gate for gate in gates_of(*_roots(model.desired_outcomes)) if isinstance(gate, Numeric)]
    joins = {o.join.name: o.join.rule for o in model.desired_outcomes if isinstance(o.join, CustomJoin)}
    gates = {gate.gate.name: gate.gate for gate in numeric}
    again, findings = read_model(data, curves=curves, gates=gates, joins=joins)
    if again is None:
        raise ModelError.all(f"model {model.name!r} cannot be written", findings)
    if again != model:
        raise ModelError.of("written", f"model {model.name!r}", "a file cannot hold it: it would be read as another")
