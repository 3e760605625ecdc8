"""The desired outcome: what must be achieved, and the way it has to be achieved."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from outcomegap.model.cell import Segment, Stage
from outcomegap.model.custom import Join
from outcomegap.model.declaration import (
    ABOUT,
    CellNames,
    Flag,
    Instance,
    Made,
    Name,
    Number,
    Part,
    about,
    declare,
    settle,
)
from outcomegap.model.gate import Gate
from outcomegap.model.identity import Node
from outcomegap.model.join import PRODUCT, JoinRule, as_join
from outcomegap.model.numbers import PerCell
from outcomegap.model.step import OBSERVER, Side, Step

Threshold = float | PerCell


class GateKind(Instance):
    """A gate or a step: what a part of a desired outcome stands on."""


class JoinKind(Made):
    """A rule that joins R and E."""


GATE = GateKind(lambda: (Step, Gate), "a gate or a step", "part")
JOIN = JoinKind(as_join)
REACHED = Number(0.0, 1.0, above=True, per_cell=True, rule="threshold")
SHARE = Number(0.0, 1.0, per_cell=True, rule="threshold")


@attrs.frozen(repr=False, kw_only=True)
class RequiredOutcome:
    """What the customer must achieve: the price of entry; without it nothing else matters.

    Parameters
    ----------
    name
        The outcome in the customer's words.
    needs
        A gate (or one step) over product functions and success gaps.
    promised
        Whether the vendor claims this outcome.
    measured_by
        A step that observes the outcome itself, to check the model against (docs/meaning, clause 2.12).
    description
        A sentence for readers.

    Examples
    --------
    >>> from outcomegap.model import Measure, SuccessGap
    >>> RequiredOutcome("sales", needs=SuccessGap("list built", Measure("list_size"), floor=0, target=500))
    RequiredOutcome('sales')
    """

    name: str = attrs.field(kw_only=False, metadata=about(Name(), "The outcome in the customer's words."))
    needs: Node = attrs.field(metadata=about(GATE, "A gate, or one step, over product functions and success gaps."))
    promised: bool = declare(Flag(), "Whether the vendor claims this outcome (default false).", default=False)
    measured_by: Step | None = declare(OBSERVER, "A step that observes the outcome itself, by name.")
    description: str = declare(*ABOUT)

    def __attrs_post_init__(self) -> None:
        settle(self, f"required outcome {self.name!r}")

    def __repr__(self) -> str:
        return f"RequiredOutcome({self.name!r})"


@attrs.frozen(repr=False, kw_only=True)
class AppropriateExperience:
    """How the customer must get there: a list of requirements that can be checked.

    Parameters
    ----------
    name
        The experience in the customer's words.
    expects
        A gate (or one step) over expectations.
    description
        A sentence for readers.

    Examples
    --------
    >>> from outcomegap.model import Expectation, Measure
    >>> AppropriateExperience("by API", expects=Expectation("API", Measure("api"), floor=0, target=1))
    AppropriateExperience('by API')
    """

    name: str = attrs.field(kw_only=False, metadata=about(Name(), "The experience in the customer's words."))
    expects: Node = attrs.field(metadata=about(GATE, "A gate, or one step, over expectations."))
    description: str = declare(*ABOUT)

    def __attrs_post_init__(self) -> None:
        settle(self, f"appropriate experience {self.name!r}")

    def __repr__(self) -> str:
        return f"AppropriateExperience({self.name!r})"


# The converters say what may be given, for type checkers; the declarations look closer, and say where.
def _name_given(value: str | None) -> str:
    return value  # type: ignore[return-value]


def _segments_given(value: Iterable[str | Segment] | None) -> tuple[str, ...] | None:
    return value  # type: ignore[return-value]


def _stages_given(value: Iterable[str | Stage] | None) -> tuple[str, ...] | None:
    return value  # type: ignore[return-value]


def _join_given(value: str | JoinRule | Join) -> JoinRule:
    return value  # type: ignore[return-value]


@attrs.frozen(repr=False, kw_only=True)
class DesiredOutcome:
    """Desired outcome = required outcome + appropriate experience, for some cells of the model.

    Parameters
    ----------
    required, experience
        The two parts.
    name
        Its name, and the goal that customers name where a cell has several; by default the required outcome's.
    segments, stages
        The segments and stages it holds for (names or objects); None means all.
    achieved_at, appropriate_at
        From which R and E on a part counts as reached; numbers in (0, 1] or `per_cell`.
    min_coverage
        Below this share of observed steps a side has no point value (docs/meaning, clause 2.5).
    join
        How R and E become D: ``"product"``; ``"weakest"``, min(R, E); a `WeightedJoin`; or an object of your own with
        the pieces of `Join` (docs/meaning, clause 2.14).

    Examples
    --------
    >>> from outcomegap.model import Expectation, Measure, SuccessGap
    >>> sales = RequiredOutcome("sales", needs=SuccessGap("list", Measure("list_size"), floor=0, target=500))
    >>> suits = AppropriateExperience("how", expects=Expectation("API", Measure("api"), floor=0, target=1))
    >>> DesiredOutcome(sales, suits, segments=["startup"]).name
    'sales'
    """

    required: RequiredOutcome = attrs.field(
        kw_only=False, metadata=about(Part(RequiredOutcome), "What the customer must achieve.")
    )
    experience: AppropriateExperience = attrs.field(
        kw_only=False, metadata=about(Part(AppropriateExperience), "How the customer must get there.")
    )
    name: str = attrs.field(
        default=None,
        converter=_name_given,
        metadata=about(Name(), "Its name, and the goal of customers (default: the required outcome's)."),
    )
    segments: tuple[str, ...] | None = attrs.field(
        default=None,
        converter=_segments_given,
        metadata=about(CellNames("segment"), "The segments it holds for (default all)."),
    )
    stages: tuple[str, ...] | None = attrs.field(
        default=None,
        converter=_stages_given,
        metadata=about(CellNames("stage"), "The stages it holds for (default all)."),
    )
    achieved_at: Threshold = declare(
        REACHED, "From here on the required outcome is reached (default 0.5).", default=0.5
    )
    appropriate_at: Threshold = declare(
        REACHED, "From here on the experience is appropriate (default 0.5).", default=0.5
    )
    min_coverage: Threshold = declare(
        SHARE, "With a smaller share of steps observed a side has no value (default 0.5).", default=0.5
    )
    join: JoinRule = attrs.field(
        default=PRODUCT,
        converter=_join_given,
        metadata=about(JOIN, "How the two parts become the desired outcome (default product).", later=True),
    )

    def __attrs_post_init__(self) -> None:
        if self.name is None:
            object.__setattr__(self, "name", self.required.name)
        settle(self, f"desired outcome {self.name!r}")

    @property
    def roots(self) -> dict[Side, Node]:
        """What each part stands on: the gate, or the step."""
        return {"required": self.required.needs, "experience": self.experience.expects}

    def covers(self, segment: str, stage: str) -> bool:
        """Tell whether it holds for a segment and stage."""
        return (self.segments is None or segment in self.segments) and (self.stages is None or stage in self.stages)

    def __repr__(self) -> str:
        return f"DesiredOutcome({self.name!r}, segments={self.segments}, stages={self.stages})"
