"""Steps between what a product does and what the customer wants, each with its own measure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Literal

import attrs

from outcomegap.errors import ModelError
from outcomegap.model.curve import NAMED, as_curve, curve_digest
from outcomegap.model.custom import Curve
from outcomegap.model.identity import ByDigest, digest
from outcomegap.model.measure import Measure
from outcomegap.model.values import PerCell, Value, name_of, numeric, text_of, value_of

Side = Literal["required", "experience"]
SKIP: Literal["skip"] = "skip"
Missing = Literal["skip"] | float | PerCell
Status = Literal["open", "being closed", "closed"]
STATUSES: tuple[Status, ...] = ("open", "being closed", "closed")


# The converters say what may be given, for type checkers; the step itself looks closer, and says where.
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

    name: str = attrs.field(kw_only=False)
    measure: Measure = attrs.field(kw_only=False)
    floor: Value
    target: Value
    curve: Curve = attrs.field(default=NAMED["linear"], converter=_curve_given)
    missing: Missing = attrs.field(default=0.5)
    after: tuple[Step, ...] = attrs.field(default=(), converter=_steps_given)
    owner: str | None = attrs.field(default=None)
    remedy: str | None = attrs.field(default=None)
    description: str = attrs.field(default="")
    _digest: bytes = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        name_of(self.kind, self.name)
        where = self.where
        if not isinstance(self.measure, Measure):
            raise ModelError.of("measure", where, f"measure must be an og.Measure (got {self.measure!r:.60})")
        text_of(where, "description", self.description)
        for name in ("owner", "remedy"):
            if getattr(self, name) is not None:
                text_of(where, name, getattr(self, name))
        self._set("floor", value_of(where, "floor", self.floor))
        self._set("target", value_of(where, "target", self.target))
        if isinstance(self.floor, float) and self.floor == self.target:
            message = f"floor and target are both {self.floor:g}; they must differ"
            raise ModelError.of("floor-is-target", where, message)
        self._set("curve", as_curve(where, self.curve))
        self._set("missing", _missing(where, self.missing))
        self._set("after", _after(where, self.side, self.after))
        self._seal()

    def _set(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)

    def _seal(self) -> None:
        parts: list[Any] = [type(self).__name__]
        for field in attrs.fields(type(self)):
            if field.name in ("_digest", "curve", "after"):
                continue
            parts.append(getattr(self, field.name))
        parts.append(curve_digest(self.curve))
        parts.append(sorted(step._digest for step in self.after))
        self._set("_digest", digest(parts))

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

    bridgeable: bool = True
    status: Status = "open"

    def __attrs_post_init__(self) -> None:
        # super() without arguments does not find its class in one that attrs makes with slots.
        if not isinstance(self.bridgeable, bool):
            message = f"bridgeable must be true or false (got {self.bridgeable!r:.60})"
            raise ModelError.of("bridgeable", f"gaps.{self.name}", message)
        if self.status not in STATUSES:
            options = ", ".join(repr(s) for s in STATUSES)
            message = f"status must be one of {options} (got {self.status!r:.60})"
            raise ModelError.of("status", f"gaps.{self.name}", message)
        Step.__attrs_post_init__(self)


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

    missing: Missing = attrs.field(default=SKIP)


def _missing(where: str, value: object) -> Missing:
    if value == SKIP:
        return SKIP
    if isinstance(value, str):
        raise ModelError.of("missing", where, f'missing must be "skip" or a number in [0, 1] (got {value!r})')
    result = numeric(where, "missing", value)
    if any(not 0.0 <= v <= 1.0 for v in (result if isinstance(result, PerCell) else (result,))):  # type: ignore[operator]
        raise ModelError.of("missing", where, f"missing must lie in [0, 1] (got {value!r})")
    return result


def _after(where: str, side: Side, value: object) -> tuple[Step, ...]:
    if isinstance(value, Step) or not isinstance(value, Iterable):
        raise ModelError.of("after", where, f"after is a list of steps (got {value!r:.60})")
    listed = tuple(value)
    for earlier in listed:
        if not isinstance(earlier, Step):
            raise ModelError.of("after", where, f"after lists steps, not {earlier!r:.60}")
        if earlier.side != side:
            message = f"builds on {earlier.name!r}, which stands on the other side ({earlier.side})"
            raise ModelError.of("wrong-side", where, message)
    if len(set(listed)) != len(listed):
        again = next(earlier for earlier in listed if listed.count(earlier) > 1)
        raise ModelError.of("repeated-children", where, f"after names a step twice ({again.name!r})")
    return listed


STEP_KINDS: tuple[type[Step], ...] = (ProductFunction, SuccessGap, Expectation)
