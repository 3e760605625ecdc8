"""What groups, worklists and reports need to know of whatever scored customers: its name, its leaves, its cells."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any

import attrs

from outcomegap.errors import Finding, ModelError
from outcomegap.model.cell import ALL, Cell, Segment, Stage
from outcomegap.model.identity import digest
from outcomegap.model.inputs import Inputs
from outcomegap.model.leaf import Leaf
from outcomegap.model.measure import Measure
from outcomegap.model.model import OutcomeModel
from outcomegap.model.outcome import DesiredOutcome
from outcomegap.model.values import Column, PerCell, name_of, text_of


def _made(given: Any, kind: type[Any]) -> tuple[Any, ...]:
    """Return objects of a kind, made of names where those are given."""
    what = f"{kind.__name__.lower()}s"
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise ModelError.of(what, what, f"{what} is a list of names, or of og.{kind.__name__} (got {given!r:.60})")
    made = tuple(kind(each) if isinstance(each, str) else each for each in given)
    for each in made:
        if not isinstance(each, kind):
            raise ModelError.of(what, what, f"{what} holds names, or og.{kind.__name__} objects, not {each!r:.60}")
    return made


def _segments(given: Iterable[Segment | str]) -> tuple[Segment, ...]:
    return _made(given, Segment)


def _stages(given: Iterable[Stage | str]) -> tuple[Stage, ...]:
    return _made(given, Stage)


def _leaves(given: Iterable[Leaf]) -> tuple[Leaf, ...]:
    if isinstance(given, (str, Leaf)) or not isinstance(given, Iterable):
        raise ModelError.of("leaves", "leaves", f"leaves is a list of steps (got {given!r:.60})")
    return tuple(given)


@attrs.frozen(repr=False)
class Outline:
    """What a scorer of your own says of itself; it offers what views ask of an `OutcomeModel`, and no more.

    Parameters
    ----------
    name
        What people call it.
    leaves
        Its steps; each name once.
    segments, stages
        `Segment` and `Stage` objects, or names; none declared means one implicit one.
    description
        A sentence for readers.
    inputs
        How raw tables become measures and cells (`Inputs`).

    Raises
    ------
    ModelError
        With everything that is wrong.

    Examples
    --------
    >>> outline = Outline("health", segments=["small", "large"])
    >>> [str(cell) for cell in outline.cells]
    ['small/all', 'large/all']
    """

    name: str
    leaves: tuple[Leaf, ...] = attrs.field(default=(), converter=_leaves)
    segments: tuple[Segment, ...] = attrs.field(default=(), converter=_segments)
    stages: tuple[Stage, ...] = attrs.field(default=(), converter=_stages)
    description: str = ""
    inputs: Inputs | None = None

    #: What a model has beside, and a scorer of your own has not.
    goals: tuple[str, ...] = attrs.field(default=(), init=False)
    desired_outcomes: tuple[DesiredOutcome, ...] = attrs.field(default=(), init=False)

    def __attrs_post_init__(self) -> None:
        name_of("scorer", self.name)
        where = f"scorer {self.name!r}"
        text_of(where, "description", self.description)
        found = [
            Finding(
                "leaves", where, f"leaves holds og.ProductFunction, og.SuccessGap, og.Expectation, not {leaf!r:.60}"
            )
            for leaf in self.leaves
            if not isinstance(leaf, Leaf)
        ]
        for what in ("leaves", "segments", "stages"):
            names = [each.name for each in getattr(self, what) if hasattr(each, "name")]
            again = dict.fromkeys(name for name in names if names.count(name) > 1)
            found += [Finding("duplicate", where, f"{what} name {name!r} twice") for name in again]
        if self.inputs is not None and not isinstance(self.inputs, Inputs):
            found.append(Finding("inputs", where, f"inputs is an og.Inputs (got {self.inputs!r:.60})"))
        if found:
            raise ModelError.all(where, found)

    @cached_property
    def segment_names(self) -> tuple[str, ...]:
        """Names of the segments; the implicit one is called ``all``."""
        return tuple(segment.name for segment in self.segments) or (ALL,)

    @cached_property
    def stage_names(self) -> tuple[str, ...]:
        """Names of the stages in order; the implicit one is called ``all``."""
        return tuple(stage.name for stage in self.stages) or (ALL,)

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """Every segment in every stage."""
        return tuple(Cell(segment, stage) for segment in self.segment_names for stage in self.stage_names)

    @cached_property
    def measures(self) -> tuple[Measure, ...]:
        """Every distinct measure, in the order of the leaves."""
        return tuple(dict.fromkeys(leaf.measure for leaf in self.leaves))

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns that floors and targets are taken from."""
        values = (value for leaf in self.leaves for value in (leaf.floor, leaf.target))
        flat = (item for value in values for item in (value if isinstance(value, PerCell) else (value,)))
        return tuple(dict.fromkeys(item.name for item in flat if isinstance(item, Column)))

    @cached_property
    def fingerprint(self) -> str:
        """A short text that tells what it says of itself from what another says."""
        return digest([self.name, self.leaves, self.segments, self.stages, self.description]).hex()

    def __repr__(self) -> str:
        return f"<Outline {self.name!r}: {len(self.leaves)} leaves, {len(self.cells)} cells>"


#: What customers are scored by.
Subject = OutcomeModel | Outline
