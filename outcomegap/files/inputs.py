"""The ``[inputs]`` table of a model file: read with every mistake at once, written, and described."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs

from outcomegap.errors import Finding, ModelError, hint
from outcomegap.files.plain import plain_number
from outcomegap.files.reading import join, show
from outcomegap.model.frozenmap import FrozenMap
from outcomegap.model.inputs import Expected, Inputs, TableInput, inputs_error
from outcomegap.model.mapping import CellInput, MeasureInput
from outcomegap.model.source import Source

_CELLS = ("segment", "stage", "goal")


def read_inputs(data: object, where: str, findings: list[Finding]) -> Inputs | None:
    """Read how raw tables become measures and cells.

    Parameters
    ----------
    data
        The table as TOML, JSON or YAML give it.
    where
        Its path in the file, such as ``"inputs"``.
    findings
        Every mistake is added here, with its path.

    Returns
    -------
    Inputs or None
        None where there was a mistake.

    Examples
    --------
    >>> findings = []
    >>> read_inputs({"id": "Kunde", "measures": {"reply": {"colum": "Reply (h)"}}}, "inputs", findings)
    >>> print(findings[0])
    error: inputs.measures.reply.colum: unknown key (did you mean 'column'?) [unknown-key]
    """
    if not isinstance(data, Mapping):
        findings.append(Finding("type", where, f"must be a table of keys and values (got {show(data)})"))
        return None
    before = len(findings)
    parts: dict[str, Any] = {}
    for key, value in data.items():
        path = join(where, str(key))
        if key in _CELLS:
            parts[key] = _read(CellInput, value, path, findings)
        elif key in ("measures", "tables"):
            kind = MeasureInput if key == "measures" else TableInput
            parts[key] = _read_all(kind, value, path, findings)
        elif key == "expect":
            parts[key] = _read_list(value, path, findings)
        elif key in _names(Inputs):
            parts[key] = value
        else:
            findings.append(_unknown(path, key, Inputs))
    if any(f.where.startswith((join(where, "tables"), join(where, "measures"))) for f in findings[before:]):
        return None  # what is said of the whole would complain of what could not be read
    inputs = _make(Inputs, parts, where, findings)
    return inputs if len(findings) == before else None


def _names(kind: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in attrs.fields(kind))


def _unknown(path: str, key: object, kind: type[Any]) -> Finding:
    return Finding("unknown-key", path, f"unknown key{hint(str(key)[:100], _names(kind))}")


def _make(kind: type[Any], values: dict[str, Any], where: str, findings: list[Finding]) -> Any:
    try:
        return kind(**values)
    except ModelError as error:
        findings.extend(inputs_error(where, error))
        return None


def _read(kind: type[Any], data: object, where: str, findings: list[Finding]) -> Any:
    if isinstance(data, str) and issubclass(kind, Source):
        data = {"column": data}
    if not isinstance(data, Mapping):
        findings.append(Finding("type", where, f"must be a table of keys and values (got {show(data)})"))
        return None
    known = {key: value for key, value in data.items() if key in _names(kind)}
    findings.extend(_unknown(join(where, str(key)), key, kind) for key in data if key not in known)
    return _make(kind, known, where, findings)


def _read_all(kind: type[Any], data: object, where: str, findings: list[Finding]) -> dict[str, Any]:
    if not isinstance(data, Mapping):
        findings.append(Finding("type", where, f"must be a table of keys and values (got {show(data)})"))
        return {}
    read = {str(name): _read(kind, value, join(where, str(name)), findings) for name, value in data.items()}
    return {name: value for name, value in read.items() if value is not None}


def _read_list(data: object, where: str, findings: list[Finding]) -> list[Any]:
    if not isinstance(data, (list, tuple)):
        findings.append(Finding("type", where, f"must be a list of tables (got {show(data)})"))
        return []
    read = [_read(Expected, value, f"{where}.{number}", findings) for number, value in enumerate(data)]
    return [value for value in read if value is not None]


def write_inputs(inputs: Inputs) -> dict[str, Any]:
    """Write inputs as plain data; `read_inputs` gives back an equal object.

    Examples
    --------
    >>> write_inputs(Inputs(id="Kunde", measures={"rating": {"column": "Rating (1-5)", "missing": [0]}}))
    {'id': 'Kunde', 'measures': {'rating': {'column': 'Rating (1-5)', 'missing': [0]}}}
    """
    return _written(inputs)


def _written(thing: Any) -> dict[str, Any]:
    special = _WRITERS.get(type(thing), {})
    plain = {}
    for field in attrs.fields(type(thing)):
        value = getattr(thing, field.name)
        default = field.default.factory() if isinstance(field.default, attrs.Factory) else field.default  # type: ignore[arg-type]
        if value != default:
            plain[field.name] = special.get(field.name, _plain)(value)
    return plain


def _plain(value: Any) -> Any:
    if attrs.has(type(value)):
        return _written(value)
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return plain_number(value) if isinstance(value, float) else value


def _keep(value: FrozenMap[str]) -> Any:
    return list(value) if all(name == column for name, column in value.items()) else dict(value)


def _patterns(value: Any) -> Any:
    return {name: [p[0] if len(p) == 1 else list(p) for p in patterns] for name, patterns in value.items()}


def _bands(value: Any) -> Any:
    def band(low: float | None, below: float | None) -> Any:
        if low is None:
            return {} if below is None else {"below": _plain(below)}
        return [_plain(low)] if below is None else [_plain(low), _plain(below)]

    return {name: band(low, below) for name, low, below in value}


_WRITERS: dict[type[Any], dict[str, Callable[[Any], Any]]] = {
    Inputs: {"keep": _keep},
    CellInput: {"values": _patterns, "bands": _bands},
}


def inputs_schema() -> dict[str, Any]:
    """Return the JSON Schema of the ``[inputs]`` table.

    Examples
    --------
    >>> sorted(inputs_schema()["properties"])[:4]
    ['as_of', 'customers', 'date_format', 'decimal']
    """
    from outcomegap.files.inputs_schema import SCHEMA

    return SCHEMA
