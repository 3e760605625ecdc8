"""Read desired outcomes: their two parts, each with its gate, and the cells they hold for."""

from __future__ import annotations

from typing import Any

import attrs

from outcomegap.files import keys
from outcomegap.files.nodes import Nodes, Ref
from outcomegap.files.reading import Reading, join, known_keys, read_table, show
from outcomegap.model.outcome import AppropriateExperience, DesiredOutcome, RequiredOutcome
from outcomegap.model.step import Step


@attrs.define
class _Draft:
    """A desired outcome whose gates are not made yet."""

    where: str
    fields: dict[str, Any]
    parts: dict[str, tuple[dict[str, Any], Ref] | None]


def read_outcomes(reading: Reading, data: dict[str, Any], nodes: Nodes) -> tuple[list[DesiredOutcome], list[Ref]]:
    """Read ``[[desired_outcomes]]``; the gates of all of them are made here.

    Returns
    -------
    outcomes, refs
        Those that could be made, and what their two parts each stand on.
    """
    raw = data.get("desired_outcomes", [])
    if not isinstance(raw, list) or not raw:
        got = f" (got {show(raw)})" if "desired_outcomes" in data else ""
        message = f"at least one is needed: [[desired_outcomes]] with required and experience{got}"
        reading.note("desired-outcomes", "desired_outcomes", message)
        raw = []
    drafts = [_draft(reading, nodes, f"desired_outcomes[{i}]", item) for i, item in enumerate(raw)]
    nodes.build()
    refs = [part[1] for draft in drafts for part in draft.parts.values() if part is not None]
    made = [_outcome(reading, nodes, draft) for draft in drafts]
    return [outcome for outcome in made if outcome is not None], refs


def _draft(reading: Reading, nodes: Nodes, where: str, item: object) -> _Draft:
    if not isinstance(item, dict):
        reading.note("type", where, f"must be a table with required and experience (got {show(item)})")
        return _Draft(where, {}, {})
    known_keys(reading, where, item, (*keys.PARTS, *keys.OUTCOME))
    own = {key: value for key, value in item.items() if key in keys.OUTCOME}
    fields = read_table(reading, where, own, keys.OUTCOME) or {}
    for what, known in (("segment", reading.segments), ("stage", reading.stages)):
        for i, name in enumerate(fields.get(f"{what}s", ())):
            if known is not None and name not in known:
                message = f"no {what} {name!r:.100}{reading.near(name, known)}"
                reading.note(f"unknown-{what}", f"{where}.{what}s[{i}]", message)
    return _Draft(where, fields, {name: _part(reading, nodes, where, item, name) for name in keys.PARTS})


def _part(
    reading: Reading, nodes: Nodes, above: str, item: dict[str, Any], name: str
) -> tuple[dict[str, Any], Ref] | None:
    """Read the required outcome or the appropriate experience: its own keys, and its gate."""
    where = join(above, name)
    if name not in item:
        reading.note("missing-key", where, "is missing")
        return None
    raw = item[name]
    if not isinstance(raw, dict):
        reading.note("type", where, f"must be a table with a name and a gate (got {show(raw)})")
        return None
    table = keys.PARTS[name]
    gate_keys = {"of", *nodes.forms, *(key for form in nodes.forms.values() for key in form.also)}
    known_keys(reading, where, raw, (*table, *sorted(gate_keys)))
    fields = read_table(reading, where, {key: raw[key] for key in raw if key in table}, table) or {}
    gate = {key: raw[key] for key in raw if key in gate_keys}
    if not gate:
        listed = ", ".join(nodes.forms)
        message = f'needs one of {listed}, or of = "name" for a single step'
        reading.note("missing-key", where, message)
        return fields, None
    return fields, nodes.add(join(where, "of"), gate["of"]) if set(gate) == {"of"} else nodes.add(where, gate)


def _outcome(reading: Reading, nodes: Nodes, draft: _Draft) -> DesiredOutcome | None:
    required, experience = draft.parts.get("required"), draft.parts.get("experience")
    if required is None or experience is None:
        return None
    # Where a name is missing, and noted, another stands in for it: the rest is still looked at.
    first: dict[str, Any] = {"name": "stand-in", **required[0]}
    if "measured_by" in first:
        first["measured_by"] = _observer(reading, nodes, join(draft.where, "required.measured_by"), first)
    second: dict[str, Any] = {"name": "stand-in", **experience[0]}
    needs, expects = nodes.node(required[1]), nodes.node(experience[1])
    made = reading.attempt(join(draft.where, "required"), lambda: RequiredOutcome(needs=needs, **first))
    suits = reading.attempt(join(draft.where, "experience"), lambda: AppropriateExperience(expects=expects, **second))
    if made is None or suits is None:
        return None
    return reading.attempt(draft.where, lambda: DesiredOutcome(made, suits, **draft.fields))


def _observer(reading: Reading, nodes: Nodes, where: str, fields: dict[str, Any]) -> Step | None:
    name = fields["measured_by"]
    if name not in nodes.steps:
        reading.note("unknown-name", where, f"no step is called {name!r:.100}{reading.near(name, nodes.steps)}")
    return nodes.steps.get(name)
