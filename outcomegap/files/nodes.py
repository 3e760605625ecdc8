"""From written gates to gates: names resolved, each shared gate made once, no recursion at any depth."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

import attrs

from outcomegap.files.forms import STAND_IN, GateForm, Parsed
from outcomegap.files.order import circle_text, in_order
from outcomegap.files.reading import Reading, show
from outcomegap.model.gate import Gate, Node
from outcomegap.model.measure import Measure
from outcomegap.model.step import Step, SuccessGap

#: How many gates may stand above one another.
DEEPEST = 500
#: The longest path that a message spells out.
LONGEST = 200

Ref = int | str | None  # a draft, the name of a step, or something that cannot be read
Todo = deque[tuple[int, dict[str, Any]]]  # drafts whose tables are still to be read, in the order of the file


@attrs.define
class Draft:
    """A gate whose children are not made yet."""

    where: str
    name: str | None
    depth: int  # gates that stand above it in the same expression
    make: Callable[[list[Node], str | None], Gate] | None = None
    children: list[Ref] = attrs.field(factory=list)


@attrs.define
class Nodes:
    """All gates of one file: `add` each expression, then `build` them all, then ask for a `node`."""

    reading: Reading
    steps: Mapping[str, Step]
    forms: Mapping[str, GateForm]
    drafts: list[Draft] = attrs.field(factory=list)
    named: dict[str, int] = attrs.field(factory=dict)
    _made: dict[int, Node] = attrs.field(factory=dict)
    _depth: dict[int, int] = attrs.field(factory=dict)
    _told: bool = False

    def declare(self, names: list[str]) -> None:
        """Make the names of shared gates known, before anything refers to them."""
        for name in names:
            self.named[name] = len(self.drafts)
            self.drafts.append(Draft(f"gates.{name:.100}", name, 0))

    def define(self, name: str, raw: object) -> None:
        """Read the expression of a shared gate."""
        number = self.named[name]
        draft = self.drafts[number]
        if isinstance(raw, dict):
            self._expand(Todo([(number, raw)]))
        else:
            self.reading.note("type", draft.where, f"must be a gate such as {{ all_of = [...] }} (got {show(raw)})")

    def add(self, where: str, raw: object) -> Ref:
        """Read an expression: a name, or a gate with all that it holds."""
        todo = Todo()
        ref = self._refer(where, raw, 0, todo)
        self._expand(todo)
        return ref

    def build(self) -> None:
        """Make every gate, children first."""
        graph = {i: [c for c in draft.children if isinstance(c, int)] for i, draft in enumerate(self.drafts)}
        order, circles = in_order(graph)
        for circle in circles:
            names = [name for i in circle if (name := self.drafts[i].name) is not None]
            self.reading.note("circle", f"gates.{names[0]}", f"stands on itself: {circle_text(names)}")
        for number in order:
            draft = self.drafts[number]
            below = [self._depth[c] for c in draft.children if isinstance(c, int) and c in self._depth]
            self._depth[number] = 1 + max(below, default=0)
            if self._depth[number] > DEEPEST:
                self._too_deep(draft.where)
            self._made[number] = self._make(draft)

    def node(self, ref: Ref) -> Node:
        """Return the gate or step that a reference stands for."""
        found = self._made.get(ref) if isinstance(ref, int) else self.steps.get(ref or "")
        return stand_in(str(ref)) if found is None else found

    def used_from(self, refs: list[Ref]) -> set[str]:
        """Return the names of the shared gates below some references."""
        seen: set[int] = set()
        todo = [ref for ref in refs if isinstance(ref, int)]
        while todo:
            number = todo.pop()
            if number not in seen:
                seen.add(number)
                todo.extend(c for c in self.drafts[number].children if isinstance(c, int))
        return {name for name, number in self.named.items() if number in seen}

    def _expand(self, todo: Todo) -> None:
        while todo:
            number, table = todo.popleft()
            draft = self.drafts[number]
            if draft.depth >= DEEPEST:
                self._too_deep(draft.where)
                continue
            parsed = self._parse(draft.where, table)
            if parsed is not None:
                draft.make = parsed.make
                places = [(_deeper(draft.where, step), raw) for step, raw in parsed.children]
                draft.children = [self._refer(where, raw, draft.depth + 1, todo) for where, raw in places]

    def _parse(self, where: str, table: dict[str, Any]) -> Parsed | None:
        keys = [key for key in self.forms if key in table]
        if len(keys) != 1:
            listed = ", ".join(self.forms)
            got = f"has both {keys[0]} and {keys[1]}" if keys else f"has none (got {show(table)})"
            near = self.reading.near(next(iter(table)), self.forms) if table and not keys else ""
            self.reading.note("gate", where, f"a gate has exactly one of {listed}; this one {got}{near}")
            return None
        form = self.forms[keys[0]]
        options = (keys[0], *form.also)
        for key in table:
            if key not in options:
                self.reading.note("unknown-key", f"{where}.{key:.100}", f"unknown key{self.reading.near(key, options)}")
        return form.read(self.reading, where, table)

    def _refer(self, where: str, raw: object, depth: int, todo: Todo) -> Ref:
        if isinstance(raw, dict):
            self.drafts.append(Draft(where, None, depth))
            todo.append((len(self.drafts) - 1, raw))
            return len(self.drafts) - 1
        if isinstance(raw, str):
            if raw in self.named:
                return self.named[raw]
            if raw not in self.steps:
                near = self.reading.near(raw, (*self.steps, *self.named))
                self.reading.note("unknown-name", where, f"no step or gate is called {raw!r:.100}{near}")
            return raw
        if raw is not STAND_IN:
            self.reading.note("type", where, f"must be a name or a gate (got {show(raw)})")
        return None

    def _make(self, draft: Draft) -> Node:
        if draft.make is None:
            return stand_in(draft.where)
        # Each child that cannot be read gets a stand-in of its own, so that the gate is still looked at.
        nodes = [stand_in(f"{draft.where} {i}") if c is None else self.node(c) for i, c in enumerate(draft.children)]
        make = draft.make
        return self.reading.attempt(draft.where, lambda: make(nodes, draft.name)) or stand_in(draft.where)

    def _too_deep(self, where: str) -> None:
        if not self._told:
            self.reading.note(
                "too-deep", where, f"more than {DEEPEST} gates stand above one another; simplify the model"
            )
        self._told = True


def stand_in(name: str) -> Step:
    """Return a step in place of a node that cannot be read, so that the rest can be looked at as well."""
    return SuccessGap(repr(name[:200]), Measure("stand-in"), floor=0, target=1)


def _deeper(where: str, step: str) -> str:
    """Return the path of a child; of a very long path the middle is left out."""
    path = where + step
    return path if len(path) <= LONGEST else f"{path[: LONGEST // 2]}...{path[-LONGEST // 3 :]}"
