"""The JSON Schema of model files, for editors: made from the declarations that files are read and written by."""

from __future__ import annotations

from typing import Any

from outcomegap.files.gates import GATE_FORMS, gate_schema
from outcomegap.files.kinds import (
    CELL_NAME_PATTERN,
    NAME_PATTERN,
    Schema,
    either,
    listed,
    object_schema,
    reference,
    schema_of,
    table_schema,
)
from outcomegap.files.model_file import PARTS, SCHEMA_VERSION, SECTIONS, TOP
from outcomegap.model.declaration import declared
from outcomegap.model.model import DesiredOutcome, OutcomeModel, Segment, Stage
from outcomegap.model.step import Measure

_SECTIONS = {
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
        parts[name] = {"type": "object", **names, "description": _SECTIONS[name]}
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
