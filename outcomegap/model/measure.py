"""What is observed of a customer."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from outcomegap.model.declaration import Name, Number, Text, declaration, declare, settle

#: What every description is.
ABOUT: tuple[Text, str, str] = Text(), "A sentence for readers.", ""


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

    name: str = attrs.field(kw_only=False, metadata=declaration(Name(), "The column of the data that is scored."))
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
