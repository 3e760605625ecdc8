"""From a model to plain data: sections in the order of a file, only what differs from the defaults."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from outcomegap.errors import Finding, ModelError
from outcomegap.files.curves import SPELLED, write_curve
from outcomegap.files.forms import GATE_FORMS, GateForm
from outcomegap.files.inputs import write_inputs
from outcomegap.files.keys import OUTCOME, SCHEMA_VERSION, SECTIONS
from outcomegap.files.plain import plain_number, plain_value
from outcomegap.files.read import read_model
from outcomegap.files.write_gates import Written, write_gates
from outcomegap.model.cell import Segment, Stage
from outcomegap.model.check import curves_of_one_name, rules_of_one_name
from outcomegap.model.join import PRODUCT, CustomJoin, JoinRule, WeightedJoin
from outcomegap.model.measure import Measure
from outcomegap.model.model import OutcomeModel
from outcomegap.model.numeric import Numeric
from outcomegap.model.outcome import DesiredOutcome
from outcomegap.model.step import Step
from outcomegap.model.values import Column, PerCell
from outcomegap.model.walk import gates_of, steps_of


def write_model(model: OutcomeModel, *, gates: Mapping[str, GateForm] | None = None) -> dict[str, Any]:
    """Write a model as plain data: dicts, lists, text, numbers, true and false.

    Parameters
    ----------
    model
        The model.
    gates
        Further forms of gates, by the key that tells them.

    Returns
    -------
    dict
        What `read_model` reads back as an equal model.

    Raises
    ------
    ModelError
        If it could not be read back: two different steps of one name, a value that is no plain data.
    """
    steps = steps_of(*_roots(model), *model.observed_by)
    findings = [*_clashes(steps), *curves_of_one_name(model), *rules_of_one_name(model)]
    written = write_gates(model, [step.name for step in steps], {**GATE_FORMS, **(gates or {})}, findings)
    if findings:
        raise ModelError.all(f"model {model.name!r} cannot be written", findings)
    data: dict[str, Any] = {"schema_version": SCHEMA_VERSION, "name": model.name}
    parts = {
        "description": model.description,
        "segments": [_cell(segment) for segment in model.segments],
        "stages": [_cell(stage) for stage in model.stages],
        "measures": {measure.name: _fields(measure, ("name",)) for measure in dict.fromkeys(x.measure for x in steps)},
        **{section: {x.name: _step(x) for x in steps if type(x) is kind} for section, (kind, _) in SECTIONS.items()},
        "gates": written.named,
        "desired_outcomes": [_outcome(outcome, written) for outcome in model.desired_outcomes],
    }
    data |= {key: value for key, value in parts.items() if value}
    if model.inputs is not None:
        data["inputs"] = write_inputs(model.inputs)
    _read_back(model, data, steps, gates)
    return data


def _roots(model: OutcomeModel) -> list[Any]:
    return [root for o in model.desired_outcomes for root in (o.required.needs, o.experience.expects)]


def _cell(item: Segment | Stage) -> Any:
    fields = _fields(item, ())
    return item.name if set(fields) == {"name"} else fields


def _fields(item: Any, leave_out: tuple[str, ...]) -> dict[str, Any]:
    """Return the fields of an attrs object that differ from their defaults, as plain data."""
    found = {}
    for field in attrs.fields(type(item)):
        value = getattr(item, field.name)
        if field.name not in leave_out and value != field.default:
            found[field.name] = _plain(value)
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, (Column, PerCell)):
        return plain_value(value)
    if isinstance(value, float):
        return plain_number(value)
    return list(value) if isinstance(value, tuple) else value


def _step(step: Step) -> dict[str, Any]:
    keys = SECTIONS[f"{step.kind}s"][1]
    fields = _fields(step, ("name", "measure", "curve", "after", "_digest"))
    fields["measure"] = step.measure.name
    curve = write_curve(step.curve, f"{step.where}.curve")
    if curve != "linear":
        fields["curve"] = curve
    if step.after:
        fields["after"] = [earlier.name for earlier in step.after]
    return {key: fields[key] for key in keys if key in fields}


def _outcome(outcome: DesiredOutcome, written: Written) -> dict[str, Any]:
    fields = _fields(outcome, ("required", "experience", "join"))
    if outcome.join != PRODUCT:
        fields["join"] = _join(outcome.join)
    if outcome.name == outcome.required.name:
        del fields["name"]
    required, experience = _fields(outcome.required, ("needs",)), _fields(outcome.experience, ("expects",))
    if outcome.required.measured_by is not None:
        required["measured_by"] = outcome.required.measured_by.name
    return {
        **{key: fields[key] for key in OUTCOME if key in fields},
        "required": required | written.part(outcome.required.needs),
        "experience": experience | written.part(outcome.experience.expects),
    }


def _join(join: JoinRule) -> Any:
    if isinstance(join, WeightedJoin):
        return {"weighted": {side: plain_number(getattr(join, side)) for side in ("required", "experience")}}
    return join.name


def _clashes(steps: tuple[Step, ...]) -> list[Finding]:
    """Find different steps, or measures, of one name: a file tells them by it."""
    findings, seen, measures = [], dict[str, Step](), dict[str, Measure]()
    for step in steps:
        if f"{step.kind}s" not in SECTIONS or SECTIONS[f"{step.kind}s"][0] is not type(step):
            findings.append(Finding("type", step.where, f"files hold no {type(step).__name__}"))
        if seen.setdefault(step.name, step) != step:
            others = f"{seen[step.name].where} and {step.where}"
            findings.append(
                Finding("duplicate-name", step.where, f"two different steps are called {step.name!r} ({others})")
            )
        if measures.setdefault(step.measure.name, step.measure) != step.measure:
            message = f"two different measures are called {step.measure.name!r}; rename one"
            findings.append(Finding("duplicate-name", f"measures.{step.measure.name}", message))
    return findings


def _read_back(
    model: OutcomeModel, data: dict[str, Any], steps: tuple[Step, ...], gates: Mapping[str, GateForm] | None
) -> None:
    """Refuse what could not be read again, rather than leave a file behind that says something else."""
    own = {step.curve.name: step.curve for step in steps if type(step.curve) not in SPELLED}
    rules = {gate.gate.name: gate.gate for gate in gates_of(*_roots(model)) if isinstance(gate, Numeric)}
    joins = {o.join.name: o.join.rule for o in model.desired_outcomes if isinstance(o.join, CustomJoin)}
    again, findings = read_model(data, curves=own, gates={**rules, **(gates or {})}, joins=joins)
    if again is None:
        raise ModelError.all(f"model {model.name!r} cannot be written", findings)
    if again != model:
        raise ModelError.of("written", f"model {model.name!r}", "a file cannot hold it: it would be read as another")
