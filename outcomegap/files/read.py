"""From plain data to a model: section by section, all mistakes at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

from outcomegap.errors import Finding, ModelError
from outcomegap.files import keys
from outcomegap.files.curves import Curves
from outcomegap.files.forms import GATE_FORMS, GateForm
from outcomegap.files.inputs import read_inputs
from outcomegap.files.nodes import Nodes, Ref
from outcomegap.files.outcomes import read_outcomes
from outcomegap.files.plugins import Plugins
from outcomegap.files.reading import Key, Reading, join, known_keys, read_table, show
from outcomegap.files.steps import read_measures, read_steps
from outcomegap.model.cell import ALL, Segment, Stage
from outcomegap.model.custom import CustomGate, Join
from outcomegap.model.inputs import Inputs
from outcomegap.model.model import OutcomeModel
from outcomegap.model.outcome import DesiredOutcome
from outcomegap.model.step import Step
from outcomegap.model.values import name_of
from outcomegap.model.walk import steps_of

S = TypeVar("S", Segment, Stage)

#: How deep the tables of ``[inputs]`` may lie within one another.
INPUTS_DEEPEST = 20


def read_model(
    data: object,
    *,
    curves: object = None,
    gates: Mapping[str, GateForm | CustomGate] | None = None,
    joins: Mapping[str, Join] | None = None,
) -> tuple[OutcomeModel | None, list[Finding]]:
    """Read a model from plain data: dicts, lists, text, numbers, true and false.

    Parameters
    ----------
    data
        What a TOML, JSON or YAML file holds.
    curves
        A mapping of names to curves that the data may name.
    gates
        Gates of your own, by the name that the data call them; or further forms of gates, by the key that tells them.
    joins
        Rules of your own that join R and E, by name.

    Returns
    -------
    model, findings
        The model, or None and everything that is wrong with the data.
    """
    own, rules = _forms_and_rules(gates)
    forms = {**GATE_FORMS, **own}
    reading = Reading(Curves.of(curves), gates=frozenset(forms), rules=Plugins.gates(rules), joins=Plugins.joins(joins))
    if not isinstance(data, dict):
        reading.note("type", "file", f"must hold a table of keys and values (got {show(data)})")
        return None, reading.findings
    if not _same_version(reading, data):
        return None, reading.findings  # the rest would be read by the rules of another version
    model = _model(reading, data, forms)
    return model, reading.findings


def _forms_and_rules(
    gates: Mapping[str, GateForm | CustomGate] | None,
) -> tuple[dict[str, GateForm], dict[str, CustomGate]]:
    if gates is not None and not isinstance(gates, Mapping):
        raise ModelError.of("gates", "gates", "is a mapping of names to og.CustomGate objects")
    forms, rules = dict[str, GateForm](), dict[str, CustomGate]()
    for name, gate in (gates or {}).items():
        if isinstance(gate, GateForm):
            forms[name] = gate
        else:
            rules[name] = gate
    return forms, rules


def _same_version(reading: Reading, data: dict[str, Any]) -> bool:
    """Note a version that is missing; tell whether the rest can be read all the same."""
    where, known = "schema_version", keys.SCHEMA_VERSION
    if where not in data:
        reading.note("schema-version", where, f"is missing; write schema_version = {known} at the top")
        return True
    same = not isinstance(data[where], bool) and data[where] == known
    if not same:
        reading.note("schema-version", where, f"must be {known}, the version read here (got {show(data[where])})")
    return same


def _model(reading: Reading, data: dict[str, Any], forms: Mapping[str, GateForm]) -> OutcomeModel | None:
    known_keys(reading, "", data, keys.TOP)
    top = read_table(reading, "", {key: data[key] for key in keys.MODEL if key in data}, keys.MODEL) or {}
    if "name" in top:
        reading.attempt("name", lambda: name_of("model", top["name"]))
    segments = _cells(reading, "segments", data.get("segments", []), Segment, keys.SEGMENT)
    stages = _cells(reading, "stages", data.get("stages", []), Stage, keys.STAGE)
    reading.segments = None if segments is None else tuple(s.name for s in segments) or (ALL,)
    reading.stages = None if stages is None else tuple(s.name for s in stages) or (ALL,)
    read_measures(reading, _section(reading, data, "measures"))
    steps = read_steps(reading, {name: _section(reading, data, name) for name in keys.SECTIONS})
    nodes = _gates(reading, _section(reading, data, "gates"), steps, forms)
    outcomes, refs = read_outcomes(reading, data, nodes)
    inputs = _inputs(reading, data)
    if not reading.findings:
        _unused(reading, nodes, outcomes, refs)
    if any(finding.severity == "error" for finding in reading.findings):
        return None
    return reading.attempt(
        "name",
        lambda: OutcomeModel(
            **top,
            desired_outcomes=tuple(outcomes),
            segments=tuple(segments or ()),
            stages=tuple(stages or ()),
            inputs=inputs,
        ),
    )


def _section(reading: Reading, data: dict[str, Any], name: str) -> dict[str, Any]:
    found = data.get(name, {})
    if isinstance(found, dict):
        return found
    reading.note("type", name, f"must be a table, one entry a name (got {show(found)})")
    return {}


def _cells(
    reading: Reading, where: str, raw: object, kind: Callable[..., S], table: Mapping[str, Key]
) -> list[S] | None:
    """Read the segments or stages, each a name or a table; None where one of them cannot be read."""
    if not isinstance(raw, list):
        reading.note("type", where, f"must be a list of names or tables (got {show(raw)})")
        return None
    before = len(reading.findings)
    made: dict[str, S] = {}
    for i, item in enumerate(raw):
        here = f"{where}[{i}]"
        fields = {"name": item} if isinstance(item, str) else read_table(reading, here, item, table)
        found = reading.attempt(here, partial(kind, **fields)) if fields and "name" in fields else None
        if found is None:
            continue
        if found.name in made:
            reading.note("duplicate-name", here, f"two {where} are called {found.name!r:.100}; rename one")
        made[found.name] = found
    return None if len(reading.findings) > before else list(made.values())


def _gates(reading: Reading, raw: dict[str, Any], steps: Mapping[str, Step], forms: Mapping[str, GateForm]) -> Nodes:
    nodes = Nodes(reading, steps, forms)
    for name in raw:
        if name in steps:
            message = f"the name is taken by {steps[name].where}; rename one"
            reading.note("duplicate-name", join("gates", name), message)
    fresh = [name for name in raw if name not in steps]
    nodes.declare(fresh)
    for name in fresh:
        nodes.define(name, raw[name])
    return nodes


def _inputs(reading: Reading, data: dict[str, Any]) -> Inputs | None:
    if "inputs" not in data:
        return None
    if _deeper_than(data["inputs"], INPUTS_DEEPEST):
        reading.note("too-deep", "inputs", f"more than {INPUTS_DEEPEST} tables lie within one another")
        return None
    return read_inputs(data["inputs"], "inputs", reading.findings)


def _deeper_than(value: object, most: int) -> bool:
    level = [value]
    for _ in range(most + 1):
        tables = [item for item in level if isinstance(item, (dict, list))]
        level = [item for table in tables for item in (table.values() if isinstance(table, dict) else table)]
    return bool(level)


def _unused(reading: Reading, nodes: Nodes, outcomes: list[DesiredOutcome], refs: list[Ref]) -> None:
    """Note what no desired outcome uses: it would be lost without a word."""
    roots = [root for o in outcomes for root in (o.required.needs, o.experience.expects, o.required.measured_by)]
    steps = steps_of(*(root for root in roots if root is not None))
    names, measures = {step.name for step in steps}, {step.measure.name for step in steps}
    for step in nodes.steps.values():
        if step.name not in names:
            reading.note("unused", step.where, "no desired outcome uses it; name it in a gate, or take it out")
    used = nodes.used_from(refs)
    for name in [name for name in nodes.named if name not in used]:
        reading.note("unused", join("gates", name), "no desired outcome uses it; name it in a gate, or take it out")
    for name in [name for name in reading.measures if name not in measures]:
        reading.note("unused", join("measures", name), "no step uses it; a dump would leave it out", "warning")
