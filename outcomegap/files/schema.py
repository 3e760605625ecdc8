"""The JSON Schema of model files, for editors: made from the same tables of keys that the loader reads by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from outcomegap.files.forms import GATE_FORMS
from outcomegap.files.inputs import inputs_schema
from outcomegap.files.keys import (
    MEASURE,
    MODEL,
    OUTCOME,
    PARTS,
    SCHEMA_VERSION,
    SECTIONS,
    SEGMENT,
    STAGE,
    TEXT,
)
from outcomegap.files.reading import Key
from outcomegap.model.curve import NAMED
from outcomegap.model.join import NAMED_JOINS

# No white space at either end; a name in a cell key holds no slash, and is none of the two reserved words.
_NAME = r"^\S([\s\S]*\S)?$"
_CELL_NAME = r"^(?!\*$|default$)[^\s/]([^/]*[^\s/])?$"
_CELL_KEY = r"^(default|(?!\*$)[^/]+|(?!default/)[^/]+/(?!\*$|default$)[^/]+)$"


def model_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a model file.

    It says what stands where; that names are known, and that numbers make sense together, only `outcomegap.load`
    can tell. The same schema is committed as ``outcomegap/files/schema.json``.

    Examples
    --------
    >>> model_schema()["required"]
    ['schema_version', 'name', 'desired_outcomes']
    """
    steps = {"functions": "What the product does.", "gaps": "What lies between the product and the required outcome."}
    steps["expectations"] = "What makes the experience appropriate."
    properties: dict[str, Any] = {
        "$schema": TEXT,
        "schema_version": {"const": SCHEMA_VERSION, "description": "The version of this form of file."},
        **_properties(MODEL),
        "segments": _either(SEGMENT, "Kinds of customers."),
        "stages": _either(STAGE, "Steps in a customer's evolution, in order."),
        "measures": _named(_table(MEASURE), "Columns of numbers observed of each customer."),
        **{section: _named(_table(keys), steps[section]) for section, (_, keys) in SECTIONS.items()},
        "gates": _named(_ref("gate"), "Gates that are used in several places, by name."),
        "desired_outcomes": {
            "type": "array",
            "minItems": 1,
            "items": _outcome(),
            "description": "What customers are after, and how they want to get there.",
        },
        "inputs": inputs_schema(),
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "outcomegap model",
        "type": "object",
        "properties": properties,
        "required": ["schema_version", "name", "desired_outcomes"],
        "additionalProperties": False,
        "$defs": _definitions(),
    }


def _definitions() -> dict[str, Any]:
    column = _object({"column": _ref("name")}, ["column"])
    return {
        "name": {"type": "string", "pattern": _NAME},
        "cell_name": {"type": "string", "pattern": _CELL_NAME},
        "column": column,
        "value": {"anyOf": [{"type": "number"}, column, _per_cell({"anyOf": [{"type": "number"}, column]})]},
        "numeric": {"anyOf": [{"type": "number"}, _per_cell({"type": "number"})]},
        "missing": {"anyOf": [{"const": "skip"}, _share(), _per_cell(_share())]},
        "weight": {"anyOf": [_positive(), _per_cell(_positive())]},
        "curve": {
            "anyOf": [
                {"type": "string", "examples": list(NAMED)},
                _object({"threshold": {"type": "number", "exclusiveMinimum": 0, "maximum": 1}}, ["threshold"]),
                _object({"knots": {"type": "array", "minItems": 2, "items": _pair()}}, ["knots"]),
            ]
        },
        "join": {
            "anyOf": [
                {"type": "string", "examples": list(NAMED_JOINS)},
                _object({"weighted": _object(dict.fromkeys(PARTS, _positive()), list(PARTS))}, ["weighted"]),
            ]
        },
        "node": {"anyOf": [_ref("name"), _ref("gate")]},
        "gate": {"oneOf": [_object(form.schema, list(form.schema)) for form in GATE_FORMS.values()]},
    }


def _outcome() -> dict[str, Any]:
    parts = {name: _part(keys) for name, keys in PARTS.items()}
    return _object({**parts, **_properties(OUTCOME)}, list(PARTS))


def _part(keys: Mapping[str, Key]) -> dict[str, Any]:
    """Describe a part of a desired outcome: its own keys, and those of exactly one gate."""
    own = _properties(keys)
    needed = [name for name, key in keys.items() if key.required]
    gates = [*(form.schema for form in GATE_FORMS.values()), {"of": _ref("node")}]
    return {"oneOf": [_object({**own, **gate}, [*needed, *gate]) for gate in gates]}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/$defs/{name}"}


def _object(properties: Mapping[str, Any], required: list[str]) -> dict[str, Any]:
    found = {"type": "object", "properties": dict(properties), "required": required, "additionalProperties": False}
    return found if required else {key: value for key, value in found.items() if key != "required"}


def _table(keys: Mapping[str, Key]) -> dict[str, Any]:
    return _object(_properties(keys), [n for n, key in keys.items() if key.required])


def _properties(keys: Mapping[str, Key]) -> dict[str, Any]:
    return {name: dict(key.schema) for name, key in keys.items()}


def _named(table: dict[str, Any], about: str) -> dict[str, Any]:
    names = {"propertyNames": _ref("name"), "additionalProperties": table}
    return {"type": "object", **names, "description": about}


def _either(keys: Mapping[str, Key], about: str) -> dict[str, Any]:
    return {"type": "array", "items": {"anyOf": [_ref("cell_name"), _table(keys)]}, "description": about}


def _per_cell(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "propertyNames": {"pattern": _CELL_KEY}, "additionalProperties": item}


def _share() -> dict[str, Any]:
    return {"type": "number", "minimum": 0, "maximum": 1}


def _positive() -> dict[str, Any]:
    return {"type": "number", "exclusiveMinimum": 0}


def _pair() -> dict[str, Any]:
    return {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}
