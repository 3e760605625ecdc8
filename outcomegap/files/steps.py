"""Read measures and steps; steps come in the order in which they build on one another."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import attrs

from outcomegap.files.keys import MEASURE, SECTIONS
from outcomegap.files.nodes import stand_in
from outcomegap.files.order import circle_text, in_order
from outcomegap.files.reading import Reading, join, read_table
from outcomegap.model.measure import Measure
from outcomegap.model.step import Step
from outcomegap.model.values import name_of


def read_measures(reading: Reading, raw: Mapping[str, Any]) -> None:
    """Read ``[measures]`` into `reading.measures`."""
    for name, table in raw.items():
        where = join("measures", name)
        fields = read_table(reading, where, table, MEASURE)
        made = None if fields is None else reading.attempt(where, partial(Measure, name, **fields))
        reading.measures[name] = made or Measure("stand-in")


@attrs.define
class _Draft:
    """A step before what it builds on is there."""

    where: str
    name: str
    kind: type[Step]
    fields: dict[str, Any]
    after: list[str]


def read_steps(reading: Reading, sections: Mapping[str, Mapping[str, Any]]) -> dict[str, Step]:
    """Read ``[functions]``, ``[gaps]`` and ``[expectations]``.

    Returns
    -------
    dict
        Every step by name, in the order of the file; where one cannot be read something stands in for it.
    """
    drafts: dict[str, _Draft] = {}
    for section, raw in sections.items():
        for name, table in raw.items():
            draft = _read(reading, section, name, table)
            if name in drafts:
                reading.note("duplicate-name", draft.where, f"the name is taken by {drafts[name].where}; rename one")
            else:
                drafts[name] = draft
    graph = {name: _steps(reading, draft, drafts) for name, draft in drafts.items()}
    order, circles = in_order(graph)
    for circle in circles:
        where = join(drafts[circle[0]].where, "after")
        reading.note("circle", where, f"builds on itself: {circle_text(circle)}")
    made: dict[str, Step] = {}
    for name in order:
        made[name] = _make(reading, drafts[name], [made[earlier] for earlier in graph[name] if earlier in made])
    return {name: made.get(name) or stand_in(name) for name in drafts}


def _read(reading: Reading, section: str, name: str, table: object) -> _Draft:
    kind, keys = SECTIONS[section]
    where = join(section, name)
    fields = read_table(reading, where, table, keys) or {}
    measure = fields.pop("measure", None)
    if measure is not None and measure not in reading.measures:
        message = f"no measure {measure!r:.100}{reading.near(measure, reading.measures)}; declare it under [measures]"
        reading.note("unknown-measure", join(where, "measure"), message)
    fields["measure"] = reading.measures.get(measure) or Measure("stand-in")
    after = fields.pop("after", [])
    return _Draft(where, name, kind, fields, after)


def _steps(reading: Reading, draft: _Draft, drafts: Mapping[str, _Draft]) -> list[str]:
    """Return the steps that a step builds on, as far as they can stand there."""
    found = []
    for i, name in enumerate(draft.after):
        where = f"{draft.where}.after[{i}]"
        if name not in drafts:
            near = reading.near(name, drafts)
            reading.note("unknown-name", where, f"no function, gap or expectation is called {name!r:.100}{near}")
        elif drafts[name].kind.side != draft.kind.side:
            message = f"builds on {name!r:.100}, which stands on the other side ({drafts[name].kind.side})"
            reading.note("wrong-side", where, message)
        else:
            found.append(name)
    return found


def _make(reading: Reading, draft: _Draft, before: list[Step]) -> Step:
    """Make a step of what could be read of it, so that what is wrong with the whole is told as well."""
    if not {"floor", "target"} <= draft.fields.keys():
        reading.attempt(draft.where, lambda: name_of(draft.kind.kind, draft.name))
        return stand_in(draft.name)
    made = reading.attempt(draft.where, lambda: draft.kind(draft.name, **draft.fields, after=tuple(before)))
    return made or stand_in(draft.name)
