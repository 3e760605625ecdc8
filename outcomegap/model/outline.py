"""What groups, worklists and reports need to know of whatever scored customers: its name, its steps, its cells."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import attrs

from outcomegap.checks import Checks
from outcomegap.errors import ModelError
from outcomegap.model.cell import ALL, Cell, Segment, Stage
from outcomegap.model.check import SHARED
from outcomegap.model.declaration import ABOUT, Instance, Name, Part, about, declare, settle
from outcomegap.model.identity import digest
from outcomegap.model.inputs import Inputs
from outcomegap.model.model import OutcomeModel
from outcomegap.model.numbers import Column, PerCell
from outcomegap.model.outcome import DesiredOutcome
from outcomegap.model.step import Measure, Step

#: What a scorer may say of itself beside its name and steps.
OPTIONAL = ("segments", "stages", "description", "inputs")
STEPS = Instance(lambda: (Step,), "og.ProductFunction, og.SuccessGap or og.Expectation objects", "steps", many=True)


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

    name: str = attrs.field(metadata=about(Name(), "What people call it."))
    steps: tuple[Step, ...] = attrs.field(default=(), metadata=about(STEPS, "Its steps."))
    segments: tuple[Segment, ...] = declare(Part(Segment, "name", "list"), "Kinds of customers.", ())
    stages: tuple[Stage, ...] = declare(Part(Stage, "name", "list"), "Steps in a customer's evolution, in order.", ())
    description: str = declare(*ABOUT)
    inputs: Inputs | None = declare(Part(Inputs), "How raw tables become measures and cells.")

    #: What a model has beside, and a scorer of your own has not.
    goals: tuple[str, ...] = attrs.field(default=(), init=False)
    desired_outcomes: tuple[DesiredOutcome, ...] = attrs.field(default=(), init=False)
    observed_by: tuple[Step, ...] = attrs.field(default=(), init=False)

    def __attrs_post_init__(self) -> None:
        settle(self, f"scorer {self.name!r:.60}")
        checks = Checks(f"scorer {self.name!r:.60}")
        # These rules ask nothing of a model that an outline does not offer.
        checks.findings += [finding for rule in SHARED for finding in rule(self)]  # type: ignore[arg-type]
        checks.done()

    @classmethod
    def of(cls, scorer: Any) -> Outline:
        """Return what an object with a name and steps says of itself.

        Raises
        ------
        ModelError
            With everything that cannot be.
        """
        for what in ("steps", "segments", "stages"):
            if isinstance(getattr(scorer, what, None), Iterator):
                message = f"{what} is a list, not what can be gone through but once"
                raise ModelError.of(what, f"scorer {scorer.name!r:.60}.{what}", message)
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


#: What customers are scored by.
Subject = OutcomeModel | Outline
