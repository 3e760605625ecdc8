"""What groups, worklists and reports need to know of whatever scored customers: its name, its leaves, its cells."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

import attrs

from outcomegap.errors import Finding, ModelError, hint
from outcomegap.model.cell import ALL, Cell, Segment, Stage
from outcomegap.model.identity import digest
from outcomegap.model.inputs import Inputs
from outcomegap.model.leaf import Leaf
from outcomegap.model.measure import Measure
from outcomegap.model.model import OutcomeModel
from outcomegap.model.outcome import DesiredOutcome
from outcomegap.model.values import ANY, Column, PerCell, at, name_of, text_of

#: What a scorer may say of itself beside its name and leaves.
OPTIONAL = ("segments", "stages", "description", "inputs")
#: What is no list, though it can be gone through: it has no order, or can be gone through but once.
NO_LISTS = (str, bytes, set, frozenset, Mapping, Iterator, Leaf, Segment, Stage)


def _listed(given: Any) -> Any:
    """Return what is listed as a tuple; what is no list stays for the checks."""
    return tuple(given) if isinstance(given, Iterable) and not isinstance(given, NO_LISTS) else given


def _segments(given: Iterable[Segment | str]) -> tuple[Segment, ...]:
    return _made(given, Segment)


def _stages(given: Iterable[Stage | str]) -> tuple[Stage, ...]:
    return _made(given, Stage)


def _leaves(given: Iterable[Leaf]) -> tuple[Leaf, ...]:
    return _listed(given)  # type: ignore[no-any-return]


def _made(given: Any, kind: type[Any]) -> tuple[Any, ...]:
    """Return objects of a kind, made of names where those are given; names that cannot be stay for the checks."""
    listed = _listed(given)
    if not isinstance(listed, tuple):
        return listed  # type: ignore[no-any-return]
    return tuple(kind(each) if isinstance(each, str) and not _faults(kind, each) else each for each in listed)


def _faults(make: Callable[..., Any], *given: Any) -> tuple[Finding, ...]:
    """Return what keeps something from being made."""
    try:
        make(*given)
    except ModelError as error:
        return error.findings
    return ()


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
        where = f"scorer {self.name!r:.60}"
        found = [*_faults(name_of, "scorer", self.name), *_faults(text_of, where, "description", self.description)]
        for what, kind in KINDS.items():
            found += _listing_faults(where, what, getattr(self, what), kind)
        if self.inputs is not None and not isinstance(self.inputs, Inputs):
            found.append(Finding("inputs", where, f"inputs is an og.Inputs (got {self.inputs!r:.60})"))
        found = found or [finding for rule in RULES for finding in rule(self)]
        if found:
            raise ModelError.all(where, found)

    @classmethod
    def of(cls, scorer: Any) -> Outline:
        """Return what an object with a name and leaves says of itself.

        Raises
        ------
        ModelError
            With everything that cannot be.
        """
        more = {what: getattr(scorer, what) for what in OPTIONAL if hasattr(scorer, what)}
        return cls(scorer.name, scorer.leaves, **more)

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


#: What an outline lists.
KINDS: dict[str, type[Any]] = {"leaves": Leaf, "segments": Segment, "stages": Stage}
NAMED = {
    "leaves": "og.ProductFunction, og.SuccessGap or og.Expectation objects",
    "segments": "names, or og.Segment objects",
    "stages": "names, or og.Stage objects",
}


def _listing_faults(where: str, what: str, given: Any, kind: type[Any]) -> Iterator[Finding]:
    """Say what is wrong with a list of leaves, segments or stages."""
    if not isinstance(given, tuple):
        yield Finding(what, where, f"{what} is a list of {NAMED[what]} (got {given!r:.60})")
        return
    for each in given:
        if isinstance(each, str) and kind is not Leaf:
            yield from _faults(kind, each)
        elif not isinstance(each, kind):
            yield Finding(what, where, f"{what} holds {NAMED[what]}, not {each!r:.60}")
    names = Counter(each.name for each in given if isinstance(each, kind))
    for name, count in names.items():
        if count > 1:
            yield Finding("duplicate-name", where, f"{count} {what} are called {name!r}; rename one")


def _one_measure_per_name(outline: Outline) -> Iterator[Finding]:
    """Two measures have two names."""
    for name, count in Counter(measure.name for measure in outline.measures).items():
        if count > 1:
            message = f"{count} different measures are called {name!r}; rename one, or make them the same"
            yield Finding("duplicate-name", f"measures.{name}", message)


def _known_cells(outline: Outline) -> Iterator[Finding]:
    """A per-cell key names a segment, a stage or a cell."""
    for leaf in outline.leaves:
        for what, value in (("floor", leaf.floor), ("target", leaf.target)):
            for key, _ in value.values if isinstance(value, PerCell) else ():
                segment, _, stage = key.partition("/")
                known = (("segment", segment, outline.segment_names), ("stage", stage, outline.stage_names))
                for axis, name, names in known:
                    if name not in (ANY, "", *names):
                        message = f"key {key!r} names no {axis}{hint(name, names)}"
                        yield Finding("per-cell-key", f"{leaf.where}.{what}", message)


def _bounds_apart(outline: Outline) -> Iterator[Finding]:
    """Floor and target differ in every cell."""
    for leaf in outline.leaves:
        varied = isinstance(leaf.floor, PerCell) or isinstance(leaf.target, PerCell)
        for cell in outline.cells if varied else outline.cells[:1]:
            floor, target = (at(value, cell.segment, cell.stage) for value in (leaf.floor, leaf.target))
            if floor is not None and floor == target:
                shown = f"column {floor.name!r}" if isinstance(floor, Column) else f"{floor:g}"
                message = f"floor and target are both {shown} in {cell}; they must differ"
                yield Finding("floor-is-target", leaf.where, message)
            elif isinstance(floor, float) and isinstance(target, float) and not math.isfinite(target - floor):
                message = f"floor {floor:g} and target {target:g} lie too far apart for a difference of floats"
                yield Finding("out-of-range", leaf.where, message)


#: What holds of an outline as a whole; `outcomegap.check` says the same of models.
RULES = (_one_measure_per_name, _known_cells, _bounds_apart)

#: What customers are scored by.
Subject = OutcomeModel | Outline
