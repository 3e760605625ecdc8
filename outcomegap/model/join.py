"""How the required outcome R and the appropriate experience E become the desired outcome D.

Every rule works on arrays and on plain numbers, and says what each side makes of the gap: ``parts`` sum to 1 - D, and
``scales`` is each part divided by what its side lacks, 1 - R or 1 - E (0 / 0 is 0): what attributions are multiplied
by.
"""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np

from outcomegap.errors import ModelError, hint
from outcomegap.model.custom import Join, answer, try_join
from outcomegap.model.numbers import number

#: R or E, D, or parts of the gap: an array of customers, or one number.
Values = Any


@attrs.frozen
class ProductJoin:
    """D = R E: without the required outcome nothing else matters.

    Examples
    --------
    >>> ProductJoin().desired(0.5, 0.5), ProductJoin().parts(0.5, 0.5)
    (0.25, (0.5, 0.25))
    """

    name: str = attrs.field(default="product", init=False)

    def desired(self, r: Values, e: Values) -> Values:
        """D."""
        return r * e

    def slopes(self, r: Values, e: Values) -> tuple[Values, Values]:
        """Derivatives of D by R and by E."""
        return e, r

    def parts(self, r: Values, e: Values) -> tuple[Values, Values]:
        """Return 1 - R and R (1 - E)."""
        return 1.0 - r, r * (1.0 - e)

    def scales(self, r: Values, e: Values) -> tuple[Values, Values]:  # noqa: ARG002 - as every rule
        """Return 1 and R."""
        return 1.0, r


@attrs.frozen
class WeakestJoin:
    """D = min(R, E): the weaker side decides. The required outcome comes first: it makes 1 - R of the gap.

    Where R and E are equal D has a corner; its slope there is taken by R.

    Examples
    --------
    >>> float(WeakestJoin().desired(0.5, 0.25)), [float(part) for part in WeakestJoin().parts(0.5, 0.25)]
    (0.25, [0.5, 0.25])
    """

    name: str = attrs.field(default="weakest", init=False)

    def desired(self, r: Values, e: Values) -> Values:
        """D."""
        return np.minimum(r, e)

    def slopes(self, r: Values, e: Values) -> tuple[Values, Values]:
        """Return 1 for the weaker side, 0 for the other."""
        first = np.asarray(r <= e)
        return first.astype(_kind(r)), (~first).astype(_kind(r))

    def parts(self, r: Values, e: Values) -> tuple[Values, Values]:
        """Return 1 - R and R - min(R, E)."""
        return 1.0 - r, r - np.minimum(r, e)

    def scales(self, r: Values, e: Values) -> tuple[Values, Values]:
        """Return 1 and (R - min(R, E)) / (1 - E)."""
        return 1.0, _share(self.parts(r, e)[1], e)


@attrs.frozen
class WeightedJoin:
    """D = w R + (1 - w) E: one side makes up for the other, so that usage can hide a bad experience.

    `outcomegap.check` warns of it.

    Parameters
    ----------
    required, experience
        Positive weights; what counts is their ratio.

    Examples
    --------
    >>> WeightedJoin(required=0.75, experience=0.25).desired(1.0, 0.0)
    0.75
    """

    required: float = attrs.field(kw_only=True)
    experience: float = attrs.field(kw_only=True)
    name: str = attrs.field(default="weighted", init=False)

    def __attrs_post_init__(self) -> None:
        for field in ("required", "experience"):
            weight = number("weighted join", field, getattr(self, field))
            if not 0.0 < weight <= 1e100:
                raise ModelError.of("weights", "weighted join", f"{field} must be positive (got {weight:g})")
            object.__setattr__(self, field, weight)

    @property
    def _total(self) -> float:
        return self.required + self.experience

    def desired(self, r: Values, e: Values) -> Values:
        """D."""
        # Divided last, so that 1 and 1 give exactly 1.
        return (self.required * r + self.experience * e) / self._total

    def slopes(self, r: Values, e: Values) -> tuple[Values, Values]:  # noqa: ARG002 - as every rule
        """Return the two weights, as shares."""
        return self.required / self._total, self.experience / self._total

    def parts(self, r: Values, e: Values) -> tuple[Values, Values]:
        """Return w (1 - R) and (1 - w) (1 - E)."""
        return self.required * (1.0 - r) / self._total, self.experience * (1.0 - e) / self._total

    def scales(self, r: Values, e: Values) -> tuple[Values, Values]:
        """Return the two weights, as shares."""
        return self.slopes(r, e)


@attrs.frozen
class CustomJoin:
    """A rule of the user's own, looked at and wrapped; equal to another that has its name and its values.

    Parameters
    ----------
    rule
        The object, with the pieces of `Join`.
    where
        What errors call its place.
    """

    name: str = attrs.field(init=False)
    rule: Join = attrs.field(eq=False, repr=False)
    where: str = attrs.field(default="join", eq=False, repr=False)
    shape: bytes = attrs.field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        shape = try_join(self.rule, self.where, (*NAMED_JOINS, "weighted"))
        object.__setattr__(self, "name", self.rule.name)
        object.__setattr__(self, "shape", shape)

    def desired(self, r: Values, e: Values) -> Values:
        """D, kept within [0, 1]; NaN where R or E is."""
        return np.clip(self._asked(self.rule.desired, r, e), 0.0, 1.0)

    def slopes(self, r: Values, e: Values) -> tuple[Values, Values]:
        """The user's slopes."""
        first, second = (self._asked(lambda r, e, n=n: self.rule.slopes(r, e)[n], r, e) for n in (0, 1))
        return first, second

    def parts(self, r: Values, e: Values) -> tuple[Values, Values]:
        """The user's part for R, and the rest of 1 - D for E, so that they sum to it to the last digit."""
        first = self._asked(lambda r, e: self.rule.parts(r, e)[0], r, e)
        return first, (1.0 - self.desired(r, e)) - first

    def scales(self, r: Values, e: Values) -> tuple[Values, Values]:
        """Return each part divided by what its side lacks."""
        first, second = self.parts(r, e)
        return _share(first, r), _share(second, e)

    @staticmethod
    def _asked(method: Any, r: Values, e: Values) -> Values:
        sides = [np.array(side, ndmin=1) for side in np.broadcast_arrays(r, e)]
        return answer(method, *sides).astype(sides[0].dtype, copy=False).reshape(np.shape(r))


JoinRule = ProductJoin | WeakestJoin | WeightedJoin | CustomJoin
#: Rules that go by their name.
NAMED_JOINS: dict[str, JoinRule] = {"product": ProductJoin(), "weakest": WeakestJoin()}
PRODUCT = ProductJoin()


def as_join(where: str, value: object) -> JoinRule:
    """Return a rule from a name, a rule, or an object with the pieces of `Join`.

    Raises
    ------
    ModelError
        If there is no rule of that name, or a piece is missing or breaks a rule; all at once.
    """
    if isinstance(value, (ProductJoin, WeakestJoin, WeightedJoin, CustomJoin)):
        return value
    if isinstance(value, str):
        if value not in NAMED_JOINS:
            message = f"no rule {value!r:.60} that joins R and E{hint(value[:60], NAMED_JOINS)}"
            raise ModelError.of("join", where, message)
        return NAMED_JOINS[value]
    return CustomJoin(value, where)  # type: ignore[arg-type]


def _share(part: Values, side: Values) -> Values:
    lacking = np.asarray(1.0 - side)
    return np.divide(part, lacking, out=np.zeros_like(lacking), where=lacking > 0)


def _kind(values: Values) -> Any:
    return np.asarray(values).dtype
