"""The outcome model: desired outcomes, for segments and stages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

import attrs

from outcomegap.errors import ModelError
from outcomegap.model.cell import ALL, Cell, Segment, Stage
from outcomegap.model.declaration import ABOUT, Name, Part, about, declare, settle
from outcomegap.model.gate import steps_of
from outcomegap.model.identity import digest
from outcomegap.model.inputs import Inputs
from outcomegap.model.numbers import Column, PerCell
from outcomegap.model.outcome import DesiredOutcome
from outcomegap.model.step import Measure, Step


# The converters say what may be given, for type checkers; the declarations look closer, and says where.
def _outcomes(value: Iterable[DesiredOutcome]) -> tuple[DesiredOutcome, ...]:
    return value  # type: ignore[return-value]


def _segments(value: Iterable[Segment | str]) -> tuple[Segment, ...]:
    return value  # type: ignore[return-value]


def _stages(value: Iterable[Stage | str]) -> tuple[Stage, ...]:
    return value  # type: ignore[return-value]


@attrs.frozen(repr=False, kw_only=True)
class OutcomeModel:
    """What customers are after, cell by cell.

    Parameters
    ----------
    name
        What people call it.
    desired_outcomes
        One or more `DesiredOutcome`; together they cover each cell once (or once a goal).
    segments, stages
        `Segment` and `Stage` objects, or names; stages in order. None declared means one implicit one.
    inputs
        How raw tables become measures and cells (`Inputs`).
    description
        A sentence for readers.

    Raises
    ------
    ModelError
        If a part is of the wrong kind. Rules that need the whole model are `outcomegap.check`'s.

    Examples
    --------
    >>> from outcomegap.model import (AppropriateExperience, DesiredOutcome, Expectation, Measure,
    ...                               RequiredOutcome, SuccessGap)
    >>> sales = RequiredOutcome("sales", needs=SuccessGap("list", Measure("list_size"), floor=0, target=500))
    >>> suits = AppropriateExperience("how", expects=Expectation("API", Measure("api"), floor=0, target=1))
    >>> model = OutcomeModel("mail", desired_outcomes=[DesiredOutcome(sales, suits)], segments=["startup"])
    >>> [str(cell) for cell in model.cells], [step.name for step in model.steps]
    (['startup/all'], ['list', 'API'])
    """

    name: str = attrs.field(kw_only=False, metadata=about(Name(), "What people call the model."))
    desired_outcomes: tuple[DesiredOutcome, ...] = attrs.field(
        converter=_outcomes,
        metadata=about(Part(DesiredOutcome, "", "list"), "What customers are after, and how they want to get there."),
    )
    segments: tuple[Segment, ...] = attrs.field(
        default=(), converter=_segments, metadata=about(Part(Segment, "name", "list"), "Kinds of customers.")
    )
    stages: tuple[Stage, ...] = attrs.field(
        default=(),
        converter=_stages,
        metadata=about(Part(Stage, "name", "list"), "Steps in a customer's evolution, in order."),
    )
    inputs: Inputs | None = declare(Part(Inputs), "How raw tables become measures and cells.")
    description: str = declare(*ABOUT)

    def __attrs_post_init__(self) -> None:
        settle(self, f"model {self.name!r}")

    def faults(self) -> Iterator[tuple[str, str, str]]:
        """Yield what is wrong with it as a whole: rule, field, message."""
        if not self.desired_outcomes:
            yield "desired-outcomes", "", "needs at least one desired outcome"

    @cached_property
    def segment_names(self) -> tuple[str, ...]:
        """Names of the segments; the implicit one is called ``all``."""
        return tuple(s.name for s in self.segments) or (ALL,)

    @cached_property
    def stage_names(self) -> tuple[str, ...]:
        """Names of the stages in order; the implicit one is called ``all``."""
        return tuple(s.name for s in self.stages) or (ALL,)

    @cached_property
    def goals(self) -> tuple[str, ...]:
        """Names of the goals, where some cell has several desired outcomes; else empty."""
        for segment in self.segment_names:
            for stage in self.stage_names:
                names = {o.name for o in self.desired_outcomes if o.covers(segment, stage)}
                if len(names) > 1:
                    return tuple(dict.fromkeys(o.name for o in self.desired_outcomes))
        return ()

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """Every cell that has a desired outcome: segment by segment, stage by stage, goal by goal."""
        return tuple(self._outcomes)

    @cached_property
    def _outcomes(self) -> dict[Cell, DesiredOutcome]:
        found: dict[Cell, DesiredOutcome] = {}
        for segment in self.segment_names:
            for stage in self.stage_names:
                for outcome in self.desired_outcomes:
                    if outcome.covers(segment, stage):
                        goal = outcome.name if self.goals else None
                        found.setdefault(Cell(segment, stage, goal), outcome)
        return found

    def outcome(self, cell: Cell) -> DesiredOutcome:
        """Return the desired outcome of a cell."""
        return self._outcomes[cell]

    def cell(self, segment: str | None = None, stage: str | None = None, goal: str | None = None) -> Cell:
        """Return the one cell that the given names fit.

        Raises
        ------
        ModelError
            If a name is unknown, or a name that is needed is left out.
        """
        asked = {"segment": segment, "stage": stage, "goal": goal}
        fits = self.find_cells(segment, stage, goal)
        if len(fits) == 1:
            return fits[0]
        named = ", ".join(f"{k}={v!r}" for k, v in asked.items() if v is not None) or "no name"
        cells = ", ".join(str(c) for c in (fits or self.cells)[:12])
        trouble = "fit more than one cell" if fits else "fit no cell"
        raise ModelError.of("cell", f"model {self.name!r}", f"{named}: {trouble}; choose one of {cells}")

    def find_cells(
        self, segment: str | None = None, stage: str | None = None, goal: str | None = None
    ) -> tuple[Cell, ...]:
        """Return every cell that the given names fit."""
        return tuple(
            c
            for c in self.cells
            if segment in (None, c.segment) and stage in (None, c.stage) and goal in (None, c.goal)
        )

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """Every distinct step: the required side of each desired outcome, then its experience."""
        return steps_of(*(root for outcome in self.desired_outcomes for root in outcome.roots.values()))

    @cached_property
    def observed_by(self) -> tuple[Step, ...]:
        """Every distinct step that observes a required outcome itself."""
        found = [o.required.measured_by for o in self.desired_outcomes if o.required.measured_by is not None]
        return tuple(dict.fromkeys(found))

    @cached_property
    def measures(self) -> tuple[Measure, ...]:
        """Every distinct measure, in the order of the steps."""
        return tuple(dict.fromkeys(step.measure for step in (*self.steps, *self.observed_by)))

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns that floors and targets are taken from."""
        values = (v for step in (*self.steps, *self.observed_by) for v in (step.floor, step.target))
        flat = (item for v in values for item in (v if isinstance(v, PerCell) else (v,)))
        return tuple(dict.fromkeys(item.name for item in flat if isinstance(item, Column)))

    @cached_property
    def fingerprint(self) -> str:
        """A short text that tells whether two models are equal, in any process.

        Examples
        --------
        >>> import outcomegap as og
        >>> len(og.gallery.load("email-marketing").fingerprint)
        32
        """
        return digest(self).hex()

    def __repr__(self) -> str:
        sizes = f"{len(self.steps)} steps, {len(self.cells)} cells"
        return f"<OutcomeModel {self.name!r}: {sizes}>"
