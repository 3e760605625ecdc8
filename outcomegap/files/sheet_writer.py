"""From a model as plain data to the rows of a sheet; what a sheet cannot hold is named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

from outcomegap.checks import Checks
from outcomegap.files.cells import Cell, write_cell
from outcomegap.files.gates import GATE_FORMS
from outcomegap.files.model_file import PARTS, SECTIONS
from outcomegap.files.sheet_columns import COLUMNS, COMBINE, NONE, OF_MEASURE, key_of, write_combine
from outcomegap.files.sheet_file import Grid
from outcomegap.files.toml_writer import inline, key_text

Line = dict[str, Cell]
Table = Mapping[str, Any]
_CELLS = ("segments", "stages")


class SheetWriter:
    """Writes one model, as `write_model` gives it; what a sheet cannot hold is noted in `checks`."""

    def __init__(self, data: Table, checks: Checks) -> None:
        self.data, self.checks = data, checks
        self._gates: Table = data.get("gates", {})
        self._steps = {
            name: (section.removesuffix("s"), fields)
            for section in SECTIONS
            for name, fields in data.get(section, {}).items()
        }
        self._told: set[str] = set()
        heads = [outcome[part]["name"] for outcome in data["desired_outcomes"] for part in PARTS]
        taken = {*self._gates, *self._steps, *heads}
        self._fresh = (name for i in count(1) if (name := f"({i})") not in taken)

    def grid(self) -> Grid:
        """Return the rows, headings first: those of one field stand by segment and stage."""
        lines = list(self.lines())
        names = [[cell if isinstance(cell, str) else cell["name"] for cell in self.data.get(key, [])] for key in _CELLS]
        keys = [key for segment in names[0] for key in (segment, *(f"{segment}/{stage}" for stage in names[1]))]
        after = ["", *(f":{key}" for key in (*keys, *(f"*/{stage}" for stage in names[1])))]
        order = {
            heading: place for place, heading in enumerate(f"{column}{key}" for column in COLUMNS for key in after)
        }
        used = dict.fromkeys(heading for line in lines for heading in line)
        columns = sorted(used, key=lambda heading: order.get(heading, len(order)))
        return [list(columns), *([line.get(column) for column in columns] for line in lines)]

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
                yield self._step(name, {"group": NONE})
        yield from self._inputs()

    def refuse(self, where: str, message: str) -> None:
        """Note what a sheet cannot hold."""
        self.checks.finding("sheet", where, message)

    def _line(self, kind: str, name: str, fields: Table) -> Line:
        """Return one row; keys as a model file has them."""
        line: Line = {"kind": kind, "name": name}
        for column, kinds in COLUMNS.items():
            value = fields.get(key_of(column))
            if kinds.per_cell and isinstance(value, dict) and not _is_column(value):
                for key, item in value.items():
                    line[column if key == "default" else f"{column}:{key}"] = write_cell(item)
            elif value is not None:
                line[column] = write_cell(value)
        return line

    # Desired outcomes

    def _outcomes(self) -> Iterator[Line]:
        """Yield a row for each desired outcome, unless there is one that says nothing beside its two parts."""
        outcomes = self.data["desired_outcomes"]
        if len(outcomes) == 1 and set(outcomes[0]) == set(PARTS):
            return
        for outcome in outcomes:
            fields = {key: value for key, value in outcome.items() if key not in ("name", *PARTS)}
            yield self._line("outcome", outcome.get("name", ""), fields | {p: outcome[p]["name"] for p in PARTS})

    def _heads(self) -> list[tuple[str, str, Table]]:
        """Return the parts of desired outcomes, those that are shared once."""
        found: dict[tuple[str, str], Table] = {}
        for kind in PARTS:
            for outcome in self.data["desired_outcomes"]:
                found.setdefault((kind, outcome[kind]["name"]), outcome[kind])
        for name, times in Counter([*(name for _, name in found), *self._gates]).items():
            if times > 1 or name == NONE:
                message = "more than one group or part is called so" if times > 1 else "means no group in a sheet"
                self.refuse(f"{name!r:.60}", f"{message}; rename it")
        return [(kind, name, table) for (kind, name), table in found.items()]

    def _part(self, kind: str, name: str, table: Table) -> Iterator[Line]:
        """Yield the row of a part, and below it those of all that stands in it and has no row yet."""
        gate = {key: value for key, value in table.items() if key == "of" or key in GATE_FORMS}
        own = {key: value for key, value in table.items() if key not in gate and key != "name"}
        combine, members = self._gate(gate, name)
        yield self._line(kind, name, own) | combine
        yield from self._members(members)

    # Groups

    def _members(self, first: list[tuple[Any, Table]]) -> Iterator[Line]:
        """Yield rows for nodes and for all that is below them, depth first."""
        stack = first[::-1]
        while stack:
            node, place = stack.pop()
            if isinstance(node, str) and node in self._told:
                yield self._line("also", node, place)
            elif isinstance(node, str) and node in self._steps:
                yield self._step(node, place)
            else:
                name = node if isinstance(node, str) else next(self._fresh)
                self._told.add(name)
                combine, members = self._gate(self._gates[name] if isinstance(node, str) else node, name)
                yield self._line("group", name, place) | combine
                stack += members[::-1]

    def _gate(self, gate: Table, group: str) -> tuple[Line, list[tuple[Any, Table]]]:
        """Return how a gate combines, and its children, each with its place in the group."""
        if set(gate) == {"of"}:
            return {}, [(gate["of"], {"group": group})]
        key = next((key for key in gate if key in COMBINE.values()), None)
        if key is None:
            said = f"a gate of one's own ({gate['gate']!r:.60})"
            self.refuse(f"gates.{group}", f"a sheet cannot hold {said}; keep the model as TOML, JSON or YAML")
            return {}, []
        number, children = (None, gate[key]) if GATE_FORMS[key].head is None else (gate[key], gate["of"])
        if isinstance(children, dict):
            children = [{"of": child, "weight": weight} for child, weight in children.items()]
        weighted = [child if isinstance(child, dict) and "weight" in child else {"of": child} for child in children]
        places = [{"group": group} | {key: child[key] for key in child if key == "weight"} for child in weighted]
        return {"combine": write_combine(key, number)}, [(c["of"], p) for c, p in zip(weighted, places, strict=True)]

    def _step(self, name: str, place: Table) -> Line:
        kind, fields = self._steps[name]
        self._told.add(name)
        measure = self.data.get("measures", {}).get(fields["measure"], {})
        known = {key_of(field): measure[key] for field, key in OF_MEASURE.items() if key in measure}
        return self._line(kind, name, {**place, **fields, **known})

    # Inputs

    def _inputs(self) -> Iterator[Line]:
        for key, value in self.data.get("inputs", {}).items():
            if key in ("measures", "tables") and isinstance(value, dict) and value:
                for name, item in value.items():
                    yield {"kind": "inputs", "name": f"{key}.{key_text(name)}", "value": inline(item)}
            else:
                yield {"kind": "inputs", "name": key_text(key), "value": inline(value)}


def _is_column(value: Table) -> bool:
    return len(value) == 1 and isinstance(value.get("column"), str)
