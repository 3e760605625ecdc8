"""Steps between what a product does and what the customer wants, each with its own measure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar, Literal

import attrs

from outcomegap.model.curve import NAMED, as_curve, curve_digest
from outcomegap.model.custom import Curve
from outcomegap.model.declaration import (
    ABOUT,
    Choice,
    Flag,
    Instance,
    Made,
    Name,
    Number,
    Text,
    about,
    declare,
    settle,
)
from outcomegap.model.identity import ByDigest, digest, left_out
from outcomegap.model.numbers import PerCell, Value

Side = Literal["required", "experience"]
SKIP: Literal["skip"] = "skip"
Missing = Literal["skip"] | float | PerCell
Status = Literal["open", "being closed", "closed"]
STATUSES: tuple[Status, ...] = ("open", "being closed", "closed")


@attrs.frozen(kw_only=True)
class Measure:
    """A column of numbers observed of each customer.

    Parameters
    ----------
    name
        Name of the column in the customers' data.
    unit
        What a value counts, for people to read: ``"contacts"``, ``"h"``.
    low, high
        Hard limits. A value outside them is an error in the data, never clipped.
    description
        A sentence for readers.

    Raises
    ------
    ModelError
        If the name is blank, a limit is no finite number, or ``low >= high``.

    Examples
    --------
    >>> Measure("list_size", unit="contacts", low=0)
    Measure(name='list_size', unit='contacts', low=0.0, high=None, description='')
    """

    name: str = attrs.field(kw_only=False, metadata=about(Name(), "The column of the data that is scored."))
    unit: str | None = declare(Text(), "What a value counts, for people to read: contacts, h.")
    low: float | None = declare(Number(), "Hard limit: a lower value is an error in the data.")
    high: float | None = declare(Number(), "Hard limit: a higher value is an error in the data.")
    description: str = declare(*ABOUT)

    def __attrs_post_init__(self) -> None:
        settle(self, f"measures.{self.name}")

    def faults(self) -> Iterator[tuple[str, str, str]]:
        """Yield what is wrong with it as a whole: rule, field, message."""
        if self.low is not None and self.high is not None and self.low >= self.high:
            yield "range", "", f"low {self.low:g} must be below high {self.high:g}"


MISSING = Number(0.0, 1.0, per_cell=True, words=(SKIP,), rule="missing", no_number="missing")
VALUE = Number(per_cell=True, column=True)


class CurveKind(Made):
    """A curve."""


class MeasureKind(Instance):
    """A measure; a file names it."""


class StepKind(Instance):
    """A step; a file names it."""


class StepsKind(Instance):
    """Several steps; a file names them."""


CURVE = CurveKind(as_curve)
MEASURE = MeasureKind(lambda: (Measure,), "an og.Measure", "measure")
AFTER = StepsKind(lambda: (Step,), "steps", "after", many=True)
OBSERVER = StepKind(lambda: (Step,), "a step", "measured-by")


# The converters say what may be given, for type checkers; the declarations look closer, and say where.
def _curve_given(value: str | Curve | Iterable[tuple[float, float]]) -> Curve:
    return value  # type: ignore[return-value]


def _steps_given(value: Iterable[Step]) -> tuple[Step, ...]:
    return value  # type: ignore[return-value]


@attrs.frozen(eq=False, repr=False, kw_only=True)
class Step(ByDigest):
    """One step with its own measure; use `ProductFunction`, `SuccessGap` or `Expectation`.

    Its attainment is ``curve(clip((x - floor) / (target - floor), 0, 1))`` for the measured value x
    (docs/meaning, clause 2.2): read it as the probability that this step holds for this customer.
    """

    kind: ClassVar[str]
    side: ClassVar[Side]

    name: str = attrs.field(kw_only=False, metadata=about(Name(), "What people call it."))
    measure: Measure = attrs.field(
        kw_only=False, metadata=about(MEASURE, "The measure that tells how far it is, by name.")
    )
    floor: Value = attrs.field(metadata=about(VALUE, "Where nothing is attained."))
    target: Value = attrs.field(metadata=about(VALUE, "Where it is fully met; below the floor: lower is better."))
    curve: Curve = attrs.field(
        default=NAMED["linear"],
        converter=_curve_given,
        metadata=about(CURVE, "How much of the way counts as attained (default linear)."),
    )
    missing: Missing = declare(MISSING, "What a missing value counts as: a number in [0, 1], or skip.", default=0.5)
    after: tuple[Step, ...] = attrs.field(
        default=(),
        converter=_steps_given,
        metadata=about(AFTER, "Steps that this one builds on: it counts only together with them."),
    )
    owner: str | None = declare(Text(), "Who can act: vendor, customer, joint, or any name you use.")
    remedy: str | None = declare(Text(), "What to do about it.")
    description: str = declare(*ABOUT)
    _digest: bytes = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        settle(self, self.where)
        self._seal()

    def faults(self) -> Iterator[tuple[str, str, str]]:
        """Yield what is wrong with it as a whole: rule, field, message."""
        if isinstance(self.floor, float) and self.floor == self.target:
            yield "floor-is-target", "", f"floor and target are both {self.floor:g}; they must differ"
        for earlier in self.after:
            if earlier.side != self.side:
                message = f"builds on {earlier.name!r}, which stands on the other side ({earlier.side})"
                yield "wrong-side", "after", message
        for again in {earlier for earlier in self.after if self.after.count(earlier) > 1}:
            yield "repeated-children", "after", f"names a step twice ({again.name!r})"

    def _seal(self) -> None:
        """Digest all that it means; the order of ``after`` means nothing."""
        plain = [field for field in attrs.fields(type(self)) if field.name not in ("_digest", "curve", "after")]
        values = [(field, getattr(self, field.name)) for field in plain]
        parts = [type(self).__name__, *(value for field, value in values if not left_out(field, value))]
        parts += [curve_digest(self.curve), sorted(map(digest, self.after))]
        object.__setattr__(self, "_digest", digest(parts))

    @property
    def where(self) -> str:
        """Path of the step in a model file."""
        return f"{self.kind}s.{self.name}"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r}, measure={self.measure.name!r})"


@attrs.frozen(eq=False, repr=False, kw_only=True)
class ProductFunction(Step):
    """What the product itself does: the means, not yet the outcome.

    Parameters
    ----------
    name
        What people call it.
    measure
        The `Measure` that shows how well it is done.
    floor, target
        Nothing attained, fully met: numbers, `per_cell` or `column`; ``floor > target`` means lower is better.
    curve
        ``"linear"``, ``"threshold"``, ``"smooth"``, a list of knots, or a curve of your own (`outcomegap.curve`).
    missing
        What a missing value counts as: a number in [0, 1] (default 0.5), `per_cell` numbers, or ``"skip"``.
    after
        Steps that this one builds on: it counts only together with them.
    owner, remedy, description
        For people: who can act, what to do, what it means.

    Raises
    ------
    ModelError
        If a value cannot mean anything; the message names step and field.

    Examples
    --------
    >>> ProductFunction("e-mails delivered", Measure("delivery_rate", low=0, high=1), floor=0.8, target=0.99)
    ProductFunction('e-mails delivered', measure='delivery_rate')
    """

    kind: ClassVar[str] = "function"
    side: ClassVar[Side] = "required"


@attrs.frozen(eq=False, repr=False, kw_only=True)
class SuccessGap(Step):
    """A gap between what the product does and the outcome; its attainment is how far it is *bridged*.

    Parameters
    ----------
    name, measure, floor, target, curve, missing, after, owner, remedy, description
        As in `ProductFunction`. ``owner`` is ``"vendor"``, ``"customer"``, ``"joint"`` or any name you use.
    bridgeable
        Whether anything can be done about it at all.
    status
        ``"open"``, ``"being closed"`` or ``"closed"``: where the work on it stands.

    Examples
    --------
    >>> SuccessGap("list built", Measure("list_size", unit="contacts", low=0), floor=0, target=500,
    ...            owner="customer", remedy="list-building guide")
    SuccessGap('list built', measure='list_size')
    """

    kind: ClassVar[str] = "gap"
    side: ClassVar[Side] = "required"

    bridgeable: bool = declare(Flag(), "Whether anything can be done about it at all (default true).", default=True)
    status: Status = declare(Choice(STATUSES), "Where the work on it stands (default open).", default="open")


@attrs.frozen(eq=False, repr=False, kw_only=True)
class Expectation(Step):
    """One requirement on *how* the customer gets there: a part of the appropriate experience.

    Parameters
    ----------
    name, measure, floor, target, curve, after, owner, remedy, description
        As in `ProductFunction`.
    missing
        By default ``"skip"``: a mean of expectations is taken over those that are known.

    Examples
    --------
    >>> Expectation("support replies", Measure("first_reply_hours", unit="h", low=0), floor=48, target=24)
    Expectation('support replies', measure='first_reply_hours')
    """

    kind: ClassVar[str] = "expectation"
    side: ClassVar[Side] = "experience"

    missing: Missing = declare(MISSING, "What a missing value counts as: a number in [0, 1], or skip.", default=SKIP)


STEP_KINDS: tuple[type[Step], ...] = (ProductFunction, SuccessGap, Expectation)
