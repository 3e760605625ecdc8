"""From a model as plain data to the rows of a sheet; what a sheet cannot hold is named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

import attrs

from outcomegap.errors import Finding
from outcomegap.files.sheet_cells import (
    COUNTED,
    FIELDS,
    GATES,
    NONE,
    OF_MEASURE,
    Cell,
    key_of,
    write_combine,
    write_names,
    write_scalar,
)
from outcomegap.files.sheet_files import Grid
from outcomegap.files.toml_text import _inline, _key

Line = dict[str, Cell]
Table = Mapping[str, Any]
_SECTIONS = {"functions": "function", "gaps": "gap", "expectations": "expectation"}
_PARTS = ("required", "experience")
_CELLS = ("segments", "stages")


def sheet_of(data: Table) -> tuple[Grid, list[Finding]]:
    """Return the rows of a sheet.

    Parameters
    ----------
    data
        What `write_model` gives.

    Returns
    -------
    rows, findings
        The rows, headings first, and what a sheet cannot hold.
    """
    writer = _Writer(data)
    lines = list(writer.lines())
    columns = _columns(lines, data)
    grid: Grid = [list(columns), *([line.get(column) for column in columns] for line in lines)]
    return grid, writer.findings


def _columns(lines: list[Line], data: Table) -> list[str]:
    """Return the headings in use: in the order of the documentation, those of one field by segment and stage."""
    names = [[cell if isinstance(cell, str) else cell["name"] for cell in data.get(key, [])] for key in _CELLS]
    keys = [key for segment in names[0] for key in (segment, *(f"{segment}/{stage}" for stage in names[1]))]
    keys += [f"*/{stage}" for stage in names[1]]
    used = dict.fromkeys(heading for line in lines for heading in line)
    order = {heading: place for place, heading in enumerate(f"{f}{k}" for f in FIELDS for k in ("", *_after(keys)))}
    return sorted(used, key=lambda heading: order.get(heading, len(order)))


def _after(keys: list[str]) -> list[str]:
    return [f":{key}" for key in keys]


@attrs.define
class _Place:
    """Where a node stands: in which group, and with what weight."""

    group: str
    weight: Any = None


class _Writer:
    def __init__(self, data: Table) -> None:
        self.data = data
        self.findings: list[Finding] = []
        self._gates: Table = data.get("gates", {})
        self._steps = {
            name: (kind, fields)
            for section, kind in _SECTIONS.items()
            for name, fields in data.get(section, {}).items()
        }
        self._told: set[str] = set()
        heads = [outcome[part]["name"] for outcome in data["desired_outcomes"] for part in _PARTS]
        taken = {*self._gates, *self._steps, *heads}
        self._fresh = (name for i in count(1) if (name := f"({i})") not in taken)

    def lines(self) -> Iterator[Line]:
        """Yield a line a row."""
        yield self._line("model", self.data["name"], {k: v for k, v in self.data.items() if k == "description"})
        for section in _CELLS:
            for cell in self.data.get(section, []):
                fields = {"name": cell} if isinstance(cell, str) else dict(cell)
                yield self._line(section.removesuffix("s"), fields.pop("name"), fields)
        yield from self._outcomes()
        heads = self._heads()
        for kind, name, table in heads:
            yield from self._part(kind, name, table)
        for name in self._steps:
            if name not in self._told:
                yield self._step(name, _Place(NONE))
        yield from self._inputs()

    def refuse(self, where: str, message: str) -> None:
        """Note what a sheet cannot hold."""
        self.findings.append(Finding("sheet", where, message))

    def _line(self, kind: str, name: str, fields: Table) -> Line:
        """Return one row; keys as a model file has them."""
        line: Line = {"kind": kind, "name": name}
        for field in FIELDS:
            if key_of(field) in fields:
                value = fields[key_of(field)]
                if FIELDS[field].per_cell and isinstance(value, dict) and not _is_column(value):
                    for key, item in value.items():
                        line[field if key == "default" else f"{field}:{key}"] = write_scalar(item)
                elif isinstance(value, list):
                    line[field] = write_names(value)
                else:
                    line[field] = write_scalar(value)
        unknown = [key for key in fields if key not in map(key_of, FIELDS)]
        for key in unknown:
            self.refuse(f"{kind} {name!r:.60}", f"a sheet has no column for {key!r}")
        return line

    # Desired outcomes

    def _outcomes(self) -> Iterator[Line]:
        """Yield a row for each desired outcome, unless there is one that says nothing beside its two parts."""
        outcomes = self.data["desired_outcomes"]
        if len(outcomes) == 1 and set(outcomes[0]) == set(_PARTS):
            return
        for outcome in outcomes:
            fields = {key: value for key, value in outcome.items() if key not in ("name", *_PARTS)}
            yield self._line("outcome", outcome.get("name", ""), fields | {p: outcome[p]["name"] for p in _PARTS})

    def _heads(self) -> list[tuple[str, str, Table]]:
        """Return the parts of desired outcomes, those that are shared once."""
        found: dict[tuple[str, str], Table] = {}
        for kind in _PARTS:
            for number, outcome in enumerate(self.data["desired_outcomes"]):
                table = outcome[kind]
                if found.setdefault((kind, table["name"]), table) != table:
                    message = (
                        f"two that differ are called {table['name']!r:.60}, and a sheet tells them by name; rename one"
                    )
                    self.refuse(f"desired_outcomes[{number}].{kind}", message)
        names = Counter(name for _, name in found)
        names.update(list(self._gates))
        for name, times in names.items():
            if times > 1 or name == NONE:
                message = "more than one group or part is called so" if times > 1 else "means no group in a sheet"
                self.refuse(f"{name!r:.60}", f"{message}; rename it")
        return [(kind, name, table) for (kind, name), table in found.items()]

    def _part(self, kind: str, name: str, table: Table) -> Iterator[Line]:
        """Yield the row of a part, and below it those of all that stands in it and has no row yet."""
        own = {key: value for key, value in table.items() if key in ("promised", "measured_by", "description")}
        gate = {key: value for key, value in table.items() if key not in own and key != "name"}
        line = self._line(kind, name, own)
        if set(gate) == {"of"}:
            yield line
            yield from self._members([(gate["of"], _Place(name))])
            return
        combine, members = self._gate(gate, name)
        yield line | {"combine": combine}
        yield from self._members(members)

    # Groups

    def _members(self, first: list[tuple[Any, _Place]]) -> Iterator[Line]:
        """Yield rows for nodes and for all that is below them, depth first."""
        stack = first[::-1]
        while stack:
            node, place = stack.pop()
            if isinstance(node, str) and node in self._told:
                yield self._placed("also", node, place)
            elif isinstance(node, str) and node in self._steps:
                yield self._step(node, place)
            else:
                name = node if isinstance(node, str) else next(self._fresh)
                self._told.add(name)
                combine, members = self._gate(self._gates[name] if isinstance(node, str) else node, name)
                yield self._placed("group", name, place) | {"combine": combine}
                stack += members[::-1]

    def _gate(self, gate: Table, group: str) -> tuple[str, list[tuple[Any, _Place]]]:
        """Return how a gate combines, and its children with their places."""
        key = next((key for key in gate if key in (*GATES.values(), *COUNTED.values())), None)
        if key is None:
            rule = next(iter(gate))
            said = f"a gate of one's own ({gate[rule]!r:.60})" if rule == "gate" else f"a gate {rule!r:.60}"
            self.refuse(f"gates.{group}", f"a sheet cannot hold {said}; keep the model as TOML, JSON or YAML")
            return "", []
        number = gate[key] if key in COUNTED.values() else None
        children = gate["of"] if key in COUNTED.values() else gate[key]
        if isinstance(children, dict):
            pairs = [(child, _Place(group, weight)) for child, weight in children.items()]
        else:
            pairs = [_weighted(child, group) for child in children]
        return write_combine(key, number), pairs

    def _placed(self, kind: str, name: str, place: _Place) -> Line:
        fields = {"group": place.group} | ({} if place.weight is None else {"weight": place.weight})
        return self._line(kind, name, fields)

    def _step(self, name: str, place: _Place) -> Line:
        kind, fields = self._steps[name]
        self._told.add(name)
        measure = self.data.get("measures", {}).get(fields["measure"], {})
        known = {key_of(field): measure[key] for field, key in OF_MEASURE.items() if key in measure}
        return self._placed(kind, name, place) | self._line(kind, name, dict(fields) | known)

    # Inputs

    def _inputs(self) -> Iterator[Line]:
        for key, value in self.data.get("inputs", {}).items():
            if key in ("measures", "tables") and isinstance(value, dict) and value:
                for name, item in value.items():
                    yield {"kind": "inputs", "name": f"{key}.{_key(name)}", "value": _inline(item)}
            else:
                yield {"kind": "inputs", "name": _key(key), "value": _inline(value)}


def _weighted(child: Any, group: str) -> tuple[Any, _Place]:
    """Return a child of a mean, which may stand in ``{ of = child, weight = 2 }``."""
    if isinstance(child, dict) and "weight" in child:
        return child["of"], _Place(group, child["weight"])
    return child, _Place(group)


def _is_column(value: Table) -> bool:
    return len(value) == 1 and isinstance(value.get("column"), str)
