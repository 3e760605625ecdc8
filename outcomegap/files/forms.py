"""How each kind of gate is written: one small table, read and written by it, and described by it in the JSON Schema.

A further kind of gate is one more row: `outcomegap.load(..., gates={"key": GateForm(...)})`. A gate of the user's own
needs none: it is written ``{ gate = "name", of = [...] }``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs

from outcomegap.files.plain import plain_value
from outcomegap.files.reading import Reading, join, known_keys, show
from outcomegap.files.values import finite, weight
from outcomegap.model.gate import AllOf, AnyOf, AtLeast, Gate, Mean, Node
from outcomegap.model.numeric import LEAST, Numeric, PowerMean, Weakest
from outcomegap.model.values import PerCell


@attrs.frozen
class Parsed:
    """A gate as it stands in a file: where its children stand, and how to make it once they are there."""

    children: list[tuple[str, Any]]
    make: Callable[[list[Node], str | None], Gate]


@attrs.frozen
class GateForm:
    """How one kind of gate is written.

    Parameters
    ----------
    kind
        The class of gate.
    read
        From (reading, path, table) to a `Parsed`, or None after noting why not.
    write
        From a gate and the written forms of its children to its table.
    schema
        JSON Schema of each key.
    also
        Keys that stand beside its own.
    """

    kind: type[Gate]
    read: Callable[[Reading, str, dict[str, Any]], Parsed | None]
    write: Callable[[Any, list[Any]], dict[str, Any]]
    schema: Mapping[str, Any]
    also: tuple[str, ...] = ()


def _listed(reading: Reading, where: str, value: object) -> list[tuple[str, Any]] | None:
    """Return the places and raw forms of the children in a list."""
    if not isinstance(value, list):
        reading.note("type", where, f"must be a list of names and gates (got {show(value)})")
        return None
    return [(f"[{i}]", item) for i, item in enumerate(value)]


def _simple(kind: type[Gate]) -> GateForm:
    """Return the form of a gate that is nothing but its children."""
    key = kind.kind
    make: Any = kind

    def read(reading: Reading, where: str, table: dict[str, Any]) -> Parsed | None:
        items = _listed(reading, join(where, key), table[key])
        children = [(f".{key}{place}", item) for place, item in items or ()]
        return None if items is None else Parsed(children, lambda nodes, name: make(*nodes, name=name))

    return GateForm(kind, read, lambda _gate, children: {key: children}, {key: NODES})


def _read_at_least(reading: Reading, where: str, table: dict[str, Any]) -> Parsed | None:
    k = table["at_least"]
    whole = isinstance(k, int) and not isinstance(k, bool)
    if not whole:
        reading.note("type", join(where, "at_least"), f"must be a whole number (got {show(k)})")
    if "of" not in table:
        reading.note("missing-key", join(where, "of"), 'is missing; write { at_least = 2, of = ["a", "b", "c"] }')
        return None
    items = _listed(reading, join(where, "of"), table["of"])
    if items is None or not whole:
        return None
    limited = min(max(k, -(10**9)), 10**9)  # a number of thousands of digits would not fit a message
    children = [(f".of{place}", item) for place, item in items]
    return Parsed(children, lambda nodes, name: AtLeast(limited, *nodes, name=name))


def _read_mean(reading: Reading, where: str, table: dict[str, Any]) -> Parsed | None:
    found = _with_weights(reading, where, "mean", table["mean"])
    if found is None:
        return None
    children, weights = found
    return Parsed(children, lambda nodes, name: Mean(*nodes, weights=weights, name=name))


def _with_weights(
    reading: Reading, where: str, key: str, raw: object
) -> tuple[list[tuple[str, Any]], list[float | PerCell]] | None:
    """Return the places and raw forms of weighted children, and their weights."""
    where = join(where, key)
    if isinstance(raw, dict):
        children: list[tuple[str, Any]] = [(f".{key}.{name:.100}", name) for name in raw]
        weights = [weight(reading, join(where, name), item) for name, item in raw.items()]
    else:
        items = _listed(reading, where, raw)
        if items is None:
            return None
        pairs = [_weighted(reading, where, key, place, item) for place, item in items]
        children, weights = [child for child, _ in pairs], [w for _, w in pairs]
    # A weight that cannot be read is noted; 1 stands in for it, so that the gate itself is still looked at.
    return children, [1.0 if w is None else w for w in weights]


def _weighted(reading: Reading, where: str, key: str, place: str, item: object) -> tuple[tuple[str, Any], Any]:
    """Read one item of a mean: a node, or ``{ of = node, weight = 2 }``."""
    if not isinstance(item, dict) or not reading.gates.isdisjoint(item):
        return (f".{key}{place}", item), 1.0
    here = f"{where}{place}"
    known_keys(reading, here, item, ("of", "weight"))
    if "of" not in item:
        reading.note("missing-key", join(here, "of"), 'is missing; write { of = "name", weight = 2 }')
    given = weight(reading, join(here, "weight"), item["weight"]) if "weight" in item else 1.0
    return (f".{key}{place}.of", item.get("of", STAND_IN)), given


def _write_weights(gate: Mean | PowerMean, children: list[Any]) -> Any:
    weights = [plain_value(w) for w in gate.weights]
    if all(w == 1 for w in weights):
        return children
    if all(isinstance(child, str) for child in children):
        return dict(zip(children, weights, strict=True))
    return [{"of": child, "weight": w} for child, w in zip(children, weights, strict=True)]


def _read_power_mean(reading: Reading, where: str, table: dict[str, Any]) -> Parsed | None:
    r = finite(reading, join(where, "power_mean"), table["power_mean"])
    if "of" not in table:
        reading.note("missing-key", join(where, "of"), 'is missing; write { power_mean = -2, of = ["a", "b"] }')
        return None
    found = _with_weights(reading, where, "of", table["of"])
    if r is None or found is None:
        return None
    children, weights = found
    return Parsed(children, lambda nodes, name: PowerMean(r, *nodes, weights=weights, name=name))  # type: ignore[arg-type]


def _read_numeric(reading: Reading, where: str, table: dict[str, Any]) -> Parsed | None:
    rule = table["gate"]
    if not isinstance(rule, str):
        reading.note("type", join(where, "gate"), f"must be the name of a gate of your own (got {show(rule)})")
    if "of" not in table:
        reading.note("missing-key", join(where, "of"), 'is missing; write { gate = "name", of = ["a", "b"] }')
        return None
    items = _listed(reading, join(where, "of"), table["of"])
    if not isinstance(rule, str) or items is None:
        return None
    gate = reading.attempt(join(where, "gate"), lambda: reading.rules.find(rule, join(where, "gate")))
    if gate is None:
        return None
    children = [(f".of{place}", item) for place, item in items]
    return Parsed(children, lambda nodes, name: Numeric(gate, *nodes, name=name))


#: Stands where a node is missing and that has been noted already.
STAND_IN = object()

_NODE = {"$ref": "#/$defs/node"}
NODES = {"type": "array", "minItems": 1, "items": _NODE}


def _weighted_nodes(weight: Mapping[str, Any]) -> dict[str, Any]:
    """Describe a list of children with or without weights, or a table of names and weights."""
    weighted = {
        "type": "object",
        "properties": {"of": _NODE, "weight": weight},
        "required": ["of"],
        "additionalProperties": False,
    }
    return {
        "anyOf": [
            {"type": "array", "minItems": 1, "items": {"anyOf": [_NODE, weighted]}},
            {"type": "object", "minProperties": 1, "additionalProperties": weight},
        ]
    }


_MEAN = _weighted_nodes({"$ref": "#/$defs/weight"})
_EXPONENT = {"anyOf": [{"type": "number", "minimum": LEAST}, {"type": "number", "maximum": -LEAST}]}
_POSITIVE = {"type": "number", "exclusiveMinimum": 0}

#: Every kind of gate that a file may write, by the key that tells it.
GATE_FORMS: Mapping[str, GateForm] = {
    "all_of": _simple(AllOf),
    "any_of": _simple(AnyOf),
    "at_least": GateForm(
        AtLeast,
        _read_at_least,
        lambda gate, children: {"at_least": gate.k, "of": children},
        {"at_least": {"type": "integer", "minimum": 1}, "of": NODES},
        also=("of",),
    ),
    "mean": GateForm(Mean, _read_mean, lambda gate, nodes: {"mean": _write_weights(gate, nodes)}, {"mean": _MEAN}),
    "weakest": _simple(Weakest),
    "power_mean": GateForm(
        PowerMean,
        _read_power_mean,
        lambda gate, children: {"power_mean": plain_value(gate.r), "of": _write_weights(gate, children)},
        {"power_mean": _EXPONENT, "of": _weighted_nodes(_POSITIVE)},
        also=("of",),
    ),
    "gate": GateForm(
        Numeric,
        _read_numeric,
        lambda gate, children: {"gate": gate.gate.name, "of": children},
        {"gate": {"$ref": "#/$defs/name"}, "of": NODES},
        also=("of",),
    ),
}
