"""What every reader shares: note each mistake with its path, and go on, so that all are told at once."""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import attrs

from outcomegap.errors import Finding, ModelError, Severity, hint
from outcomegap.files.curves import Curves
from outcomegap.files.plugins import Plugins
from outcomegap.model.measure import Measure

T = TypeVar("T")

#: How many names may be compared in search of the nearest, before hints are left out.
PATIENCE = 100_000


@attrs.define
class Reading:
    """One file while it is read: the mistakes so far, and the names that what follows may use.

    `segments` and `stages` are None where the file's own list of them could not be read; `gates` are the keys that
    tell a gate; `rules` and `joins` are gates and join rules that go by a name.
    """

    curves: Curves = attrs.field(factory=Curves.of)
    findings: list[Finding] = attrs.field(factory=list)
    segments: tuple[str, ...] | None = None
    stages: tuple[str, ...] | None = None
    measures: dict[str, Measure] = attrs.field(factory=dict)
    gates: frozenset[str] = frozenset()
    rules: Plugins = attrs.field(factory=Plugins.gates)
    joins: Plugins = attrs.field(factory=Plugins.joins)
    _patience: int = PATIENCE

    def note(self, rule: str, where: str, message: str, severity: Severity = "error") -> None:
        """Keep one finding."""
        self.findings.append(Finding(rule, where or "file", message, severity))

    def attempt(self, where: str, make: Callable[[], T]) -> T | None:
        """Return what `make` makes, or None where the model refuses it; its reasons are noted under `where`."""
        try:
            return make()
        except ModelError as error:
            for finding in error.findings:
                self.note(finding.rule, where, finding.message)
            return None

    def near(self, name: object, names: Iterable[str]) -> str:
        """Return a hint at the nearest valid name, as long as patience lasts: comparing all with all is slow."""
        options = list(names)
        self._patience -= len(options)
        return hint(str(name)[:100], options) if self._patience > 0 else ""


#: Reads one value: (reading, path, raw value) -> what the model wants, or None where it cannot be read.
Reader = Callable[[Reading, str, Any], Any]


@attrs.frozen
class Key:
    """One key of a table: how its value is read, and what the JSON Schema says of it."""

    read: Reader
    schema: Mapping[str, Any]
    required: bool = False


def read_table(reading: Reading, where: str, data: object, keys: Mapping[str, Key]) -> dict[str, Any] | None:
    """Read a table key by key; what cannot be read is noted and left out.

    Returns
    -------
    dict or None
        The values that could be read, by key; None where `data` is no table.
    """
    if not isinstance(data, dict):
        reading.note("type", where, f"must be a table of keys and values (got {show(data)})")
        return None
    known_keys(reading, where, data, keys)
    for name, key in keys.items():
        if key.required and name not in data:
            reading.note("missing-key", join(where, name), "is missing")
    values = {name: key.read(reading, join(where, name), data[name]) for name, key in keys.items() if name in data}
    return {name: value for name, value in values.items() if value is not None}


def known_keys(reading: Reading, where: str, data: Mapping[str, Any], keys: Iterable[str]) -> None:
    """Note every key of `data` that is not among `keys`."""
    options = list(keys)
    for key in data:
        if key not in options:
            reading.note("unknown-key", join(where, key), f"unknown key{reading.near(key, options)}")


def join(where: str, key: str) -> str:
    """Return the path of a key.

    Examples
    --------
    >>> join("gaps.list built", "target"), join("", "name")
    ('gaps.list built.target', 'name')
    """
    short = key if len(key) <= 100 else f"{key[:97]}..."
    return f"{where}.{short}" if where else short


_short = reprlib.Repr()
_short.maxlevel, _short.maxstring, _short.maxother, _short.maxdict, _short.maxlist = 3, 60, 60, 3, 3


def show(value: object) -> str:
    """Return a value as text for a message: never long, however large or deep it is.

    Examples
    --------
    >>> show("x" * 1000), show([[[[["deep"]]]]])
    ("'xxxxxxxxxxxxxxxxxxxxxxxxxxx...xxxxxxxxxxxxxxxxxxxxxxxxxxxx'", '[[[[...]]]]')
    """
    if isinstance(value, int) and value.bit_length() > 128:  # text of a long one is slow, or refused by Python
        return f"a whole number of {value.bit_length()} bits"
    return _short.repr(value)
