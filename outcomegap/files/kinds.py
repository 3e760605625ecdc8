"""How each kind of field stands in files: read from plain data, written to it, its JSON Schema, its cell on a sheet."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from typing import Any

import attrs

from outcomegap.checks import Checks, join, show
from outcomegap.files import cells
from outcomegap.files.plugins import Plugins
from outcomegap.model import declaration as kinds
from outcomegap.model.cell import ALL
from outcomegap.model.curve import NAMED, Knots, Threshold
from outcomegap.model.declaration import Kind, declared, read_fields
from outcomegap.model.inputs import Codes, Kept, Limits, Moment, RawValues, Table, Texts
from outcomegap.model.join import NAMED_JOINS, WeightedJoin, as_join
from outcomegap.model.numbers import ANY, Column, PerCell, cell_key
from outcomegap.model.outcome import GateKind, JoinKind
from outcomegap.model.step import CurveKind, Measure, MeasureKind, StepKind, StepsKind

#: Up to here every whole float is written without a point; beyond, the exponent reads better.
WHOLE = 1e16
Schema = dict[str, Any]
#: A table of plain data, as files have them.
Data = dict[str, Any]

# No white space at either end; a name in a cell key holds no slash, and is none of the two reserved words.
NAME_PATTERN = r"^\S([\s\S]*\S)?$"
CELL_NAME_PATTERN = r"^(?!\*$|default$)[^\s/]([^/]*[^\s/])?$"
CELL_KEY_PATTERN = r"^(default|(?!\*$)[^/]+|(?!default/)[^/]+/(?!\*$|default$)[^/]+)$"


@attrs.frozen
class RuleKind(Kind):
    """A gate of the user's own; a file names it."""


@attrs.define
class Reader:
    """One file while it is read: the mistakes so far, and the names that what follows may use.

    Gates that are `unnamed` lose their names. `segments` and `stages` are None where the file's own list of them could
    not be read.
    """

    curves: Plugins = attrs.field(factory=Plugins.curves)
    gates: Plugins = attrs.field(factory=Plugins.gates)
    joins: Plugins = attrs.field(factory=Plugins.joins)
    unnamed: Collection[str] = ()
    checks: Checks = attrs.field(factory=Checks)
    segments: Collection[str] | None = None
    stages: Collection[str] | None = None
    measures: dict[str, Measure] = attrs.field(factory=dict)

    def take(self, kind: Kind, checks: Checks, where: str, raw: object) -> Any:
        """Read one value; what is wrong is noted in `checks`, which knows the path of the table."""
        return FORMS[type(kind)].read(self, kind, checks, where, raw)

    def fields(self, of: type[Any], where: str, table: Any, leave_out: Collection[str] = ()) -> Data | None:
        """Read the declared fields of a class, but for some; None where there is no table."""
        return read_fields(of, self.checks.at(where), table, leave_out, self.take)

    def known_cell(self, checks: Checks, where: str, key: str) -> None:
        """Note a key of a number per cell that names no segment or stage of the file."""
        if checks.attempt(lambda: cell_key(key), where) is None:
            return
        segment, slash, stage = key.partition("/")
        self.known(checks, where, "segment", segment if segment != ANY else None)
        self.known(checks, where, "stage", stage if slash else None)

    def known(self, checks: Checks, where: str, what: str, name: str | None) -> None:
        """Note a segment or stage that the file does not have."""
        options = self.segments if what == "segment" else self.stages
        if name is not None and options is not None and name not in options:
            checks.finding(f"unknown-{what}", where, f"no {what} {name!r:.100}{checks.hint(name, options or (ALL,))}")


def plain(value: Any) -> Any:
    """Return plain data: 500 for 500.0, lists for tuples, tables for mappings, numbers per cell and columns.

    Examples
    --------
    >>> from outcomegap.model import column, per_cell
    >>> plain(per_cell(24, {"enterprise": column("sla_hours")}))
    {'default': 24, 'enterprise': {'column': 'sla_hours'}}
    """
    if isinstance(value, float):
        # -0.0 has no whole number of its own.
        whole = value.is_integer() and abs(value) < WHOLE and (value != 0 or math.copysign(1.0, value) > 0)
        return int(value) if whole else value
    if isinstance(value, Column):
        return {"column": value.name}
    if isinstance(value, PerCell):
        default = {} if value.default is None else {"default": plain(value.default)}
        return default | {key: plain(item) for key, item in value.values}
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, (tuple, list)) else value


def write_fields(thing: Any, leave_out: Collection[str] = ()) -> Data:
    """Return the declared fields of an object that differ from their defaults, as plain data."""
    found = {}
    for name, field in declared(type(thing)).items():
        value = getattr(thing, name)
        if name not in leave_out and value != field.default:
            found[name] = FORMS[type(field.kind)].write(field.kind, value)
    return found


@attrs.frozen
class Form:
    """How one kind of field stands in files."""

    schema: Callable[[Any], Schema]
    cell: Callable[[cells.Cell], Any] = cells.read_name
    read: Callable[[Reader, Any, Checks, str, Any], Any] = lambda _reader, kind, *given: kind.take(*given)
    write: Callable[[Any, Any], Any] = lambda _kind, value: plain(value)


# Read


def _number(reader: Reader, kind: kinds.Number, checks: Checks, where: str, raw: object) -> Any:
    if not isinstance(raw, Mapping) or not kind.per_cell or (kind.column and _is_column(raw)):
        return _one_number(kind, checks, where, raw)
    found = {}
    for key, item in raw.items():
        place = join(where, key)
        if key != "default":
            reader.known_cell(checks, place, key)
        found[key] = _one_number(kind, checks, place, item)
    default = found.pop("default", None)
    return PerCell(default, tuple(sorted(found.items())))


def _one_number(kind: kinds.Number, checks: Checks, where: str, raw: object) -> Any:
    if kind.column and isinstance(raw, Mapping) and _is_column(raw):
        return checks.attempt(lambda: Column(raw["column"]), where)
    return kind.take(checks, where, raw)


def _is_column(raw: Mapping[str, Any]) -> bool:
    # A segment may be called "column"; its value is a number then, and no text.
    return len(raw) == 1 and isinstance(raw.get("column"), str)


def _cell_names(reader: Reader, kind: kinds.CellNames, checks: Checks, where: str, raw: object) -> Any:
    names = kind.take(checks, where, raw)
    if isinstance(names, tuple):
        for i, name in enumerate(names):
            reader.known(checks, f"{where}[{i}]", kind.of, name if isinstance(name, str) else None)
    return names


def _measure(reader: Reader, _kind: Kind, checks: Checks, where: str, raw: object) -> Any:
    name = checks.text(where, raw, blank=True, rule="type")
    if isinstance(raw, str) and name not in reader.measures:
        near = checks.hint(name, reader.measures)
        checks.finding("unknown-measure", where, f"no measure {name!r:.100}{near}; declare it under [measures]")
    return reader.measures.get(name)


def _step_name(_reader: Reader, _kind: StepKind, checks: Checks, where: str, raw: object) -> Any:
    """Read the name of a step; the step itself is found when all are there."""
    return checks.text(where, raw, blank=True, rule="type")


def _step_names(_reader: Reader, _kind: StepsKind, checks: Checks, where: str, raw: object) -> Any:
    if not isinstance(raw, list):
        checks.finding("type", where, f"must be a list of names (got {show(raw)})")
        return []
    return [checks.text(f"{where}[{i}]", item, blank=True, rule="type") for i, item in enumerate(raw)]


def _curve(reader: Reader, _kind: CurveKind, checks: Checks, where: str, raw: object) -> Any:
    place = join(checks.where, where)
    if isinstance(raw, str):
        return checks.attempt(lambda: NAMED[raw] if raw in NAMED else reader.curves.find(raw, place), where)
    if isinstance(raw, Mapping) and set(raw) == {"threshold"}:
        return checks.attempt(lambda: Threshold(raw["threshold"]), join(where, "threshold"))
    if isinstance(raw, Mapping) and set(raw) == {"knots"}:
        return _knots(checks, join(where, "knots"), raw["knots"])
    shapes = "{ threshold = 0.5 } or { knots = [[0, 0], [1, 1]] }"
    checks.finding("curve", where, f"must be the name of a curve, {shapes} (got {show(raw)})")
    return None


def _knots(checks: Checks, where: str, raw: object) -> Any:
    pairs = raw if isinstance(raw, list) else []
    if not pairs or not all(isinstance(pair, list) and len(pair) == 2 for pair in pairs):
        checks.finding("curve", where, f"must be a list of pairs [z, value] (got {show(raw)})")
        return None
    told = len(checks.findings)
    points = tuple(
        (checks.number(f"{where}[{i}]", z), checks.number(f"{where}[{i}]", v)) for i, (z, v) in enumerate(pairs)
    )
    return checks.attempt(lambda: Knots(points), where) if len(checks.findings) == told else None


def _rule(reader: Reader, _kind: RuleKind, checks: Checks, where: str, raw: object) -> Any:
    if not isinstance(raw, str):
        checks.finding("type", where, f"must be the name of a gate of your own (got {show(raw)})")
        return None
    return checks.attempt(lambda: reader.gates.find(raw, join(checks.where, where)), where)


def _join(reader: Reader, _kind: JoinKind, checks: Checks, where: str, raw: object) -> Any:
    place = join(checks.where, where)
    if isinstance(raw, str):
        rule = checks.attempt(lambda: NAMED_JOINS.get(raw) or reader.joins.find(raw, place), where)
        return None if rule is None else checks.attempt(lambda: as_join(place, rule), where)
    weights = raw.get("weighted") if isinstance(raw, Mapping) and set(raw) == {"weighted"} else None
    if not isinstance(weights, Mapping) or set(weights) != {"required", "experience"}:
        shape = "{ weighted = { required = 0.7, experience = 0.3 } }"
        known = ", ".join(map(repr, NAMED_JOINS))
        checks.finding("join", where, f"must be {known}, {shape}, or the name of your own (got {show(raw)})")
        return None
    told = len(checks.findings)
    found = {side: checks.number(f"{where}.weighted.{side}", weight) for side, weight in weights.items()}
    return checks.attempt(lambda: WeightedJoin(**found), where) if len(checks.findings) == told else None


# Write


def _written_curve(_kind: Kind, curve: Any) -> Any:
    if type(curve) is Threshold and curve != NAMED["threshold"]:
        return {"threshold": plain(curve.at)}
    return {"knots": plain(curve.points)} if type(curve) is Knots else curve.name


def _written_join(_kind: Kind, rule: Any) -> Any:
    if isinstance(rule, WeightedJoin):
        return {"weighted": {side: plain(getattr(rule, side)) for side in ("required", "experience")}}
    return rule.name


def _written_part(kind: kinds.Part, value: Any) -> Any:
    if kind.many == "table":
        return {name: write_fields(item) for name, item in value.items()}
    return [write_fields(item) for item in value] if kind.many else write_fields(value)


def _written_limits(_kind: Kind, bands: Any) -> Any:
    def band(low: float | None, below: float | None) -> Any:
        if low is None:
            return {"below": plain(below)}
        return [plain(low)] if below is None else [plain(low), plain(below)]

    return {name: band(low, below) for name, low, below in bands}


def _written_kept(_kind: Kind, kept: Mapping[str, str]) -> Any:
    return list(kept) if all(name == column for name, column in kept.items()) else dict(kept)


def _written_table(kind: Table, table: Mapping[str, Any]) -> Any:
    return {key: FORMS[type(kind.of)].write(kind.of, item) for key, item in table.items()}


def _written_raw(_kind: Kind, patterns: Any) -> Any:
    return [pattern[0] if len(pattern) == 1 else list(pattern) for pattern in patterns]


# JSON Schema


def schema_of(kind: Any, about: str = "") -> Schema:
    """Return the JSON Schema of one kind."""
    return FORMS[type(kind)].schema(kind) | ({"description": about} if about else {})


def table_schema(of: type[Any], leave_out: Collection[str] = (), **more: Any) -> Schema:
    """Return the JSON Schema of the table of a class, but for some of its fields."""
    known = {name: field for name, field in declared(of).items() if name not in leave_out}
    properties = {name: schema_of(field.kind, field.about) for name, field in known.items()}
    return object_schema(properties, [name for name, field in known.items() if field.required], **more)


def object_schema(properties: Mapping[str, Any], required: Collection[str] = (), **more: Any) -> Schema:
    """Return the JSON Schema of a table that holds these keys and no other."""
    needed = {"required": list(required)} if required else {}
    return {"type": "object", "properties": dict(properties), **needed, "additionalProperties": False, **more}


def reference(name: str) -> Schema:
    """Return a reference to a definition of the schema."""
    return {"$ref": f"#/$defs/{name}"}


def either(*schemas: Schema) -> Schema:
    """Return the schema of what fits one of several."""
    return {"anyOf": list(schemas)} if len(schemas) > 1 else schemas[0]


def listed(item: Schema, at_least: int = 0, at_most: int | None = None) -> Schema:
    """Return the schema of a list."""
    limits = {"minItems": at_least} if at_least else {}
    return {"type": "array", "items": item, **limits, **({"maxItems": at_most} if at_most else {})}


def _mapping(item: Schema, **more: Any) -> Schema:
    return {"type": "object", "additionalProperties": item, **more}


def _text_schema(kind: kinds.Text) -> Schema:
    return {"type": "string"} | (
        {"minLength": 1, "maxLength": 1} if kind.mark else {} if kind.blank else {"pattern": r"\S"}
    )


def _number_schema(kind: kinds.Number) -> Schema:
    one: Schema = {"type": "integer" if kind.whole else "number"}
    if math.isfinite(kind.low):
        one["exclusiveMinimum" if kind.above else "minimum"] = plain(kind.low)
    if math.isfinite(kind.high):
        one["maximum"] = plain(kind.high)
    item = either(one, *([reference("column")] if kind.column else []))
    cells = [_mapping(item, propertyNames={"pattern": CELL_KEY_PATTERN})] if kind.per_cell else []
    return either(*({"const": word} for word in kind.words), *(item.get("anyOf") or [item]), *cells)


def _curve_schema(_kind: Kind) -> Schema:
    at = {"type": "number", "exclusiveMinimum": 0, "maximum": 1}
    knots = listed(listed({"type": "number"}, 2, 2), 2)
    shapes = [object_schema({"threshold": at}, ["threshold"]), object_schema({"knots": knots}, ["knots"])]
    return either({"type": "string", "examples": list(NAMED)}, *shapes)


def _join_schema(_kind: Kind) -> Schema:
    sides = {key: {"type": "number", "exclusiveMinimum": 0} for key in ("required", "experience")}
    weighted = object_schema({"weighted": object_schema(sides, list(sides))}, ["weighted"])
    return either({"type": "string", "examples": list(NAMED_JOINS)}, weighted)


def _part_schema(kind: kinds.Part) -> Schema:
    one = either(*([{"type": "string", "pattern": r"\S"}] if kind.short else []), table_schema(kind.of))
    return {"": one, "list": listed(one), "table": _mapping(one)}[kind.many]


def _texts_schema(kind: Texts) -> Schema:
    return either(_TEXT, listed(_TEXT, kind.count, kind.count)) if kind.count else listed(_TEXT)


def _limits_schema(_kind: Kind) -> Schema:
    table = object_schema({key: {"type": "number"} for key in ("from", "below")}, minProperties=1)
    return _mapping(either(listed({"type": ["number", "null"]}, 1, 2), table), minProperties=1)


_TEXT: Schema = {"type": "string"}
_CODE: Schema = {"type": ["string", "number", "boolean"]}

#: One entry a kind.
FORMS: Mapping[type[Any], Form] = {
    kinds.Text: Form(_text_schema, cells.read_text),
    kinds.Name: Form(lambda kind: reference("cell_name" if kind.cell else "name")),
    kinds.Flag: Form(lambda _kind: {"type": "boolean"}, cells.read_flag),
    kinds.Choice: Form(lambda kind: {"enum": list(kind.options)}),
    kinds.Number: Form(_number_schema, cells.read_scalar, _number),
    kinds.CellNames: Form(lambda _kind: listed(reference("name")), cells.read_names, _cell_names),
    kinds.Part: Form(_part_schema, cells.read_toml, write=_written_part),
    CurveKind: Form(_curve_schema, cells.read_word, _curve, _written_curve),
    JoinKind: Form(_join_schema, cells.read_word, _join, _written_join),
    GateKind: Form(lambda _kind: reference("node")),
    MeasureKind: Form(lambda _kind: reference("name"), read=_measure, write=lambda _kind, measure: measure.name),
    StepKind: Form(lambda _kind: reference("name"), read=_step_name, write=lambda _kind, step: step.name),
    StepsKind: Form(
        lambda _kind: listed(reference("name")),
        cells.read_names,
        _step_names,
        lambda _kind, steps: [step.name for step in steps],
    ),
    RuleKind: Form(lambda _kind: reference("name"), read=_rule, write=lambda _kind, gate: gate.name),
    Codes: Form(lambda kind: either(_CODE, listed(_CODE, int(kind.some)))),
    Table: Form(lambda kind: _mapping(schema_of(kind.of), minProperties=int(kind.some)), write=_written_table),
    Texts: Form(_texts_schema),
    RawValues: Form(lambda _kind: either(_TEXT, listed(either(_TEXT, listed(_TEXT)))), write=_written_raw),
    Limits: Form(_limits_schema, write=_written_limits),
    Moment: Form(lambda _kind: _TEXT),
    Kept: Form(lambda _kind: either(listed(_TEXT), _mapping(_TEXT)), write=_written_kept),
}
