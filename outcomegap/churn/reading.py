"""Catalogues written as TOML: read as data, nothing in them is imported or run."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, TypeGuard

import attrs

from outcomegap.checks import Checks
from outcomegap.churn.entry import Entry, RootCause
from outcomegap.churn.linking import Lost
from outcomegap.errors import Finding, ModelError, hint
from outcomegap.model import Measure

SCHEMA_VERSION = 1
#: The built-in files, in the order in which the catalogue is read.
BUILT_IN = ("reasons", "habits", "missed_outcomes", "customer_events")
_TOP = ("schema_version", "family", "source", "entries", "measures")
_MEASURE = tuple(field.name for field in attrs.fields(Measure) if field.name != "name")
_ENTRY = tuple(field.name for field in attrs.fields(Entry) if field.name not in ("id", "family"))
_REQUIRED = ("labels", "root_causes", "avoidable", "argument", "owner")

Source = Path | str | Mapping[str, Any] | Entry


@attrs.frozen
class Part:
    """What one source contributes: its entries, its measures, what is wrong, and the entries that could not be made."""

    entries: tuple[Entry, ...] = ()
    measures: Mapping[str, Measure] = attrs.field(factory=dict)
    findings: tuple[Finding, ...] = ()
    lost: tuple[Lost, ...] = ()


@cache
def built_in() -> Part:
    """Read the catalogue that comes with the library."""
    measures = read(_packaged("measures"), "measures", {}).measures
    parts = [read(_packaged(family), family, measures) for family in BUILT_IN]
    entries = tuple(entry for part in parts for entry in part.entries)
    return Part(entries, measures, tuple(finding for part in parts for finding in part.findings))


def root_causes() -> dict[str, RootCause]:
    """Read the three root causes that come with the library."""
    table = tomllib.loads(_packaged("root_causes"))["root_causes"]
    return {name: RootCause(name, **{**data, "labels": tuple(data["labels"].items())}) for name, data in table.items()}


def read(source: object, where: str, measures: Mapping[str, Measure]) -> Part:
    """Read one source: a path, TOML text, parsed data or an entry.

    Parameters
    ----------
    source
        What to read.
    where
        How findings name it.
    measures
        Measures that its entries may name without declaring them.

    Returns
    -------
    Part
        Bad data are findings in it, never an exception.
    """
    if isinstance(source, Entry):
        return Part((source,), {measure.name: measure for measure in source.measures})
    checks = Checks("", where)
    data = _parsed(source, checks)
    if data is None:
        return Part(findings=tuple(checks.findings))
    return _part(data, checks, measures)


def _packaged(name: str) -> str:
    return resources.files("outcomegap.churn").joinpath("data", f"{name}.toml").read_text(encoding="utf-8")


def _parsed(source: object, checks: Checks) -> Mapping[str, Any] | None:
    if isinstance(source, Mapping):
        return source
    if not isinstance(source, (str, Path)):
        checks.finding("source", "", f"must be a path, TOML text, a table or an Entry (got {source!r:.60})")
        return None
    try:
        text = source if isinstance(source, str) and _is_text(source) else Path(source).read_text(encoding="utf-8")
        return tomllib.loads(text)
    except FileNotFoundError:
        checks.finding("file", "", "is not there; give a path, or TOML text (which has a line break or an equals sign)")
    except OSError as error:
        checks.finding("file", "", f"cannot be read: {error.strerror or error}")
    except UnicodeDecodeError:
        checks.finding("file", "", "is no UTF-8 text; save it as UTF-8")
    except tomllib.TOMLDecodeError as error:
        checks.finding("toml", "", f"is no TOML: {error}")
    except ValueError as error:
        checks.finding("file", "", f"is no usable path: {error}")
    except RecursionError:
        checks.finding("toml", "", "is nested too deeply to be a catalogue")
    return None


def is_path(source: object) -> TypeGuard[str | Path]:
    """Tell a path from everything else that can be a source."""
    return isinstance(source, Path) or (isinstance(source, str) and not _is_text(source))


def _is_text(source: str) -> bool:
    """Tell TOML text from a path: text has a line break or an equals sign."""
    return "\n" in source or "=" in source or not source.strip()


def _part(data: Mapping[str, Any], checks: Checks, known: Mapping[str, Measure]) -> Part:
    required = ("schema_version", "family") if "entries" in data else ("schema_version",)
    checks.keys("", data, _TOP, required)
    version = data.get("schema_version", SCHEMA_VERSION)
    if version != SCHEMA_VERSION or isinstance(version, bool):
        checks.finding("schema-version", "schema_version", f"must be {SCHEMA_VERSION} (got {version!r:.60})")
    measures = _measures(_table(data, "measures", checks), checks)
    usable = {**known, **measures}
    entries, lost = [], []
    for name, fields in _table(data, "entries", checks).items():
        entry = _entry(name, fields, data, usable, checks)
        if entry is None:
            lost.append(_lost(name, data.get("family"), fields, checks))
        else:
            entries.append(entry)
    return Part(tuple(entries), measures, tuple(checks.findings), tuple(lost))


def _table(data: Mapping[str, Any], key: str, checks: Checks) -> Mapping[str, Any]:
    value = data.get(key, {})
    if not isinstance(value, Mapping):
        checks.finding("table", key, f"must be a table (got {value!r:.60})")
        return {}
    return value


def _measures(table: Mapping[str, Any], checks: Checks) -> dict[str, Measure]:
    measures = {}
    for name, fields in table.items():
        where = f"measures.{name}"
        if not isinstance(fields, Mapping):
            checks.finding("table", where, f"must be a table (got {fields!r:.60})")
            continue
        checks.keys(where, fields, _MEASURE)
        try:
            measures[name] = Measure(name, **{key: value for key, value in fields.items() if key in _MEASURE})
        except ModelError as error:
            _take_over(error.findings, checks)
    return measures


def _entry(
    name: str, fields: object, top: Mapping[str, Any], known: Mapping[str, Measure], checks: Checks
) -> Entry | None:
    where = f"entries.{name}"
    if not isinstance(fields, Mapping):
        checks.finding("table", where, f"must be a table (got {fields!r:.60})")
        return None
    checks.keys(where, fields, _ENTRY, _REQUIRED)
    given: dict[str, Any] = {
        "source": top.get("source", ""),
        **{key: value for key, value in fields.items() if key in _ENTRY},
    }
    given["measures"] = _named(given.get("measures", []), where, known, checks)
    lacking = [key for key in _REQUIRED if key not in fields]
    try:
        # None stands in for what is lacking, so that the constructor finds everything else.
        return Entry(name, top.get("family", ""), **dict.fromkeys(lacking), **given)  # type: ignore[arg-type]
    except ModelError as error:
        noted = {f"{where}.{key}" for key in lacking}
        _take_over((finding for finding in error.findings if finding.where not in noted), checks)
    return None


def _lost(name: str, family: object, fields: object, checks: Checks) -> Lost:
    """Keep what other entries can still be checked against."""
    links = fields.get("see_also") if isinstance(fields, Mapping) else None
    listed = tuple(link for link in links if isinstance(link, str)) if isinstance(links, list) else ()
    return Lost(name, str(family), f"{checks.where}.entries.{name}", listed)


def _named(value: object, where: str, measures: Mapping[str, Measure], checks: Checks) -> tuple[Measure, ...]:
    inner = Checks("", where)
    names = inner.texts("measures", value)
    _take_over(inner.findings, checks)
    for name in names if not inner.findings else ():
        if name not in measures:
            message = f"{name!r} is declared nowhere{hint(name, measures)}; declare it under [measures.{name}]"
            checks.finding("unknown-measure", f"{where}.measures", message)
    return tuple(measures[name] for name in dict.fromkeys(names) if name in measures)


def _take_over(findings: Iterable[Finding], checks: Checks) -> None:
    """Note what was found further down, with the source's name before it."""
    for finding in findings:
        checks.findings.append(attrs.evolve(finding, where=f"{checks.where}.{finding.where}"))
