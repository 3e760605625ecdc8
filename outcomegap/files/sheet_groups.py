"""The groups of a sheet: which steps and groups belong to which, and the gates they make."""

from __future__ import annotations

from typing import Any

import attrs

from outcomegap.errors import hint
from outcomegap.files.sheet_cells import COUNTED, NONE, STEPS, WEIGHTED
from outcomegap.files.sheet_rows import PerCell, Row, Rows

Parts = dict[str, dict[str, Row]]
#: So many groups in parentheses are written within one another; what lies deeper keeps its name.
DEEPEST = 10


@attrs.define
class Member:
    """A step or group in a group, with its weight where it has one."""

    name: str
    weight: Any
    row: int


class Groups:
    """The groups of one sheet.

    Parameters
    ----------
    rows
        Its rows.
    parts
        The rows of the required outcomes and of the experiences, by kind and name.
    """

    def __init__(self, rows: Rows, parts: Parts) -> None:
        self._rows = rows
        self._parts = parts
        self._groups = {row.name: row for row in rows.of("group")}
        self._members: dict[str, list[Member]] = {}
        self._one_name_each()
        known = {row.name for row in rows.of("group", *STEPS)}
        for row in rows.of("group", "also", *STEPS):
            self._belong(row, known)
        self._inline = self._in_parentheses()

    def gates(self) -> dict[str, Any]:
        """Return the named gates, as a model file has them."""
        return {name: self._gate(row) for name, row in self._groups.items() if name not in self._inline}

    def part(self, row: Row) -> dict[str, Any]:
        """Return a required outcome or an experience with its gate; one member alone needs none."""
        members = self._members.get(row.name, [])
        table = {"name": row.name} | row.keys("combine")
        if "combine" not in row.fields and len(members) == 1 and members[0].name not in self._inline:
            return table | {"of": members[0].name}
        return table | self._gate(row)

    def _one_name_each(self) -> None:
        seen: dict[str, Row] = {}
        for row in self._rows.of("group", *self._parts):
            if seen.setdefault(row.name, row) is not row:
                message = f"row {seen[row.name].number} is called {row.name!r:.60} as well; rename one"
                self._rows.note(row.number, "name", message, "duplicate-name")

    def _belong(self, row: Row, known: set[str]) -> None:
        """Put a step or group into the group that its row names."""
        if row.kind == "also" and row.name not in known:
            message = f"no step or group is called {row.name!r:.60}{hint(row.name, known)}"
            self._rows.note(row.number, "name", message, "unknown-name")
            return
        group = row.fields.get("group") or self._default(row)
        if group is None or group == NONE:
            return
        names = [*self._groups, *(name for part in self._parts.values() for name in part)]
        if group in names:
            self._members.setdefault(group, []).append(Member(row.name, row.fields.get("weight"), row.number))
        else:
            message = f"no group or part is called {group!r:.60}{hint(group, names)}"
            self._rows.note(row.number, "group", message, "unknown-name")

    def _default(self, row: Row) -> str | None:
        """Return the part that a step without a group belongs to."""
        part = self._parts["experience" if row.kind == "expectation" else "required"]
        if row.kind in STEPS and len(part) == 1:
            return next(iter(part))
        self._rows.note(row.number, "group", "is blank; say the group or part it belongs to", "missing-key")
        return None

    def _in_parentheses(self) -> set[str]:
        """Return the groups that have a name in the sheet alone: in parentheses, and in one place only."""
        places: dict[str, list[str]] = {}
        for group, members in self._members.items():
            for member in members:
                places.setdefault(member.name, []).append(group)
        found = {name for name in self._groups if name.startswith("(") and name.endswith(")")}
        found = {name for name in found if len(places.get(name, [])) == 1}
        for name in sorted(found):
            above, depth = name, 0
            while above in found and depth <= DEEPEST:
                above, depth = places[above][0], depth + 1
            if depth > DEEPEST:  # or a circle, which is told by names
                found.discard(name)
        return found

    def _gate(self, row: Row) -> dict[str, Any]:
        """Return the gate of a group or part."""
        members = self._members.get(row.name, [])
        if row.kind == "group" and row.lacks("combine"):
            self._rows.note(row.number, "combine", "is blank; say all of, any of, mean or at least 2", "missing-key")
        default = {"mean": None} if row.kind == "experience" else {"all_of": None}
        ((key, number),) = row.fields.get("combine", default).items()
        nodes = [self._gate(self._groups[m.name]) if m.name in self._inline else m.name for m in members]
        content: list[Any] = nodes
        weighted = [member for member in members if member.weight is not None]
        if weighted and key in WEIGHTED:
            content = [{"of": node, "weight": _weight(m)} for node, m in zip(nodes, members, strict=True)]
        for member in weighted if key not in WEIGHTED else ():
            message = f"means nothing in {row.name!r:.60}, whose members are not averaged"
            self._rows.note(member.row, "weight", message, "unknown-key")
        return {key: number, "of": content} if key in COUNTED.values() else {key: content}


def _weight(member: Member) -> Any:
    weight = 1 if member.weight is None else member.weight
    return dict(weight) if isinstance(weight, PerCell) else weight
