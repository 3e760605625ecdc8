"""The keys of each table of a model file: how each is read, and what the JSON Schema says of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from outcomegap.files import values
from outcomegap.files.reading import Key, Reader
from outcomegap.model.step import STATUSES, Expectation, ProductFunction, Step, SuccessGap


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/$defs/{name}"}


def _key(read: Reader, schema: Mapping[str, Any], about: str, *, required: bool = False) -> Key:
    return Key(read, {**schema, "description": about}, required)


TEXT: Mapping[str, Any] = {"type": "string"}
FLAG: Mapping[str, Any] = {"type": "boolean"}
NUMBER: Mapping[str, Any] = {"type": "number"}
NAMES: Mapping[str, Any] = {"type": "array", "items": _ref("name")}

_ABOUT = _key(values.text, TEXT, "A sentence for readers.")

SEGMENT: Mapping[str, Key] = {
    "name": _key(values.text, _ref("cell_name"), "Its name in the customers' data.", required=True),
    "ideal": _key(values.flag, FLAG, "Whether these are customers the vendor is made for (default true)."),
    "description": _ABOUT,
}
STAGE: Mapping[str, Key] = {
    "name": _key(values.text, _ref("cell_name"), "Its name in the customers' data.", required=True),
    "description": _ABOUT,
}
MEASURE: Mapping[str, Key] = {
    "unit": _key(values.text, TEXT, "What a value counts, for people to read: contacts, h."),
    "low": _key(values.finite, NUMBER, "Hard limit: a lower value is an error in the data."),
    "high": _key(values.finite, NUMBER, "Hard limit: a higher value is an error in the data."),
    "description": _ABOUT,
}
STEP: Mapping[str, Key] = {
    "measure": _key(values.text, _ref("name"), "The measure that tells how far it is, by name.", required=True),
    "floor": _key(values.value, _ref("value"), "Where nothing is attained.", required=True),
    "target": _key(
        values.value, _ref("value"), "Where it is fully met; below the floor: lower is better.", required=True
    ),
    "curve": _key(values.curve, _ref("curve"), "How much of the way counts as attained (default linear)."),
    "missing": _key(values.missing, _ref("missing"), "What a missing value counts as: a number in [0, 1], or skip."),
    "after": _key(values.names, NAMES, "Steps that this one builds on: it counts only together with them."),
    "owner": _key(values.text, TEXT, "Who can act: vendor, customer, joint, or any name you use."),
    "remedy": _key(values.text, TEXT, "What to do about it."),
    "description": _ABOUT,
}
GAP: Mapping[str, Key] = {
    **STEP,
    "bridgeable": _key(values.flag, FLAG, "Whether anything can be done about it at all (default true)."),
    "status": _key(values.one_of(STATUSES), {"enum": list(STATUSES)}, "Where the work on it stands (default open)."),
}
#: The sections of steps, in the order of a file.
SECTIONS: Mapping[str, tuple[type[Step], Mapping[str, Key]]] = {
    "functions": (ProductFunction, STEP),
    "gaps": (SuccessGap, GAP),
    "expectations": (Expectation, STEP),
}
#: What stands beside the gate of each part of a desired outcome.
REQUIRED: Mapping[str, Key] = {
    "name": _key(values.text, _ref("name"), "The outcome in the customer's words.", required=True),
    "promised": _key(values.flag, FLAG, "Whether the vendor claims this outcome (default false)."),
    "measured_by": _key(values.text, _ref("name"), "A step that observes the outcome itself, by name."),
    "description": _ABOUT,
}
EXPERIENCE: Mapping[str, Key] = {
    "name": _key(values.text, _ref("name"), "The experience in the customer's words.", required=True),
    "description": _ABOUT,
}
OUTCOME: Mapping[str, Key] = {
    "name": _key(values.text, _ref("name"), "Its name, and the goal of customers (default: the required outcome's)."),
    "segments": _key(values.names, NAMES, "The segments it holds for (default all)."),
    "stages": _key(values.names, NAMES, "The stages it holds for (default all)."),
    "achieved_at": _key(
        values.threshold("achieved_at"), _ref("numeric"), "From here on the required outcome is reached (default 0.5)."
    ),
    "appropriate_at": _key(
        values.threshold("appropriate_at"), _ref("numeric"), "From here on the experience is appropriate (default 0.5)."
    ),
    "min_coverage": _key(
        values.threshold("min_coverage"),
        _ref("numeric"),
        "With a smaller share of steps observed a side has no value (default 0.5).",
    ),
    "join": _key(values.join_rule, _ref("join"), "How the two parts become the desired outcome (default product)."),
}
PARTS: Mapping[str, Mapping[str, Key]] = {"required": REQUIRED, "experience": EXPERIENCE}
#: What a file says of the model as a whole.
MODEL: Mapping[str, Key] = {
    "name": _key(values.text, _ref("name"), "What people call the model.", required=True),
    "description": _ABOUT,
}
#: The keys of the whole file, in order. ``$schema`` names a JSON Schema for editors.
TOP = (
    "$schema",
    "schema_version",
    *MODEL,
    "segments",
    "stages",
    "measures",
    *SECTIONS,
    "gates",
    "desired_outcomes",
    "inputs",
)
SCHEMA_VERSION = 1
