"""Readers of single values: text, numbers, numbers that differ per cell, curves, lists of names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from outcomegap.files.reading import Reading, join, show
from outcomegap.model import gate, outcome, step
from outcomegap.model.curve import Knots, Threshold
from outcomegap.model.custom import Curve
from outcomegap.model.join import NAMED_JOINS, JoinRule, WeightedJoin, as_join
from outcomegap.model.values import ANY, PerCell, Scalar, Value, _key, column, number, per_cell


def text(reading: Reading, where: str, value: object) -> str | None:
    """Read text."""
    if not isinstance(value, str):
        reading.note("type", where, f"must be text (got {show(value)})")
        return None
    return value


def flag(reading: Reading, where: str, value: object) -> bool | None:
    """Read true or false."""
    if not isinstance(value, bool):
        reading.note("type", where, f"must be true or false (got {show(value)})")
        return None
    return value


def names(reading: Reading, where: str, value: object) -> list[str] | None:
    """Read a list of names."""
    if not isinstance(value, list):
        reading.note("type", where, f"must be a list of names (got {show(value)})")
        return None
    found = [text(reading, f"{where}[{i}]", item) for i, item in enumerate(value)]
    return [name for name in found if name is not None]


def finite(reading: Reading, where: str, value: object) -> float | None:
    """Read a finite number."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        reading.note("number", where, f"must be a number (got {show(value)})")
        return None
    if isinstance(value, int) and value.bit_length() > 1023:
        reading.note("number", where, f"must be finite (got {show(value)})")
        return None
    return reading.attempt(where, lambda: number(where, "value", value))


def scalar(reading: Reading, where: str, value: object) -> Scalar | None:
    """Read a number, or ``{ column = "name" }``."""
    if not isinstance(value, dict):
        return finite(reading, where, value)
    if set(value) != {"column"}:
        message = f'must be a number or {{ column = "name" }} (got {show(value)})'
        reading.note("number", where, message)
        return None
    name = text(reading, join(where, "column"), value["column"])
    return None if name is None else reading.attempt(where, lambda: column(name))


def value(reading: Reading, where: str, raw: object) -> Value | None:
    """Read what a floor or target may be: a number, a column, or either per cell."""
    # A segment may be called "column"; its value is a number then, and no text.
    text_alone = isinstance(raw, dict) and len(raw) == 1 and isinstance(next(iter(raw.values())), str)
    if not isinstance(raw, dict) or (text_alone and "column" in raw):
        return scalar(reading, where, raw)
    if text_alone:
        key = next(iter(raw))
        message = f'must be a number (got {show(raw[key])}); write {{ column = "name" }} to take it from a column'
        reading.note("number", join(where, key), message)
        return None
    return _per_cell(reading, where, raw, scalar)


def numeric(reading: Reading, where: str, raw: object) -> float | PerCell | None:
    """Read a number, or numbers per cell; a column cannot stand here."""
    return _per_cell(reading, where, raw, finite) if isinstance(raw, dict) else finite(reading, where, raw)


def missing(reading: Reading, where: str, raw: object) -> step.Missing | None:
    """Read what a missing value counts as: ``"skip"``, or a number in [0, 1], also per cell."""
    if isinstance(raw, str):
        return reading.attempt(where, lambda: step._missing(where, raw))
    found = numeric(reading, where, raw)
    return None if found is None else reading.attempt(where, lambda: step._missing(where, found))


def threshold(name: str) -> Callable[[Reading, str, object], Any]:
    """Return the reader of a share such as ``achieved_at``."""

    def read(reading: Reading, where: str, raw: object) -> outcome.Threshold | None:
        found = numeric(reading, where, raw)
        return None if found is None else reading.attempt(where, lambda: outcome._threshold(where, name, found))

    return read


def weight(reading: Reading, where: str, raw: object) -> float | PerCell | None:
    """Read the weight of a child of a mean: positive, also per cell."""
    found = numeric(reading, where, raw)
    return None if found is None else reading.attempt(where, lambda: gate.weight_of(where, found))


def curve(reading: Reading, where: str, raw: object) -> Curve | None:
    """Read a curve: a name, ``{ threshold = 0.5 }`` or ``{ knots = [[0, 0], [1, 1]] }``."""
    if isinstance(raw, str):
        return reading.attempt(where, lambda: reading.curves.find(raw, where))
    if isinstance(raw, dict) and set(raw) == {"threshold"}:
        at = finite(reading, join(where, "threshold"), raw["threshold"])
        return None if at is None else reading.attempt(where, lambda: Threshold(at))
    if isinstance(raw, dict) and set(raw) == {"knots"}:
        return _knots(reading, join(where, "knots"), raw["knots"])
    message = f"must be the name of a curve, {{ threshold = 0.5 }} or {{ knots = [[0, 0], [1, 1]] }} (got {show(raw)})"
    reading.note("curve", where, message)
    return None


def join_rule(reading: Reading, where: str, raw: object) -> JoinRule | None:
    """Read how R and E are joined: a name, or ``{ weighted = { required = 0.7, experience = 0.3 } }``."""
    if isinstance(raw, str):
        if raw in NAMED_JOINS:
            return NAMED_JOINS[raw]
        return reading.attempt(where, lambda: as_join(where, reading.joins.find(raw, where)))
    weights = raw.get("weighted") if isinstance(raw, dict) and set(raw) == {"weighted"} else None
    if not isinstance(weights, dict) or set(weights) != {"required", "experience"}:
        shape = "{ weighted = { required = 0.7, experience = 0.3 } }"
        message = f"must be {', '.join(map(repr, NAMED_JOINS))}, {shape}, or the name of your own (got {show(raw)})"
        reading.note("join", where, message)
        return None
    found = {side: finite(reading, f"{where}.weighted.{side}", weight) for side, weight in weights.items()}
    if any(weight is None for weight in found.values()):
        return None
    return reading.attempt(where, lambda: WeightedJoin(**found))  # type: ignore[arg-type]


def one_of(options: tuple[str, ...]) -> Callable[[Reading, str, object], Any]:
    """Return the reader of one of a few words."""

    def read(reading: Reading, where: str, raw: object) -> str | None:
        if raw in options:
            return str(raw)
        listed = ", ".join(repr(option) for option in options)
        reading.note("choice", where, f"must be one of {listed} (got {show(raw)})")
        return None

    return read


def _knots(reading: Reading, where: str, raw: object) -> Knots | None:
    pairs = raw if isinstance(raw, list) else []
    if not pairs or not all(isinstance(pair, list) and len(pair) == 2 for pair in pairs):
        reading.note("curve", where, f"must be a list of pairs [z, value] (got {show(raw)})")
        return None
    points = [[finite(reading, f"{where}[{i}]", item) for item in pair] for i, pair in enumerate(pairs)]
    if any(item is None for pair in points for item in pair):
        return None
    return reading.attempt(where, lambda: Knots(tuple((z, v) for z, v in points)))  # type: ignore[misc]


def _per_cell(
    reading: Reading, where: str, raw: dict[str, Any], read: Callable[[Reading, str, object], Any]
) -> PerCell | None:
    known = [_known_cell(reading, join(where, key), key) for key in raw if key != "default"]
    found = {key: read(reading, join(where, key), item) for key, item in raw.items()}
    if any(item is None for item in found.values()) or not all(known):
        return None
    default = found.pop("default", None)
    return reading.attempt(where, lambda: per_cell(default, found))


def _known_cell(reading: Reading, where: str, key: str) -> bool:
    """Note a key that names no segment or stage of the file; so is a malformed one."""
    segment, slash, stage = key.partition("/")
    fine = reading.attempt(where, lambda: _key(key)) is not None
    if fine and segment != ANY and reading.segments is not None and segment not in reading.segments:
        reading.note("unknown-segment", where, f"no segment {segment!r:.100}{reading.near(segment, reading.segments)}")
        fine = False
    if fine and slash and reading.stages is not None and stage not in reading.stages:
        reading.note("unknown-stage", where, f"no stage {stage!r:.100}{reading.near(stage, reading.stages)}")
        fine = False
    return fine
