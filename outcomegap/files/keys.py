"""The keys of each table of a model file: how each is read, and what the JSON Schema says of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from outcomegap.files import values
from outcomegap.files.reading import Key
from outcomegap.model.leaf import STATUSES, Expectation, Leaf, ProductFunction, SuccessGap


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/$defs/{name}"}


TEXT: Mapping[str, Any] = {"type": "string"}
FLAG: Mapping[str, Any] = {"type": "boolean"}
NUMBER: Mapping[str, Any] = {"type": "number"}
NAMES: Mapping[str, Any] = {"type": "array", "items": _ref("name")}

SEGMENT: Mapping[str, Key] = {
    "name": Key(values.text, _ref("cell_name"), required=True),
    "ideal": Key(values.flag, FLAG),
    "description": Key(values.text, TEXT),
}
STAGE: Mapping[str, Key] = {
    "name": Key(values.text, _ref("cell_name"), required=True),
    "description": Key(values.text, TEXT),
}
MEASURE: Mapping[str, Key] = {
    "unit": Key(values.text, TEXT),
    "low": Key(values.finite, NUMBER),
    "high": Key(values.finite, NUMBER),
    "description": Key(values.text, TEXT),
}
LEAF: Mapping[str, Key] = {
    "measure": Key(values.text, _ref("name"), required=True),
    "floor": Key(values.value, _ref("value"), required=True),
    "target": Key(values.value, _ref("value"), required=True),
    "curve": Key(values.curve, _ref("curve")),
    "missing": Key(values.missing, _ref("missing")),
    "after": Key(values.names, NAMES),
    "owner": Key(values.text, TEXT),
    "remedy": Key(values.text, TEXT),
    "description": Key(values.text, TEXT),
}
GAP: Mapping[str, Key] = {
    **LEAF,
    "bridgeable": Key(values.flag, FLAG),
    "status": Key(values.one_of(STATUSES), {"enum": list(STATUSES)}),
}
#: The sections of leaves, in the order of a file.
SECTIONS: Mapping[str, tuple[type[Leaf], Mapping[str, Key]]] = {
    "functions": (ProductFunction, LEAF),
    "gaps": (SuccessGap, GAP),
    "expectations": (Expectation, LEAF),
}
#: What stands beside the gate of each part of a desired outcome.
REQUIRED: Mapping[str, Key] = {
    "name": Key(values.text, _ref("name"), required=True),
    "promised": Key(values.flag, FLAG),
    "measured_by": Key(values.text, _ref("name")),
    "description": Key(values.text, TEXT),
}
EXPERIENCE: Mapping[str, Key] = {
    "name": Key(values.text, _ref("name"), required=True),
    "description": Key(values.text, TEXT),
}
OUTCOME: Mapping[str, Key] = {
    "name": Key(values.text, _ref("name")),
    "segments": Key(values.names, NAMES),
    "stages": Key(values.names, NAMES),
    "achieved_at": Key(values.threshold("achieved_at"), _ref("numeric")),
    "appropriate_at": Key(values.threshold("appropriate_at"), _ref("numeric")),
    "min_coverage": Key(values.threshold("min_coverage"), _ref("numeric")),
}
PARTS: Mapping[str, Mapping[str, Key]] = {"required": REQUIRED, "experience": EXPERIENCE}
#: The keys of the whole file, in order. ``$schema`` names a JSON Schema for editors.
TOP = (
    "$schema",
    "schema_version",
    "name",
    "description",
    "segments",
    "stages",
    "measures",
    *SECTIONS,
    "gates",
    "desired_outcomes",
    "inputs",
)
SCHEMA_VERSION = 1
