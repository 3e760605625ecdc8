"""The desired outcome: what must be achieved, and the way it has to be achieved."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import attrs

from outcomegap.errors import ModelError
from outcomegap.model.cell import Segment, Stage
from outcomegap.model.custom import Join
from outcomegap.model.gate import Gate, Node
from outcomegap.model.identity import LATER
from outcomegap.model.join import PRODUCT, JoinRule, as_join
from outcomegap.model.step import Step
from outcomegap.model.values import PerCell, name_of, numeric, text_of

Threshold = float | PerCell


@attrs.frozen(repr=False)
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

    name: str
    needs: Node = attrs.field(kw_only=True)
    promised: bool = attrs.field(default=False, kw_only=True)
    measured_by: Step | None = attrs.field(default=None, kw_only=True)
    description: str = attrs.field(default="", kw_only=True)

    def __attrs_post_init__(self) -> None:
        name_of("required outcome", self.name)
        where = f"required outcome {self.name!r}"
        text_of(where, "description", self.description)
        _check_node(where, "needs", self.needs)
        if not isinstance(self.promised, bool):
            raise ModelError.of("promised", where, f"promised must be true or false (got {self.promised!r})")
        if self.measured_by is not None and not isinstance(self.measured_by, Step):
            raise ModelError.of("measured-by", where, f"measured_by is a step (got {self.measured_by!r:.60})")

    def __repr__(self) -> str:
        return f"RequiredOutcome({self.name!r})"


@attrs.frozen(repr=False)
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

    name: str
    expects: Node = attrs.field(kw_only=True)
    description: str = attrs.field(default="", kw_only=True)

    def __attrs_post_init__(self) -> None:
        name_of("appropriate experience", self.name)
        where = f"appropriate experience {self.name!r}"
        text_of(where, "description", self.description)
        _check_node(where, "expects", self.expects)

    def __repr__(self) -> str:
        return f"AppropriateExperience({self.name!r})"


# The converters say what may be given, for type checkers; the outcome itself looks closer, and says where.
def _name_given(value: str | None) -> str:
    return value  # type: ignore[return-value]


def _segments_given(value: Iterable[str | Segment] | None) -> tuple[str, ...] | None:
    return value  # type: ignore[return-value]


def _stages_given(value: Iterable[str | Stage] | None) -> tuple[str, ...] | None:
    return value  # type: ignore[return-value]


def _join_given(value: str | JoinRule | Join) -> JoinRule:
    return value  # type: ignore[return-value]


@attrs.frozen(repr=False)
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

    required: RequiredOutcome
    experience: AppropriateExperience
    name: str = attrs.field(default=None, kw_only=True, converter=_name_given)
    segments: tuple[str, ...] | None = attrs.field(default=None, kw_only=True, converter=_segments_given)
    stages: tuple[str, ...] | None = attrs.field(default=None, kw_only=True, converter=_stages_given)
    achieved_at: Threshold = attrs.field(default=0.5, kw_only=True)
    appropriate_at: Threshold = attrs.field(default=0.5, kw_only=True)
    min_coverage: Threshold = attrs.field(default=0.5, kw_only=True)
    join: JoinRule = attrs.field(default=PRODUCT, kw_only=True, converter=_join_given, metadata={LATER: True})

    def __attrs_post_init__(self) -> None:
        if not isinstance(self.required, RequiredOutcome):
            raise ModelError.of("part", "desired outcome", f"required is an og.RequiredOutcome ({self.required!r:.60})")
        if self.name is None:
            object.__setattr__(self, "name", self.required.name)
        name_of("desired outcome", self.name)
        where = f"desired outcome {self.name!r}"
        if not isinstance(self.experience, AppropriateExperience):
            raise ModelError.of("part", where, f"experience is an og.AppropriateExperience ({self.experience!r:.60})")
        for name in ("segments", "stages"):
            object.__setattr__(self, name, _names(where, name, getattr(self, name)))
        for name in ("achieved_at", "appropriate_at", "min_coverage"):
            object.__setattr__(self, name, _threshold(where, name, getattr(self, name)))
        object.__setattr__(self, "join", as_join(f"{where}.join", self.join))

    def covers(self, segment: str, stage: str) -> bool:
        """Tell whether it holds for a segment and stage."""
        return (self.segments is None or segment in self.segments) and (self.stages is None or stage in self.stages)

    def __repr__(self) -> str:
        return f"DesiredOutcome({self.name!r}, segments={self.segments}, stages={self.stages})"


def _check_node(where: str, what: str, value: object) -> None:
    if not isinstance(value, (Step, Gate)):
        raise ModelError.of("part", where, f"{what} is a gate or a step (got {value!r:.60})")


def _names(where: str, what: str, value: Any) -> tuple[str, ...] | None:
    if value is None:
        return None
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise ModelError.of("names", where, f"{what} is a list of names (got {value!r:.60})")
    names = tuple(v.name if isinstance(v, (Segment, Stage)) else name_of(where, v) for v in value)
    if not names:
        raise ModelError.of("names", where, f"{what} is empty; leave it out to mean all")
    if len(set(names)) != len(names):
        raise ModelError.of("names", where, f"{what} names one twice: {names}")
    return names


def _threshold(where: str, name: str, value: object) -> Threshold:
    result = numeric(where, name, value)
    lowest_ok = 0.0 if name == "min_coverage" else 5e-324
    for number in result if isinstance(result, PerCell) else (result,):
        if not lowest_ok <= number <= 1.0:  # type: ignore[operator]
            bounds = "in [0, 1]" if name == "min_coverage" else "above 0 and at most 1"
            raise ModelError.of("threshold", where, f"{name} must lie {bounds} (got {number!r})")
    return result
