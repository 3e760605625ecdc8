"""What is observed of a customer."""

from __future__ import annotations

import attrs

from outcomegap.errors import ModelError
from outcomegap.model.values import name_of, number, text_of


@attrs.frozen
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

    name: str
    unit: str | None = attrs.field(default=None, kw_only=True)
    low: float | None = attrs.field(default=None, kw_only=True)
    high: float | None = attrs.field(default=None, kw_only=True)
    description: str = attrs.field(default="", kw_only=True)

    def __attrs_post_init__(self) -> None:
        name_of("measure", self.name)
        where = f"measures.{self.name}"
        text_of(where, "description", self.description)
        if self.unit is not None:
            text_of(where, "unit", self.unit)
        for bound in ("low", "high"):
            value = getattr(self, bound)
            if value is not None:
                object.__setattr__(self, bound, number(where, bound, value))
        if self.low is not None and self.high is not None and self.low >= self.high:
            raise ModelError.of("range", where, f"low {self.low:g} must be below high {self.high:g}")
