"""What groups, worklists and reports need to know of whatever scored customers: its name, its steps, its cells."""

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
from outcomegap.model.measure import Measure
from outcomegap.model.model import OutcomeModel
from outcomegap.model.outcome import DesiredOutcome
from outcomegap.model.step import Step
from outcomegap.model.values import ANY, Column, PerCell, at, name_of, text_of

#: What a scorer may say of itself beside its name and steps.
OPTIONAL = ("segments", "stages", "description", "inputs")
#: What is no list, though it can be gone through: it has no order, or can be gone through but once.
NO_LISTS = (str, bytes, set, frozenset, Mapping, Iterator, Step, Segment, Stage)


def _listed(given: Any) -> Any:
    """Return what is listed as a tuple; what is no list stays for the checks."""
    return tuple(given) if isinstance(given, Iterable) and not isinstance(given, NO_LISTS) else given


def _segments(given: Iterable[Segment | str]) -> tuple[Segment, ...]:
    return _made(given, Segment)


def _stages(given: Iterable[Stage | str]) -> tuple[Stage, ...]:
    return _made(given, Stage)


def _steps(given: Iterable[Step]) -> tuple[Step, ...]:
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
    steps
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
    steps: tuple[Step, ...] = attrs.field(default=(), converter=_steps)
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
        """Return what an object with a name and steps says of itself.

        Raises
        ------
        ModelError
            With everything that cannot be.
        """
        more = {what: getattr(scorer, what) for what in OPTIONAL if hasattr(scorer, what)}
        return cls(scorer.name, scorer.steps, **more)

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
        """Every distinct measure, in the order of the steps."""
        return tuple(dict.fromkeys(step.measure for step in self.steps))

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns that floors and targets are taken from."""
        values = (value for step in self.steps for value in (step.floor, step.target))
        flat = (item for value in values for item in (value if isinstance(value, PerCell) else (value,)))
        return tuple(dict.fromkeys(item.name for item in flat if isinstance(item, Column)))

    @cached_property
    def fingerprint(self) -> str:
        """A short text that tells what it says of itself from what another says."""
        return digest([self.name, self.steps, self.segments, self.stages, self.description]).hex()

    def __repr__(self) -> str:
        return f"<Outline {self.name!r}: {len(self.steps)} steps, {len(self.cells)} cells>"


#: What an outline lists.
KINDS: dict[str, type[Any]] = {"steps": Step, "segments": Segment, "stages": Stage}
NAMED = {
    "steps": "og.ProductFunction, og.SuccessGap or og.Expectation objects",
    "segments": "names, or og.Segment objects",
    "stages": "names, or og.Stage objects",
}


def _listing_faults(where: str, what: str, given: Any, kind: type[Any]) -> Iterator[Finding]:
    """Say what is wrong with a list of steps, segments or stages."""
    if not isinstance(given, tuple):
        yield Finding(what, where, f"{what} is a list of {NAMED[what]} (got {given!r:.60})")
        return
    for each in given:
        if isinstance(each, str) and kind is not Step:
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
    for step in outline.steps:
        for what, value in (("floor", step.floor), ("target", step.target)):
            for key, _ in value.values if isinstance(value, PerCell) else ():
                segment, _, stage = key.partition("/")
                known = (("segment", segment, outline.segment_names), ("stage", stage, outline.stage_names))
                for axis, name, names in known:
                    if name not in (ANY, "", *names):
                        message = f"key {key!r} names no {axis}{hint(name, names)}"
                        yield Finding("per-cell-key", f"{step.where}.{what}", message)


def _bounds_apart(outline: Outline) -> Iterator[Finding]:
    """Floor and target differ in every cell."""
    for step in outline.steps:
        varied = isinstance(step.floor, PerCell) or isinstance(step.target, PerCell)
        for cell in outline.cells if varied else outline.cells[:1]:
            floor, target = (at(value, cell.segment, cell.stage) for value in (step.floor, step.target))
            if floor is not None and floor == target:
                shown = f"column {floor.name!r}" if isinstance(floor, Column) else f"{floor:g}"
                message = f"floor and target are both {shown} in {cell}; they must differ"
                yield Finding("floor-is-target", step.where, message)
            elif isinstance(floor, float) and isinstance(target, float) and not math.isfinite(target - floor):
                message = f"floor {floor:g} and target {target:g} lie too far apart for a difference of floats"
                yield Finding("out-of-range", step.where, message)


#: What holds of an outline as a whole; `outcomegap.check` says the same of models.
RULES = (_one_measure_per_name, _known_cells, _bounds_apart)

#: What customers are scored by.
Subject = OutcomeModel | Outline
