"""How files write each kind of field: reading it from plain data, writing it, and its JSON Schema."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any

import attrs

from outcomegap.checks import Checks, join, show
from outcomegap.errors import ModelError, hint
from outcomegap.model import declaration as kinds
from outcomegap.model.custom import Curve, CustomGate, Join, require
from outcomegap.model.declaration import ALL, ANY, Column, Kind, PerCell, cell_key, declared, read_fields
from outcomegap.model.gate import TAKEN
from outcomegap.model.inputs import (
    KEPT,
    READ,
    AsOf,
    Codes,
    Columns,
    DateColumn,
    Kept,
    KeptColumn,
    Limits,
    Lines,
    Moment,
    Pair,
    RawValues,
    ScoringDay,
)
from outcomegap.model.model import GATE, JOIN, NAMED_JOINS, WeightedJoin, as_join
from outcomegap.model.step import AFTER, CURVE, MEASURE, NAMED, OBSERVER, CustomCurve, Knots, Measure, Step, Threshold

#: Up to here every whole float is written without a point; beyond, the exponent reads better.
WHOLE = 1e16
Schema = dict[str, Any]
#: A table of plain data, as files have them.
Data = dict[str, Any]

# No white space at either end; a name in a cell key holds no slash, and is none of the two reserved words.
NAME_PATTERN = r"^\S([\s\S]*\S)?$"
CELL_NAME_PATTERN = r"^(?!\*$|default$)[^\s/]([^/]*[^\s/])?$"
CELL_KEY_PATTERN = r"^(default|(?!\*$)[^/]+|(?!default/)[^/]+/(?!\*$|default$)[^/]+)$"


#: By what there is of one's own: the pieces that each must have, and names that are taken.
KNOWN: Mapping[str, tuple[type[Any], tuple[str, ...]]] = {
    "gate": (CustomGate, TAKEN),
    "join": (Join, (*NAMED_JOINS, "weighted")),
    "curve": (Curve, tuple(NAMED)),
}


@attrs.define
class Plugins:
    """Objects of one kind by name: handed over by the caller, or loaded once something names what a plug-in offers.

    Parameters
    ----------
    what
        ``"gate"``, ``"join"``, ``"curve"`` or ``"scorer"``; entry points stand in ``outcomegap.gates`` and so on.
    protocol
        The pieces that each must have.
    taken
        Names that none of one's own may have.
    given
        What the caller hands over.
    """

    what: str
    protocol: type[Any]
    taken: tuple[str, ...] = ()
    given: dict[str, Any] = attrs.field(factory=dict)

    @classmethod
    def of(cls, what: str, given: Mapping[str, Any] | None = None) -> Plugins:
        """Gates, joins or curves: those that the caller gives, and those that packages offer."""
        found = cls(what, *KNOWN[what])
        found.given = {name: found.looked_at(name, value) for name, value in (given or {}).items()}
        return found

    def find(self, name: str, where: str) -> Any:
        """Return the object of that name.

        Raises
        ------
        ModelError
            If there is none, two packages offer one, or the plug-in that offers it fails.
        """
        if name not in self.given:
            self.given[name] = self.looked_at(name, self._plugged_in(name, where))
        return self.given[name]

    def installed(self) -> tuple[str, ...]:
        """Return the names that installed plug-ins offer; none of them is loaded."""
        from importlib.metadata import entry_points

        return tuple(sorted(entry_points(group=f"outcomegap.{self.what}s").names))

    def looked_at(self, name: object, value: Any) -> Any:
        """Return the object of that name, or say why there is none."""
        where = f"{self.what}s[{name!r:.60}]"
        if not isinstance(name, str) or name in self.taken:
            message = f"the name of a {self.what} is text, and none of the built-in names"
            raise ModelError.of(f"{self.what}s", where, message)
        if self.what == "curve" and type(value) in (Knots, Threshold):  # they have no other name in a file
            return value
        require(self.protocol, value, where)
        if value.name != name:
            message = f"this {self.what} is called {value.name!r:.60}; use one name"
            raise ModelError.of(f"{self.what}s", where, message)
        return CustomCurve(value, where) if self.what == "curve" and not isinstance(value, CustomCurve) else value

    def _plugged_in(self, name: str, where: str) -> Any:
        from importlib.metadata import entry_points

        handed = "" if self.what == "scorer" else f"pass yours: og.load(..., {self.what}s=...)"
        # Two that name one object are one offer.
        offers = {entry.value: entry for entry in entry_points(group=f"outcomegap.{self.what}s", name=name)}
        if not offers:
            near = hint(name[:100], dict.fromkeys([*self.taken, *self.given, *self.installed()]))
            package = f"install a package that offers it (entry point outcomegap.{self.what}s)"
            message = f"no {self.what} {name!r:.100}{near}; {handed}{', or ' if handed else ''}{package}"
            # unknown-curve, unknown-gate, unknown-join, unknown-scorer
            raise ModelError.of(f"unknown-{self.what}", where, message)
        if len(offers) > 1:
            packages = {value: getattr(entry.dist, "name", "a package") for value, entry in offers.items()}
            told = ", ".join(sorted(f"{package} ({value})" for value, package in packages.items()))
            message = f"{len(offers)} installed packages offer a {self.what} {name!r}: {told}; keep one of them"
            raise ModelError.of("duplicate-name", where, message + (f", or {handed}" if handed else ""))
        ((path, entry),) = offers.items()
        try:
            value = entry.load()
            # A plug-in may offer the class; a file has nothing to say that it could be made of.
            return value() if isinstance(value, type) else value
        except Exception as error:
            message = f"the plug-in that offers {self.what} {name!r} ({path}) fails to load: {error}"
            raise ModelError.of(self.what, where, message) from error


@attrs.frozen
class RuleKind(Kind):
    """A gate of the user's own; a file names it."""


@attrs.define
class Reader:
    """One file while it is read: the mistakes so far, and the names that what follows may use.

    `own` holds curves, gates and joins of one's own. Gates that are `unnamed` lose their names. `cells` holds the names
    of segments and stages, where they could be read.
    """

    own: Mapping[str, Plugins] = attrs.field(factory=dict)
    unnamed: Collection[str] = ()
    checks: Checks = attrs.field(factory=Checks)
    cells: dict[str, Collection[str]] = attrs.field(factory=dict)
    measures: dict[str, Measure] = attrs.field(factory=dict)
    steps: dict[str, Step] = attrs.field(factory=dict)

    def take(self, kind: Kind, checks: Checks, where: str, raw: object) -> Any:
        """Read one value; what is wrong is noted in `checks`, which knows the path of the table."""
        return form_of(kind).read(self, kind, checks, where, raw)

    def fields(self, of: type[Any], where: str, table: object, leave_out: Collection[str] = ()) -> Data | None:
        """Read the declared fields of a class, except some; None if there is no table."""
        return read_fields(of, self.checks.at(where), table, leave_out, self.take)

    def known(self, checks: Checks, where: str, what: str, name: str) -> None:
        """Note a segment or stage that the file does not have."""
        options = self.cells.get(what, [name])
        if name not in options:
            # unknown-segment, unknown-stage
            checks.finding(f"unknown-{what}", where, f"no {what} {name!r:.100}{checks.hint(name, options or (ALL,))}")


def plain(value: object) -> Any:
    """Return plain data: 500 for 500.0, lists for tuples, names for steps, what spells out a curve or join rule.

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
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    if isinstance(value, Column):
        return {"column": value.name}
    if isinstance(value, PerCell):
        return plain(({} if value.default is None else {"default": value.default}) | dict(value.values))
    if isinstance(value, WeightedJoin):
        return {"weighted": write_fields(value)}
    if type(value) is Threshold and value != NAMED["threshold"]:
        return {"threshold": plain(value.at)}
    if type(value) is Knots:
        return {"knots": plain(value.points)}
    return getattr(value, "name", value)


def form_of(kind: Kind) -> Form:
    """Return how files write a kind."""
    return FORMS.get(kind) or FORMS[type(kind)]


def write(kind: Kind, value: object) -> Any:
    """Return a value of some kind as plain data."""
    return form_of(kind).write(kind, value)


def write_fields(thing: Any, leave_out: Collection[str] = ()) -> Data:
    """Return the declared fields of an object that differ from their defaults, as plain data."""
    kept = {name: field for name, field in declared(type(thing)).items() if name not in leave_out}
    values = {name: (field, getattr(thing, name)) for name, field in kept.items()}
    return {name: write(field.kind, value) for name, (field, value) in values.items() if value != field.default}


@attrs.frozen
class Form:
    """How files write one kind of field."""

    schema: Callable[[Any], Schema]
    read: Callable[[Reader, Any, Checks, str, Any], Any] = lambda _reader, kind, *given: kind.take(*given)
    write: Callable[[Any, Any], Any] = lambda _kind, value: plain(value)


# Read


def _number(reader: Reader, kind: kinds.Number, checks: Checks, where: str, raw: object) -> Any:
    # A segment may be called "column"; its value is a number then, and no text.
    if kind.column and isinstance(raw, Mapping) and len(raw) == 1 and isinstance(raw.get("column"), str):
        return checks.attempt(lambda: Column(raw["column"]), where)
    if not isinstance(raw, Mapping) or not kind.per_cell:
        return kind.take(checks, where, raw)
    found = {}
    for key, item in raw.items():
        place = join(where, key)
        if key != "default" and checks.attempt(partial(cell_key, key), place) is not None:
            for what, name in zip(("segment", "stage"), key.split("/"), strict=False):
                if name != ANY:
                    reader.known(checks, place, what, name)
        found[key] = _number(reader, attrs.evolve(kind, per_cell=False), checks, place, item)
    default = found.pop("default", None)
    return PerCell(default, tuple(sorted(found.items())))


def _cell_names(reader: Reader, kind: kinds.CellNames, checks: Checks, where: str, raw: object) -> Any:
    names = kind.take(checks, where, raw)
    for i, name in enumerate(names):
        reader.known(checks, f"{where}[{i}]", kind.of, name)
    return names


def _named(reader: Reader, kind: Kind, checks: Checks, where: str, raw: object) -> Any:
    """Read the name of a measure, or of a step."""
    known: Mapping[str, Any] = reader.measures if kind == MEASURE else reader.steps
    name = checks.text(where, raw, blank=True, rule="type")
    if isinstance(raw, str) and name not in known:
        rule, what = ("unknown-measure", "measure") if kind == MEASURE else ("unknown-name", "step")
        checks.finding(rule, where, f"no {what} is called {name!r:.100}{checks.hint(name, known)}")
    return known.get(name)


def _step_names(_reader: Reader, _kind: Kind, checks: Checks, where: str, raw: object) -> Any:
    """Read the names of steps; the steps themselves are found when all are there."""
    return checks.texts(where, raw)


def _curve(reader: Reader, _kind: Kind, checks: Checks, where: str, raw: object) -> Any:
    if isinstance(raw, str):
        return checks.attempt(lambda: NAMED.get(raw) or reader.own["curve"].find(raw, join(checks.where, where)), where)
    shapes: Mapping[object, Callable[[Any], Any]] = {"threshold": Threshold, "knots": Knots}
    key = next(iter(raw)) if isinstance(raw, Mapping) and len(raw) == 1 else None
    if not isinstance(raw, Mapping) or key not in shapes:
        wanted = "{ threshold = 0.5 } or { knots = [[0, 0], [1, 1]] }"
        checks.finding("curve", where, f"must be the name of a curve, {wanted} (got {show(raw)})")
        return None
    where, said = f"{where}.{key}", raw[key]
    if key == "knots" and not (isinstance(said, list) and all(isinstance(p, list) and len(p) == 2 for p in said)):
        checks.finding("curve", where, f"must be a list of pairs [z, value] (got {show(said)})")
        return None
    return checks.attempt(lambda: shapes[key](said), where)


def _rule(reader: Reader, _kind: RuleKind, checks: Checks, where: str, raw: object) -> Any:
    name = checks.text(where, raw, blank=True, rule="type")
    found = partial(reader.own["gate"].find, name, join(checks.where, where))
    return checks.attempt(found, where) if isinstance(raw, str) else None


def _join(reader: Reader, _kind: Kind, checks: Checks, where: str, raw: object) -> Any:
    place = join(checks.where, where)
    if isinstance(raw, str):
        return checks.attempt(
            lambda: as_join(place, NAMED_JOINS.get(raw) or reader.own["join"].find(raw, place)), where
        )
    if not isinstance(raw, Mapping) or set(raw) != {"weighted"}:
        shape = "{ weighted = { required = 0.7, experience = 0.3 } }"
        known = ", ".join(map(repr, NAMED_JOINS))
        checks.finding("join", where, f"must be {known}, {shape}, or the name of your own (got {show(raw)})")
        return None
    return kinds.Part(WeightedJoin).take(checks, f"{where}.weighted", raw["weighted"])


# Write


def _written_limits(_kind: Kind, bands: Any) -> Any:
    def band(low: float | None, below: float | None) -> Any:
        if low is None:
            return {"below": plain(below)}
        return [plain(low)] if below is None else [plain(low), plain(below)]

    return {name: band(low, below) for name, low, below in bands}


def _written_kept(_kind: Kind, kept: Mapping[str, Any]) -> Any:
    if all(name == column for name, column in kept.items()):
        return list(kept)
    return {name: write(KEPT, column) for name, column in kept.items()}


# JSON Schema


def schema_of(kind: Kind, about: str = "") -> Schema:
    """Return the JSON Schema of one kind."""
    return form_of(kind).schema(kind) | ({"description": about} if about else {})


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
    weighted = object_schema({"weighted": table_schema(WeightedJoin)}, ["weighted"])
    return either({"type": "string", "examples": list(NAMED_JOINS)}, weighted)


def _part_schema(kind: kinds.Part) -> Schema:
    short = [schema_of(declared(kind.of)[kind.short].kind)] if kind.short else []
    return either(*short, table_schema(kind.of))


def _limits_schema(_kind: Kind) -> Schema:
    table = object_schema({key: {"type": "number"} for key in ("from", "below")}, minProperties=1)
    return _mapping(either(listed({"type": ["number", "null"]}, 1, 2), table), minProperties=1)


_TEXT: Schema = {"type": "string"}
_MOMENT: Schema = {"type": ["string", "number"]}
_CODE: Schema = {"type": ["string", "number", "boolean"]}

#: One entry a kind, or one of a field's own.
FORMS: Mapping[Kind | type[Kind], Form] = {
    kinds.Text: Form(_text_schema),
    kinds.Name: Form(lambda kind: reference("cell_name" if kind.cell else "name")),
    kinds.Flag: Form(lambda _kind: {"type": "boolean"}),
    kinds.Choice: Form(lambda kind: {"enum": list(kind.options)}),
    kinds.Number: Form(_number_schema, read=_number),
    kinds.CellNames: Form(lambda _kind: listed(reference("name")), read=_cell_names),
    kinds.Part: Form(_part_schema, write=lambda _kind, part: write_fields(part)),
    kinds.Listed: Form(
        lambda kind: listed(schema_of(kind.of)),
        write=lambda kind, items: [write(kind.of, item) for item in items],
    ),
    CURVE: Form(_curve_schema, read=_curve),
    JOIN: Form(_join_schema, read=_join),
    GATE: Form(lambda _kind: reference("node")),
    MEASURE: Form(lambda _kind: reference("name"), read=_named),
    OBSERVER: Form(lambda _kind: reference("name"), read=_named),
    AFTER: Form(lambda _kind: listed(reference("name")), read=_step_names),
    RuleKind: Form(lambda _kind: reference("name"), read=_rule),
    Codes: Form(lambda kind: either(_CODE, listed(_CODE, int(kind.some)))),
    kinds.Table: Form(
        lambda kind: _mapping(schema_of(kind.of), **({"minProperties": 1} if kind.some else {})),
        write=lambda kind, table: {key: write(kind.of, item) for key, item in table.items()},
    ),
    Columns: Form(lambda _kind: either(_TEXT, listed(_TEXT, 1))),
    Lines: Form(lambda _kind: either({"type": "integer", "minimum": 0}, listed({"type": "integer"}))),
    DateColumn: Form(lambda _kind: either(_TEXT, listed(_TEXT, 2, 2))),
    RawValues: Form(
        lambda _kind: either(_TEXT, listed(either(_TEXT, listed(_TEXT)))),
        write=lambda _kind, patterns: [pattern[0] if len(pattern) == 1 else list(pattern) for pattern in patterns],
    ),
    Limits: Form(_limits_schema, write=_written_limits),
    Moment: Form(lambda _kind: _MOMENT),
    AsOf: Form(
        lambda _kind: {"anyOf": [_MOMENT, table_schema(ScoringDay)]},
        write=lambda _kind, value: write_fields(value) if isinstance(value, ScoringDay) else plain(value),
    ),
    Pair: Form(lambda _kind: listed(_TEXT, 2, 2)),
    KeptColumn: Form(
        lambda _kind: schema_of(READ),
        write=lambda _kind, kept: kept if isinstance(kept, str) else write(READ, kept),
    ),
    Kept: Form(lambda _kind: either(listed(_TEXT), _mapping(schema_of(KEPT))), write=_written_kept),
}
